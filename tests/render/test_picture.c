/* Tests picture files and animations: what is written reads back, and damaged files are refused. */
#include <dirent.h>
#include <png.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/render/noisy_bitmap.h"

static char folder[64], path[128], other[128];

static int make_folder(void **state) {
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/myriad-picture-XXXXXX");
  if (!mkdtemp(folder)) return -1;
  snprintf(path, sizeof path, "%s/picture.png", folder);
  snprintf(other, sizeof other, "%s/other.png", folder);
  return 0;
}

static int remove_folder(void **state) {
  (void)state;
  unlink(path);
  unlink(other);
  return rmdir(folder); /* fails if any other file is left */
}

static int file_count(void) {
  DIR *directory = opendir(folder);
  int count = 0;
  for (struct dirent *entry; (entry = readdir(directory));) count += entry->d_name[0] != '.';
  closedir(directory);
  return count;
}

static uint8_t *read_bytes(const char *file, size_t *count) {
  FILE *stream = fopen(file, "rb");
  assert_non_null(stream);
  uint8_t *bytes = malloc(1 << 22);
  *count = fread(bytes, 1, 1 << 22, stream);
  fclose(stream);
  return bytes;
}

static void write_bytes(const char *file, const void *bytes, size_t count) {
  FILE *stream = fopen(file, "wb");
  assert_non_null(stream);
  assert_int_equal(fwrite(bytes, 1, count, stream), count);
  assert_int_equal(fclose(stream), 0);
}

static void read_good(const char *file, myr_bitmap *bitmap) {
  myr_error error = {0};
  if (myr_png_read(file, bitmap, &error)) fail_msg("%s", error.message);
}

static void expect_bad(const char *file, myr_status expected, const char *words) {
  myr_bitmap bitmap = {1, 1, 1, NULL};
  myr_error error = {0};
  assert_int_equal(myr_png_read(file, &bitmap, &error), expected);
  if (!strstr(error.message, words)) fail_msg("\"%s\" lacks \"%s\"", error.message, words);
  assert_non_null(strstr(error.message, file));
  assert_null(bitmap.pixels);
  assert_int_equal(bitmap.width, 0);
}

/* ---------------------------------------------------------------------------------------------------- files */

static void round_trip(void **state) {
  (void)state;
  static const int sizes[][2] = {{1, 1}, {3, 2}, {64, 48}, {257, 1}, {1, 300}};
  static const int kinds[] = {1, 3, 4};
  for (int k = 0; k < 3; k++)
    for (int i = 0; i < 5; i++) {
      int channels = kinds[k];
      myr_bitmap written = noisy(sizes[i][0], sizes[i][1], channels), read;
      assert_int_equal(myr_png_write(path, &written, NULL), MYR_OK);
      read_good(path, &read);
      assert_int_equal(read.width, written.width);
      assert_int_equal(read.height, written.height);
      assert_int_equal(read.channels, channels == 4 ? 4 : 3);
      for (int p = 0; p < read.width * read.height; p++)
        for (int c = 0; c < read.channels; c++)
          assert_int_equal(read.pixels[p * read.channels + c], written.pixels[p * channels + (channels == 1 ? 0 : c)]);
      myr_bitmap_free(&written);
      myr_bitmap_free(&read);
    }
  assert_int_equal(file_count(), 1);
}

static void equal_bytes(void **state) {
  (void)state;
  myr_bitmap bitmap = noisy(90, 70, 3);
  memset(bitmap.pixels, 200, 90 * 30 * 3);
  assert_int_equal(myr_png_write(path, &bitmap, NULL), MYR_OK);
  assert_int_equal(myr_png_write(other, &bitmap, NULL), MYR_OK);
  size_t count, again;
  uint8_t *first = read_bytes(path, &count), *second = read_bytes(other, &again);
  assert_int_equal(count, again);
  assert_memory_equal(first, second, count);
  free(first);
  free(second);
  myr_bitmap_free(&bitmap);
}

