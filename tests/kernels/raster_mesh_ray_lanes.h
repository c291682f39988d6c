/* Rays to meshes and fragments of meshes, in each width, for test_raster_mesh_ray.c. A program links the widths that
 * its target can compile. */
#ifndef TESTS_RASTER_MESH_RAY_LANES_H
#define TESTS_RASTER_MESH_RAY_LANES_H

#include "kernels/raster.h"

typedef struct raster_mesh_ray_lanes {
  /* Tells for each ray whether the mesh shadows it. rays (count, 7): origin, direction, length. count is a multiple of
   * 16. */
  void (*shadow)(const myr_mesh *mesh, int level, int count, const float *rays, uint8_t *shadowed);
  /* Computes fragments at points (count, 3) of triangles. result (count, 6): normal 3, u, v, uv_per_metre. count is a
   * multiple of 16. */
  void (*fragment)(const myr_mesh *mesh, int count, const int32_t *triangles, const float *points, float *result);
} raster_mesh_ray_lanes;

extern const raster_mesh_ray_lanes raster_mesh_ray_lanes_1, raster_mesh_ray_lanes_4, raster_mesh_ray_lanes_8,
    raster_mesh_ray_lanes_16;

#endif
