/* Normals and flow of a tile. The blocks of a row are grouped by the drawable that they see: the constants of a
 * drawable are then loaded once for all neighbours that see it, and each loop handles one shape only. */
#ifndef MYR_RASTER_SURFACES_H
#define MYR_RASTER_SURFACES_H

#include <stddef.h>
#include <string.h>

#include "kernels/raster/raster_fragment.h"
#include "kernels/raster/raster_image.h"

/* ------------------------------------------------------------------------------------------------ sights */

#define ALL_LANES (0xffffffffu >> (32 - LANES))

/* The lanes of a block that see one drawable, or nothing (-1). */
typedef struct sight {
  int32_t drawable, column;
  uint32_t lanes;
} sight;

/* A row of blocks from left to right. Each lane of a block belongs to exactly one of the block's sights. */
typedef struct row_sights {
  sight list[TILE_BLOCKS_X * LANES];
  int count;
} row_sights;

KERNEL void add_sight(row_sights *sights, int column, int32_t drawable, uint32_t lanes) {
  sight *next = sights->list + sights->count++;
  next->drawable = drawable;
  next->column = column;
  next->lanes = lanes;
}

KERNEL void find_sights(const tile_position *tile, const visibility *buffer, int row, row_sights *sights) {
  int32_t drawable = -1;
  sights->count = 0;
  for (int column = 0; column < tile_columns(tile); column++) {
    const integer *seen = buffer->drawable + row * TILE_BLOCKS_X + column;
    uint32_t lanes = mask_bits(ieq(*seen, isplat(drawable)));
    if (lanes == ALL_LANES) { /* most blocks see only the drawable that the block before them sees */
      add_sight(sights, column, drawable, lanes);
      continue;
    }
    for (uint32_t left = ALL_LANES; left; left &= ~lanes) {
      drawable = lane_get_integer(seen, lowest_bit(left));
      lanes = mask_bits(ieq(*seen, isplat(drawable)));
      add_sight(sights, column, drawable, lanes);
    }
  }
}

/* The end of the run of sights, beginning at `first`, that see the same drawable. */
KERNEL int end_of_run(const row_sights *sights, int first) {
  int end = first + 1;
  while (end < sights->count && sights->list[end].drawable == sights->list[first].drawable) end++;
  return end;
}

/* ------------------------------------------------------------------------------------------------ flow */

/* Lanes whose numbers are the same bits. */
KERNEL mask unchanged_words(const myr_frame *frame, int first, size_t now, size_t next, int count) {
  mask same = mask_splat(1);
  for (int k = 0; k < count; k++)
    same = same & ieq(drawable_words(frame, first, now + (size_t)k * sizeof(float)),
                      drawable_words(frame, first, next + (size_t)k * sizeof(float)));
  return same;
}

KERNEL int same_bits(const float *a, const float *b, int count) {
  int same = 1;
  for (int k = 0; k < count; k++) {
    int32_t x, y;
    memcpy(&x, a + k, sizeof x);
    memcpy(&y, b + k, sizeof y);
    same &= x == y;
  }
  return same;
}

/* The poses of drawables first .. first + LANES - 1 and of the camera in the next frame; call after setup_group.
 * Drawables that do not move at all are marked, because rounding would give them a flow. */
STAGE void setup_motion(const myr_frame *frame, const myr_view *view, int first, drawable_group *g) {
  int camera_rests =
      same_bits(view->position, view->next_position, 3) && same_bits(view->rotation, view->next_rotation, 9);
  g->at_rest = !camera_rests ? 0
                             : mask_bits(unchanged_words(frame, first, offsetof(myr_drawable, position),
                                                         offsetof(myr_drawable, next_position), 3) &
                                         unchanged_words(frame, first, offsetof(myr_drawable, rotation),
                                                         offsetof(myr_drawable, next_rotation), 9));
  const mat3 camera = splat_matrix(view->next_rotation);
  /* the drawable's axes and origin in the next camera's frame */
  vec3 x = m3_apply_transposed(
      camera, v3(DRAWABLE_REAL(next_rotation, 0), DRAWABLE_REAL(next_rotation, 3), DRAWABLE_REAL(next_rotation, 6)));
  vec3 y = m3_apply_transposed(
      camera, v3(DRAWABLE_REAL(next_rotation, 1), DRAWABLE_REAL(next_rotation, 4), DRAWABLE_REAL(next_rotation, 7)));
  vec3 z = m3_apply_transposed(
      camera, v3(DRAWABLE_REAL(next_rotation, 2), DRAWABLE_REAL(next_rotation, 5), DRAWABLE_REAL(next_rotation, 8)));
  vec3 apart =
      v3_sub(v3(DRAWABLE_REAL(next_position, 0), DRAWABLE_REAL(next_position, 1), DRAWABLE_REAL(next_position, 2)),
             v3_splat(view->next_position));
  /* after the way from this camera's frame into the drawable's */
  const vec3 eye = v3_load(g->origin);
  const mat3 now = m3_load(g->rotation);
  v3_store(g->next_origin, v3_madd(x, eye.x, v3_madd(y, eye.y, v3_madd(z, eye.z, m3_apply_transposed(camera, apart)))));
  v3_store(g->next_rotation, m3_apply_transposed(now, v3(x.x, y.x, z.x)));
  v3_store(g->next_rotation + 3, m3_apply_transposed(now, v3(x.y, y.y, z.y)));
  v3_store(g->next_rotation + 6, m3_apply_transposed(now, v3(x.z, y.z, z.z)));
}

