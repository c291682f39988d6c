/* The types that the parts of mesh_build pass to each other. A function that returns false is out of memory. */
#ifndef MYR_RENDER_MESH_PARTS_H
#define MYR_RENDER_MESH_PARTS_H

#include <stdbool.h>

#include "render/mesh.h"

/* A surface of wedges. A wedge is a point as a member of one smooth part of the surface, with the normal of that part.
 * Points are floats stored as doubles. */
typedef struct mesh_surface {
  int point_count, wedge_count, triangle_count;
  double (*points)[3];
  int *wedge_point; /* (wedges) */
  float (*wedge_normal)[3];
  float (*wedge_uv)[2]; /* NULL: none */
  int (*triangles)[3];  /* wedges */
} mesh_surface;

myr_status mesh_surface_create(const mesh_source *source, mesh_surface *surface, myr_error *error);
void mesh_surface_free(mesh_surface *surface); /* a zeroed surface is allowed */

static inline const double *mesh_corner(const mesh_surface *surface, const int triangle[3], int k) {
  return surface->points[surface->wedge_point[triangle[k]]];
}
/* (b - a) x (c - a): twice the area, along the outward normal. */
void mesh_face_normal(const double a[3], const double b[3], const double c[3], double normal[3]);

/* A copy of the surface's triangles that loses some with every call of mesh_simplify. */
typedef struct mesh_simplifier mesh_simplifier;
mesh_simplifier *mesh_simplifier_create(const mesh_surface *surface); /* NULL: out of memory */
void mesh_simplifier_free(mesh_simplifier *simplifier);
/* Collapses edges until at most `target` triangles are left, or no edge may collapse any more. */
bool mesh_simplify(mesh_simplifier *simplifier, int target);
/* The triangles that are left, in wedges of the surface. The caller frees them; NULL: out of memory. */
int (*mesh_simplifier_triangles(const mesh_simplifier *simplifier, int *count))[3];

/* One level of detail and its hierarchy, whose leaves hold the triangles in the order of this array. */
typedef struct mesh_level {
  int triangle_count, node_count;
  int (*triangles)[3];  /* wedges */
  myr_mesh_node *nodes; /* the root first; first + count within the level */
  double error;         /* m */
} mesh_level;

enum { MESH_LEAF = 4 }; /* triangles in a leaf, at most */

/* Sorts the level's triangles into a new hierarchy. */
bool mesh_tree_build(const mesh_surface *surface, mesh_level *level);

/* A distance, m: no point of either level is farther than this from the other. Distances below `floor` count as
 * `floor`. */
double mesh_distance(const mesh_surface *surface, const mesh_level *a, const mesh_level *b, double floor);

/* Lays the levels out in one block of memory. */
bool mesh_assemble(const mesh_surface *surface, const mesh_level *levels, int level_count, myr_mesh *mesh);

#endif
