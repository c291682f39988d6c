/* All outputs of one view in one block of memory between two guards, so that two drawings can be compared as bytes.
 * Include it after cmocka.h. */
#ifndef MYR_TESTS_RASTER_IMAGES_H
#define MYR_TESTS_RASTER_IMAGES_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/raster.h"

enum { IMAGES_GUARD = 64, IMAGES_GUARD_BYTE = 0xA5, IMAGES_OUTPUTS = MYR_OUTPUT_COUNT + 1 };

typedef struct raster_images {
  myr_outputs outputs;
  uint8_t *memory;
  size_t bytes;
} raster_images;

/* Allocates the outputs whose bits `wanted` has, in the order of output.def; the last bit is for instances. The memory
 * is filled with rubbish. */
static inline raster_images images_create(int width, int height, int instances, unsigned wanted) {
  const size_t pixels = (size_t)width * (size_t)height;
  size_t bytes[IMAGES_OUTPUTS];
  for (int i = 0; i < MYR_OUTPUT_COUNT; i++) bytes[i] = pixels * myr_output_infos[i].pixel_bytes;
  bytes[MYR_OUTPUT_COUNT] = sizeof(myr_instance_view) * ((size_t)instances + 1);
  size_t start[IMAGES_OUTPUTS], total = IMAGES_GUARD;
  for (int i = 0; i < IMAGES_OUTPUTS; i++) {
    start[i] = total;
    if (wanted >> i & 1) total += (bytes[i] + 15) / 16 * 16 + IMAGES_GUARD;
  }
  raster_images images = {.memory = malloc(total), .bytes = total};
  if (!images.memory) abort();
  memset(images.memory, IMAGES_GUARD_BYTE, total);
  for (int i = 0; i < MYR_OUTPUT_COUNT; i++)
    myr_outputs_want(&images.outputs, i, wanted >> i & 1 ? images.memory + start[i] : NULL);
  if (wanted >> MYR_OUTPUT_COUNT & 1) images.outputs.instances = (void *)(images.memory + start[MYR_OUTPUT_COUNT]);
  return images;
}
enum { IMAGES_ALL = (1 << IMAGES_OUTPUTS) - 1, IMAGES_LABELS = IMAGES_ALL & ~1 };

static inline void images_free(raster_images *images) { free(images->memory); }

/* Draws with scratch memory that is full of rubbish and has exactly the required size. */
static inline void images_draw(const myr_raster *raster, const myr_frame *frame, const myr_view *view,
                               raster_images *images, int rubbish) {
  const size_t bytes = raster->scratch_bytes(frame->drawable_count, frame->light_count, frame->instance_count);
  uint8_t *scratch = NULL;
  if (posix_memalign((void **)&scratch, 64, bytes + IMAGES_GUARD)) abort();
  memset(scratch, rubbish, bytes);
  memset(scratch + bytes, IMAGES_GUARD_BYTE, IMAGES_GUARD);
  raster->draw(frame, view, &images->outputs, scratch, NULL);
  for (int i = 0; i < IMAGES_GUARD; i++) {
    assert_int_equal(scratch[bytes + (size_t)i], IMAGES_GUARD_BYTE);
    assert_int_equal(images->memory[i], IMAGES_GUARD_BYTE);
    assert_int_equal(images->memory[images->bytes - 1 - (size_t)i], IMAGES_GUARD_BYTE);
  }
  free(scratch);
}

/* Lists the vector widths that this machine can run. Returns their number. */
static inline int raster_widths(const myr_raster *rasters[4]) {
  static const int lanes[4] = {1, 4, 8, 16};
  int count = 0;
  for (int i = 0; i < 4; i++)
    if (myr_raster_find(lanes[i], &rasters[count], NULL) == MYR_OK) count++;
  assert_true(count >= 1);
  return count;
}

#endif
