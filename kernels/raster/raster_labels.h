/* Labels from the visibility buffer of a tile, sampled at the pixels' centres. All labels come from the same buffer, so
 * masks, boxes, depth, normals and flow agree exactly. Where nothing is seen every label is 0. */
#ifndef MYR_RASTER_LABELS_H
#define MYR_RASTER_LABELS_H

#include <stddef.h>

#include "kernels/raster/raster_image.h"
#include "kernels/raster/raster_surfaces.h"

/* ------------------------------------------------------------------------------------------------ ids */

/* A field of each lane's drawable, or 0 where the lane sees none. */
KERNEL integer field_of_drawables(const scene *s, integer drawable, size_t offset) {
  const int stride = (int)(sizeof(myr_drawable) / sizeof(int32_t));
  mask none = ilt(drawable, isplat(0));
  int first = lane_get_integer(&drawable, 0);
  if (all_lanes(ieq(drawable, isplat(first)))) /* most blocks see one drawable */
    return isplat(first < 0 ? 0 : ((const int32_t *)((const char *)s->frame->drawables + offset))[first * stride]);
  integer value = igather((const int32_t *)((const char *)s->frame->drawables + offset),
                          ichoose(none, isplat(0), drawable) * stride);
  return ichoose(none, isplat(0), value);
}

/* ------------------------------------------------------------------------------------------------ instances */

KERNEL void grow_box(int32_t box[4], int x0, int y0, int x1, int y1) {
  int empty = box[2] == 0;
  box[0] = empty || x0 < box[0] ? x0 : box[0];
  box[1] = empty || y0 < box[1] ? y0 : box[1];
  box[2] = empty || x1 > box[2] ? x1 : box[2];
  box[3] = empty || y1 > box[3] ? y1 : box[3];
}

/* Pixels of a row of blocks: bit x of row[y] for pixel (x, y). `whole` has the bits of blocks that are covered
 * completely. */
typedef struct row_pixels {
  uint64_t whole, row[BLOCK_HEIGHT];
} row_pixels;

KERNEL row_pixels no_pixels(void) {
  row_pixels none;
  none.whole = 0;
  for (int y = 0; y < BLOCK_HEIGHT; y++) none.row[y] = 0;
  return none;
}
KERNEL void add_pixels(row_pixels *pixels, int column, uint32_t lanes) {
  const uint32_t block_row = (1u << BLOCK_WIDTH) - 1u;
  const int x = column * BLOCK_WIDTH;
  if (lanes == ALL_LANES)
    pixels->whole |= (uint64_t)block_row << x;
  else
    for (int y = 0; y < BLOCK_HEIGHT; y++) pixels->row[y] |= (uint64_t)(lanes >> (y * BLOCK_WIDTH) & block_row) << x;
}
/* The pixels of one row that are in the image. */
KERNEL uint64_t pixels_of_row(const tile_position *tile, const row_pixels *pixels, int y) {
  return (pixels->whole | pixels->row[y]) & ~(uint64_t)0 >> (MYR_TILE - tile->width);
}

/* Adds pixels of one row of a tile to a count and its box. */
KERNEL void count_pixels(const tile_position *tile, int y, uint64_t pixels, int32_t *count, int32_t box[4]) {
  if (!pixels || !LANE_OWNS_ITEM_0()) return; /* the count is the image's */
  *count += count_bits(pixels);
  grow_box(box, tile->x + lowest_bit(pixels), tile->y + y, tile->x + highest_bit(pixels) + 1, tile->y + y + 1);
}

KERNEL void count_visible(const tile_position *tile, int row, const row_pixels *pixels, myr_instance_view *instance) {
  for (int y = 0; y < BLOCK_HEIGHT && row * BLOCK_HEIGHT + y < tile->height; y++)
    count_pixels(tile, row * BLOCK_HEIGHT + y, pixels_of_row(tile, pixels, y), &instance->visible, instance->tight);
}

/* The pixels of a tile's rows that see any drawable. */
KERNEL void sighted_pixels(const tile_position *tile, const visibility *buffer, coverage *sighted) {
  for (int row = 0; row < tile_rows(tile); row++) {
    row_pixels pixels = no_pixels();
    for (int column = 0; column < tile_columns(tile); column++)
      add_pixels(&pixels, column, mask_bits(gt(buffer->depth[row * TILE_BLOCKS_X + column], splat(DEPTH_BLIND))));
    for (int y = 0; y < BLOCK_HEIGHT; y++) sighted->row[row * BLOCK_HEIGHT + y] = pixels_of_row(tile, &pixels, y);
  }
}

