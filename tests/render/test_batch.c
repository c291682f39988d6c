/* Tests that a view is a pure function of its frame: it has the same bytes on every vector width, alone or among
 * others, in any order, with any scratch memory, in any thread, and with any other outputs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <omp.h>

#include "tests/render/mujoco_scene.h"
#include "tests/render/random_frame.h"
#include "tests/render/raster_images.h"

enum { FRAMES = 24 };

static void make_frame(random_frame *f, int index) {
  static const int samples[] = {1, 4, 16, 1};
  random_frame_make(f, 500 + (uint64_t)index, index % 3, index % 2);
  f->view.samples = f->view.projection == MYR_BEAMS ? 1 : samples[index / 3 % 4];
  f->view.shadows = index % 5 != 0, f->view.patterns = index % 7 != 0;
  f->view.highlights = index % 3 != 0;
}

static raster_images draw_frame(const myr_raster *raster, const random_frame *f, unsigned wanted, int rubbish) {
  raster_images images = images_create(f->view.width, f->view.height, FRAME_INSTANCES, wanted);
  images_draw(raster, &f->frame, &f->view, &images, rubbish);
  return images;
}

static bool same_images(const raster_images *a, const raster_images *b) {
  return a->bytes == b->bytes && !memcmp(a->memory, b->memory, a->bytes);
}

static random_frame frames[FRAMES];
static raster_images alone[FRAMES];

static int draw_alone(void **state) {
  (void)state;
  const myr_raster *rasters[4];
  raster_widths(rasters);
  for (int i = 0; i < FRAMES; i++) {
    make_frame(&frames[i], i);
    alone[i] = draw_frame(rasters[0], &frames[i], IMAGES_ALL, 0);
  }
  return 0;
}

static int free_alone(void **state) {
  (void)state;
  for (int i = 0; i < FRAMES; i++) images_free(&alone[i]), random_frame_free(&frames[i]);
  return 0;
}

static void same_on_every_width(void **state) {
  (void)state;
  const myr_raster *rasters[4];
  const int widths = raster_widths(rasters);
  for (int w = 0; w < widths; w++)
    for (int i = 0; i < FRAMES; i++) {
      raster_images images = draw_frame(rasters[w], &frames[i], IMAGES_ALL, 0x7f); /* scratch: NaN */
      if (!same_images(&images, &alone[i])) fail_msg("%s draws frame %d with other bytes", rasters[w]->name, i);
      images_free(&images);
    }
}

static void same_whatever_is_wanted(void **state) {
  (void)state;
  const myr_raster *rasters[4];
  const int widths = raster_widths(rasters);
  for (int i = 0; i < FRAMES; i++)
    for (int output = 0; output < IMAGES_OUTPUTS; output++) {
      /* Draws one output alone, and compares it with the same output of the full drawing. */
      raster_images one = draw_frame(rasters[widths - 1], &frames[i], 1u << output, 0xff);
      const size_t bytes = one.bytes - 2 * IMAGES_GUARD;
      const myr_outputs *all = &alone[i].outputs;
      const void *part = output < MYR_OUTPUT_COUNT ? myr_outputs_plane(all, output) : all->instances;
      if (memcmp(one.memory + IMAGES_GUARD, part, bytes)) fail_msg("output %d of frame %d alone is another", output, i);
      images_free(&one);
    }
}

/* Several threads draw the frames at once, in different orders, each over its own scratch memory again and again. */
static void same_in_any_order_and_thread(void **state) {
  (void)state;
  const myr_raster *rasters[4];
  const int widths = raster_widths(rasters);
  int others = 0;
#pragma omp parallel num_threads(4) reduction(+ : others)
  for (int w = 0; w < widths; w++) {
    const size_t bytes = rasters[w]->scratch_bytes(FRAME_DRAWABLES, FRAME_LIGHTS, FRAME_INSTANCES);
    uint8_t *scratch = NULL;
    if (posix_memalign((void **)&scratch, 64, bytes)) abort();
    memset(scratch, 0xff, bytes);
    for (int k = 0; k < FRAMES; k++) {
      const int i = (k * (7 + 4 * (omp_get_thread_num() % 2)) + omp_get_thread_num()) % FRAMES; /* 7, 11: prime to 24 */
      raster_images images = images_create(frames[i].view.width, frames[i].view.height, FRAME_INSTANCES, IMAGES_ALL);
      rasters[w]->draw(&frames[i].frame, &frames[i].view, &images.outputs, scratch, NULL);
      others += !same_images(&images, &alone[i]);
      images_free(&images);
    }
    free(scratch);
  }
  assert_int_equal(others, 0);
}

