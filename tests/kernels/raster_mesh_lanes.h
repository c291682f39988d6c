/* The mesh rasterizer of each width, for test_raster_mesh.c. A program links the widths that its target can compile. */
#ifndef TESTS_RASTER_MESH_LANES_H
#define TESTS_RASTER_MESH_LANES_H

#include "kernels/raster.h"

typedef struct raster_mesh_lanes {
  /* Draws all drawables of the frame; every output is (height, width). covered: how often any drawable covers the
   * pixel. */
  void (*draw)(const myr_frame *frame, const myr_view *view, int32_t *sample, float *depth, int32_t *drawable,
               int32_t *triangle, int32_t *covered);
  /* Counts the triangles of a level that cover each pixel, at any depth. */
  void (*count)(const myr_mesh *mesh, const myr_drawable *drawable, const myr_view *view, int level, int32_t *covers);
  /* Snaps points (count, 3) of the camera's frame; count is a multiple of 16. */
  void (*snap)(const myr_view *view, int count, const float *points, int32_t *snapped);
  /* Fills snapped (height, width, 3) with the integers of the pixels' rays, for cameras other than pinholes. */
  void (*pixels)(const myr_view *view, int32_t *snapped);
  int (*level)(const myr_view *view, const myr_drawable *drawable, const myr_mesh *mesh);
} raster_mesh_lanes;

extern const raster_mesh_lanes raster_mesh_lanes_1, raster_mesh_lanes_4, raster_mesh_lanes_8, raster_mesh_lanes_16;

#endif
