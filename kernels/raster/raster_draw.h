/* The CPU driver of the rasterizer for one vector width: scratch memory, a clock, and the table. raster_lanes_*.c
 * include this file after they define LANES, TABLE and TABLE_NAME. */
#include "kernels/clock.h"
#include "kernels/raster.h"

/* ------------------------------------------------------------------------------------------------ the clock */

typedef struct stage_clock {
  myr_raster_profile *profile;
  uint64_t start; /* of the stage, ns */
} stage_clock;

/* Charges the time since the last stage to this one. clock: NULL without a profile. */
static inline void charge_stage(stage_clock *clock, int stage) {
  if (clock) myr_clock_charge(&clock->profile->nanoseconds[stage], &clock->start);
}
#define RASTER_STAGE_DONE(drawing, stage) charge_stage((stage_clock *)(drawing)->clock, stage)

#include "kernels/raster/raster_tiles.h"

/* ------------------------------------------------------------------------------------------------ scratch memory */

static size_t raster_scratch_bytes(int drawables, int lights, int instances) {
  size_t entries = (size_t)instances + 1;
  return myr_whole_cache_lines(sizeof(workspace)) + myr_whole_cache_lines(sizeof(shading)) +
         myr_whole_cache_lines(shading_bytes(drawables, lights)) +
         myr_whole_cache_lines((size_t)drawable_group_count(drawables) * sizeof(drawable_group)) +
         myr_whole_cache_lines((size_t)drawables * sizeof(int32_t)) +
         myr_whole_cache_lines(entries * sizeof(coverage)) + myr_whole_cache_lines(entries);
}

/* Returns the memory for shading. */
static void *bind_scratch(drawing *d, void *scratch) {
  const myr_frame *frame = d->subject.frame;
  size_t entries = (size_t)frame->instance_count + 1;
  char *at = (char *)scratch;
  d->work = (workspace *)myr_take_cache_lines(&at, sizeof(workspace));
  d->shade = (shading *)myr_take_cache_lines(&at, sizeof(shading));
  d->groups = (drawable_group *)myr_take_cache_lines(&at, (size_t)drawable_group_count(frame->drawable_count) *
                                                              sizeof(drawable_group));
  d->candidates = (int32_t *)myr_take_cache_lines(&at, (size_t)frame->drawable_count * sizeof(int32_t));
  d->covered = (coverage *)myr_take_cache_lines(&at, entries * sizeof(coverage));
  d->touched = (uint8_t *)myr_take_cache_lines(&at, entries);
  d->subject.groups = d->groups;
  return at;
}

/* ------------------------------------------------------------------------------------------------ the table */

static void raster_draw(const myr_frame *frame, const myr_view *view, const myr_outputs *outputs, void *scratch,
                        myr_raster_profile *profile) {
  stage_clock clock = {profile, profile ? myr_clock_nanoseconds() : 0};
  drawing d = {.subject = {.frame = frame, .view = view}, .outputs = outputs, .clock = profile ? &clock : NULL};
  draw_view(&d, bind_scratch(&d, scratch));
  if (!profile) return;
  profile->views++;
  profile->pixels += (uint64_t)(view->column_count ? view->column_count : view->width) * (uint64_t)view->height;
}

const myr_raster TABLE = {
    .name = TABLE_NAME,
    .lanes = LANES,
    .scratch_bytes = raster_scratch_bytes,
    .draw = raster_draw,
};
