/* The contacts of a pair of geoms that mj_collision finds. */
#ifndef TESTS_COLLIDE_ORACLE_H
#define TESTS_COLLIDE_ORACLE_H

#include <stdio.h>

#include "kernels/model.h"
#include "collide_contacts.h"

typedef struct {
  mjModel *model;
  mjData *data;
  double shift[2][3], turn[2][9]; /* of a mesh's frame in MuJoCo, which is that of its inertia, from ours */
} oracle;

/* Whether MuJoCo finds the contacts of these shapes by iteration, like those of meshes. Its depth is then less exact than
 * a formula's. A sphere and an ellipsoid were tried, whose depth bisection confirmed in the cases that differed. MuJoCo
 * 3.3.7 was seen off by 5e-4 m with its defaults. With 1000 iterations it was seen off by 4e-4 for a ccd_tolerance of 1e-8
 * and 2e-5 for 1e-10; with 2000 by 4e-3 for 1e-14; and by 5e-3 without nativeccd. With 1e-7 and 1000 iterations, 22998 of
 * 23040 pairs agreed within 2e-4 m; in the other 42 MuJoCo's own answer was not steady. */
static inline int oracle_iterates(int kind) {
  return mjCOLLISIONFUNC[kinds[kind].type1][kinds[kind].type2] == mjCOLLISIONFUNC[mjGEOM_MESH][mjGEOM_MESH];
}

/* Writes the hull that random configurations have, as a mesh with the name of the geom. */
static inline int write_hull(int g, char *text, int length, size_t size) {
  const myr_hull *hull = &test_hull_of(hulls_drawn[g])->hull;
  length += snprintf(text + length, size - (size_t)length, "<mesh name='m%d' vertex='", g);
  for (int i = 0; i < 3 * hull->vertex_count; i++)
    length += snprintf(text + length, size - (size_t)length, "%.9g ", hull->vertex[i] + hull->center[i % 3]);
  return length + snprintf(text + length, size - (size_t)length, "'/>");
}

/* Writes a height field without elevations, because MuJoCo reverses their rows and scales them when it reads a file.
 * oracle_create writes the elevations into the compiled model. */
static inline int write_field(char *text, int length, size_t size) {
  const float *s = collide_test_field.size;
  return length + snprintf(text + length, size - (size_t)length,
                           "<hfield name='h' nrow='%d' ncol='%d' size='%.9g %.9g %.9g %.9g'/>", TEST_FIELD_ROWS,
                           TEST_FIELD_COLUMNS, s[0], s[1], s[2], s[3]);
}

static inline int write_geom(int g, int type, char *text, int length, size_t size) {
  const char *names[8] = {"plane", "hfield", "sphere", "capsule", "ellipsoid", "cylinder", "box", "mesh"};
  const char *mesh = type == mjGEOM_HFIELD ? "hfield='h'"
                     : type != mjGEOM_MESH ? "size='1 1 1'"
                     : g                   ? "mesh='m1'"
                                           : "mesh='m0'";
  const char *body = type <= mjGEOM_HFIELD ? "<body mocap='true'>" : "<body><freejoint/>";
  return length + snprintf(text + length, size - (size_t)length, "%s<geom type='%s' %s mass='1'/></body>", body,
                           names[type], mesh);
}

static inline void note_frame(oracle *o, int g) {
  mju_zero3(o->shift[g]);
  mju_quat2Mat(o->turn[g], (double[]){1, 0, 0, 0});
  int mesh = o->model->geom_dataid[g];
  if (o->model->geom_type[g] != mjGEOM_MESH) return;
  mju_copy3(o->shift[g], o->model->mesh_pos + 3 * mesh);
  mju_quat2Mat(o->turn[g], o->model->mesh_quat + 4 * mesh);
}

static inline oracle oracle_create(int kind) {
  char text[16384], error[512] = "";
  int length = snprintf(text, sizeof text, "<mujoco><asset>");
  if (kinds[kind].type1 == mjGEOM_MESH) length = write_hull(0, text, length, sizeof text);
  if (kinds[kind].type2 == mjGEOM_MESH) length = write_hull(1, text, length, sizeof text);
  if (kinds[kind].type1 == mjGEOM_HFIELD) length = write_field(text, length, sizeof text);
  length += snprintf(text + length, sizeof text - (size_t)length, "</asset><worldbody>");
  length = write_geom(0, kinds[kind].type1, text, length, sizeof text);
  length = write_geom(1, kinds[kind].type2, text, length, sizeof text);
  snprintf(text + length, sizeof text - (size_t)length, "</worldbody></mujoco>");
  mjVFS files;
  mj_defaultVFS(&files);
  mj_addBufferVFS(&files, "pair.xml", text, (int)strlen(text));
  oracle o = {.model = mj_loadXML("pair.xml", &files, error, sizeof error)};
  mj_deleteVFS(&files);
  if (!o.model) fail_msg("MuJoCo could not read the pair: %s", error);
  if (o.model->nhfield) memcpy(o.model->hfield_data, collide_test_field.elevation, sizeof collide_test_field.elevation);
#if mjVERSION_HEADER >= 300
  o.model->opt.ccd_tolerance = 1e-7; /* of pairs that it iterates; see oracle_iterates */
  o.model->opt.ccd_iterations = 1000;
#endif
  o.model->opt.disableflags |= mjDSBL_MIDPHASE;
  for (int g = 0; g < 2; g++) { /* no broad phase may leave the pair out */
    if (o.model->geom_type[g] != mjGEOM_PLANE) o.model->geom_rbound[g] = 1e3;
    for (int i = 3; i < 6; i++) o.model->geom_aabb[6 * g + i] = 1e3;
  }
  for (int g = 0; g < 2; g++) note_frame(&o, g);
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
    double shift[3];
    if (!c->geoms[g].hull && o.model->geom_type[g] != mjGEOM_HFIELD)
      memcpy(o.model->geom_size + 3 * g, c->geoms[g].size, 3 * sizeof(double));
    mju_mulMatVec(shift, c->geoms[g].rotation, o.shift[g], 3, 3);
    mju_add3(o.data->geom_xpos + 3 * g, c->geoms[g].position, shift);
    mju_mulMatMat(o.data->geom_xmat + 9 * g, c->geoms[g].rotation, o.turn[g], 3, 3, 3);
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
