#include "sim/mujoco/mesh_hull.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/model.h"
#include "sim/mujoco/supported.h"

/* ------------------------------------------------------------------------------------------------ one mesh */
/* The points of a mesh that can be corners of its hull: MuJoCo has found those, unless the mesh is very small. The graph
 * begins with the numbers of vertices and of faces; the vertices' numbers in the mesh follow after as many addresses. */
static double *candidates(const mjModel *m, int mesh, int *count) {
  const int *graph = m->mesh_graphadr[mesh] < 0 ? NULL : m->mesh_graph + m->mesh_graphadr[mesh];
  const float *vertices = m->mesh_vert + (ptrdiff_t)3 * m->mesh_vertadr[mesh];
  *count = graph ? graph[0] : m->mesh_vertnum[mesh];
  double *points = calloc((size_t)*count + 1, 3 * sizeof *points);
  for (int i = 0; points && i < *count; i++)
    for (int k = 0; k < 3; k++) points[3 * i + k] = (double)vertices[3 * (graph ? graph[2 + graph[0] + i] : i) + k];
  return points;
}

myr_status mesh_hull(const mjModel *m, int mesh, myr_hull *hull, int *corners, myr_error *error) {
  *hull = (myr_hull){0};
  double *points = candidates(m, mesh, corners);
  if (!points) return myr_fail(error, MYR_ERROR, "out of memory for a mesh of %d points", *corners);
  myr_status status = myr_hull_create(points, *corners, MYR_HULL_VERTICES, hull, error);
  free(points);
  return status;
}

/* ------------------------------------------------------------------------------------------------ findings */
static bool touches(const mjModel *m, int mesh) {
  for (int g = 0; g < m->ngeom; g++)
    if (m->geom_type[g] == mjGEOM_MESH && m->geom_dataid[g] == mesh && supported_geom(m, g)) return true;
  return false;
}

static void check_hull(const mjModel *m, int mesh, model_source *source, myr_findings *findings) {
  myr_hull hull;
  myr_error error = {0};
  char name[ELEMENT_NAME_BYTES] = "";
  int corners;
  myr_status status = mesh_hull(m, mesh, &hull, &corners, &error);
  element_name(m, mjOBJ_MESH, mesh, name);
  finding_place place = model_source_place(source, m, mjOBJ_MESH, mesh, NULL);
  if (status)
    finding_add(findings, MYR_FAULT, place, "let a thin box collide in its place",
                "mesh%s%s: no hull to collide with: %s", name[0] ? " " : "", name, error.message);
  else if (corners > MYR_HULL_VERTICES)
    finding_add(findings, MYR_NOTICE, place, "simplify the mesh if that is too much",
                "mesh%s%s: its hull of %d corners collides as one of %d, which lies up to %.2g mm inside",
                name[0] ? " " : "", name, corners, hull.vertex_count, 1e3 * hull.error);
  myr_hull_free(&hull);
}

void supported_check_hulls(const mjModel *m, model_source *source, myr_findings *findings) {
  for (int mesh = 0; mesh < m->nmesh; mesh++)
    if (touches(m, mesh)) check_hull(m, mesh, source, findings);
}

/* ------------------------------------------------------------------------------------------------ a scene */
/* The hull of a geom's mesh: that of an earlier geom of the same mesh, or a new one. */
static myr_status add_geom(const import_part *part, int geom, int *of_mesh, import_hulls *hulls, myr_error *error) {
  const mjModel *m = part->mujoco;
  int mesh = m->geom_dataid[geom], corners;
  myr_status status = MYR_OK;
  if (of_mesh[mesh] < 0) {
    of_mesh[mesh] = hulls->count;
    status = mesh_hull(m, mesh, &hulls->hulls[hulls->count++], &corners, error);
  }
  hulls->of_geom[part->geom[geom]] = of_mesh[mesh];
  return status;
}

static myr_status add_part(const import_part *part, import_hulls *hulls, myr_error *error) {
  const mjModel *m = part->mujoco;
  int *of_mesh = malloc(((size_t)m->nmesh + 1) * sizeof *of_mesh);
  if (!of_mesh) return myr_fail(error, MYR_ERROR, "out of memory for %d meshes", (int)m->nmesh);
  for (int i = 0; i < m->nmesh; i++) of_mesh[i] = -1;
  myr_status status = MYR_OK;
  for (int g = 0; g < m->ngeom && !status; g++)
    if (part->geom[g] >= 0 && m->geom_type[g] == mjGEOM_MESH) status = add_geom(part, g, of_mesh, hulls, error);
  free(of_mesh);
  return status;
}

myr_status import_hulls_create(const import_part *parts, int count, myr_model *model, import_hulls *hulls,
                               myr_error *error) {
  int meshes = 0;
  for (int i = 0; i < count; i++) meshes += parts[i].mujoco ? parts[i].mujoco->nmesh : 0;
  *hulls = (import_hulls){.hulls = calloc((size_t)meshes + 1, sizeof *hulls->hulls),
                          .of_geom = malloc(((size_t)model->ngeom + 1) * sizeof *hulls->of_geom)};
  if (!hulls->hulls || !hulls->of_geom) return myr_fail(error, MYR_ERROR, "out of memory for %d meshes", meshes);
  for (int g = 0; g < model->ngeom; g++) hulls->of_geom[g] = -1;
  myr_status status = MYR_OK;
  for (int i = 0; i < count && !status; i++)
    if (parts[i].mujoco) status = add_part(&parts[i], hulls, error);
  model->nhull = hulls->count;
  for (int i = 0; i < hulls->count; i++) {
    model->nhullvertex += hulls->hulls[i].vertex_count;
    model->nhullface += hulls->hulls[i].face_count;
  }
  return status;
}

void import_hulls_fill(const import_hulls *hulls, myr_model *model) {
  int vertex = 0, face = 0;
  memcpy(model->geom_hull, hulls->of_geom, (size_t)model->ngeom * sizeof *model->geom_hull);
  for (int i = 0; i < hulls->count; i++) {
    const myr_hull *hull = &hulls->hulls[i];
    const size_t vertices = (size_t)hull->vertex_count, faces = (size_t)hull->face_count;
    model->hull_vertex_start[i] = vertex;
    model->hull_vertex_count[i] = hull->vertex_count;
    model->hull_face_start[i] = face;
    model->hull_face_count[i] = hull->face_count;
    model->hull_corners[i] = hull->corners;
    model->hull_inradius[i] = hull->inradius;
    model->hull_reach[i] = hull->reach;
    memcpy(model->hull_center + (ptrdiff_t)3 * i, hull->center, sizeof hull->center);
    memcpy(model->hull_vertex + (ptrdiff_t)3 * vertex, hull->vertex, 3 * vertices * sizeof *hull->vertex);
    memcpy(model->hull_normal + (ptrdiff_t)3 * face, hull->normal, 3 * faces * sizeof *hull->normal);
    memcpy(model->hull_corner + (ptrdiff_t)MYR_HULL_CORNERS * face, hull->corner,
           MYR_HULL_CORNERS * faces * sizeof *hull->corner);
    memcpy(model->hull_corner_count + face, hull->corner_count, faces * sizeof *hull->corner_count);
    vertex += hull->vertex_count;
    face += hull->face_count;
  }
}

void import_hulls_free(import_hulls *hulls) {
  for (int i = 0; hulls->hulls && i < hulls->count; i++) myr_hull_free(&hulls->hulls[i]);
  free(hulls->hulls);
  free(hulls->of_geom);
  *hulls = (import_hulls){0};
}
