/* The CPU driver of the rasterizer for one vector width: scratch memory, the order of the stages, and the table.
 * Included by raster_lanes_*.c, which define LANES, TABLE and TABLE_NAME. */
#include <stddef.h>
#include <time.h>

#include "kernels/raster_labels.h"
#include "kernels/raster_pixels.h"

/* ------------------------------------------------------------------------------------------------ scratch memory */

typedef struct workspace {
  tile_rays rays;
  visibility buffer;
  pixel_colors colors;
  coverage sighted;
} workspace;

/* What draw() hands around: everything in scratch memory, and a clock when someone wants to know. */
typedef struct drawing {
  scene scene;
  const myr_outputs *outputs;
  workspace *work;
  shading *shading;
  drawable_group *groups;
  int32_t *candidates; /* (drawable_count) drawables that the tile may see, in order */
  int candidate_count;
  coverage *covered; /* (instance_count + 1) */
  uint8_t *touched;  /* (instance_count + 1) covered holds something of this tile */
  myr_raster_profile *profile;
  uint64_t stage_start; /* ns */
} drawing;

static size_t align64(size_t bytes) { return (bytes + 63) / 64 * 64; }

static size_t raster_scratch_bytes(int drawables, int lights, int instances) {
  size_t entries = (size_t)instances + 1;
  return align64(sizeof(workspace)) + align64(shading_bytes(drawables, lights)) +
         align64((size_t)drawable_group_count(drawables) * sizeof(drawable_group)) +
         align64((size_t)drawables * sizeof(int32_t)) + align64(entries * sizeof(coverage)) + align64(entries);
}

static void *take(char **at, size_t bytes) {
  void *here = *at;
  *at += align64(bytes);
  return here;
}

static void bind_scratch(drawing *d, void *scratch) {
  const myr_frame *frame = d->scene.frame;
  size_t entries = (size_t)frame->instance_count + 1;
  char *at = (char *)scratch;
  d->work = (workspace *)take(&at, sizeof(workspace));
  d->shading = (shading *)take(&at, shading_bytes(frame->drawable_count, frame->light_count));
  d->groups = (drawable_group *)take(&at, (size_t)drawable_group_count(frame->drawable_count) * sizeof(drawable_group));
  d->candidates = (int32_t *)take(&at, (size_t)frame->drawable_count * sizeof(int32_t));
  d->covered = (coverage *)take(&at, entries * sizeof(coverage));
  d->touched = (uint8_t *)take(&at, entries);
  d->scene.groups = d->groups;
}

/* ------------------------------------------------------------------------------------------------ the clock */

static uint64_t nanoseconds_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Charges the time since the last stage to this one. */
static void stage_done(drawing *d, int stage) {
  if (!d->profile) return;
  uint64_t now = nanoseconds_now();
  d->profile->nanoseconds[stage] += now - d->stage_start;
  d->stage_start = now;
}

/* ------------------------------------------------------------------------------------------------ a tile */

/* The drawables whose pixels meet the tile's, in ascending order: of equal depths the first drawn stays. */
STAGE void find_candidates(drawing *d, const tile_position *tile) {
  const real x0 = splat((scalar)tile->x), x1 = splat((scalar)(tile->x + tile->width));
  const real y0 = splat((scalar)tile->y), y1 = splat((scalar)(tile->y + tile->height));
  d->candidate_count = 0;
  for (int i = 0; i < drawable_group_count(d->scene.frame->drawable_count); i++) {
    const drawable_group *g = d->groups + i;
    mask meets = lt(g->low_x, g->high_x) & lt(g->low_x, x1) & gt(g->high_x, x0) & lt(g->low_y, y1) & gt(g->high_y, y0);
    for (unsigned left = mask_bits(meets); left; left &= left - 1)
      d->candidates[d->candidate_count++] = i * LANES + lowest_bit(left);
  }
}

/* Where a drawable's coverage goes; NULL when nobody asks for instances. */
static coverage *coverage_of(drawing *d, int drawable, int wanted) {
  if (!wanted) return NULL;
  int instance = d->scene.frame->drawables[drawable].instance;
  if (instance == 0) return NULL; /* the background is behind everything: it covers all */
  if (!d->touched[instance]) memset(d->covered + instance, 0, sizeof(coverage));
  d->touched[instance] = 1;
  return d->covered + instance;
}

