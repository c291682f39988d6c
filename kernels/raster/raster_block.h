/* Pixels as lanes: the types that the parts of the rasterizer pass to each other.
 *
 * A view is drawn in tiles of MYR_TILE x MYR_TILE pixels, and a tile in blocks of LANES pixels. Lane i of a block is
 * the pixel (i mod BLOCK_WIDTH, i / BLOCK_WIDTH) from the block's corner. On CUDA a lane is a thread and a block
 * belongs to a warp. The value of a pixel must not depend on the other pixels of its block: culling may leave out only
 * surfaces that cannot be seen. */
#ifndef MYR_RASTER_BLOCK_H
#define MYR_RASTER_BLOCK_H

#include "kernels/lane/algebra.h"
#include "kernels/lane/lane.h"
#include "kernels/raster.h"

#define BLOCK_WIDTH (LANES == 32 ? 8 : LANES >= 8 ? 4 : LANES == 4 ? 2 : 1)
#define BLOCK_SHIFT (LANES == 32 ? 3 : LANES >= 8 ? 2 : LANES == 4 ? 1 : 0) /* its logarithm */
#define BLOCK_HEIGHT (LANES / BLOCK_WIDTH)
#define TILE_BLOCKS_X (MYR_TILE / BLOCK_WIDTH)
#define TILE_BLOCKS_Y (MYR_TILE / BLOCK_HEIGHT)
#define TILE_BLOCKS (TILE_BLOCKS_X * TILE_BLOCKS_Y)

/* Vertices are snapped to, and pixels sampled at, multiples of 1/SUBPIXELS px. */
#define SUBPIXELS 256

/* The visibility buffer of one tile, block by block in row-major order. Where nothing is seen: depth = the view's
 * far_limit, drawable -1. */
typedef struct visibility {
  real depth[TILE_BLOCKS];
  integer drawable[TILE_BLOCKS];
  integer triangle[TILE_BLOCKS]; /* of the mesh, all levels counted together; 0 for other shapes */
} visibility;

/* The place of one tile: its corner in the view, and the point of each pixel that is sampled. */
typedef struct tile_position {
  int x, y;               /* px */
  int width, height;      /* px inside the view; at most MYR_TILE */
  int sample_x, sample_y; /* 1/SUBPIXELS px from a pixel's corner; its centre is SUBPIXELS / 2 */
} tile_position;

/* The pixels that an instance would cover if nothing were in front of it: one word for each row, bit x for pixel x. */
typedef struct coverage {
  uint64_t row[MYR_TILE];
} coverage;

/* One drawable as the pixels of a block see it. "local" is the drawable's frame. Lanes that are off hold values that
 * mean nothing but are finite. */
typedef struct fragment {
  mask on;
  real depth;      /* of the view */
  vec3 ray;        /* world; the seen point = the view's position + depth * ray */
  real ray_length; /* of `ray`; 1 unless pinhole */
  vec3 position;   /* world */
  vec3 normal;     /* world, unit, towards the viewer's side */
  vec3 local, local_normal;
  real u, v;           /* a mesh's own coordinates; else 0 */
  vec3 step_x, step_y; /* local: the distance that the seen point moves along the surface's tangent plane for one
                        * pixel */
  real uv_per_metre;   /* a mesh: the change of (u, v) for a metre along the surface; else 0 */
} fragment;
#define MOST_OVER_FACING 1e6f /* bounds 1 / -(n D), which has no end at the horizon */

#endif
