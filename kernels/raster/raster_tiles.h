/* Views, tile by tile: the work of a rasterizer's driver for one view, the same for every kind of lane. */
#ifndef MYR_RASTER_TILES_H
#define MYR_RASTER_TILES_H

#include <stddef.h>

#include "kernels/raster/raster_labels.h"
#include "kernels/raster/raster_pixels.h"

#ifndef RASTER_STAGE_DONE /* a driver with a clock defines it */
#define RASTER_STAGE_DONE(drawing, stage) ((void)0)
#endif

/* ------------------------------------------------------------------------------------------------ scratch memory */

/* Scratch of a tile. If lanes are threads, each thread has its own. */
typedef struct workspace {
  tile_rays rays;
  visibility buffer;
  pixel_colors colors;
  coverage sighted;
} workspace;

/* The state that the functions below share. */
typedef struct drawing {
  scene subject;
  const myr_outputs *outputs;
  workspace *work;
  drawable_group *groups; /* each thread has its own, too */
  shading *shade;
  int32_t *candidates; /* (drawable_count) drawables that the tile may see, in order */
  int candidate_count;
  coverage *covered; /* (instance_count + 1) */
  uint8_t *touched;  /* (instance_count + 1) covered holds something of this tile; item 0 alone knows */
  void *clock;       /* the driver's */
} drawing;

/* ------------------------------------------------------------------------------------------------ a tile */

/* The drawables whose pixels meet the tile's pixels, in ascending order. */
STAGE void find_candidates(drawing *d, const tile_position *tile) {
  const real x0 = splat((scalar)tile->x), x1 = splat((scalar)(tile->x + tile->width));
  const real y0 = splat((scalar)tile->y), y1 = splat((scalar)(tile->y + tile->height));
  d->candidate_count = 0;
  for (int i = 0; i < drawable_group_count(d->subject.frame->drawable_count); i++) {
    const drawable_group *g = d->groups + i;
    mask meets = lt(g->low_x, g->high_x) & lt(g->low_x, x1) & gt(g->high_x, x0) & lt(g->low_y, y1) & gt(g->high_y, y0);
    for (unsigned left = mask_bits(meets); left; left &= left - 1)
      d->candidates[d->candidate_count++] = i * LANES + lowest_bit(left);
  }
}

/* The place of a drawable's coverage; NULL when instances are not requested. */
KERNEL coverage *coverage_of(drawing *d, int drawable, int wanted) {
  if (!wanted) return NULL;
  int instance = d->subject.frame->drawables[drawable].instance;
  if (instance == 0) return NULL; /* the background is behind everything, so it covers all pixels */
  if (LANE_OWNS_ITEM_0()) {
    if (!d->touched[instance]) memset(d->covered + instance, 0, sizeof(coverage));
    d->touched[instance] = 1;
  }
  return d->covered + instance;
}

/* Fills the visibility buffer as seen through one point of every pixel. */
STAGE void see_tile(drawing *d, const tile_position *tile, int with_coverage) {
  const scene *s = &d->subject;
  workspace *w = d->work;
  int meshes = 0;
  for (int i = 0; i < d->candidate_count; i++) meshes += s->frame->drawables[d->candidates[i]].shape == MYR_SHAPE_MESH;
  begin_tile(s, tile, meshes, &w->rays, &w->buffer);
  for (int i = 0; i < d->candidate_count && meshes > 0; i++) {
    int drawable = d->candidates[i];
    if (s->frame->drawables[drawable].shape == MYR_SHAPE_MESH)
      raster_mesh(s->frame, s->view, tile, &w->rays, drawable, &w->buffer, coverage_of(d, drawable, with_coverage));
  }
  if (meshes) RASTER_STAGE_DONE(d, MYR_RASTER_MESHES);
  for (int i = 0; i < d->candidate_count && meshes < d->candidate_count; i++) {
    int drawable = d->candidates[i];
    if (s->frame->drawables[drawable].shape != MYR_SHAPE_MESH)
      draw_primitive(s, tile, &w->rays, drawable, &w->buffer, coverage_of(d, drawable, with_coverage));
  }
  RASTER_STAGE_DONE(d, MYR_RASTER_PRIMITIVES);
}

