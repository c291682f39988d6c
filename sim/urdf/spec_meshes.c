/* The mesh files of a URDF file as MuJoCo's meshes. STL, OBJ and MSH are left to its compiler; COLLADA and STL written as
 * text are read here. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/grow.h"
#include "sim/urdf/package.h"
#include "sim/urdf/spec.h"
#include "sim/urdf/triangles.h"

enum { PATH_BYTES = 4096 };

/* ------------------------------------------------------------------------------------------------ faults */
static void refuse(spec_build *build, const urdf_link *link, const urdf_shape *shape, const char *reason,
                   const char *remedy) {
  finding_add(build->findings, MYR_FAULT, urdf_place(&build->robot, shape->line), remedy,
              "link \"%s\": mesh %.200s: %s", link->name, shape->mesh, reason);
}

void spec_refuse_missing(spec_build *build, const urdf_link *link, const urdf_shape *shape,
                         const package_search *search) {
  char reason[800], remedy[400];
  bool package = !strncmp(shape->mesh, "package://", 10) || !strncmp(shape->mesh, "model://", 8);
  snprintf(reason, sizeof reason, "no regular file has that name; looked in %s", search->tried);
  const char *name = strstr(shape->mesh, "://");
  if (package && name)
    snprintf(remedy, sizeof remedy,
             "give the folder that holds the package \"%.*s\" by --package-path FOLDER or in ROS_PACKAGE_PATH",
             (int)strcspn(name + 3, "/"), name + 3);
  else
    snprintf(remedy, sizeof remedy, "put the file there; a relative path starts at the folder of the URDF file");
  if (strstr(shape->mesh, "://") && !package && strncmp(shape->mesh, "file://", 7) != 0)
    snprintf(reason, sizeof reason, "only package://, model:// and file:// are known");
  refuse(build, link, shape, reason, remedy);
}

/* ------------------------------------------------------------------------------------------------ names */
/* A name of no other mesh: the file's without folder and suffix. */
static void name_mesh(const spec_build *build, const char *path, char name[sizeof(((spec_mesh *)0)->name)]) {
  const char *slash = strrchr(path, '/'), *start = slash ? slash + 1 : path, *dot = strrchr(start, '.');
  int length = dot ? (int)(dot - start) : (int)strlen(start);
  if (length > 100) length = 100;
  const size_t bytes = sizeof(((spec_mesh *)0)->name);
  snprintf(name, bytes, "%.*s", length, start);
  for (int i = 2; mjs_findElement(build->spec, mjOBJ_MESH, name); i++)
    snprintf(name, bytes, "%.*s_%d", length, start, i);
}

static spec_mesh *append_mesh(spec_build *build, const char *path, mjsMesh **mesh) {
  spec_mesh *grown = myr_grow(build->meshes, build->mesh_count, &build->mesh_capacity, sizeof *grown);
  build->out_of_memory |= !grown;
  if (!grown) return NULL;
  build->meshes = grown;
  spec_mesh *added = &grown[build->mesh_count++];
  *added = (spec_mesh){.has_color = false};
  name_mesh(build, path, added->name);
  *mesh = mjs_addMesh(build->spec, NULL);
  mjs_setName((*mesh)->element, added->name);
  (*mesh)->inertia = mjMESH_INERTIA_SHELL; /* no mass comes from it, and a shell needs no closed surface */
  return added;
}

static void set_scale(mjsMesh *mesh, const double scale[3]) {
  for (int i = 0; i < 3; i++) mesh->scale[i] = scale[i];
}

/* ------------------------------------------------------------------------------------------------ files */
static const char *const suffixes[] = {".stl", ".obj", ".msh", ".dae"};
enum { SUFFIX_STL, SUFFIX_OBJ, SUFFIX_MSH, SUFFIX_DAE, SUFFIXES };

static int suffix_of(const char *path) {
  const char *dot = strrchr(path, '.');
  for (int i = 0; dot && i < SUFFIXES; i++)
    if (!strcasecmp(dot, suffixes[i])) return i;
  return SUFFIXES;
}

static bool add_file(spec_build *build, const char *path, const double scale[3]) {
  mjsMesh *mesh;
  if (!append_mesh(build, path, &mesh)) return false;
  mjs_setString(mesh->file, path);
  set_scale(mesh, scale);
  return true;
}

/* The cross product of two edges of triangle t: normal to it, twice its area long. */
static void cross_edges(const triangle_part *part, int64_t t, mjtNum cross[3]) {
  mjtNum edges[2][3];
  for (int k = 0; k < 3; k++)
    for (int e = 0; e < 2; e++)
      edges[e][k] = (mjtNum)part->vertices[3 * part->triangles[3 * t + e + 1] + k] -
                    (mjtNum)part->vertices[3 * part->triangles[3 * t] + k];
  mju_cross(cross, edges[0], edges[1]);
}

/* Corners without a normal keep the flat one of their triangle. */
static bool complete_normals(triangle_part *part) {
  for (int64_t t = 0; t < part->triangle_count; t++) {
    int *corners = part->corners + 3 * t;
    if (corners[0] >= 0 && corners[1] >= 0 && corners[2] >= 0) continue;
    mjtNum cross[3];
    cross_edges(part, t, cross);
    mju_normalize3(cross);
    const float normal[3] = {(float)cross[0], (float)cross[1], (float)cross[2]};
    int added = triangles_add_normal(part, normal);
    if (added < 0) return false;
    for (int k = 0; k < 3; k++)
      if (corners[k] < 0) corners[k] = added;
  }
  return true;
}