/* Fills the visibility buffer as seen through one point of every pixel. */
static void see_tile(drawing *d, const tile_position *tile, int with_coverage) {
  const scene *s = &d->scene;
  workspace *w = d->work;
  int meshes = 0;
  for (int i = 0; i < d->candidate_count; i++) meshes += s->frame->drawables[d->candidates[i]].shape == MYR_SHAPE_MESH;
  begin_tile(s, tile, meshes, &w->rays, &w->buffer);
  for (int i = 0; i < d->candidate_count && meshes > 0; i++) {
    int drawable = d->candidates[i];
    if (s->frame->drawables[drawable].shape == MYR_SHAPE_MESH)
      raster_mesh(s->frame, s->view, tile, &w->rays, drawable, &w->buffer, coverage_of(d, drawable, with_coverage));
  }
  if (meshes) stage_done(d, MYR_RASTER_MESHES);
  for (int i = 0; i < d->candidate_count && meshes < d->candidate_count; i++) {
    int drawable = d->candidates[i];
    if (s->frame->drawables[drawable].shape != MYR_SHAPE_MESH)
      draw_primitive(s, tile, &w->rays, drawable, &w->buffer, coverage_of(d, drawable, with_coverage));
  }
  stage_done(d, MYR_RASTER_PRIMITIVES);
}

/* Adds what the instances cover of this tile. */
static void count_tile_coverage(drawing *d, const tile_position *tile) {
  sighted_pixels(tile, &d->work->buffer, &d->work->sighted);
  for (int i = 0; i < d->candidate_count; i++) {
    int instance = d->scene.frame->drawables[d->candidates[i]].instance;
    if (!d->touched[instance]) continue;
    d->touched[instance] = 0;
    count_covered(tile, d->covered + instance, &d->work->sighted, d->outputs->instances + instance);
  }
}

/* Colour is the mean over the samples of a pixel; labels and intensity are those of its centre. */
static void draw_tile(drawing *d, tile_position *tile) {
  const scene *s = &d->scene;
  const myr_outputs *o = d->outputs;
  workspace *w = d->work;
  int samples = o->rgb ? s->view->samples : 0;
  find_candidates(d, tile);
  tile->sample_x = tile->sample_y = SUBPIXELS / 2;
  stage_done(d, MYR_RASTER_SETUP);
  if (wants_labels(o) || o->intensity || samples == 1) {
    see_tile(d, tile, o->instances != NULL);
    if (wants_labels(o)) label_tile(s, tile, &w->rays, &w->buffer, o);
    if (o->instances) count_tile_coverage(d, tile);
    stage_done(d, MYR_RASTER_LABELS);
    if (o->intensity) intensity_tile(s, tile, &w->rays, &w->buffer, d->shading, o->intensity);
    if (samples == 1) shade_tile(s, tile, &w->rays, &w->buffer, d->shading, 0, 1, &w->colors, o->rgb);
  }
  for (int i = 0; i < samples && samples > 1; i++) {
    sample_position(samples, i, &tile->sample_x, &tile->sample_y);
    see_tile(d, tile, 0);
    shade_tile(s, tile, &w->rays, &w->buffer, d->shading, i, samples, &w->colors, o->rgb);
    stage_done(d, MYR_RASTER_SHADING);
  }
  stage_done(d, MYR_RASTER_SHADING);
}

/* ------------------------------------------------------------------------------------------------ a view */

/* The background is seen through everything, so it covers the whole view. */
static void begin_instances(const myr_frame *frame, const myr_view *view, myr_instance_view *instances) {
  memset(instances, 0, ((size_t)frame->instance_count + 1) * sizeof(myr_instance_view));
  instances[0].loose[2] = view->width;
  instances[0].loose[3] = view->height;
  instances[0].covered = view->width * view->height;
}

static void raster_draw(const myr_frame *frame, const myr_view *view, const myr_outputs *outputs, void *scratch,
                        myr_raster_profile *profile) {
  drawing d;
  memset(&d, 0, sizeof d);
  d.scene.frame = frame;
  d.scene.view = view;
  d.outputs = outputs;
  d.profile = profile;
  if (profile) d.stage_start = nanoseconds_now();
  bind_scratch(&d, scratch);
  for (int i = 0; i < drawable_group_count(frame->drawable_count); i++)
    setup_group(frame, view, i * LANES, d.groups + i);
  for (int i = 0; i < drawable_group_count(frame->drawable_count) && outputs->flow; i++)
    setup_motion(frame, view, i * LANES, d.groups + i);
  if (outputs->instances) {
    begin_instances(frame, view, outputs->instances);
    memset(d.touched, 0, (size_t)frame->instance_count + 1);
  }
  if (outputs->rgb || outputs->intensity) shade_begin_view(d.shading, frame, view);
  stage_done(&d, MYR_RASTER_SETUP);
  for (int y = 0; y < view->height; y += MYR_TILE)
    for (int x = 0; x < view->width; x += MYR_TILE) {
      tile_position tile = {x, y, view->width - x, view->height - y, 0, 0};
      if (tile.width > MYR_TILE) tile.width = MYR_TILE;
      if (tile.height > MYR_TILE) tile.height = MYR_TILE;
      draw_tile(&d, &tile);
    }
  if (!profile) return;
  profile->views++;
  profile->pixels += (uint64_t)view->width * (uint64_t)view->height;
}

const myr_raster TABLE = {
    .name = TABLE_NAME,
    .lanes = LANES,
    .scratch_bytes = raster_scratch_bytes,
    .draw = raster_draw,
};
