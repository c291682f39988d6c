/* The mesh rasterizer of each width, for test_raster_mesh.c. A program links the widths its target can compile. */
#ifndef TESTS_RASTER_MESH_LANES_H
#define TESTS_RASTER_MESH_LANES_H

#include "kernels/raster.h"

typedef struct raster_mesh_lanes {
  /* All drawables of the frame, (height, width) each; covered: the number of times any drawable reports the pixel. */
  void (*draw)(const myr_frame *frame, const myr_view *view, int32_t *sample, float *depth, int32_t *drawable,
               int32_t *triangle, int32_t *covered);
  /* How many triangles of a level cover each pixel, whatever their depth. */
  void (*count)(const myr_mesh *mesh, const myr_drawable *drawable, const myr_view *view, int level, int32_t *covers);
  /* (count, 3) points of the camera's frame, snapped; count is a multiple of 16. */
  void (*snap)(const myr_view *view, int count, const float *points, int32_t *snapped);
  /* (height, width, 3): the integers that pixels other than a pinhole's stand for. */
  void (*pixels)(const myr_view *view, int32_t *snapped);
  int (*level)(const myr_view *view, const myr_drawable *drawable, const myr_mesh *mesh);
} raster_mesh_lanes;

extern const raster_mesh_lanes raster_mesh_lanes_1, raster_mesh_lanes_4, raster_mesh_lanes_8, raster_mesh_lanes_16;

#endif