/* A kind of PNG file, which libpng itself writes. rows: (height, bytes of a row). */
typedef struct kind {
  int color_type, bits, channels, interlaced, transparent;
} kind;

static void write_kind(const kind *kind, int width, int height, const uint8_t *rows, size_t stride) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png_create_info_struct(png);
  FILE *stream = fopen(path, "wb");
  assert_non_null(stream);
  if (setjmp(png_jmpbuf(png))) fail_msg("libpng did not write");
  png_init_io(png, stream);
  png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, kind->bits, kind->color_type,
               kind->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  if (kind->color_type == PNG_COLOR_TYPE_PALETTE) {
    png_color palette[256];
    png_byte alpha[256];
    int colors = 1 << kind->bits;
    for (int i = 0; i < colors; i++)
      palette[i] = (png_color){(png_byte)(3 * i), (png_byte)(255 - i), (png_byte)(i ^ 0x55)};
    for (int i = 0; i < colors; i++) alpha[i] = (png_byte)(255 - 7 * i);
    png_set_PLTE(png, info, palette, colors);
    if (kind->transparent) png_set_tRNS(png, info, alpha, colors, NULL);
  } else if (kind->transparent) {
    png_color_16 color = {.red = 1, .green = 2, .blue = 3, .gray = 1};
    png_set_tRNS(png, info, NULL, 0, &color);
  }
  png_write_info(png, info);
  png_bytep pointers[64];
  for (int y = 0; y < height; y++) pointers[y] = (png_bytep)rows + (size_t)y * stride;
  png_write_image(png, pointers);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  fclose(stream);
}

/* Returns value number `index` of a packed row. */
static unsigned sample_of(const uint8_t *row, int bits, int index) {
  if (bits == 16) return (unsigned)row[2 * index] << 8 | row[2 * index + 1];
  int at = index * bits;
  return row[at / 8] >> (8 - bits - at % 8) & ((1u << bits) - 1);
}

static unsigned byte_of_sample(unsigned value, int bits) {
  unsigned most = (1u << bits) - 1;
  return (value * 255 + most / 2) / most;
}

static void expected_pixel(const kind *kind, const uint8_t *row, int x, unsigned pixel[4]) {
  unsigned v[4] = {0};
  for (int c = 0; c < kind->channels; c++) v[c] = sample_of(row, kind->bits, x * kind->channels + c);
  unsigned b[4];
  for (int c = 0; c < 4; c++) b[c] = byte_of_sample(v[c], kind->bits);
  pixel[3] = 255;
  if (kind->color_type == PNG_COLOR_TYPE_PALETTE) {
    pixel[0] = (uint8_t)(3 * v[0]), pixel[1] = 255 - v[0], pixel[2] = v[0] ^ 0x55;
    if (kind->transparent) pixel[3] = (uint8_t)(255 - 7 * v[0]);
  } else if (kind->channels < 3) {
    pixel[0] = pixel[1] = pixel[2] = b[0];
    if (kind->channels == 2) pixel[3] = b[1];
    if (kind->transparent && v[0] == 1) pixel[3] = 0;
  } else {
    for (int c = 0; c < 3; c++) pixel[c] = b[c];
    if (kind->channels == 4) pixel[3] = b[3];
    if (kind->transparent && v[0] == 1 && v[1] == 2 && v[2] == 3) pixel[3] = 0;
  }
}

