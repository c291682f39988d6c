/* A model that Myriad and MuJoCo see through the same cameras. Include it after cmocka.h. */
#ifndef MYR_TESTS_MUJOCO_SCENE_H
#define MYR_TESTS_MUJOCO_SCENE_H

#include <math.h>
#include <mujoco/mujoco.h>

#include "kernels/memory.h"
#include "kernels/model.h"
#include "render/render.h"
#include "sim/random.h"
#include "tests/sim/scratch_file.h"

enum { SCENE_CAMERAS = 4, SCENE_BODIES = 64 };

typedef struct mujoco_scene {
  const char *name;
  mjModel *model;
  mjData *data;
  myr_model *own;
  myr_appearance *appearance;
  myr_look *look;
  myr_world_look *world;
  myr_renderer *renderer;
  float position[SCENE_BODIES * 3], quaternion[SCENE_BODIES * 4];
  int side;                    /* px, of the square images */
  float near_limit, far_limit; /* m */
} mujoco_scene;

/* The additions to every file: a floor, and cameras that stand still, ride on a body or follow one. The first body is
 * the target. */
static const char *const scene_additions =
    "<geom name='added_floor' type='plane' size='0 0 .1' pos='0 0 -.02' contype='0' conaffinity='0'/>"
    "<camera name='camera0' pos='2.2 .4 1.3' xyaxes='-.2 1 0 -.4 -.08 1' fovy='50'/>"
    "<camera name='camera1' pos='-.7 -1.1 .35' mode='targetbody' target='%s' fovy='75'/>"
    "<camera name='camera2' pos='.3 -.4 2.8' mode='track' xyaxes='1 0 0 0 1 .1' fovy='40'/>"
    "<camera name='camera3' pos='4 3 .5' mode='targetbodycom' target='%s' fovy='25'/>";
static const char *const scene_camera_names[SCENE_CAMERAS] = {"camera0", "camera1", "camera2", "camera3"};

/* A model with every shape, and a mesh that is not convex. */
static const char *const scene_gallery =
    "<mujoco><default><geom contype='0' conaffinity='0'/></default><asset><mesh name='notch' smoothnormal='true' "
    "vertex='-.2 -.2 -.2 .2 "
    "-.2 -.2 .2 .2 -.2 -.2 .2 -.2 -.2 -.2 .2 .2 -.2 .2 .2 .2 .2 "
    "-.2 .2 .2 0 0 -.05' face='0 2 1 0 3 2 0 1 5 0 5 4 1 2 6 1 6 5 2 3 7 2 7 6 3 0 4 3 4 7 4 5 8 5 6 8 6 7 8 7 4 8'/>"
    "</asset><worldbody><geom name='sheet' type='plane' size='.5 .3 .1' pos='-.3 .4 .4' euler='10 -20 0'/>"
    "<body name='torso' pos='0 0 .6'><freejoint/><geom name='block' type='box' size='.2 .12 .08'/>"
    "<body name='arm' pos='.3 0 .1'><joint name='elbow' axis='0 1 0' range='-90 90' limited='true'/>"
    "<geom name='egg' type='ellipsoid' size='.07 .2 .13' pos='.1 .1 0'/>"
    "<geom name='can' type='cylinder' size='.08 .15' pos='.2 -.3 .1' euler='30 40 0'/></body>"
    "<body name='leg' pos='-.3 0 .1'><joint name='knee' axis='1 0 0' range='-90 90' limited='true'/>"
    "<geom name='pill' type='capsule' size='.06 .2' pos='0 .3 0' euler='20 0 10'/>"
    "<geom name='ball' type='sphere' size='.11' pos='0 -.3 .1'/>"
    "<geom name='bowl' type='mesh' mesh='notch' pos='-.4 0 .3' euler='10 20 30'/>"
    "</body></body></worldbody></mujoco>";

/* Returns the text of a file with the additions. The caller frees it. */
static inline char *scene_text(const char *text, const char *target) {
  const char *end = strstr(text, "</worldbody>");
  assert_non_null(end);
  const size_t bytes = strlen(text) + strlen(scene_additions) + 2 * strlen(target) + 1;
  char *whole = malloc(bytes);
  int length = snprintf(whole, bytes, "%.*s", (int)(end - text), text);
  length += snprintf(whole + length, bytes - (size_t)length, scene_additions, target, target);
  snprintf(whole + length, bytes - (size_t)length, "%s", end);
  return whole;
}

static inline char *scene_read(const char *path) {
  char full[512];
  snprintf(full, sizeof full, MYRIAD_SOURCE_DIR "/%s", path);
  FILE *file = fopen(full, "r");
  if (!file) fail_msg("%s is missing", full);
  char *text = calloc(1, 65536);
  assert_true(fread(text, 1, 65535, file) < 65535);
  fclose(file);
  return text;
}

