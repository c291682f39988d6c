/* Tests the rasterizer's GPU driver and kernels on an emulated GPU: they draw the same bytes as the CPU, whatever else
 * is in a queue, and a full queue refuses views. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "kernels/raster_device.h"
#include "tests/effort.h"
#include "tests/render/random_frame.h"
#include "tests/render/raster_images.h"

enum { FRAMES = 12, QUEUES = 2 };

static random_frame frames[FRAMES];
static raster_images expected[FRAMES];
static myr_device_info device_info;

static void make_frame(random_frame *f, int index) {
  random_frame_make(f, 900 + (uint64_t)index, index % 3, index % 2);
  f->view.samples = f->view.projection == MYR_BEAMS || index != 4 ? 1 : 4;
  f->view.shadows = index % 5 != 0, f->view.patterns = index % 7 != 0;
  f->view.highlights = index % 3 != 0;
}

static int draw_expected(void **state) {
  (void)state;
  const myr_raster *rasters[4];
  const int widths = raster_widths(rasters);
  for (int i = 0; i < FRAMES; i++) {
    make_frame(&frames[i], i);
    expected[i] = images_create(frames[i].view.width, frames[i].view.height, FRAME_INSTANCES, IMAGES_ALL);
    images_draw(rasters[widths - 1], &frames[i].frame, &frames[i].view, &expected[i], 0xff);
  }
  return myr_device_find(&device_info, NULL) != MYR_OK;
}

static int free_expected(void **state) {
  (void)state;
  for (int i = 0; i < FRAMES; i++) images_free(&expected[i]), random_frame_free(&frames[i]);
  return 0;
}

/* Creates a device for one frame, with the frame's meshes and texture. */
static myr_raster_device *create(const random_frame *f, int views, size_t frame_bytes, size_t image_bytes) {
  const myr_raster_device_description d = {.textures = &f->texture,
                                           .meshes = f->meshes,
                                           .texture_count = 1,
                                           .mesh_count = f->frame.meshes ? FRAME_MESHES : 0,
                                           .drawables = FRAME_DRAWABLES,
                                           .lights = FRAME_LIGHTS,
                                           .instances = FRAME_INSTANCES,
                                           .queues = QUEUES,
                                           .views = views,
                                           .frame_bytes = frame_bytes,
                                           .image_bytes = image_bytes};
  myr_raster_device *device;
  myr_error error = {0};
  if (myr_raster_device_create(&d, &device_info, &device, &error)) fail_msg("%s", error.message);
  return device;
}

static void same_output(int frame, const char *name, const void *got, const void *wanted, size_t bytes) {
  assert_int_equal(got != NULL, wanted != NULL);
  if (wanted && memcmp(got, wanted, bytes)) fail_msg("%s of frame %d differs", name, frame);
}

static void same_images(int frame, const myr_outputs *got) {
  const myr_outputs *e = &expected[frame].outputs;
  const size_t pixels = (size_t)frames[frame].view.width * (size_t)frames[frame].view.height;
  for (int i = 0; i < MYR_OUTPUT_COUNT; i++)
    same_output(frame, myr_output_infos[i].name, myr_outputs_plane(got, i), myr_outputs_plane(e, i),
                pixels * myr_output_infos[i].pixel_bytes);
  same_output(frame, "instances", got->instances, e->instances, sizeof(myr_instance_view) * (FRAME_INSTANCES + 1));
}

/* Each view has the same bytes as on the CPU. It is drawn twice, in different queues, with a smaller view beside it. */
static void draws_what_the_cpu_draws(void **state) {
  (void)state;
  int stride = FRAMES / effort(FRAMES); /* under a sanitizer the second frame alone, which has meshes and shadows too */
  for (int i = stride > 1; i < FRAMES; i += stride) {
    const random_frame *f = &frames[i];
    myr_raster_device *device = create(f, 4, 1 << 20, 8 << 20);
    for (int queue = 0; queue < QUEUES; queue++) {
      myr_view small = f->view;
      small.height = small.height > 8 ? 8 : small.height;
      myr_outputs images[2];
      int frame = myr_raster_queue_frame(device, queue, &f->frame);
      assert_true(frame >= 0);
      if (queue == 1)
        assert_true(
            myr_raster_queue_view(device, queue, frame, &small, &(myr_outputs){.depth = (float *)&small}, &images[1]));
      assert_true(myr_raster_queue_view(device, queue, frame, &f->view, &expected[i].outputs, &images[0]));
      myr_error error = {0};
      if (myr_raster_queue_draw(device, queue, &error)) fail_msg("%s", error.message);
      same_images(i, &images[0]);
      if (queue == 1 && small.projection != MYR_BEAMS)
        assert_memory_equal(images[1].depth, expected[i].outputs.depth, 4 * (size_t)(small.width * small.height));
    }
    myr_raster_device_destroy(device);
  }
}