static void every_kind(void **state) {
  (void)state;
  enum { WIDTH = 37, HEIGHT = 23, STRIDE = WIDTH * 8 };
  static const kind kinds[] = {
      {PNG_COLOR_TYPE_GRAY, 1, 1, 0, 0},        {PNG_COLOR_TYPE_GRAY, 2, 1, 1, 0},
      {PNG_COLOR_TYPE_GRAY, 4, 1, 0, 1},        {PNG_COLOR_TYPE_GRAY, 8, 1, 1, 1},
      {PNG_COLOR_TYPE_GRAY, 16, 1, 0, 0},       {PNG_COLOR_TYPE_GRAY_ALPHA, 8, 2, 0, 0},
      {PNG_COLOR_TYPE_GRAY_ALPHA, 16, 2, 1, 0}, {PNG_COLOR_TYPE_PALETTE, 1, 1, 0, 0},
      {PNG_COLOR_TYPE_PALETTE, 2, 1, 0, 1},     {PNG_COLOR_TYPE_PALETTE, 4, 1, 1, 0},
      {PNG_COLOR_TYPE_PALETTE, 8, 1, 0, 1},     {PNG_COLOR_TYPE_RGB, 8, 3, 0, 1},
      {PNG_COLOR_TYPE_RGB, 8, 3, 1, 0},         {PNG_COLOR_TYPE_RGB, 16, 3, 0, 0},
      {PNG_COLOR_TYPE_RGB_ALPHA, 8, 4, 1, 0},   {PNG_COLOR_TYPE_RGB_ALPHA, 16, 4, 0, 0},
  };
  uint8_t rows[HEIGHT * STRIDE];
  for (int i = 0; i < HEIGHT * STRIDE; i++) rows[i] = noise((unsigned)i);
  rows[0] = 1, rows[1] = 2, rows[2] = 3; /* the transparent colour of 8-bit pictures, surely once */
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
    const kind *kind = &kinds[k];
    write_kind(kind, WIDTH, HEIGHT, rows, STRIDE);
    myr_bitmap read;
    read_good(path, &read);
    bool alpha = kind->transparent || kind->channels == 2 || kind->channels == 4;
    assert_int_equal(read.channels, alpha ? 4 : 3);
    for (int y = 0; y < HEIGHT; y++)
      for (int x = 0; x < WIDTH; x++) {
        unsigned pixel[4];
        expected_pixel(kind, rows + y * STRIDE, x, pixel);
        for (int c = 0; c < read.channels; c++)
          if (read.pixels[(y * WIDTH + x) * read.channels + c] != pixel[c])
            fail_msg("kind %zu, pixel %d %d, channel %d: %u instead of %u", k, x, y, c,
                     read.pixels[(y * WIDTH + x) * read.channels + c], pixel[c]);
      }
    myr_bitmap_free(&read);
  }
}

static void not_a_picture(void **state) {
  (void)state;
  expect_bad(other, MYR_IO, "No such file");
  expect_bad(folder, MYR_INVALID, "is a directory: only regular files are read");
  write_bytes(path, "", 0);
  expect_bad(path, MYR_INVALID, "not a PNG");
  write_bytes(path, "\x89PNG\r\n", 6);
  expect_bad(path, MYR_INVALID, "not a PNG");
  write_bytes(path, "P6 2 2 255 and so on", 20);
  expect_bad(path, MYR_INVALID, "not a PNG");
}

static void truncated_and_corrupt(void **state) {
  (void)state;
  myr_bitmap bitmap = noisy(20, 10, 3), read;
  assert_int_equal(myr_png_write(path, &bitmap, NULL), MYR_OK);
  size_t count;
  uint8_t *bytes = read_bytes(path, &count);
  for (size_t length = 8; length < count; length++) {
    write_bytes(path, bytes, length);
    expect_bad(path, MYR_INVALID, "truncated");
  }
  /* A change of any byte is either reported or harmless. */
  for (size_t at = 0; at < count; at++) {
    bytes[at] ^= 0x10;
    write_bytes(path, bytes, count);
    bytes[at] ^= 0x10;
    myr_error error = {0};
    if (myr_png_read(path, &read, &error)) {
      assert_null(read.pixels);
      assert_true(error.message[0]);
    } else {
      assert_memory_equal(read.pixels, bitmap.pixels, 20 * 10 * 3);
      myr_bitmap_free(&read);
    }
  }
  free(bytes);
  myr_bitmap_free(&bitmap);
}

