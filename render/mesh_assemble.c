/* Lays levels out in the form that the kernels read: clusters with vertices of their own, in one block of memory. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/mesh_parts.h"

enum { ALIGNMENT = 16 }; /* vertices; also the number that may be read past the end of an array */
/* Bounds are multiplied by this factor, because of the rounding to floats. */
static const double widening = 1 + 1e-6;
/* Faces of a cluster whose normals span more than this have no common back: the cosine of the half angle. */
static const double widest_cone = 0.1;
/* Widens the cones, so that no triangle is left out only because snapping turns it slightly. */
static const double cone_margin = 0.01;

typedef struct assembler {
  const mesh_surface *surface;
  const mesh_level *level; /* the one being laid out */
  float *x, *y, *z, *normal, *uv;
  int32_t *triangle, *triangle_vertices;
  myr_cluster *clusters; /* NULL: only counts */
  int vertices, triangles, cluster_count;
  int *local;     /* (wedges) place in the cluster; valid if the wedge's numbering is the current one */
  int *numbering; /* (wedges) the last numbering that contained the wedge; 0: none */
  int numberings;
  int wedges[MYR_CLUSTER_VERTICES]; /* of the cluster */
} assembler;

/* ------------------------------------------------------------------------------------------------ clusters */

static int node_triangles(const mesh_level *level, int node, int *first) {
  const myr_mesh_node *left = level->nodes + node, *right = left;
  while (left->count == 0) left = level->nodes + left->first;
  while (right->count == 0) right = level->nodes + right->first + 1;
  *first = left->first;
  return right->first + right->count - left->first;
}

/* Numbers the wedges of a range of triangles; false when a cluster cannot hold so many. */
static bool number_wedges(assembler *a, int first, int count, int *vertex_count) {
  *vertex_count = 0;
  a->numberings++;
  for (int i = first; i < first + count; i++)
    for (int k = 0; k < 3; k++) {
      int wedge = a->level->triangles[i][k];
      if (a->numbering[wedge] == a->numberings) continue;
      if (*vertex_count == MYR_CLUSTER_VERTICES) return false;
      a->numbering[wedge] = a->numberings;
      a->local[wedge] = *vertex_count;
      a->wedges[(*vertex_count)++] = wedge;
    }
  return true;
}

static void bound_cluster(const assembler *a, myr_cluster *cluster, int vertex_count) {
  double low[3], high[3], radius2 = 0;
  for (int k = 0; k < 3; k++) low[k] = high[k] = a->surface->points[a->surface->wedge_point[a->wedges[0]]][k];
  for (int i = 1; i < vertex_count; i++)
    for (int k = 0; k < 3; k++) {
      double x = a->surface->points[a->surface->wedge_point[a->wedges[i]]][k];
      if (x < low[k]) low[k] = x;
      if (x > high[k]) high[k] = x;
    }
  for (int k = 0; k < 3; k++) cluster->center[k] = (float)((low[k] + high[k]) / 2);
  for (int i = 0; i < vertex_count; i++) {
    const double *p = a->surface->points[a->surface->wedge_point[a->wedges[i]]];
    double square = 0;
    for (int k = 0; k < 3; k++) square += (p[k] - cluster->center[k]) * (p[k] - cluster->center[k]);
    if (square > radius2) radius2 = square;
  }
  cluster->radius = (float)(sqrt(radius2) * widening);
}

static bool unit_normal(const assembler *a, int triangle, double normal[3]) {
  const int *t = a->level->triangles[triangle];
  mesh_face_normal(mesh_corner(a->surface, t, 0), mesh_corner(a->surface, t, 1), mesh_corner(a->surface, t, 2), normal);
  double length = sqrt(normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2]);
  if (!(length > 0)) return false;
  for (int k = 0; k < 3; k++) normal[k] /= length;
  return true;
}

/* The cone about the mean normal that holds all normals. With half angle h, all faces of the cluster show their backs
 * to an eye from which the direction of the centre is at most 90 degrees - h off the axis, less the radius over the
 * distance. So cutoff = sin h. */
