/* Colour and intensity of a tile, from its visibility buffer. shade.h computes the colour of a surface; this file calls
 * it once for each drawable that a block sees. */
#ifndef MYR_RASTER_PIXELS_H
#define MYR_RASTER_PIXELS_H

#include "kernels/raster/raster_labels.h"
#include "kernels/raster/shade.h"

/* Pixels are shaded, and then encoded, region by region. */
enum { REGION = 16 /* px */ };
#define REGION_COLUMNS (REGION / BLOCK_WIDTH)
#define REGION_ROWS (REGION / BLOCK_HEIGHT)

/* Linear colour of a tile's pixels, summed over their samples. With one sample, a region is needed only until it is
 * encoded, and all regions use the memory of the first one, which therefore stays in the nearest cache. */
typedef struct pixel_colors {
  vec3 sum[TILE_BLOCKS];
} pixel_colors;

/* The first block's of a region. */
KERNEL vec3 *color_sums(pixel_colors *colors, int samples, const block_rect *region) {
  return samples == 1 ? colors->sum : colors->sum + region->row0 * TILE_BLOCKS_X + region->column0;
}
KERNEL int block_in_region(const block_rect *region, int column, int row) {
  return (row - region->row0) * TILE_BLOCKS_X + column - region->column0;
}

/* Sample i of a pixel, in 1/SUBPIXELS px from its corner. Sixteen are the Hammersley points, i and the reverse of its
 * bits; four a turned grid. No two share a row or a column, so that an almost horizontal edge gets all the steps
 * between its two colours. */
KERNEL void sample_position(int samples, int i, int *x, int *y) {
  int reversed = (i & 1) << 3 | (i & 2) << 1 | (i & 4) >> 1 | (i & 8) >> 3;
  int turned = i == 0 ? 1 : i == 1 ? 3 : i == 2 ? 0 : 2;
  int cell = SUBPIXELS / samples;
  *x = cell * (samples == 4 ? turned : reversed) + cell / 2;
  *y = cell * i + cell / 2;
}

/* Linear radiance of the surfaces that the lanes `left` of a block see; `left` is not empty. */
KERNEL vec3 color_drawables(const scene *s, const block_view *b, const block_rays *rays, const shading *shade,
                            unsigned left, int features) {
  vec3 view = v3_scale(rays->world, splat(-1) / rays->length);
  real distance = b->depth * rays->length;
  mask on;
  fragment f;
  lit_block lit;
  int drawable = next_drawable(b, &left, &on);
  if (!left && shade_is_mapped(shade, drawable, features)) { /* a floor, as most of a picture is */
    fragment_of_ray(s, b, rays, on, &f);
    f.normal = plane_normal(s->frame->drawables + drawable);
    shade_begin_plane(shade, drawable, &f, view, distance, features, &lit);
  } else {
    fragment_of_block(s, b, rays, drawable, on, shade_needs_local(shade, drawable, features), &f);
    shade_begin_block(shade, drawable, &f, view, distance, features, &lit);
    while (left) {
      int next = next_drawable(b, &left, &on);
      fragment_of_block(s, b, rays, next, on, shade_needs_local(shade, next, features), &f);
      shade_gather(shade, next, &f, features, &lit);
    }
    shade_look_up(shade, &lit);
  }
  return shade_block(shade, &lit, features);
}

/* Linear radiance of a block's pixels. */
KERNEL vec3 color_block(const scene *s, const block_view *b, const shading *shade, int features) {
  const unsigned seeing = seeing_lanes(b);
  const mask open = ilt(b->drawable, isplat(0));
  block_rays rays;
  rays.world = m3_apply(splat_matrix(s->view->rotation), b->ray);
  rays.length = shade_needs_length(shade, features) ? ray_length(s->view, b->ray) : splat(1);
  vec3 seen = v3_zero();
  if (seeing) seen = color_drawables(s, b, &rays, shade, seeing, features);
  if (!any_lane(open)) return seen;
  vec3 sky = shade_background(shade, v3_scale(rays.world, splat(1) / ray_length(s->view, b->ray)));
  return v3_choose(open, sky, seen);
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
  const real scale = splat(shade->exposure / (scalar)samples); /* samples: a power of two */
  const image_tile image = image_tile_of(s->view, tile);
  const vec3 *sums = color_sums(colors, samples, region);
  EACH_BLOCK_IN(*region) {
    const image_block at = image_block_of(image, column, row);
    integer channel[3];
    encode_srgb(v3_scale(sums[block_in_region(region, column, row)], scale), channel);
    store_bytes(rgb, &at, channel);
  }
}