/* Adds the pixels of a tile that one instance covers. */
KERNEL void count_covered(const tile_position *tile, const coverage *covered, const coverage *sighted,
                          myr_instance_view *instance) {
  for (int y = 0; y < tile->height; y++)
    count_pixels(tile, y, covered->row[y] & sighted->row[y], &instance->covered, instance->loose);
}

/* ------------------------------------------------------------------------------------------------ a tile */

STAGE void label_depth(const scene *s, const tile_position *tile, const visibility *buffer,
                       const myr_outputs *outputs) {
  const image_tile image = image_tile_of(s->view, tile);
  float *const metres = outputs->depth;
  uint16_t *const millimetres = outputs->millimetres;
  EACH_BLOCK(tile) {
    int block = row * TILE_BLOCKS_X + column;
    const image_block at = image_block_of(image, column, row);
    real depth = choose(ilt(buffer->drawable[block], isplat(0)), zero(), buffer->depth[block]);
    if (metres) store_reals(metres, &at, depth);
    if (millimetres) store_millimetres(millimetres, &at, depth);
  }
}

STAGE void label_drawable(const scene *s, const tile_position *tile, const visibility *buffer, int32_t *label) {
  const image_tile image = image_tile_of(s->view, tile);
  EACH_BLOCK(tile) {
    const image_block at = image_block_of(image, column, row);
    store_integers(label, &at, buffer->drawable[row * TILE_BLOCKS_X + column] + 1);
  }
}

/* The field of myr_drawable at `offset` bytes. */
STAGE void label_field(const scene *s, const tile_position *tile, const visibility *buffer, size_t offset,
                       int32_t *label) {
  const image_tile image = image_tile_of(s->view, tile);
  EACH_BLOCK(tile) {
    const image_block at = image_block_of(image, column, row);
    store_integers(label, &at, field_of_drawables(s, buffer->drawable[row * TILE_BLOCKS_X + column], offset));
  }
}

/* Counts the visible pixels in a row of blocks: once for all neighbouring blocks that see the same instance. */
KERNEL void label_instances(const scene *s, const tile_position *tile, int row, const row_sights *sights,
                            myr_instance_view *instances) {
  row_pixels pixels = no_pixels();
  int instance = 0;
  for (int i = 0; i < sights->count; i++) {
    const sight *seen = sights->list + i;
    int next = seen->drawable < 0 ? 0 : s->frame->drawables[seen->drawable].instance;
    if (next != instance) {
      count_visible(tile, row, &pixels, instances + instance);
      pixels = no_pixels();
      instance = next;
    }
    add_pixels(&pixels, seen->column, seen->lanes);
  }
  count_visible(tile, row, &pixels, instances + instance);
}

/* The labels that are computed drawable by drawable. */
STAGE void label_sights(const scene *s, const tile_position *tile, const tile_rays *rays, const visibility *buffer,
                        const myr_outputs *outputs) {
  const int surfaces = outputs->normal || outputs->flow;
  surface_work work;
  surface_row shown;
  row_sights sights;
  work.subject = s;
  work.tile = tile;
  work.rays = rays;
  work.buffer = buffer;
  work.outputs = outputs;
  if (surfaces) {
    memset(&shown, 0, sizeof shown); /* a sight does not change the other lanes of its blocks */
    for (int column = 0; column < tile_columns(tile); column++) work.pixel_x[column] = sample_x(tile, column);
  }
  for (work.row = 0; work.row < tile_rows(tile); work.row++) {
    find_sights(tile, buffer, work.row, &sights);
    if (surfaces) label_surfaces(&work, &sights, &shown);
    if (outputs->instances) label_instances(s, tile, work.row, &sights, outputs->instances);
  }
}

/* Whether any output of a stage is wanted. */
KERNEL int wants_stage(const myr_outputs *o, int wanted) {
#define OUTPUT(name, type, channels, stage, ...) || (wanted == MYR_RASTER_##stage && o->name)
  return (wanted == MYR_RASTER_LABELS && o->instances)
#include "kernels/output.def"
      ;
}

/* Writes one label after the other, because a loop for one label keeps its constants in registers. */
KERNEL void label_tile(const scene *s, const tile_position *tile, const tile_rays *rays, const visibility *buffer,
                       const myr_outputs *o) {
  if (o->depth || o->millimetres) label_depth(s, tile, buffer, o);
  if (o->drawable) label_drawable(s, tile, buffer, o->drawable);
  if (o->instance) label_field(s, tile, buffer, offsetof(myr_drawable, instance), o->instance);
  if (o->semantic) label_field(s, tile, buffer, offsetof(myr_drawable, semantic), o->semantic);
  if (o->part) label_field(s, tile, buffer, offsetof(myr_drawable, part), o->part);
  if (o->normal || o->flow || o->instances) label_sights(s, tile, rays, buffer, o);
}

#endif
