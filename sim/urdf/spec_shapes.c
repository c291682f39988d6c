/* Visuals and collision shapes as MuJoCo's geoms. Visuals touch nothing and are drawn; collision shapes are drawn only
 * where the file has no visual at all. */
#include <stdio.h>
#include <string.h>

#include "sim/urdf/bounds.h"
#include "sim/urdf/package.h"
#include "sim/urdf/spec.h"

#define THINNEST_BOX 1e-4 /* m; of flat meshes */

enum { VISUAL_GROUP = 1, COLLISION_GROUP = 3, DRAWN_COLLISION_GROUP = 0 };

static void set_name(spec_build *build, mjsGeom *geom, const char *wanted) {
  char name[300];
  snprintf(name, sizeof name, "%.280s", wanted);
  for (int i = 2; mjs_findElement(build->spec, mjOBJ_GEOM, name); i++)
    snprintf(name, sizeof name, "%.280s_%d", wanted, i);
  mjs_setName(geom->element, name);
}

static mjsGeom *add_geom(spec_build *build, int link, const urdf_shape *shape) {
  mjsGeom *geom = mjs_addGeom(build->bodies[link], NULL);
  memcpy(geom->pos, shape->pose.position, sizeof geom->pos);
  memcpy(geom->quat, shape->pose.quaternion, sizeof geom->quat);
  return geom;
}

/* Sizes are half of those of URDF. */
static void set_size(const urdf_shape *shape, mjsGeom *geom) {
  const double *size = shape->size;
  switch (shape->kind) {
  case URDF_BOX:
    geom->type = mjGEOM_BOX;
    for (int i = 0; i < 3; i++) geom->size[i] = size[i] / 2;
    break;
  case URDF_SPHERE:
    geom->type = mjGEOM_SPHERE;
    geom->size[0] = size[0];
    break;
  default:
    geom->type = shape->kind == URDF_CAPSULE ? mjGEOM_CAPSULE : mjGEOM_CYLINDER;
    geom->size[0] = size[0];
    geom->size[1] = size[1] / 2;
  }
}

static void set_color(const spec_build *build, const urdf_material *material, mjsGeom *geom) {
  if (!material || !material->has_color) return;
  if (*material->name && mjs_findElement(build->spec, mjOBJ_MATERIAL, material->name)) {
    mjs_setString(geom->material, material->name);
    return;
  }
  for (int k = 0; k < 4; k++) geom->rgba[k] = (float)material->color[k];
}

/* ------------------------------------------------------------------------------------------------ visuals */
static void set_visual(spec_build *build, const urdf_shape *shape, mjsGeom *geom) {
  geom->contype = geom->conaffinity = 0;
  geom->group = VISUAL_GROUP;
  set_color(build, shape->material, geom);
  if (shape->name && *shape->name) set_name(build, geom, shape->name);
}

static void add_visual_mesh(spec_build *build, int link, const urdf_shape *shape) {
  const mesh_asset *asset = spec_mesh_asset(build, &build->robot.links[link], shape);
  for (int i = 0; asset && i < asset->count; i++) {
    const spec_mesh *mesh = &build->meshes[asset->first + i];
    mjsGeom *geom = add_geom(build, link, shape);
    geom->type = mjGEOM_MESH;
    mjs_setString(geom->meshname, mesh->name);
    if (mesh->has_color) memcpy(geom->rgba, mesh->color, sizeof mesh->color);
    set_visual(build, shape, geom);
  }
}

/* ------------------------------------------------------------------------------------------------ collision shapes */
enum mesh_box { MESH_HELD, MESH_MISSING, MESH_UNREADABLE };

/* The box that holds a collision mesh, as a shape in its place. A file that is not found is told here. */
static enum mesh_box box_of_mesh(spec_build *build, int link, const urdf_shape *shape, urdf_shape *box) {
  char path[4096];
  package_search search = {.file = build->robot.path,
                           .mesh_folder = build->robot.compiler.mesh_folder,
                           .path = path,
                           .path_bytes = sizeof path};
  if (!package_find(shape->mesh, &search)) {
    spec_refuse_missing(build, &build->robot.links[link], shape, &search);
    return MESH_MISSING;
  }
  double low[3], high[3];
  mjtNum middle[3], turned[3];
  if (!bounds_read(path, low, high)) return MESH_UNREADABLE;
  *box = *shape;
  box->kind = URDF_BOX;
  for (int i = 0; i < 3; i++) {
    middle[i] = shape->scale[i] * (low[i] + high[i]) / 2;
    box->size[i] = mju_max(mju_abs(shape->scale[i]) * (high[i] - low[i]), THINNEST_BOX);
  }
  mju_rotVecQuat(turned, middle, shape->pose.quaternion);
  for (int i = 0; i < 3; i++) box->pose.position[i] += turned[i];
  return MESH_HELD;
}

static void refuse_unreadable(spec_build *build, int link, const urdf_shape *shape) {
  finding_add(build->findings, MYR_FAULT, urdf_place(&build->robot, shape->line),
              "repair the file, or write a <box>, <sphere>, <capsule> or <cylinder> in its place",
              "link \"%s\": no points can be read from mesh %s, so no box holds it", build->robot.links[link].name,
              shape->mesh);
}

/* The attributes of all collision shapes. */
static void set_collision(spec_build *build, int link, const urdf_shape *shape, mjsGeom *geom) {
  char name[300];
  geom->group = build->draws_collisions ? DRAWN_COLLISION_GROUP : COLLISION_GROUP;
  snprintf(name, sizeof name, "%.200s_collision", build->robot.links[link].name);
  set_name(build, geom, shape->name && *shape->name ? shape->name : name);
}

static void add_collision_mesh(spec_build *build, int link, const urdf_shape *shape) {
  const mesh_asset *asset = spec_mesh_asset(build, &build->robot.links[link], shape);
  for (int i = 0; asset && i < asset->count; i++) {
    mjsGeom *geom = add_geom(build, link, shape);
    geom->type = mjGEOM_MESH;
    mjs_setString(geom->meshname, build->meshes[asset->first + i].name);
    set_collision(build, link, shape, geom);
  }
}

static void add_collision(spec_build *build, int link, const urdf_shape *shape) {
  urdf_shape box;
  if (shape->kind == URDF_MESH) {
    enum myr_collision_meshes choice = build->choices.collision_meshes;
    if (choice == MYR_COLLISION_MESHES_NONE) return;
    if (choice == MYR_COLLISION_MESHES_HULL) {
      add_collision_mesh(build, link, shape);
      return;
    }
    enum mesh_box held = box_of_mesh(build, link, shape, &box);
    if (held == MESH_UNREADABLE) refuse_unreadable(build, link, shape);
    if (held != MESH_HELD) return;
    shape = &box;
  }
  mjsGeom *geom = add_geom(build, link, shape);
  set_size(shape, geom);
  set_collision(build, link, shape, geom);
}

void spec_add_shapes(spec_build *build, int link) {
  const urdf_link *from = &build->robot.links[link];
  for (int i = 0; i < from->visual_count; i++) {
    const urdf_shape *shape = &from->visuals[i];
    if (shape->kind == URDF_MESH) {
      add_visual_mesh(build, link, shape);
      continue;
    }
    mjsGeom *geom = add_geom(build, link, shape);
    set_size(shape, geom);
    set_visual(build, shape, geom);
  }
  for (int i = 0; i < from->collision_count; i++) add_collision(build, link, &from->collisions[i]);
}