/* From the camera's frame to the next one's: a point that moves with a drawable. */
typedef struct next_motion {
  mat3 rotation;
  vec3 translation;
  int at_rest;
} next_motion;

KERNEL vec3 vector_of_drawable(const real *values, int drawable) {
  return v3(of_drawable(values, drawable), of_drawable(values + 1, drawable), of_drawable(values + 2, drawable));
}
KERNEL next_motion load_motion(const scene *s, int drawable) {
  const drawable_group *g = s->groups + drawable / LANES;
  next_motion m;
  m.rotation.row0 = vector_of_drawable(g->next_rotation, drawable);
  m.rotation.row1 = vector_of_drawable(g->next_rotation + 3, drawable);
  m.rotation.row2 = vector_of_drawable(g->next_rotation + 6, drawable);
  m.translation = vector_of_drawable(g->next_origin, drawable);
  m.at_rest = g->at_rest >> drawable % LANES & 1;
  return m;
}

/* Long functions of angles. They are kept out of the loop because the pinhole's values already fill its registers. */
STAGE mask project_curved(const myr_view *view, const vec3 *point, real from_x, real from_y, real *x, real *y) {
  return view_project(view, *point, from_x, from_y, x, y);
}

/* 0 where the point will have no image: behind a pinhole, or straight behind a fisheye. */
KERNEL void flow_of_points(const myr_view *view, vec3 point, real from_x, real from_y, real flow[2]) {
  real to_x, to_y;
  mask seen;
  if (view->projection == MYR_PINHOLE) {
    seen = view_project(view, point, from_x, from_y, &to_x, &to_y);
  } else {
    real curved_x, curved_y;
    const vec3 curved = point; /* so that only this call needs it in memory */
    seen = project_curved(view, &curved, from_x, from_y, &curved_x, &curved_y);
    to_x = curved_x;
    to_y = curved_y;
  }
  flow[0] = choose(seen, to_x - from_x, zero());
  flow[1] = choose(seen, to_y - from_y, zero());
}

/* ------------------------------------------------------------------------------------------------ a row of blocks */

/* The sights of a row of blocks. */
typedef struct surface_row {
  real normal[TILE_BLOCKS_X][3], flow[TILE_BLOCKS_X][2];
} surface_row;

/* A row of a tile's blocks, and the outputs requested of it. */
typedef struct surface_work {
  const scene *subject;
  const tile_position *tile;
  const tile_rays *rays;
  const visibility *buffer;
  const myr_outputs *outputs;
  int row;
  real pixel_x[TILE_BLOCKS_X], pixel_y; /* px: where the blocks' pixels are sampled */
} surface_work;

/* The camera's rays along a row of blocks in another frame, with the same bits as local_ray. For a pinhole all terms
 * except the first are constant along the row. */
typedef struct turned_rays {
  mat3 rotation;
  vec3 of_row;
} turned_rays;

KERNEL turned_rays turn_rays(const surface_work *work, mat3 rotation) {
  turned_rays turned;
  turned.rotation = rotation;
  turned.of_row = v3_zero();
  if (work->rays->separable)
    turned.of_row = v3_madd(m3_column1(rotation), work->rays->y[work->row], m3_column2(rotation));
  return turned;
}
KERNEL vec3 turned_ray(const surface_work *work, const turned_rays *turned, int column) {
  const mat3 *m = &turned->rotation;
  vec3 ray = tile_ray(work->rays, column, work->row), rest = turned->of_row;
  if (!work->rays->separable) rest = v3_madd(m3_column1(*m), ray.y, v3_scale(m3_column2(*m), ray.z));
  return v3_madd(m3_column0(*m), ray.x, rest);
}

KERNEL void choose_lanes(mask on, const real *values, real *into, int count) {
  for (int k = 0; k < count; k++) into[k] = choose(on, values[k], into[k]);
}

KERNEL void surface_nothing(const sight *from, const sight *end, surface_row *out) {
  const real nothing[3] = {zero(), zero(), zero()};
  for (; from < end; from++) {
    choose_lanes(mask_of_bits(from->lanes), nothing, out->normal[from->column], 3);
    choose_lanes(mask_of_bits(from->lanes), nothing, out->flow[from->column], 2);
  }
}