/* Writes a file whose header promises width x height pixels, but that holds none. */
static void write_promise(uint32_t width, uint32_t height) {
  uint8_t bytes[33] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R'};
  for (int i = 0; i < 4; i++) {
    bytes[16 + i] = (uint8_t)(width >> (24 - 8 * i));
    bytes[20 + i] = (uint8_t)(height >> (24 - 8 * i));
  }
  bytes[24] = 8, bytes[25] = PNG_COLOR_TYPE_RGB;
  uint32_t checksum = (uint32_t)crc32(0, bytes + 12, 17);
  for (int i = 0; i < 4; i++) bytes[29 + i] = (uint8_t)(checksum >> (24 - 8 * i));
  FILE *stream = fopen(path, "wb");
  fwrite(bytes, 1, sizeof bytes, stream);
  fwrite("\0\0\0\0IDAT\x35\xaf\x06\x1e", 1, 12, stream);
  fclose(stream);
}

static void too_large(void **state) {
  (void)state;
  write_promise(16385, 2);
  expect_bad(path, MYR_INVALID, "has 16385 x 2 pixels");
  write_promise(2, 0x7fffffff);
  expect_bad(path, MYR_INVALID, "pixels");
  write_promise(16384, 16384);
  expect_bad(path, MYR_INVALID, "limit is");
  write_promise(0, 5);
  expect_bad(path, MYR_INVALID, "corrupt");
  write_promise(0xffffffff, 5);
  expect_bad(path, MYR_INVALID, "corrupt");
  myr_bitmap bitmap;
  assert_int_equal(myr_bitmap_create(0, 1, 3, &bitmap, NULL), MYR_INVALID);
  assert_int_equal(myr_bitmap_create(1, -1, 3, &bitmap, NULL), MYR_INVALID);
  assert_int_equal(myr_bitmap_create(1, 1, 2, &bitmap, NULL), MYR_INVALID);
  assert_int_equal(myr_bitmap_create(MYR_PICTURE_SIDE + 1, 1, 1, &bitmap, NULL), MYR_INVALID);
}

static void cannot_be_written(void **state) {
  (void)state;
  myr_bitmap bitmap = noisy(300, 300, 3), small = noisy(2, 2, 3), read;
  myr_error error = {0};
  assert_int_equal(myr_png_write("/nonexistent/folder/a.png", &bitmap, &error), MYR_IO);
  assert_non_null(strstr(error.message, "/nonexistent/folder/a.png"));
  assert_int_equal(myr_png_write(folder, &bitmap, &error), MYR_INVALID);
  assert_int_equal(mkfifo(other, 0600), 0); /* a pipe, or a device, would be replaced by a file */
  assert_int_equal(myr_png_write(other, &bitmap, &error), MYR_INVALID);
  assert_int_equal(unlink(other), 0);

  /* A limit of the file's size stands in for a full disk: the earlier file stays. */
  assert_int_equal(myr_png_write(path, &small, NULL), MYR_OK);
  struct rlimit before, limit;
  signal(SIGXFSZ, SIG_IGN);
  getrlimit(RLIMIT_FSIZE, &before);
  limit = before;
  limit.rlim_cur = 5000;
  setrlimit(RLIMIT_FSIZE, &limit);
  myr_status status = myr_png_write(path, &bitmap, &error);
  myr_animation *animation;
  assert_int_equal(myr_animation_create(other, 300, 300, 20, &animation, NULL), MYR_OK);
  myr_status added = myr_animation_add(animation, bitmap.pixels, NULL);
  if (!added) added = myr_animation_finish(animation, NULL);
  myr_animation_destroy(animation);
  setrlimit(RLIMIT_FSIZE, &before);
  assert_int_equal(status, MYR_IO);
  assert_int_equal(added, MYR_IO);
  assert_non_null(strstr(error.message, path));
  assert_int_equal(file_count(), 1);
  read_good(path, &read);
  assert_memory_equal(read.pixels, small.pixels, 2 * 2 * 3);
  myr_bitmap_free(&read);
  myr_bitmap_free(&bitmap);
  myr_bitmap_free(&small);
}

/* ---------------------------------------------------------------------------------------------------- animations */

