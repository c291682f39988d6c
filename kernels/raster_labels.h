/* Labels from the visibility buffer of a tile, sampled at the pixels' centres. All of them come from the same buffer,
 * so that masks, boxes, depth, normals and flow agree exactly. Where nothing is seen every label is 0. */
#ifndef MYR_RASTER_LABELS_H
#define MYR_RASTER_LABELS_H

#include <string.h>

#include "kernels/raster_fragment.h"

/* ------------------------------------------------------------------------------------------------ images */

/* Where a block's pixels go in a row-major image. */
typedef struct image_block { size_t first; int pitch, width, height; } image_block; /* px; pixels inside the image */

KERNEL image_block image_block_of(const myr_view *view, const tile_position *tile, int column, int row) {
  image_block at;
  int x = column * BLOCK_WIDTH, y = row * BLOCK_HEIGHT;
  at.pitch = view->width;
  at.first = (size_t)(tile->y + y) * (size_t)view->width + (size_t)(tile->x + x);
  at.width = tile->width - x < BLOCK_WIDTH ? tile->width - x : BLOCK_WIDTH;
  at.height = tile->height - y < BLOCK_HEIGHT ? tile->height - y : BLOCK_HEIGHT;
  return at;
}

KERNEL int image_block_whole(const image_block *at) { return at->width == BLOCK_WIDTH && at->height == BLOCK_HEIGHT; }

/* 32-bit values, one a lane. */
KERNEL void store_words(void *image, const image_block *at, const void *lanes) {
  char *to = (char *)image + at->first * sizeof(int32_t);
  const char *from = (const char *)lanes;
  size_t pitch = (size_t)at->pitch * sizeof(int32_t), row = BLOCK_WIDTH * sizeof(int32_t);
  if (image_block_whole(at))
    for (int y = 0; y < BLOCK_HEIGHT; y++) memcpy(to + (size_t)y * pitch, from + (size_t)y * row, row);
  else
    for (int y = 0; y < at->height; y++)
      memcpy(to + (size_t)y * pitch, from + (size_t)y * row, (size_t)at->width * sizeof(int32_t));
}
KERNEL void store_reals(float *image, const image_block *at, real x) { store_words(image, at, &x); }
KERNEL void store_integers(int32_t *image, const image_block *at, integer x) { store_words(image, at, &x); }

/* `count` values a pixel, of `width` x `height` of a block's pixels. */
KERNEL void store_part(float *image, const image_block *at, const real *values, int count, int width, int height) {
  for (int y = 0; y < height; y++) {
    float *to = image + (at->first + (size_t)y * (size_t)at->pitch) * (size_t)count;
    for (int x = 0; x < width; x++)
      for (int k = 0; k < count; k++) to[x * count + k] = lane_get(values + k, y * BLOCK_WIDTH + x);
  }
}
KERNEL void store_vectors(float *image, const image_block *at, const real *values, int count) {
  if (image_block_whole(at)) store_part(image, at, values, count, BLOCK_WIDTH, BLOCK_HEIGHT);
  else store_part(image, at, values, count, at->width, at->height);
}

KERNEL void store_millimetres(uint16_t *image, const image_block *at, real depth) {
  integer value = to_integer(nearest_integer(minimum(depth * splat(1000), splat(65535))));
  for (int y = 0; y < at->height; y++)
    for (int x = 0; x < at->width; x++)
      image[at->first + (size_t)y * (size_t)at->pitch + (size_t)x] =
          (uint16_t)lane_get_integer(&value, y * BLOCK_WIDTH + x);
}

/* Channels of 0..255. */
KERNEL void store_bytes(uint8_t *image, const image_block *at, const integer channel[3]) {
  integer packed = channel[0] | channel[1] << 8 | channel[2] << 16; /* bytes r g b 0: memory is little-endian */
  uint8_t *to = image + 3 * at->first;
  size_t pitch = 3 * (size_t)at->pitch;
  if (BLOCK_WIDTH == 4 && image_block_whole(at)) {
    const integer rows = compact_triples(packed);
    const char *from = (const char *)&rows;
    for (int y = 0; y < BLOCK_HEIGHT; y++) memcpy(to + (size_t)y * pitch, from + y * 16, 12);
    return;
  }
  for (int y = 0; y < at->height; y++)
    for (int x = 0; x < at->width; x++) {
      int pixel = lane_get_integer(&packed, y * BLOCK_WIDTH + x);
      for (int k = 0; k < 3; k++) to[(size_t)y * pitch + (size_t)(3 * x + k)] = (uint8_t)(pixel >> (8 * k));
    }
}

/* ------------------------------------------------------------------------------------------------ flow */