/* Of sights of one drawable, by its shape. */
KERNEL void normals_of_run(const surface_work *work, int shape, const sight *from, const sight *end, surface_row *out) {
  const int drawable = from->drawable;
  const shape_constants c = load_shape(work->subject, drawable);
  const turned_rays rays = turn_rays(work, c.rotation);
  for (; from < end; from++) {
    const block_view b = view_block(work->tile, work->rays, work->buffer, from->column, work->row);
    const mask on = mask_of_bits(from->lanes);
    fragment f;
    fragment_of_shape(work->subject, &b, drawable, shape, &c, turned_ray(work, &rays, from->column), on, &f);
    vec3 n = m3_apply_transposed(c.rotation, f.local_normal);
    const real normal[3] = {n.x, n.y, n.z};
    choose_lanes(on, normal, out->normal[from->column], 3);
  }
}
STAGE void flow_of_run(const surface_work *work, const sight *from, const sight *end, surface_row *out) {
  const myr_view *view = work->subject->view;
  const next_motion motion = load_motion(work->subject, from->drawable);
  const turned_rays rays = turn_rays(work, motion.rotation);
  const real pixel_y = work->pixel_y;
  for (; from < end; from++) {
    real flow[2] = {zero(), zero()};
    if (!motion.at_rest) {
      real depth = work->buffer->depth[work->row * TILE_BLOCKS_X + from->column];
      vec3 point = v3_madd(turned_ray(work, &rays, from->column), depth, motion.translation);
      flow_of_points(view, point, work->pixel_x[from->column], pixel_y, flow);
    }
    choose_lanes(mask_of_bits(from->lanes), flow, out->flow[from->column], 2);
  }
}

/* One function for each shape, so that its loop contains no code of the others. */
#define NORMALS_OF(name, shape)                                                                                   \
  STAGE void normals_of_##name(const surface_work *work, const sight *from, const sight *end, surface_row *out) { \
    normals_of_run(work, shape, from, end, out);                                                                  \
  }
NORMALS_OF(plane, MYR_GEOM_PLANE)
NORMALS_OF(sphere, MYR_GEOM_SPHERE)
NORMALS_OF(capsule, MYR_GEOM_CAPSULE)
NORMALS_OF(ellipsoid, MYR_GEOM_ELLIPSOID)
NORMALS_OF(cylinder, MYR_GEOM_CYLINDER)
NORMALS_OF(box, MYR_GEOM_BOX)
NORMALS_OF(mesh, MYR_SHAPE_MESH)
#undef NORMALS_OF

KERNEL void surface_of_sights(const surface_work *work, const sight *from, const sight *end, surface_row *out) {
  if (from->drawable < 0) {
    surface_nothing(from, end, out);
    return;
  }
  if (work->outputs->flow) flow_of_run(work, from, end, out);
  if (!work->outputs->normal) return;
  switch (work->subject->frame->drawables[from->drawable].shape) {
  case MYR_GEOM_PLANE: normals_of_plane(work, from, end, out); break;
  case MYR_GEOM_SPHERE: normals_of_sphere(work, from, end, out); break;
  case MYR_GEOM_CAPSULE: normals_of_capsule(work, from, end, out); break;
  case MYR_GEOM_ELLIPSOID: normals_of_ellipsoid(work, from, end, out); break;
  case MYR_GEOM_CYLINDER: normals_of_cylinder(work, from, end, out); break;
  case MYR_GEOM_BOX: normals_of_box(work, from, end, out); break;
  default: normals_of_mesh(work, from, end, out); break;
  }
}

/* The loop goes row by row of pixels, because each row of the image is one stream to memory. */
KERNEL void store_surface_row(const surface_work *work, const surface_row *from) {
  const myr_view *view = work->subject->view;
  const myr_outputs *outputs = work->outputs;
  const image_block at = image_block_of(image_tile_of(view, work->tile), 0, work->row);
  const int whole = work->tile->width / BLOCK_WIDTH;
  for (int y = 0; y < at.height; y++) {
    const size_t first = at.first + (size_t)y * (size_t)at.pitch;
    for (int column = 0; column < whole && outputs->normal; column++)
      store_row_of_triples(outputs->normal + 3 * (first + (size_t)column * BLOCK_WIDTH), y, from->normal[column]);
    for (int column = 0; column < whole && outputs->flow; column++)
      store_row_of_pairs(outputs->flow + 2 * (first + (size_t)column * BLOCK_WIDTH), y, from->flow[column]);
  }
  if (whole == tile_columns(work->tile)) return;
  const image_block last = image_block_of(image_tile_of(view, work->tile), whole, work->row);
  if (outputs->normal) store_cut_vectors(outputs->normal, &last, from->normal[whole], 3);
  if (outputs->flow) store_cut_vectors(outputs->flow, &last, from->flow[whole], 2);
}

/* Normals and flow of a row of blocks. */
KERNEL void label_surfaces(surface_work *work, const row_sights *sights, surface_row *surfaces) {
  work->pixel_y = sample_y(work->tile, work->row);
  for (int from = 0, end; from < sights->count; from = end) {
    end = end_of_run(sights, from);
    surface_of_sights(work, sights->list + from, sights->list + end, surfaces);
  }
  store_surface_row(work, surfaces);
}

#endif