static uint32_t number(const uint8_t *bytes, int count) {
  uint32_t value = 0;
  for (int i = 0; i < count; i++) value = value << 8 | bytes[i];
  return value;
}

static size_t append_chunk(uint8_t *to, const char *type, const uint8_t *data, uint32_t bytes) {
  for (int i = 0; i < 4; i++) to[i] = (uint8_t)(bytes >> (24 - 8 * i));
  memcpy(to + 4, type, 4);
  if (bytes) memcpy(to + 8, data, bytes);
  uint32_t checksum = (uint32_t)crc32(0, to + 4, 4 + bytes);
  for (int i = 0; i < 4; i++) to[8 + bytes + i] = (uint8_t)(checksum >> (24 - 8 * i));
  return 12 + bytes;
}

/* One frame of an animation as a separate file, so that it can be read like any other picture. */
typedef struct frame_file {
  uint8_t *bytes;
  size_t count;
  uint32_t x, y;
} frame_file;

static void begin_frame(frame_file *frame, const uint8_t *header, const uint8_t *control) {
  uint8_t own_header[13];
  memcpy(own_header, header, 13);
  memcpy(own_header, control + 4, 8);
  frame->x = number(control + 12, 4), frame->y = number(control + 16, 4);
  memcpy(frame->bytes, "\x89PNG\r\n\x1a\n", 8);
  frame->count = 8 + append_chunk(frame->bytes + 8, "IHDR", own_header, 13);
}

static void show_frame(frame_file *frame, myr_bitmap *canvas, const uint8_t *expected) {
  frame->count += append_chunk(frame->bytes + frame->count, "IEND", NULL, 0);
  write_bytes(other, frame->bytes, frame->count);
  myr_bitmap part;
  read_good(other, &part);
  assert_true((int)frame->x + part.width <= canvas->width && (int)frame->y + part.height <= canvas->height);
  for (int y = 0; y < part.height; y++)
    memcpy(canvas->pixels + (((int)frame->y + y) * canvas->width + (int)frame->x) * 3, part.pixels + y * part.width * 3,
           (size_t)part.width * 3);
  myr_bitmap_free(&part);
  assert_memory_equal(canvas->pixels, expected, (size_t)(canvas->width * canvas->height * 3));
}

enum { FRAMES = 6, FRAME_WIDTH = 31, FRAME_HEIGHT = 17, FRAME_BYTES = FRAME_WIDTH * FRAME_HEIGHT * 3 };

/* Reads the file chunk by chunk like a viewer, and compares the frames that a viewer would show. */
static void check_animation(const uint8_t *bytes, size_t count, uint8_t frames[FRAMES][FRAME_BYTES]) {
  frame_file frame = {.bytes = malloc(count + 1000)};
  const uint8_t *header = bytes + 16;
  myr_bitmap canvas = noisy(FRAME_WIDTH, FRAME_HEIGHT, 3);
  uint32_t sequence = 0;
  int shown = -1, announced = 0;
  assert_memory_equal(bytes + 12, "IHDR", 4);
  for (size_t at = 8; at < count;) {
    uint32_t length = number(bytes + at, 4);
    const uint8_t *type = bytes + at + 4, *data = bytes + at + 8;
    assert_int_equal(number(data + length, 4), (uint32_t)crc32(0, type, 4 + length));
    if (!memcmp(type, "acTL", 4)) {
      announced = (int)number(data, 4);
      assert_int_equal(shown, -1);              /* before the first pixels */
      assert_int_equal(number(data + 4, 4), 0); /* for ever */
    } else if (!memcmp(type, "fcTL", 4)) {
      if (shown >= 0) show_frame(&frame, &canvas, frames[shown]);
      shown++;
      assert_int_equal(number(data, 4), sequence++);
      assert_int_equal(number(data + 20, 2) * 1000, 40 * number(data + 22, 2));
      assert_int_equal(number(data + 24, 2), 0); /* left as it is, replaced */
      begin_frame(&frame, header, data);
    } else if (!memcmp(type, "IDAT", 4)) {
      assert_int_equal(shown, 0);
      frame.count += append_chunk(frame.bytes + frame.count, "IDAT", data, length);
    } else if (!memcmp(type, "fdAT", 4)) {
      assert_true(shown > 0);
      assert_int_equal(number(data, 4), sequence++);
      frame.count += append_chunk(frame.bytes + frame.count, "IDAT", data + 4, length - 4);
    }
    at += 12 + length;
    if (!memcmp(type, "IEND", 4)) assert_int_equal(at, count);
  }
  show_frame(&frame, &canvas, frames[shown]);
  assert_int_equal(shown + 1, FRAMES);
  assert_int_equal(announced, FRAMES);
  free(frame.bytes);
  myr_bitmap_free(&canvas);
}

