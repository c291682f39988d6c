/* The contacts of a pair of geoms that mj_collision finds. */
#ifndef TESTS_COLLIDE_ORACLE_H
#define TESTS_COLLIDE_ORACLE_H

#include <stdio.h>

#include "kernels/model.h"
#include "collide_contacts.h"

typedef struct {
  mjModel *model;
  mjData *data;
} oracle;

/* Whether MuJoCo finds the contacts of these shapes by iteration, like those of meshes. Its depth is then less exact than
 * a formula's. A sphere and an ellipsoid were tried, whose depth bisection confirmed in the cases that differed. MuJoCo
 * 3.3.7 was seen off by 5e-4 m with its defaults. With 1000 iterations it was seen off by 4e-4 for a ccd_tolerance of 1e-8
 * and 2e-5 for 1e-10; with 2000 by 4e-3 for 1e-14; and by 5e-3 without nativeccd. With 1e-7 and 1000 iterations, 22998 of
 * 23040 pairs agreed within 2e-4 m; in the other 42 MuJoCo's own answer was not steady. */
static inline int oracle_iterates(int kind) {
  return mjCOLLISIONFUNC[kinds[kind].type1][kinds[kind].type2] == mjCOLLISIONFUNC[mjGEOM_MESH][mjGEOM_MESH];
}

static inline oracle oracle_create(int kind) {
  const char *names[7] = {"plane", "hfield", "sphere", "capsule", "ellipsoid", "cylinder", "box"};
  char text[1024], error[512] = "";
  snprintf(text, sizeof text,
           "<mujoco><worldbody><body %s>%s<geom type='%s' size='1 1 1' mass='1'/></body>"
           "<body><freejoint/><geom type='%s' size='1 1 1' mass='1'/></body></worldbody></mujoco>",
           kinds[kind].type1 == mjGEOM_PLANE ? "mocap='true'" : "",
           kinds[kind].type1 == mjGEOM_PLANE ? "" : "<freejoint/>", names[kinds[kind].type1], names[kinds[kind].type2]);
  mjVFS files;
  mj_defaultVFS(&files);
  mj_addBufferVFS(&files, "pair.xml", text, (int)strlen(text));
  oracle o = {mj_loadXML("pair.xml", &files, error, sizeof error), NULL};
  mj_deleteVFS(&files);
  if (!o.model) fail_msg("MuJoCo could not read the pair: %s", error);
#if mjVERSION_HEADER >= 300
  o.model->opt.ccd_tolerance = 1e-7; /* of pairs that it iterates; see oracle_iterates */
  o.model->opt.ccd_iterations = 1000;
#endif
  o.model->opt.disableflags |= mjDSBL_MIDPHASE;
  for (int g = 0; g < 2; g++) { /* no broad phase may leave the pair out */
    if (o.model->geom_type[g] != mjGEOM_PLANE) o.model->geom_rbound[g] = 1e3;
    for (int i = 3; i < 6; i++) o.model->geom_aabb[6 * g + i] = 1e3;
  }
  o.data = mj_makeData(o.model);
  mj_forward(o.model, o.data);
  return o;
}

static inline void oracle_destroy(oracle o) {
  mj_deleteData(o.data);
  mj_deleteModel(o.model);
}

static inline contacts oracle_collide(oracle o, const configuration *c) {
  for (int g = 0; g < 2; g++) {
    memcpy(o.model->geom_size + 3 * g, c->geoms[g].size, 3 * sizeof(double));
    memcpy(o.data->geom_xpos + 3 * g, c->geoms[g].position, 3 * sizeof(double));
    memcpy(o.data->geom_xmat + 9 * g, c->geoms[g].rotation, 9 * sizeof(double));
  }
  o.model->geom_margin[0] = c->margin;
  mj_collision(o.model, o.data);
  contacts result = {0};
  for (int i = 0; i < o.data->ncon && i < 16; i++) {
    const mjContact *from = o.data->contact + i;
    contact *to = result.contacts + result.count++;
    to->distance = from->dist;
    mju_copy3(to->position, from->pos);
    mju_copy3(to->normal, from->frame);
    mju_copy3(to->tangent, from->frame + 3);
  }
  return result;
}

#endif
