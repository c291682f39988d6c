/* Measures how fast frames are drawn. */
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/clock.h"
#include "kernels/fields.h"
#include "kernels/memory.h"
#include "kernels/model.h"
#include "render/render.h"
#include "sim/statistics.h"
#include "sim/threads.h"

enum { DEFAULT_WORLDS = 64, DEFAULT_FRAMES = 20000, DEFAULT_ROUNDS = 5, CONTROL_STEPS = 64, SUBSTEPS = 10 };
enum { PLAIN, MATT, FULL, QUALITIES };

enum { MOST_WAITING = 4096, DEVICE_LANES = 32 };

typedef struct benchmark {
  myr_render_benchmark_description description; /* defaults filled in */
  myr_renderer *renderers[QUALITIES];
  myr_world_look *world;
  float *position, *quaternion; /* (worlds, nbody, 3), (worlds, nbody, 4) */
  unsigned char *images;        /* (threads, image_bytes) */
  size_t image_bytes, pixels;
  myr_image *waiting;   /* (threads, MOST_WAITING) where a GPU draws; else NULL */
  double waited, spent; /* s, of all threads: for the GPU, and in all */
  atomic_bool failed;   /* the GPU failed in any thread; error gives the cause after all threads are done */
  myr_error error;
  double *rates[QUALITIES]; /* (rounds) */
} benchmark;

/* ------------------------------------------------------------------------------------------------ the worlds */
/* Uniform in -1..1: the high bits of Knuth's linear congruential generator. */
static double random_control(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (double)(int64_t)(*state >> 11) / 4503599627370496.0 - 1;
}

static void set_controls(const benchmark *b, myr_batch *batch, int world, uint64_t *random) {
  const myr_model *m = b->description.model;
  myr_span ctrl = myr_batch_field(batch, MYR_FIELD_ctrl, world);
  for (int u = 0; u < m->nu; u++) {
    double low = m->actuator_ctrllimited[u] ? m->actuator_ctrlrange[2 * u] : -1;
    double high = m->actuator_ctrllimited[u] ? m->actuator_ctrlrange[2 * u + 1] : 1;
    ctrl.data[u * ctrl.stride] = (float)(0.5 * (low + high) + 0.5 * (high - low) * random_control(random));
  }
}

static void copy_span(myr_span span, float *out) {
  for (int e = 0; e < span.count; e++) out[e] = span.data[e * span.stride];
}

/* Each world is kept at another time of its simulation. */
static void simulate(benchmark *b, myr_batch *batch, const myr_batch_info *info) {
  size_t nbody = (size_t)b->description.model->nbody;
  uint64_t random = b->description.seed;
  for (int step = 0; step < CONTROL_STEPS; step++) {
    for (int w = 0; w < info->worlds; w++) set_controls(b, batch, w, &random);
    for (int g = 0; g < info->groups; g++) myr_batch_step(batch, g, 0, SUBSTEPS, MYR_OBSERVE, NULL, NULL);
    for (int w = step; w < info->worlds; w += CONTROL_STEPS) {
      copy_span(myr_batch_field(batch, MYR_FIELD_body_position, w), b->position + 3 * nbody * (size_t)w);
      copy_span(myr_batch_field(batch, MYR_FIELD_body_rotation, w), b->quaternion + 4 * nbody * (size_t)w);
    }
  }
}

static myr_status make_worlds(benchmark *b, myr_error *error) {
  const myr_render_benchmark_description *d = &b->description;
  myr_batch_description description = {.model = d->model, .engine = "cpu", .worlds = d->worlds, .threads = 1};
  myr_batch *batch;
  myr_batch_info info;
  myr_status status = myr_batch_create(&description, &batch, error);
  if (status) return status;
  myr_batch_describe(batch, &info);
  for (int w = 0; w < d->worlds; w++) myr_batch_reset(batch, w, d->model->nkey > 0 ? 0 : -1);
  for (int g = 0; g < info.groups && !status; g++) status = myr_batch_commit(batch, g, error);
  if (!status) simulate(b, batch, &info);
  myr_batch_destroy(batch);
  return status;
}

/* ------------------------------------------------------------------------------------------------ drawing */
static size_t image_room(size_t pixels, int output) {
  return myr_whole_cache_lines(pixels * myr_output_infos[output].pixel_bytes);
}

static myr_image image_of(const benchmark *b, int thread) {
  unsigned char *room = b->images + b->image_bytes * (size_t)thread;
  myr_image image = {0};
  for (int i = 0; i < MYR_OUTPUT_COUNT; i++) {
    if (!(b->description.outputs >> i & 1)) continue;
    myr_outputs_want(&image.pixels, i, room);
    room += image_room(b->pixels, i);
  }
  if (b->description.outputs & MYR_OUTPUT_BIT(boxes)) image.pixels.instances = (myr_instance_view *)(void *)room;
  return image;
}

