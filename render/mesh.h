/* Triangle meshes in the rasterizer's form: levels of detail, clusters, a hierarchy for shadow rays.
 *
 *   mesh_source ─► mesh_surface.c   welded, checked, with normals: a surface of wedges
 *               ─► mesh_simplify.c  quadric edge collapse: each level has about half the triangles of the one before
 *               ─► mesh_distance.c  the measured distance of a level from the finest surface
 *               ─► mesh_tree.c      a hierarchy over each level's triangles
 *               ─► mesh_assemble.c  clusters, normal cones, one block of memory: myr_mesh
 *
 * All arithmetic is in doubles, with + - * / and the correctly rounded square root in a fixed order. A mesh therefore
 * has the same bits on every machine, which pixels need because they depend on its levels. */
#ifndef MYR_RENDER_MESH_H
#define MYR_RENDER_MESH_H

#include "kernels/raster.h"

typedef struct mesh_source {
  const float *positions;      /* (vertex_count, 3) m */
  const float *normals;        /* (normal_count, 3); NULL: computed, with creases where faces meet above 40 degrees */
  const float *uv;             /* (uv_count, 2); NULL: none */
  const int32_t *triangles;    /* (triangle_count, 3) vertices, counter-clockwise from outside */
  const int32_t *normal_index; /* (triangle_count, 3) into normals; NULL: as triangles */
  const int32_t *uv_index;     /* (triangle_count, 3) into uv; NULL: as triangles */
  int vertex_count, normal_count, uv_count, triangle_count;
} mesh_source;

/* Vertices of one position become one; triangles without three different corners are dropped. Each level is as
 * closed as the source. Errors: MYR_INVALID for an index out of range, a number that is not finite, or no triangle
 * left. */
myr_status mesh_build(const mesh_source *source, myr_mesh *mesh, myr_error *error);
void mesh_free(myr_mesh *mesh); /* a zeroed mesh is allowed */

#endif
