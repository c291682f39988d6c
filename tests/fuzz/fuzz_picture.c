/* Feeds any bytes as a PNG file: it must become a bitmap, or be refused with a message. The mutator gives every chunk
 * the checksum of its bytes, because libpng looks at nothing behind a wrong one. */
#include "tests/fuzz/fuzz_file.h"

#include <string.h>

#include "render/picture.h"

/* libFuzzer's mutator, and the entry point that replaces it. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

static uint32_t checksum(const uint8_t *bytes, size_t size) {
  uint32_t crc = ~0u;
  for (size_t i = 0; i < size; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

static uint32_t big_endian(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* A chunk is its length, four letters, so many bytes, and the checksum of letters and bytes. */
static void mend_chunks(uint8_t *data, size_t size) {
  enum { SIGNATURE = 8, AROUND = 12 };
  for (size_t at = SIGNATURE; at + AROUND <= size;) {
    size_t bytes = big_endian(data + at);
    if (bytes > size - at - AROUND) return;
    uint32_t crc = checksum(data + at + 4, bytes + 4);
    for (int i = 0; i < 4; i++) data[at + 8 + bytes + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
    at += AROUND + bytes;
  }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  if (seed % 8) mend_chunks(data, size);
  return size;
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  fuzz_make("picture.png");
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  fuzz_write(bytes, size);
  myr_error error = {0};
  myr_bitmap bitmap;
  myr_status status = myr_png_read(fuzz_path, &bitmap, &error);
  EXPECT((status == MYR_OK) == (bitmap.pixels != NULL));
  EXPECT((status == MYR_OK) == (error.message[0] == 0));
  uint64_t sum = 0;
  for (size_t i = 0; bitmap.pixels && i < (size_t)bitmap.width * bitmap.height * bitmap.channels; i++)
    sum += bitmap.pixels[i]; /* reads them all */
  EXPECT(sum < UINT64_MAX);
  myr_bitmap_free(&bitmap);
  return 0;
}