static void animations(void **state) {
  (void)state;
  static uint8_t frames[FRAMES][FRAME_BYTES];
  for (int i = 0; i < FRAME_BYTES; i++) frames[0][i] = noise((unsigned)i);
  for (int f = 1; f < FRAMES; f++) memcpy(frames[f], frames[f - 1], FRAME_BYTES);
  for (int f = 1; f < FRAMES; f++) /* frame 1: inside; 2: as before; 3: the last pixel; 4 and 5: everything */
    for (int y = 0; y < FRAME_HEIGHT; y++)
      for (int x = 0; x < FRAME_WIDTH; x++) {
        bool changes = f == 1   ? x > 3 && x < 9 && y > 5 && y < 8
                       : f == 2 ? false
                       : f == 3 ? x == FRAME_WIDTH - 1 && y == FRAME_HEIGHT - 1
                                : true;
        for (int c = 0; changes && c < 3; c++) {
          int at = (y * FRAME_WIDTH + x) * 3 + c;
          for (int g = f; g < FRAMES; g++) frames[g][at] = noise((unsigned)(at + 10000 * f));
        }
      }
  myr_animation *animation;
  assert_int_equal(myr_animation_create(path, FRAME_WIDTH, FRAME_HEIGHT, 40, &animation, NULL), MYR_OK);
  for (int f = 0; f < FRAMES; f++) assert_int_equal(myr_animation_add(animation, frames[f], NULL), MYR_OK);
  assert_int_not_equal(access(path, F_OK), 0); /* not there before it is whole */
  assert_int_equal(myr_animation_finish(animation, NULL), MYR_OK);
  myr_animation_destroy(animation);
  size_t count;
  uint8_t *bytes = read_bytes(path, &count);
  check_animation(bytes, count, frames);
  free(bytes);
  unlink(other);
  assert_int_equal(file_count(), 1);
  myr_bitmap first;
  read_good(path, &first); /* a program that knows nothing of animations */
  assert_memory_equal(first.pixels, frames[0], FRAME_BYTES);
  myr_bitmap_free(&first);
}

static void animations_that_are_none(void **state) {
  (void)state;
  unlink(path);
  myr_animation *animation;
  assert_int_equal(myr_animation_create(path, 4, 4, 0, &animation, NULL), MYR_INVALID);
  assert_null(animation);
  assert_int_equal(myr_animation_create(path, 4, 4, 65536, &animation, NULL), MYR_INVALID);
  assert_int_equal(myr_animation_create(path, 0, 4, 20, &animation, NULL), MYR_INVALID);
  assert_int_equal(myr_animation_create("/nonexistent/a.png", 4, 4, 20, &animation, NULL), MYR_IO);
  assert_int_equal(myr_animation_create(path, 4, 4, 20, &animation, NULL), MYR_OK);
  assert_int_equal(myr_animation_finish(animation, NULL), MYR_INVALID);
  myr_animation_destroy(animation);
  myr_animation_destroy(NULL);
  assert_int_equal(file_count(), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(round_trip, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(equal_bytes, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(every_kind, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(not_a_picture, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(truncated_and_corrupt, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(too_large, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(cannot_be_written, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(animations, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(animations_that_are_none, make_folder, remove_folder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
