/* From the visibility buffer to fragments: what the pixels of a block that see one drawable see of it. */
#ifndef MYR_RASTER_FRAGMENT_H
#define MYR_RASTER_FRAGMENT_H

#include "kernels/approximate.h"
#include "kernels/raster_mesh.h"
#include "kernels/raster_primitives.h"

/* A block of a tile, and all that its pixels share. */
typedef struct block_view {
  const tile_position *tile;
  int column, row; /* of blocks, in the tile */
  vec3 ray;        /* camera's frame */
  real depth;
  integer drawable, triangle;
} block_view;

KERNEL block_view view_block(const tile_position *tile, const tile_rays *rays, const visibility *buffer, int column,
                             int row) {
  int block = row * TILE_BLOCKS_X + column;
  block_view b;
  b.tile = tile;
  b.column = column;
  b.row = row;
  b.ray = tile_ray(rays, column, row);
  b.depth = buffer->depth[block];
  b.drawable = buffer->drawable[block];
  b.triangle = buffer->triangle[block];
  return b;
}

/* The lanes of a block inside the image. */
KERNEL mask block_inside(const tile_position *tile, int column, int row) {
  if ((column + 1) * BLOCK_WIDTH <= tile->width && (row + 1) * BLOCK_HEIGHT <= tile->height) return mask_splat(1);
  integer x = (lane_index() & (BLOCK_WIDTH - 1)) + column * BLOCK_WIDTH;
  integer y = (lane_index() >> (BLOCK_WIDTH / 2)) + row * BLOCK_HEIGHT;
  return ilt(x, isplat(tile->width)) & ilt(y, isplat(tile->height));
}

KERNEL mat3 splat_matrix(const float *m) {
  mat3 r;
  r.row0 = v3_splat(m);
  r.row1 = v3_splat(m + 3);
  r.row2 = v3_splat(m + 6);
  return r;
}

/* The point and outward normal of one drawable, seen along `direction`, in its own frame; off lanes hold finite values.
 * `shape` is the drawable's, a constant where this is called in a loop over blocks. */
KERNEL void fragment_of_shape(const scene *s, const block_view *b, int drawable, int shape, const shape_constants *c,
                              vec3 direction, mask on, fragment *f) {
  f->on = on;
  f->depth = b->depth;
  f->local = v3_madd(direction, b->depth, c->origin);
  f->u = f->v = f->uv_per_metre = zero();
  if (shape == MYR_SHAPE_MESH)
    mesh_fragment(s->frame->meshes + s->frame->drawables[drawable].mesh, b->triangle, f);
  else
    f->local_normal = shape_normal(shape, c->size, f->local, direction);
}
KERNEL void fragment_surface(const scene *s, const block_view *b, int drawable, const shape_constants *c, mask on,
                             fragment *f) {
  fragment_of_shape(s, b, drawable, s->frame->drawables[drawable].shape, c, local_ray(c, b->ray), on, f);
}

/* How far the seen point moves over its tangent plane while the ray turns by `turn`: with n (p + t D) constant,
 * dp = t (dD - D (n dD) / (n D)). depth_over_facing: t / -(n D). */
KERNEL vec3 footprint_step(vec3 normal, vec3 direction, real depth, real depth_over_facing, vec3 turn) {
  return v3_madd(direction, v3_dot(normal, turn) * depth_over_facing, v3_scale(turn, depth));
}

/* What the fragments of a block have in common, whatever they see. */
typedef struct block_rays {
  vec3 world;
  real length;
} block_rays;

KERNEL block_rays rays_of_block(const scene *s, const block_view *b) {
  block_rays rays;
  rays.world = m3_apply(splat_matrix(s->view->rotation), b->ray);
  rays.length = s->view->projection == MYR_PINHOLE ? v3_length(b->ray) : splat(1);
  return rays;
}

/* Everything shading needs to know about the lanes `on` of a block; plain: patterns are not drawn. A plane without pattern has the same normal
 * everywhere, and nobody asks where on it a point lies. */
KERNEL void fragment_of_block(const scene *s, const block_view *b, const block_rays *rays, int drawable, mask on,
                              int plain, fragment *f) {
  const myr_drawable *d = s->frame->drawables + drawable;
  int patterned = !plain && s->view->patterns && s->frame->surfaces[d->surface].pattern != MYR_PATTERN_NONE;
  f->ray = rays->world;
  f->ray_length = rays->length;
  f->position = v3_madd(f->ray, b->depth, v3_splat(s->view->position));
  f->step_x = f->step_y = v3_zero();
  if (d->shape == MYR_GEOM_PLANE && !patterned) {
    f->on = on;
    f->depth = b->depth;
    f->local = f->local_normal = v3_zero();
    f->u = f->v = f->uv_per_metre = zero();
    f->normal = v3(splat(d->rotation[2]), splat(d->rotation[5]), splat(d->rotation[8]));
    return;
  }
  const shape_constants c = load_shape(s, drawable);
  fragment_surface(s, b, drawable, &c, on, f);
  f->normal = m3_apply(splat_matrix(d->rotation), f->local_normal);
  if (patterned) {
    vec3 turn_x, turn_y, direction = local_ray(&c, b->ray);
    view_ray_steps(s->view, sample_x(b->tile, b->column), sample_y(b->tile, b->row), b->ray, &turn_x, &turn_y);
    /* Bounded at the horizon, where n D goes to zero. */
    real facing = maximum(-v3_dot(f->local_normal, direction), splat((scalar)1e-6) * rays->length);
    real depth_over_facing = b->depth * reciprocal(facing);
    f->step_x = footprint_step(f->local_normal, direction, b->depth, depth_over_facing, local_ray(&c, turn_x));
    f->step_y = footprint_step(f->local_normal, direction, b->depth, depth_over_facing, local_ray(&c, turn_y));
  }
}

/* The drawables that a block sees, one after the other: `left` are the lanes to come, of which those that see the
 * drawable of the first are taken. */
KERNEL int next_drawable(const block_view *b, unsigned *left, mask *on) {
  int drawable = lane_get_integer(&b->drawable, lowest_bit(*left));
  *on = ieq(b->drawable, isplat(drawable));
  *left &= ~mask_bits(*on);
  return drawable;
}
KERNEL unsigned seeing_lanes(const block_view *b) { return mask_bits(mask_not(ilt(b->drawable, isplat(0)))); }

#endif