/* Its vertices that triangles use, because MuJoCo takes the extent of a mesh from all of them. */
static bool drop_unused(triangle_part *part) {
  int *numbers = malloc(((size_t)part->vertex_count + 1) * sizeof *numbers);
  int count = 0;
  if (!numbers) return false;
  for (int64_t v = 0; v < part->vertex_count; v++) numbers[v] = -1;
  for (int64_t c = 0; c < 3 * part->triangle_count; c++) numbers[part->triangles[c]] = 0;
  for (int64_t v = 0; v < part->vertex_count; v++) {
    if (numbers[v] < 0) continue;
    memmove(part->vertices + 3 * (size_t)count, part->vertices + 3 * v, 3 * sizeof *part->vertices);
    numbers[v] = count++;
  }
  for (int64_t c = 0; c < 3 * part->triangle_count; c++) part->triangles[c] = numbers[part->triangles[c]];
  part->vertex_count = count;
  free(numbers);
  return true;
}

/* MuJoCo asks for four vertices at least. */
static bool pad_vertices(triangle_part *part) {
  while (part->vertex_count < 4)
    if (triangles_add_vertex(part, part->vertices) < 0) return false;
  return true;
}

static double area_of(const triangle_part *part) {
  double area = 0;
  for (int64_t t = 0; t < part->triangle_count; t++) {
    mjtNum cross[3];
    cross_edges(part, t, cross);
    area += mju_norm3(cross) / 2;
  }
  return area;
}

static bool add_part(spec_build *build, const char *path, triangle_part *part, const double scale[3]) {
  mjsMesh *mesh;
  if (!part->triangle_count || area_of(part) < 1e-12) return true; /* nothing can be seen of it */
  if (!drop_unused(part) || !pad_vertices(part) || !complete_normals(part)) return false;
  spec_mesh *added = append_mesh(build, path, &mesh);
  if (!added) return false;
  added->has_color = part->has_color;
  memcpy(added->color, part->color, sizeof added->color);
  mjs_setFloat(mesh->uservert, part->vertices, (int)(3 * part->vertex_count));
  mjs_setInt(mesh->userface, part->triangles, (int)(3 * part->triangle_count));
  mjs_setFloat(mesh->usernormal, part->normals, (int)(3 * part->normal_count));
  mjs_setInt(mesh->userfacenormal, part->corners, (int)(3 * part->triangle_count));
  set_scale(mesh, scale);
  return true;
}

/* false after a fault, or when memory is out. */
static bool add_triangles(spec_build *build, const urdf_link *link, const urdf_shape *shape, const char *path,
                          myr_status (*read)(const char *, triangle_mesh *, myr_error *)) {
  triangle_mesh mesh = {0};
  myr_error error = {0};
  myr_status status = read(path, &mesh, &error);
  if (status) refuse(build, link, shape, error.message, "export it anew, as binary STL or as OBJ");
  for (int i = 0; !status && i < mesh.count; i++)
    build->out_of_memory |= !add_part(build, path, &mesh.parts[i], shape->scale);
  triangles_release(&mesh);
  return !status && !build->out_of_memory;
}

static bool add_any(spec_build *build, const urdf_link *link, const urdf_shape *shape, const char *path) {
  switch (suffix_of(path)) {
  case SUFFIX_STL:
    if (stl_is_text(path)) return add_triangles(build, link, shape, path, stl_read_text);
    return add_file(build, path, shape->scale);
  case SUFFIX_OBJ:
  case SUFFIX_MSH: return add_file(build, path, shape->scale);
  case SUFFIX_DAE: return add_triangles(build, link, shape, path, collada_read);
  default: refuse(build, link, shape, "its format is not known", "convert it to STL, OBJ or DAE"); return false;
  }
}

/* ------------------------------------------------------------------------------------------------ assets */
static const mesh_asset *find_asset(const spec_build *build, const char *path, const double scale[3]) {
  for (int i = 0; i < build->asset_count; i++)
    if (!strcmp(build->assets[i].path, path) &&
        !memcmp(build->assets[i].scale, scale, sizeof build->assets[i].scale)) /* NOLINT: numbers as they were read */
      return &build->assets[i];
  return NULL;
}

static const mesh_asset *append_asset(spec_build *build, const char *path, const urdf_shape *shape, int first) {
  mesh_asset *grown = myr_grow(build->assets, build->asset_count, &build->asset_capacity, sizeof *grown);
  char *copy = grown ? strdup(path) : NULL;
  if (grown) build->assets = grown;
  build->out_of_memory |= !copy;
  if (!copy) return NULL;
  mesh_asset *asset = &grown[build->asset_count++];
  *asset = (mesh_asset){.path = copy, .first = first, .count = build->mesh_count - first};
  memcpy(asset->scale, shape->scale, sizeof asset->scale);
  return asset;
}

const mesh_asset *spec_mesh_asset(spec_build *build, const urdf_link *link, const urdf_shape *shape) {
  char path[PATH_BYTES];
  package_search search = {.file = build->robot.path,
                           .mesh_folder = build->robot.compiler.mesh_folder,
                           .path = path,
                           .path_bytes = sizeof path};
  if (!package_find(shape->mesh, &search)) {
    spec_refuse_missing(build, link, shape, &search);
    return NULL;
  }
  char *real = realpath(path, NULL); /* two names of one file are one mesh */
  if (real) snprintf(path, sizeof path, "%s", real);
  free(real);
  const mesh_asset *known = find_asset(build, path, shape->scale);
  if (known) return known;
  if (search.guessed)
    finding_add(build->findings, MYR_NOTICE, urdf_place(&build->robot, shape->line),
                "if that is another file, give --package-path",
                "mesh %.200s: no package of that name was found; taken is %s", shape->mesh, path);
  int first = build->mesh_count;
  return add_any(build, link, shape, path) ? append_asset(build, path, shape, first) : NULL;
}
