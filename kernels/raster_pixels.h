/* Colour and intensity of a tile, from its visibility buffer. What a surface looks like is in shade.h; here it is asked
 * for, once for each drawable that a block sees. */
#ifndef MYR_RASTER_PIXELS_H
#define MYR_RASTER_PIXELS_H

#include "kernels/raster_labels.h"
#include "kernels/shade.h"

/* Shadow casters are looked for once for all pixels of a region. */
enum { REGION = 16 /* px */ };
#define REGION_COLUMNS (REGION / BLOCK_WIDTH)
#define REGION_ROWS (REGION / BLOCK_HEIGHT)

/* Linear colour of a tile's pixels, summed over their samples. Where there is one, no region is kept longer than until
 * it is encoded, and all use the memory of the first: it stays in the nearest cache. */
typedef struct pixel_colors { vec3 sum[TILE_BLOCKS]; } pixel_colors;

KERNEL vec3 *color_sum(pixel_colors *colors, int samples, int column, int row) {
  if (samples == 1) column %= REGION_COLUMNS, row %= REGION_ROWS;
  return colors->sum + row * TILE_BLOCKS_X + column;
}

/* Sample i of a pixel, in 1/SUBPIXELS px from its corner. Sixteen are the Hammersley points, i and the reverse of its
 * bits; four a turned grid. No two share a row or a column, so that edges close to level get all steps. */
KERNEL void sample_position(int samples, int i, int *x, int *y) {
  int reversed = (i & 1) << 3 | (i & 2) << 1 | (i & 4) >> 1 | (i & 8) >> 3;
  int turned = i == 0 ? 1 : i == 1 ? 3 : i == 2 ? 0 : 2;
  int cell = SUBPIXELS / samples;
  *x = cell * (samples == 4 ? turned : reversed) + cell / 2;
  *y = cell * i + cell / 2;
}

/* The sphere about all seen points of a region; world. False where nothing is seen. */
KERNEL int region_bound(const scene *s, const tile_position *tile, const tile_rays *rays, const visibility *buffer,
                        const block_rect *region, float center[3], float *radius) {
  const real far = splat((scalar)1e30);
  vec3 low = v3(far, far, far), high = v3_negate(low);
  EACH_BLOCK_IN(*region) {
    int block = row * TILE_BLOCKS_X + column;
    mask on = mask_not(ilt(buffer->drawable[block], isplat(0))) & block_inside(tile, column, row);
    if (!any_lane(on)) continue;
    vec3 p = v3_scale(tile_ray(rays, column, row), buffer->depth[block]);
    low = v3_choose(on, v3(minimum(low.x, p.x), minimum(low.y, p.y), minimum(low.z, p.z)), low);
    high = v3_choose(on, v3(maximum(high.x, p.x), maximum(high.y, p.y), maximum(high.z, p.z)), high);
  }
  const real *lows = &low.x, *highs = &high.x;
  scalar middle[3], extent2 = 0;
  for (int k = 0; k < 3; k++) {
    scalar a = lane_get(lows + k, 0), b = lane_get(highs + k, 0);
    for (int lane = 1; lane < LANES; lane++) {
      scalar l = lane_get(lows + k, lane), h = lane_get(highs + k, lane);
      a = l < a ? l : a;
      b = h > b ? h : b;
    }
    if (a > b) return 0;
    middle[k] = (scalar)0.5 * (a + b);
    extent2 += (scalar)0.25 * (b - a) * (b - a);
  }
  vec3 world = v3_add(m3_apply(splat_matrix(s->view->rotation), v3_splat(middle)), v3_splat(s->view->position));
  real extent = square_root(splat(extent2));
  center[0] = lane_get(&world.x, 0);
  center[1] = lane_get(&world.y, 0);
  center[2] = lane_get(&world.z, 0);
  *radius = lane_get(&extent, 0) * (scalar)1.0001; /* against rounding */
  return 1;
}

/* Linear radiance of a block's pixels. */
KERNEL vec3 color_block(const scene *s, const block_view *b, const shading *shade) {
  vec3 color = v3_zero();
  const block_rays rays = rays_of_block(s, b);
  if (any_lane(ilt(b->drawable, isplat(0))))
    color = shade_background(shade, v3_scale(rays.world, splat(1) / rays.length));
  unsigned left = seeing_lanes(b);
  while (left) {
    mask on;
    fragment f;
    int drawable = next_drawable(b, &left, &on);
    fragment_of_block(s, b, &rays, drawable, on, &f);
    color = v3_choose(on, shade_fragment(shade, drawable, &f), color);
  }
  return color;
}

/* Blocks of one region of a tile. */
KERNEL block_rect region_of(const tile_position *tile, int column, int row) {
  block_rect r;
  r.column0 = column;
  r.row0 = row;
  r.column1 = column + REGION_COLUMNS < tile_columns(tile) ? column + REGION_COLUMNS : tile_columns(tile);
  r.row1 = row + REGION_ROWS < tile_rows(tile) ? row + REGION_ROWS : tile_rows(tile);
  return r;
}

/* Encodes the mean of all samples. */
KERNEL void store_colors(const scene *s, const tile_position *tile, const shading *shade, const block_rect *region,
                         pixel_colors *colors, int samples, uint8_t *rgb) {
  const real share = splat((scalar)1 / (scalar)samples); /* a power of two */
  EACH_BLOCK_IN(*region) {
    const image_block at = image_block_of(s->view, tile, column, row);
    integer channel[3];
    encode_srgb(shade, v3_scale(*color_sum(colors, samples, column, row), share), channel);
    store_bytes(rgb, &at, channel);
  }
}

/* Shades sample `index` of a tile's pixels, region by region, and after the last one encodes their mean. Encoding has a
 * loop of its own, which runs ahead from block to block where shading waits for itself. */
STAGE void shade_tile(const scene *s, const tile_position *tile, const tile_rays *rays, const visibility *buffer,
                      shading *shade, int index, int samples, pixel_colors *colors, uint8_t *rgb) {
  for (int row0 = 0; row0 < tile_rows(tile); row0 += REGION_ROWS)
    for (int column0 = 0; column0 < tile_columns(tile); column0 += REGION_COLUMNS) {
      const block_rect region = region_of(tile, column0, row0);
      float center[3], radius;
      if (shade_needs_regions(shade) && region_bound(s, tile, rays, buffer, &region, center, &radius))
        shade_begin_region(shade, center, radius);
      EACH_BLOCK_IN(region) {
        const block_view b = view_block(tile, rays, buffer, column, row);
        vec3 color = color_block(s, &b, shade), *sum = color_sum(colors, samples, column, row);
        *sum = index == 0 ? color : v3_add(*sum, color);
      }
      if (index == samples - 1) store_colors(s, tile, shade, &region, colors, samples, rgb);
    }
}

/* myr_outputs.intensity. */
STAGE void intensity_tile(const scene *s, const tile_position *tile, const tile_rays *rays, const visibility *buffer,
                          const shading *shade, float *image) {
  EACH_BLOCK(tile) {
    const block_view b = view_block(tile, rays, buffer, column, row);
    const block_rays own_rays = rays_of_block(s, &b);
    const image_block at = image_block_of(s->view, tile, column, row);
    real intensity = zero();
    unsigned left = seeing_lanes(&b);
    while (left) {
      mask on;
      fragment f;
      int drawable = next_drawable(&b, &left, &on);
      fragment_of_block(s, &b, &own_rays, drawable, on, &f);
      intensity = choose(on, shade_intensity(shade, drawable, &f), intensity);
    }
    store_reals(image, &at, intensity);
  }
}

#endif