/* From a drawable's frame to the next camera's: the point as it moves with its drawable. */
typedef struct next_motion { mat3 rotation; vec3 translation; } next_motion;

KERNEL next_motion motion_of(const myr_view *view, const myr_drawable *d) {
  const mat3 camera = splat_matrix(view->next_rotation), own = splat_matrix(d->next_rotation);
  vec3 x = m3_apply_transposed(camera, m3_column0(own)), y = m3_apply_transposed(camera, m3_column1(own));
  vec3 z = m3_apply_transposed(camera, m3_column2(own));
  next_motion m;
  m.rotation.row0 = v3(x.x, y.x, z.x);
  m.rotation.row1 = v3(x.y, y.y, z.y);
  m.rotation.row2 = v3(x.z, y.z, z.z);
  m.translation = m3_apply_transposed(camera, v3_sub(v3_splat(d->next_position), v3_splat(view->next_position)));
  return m;
}

/* 0 where the point will have no image: behind a pinhole, or straight behind a fisheye. */
KERNEL void flow_of_points(const myr_view *view, const block_view *b, const next_motion *motion, vec3 local, real *x,
                           real *y) {
  real from_x = sample_x(b->tile, b->column), from_y = sample_y(b->tile, b->row), to_x, to_y;
  vec3 point = v3_add(m3_apply(motion->rotation, local), motion->translation);
  mask seen = view_project(view, point, from_x, from_y, &to_x, &to_y);
  *x = choose(seen, to_x - from_x, zero());
  *y = choose(seen, to_y - from_y, zero());
}

/* ------------------------------------------------------------------------------------------------ blocks */

/* Normals and flow: once for each drawable that the block sees. */
KERNEL void label_block_surfaces(const scene *s, const block_view *b, const image_block *at,
                                 const myr_outputs *outputs) {
  real normal[3] = {zero(), zero(), zero()}, flow[2] = {zero(), zero()};
  unsigned left = seeing_lanes(b);
  while (left) {
    mask on;
    int drawable = next_drawable(b, &left, &on);
    const shape_constants c = load_shape(s, drawable);
    fragment f;
    fragment_surface(s, b, drawable, &c, on, &f);
    vec3 n = m3_apply_transposed(c.rotation, f.local_normal);
    normal[0] = choose(on, n.x, normal[0]);
    normal[1] = choose(on, n.y, normal[1]);
    normal[2] = choose(on, n.z, normal[2]);
    if (!outputs->flow) continue;
    const next_motion motion = motion_of(s->view, s->frame->drawables + drawable);
    real x, y;
    flow_of_points(s->view, b, &motion, f.local, &x, &y);
    flow[0] = choose(on, x, flow[0]);
    flow[1] = choose(on, y, flow[1]);
  }
  if (outputs->normal) store_vectors(outputs->normal, at, normal, 3);
  if (outputs->flow) store_vectors(outputs->flow, at, flow, 2);
}