/* Shades sample `index` of a tile's pixels, region by region, and after the last one encodes their mean. Encoding has a
 * loop of its own, because its blocks overlap in the pipeline while shading waits for its own results. */
KERNEL void shade_regions(const scene *s, const tile_position *tile, const tile_rays *rays, const visibility *buffer,
                          shading *shade, int index, int samples, int features, pixel_colors *colors, uint8_t *rgb) {
  for (int row0 = 0; row0 < tile_rows(tile); row0 += REGION_ROWS)
    for (int column0 = 0; column0 < tile_columns(tile); column0 += REGION_COLUMNS) {
      const block_rect region = region_of(tile, column0, row0);
      vec3 *sums = color_sums(colors, samples, &region);
      EACH_BLOCK_IN(region) {
        const block_view b = view_block(tile, rays, buffer, column, row);
        vec3 color = color_block(s, &b, shade, features), *sum = sums + block_in_region(&region, column, row);
        *sum = index == 0 ? color : v3_add(*sum, color);
      }
      if (index == samples - 1) store_colors(s, tile, shade, &region, colors, samples, rgb);
    }
}
/* One function for each set of features, so that its loop contains no code of the others. */
#define SHADE_TILE(name, features)                                                                            \
  STAGE void name(const scene *s, const tile_position *tile, const tile_rays *rays, const visibility *buffer, \
                  shading *shade, int index, int samples, pixel_colors *colors, uint8_t *rgb) {               \
    shade_regions(s, tile, rays, buffer, shade, index, samples, features, colors, rgb);                       \
  }
SHADE_TILE(shade_tile_plainly, 0)
SHADE_TILE(shade_tile_without_highlights, SHADE_SHADOWS | SHADE_PATTERNS)
SHADE_TILE(shade_tile_fully, SHADE_EVERYTHING)
#undef SHADE_TILE
KERNEL void shade_tile(const scene *s, const tile_position *tile, const tile_rays *rays, const visibility *buffer,
                       shading *shade, int index, int samples, pixel_colors *colors, uint8_t *rgb) {
  const int features = shade_features(s->view);
  if (features == 0)
    shade_tile_plainly(s, tile, rays, buffer, shade, index, samples, colors, rgb);
  else if (!(features & SHADE_HIGHLIGHTS))
    shade_tile_without_highlights(s, tile, rays, buffer, shade, index, samples, colors, rgb);
  else
    shade_tile_fully(s, tile, rays, buffer, shade, index, samples, colors, rgb);
}

/* myr_outputs.intensity. */
STAGE void intensity_tile(const scene *s, const tile_position *tile, const tile_rays *rays, const visibility *buffer,
                          const shading *shade, float *image) {
  const image_tile all = image_tile_of(s->view, tile);
  EACH_BLOCK(tile) {
    const block_view b = view_block(tile, rays, buffer, column, row);
    const block_rays own_rays = rays_of_block(s, &b);
    const image_block at = image_block_of(all, column, row);
    real intensity = zero();
    unsigned left = seeing_lanes(&b);
    while (left) {
      mask on;
      fragment f;
      int drawable = next_drawable(&b, &left, &on);
      fragment_of_block(s, &b, &own_rays, drawable, on, 1, &f);
      intensity = choose(on, shade_intensity(shade, drawable, &f), intensity);
    }
    store_reals(image, &at, intensity);
  }
}

#endif