/* Adds the pixels of this tile that the instances cover. */
KERNEL void count_tile_coverage(drawing *d, const tile_position *tile) {
  sighted_pixels(tile, &d->work->buffer, &d->work->sighted);
  for (int i = 0; i < d->candidate_count; i++) {
    int instance = d->subject.frame->drawables[d->candidates[i]].instance;
    if (!LANE_OWNS_ITEM_0() || !d->touched[instance]) continue;
    d->touched[instance] = 0;
    count_covered(tile, d->covered + instance, &d->work->sighted, d->outputs->instances + instance);
  }
}

/* Colour is the mean over the samples of a pixel; labels and intensity are sampled at its centre. */
KERNEL void draw_tile(drawing *d, tile_position *tile) {
  const scene *s = &d->subject;
  const myr_outputs *o = d->outputs;
  workspace *w = d->work;
  int samples = o->rgb ? s->view->samples : 0;
  find_candidates(d, tile);
  tile->sample_x = tile->sample_y = SUBPIXELS / 2;
  RASTER_STAGE_DONE(d, MYR_RASTER_SETUP);
  const int labels = wants_stage(o, MYR_RASTER_LABELS);
  if (labels || o->intensity || samples == 1) {
    see_tile(d, tile, o->instances != NULL);
    if (labels) label_tile(s, tile, &w->rays, &w->buffer, o);
    if (o->instances) count_tile_coverage(d, tile);
    RASTER_STAGE_DONE(d, MYR_RASTER_LABELS);
    if (o->intensity) intensity_tile(s, tile, &w->rays, &w->buffer, d->shade, o->intensity);
    if (samples == 1) shade_tile(s, tile, &w->rays, &w->buffer, d->shade, 0, 1, &w->colors, o->rgb);
  }
  for (int i = 0; i < samples && samples > 1; i++) {
    sample_position(samples, i, &tile->sample_x, &tile->sample_y);
    see_tile(d, tile, 0);
    shade_tile(s, tile, &w->rays, &w->buffer, d->shade, i, samples, &w->colors, o->rgb);
    RASTER_STAGE_DONE(d, MYR_RASTER_SHADING);
  }
  RASTER_STAGE_DONE(d, MYR_RASTER_SHADING);
}

/* ------------------------------------------------------------------------------------------------ a view */

/* The background is seen through everything, so it covers the whole view. */
KERNEL void begin_instances(drawing *d) {
  const size_t entries = (size_t)d->subject.frame->instance_count + 1;
  const myr_view *view = d->subject.view;
  myr_instance_view *instances = d->outputs->instances;
  if (LANE_OWNS_ITEM_0()) {
    memset(instances, 0, entries * sizeof(myr_instance_view));
    memset(d->touched, 0, entries);
    instances[0].loose[2] = view->width;
    instances[0].loose[3] = view->height;
    instances[0].covered = view->width * view->height;
  }
}

/* Draws a view. All of d but candidate_count is set; shading_memory: see shade_begin_view. */
KERNEL void draw_view(drawing *d, void *shading_memory) {
  const myr_frame *frame = d->subject.frame;
  const myr_view *view = d->subject.view;
  const myr_outputs *outputs = d->outputs;
  for (int i = 0; i < drawable_group_count(frame->drawable_count); i++)
    setup_group(frame, view, i * LANES, d->groups + i);
  for (int i = 0; i < drawable_group_count(frame->drawable_count) && outputs->flow; i++)
    setup_motion(frame, view, i * LANES, d->groups + i);
  if (outputs->instances) begin_instances(d);
  if (wants_stage(outputs, MYR_RASTER_SHADING)) shade_begin_view(d->shade, shading_memory, frame, view);
  RASTER_STAGE_DONE(d, MYR_RASTER_SETUP);
  const int end = view->column_count ? view->first_column + view->column_count : view->width;
  for (int y = 0; y < view->height; y += MYR_TILE)
    for (int x = view->column_count ? view->first_column : 0; x < end; x += MYR_TILE) {
      tile_position tile = {x, y, end - x, view->height - y, 0, 0};
      if (tile.width > MYR_TILE) tile.width = MYR_TILE;
      if (tile.height > MYR_TILE) tile.height = MYR_TILE;
      draw_tile(d, &tile);
    }
}

#endif