/* A field of each lane's drawable, or 0 where there is none. */
KERNEL integer field_of_drawables(const scene *s, integer drawable, size_t offset) {
  const int stride = (int)(sizeof(myr_drawable) / sizeof(int32_t));
  mask none = ilt(drawable, isplat(0));
  int first = lane_get_integer(&drawable, 0);
  if (all_lanes(ieq(drawable, isplat(first)))) /* most blocks see one thing */
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

KERNEL int count_bits(uint64_t x) {
  x -= (x >> 1) & 0x5555555555555555ull;
  x = (x & 0x3333333333333333ull) + ((x >> 2) & 0x3333333333333333ull);
  return (int)((((x + (x >> 4)) & 0x0f0f0f0f0f0f0f0full) * 0x0101010101010101ull) >> 56);
}

/* Counts a block's visible pixels by instance; `inside` are the lanes in the image. */
KERNEL void count_visible(const block_view *b, integer instance, mask inside, myr_instance_view *instances) {
  int x = b->tile->x + b->column * BLOCK_WIDTH, y = b->tile->y + b->row * BLOCK_HEIGHT;
  unsigned left = mask_bits(inside);
  while (left) {
    int id = lane_get_integer(&instance, lowest_bit(left));
    unsigned bits = mask_bits(ieq(instance, isplat(id))) & left, columns = 0;
    left &= ~bits;
    for (int row = 0; row < BLOCK_HEIGHT; row++) columns |= bits >> (row * BLOCK_WIDTH);
    columns &= (1u << BLOCK_WIDTH) - 1u;
    instances[id].visible += count_bits(bits);
    grow_box(instances[id].tight, x + lowest_bit(columns), y + lowest_bit(bits) / BLOCK_WIDTH,
             x + highest_bit(columns) + 1, y + highest_bit(bits) / BLOCK_WIDTH + 1);
  }
}

/* The pixels of a tile that are inside the image and see anything at all. */
KERNEL void sighted_pixels(const tile_position *tile, const visibility *buffer, coverage *sighted) {
  for (int y = 0; y < MYR_TILE; y++) sighted->row[y] = 0;
  for (int row = 0; row < tile_rows(tile); row++)
    for (int column = 0; column < tile_columns(tile); column++) {
      mask sees = gt(buffer->depth[row * TILE_BLOCKS_X + column], splat(DEPTH_BLIND));
      cover_block(sighted, column, row, mask_bits(sees & block_inside(tile, column, row)));
    }
}

/* Adds what one instance covers of a tile. */
KERNEL void count_covered(const tile_position *tile, const coverage *covered, const coverage *sighted,
                          myr_instance_view *instance) {
  for (int y = 0; y < tile->height; y++) {
    uint64_t pixels = covered->row[y] & sighted->row[y];
    if (!pixels) continue;
    instance->covered += count_bits(pixels);
    grow_box(instance->loose, tile->x + lowest_bit(pixels), tile->y + y, tile->x + highest_bit(pixels) + 1,
             tile->y + y + 1);
  }
}

/* ------------------------------------------------------------------------------------------------ a tile */

STAGE void label_depth(const scene *s, const tile_position *tile, const visibility *buffer,
                       const myr_outputs *outputs) {
  EACH_BLOCK(tile) {
    int block = row * TILE_BLOCKS_X + column;
    const image_block at = image_block_of(s->view, tile, column, row);
    real depth = choose(ilt(buffer->drawable[block], isplat(0)), zero(), buffer->depth[block]);
    if (outputs->depth) store_reals(outputs->depth, &at, depth);
    if (outputs->millimetres) store_millimetres(outputs->millimetres, &at, depth);
  }
}

STAGE void label_drawable(const scene *s, const tile_position *tile, const visibility *buffer, int32_t *image) {
  EACH_BLOCK(tile) {
    const image_block at = image_block_of(s->view, tile, column, row);
    store_integers(image, &at, buffer->drawable[row * TILE_BLOCKS_X + column] + 1);
  }
}

/* The field of myr_drawable at `offset` bytes. */
STAGE void label_field(const scene *s, const tile_position *tile, const visibility *buffer, size_t offset,
                       int32_t *image) {
  EACH_BLOCK(tile) {
    const image_block at = image_block_of(s->view, tile, column, row);
    store_integers(image, &at, field_of_drawables(s, buffer->drawable[row * TILE_BLOCKS_X + column], offset));
  }
}

STAGE void label_surfaces(const scene *s, const tile_position *tile, const tile_rays *rays, const visibility *buffer,
                          const myr_outputs *outputs) {
  EACH_BLOCK(tile) {
    const block_view b = view_block(tile, rays, buffer, column, row);
    const image_block at = image_block_of(s->view, tile, column, row);
    label_block_surfaces(s, &b, &at, outputs);
  }
}

STAGE void label_instances(const scene *s, const tile_position *tile, const tile_rays *rays, const visibility *buffer,
                           myr_instance_view *instances) {
  EACH_BLOCK(tile) {
    const block_view b = view_block(tile, rays, buffer, column, row);
    integer instance = field_of_drawables(s, b.drawable, offsetof(myr_drawable, instance));
    count_visible(&b, instance, block_inside(tile, column, row), instances);
  }
}

KERNEL int wants_labels(const myr_outputs *o) {
  return o->depth || o->millimetres || o->instance || o->semantic || o->part || o->drawable || o->normal || o->flow ||
         o->instances;
}

/* One label after the other: a loop that does one thing keeps its constants in registers. */
KERNEL void label_tile(const scene *s, const tile_position *tile, const tile_rays *rays, const visibility *buffer,
                       const myr_outputs *o) {
  if (o->depth || o->millimetres) label_depth(s, tile, buffer, o);
  if (o->drawable) label_drawable(s, tile, buffer, o->drawable);
  if (o->instance) label_field(s, tile, buffer, offsetof(myr_drawable, instance), o->instance);
  if (o->semantic) label_field(s, tile, buffer, offsetof(myr_drawable, semantic), o->semantic);
  if (o->part) label_field(s, tile, buffer, offsetof(myr_drawable, part), o->part);
  if (o->normal || o->flow) label_surfaces(s, tile, rays, buffer, o);
  if (o->instances) label_instances(s, tile, rays, buffer, o->instances);
}

#endif