/* A scan that is drawn column by column, each from a frame of its own, has the bytes of the scan drawn at once. */
static void draws_windows_of_many_frames(void **state) {
  (void)state;
  const random_frame *f = &frames[2];
  assert_int_equal(f->view.projection, MYR_BEAMS);
  const int columns = f->view.width;
  myr_outputs wanted = expected[2].outputs, images;
  wanted.rgb = NULL, wanted.flow = NULL, wanted.instances = NULL;
  myr_raster_device *device =
      create(f, columns, (size_t)(columns + 1) * 2 * myr_raster_frame_bytes(&f->frame), 8 << 20);
  for (int column = 0; column < columns; column++) {
    myr_view window = f->view;
    window.first_column = column, window.column_count = 1;
    int frame = myr_raster_queue_frame(device, 0, &f->frame);
    assert_true(frame >= 0);
    if (column)
      assert_true(myr_raster_queue_window(device, 0, frame, &window));
    else
      assert_true(myr_raster_queue_view(device, 0, frame, &window, &wanted, &images));
  }
  assert_false(myr_raster_queue_window(device, 0, 0, &f->view)); /* so many views at most */
  assert_int_equal(myr_raster_queue_draw(device, 0, NULL), MYR_OK);
  const size_t pixels = (size_t)columns * (size_t)f->view.height;
  for (int i = 0; i < MYR_OUTPUT_COUNT; i++)
    if (myr_outputs_plane(&wanted, i))
      same_output(2, myr_output_infos[i].name, myr_outputs_plane(&images, i), myr_outputs_plane(&wanted, i),
                  pixels * myr_output_infos[i].pixel_bytes);
  myr_raster_device_destroy(device);
}

static void full_queues_say_so(void **state) {
  (void)state;
  const random_frame *f = &frames[0];
  const size_t frame_bytes = myr_raster_frame_bytes(&f->frame);
  const myr_outputs depth = {.depth = (float *)&frames};
  const size_t image_bytes = myr_raster_image_bytes(&f->view, FRAME_INSTANCES, &depth);
  myr_outputs images;
  myr_raster_device *device = create(f, 2, frame_bytes, 3 * image_bytes);
  int frame = myr_raster_queue_frame(device, 0, &f->frame);
  assert_true(frame >= 0);
  assert_int_equal(myr_raster_queue_frame(device, 0, &f->frame), -1);
  assert_true(myr_raster_queue_view(device, 0, frame, &f->view, &depth, &images));
  assert_true(myr_raster_queue_view(device, 0, frame, &f->view, &depth, &images));
  assert_false(myr_raster_queue_view(device, 0, frame, &f->view, &depth, &images)); /* two views at most */
  assert_int_equal(myr_raster_queue_draw(device, 0, NULL), MYR_OK);
  assert_memory_equal(images.depth, expected[0].outputs.depth, 4 * (size_t)(f->view.width * f->view.height));
  assert_true(myr_raster_queue_frame(device, 0, &f->frame) >= 0); /* empty again */
  myr_raster_device_destroy(device);

  device = create(f, 9, frame_bytes, image_bytes);
  frame = myr_raster_queue_frame(device, 1, &f->frame);
  assert_true(myr_raster_queue_view(device, 1, frame, &f->view, &depth, &images));
  assert_false(myr_raster_queue_view(device, 1, frame, &f->view, &depth, &images)); /* no room for its image */
  myr_raster_device_destroy(device);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(draws_what_the_cpu_draws),
      cmocka_unit_test(draws_windows_of_many_frames),
      cmocka_unit_test(full_queues_say_so),
  };
  return cmocka_run_group_tests(tests, draw_expected, free_expected);
}