/* More samples change only colours. */
static void samples_change_only_colour(void **state) {
  (void)state;
  const myr_raster *rasters[4];
  const int widths = raster_widths(rasters);
  int changed = 0, with_samples = 0;
  for (int i = 0; i < FRAMES; i++) {
    random_frame f = frames[i];
    if (f.view.samples == 1) continue;
    f.view.samples = 1;
    raster_images one = draw_frame(rasters[widths - 1], &f, IMAGES_ALL, 0xff);
    const size_t colour = (size_t)(3 * f.view.width * f.view.height);
    const size_t labels = (size_t)((uint8_t *)one.outputs.depth - one.memory);
    with_samples++, changed += memcmp(one.outputs.rgb, alone[i].outputs.rgb, colour) != 0;
    assert_memory_equal(one.memory + labels, alone[i].memory + labels, one.bytes - labels);
    images_free(&one);
  }
  assert_true(with_samples > 4 && changed > 0);
}

/* ------------------------------------------------------------------------------------------------ renderers */
enum { SIDE = 40, PIXELS = SIDE * SIDE };

typedef struct shot {
  uint8_t rgb[3 * PIXELS];
  int32_t instance[PIXELS];
  float depth[PIXELS];
  double pose[7], boxes[10 * 64];
} shot;

static void take(myr_renderer *renderer, int thread, int camera, shot *s) {
  memset(s, 0xA5, sizeof *s);
  const myr_image image = {.pixels = {.rgb = s->rgb, .depth = s->depth, .instance = s->instance}, .pose = s->pose};
  myr_renderer_draw(renderer, thread, camera, &image, NULL);
  myr_renderer_labels(renderer, thread, s->boxes, NULL);
}

/* Every thread of one renderer draws the cameras of two worlds in turns, on every width. */
static void renderers_agree(void **state) {
  (void)state;
  static shot expected[2][SCENE_CAMERAS], got;
  static const int lanes[] = {1, 4, 8, 16};
  mujoco_scene s;
  scene_open(&s, scene_models[1].path, scene_models[1].target, SIDE);
  float position[2][3 * SCENE_BODIES], quaternion[2][4 * SCENE_BODIES];
  for (int world = 0; world < 2; world++) {
    scene_pose(&s, world);
    memcpy(position[world], s.position, sizeof s.position);
    memcpy(quaternion[world], s.quaternion, sizeof s.quaternion);
    for (int camera = 0; camera < SCENE_CAMERAS; camera++) take(s.renderer, 0, camera, &expected[world][camera]);
  }
  for (int w = 0; w < 4; w++) {
    const myr_renderer_description description = {.look = s.look, .lanes = lanes[w], .threads = 3};
    myr_renderer *renderer = NULL;
    if (myr_renderer_create(&description, &renderer, NULL)) continue; /* not on this machine */
    for (int turn = 0; turn < 12; turn++) {
      const int world = turn % 2, thread = turn % 3, camera = (turn * 3 + 1) % SCENE_CAMERAS;
      const myr_poses now = {.position = position[world], .quaternion = quaternion[world]};
      myr_renderer_pose(renderer, thread, s.world, &now, NULL);
      take(renderer, thread, camera, &got);
      if (memcmp(&got, &expected[world][camera], sizeof got))
        fail_msg("%d lanes, thread %d: camera %d of world %d is another", lanes[w], thread, camera, world);
    }
    myr_renderer_destroy(renderer);
  }
  scene_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(same_on_every_width),
      cmocka_unit_test(same_whatever_is_wanted),
      cmocka_unit_test(same_in_any_order_and_thread),
      cmocka_unit_test(samples_change_only_colour),
      cmocka_unit_test(renderers_agree),
  };
  return cmocka_run_group_tests(tests, draw_alone, free_alone);
}