/* Opens a model file of scenarios/, or the gallery if path is NULL. */
static inline void scene_open(mujoco_scene *s, const char *path, const char *target, int side) {
  *s = (mujoco_scene){.name = path ? path : "gallery", .side = side, .near_limit = 0.02f, .far_limit = 60};
  char *text = path ? scene_read(path) : strdup(scene_gallery), *whole = scene_text(text, target);
  char scratch[SCRATCH_PATH_BYTES], message[1000] = "";
  myr_error error = {0};
  scratch_write(".xml", whole, scratch);
  s->model = mj_loadXML(scratch, NULL, message, sizeof message);
  if (!s->model) fail_msg("%s", message);
  s->data = mj_makeData(s->model);
  if (myr_model_load(scratch, &s->own, &error) || myr_appearance_load(scratch, s->own, &s->appearance, &error))
    fail_msg("%s", error.message);
  unlink(scratch);
  free(text), free(whole);
  myr_camera_description cameras[SCENE_CAMERAS];
  for (int i = 0; i < SCENE_CAMERAS; i++)
    cameras[i] =
        (myr_camera_description){.name = scene_camera_names[i],
                                 .from = scene_camera_names[i],
                                 .width = side,
                                 .height = side,
                                 .near_limit = s->near_limit,
                                 .far_limit = s->far_limit,
                                 .samples = 1,
                                 .shadows = true,
                                 .patterns = true,
                                 .outputs = MYR_OUTPUT_BIT(rgb) | MYR_OUTPUT_BIT(depth) | MYR_OUTPUT_BIT(instance),
                                 .every = 1,
                                 .episodes_every = 1};
  const myr_look_description description = {.cameras = cameras, .camera_count = SCENE_CAMERAS};
  if (myr_look_create(s->own, s->appearance, &description, &s->look, &error)) fail_msg("%s", error.message);
  const myr_renderer_description drawing = {.look = s->look, .threads = 1};
  if (myr_renderer_create(&drawing, &s->renderer, &error)) fail_msg("%s", error.message);
  if (posix_memalign((void **)&s->world, 64, myr_whole_cache_lines(myr_look_world_bytes(s->look)))) abort();
  myr_look_resolve(s->look, myr_look_describe(s->look)->defaults, s->world);
  assert_true(s->model->nbody <= SCENE_BODIES && s->own->nbody == s->model->nbody);
}

static inline void scene_close(mujoco_scene *s) {
  free(s->world);
  myr_renderer_destroy(s->renderer);
  myr_look_free(s->look);
  myr_appearance_free(s->appearance);
  myr_model_free(s->own);
  mj_deleteData(s->data);
  mj_deleteModel(s->model);
}

/* Sets a pose: pose 0 is that of the file, all others are random within the joints' limits. */
static inline void scene_pose(mujoco_scene *s, int pose) {
  const mjModel *m = s->model;
  mjData *d = s->data;
  random_stream r = {.key = 1000 + (uint64_t)pose};
  mj_resetData(m, d);
  for (int j = 0; pose > 0 && j < m->njnt; j++) {
    mjtNum *q = d->qpos + m->jnt_qposadr[j];
    const mjtNum *range = m->jnt_range + 2 * j;
    if (m->jnt_type[j] == mjJNT_FREE) {
      for (int i = 0; i < 3; i++) q[i] += random_uniform(&r, -0.3, 0.3);
      for (int i = 3; i < 7; i++) q[i] = random_uniform(&r, -1, 1);
      mju_normalize4(q + 3);
    } else {
      *q = m->jnt_limited[j] ? random_uniform(&r, range[0], range[1]) : random_uniform(&r, -3, 3);
    }
  }
  mj_fwdPosition(m, d);
  for (int i = 0; i < 3 * m->nbody; i++) s->position[i] = (float)d->xpos[i];
  for (int i = 0; i < 4 * m->nbody; i++) s->quaternion[i] = (float)d->xquat[i];
  const myr_poses now = {.position = s->position, .quaternion = s->quaternion};
  myr_renderer_pose(s->renderer, 0, s->world, &now, NULL);
}

/* Returns MuJoCo's geom for the drawable of a label, or -1 if the label shows nothing. */
static inline int scene_geom(const mujoco_scene *s, int label) {
  const myr_look_info *info = myr_look_describe(s->look);
  if (label == 0) return -1;
  assert_true(label > 0 && label <= info->visual_count);
  int geom = mj_name2id(s->model, mjOBJ_GEOM, info->visual_names[label - 1]);
  assert_true(geom >= 0);
  return geom;
}

/* "nothing" for -1. */
static inline const char *scene_geom_name(const mujoco_scene *s, int geom) {
  return geom < 0 ? "nothing" : mj_id2name(s->model, mjOBJ_GEOM, geom);
}

/* The models of the comparisons. */
static const struct {
  const char *path, *target;
} scene_models[] = {{NULL, "torso"},
                    {"scenarios/assets/quadruped.xml", "trunk"},
                    {"scenarios/assets/cartpole.xml", "cart"},
                    {"scenarios/assets/biped.xml", "torso"}};
enum { SCENE_MODELS = sizeof scene_models / sizeof *scene_models };

#endif
