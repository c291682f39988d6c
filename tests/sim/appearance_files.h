/* A bitmap file and a mesh file for one test. */
#ifndef MYR_TESTS_APPEARANCE_FILES_H
#define MYR_TESTS_APPEARANCE_FILES_H

#include <libdeflate.h>
#include <stdint.h>

#include "tests/sim/scratch_file.h"

static inline void png_chunk(FILE *file, const char type[4], const uint8_t *data, uint32_t bytes) {
  uint32_t sum = libdeflate_crc32(libdeflate_crc32(0, type, 4), data, bytes);
  for (int shift = 24; shift >= 0; shift -= 8) fputc((int)(bytes >> shift & 255), file);
  fwrite(type, 1, 4, file);
  fwrite(data, 1, bytes, file);
  for (int shift = 24; shift >= 0; shift -= 8) fputc((int)(sum >> shift & 255), file);
}

/* Writes a PNG of 2 x 2 pixels with the values 10, 20, ... 120 from the top left on. The caller unlinks path. */
static inline void scratch_png(char path[SCRATCH_PATH_BYTES]) {
  static const uint8_t header[13] = {0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0}; /* 2 x 2, 8 bits, RGB */
  static const uint8_t rows[14] = {0, 10, 20, 30, 40, 50, 60, 0, 70, 80, 90, 100, 110, 120};
  uint8_t packed[64];
  struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(1);
  size_t bytes = libdeflate_zlib_compress(compressor, rows, sizeof rows, packed, sizeof packed);
  libdeflate_free_compressor(compressor);
  scratch_write(".png", "", path);
  FILE *file = fopen(path, "w");
  if (!file || !bytes) abort();
  fwrite("\x89PNG\r\n\x1a\n", 1, 8, file);
  png_chunk(file, "IHDR", header, sizeof header);
  png_chunk(file, "IDAT", packed, (uint32_t)bytes);
  png_chunk(file, "IEND", (const uint8_t *)"", 0);
  fclose(file);
}

/* A tetrahedron of volume 1/6 with texture coordinates and one normal per face. */
static const char *scratch_tetrahedron =
    "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nvt 0.1 0.25\nvt 1 0.125\nvt 0.5 0.875\n"
    "vn 0 0 -1\nvn 0 -1 0\nvn 0.57735 0.57735 0.57735\nvn -1 0 0\n"
    "f 1/1/1 3/3/1 2/2/1\nf 1/1/2 2/2/2 4/3/2\nf 2/1/3 3/2/3 4/3/3\nf 3/1/4 1/2/4 4/3/4\n";

#endif