static void place_frame(benchmark *b, int quality, int thread, int64_t frame) {
  size_t nbody = (size_t)b->description.model->nbody, world = (size_t)(frame % b->description.worlds);
  const myr_poses now = {.position = b->position + 3 * nbody * world, .quaternion = b->quaternion + 4 * nbody * world};
  myr_renderer_pose(b->renderers[quality], thread, b->world, &now, NULL);
}

static void draw_some(benchmark *b, int quality, int thread, int threads, myr_raster_profile *profile) {
  myr_image image = image_of(b, thread);
  for (int64_t frame = thread; frame < b->description.frames; frame += threads) {
    place_frame(b, quality, thread, frame);
    myr_renderer_draw(b->renderers[quality], thread, b->description.camera, &image, profile);
  }
}

static void collect(benchmark *b, int quality, int thread) {
  myr_error error = {0};
  double start = myr_clock_seconds();
  myr_status status = myr_renderer_collect(b->renderers[quality], thread, &error);
#pragma omp critical(render_benchmark_wait)
  {
    b->waited += myr_clock_seconds() - start;
    if (status) b->error = error;
  }
  if (status) b->failed = true;
}

/* On an engine whose pictures wait, submits as many as the renderer takes at once. */
static void submit_some(benchmark *b, int quality, int thread, int threads) {
  myr_image *images = b->waiting + (size_t)MOST_WAITING * (size_t)thread;
  int count = 0;
  for (int64_t frame = thread; frame < b->description.frames && !b->failed; frame += threads) {
    place_frame(b, quality, thread, frame);
    if (count == MOST_WAITING) collect(b, quality, thread), count = 0;
    images[count] = image_of(b, thread);
    if (!myr_renderer_submit(b->renderers[quality], thread, b->description.camera, &images[count])) {
      collect(b, quality, thread);
      images[count = 0] = image_of(b, thread);
      myr_renderer_submit(b->renderers[quality], thread, b->description.camera, &images[0]);
    }
    count++;
  }
  collect(b, quality, thread);
}

/* Frames a second. profile: NULL in timed rounds, because reading the clock between stages costs time too. */
static double run_round(benchmark *b, int quality, myr_raster_profile *profile) {
  double start = myr_clock_seconds();
#pragma omp parallel num_threads(b->description.threads)
  {
    myr_raster_profile own = {0};
    if (b->waiting)
      submit_some(b, quality, omp_get_thread_num(), b->description.threads);
    else
      draw_some(b, quality, omp_get_thread_num(), b->description.threads, profile ? &own : NULL);
    if (profile) {
#pragma omp critical(render_profile)
      for (int s = 0; s < MYR_RASTER_STAGE_COUNT; s++) profile->nanoseconds[s] += own.nanoseconds[s];
    }
  }
  b->spent += (myr_clock_seconds() - start) * b->description.threads;
  return (double)b->description.frames / (myr_clock_seconds() - start);
}

static void summarize(benchmark *b, int quality, const myr_raster_profile *profile, myr_render_rate *rate) {
  int rounds = b->description.rounds;
  double *rates = b->rates[quality], total = 0;
  rate->frames_per_second = myr_median(rates, rounds);
  rate->low = rates[0];
  rate->high = rates[rounds - 1];
  for (int s = 0; s < MYR_RASTER_STAGE_COUNT; s++) total += (double)profile->nanoseconds[s];
  for (int s = 0; s < MYR_RASTER_STAGE_COUNT; s++)
    rate->stage_share[s] = total > 0 ? (double)profile->nanoseconds[s] / total : 0;
}

static void measure(benchmark *b, myr_render_benchmark *result) {
  myr_raster_profile profiles[QUALITIES] = {{{0}, 0, 0}};
  for (int q = 0; q < QUALITIES; q++) run_round(b, q, &profiles[q]); /* the rounds that warm up */
  for (int round = 0; round < b->description.rounds; round++)
    for (int turn = 0; turn < QUALITIES; turn++) {
      int q = (round + turn) % QUALITIES;
      b->rates[q][round] = run_round(b, q, NULL);
    }
  summarize(b, PLAIN, &profiles[PLAIN], &result->plain);
  summarize(b, MATT, &profiles[MATT], &result->matt);
  summarize(b, FULL, &profiles[FULL], &result->full);
}