static void cone_of_cluster(const assembler *a, myr_cluster *cluster, int first, int count) {
  double axis[3] = {0, 0, 0}, normal[3], length = 0, cosine = 1;
  for (int i = first; i < first + count; i++)
    if (unit_normal(a, i, normal))
      for (int k = 0; k < 3; k++) axis[k] += normal[k];
  for (int k = 0; k < 3; k++) length += axis[k] * axis[k];
  length = sqrt(length);
  for (int k = 0; k < 3; k++) axis[k] = length > 0 ? axis[k] / length : k == 2;
  for (int i = first; i < first + count; i++) {
    if (!unit_normal(a, i, normal)) continue;
    double along = axis[0] * normal[0] + axis[1] * normal[1] + axis[2] * normal[2];
    if (along < cosine) cosine = along;
  }
  for (int k = 0; k < 3; k++) cluster->cone_axis[k] = (float)axis[k];
  bool narrow = length > 0 && cosine > widest_cone;
  cluster->cone_cutoff = narrow ? (float)(sqrt(1 - cosine * cosine) + cone_margin) : 2;
}

static void fill_vertices(assembler *a, int start, int vertex_count, int room) {
  for (int i = 0; i < room; i++) { /* the padding repeats the last vertex */
    int wedge = a->wedges[i < vertex_count ? i : vertex_count - 1], vertex = start + i;
    const double *p = a->surface->points[a->surface->wedge_point[wedge]];
    a->x[vertex] = (float)p[0], a->y[vertex] = (float)p[1], a->z[vertex] = (float)p[2];
    memcpy(a->normal + 3 * vertex, a->surface->wedge_normal[wedge], 3 * sizeof(float));
    if (a->uv) memcpy(a->uv + 2 * vertex, a->surface->wedge_uv[wedge], 2 * sizeof(float));
  }
}

