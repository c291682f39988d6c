/* A model file with everything that a file can say about looks. */
#ifndef MYR_TESTS_APPEARANCE_GALLERY_H
#define MYR_TESTS_APPEARANCE_GALLERY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <mujoco/mujoco.h>

#include "sim/appearance.h"
#include "tests/sim/appearance_files.h"

typedef struct looks {
  char xml[SCRATCH_PATH_BYTES], png[SCRATCH_PATH_BYTES], obj[SCRATCH_PATH_BYTES];
  mjModel *mujoco;
  myr_model *model;
  myr_appearance *appearance;
} looks;

/* Everything that a file can say about looks. */
static const char *gallery =
    "<mujoco><visual><headlight ambient='.1 .2 .3' diffuse='.4 .5 .6' active='%d'/></visual><asset>"
    "<texture name='photo' type='2d' file='%s'/><texture name='die' type='cube' file='%s'/>"
    "<texture name='mask' type='2d' file='%s' nchannel='1'/><texture name='glass' type='2d' file='%s' nchannel='4'/>"
    "<texture name='sky' type='skybox' builtin='gradient' rgb1='1 0 0' rgb2='0 0 1' width='4' height='4'/>"
    "<texture name='idle' type='2d' builtin='flat' width='8' height='8'/>"
    "<material name='unused' texture='idle'/>"
    "<material name='paper' texture='photo' texrepeat='3 5' texuniform='true' rgba='.9 .8 .7 .6' metallic='.25' "
    "roughness='.75' specular='.1' shininess='.2' emission='.3'/>"
    "<material name='wood' texture='die'/><material name='dull' texture='mask'/><material name='pane'>"
    "<layer role='rgba' texture='glass'/></material>"
    "<mesh name='spare' vertex='0 0 0 1 0 0 0 1 0 0 0 1' face='0 2 1 0 1 3 1 2 3 2 0 3' texcoord='9 9 9 9 9 9 9 9'/>"
    "<mesh name='shard' file='%s'/>"
    "<hfield name='hill' nrow='3' ncol='4' size='2 1 .5 .25' elevation='0 1 2 3 4 5 6 7 8 9 10 11'/></asset>"
    "<worldbody><light name='sun' directional='true' dir='1 2 -3' diffuse='.5 .6 .7' castshadow='false'/>"
    "<light name='lamp' type='point' pos='1 2 3' attenuation='1 .1 .01' bulbradius='.4'/>"
    "<light name='up' dir='0 0 1' active='false'/>"
    "<camera name='lens' sensorsize='.2 .1' focal='.3 .4' principal='.01 .02' resolution='200 120'/>"
    "<camera name='plain' fovy='60' pos='0 -3 1' xyaxes='1 0 0 0 .6 .8'/>"
    "<geom name='land' type='hfield' hfield='hill' pos='0 0 -1' material='dull'/>"
    "<geom name='floor' type='plane' size='0 4 .1' material='paper'/>"
    "<body name='arm' pos='0 .5 2' euler='20 30 40'><freejoint/><geom name='upper' type='box' size='.1 .2 .3' "
    "pos='.1 .2 .3' euler='10 0 0' material='wood' rgba='.2 .4 .6 .8' group='3'/>"
    "<geom name='decal' type='mesh' mesh='shard' contype='0' conaffinity='0' mass='0' material='pane'/>"
    "<geom name='again' type='mesh' mesh='shard' contype='0' conaffinity='0' mass='0' rgba='1 0 0 0'/>"
    "<geom type='ellipsoid' size='.1 .2 .3' contype='0' conaffinity='0'/>"
    "<light name='torch' pos='.1 0 0' dir='1 0 1' cutoff='30' exponent='7' ambient='.1 0 .2' specular='.3 .2 .1'/>"
    "<light name='chase' mode='trackcom' pos='0 0 4' dir='0 1 -1'/><light name='beside' mode='track' pos='1 1 4'/>"
    "<camera name='eye' pos='.1 .2 .3' euler='90 10 0'/><camera name='follow' mode='track' pos='-3 0 1' "
    "xyaxes='0 -1 0 1 0 2'/><camera name='drift' mode='trackcom' pos='-3 0 2' xyaxes='0 -1 0 1 0 3'/>"
    "<site name='grip' pos='.4 .5 .6' group='2'/>"
    "<body name='hand' pos='0 0 .7'><joint name='wrist' axis='1 0 0'/><geom name='fist' size='.2'/></body></body>"
    "<light name='spot' mode='targetbody' target='hand' pos='1 0 5'/>"
    "<camera name='stare' mode='targetbodycom' target='arm' pos='5 5 5'/></worldbody></mujoco>";

static inline void write_gallery(looks *l, int headlight) {
  char text[8192];
  scratch_png(l->png);
  scratch_write(".obj", scratch_tetrahedron, l->obj);
  snprintf(text, sizeof text, gallery, headlight, l->png, l->png, l->png, l->png, l->obj);
  scratch_write(".xml", text, l->xml);
}

static inline void remove_gallery(const looks *l) {
  unlink(l->xml);
  unlink(l->png);
  unlink(l->obj);
}

/* ------------------------------------------------------------------------------------------------ looking up */
#define FIND(elements, count, wanted)                                           \
  ({                                                                            \
    int found = -1;                                                             \
    for (int i = 0; i < (count); i++)                                           \
      if ((elements)[i].name && !strcmp((elements)[i].name, wanted)) found = i; \
    found;                                                                      \
  })
#define GET(elements, count, wanted)                      \
  ({                                                      \
    int at = FIND(elements, count, wanted);               \
    if (at < 0) fail_msg("nothing is called %s", wanted); \
    &(elements)[at];                                      \
  })
#define VISUAL(name) GET(a->visuals, a->visual_count, name)
#define MATERIAL(name) GET(a->materials, a->material_count, name)
#define TEXTURE(name) GET(a->textures, a->texture_count, name)
#define MESH(name) GET(a->meshes, a->mesh_count, name)
#define LIGHT(name) GET(a->lights, a->light_count, name)
#define CAMERA(name) GET(a->cameras, a->camera_count, name)

static inline void assert_reals(const float *values, const float *expected, int count, float tolerance) {
  for (int i = 0; i < count; i++)
    if (!(fabsf(values[i] - expected[i]) <= tolerance))
      fail_msg("element %d is %.9g, not %.9g", i, (double)values[i], (double)expected[i]);
}
static inline void assert_place(const double place[3], double x, double y, double z) {
  const double expected[3] = {x, y, z};
  for (int i = 0; i < 3; i++) assert_true(fabs(place[i] - expected[i]) < 1e-12);
}
#define ASSERT_REALS(values, ...)                                                     \
  do {                                                                                \
    const float expected[] = {__VA_ARGS__};                                           \
    assert_reals(values, expected, (int)(sizeof expected / sizeof *expected), 1e-6F); \
  } while (0)

#endif