/* ------------------------------------------------------------------------------------------------ set-up */
static myr_status create_renderers(benchmark *b, myr_error *error) {
  const myr_render_benchmark_description *d = &b->description;
  for (int q = 0; q < QUALITIES; q++) {
    myr_renderer_description description = {.look = d->look,
                                            .engine = d->engine,
                                            .lanes = d->lanes,
                                            .threads = d->threads,
                                            .width = d->width,
                                            .height = d->height,
                                            .samples = d->samples,
                                            .matt = q == MATT,
                                            .plain = q == PLAIN};
    myr_status status = myr_renderer_create(&description, &b->renderers[q], error);
    if (status) return status;
  }
  return MYR_OK;
}

static myr_status allocate(benchmark *b, myr_error *error) {
  const myr_render_benchmark_description *d = &b->description;
  size_t nbody = (size_t)d->model->nbody, worlds = (size_t)d->worlds, rounds = (size_t)d->rounds;
  int width, height;
  myr_renderer_size(b->renderers[PLAIN], d->camera, &width, &height);
  b->pixels = (size_t)width * (size_t)height;
  size_t instances = (size_t)myr_look_describe(d->look)->instance_count + 1;
  b->image_bytes = myr_whole_cache_lines(instances * sizeof(myr_instance_view));
  for (int i = 0; i < MYR_OUTPUT_COUNT; i++)
    if (d->outputs >> i & 1) b->image_bytes += image_room(b->pixels, i);
  b->world = aligned_alloc(64, myr_look_world_bytes(d->look));
  b->position = calloc(worlds * nbody, 3 * sizeof(float));
  b->quaternion = calloc(worlds * nbody, 4 * sizeof(float));
  b->images = aligned_alloc(64, b->image_bytes * (size_t)d->threads);
  bool waits = myr_renderer_waits(b->renderers[PLAIN]);
  if (waits) b->waiting = calloc((size_t)d->threads * MOST_WAITING, sizeof *b->waiting);
  for (int q = 0; q < QUALITIES; q++) b->rates[q] = calloc(rounds, sizeof(double));
  if (b->world && b->position && b->quaternion && b->images && (b->waiting || !waits) && b->rates[PLAIN] &&
      b->rates[MATT] && b->rates[FULL])
    return MYR_OK;
  return myr_fail(error, MYR_ERROR, "out of memory for a benchmark");
}

static myr_status run(benchmark *b, myr_render_benchmark *result, myr_error *error) {
  myr_status status = create_renderers(b, error);
  if (!status) status = allocate(b, error);
  if (!status) status = make_worlds(b, error);
  if (status) return status;
  const myr_raster *raster = myr_renderer_raster(b->renderers[PLAIN]);
  bool on_device = myr_renderer_waits(b->renderers[PLAIN]);
  *result = (myr_render_benchmark){.engine = on_device ? b->description.engine : "cpu",
                                   .raster = on_device ? "a warp per view" : raster->name,
                                   .lanes = on_device ? DEVICE_LANES : raster->lanes,
                                   .threads = b->description.threads,
                                   .samples = b->description.samples,
                                   .worlds = b->description.worlds};
  myr_renderer_size(b->renderers[PLAIN], b->description.camera, &result->width, &result->height);
  myr_look_resolve(b->description.look, myr_look_describe(b->description.look)->defaults, b->world);
  measure(b, result);
  result->waiting_share = b->spent > 0 ? b->waited / b->spent : 0;
  return b->failed ? myr_fail(error, MYR_STOPPED, "%s", b->error.message) : MYR_OK;
}

static void fill_defaults(myr_render_benchmark_description *d) {
  if (d->worlds < 1) d->worlds = DEFAULT_WORLDS;
  if (d->rounds < 1) d->rounds = DEFAULT_ROUNDS;
  if (d->frames < 1) d->frames = DEFAULT_FRAMES;
  d->threads = myr_thread_count(d->threads);
  if (d->samples < 1) d->samples = 1;
  const myr_camera_info *camera = &myr_look_describe(d->look)->cameras[d->camera];
  if (d->outputs == 0 && camera->projection == MYR_BEAMS) d->outputs = camera->outputs;
  if (d->outputs == 0) d->outputs = MYR_OUTPUT_BIT(rgb) | MYR_OUTPUT_BIT(depth) | MYR_OUTPUT_BIT(instance);
}

myr_status myr_render_benchmark_run(const myr_render_benchmark_description *description, myr_render_benchmark *result,
                                    myr_error *error) {
  *result = (myr_render_benchmark){0};
  benchmark b = {.description = *description};
  fill_defaults(&b.description);
  myr_status status = run(&b, result, error);
  for (int q = 0; q < QUALITIES; q++) {
    myr_renderer_destroy(b.renderers[q]);
    free(b.rates[q]);
  }
  free(b.world);
  free(b.position);
  free(b.quaternion);
  free(b.images);
  free(b.waiting);
  return status;
}