/* Adds the triangles below a node as one cluster if they fit, else the clusters of its children. */
static void add_node(assembler *a, int node) {
  int first, vertex_count, count = node_triangles(a->level, node, &first);
  if (count > MYR_CLUSTER_TRIANGLES || !number_wedges(a, first, count, &vertex_count)) {
    int child = a->level->nodes[node].first;
    add_node(a, child);
    add_node(a, child + 1);
    return;
  }
  int room = (vertex_count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  if (a->clusters) {
    myr_cluster *cluster = a->clusters + a->cluster_count;
    cluster->vertex_start = a->vertices, cluster->vertex_count = vertex_count;
    cluster->triangle_start = a->triangles, cluster->triangle_count = count;
    bound_cluster(a, cluster, vertex_count);
    cone_of_cluster(a, cluster, first, count);
    fill_vertices(a, a->vertices, vertex_count, room);
    for (int i = 0; i < count; i++) {
      const int *t = a->level->triangles[first + i];
      a->triangle[a->triangles + i] = a->local[t[0]] | a->local[t[1]] << 8 | a->local[t[2]] << 16;
      a->triangle_vertices[a->triangles + i] = a->vertices;
    }
  }
  a->vertices += room;
  a->triangles += count;
  a->cluster_count++;
}

/* ------------------------------------------------------------------------------------------------ the block */

static void add_levels(assembler *a, const mesh_level *levels, int level_count, myr_mesh_level *out,
                       myr_mesh_node *nodes) {
  int node_start = 0;
  a->vertices = a->triangles = a->cluster_count = 0;
  for (int i = 0; i < level_count; i++) {
    int cluster_start = a->cluster_count, triangle_start = a->triangles;
    a->level = &levels[i];
    add_node(a, 0);
    if (!out) continue;
    out[i] = (myr_mesh_level){.error = (float)(levels[i].error * widening),
                              .cluster_start = cluster_start,
                              .cluster_count = a->cluster_count - cluster_start,
                              .node_start = node_start,
                              .node_count = levels[i].node_count};
    for (int k = 0; k < levels[i].node_count; k++) {
      myr_mesh_node *node = nodes + node_start + k;
      *node = levels[i].nodes[k];
      node->first += node->count > 0 ? triangle_start : node_start;
    }
    node_start += levels[i].node_count;
  }
}

/* The next `bytes` of a block; a block that is NULL is only measured. */
static void *take(char *block, size_t *used, size_t bytes) {
  enum { LINE = 64 };
  void *part = block ? block + *used : NULL;
  *used += (bytes + LINE - 1) / LINE * LINE;
  return part;
}

static void lay_out(assembler *a, char *block, size_t *used, myr_mesh *mesh, myr_mesh_level **levels,
                    myr_mesh_node **nodes) {
  size_t vertices = (size_t)mesh->vertex_count, triangles = (size_t)mesh->triangle_count + ALIGNMENT;
  *used = 0;
  a->x = take(block, used, vertices * sizeof(float)); /* first: mesh_free frees the block by it */
  a->y = take(block, used, vertices * sizeof(float));
  a->z = take(block, used, vertices * sizeof(float));
  a->normal = take(block, used, 3 * vertices * sizeof(float));
  a->uv = a->surface->wedge_uv ? take(block, used, 2 * vertices * sizeof(float)) : NULL;
  a->triangle = take(block, used, triangles * sizeof(int32_t));
  a->triangle_vertices = take(block, used, triangles * sizeof(int32_t));
  a->clusters = take(block, used, (size_t)mesh->cluster_count * sizeof(myr_cluster));
  *levels = take(block, used, (size_t)mesh->level_count * sizeof(myr_mesh_level));
  *nodes = take(block, used, (size_t)mesh->node_count * sizeof(myr_mesh_node));
}

static void bound_mesh(const mesh_surface *surface, const mesh_level *finest, myr_mesh *mesh) {
  double radius2 = 0;
  for (int k = 0; k < 3; k++)
    mesh->bound_center[k] = (float)(((double)finest->nodes[0].low[k] + finest->nodes[0].high[k]) / 2);
  for (int i = 0; i < finest->triangle_count; i++)
    for (int k = 0; k < 3; k++) {
      const double *p = mesh_corner(surface, finest->triangles[i], k);
      double square = 0;
      for (int j = 0; j < 3; j++) square += (p[j] - mesh->bound_center[j]) * (p[j] - mesh->bound_center[j]);
      if (square > radius2) radius2 = square;
    }
  mesh->bound_radius = (float)(sqrt(radius2) * widening);
}

bool mesh_assemble(const mesh_surface *surface, const mesh_level *levels, int level_count, myr_mesh *mesh) {
  size_t wedges = (size_t)surface->wedge_count, bytes;
  assembler a = {.surface = surface, .local = malloc(wedges * sizeof(int)), .numbering = calloc(wedges, sizeof(int))};
  char *block = NULL;
  memset(mesh, 0, sizeof *mesh);
  if (a.local && a.numbering) {
    myr_mesh_level *out = NULL;
    myr_mesh_node *nodes = NULL;
    add_levels(&a, levels, level_count, out, nodes);
    mesh->vertex_count = a.vertices, mesh->triangle_count = a.triangles, mesh->cluster_count = a.cluster_count;
    mesh->level_count = level_count;
    for (int i = 0; i < level_count; i++) mesh->node_count += levels[i].node_count;
    lay_out(&a, NULL, &bytes, mesh, &out, &nodes);
    block = aligned_alloc(64, bytes);
    if (block) {
      memset(block, 0, bytes);
      lay_out(&a, block, &bytes, mesh, &out, &nodes);
      add_levels(&a, levels, level_count, out, nodes);
      bound_mesh(surface, &levels[0], mesh);
      mesh->x = a.x, mesh->y = a.y, mesh->z = a.z, mesh->normal = a.normal, mesh->uv = a.uv;
      mesh->triangle = a.triangle, mesh->triangle_vertices = a.triangle_vertices;
      mesh->clusters = a.clusters, mesh->levels = out, mesh->nodes = nodes;
    }
  }
  free(a.local);
  free(a.numbering);
  return block != NULL;
}

void mesh_free(myr_mesh *mesh) {
  free((void *)mesh->x);
  memset(mesh, 0, sizeof *mesh);
}
