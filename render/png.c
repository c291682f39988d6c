/* PNG files by libpng.
 *
 * libpng reports an error by calling back, and the callback must not return: it leaves by longjmp. A jump may leave
 * values half changed, so all such values are in a struct of the caller and reached through a pointer; the function
 * that calls setjmp has no local variables that change. */
#include "render/png_encode.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "render/picture.h"
#include "render/picture_file.h"
#include "sim/regular_file.h"

/* ---------------------------------------------------------------------------------------------------- failures */

/* The failure within libpng. */
typedef struct png_failure {
  const char *path, *verdict; /* "PATH VERDICT: libpng's words" */
  myr_status status;
  myr_error *error;
} png_failure;

static void on_error(png_structp png, png_const_charp message) {
  png_failure *failure = png_get_error_ptr(png);
  if (!failure->status)
    failure->status = myr_fail(failure->error, MYR_INVALID, "%s %s: %s", failure->path, failure->verdict, message);
  longjmp(png_jmpbuf(png), 1);
}

/* Warnings are ignored, because the picture can still be shown; nothing is printed. */
static void on_warning(png_structp png, png_const_charp message) { (void)png, (void)message; }

/* ---------------------------------------------------------------------------------------------------- reading */

typedef struct png_reader {
  png_failure failure;
  FILE *stream;
  png_structp png;
  png_infop info;
  myr_bitmap *bitmap;
} png_reader;

static void read_bytes(png_structp png, png_bytep bytes, size_t count) {
  png_reader *reader = png_get_io_ptr(png);
  if (fread(bytes, 1, count, reader->stream) == count) return;
  if (ferror(reader->stream))
    reader->failure.status =
        myr_fail(reader->failure.error, MYR_IO, "cannot read %s: %s", reader->failure.path, strerror(errno));
  png_error(png, "the file ends too early");
}

static void refuse(png_reader *reader, myr_status status) {
  reader->failure.status = status;
  png_error(reader->png, "refused");
}

/* Refuses too large sides before libpng allocates rows. */
static void check_sides(png_reader *reader) {
  png_uint_32 width = png_get_image_width(reader->png, reader->info);
  png_uint_32 height = png_get_image_height(reader->png, reader->info);
  if (width > MYR_PICTURE_SIDE || height > MYR_PICTURE_SIDE)
    refuse(reader, myr_fail(reader->failure.error, MYR_INVALID, "%s has %u x %u pixels: sides are 1 to %d",
                            reader->failure.path, (unsigned)width, (unsigned)height, MYR_PICTURE_SIDE));
}

/* Converts every format of a file to 8-bit RGB or RGBA. */
static void ask_for_colors(png_reader *reader) {
  png_set_expand(reader->png); /* palettes, few bits and transparent colours */
  png_set_scale_16(reader->png);
  png_set_gray_to_rgb(reader->png);
}

static void create_bitmap(png_reader *reader) {
  png_uint_32 width = png_get_image_width(reader->png, reader->info);
  png_uint_32 height = png_get_image_height(reader->png, reader->info);
  myr_error reason = {0};
  myr_status status =
      myr_bitmap_create((int)width, (int)height, png_get_channels(reader->png, reader->info), reader->bitmap, &reason);
  if (status) refuse(reader, myr_fail(reader->failure.error, status, "%s: %s", reader->failure.path, reason.message));
}

static void read_rows(png_reader *reader, int passes) {
  size_t row = (size_t)reader->bitmap->width * (size_t)reader->bitmap->channels;
  for (int pass = 0; pass < passes; pass++)
    for (int y = 0; y < reader->bitmap->height; y++)
      png_read_row(reader->png, reader->bitmap->pixels + (size_t)y * row, NULL);
}

/* Returns false if libpng jumped out; the failure has the cause. */
static bool decode(png_reader *reader) {
  if (setjmp(png_jmpbuf(reader->png))) return false;
  png_set_read_fn(reader->png, reader, read_bytes);
  png_set_user_limits(reader->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* check_sides reports it in clearer words */
  png_read_info(reader->png, reader->info);
  check_sides(reader);
  ask_for_colors(reader);
  int passes = png_set_interlace_handling(reader->png);
  png_read_update_info(reader->png, reader->info);
  create_bitmap(reader);
  read_rows(reader, passes);
  png_read_end(reader->png, NULL);
  return true;
}

/* MYR_OK if the stream begins like a PNG file; the stream is then rewound. */
static myr_status check_signature(FILE *stream, const char *path, myr_error *error) {
  png_byte signature[8];
  size_t count = fread(signature, 1, sizeof signature, stream);
  if (ferror(stream)) return myr_fail(error, MYR_IO, "cannot read %s: %s", path, strerror(errno));
  if (count < sizeof signature || png_sig_cmp(signature, 0, sizeof signature))
    return myr_fail(error, MYR_INVALID, "%s is not a PNG file", path);
  rewind(stream);
  return MYR_OK;
}

static myr_status read_stream(FILE *stream, const char *path, myr_bitmap *bitmap, myr_error *error) {
  myr_status status = check_signature(stream, path, error);
  if (status) return status;
  png_reader reader = {.failure = {.path = path, .verdict = "is corrupt or truncated", .error = error},
                       .stream = stream,
                       .bitmap = bitmap};
  reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader.failure, on_error, on_warning);
  if (reader.png) reader.info = png_create_info_struct(reader.png);
  if (!reader.info)
    status = myr_fail(error, MYR_ERROR, "too little memory to read %s", path);
  else if (!decode(&reader))
    status = reader.failure.status;
  png_destroy_read_struct(&reader.png, &reader.info, NULL);
  return status;
}

myr_status myr_png_read(const char *path, myr_bitmap *bitmap, myr_error *error) {
  *bitmap = (myr_bitmap){0};
  FILE *stream;
  myr_status status = myr_regular_file_stream(path, &stream, error);
  if (status) return status;
  status = read_stream(stream, path, bitmap, error);
  fclose(stream);
  if (status) myr_bitmap_free(bitmap);
  return status;
}

/* ---------------------------------------------------------------------------------------------------- writing */

typedef struct png_writer {
  png_failure failure;
  png_sink sink;
  png_structp png;
  png_infop info;
} png_writer;

static void write_bytes(png_structp png, png_bytep bytes, size_t count) {
  png_writer *writer = png_get_io_ptr(png);
  writer->failure.status = writer->sink.write(writer->sink.context, bytes, count, writer->failure.error);
  if (writer->failure.status) png_error(png, "not written");
}

static void flush_nothing(png_structp png) { (void)png; }

static bool encode(png_writer *writer, const myr_bitmap *bitmap, size_t stride) {
  if (setjmp(png_jmpbuf(writer->png))) return false;
  static const int color_types[] = {
      [1] = PNG_COLOR_TYPE_GRAY, [3] = PNG_COLOR_TYPE_RGB, [4] = PNG_COLOR_TYPE_RGB_ALPHA};
  png_set_write_fn(writer->png, writer, write_bytes, flush_nothing);
  /* All settings are stated, so that the bytes do not depend on a library's defaults. Rendered pictures are smooth:
   * filters that predict a pixel from its neighbours make them half as large. */
  png_set_compression_level(writer->png, 6);
  png_set_compression_mem_level(writer->png, 8);
  png_set_compression_buffer_size(writer->png, 1 << 16); /* of a chunk */
  png_set_compression_strategy(writer->png, 1 /* zlib's Z_FILTERED */);
  png_set_filter(writer->png, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
  png_set_IHDR(writer->png, writer->info, (png_uint_32)bitmap->width, (png_uint_32)bitmap->height, 8,
               color_types[bitmap->channels], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_set_sRGB(writer->png, writer->info, PNG_sRGB_INTENT_PERCEPTUAL);
  png_write_info(writer->png, writer->info);
  for (int y = 0; y < bitmap->height; y++) png_write_row(writer->png, bitmap->pixels + (size_t)y * stride);
  png_write_end(writer->png, writer->info);
  return true;
}

myr_status png_encode(const myr_bitmap *bitmap, size_t stride, const png_sink *sink, myr_error *error) {
  png_writer writer = {.failure = {.path = "a picture", .verdict = "cannot be encoded", .error = error}, .sink = *sink};
  writer.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &writer.failure, on_error, on_warning);
  if (writer.png) writer.info = png_create_info_struct(writer.png);
  myr_status status = MYR_OK;
  if (!writer.info)
    status = myr_fail(error, MYR_ERROR, "too little memory to write a picture");
  else if (!encode(&writer, bitmap, stride))
    status = writer.failure.status;
  png_destroy_write_struct(&writer.png, &writer.info);
  return status;
}

static myr_status write_to_file(void *context, const uint8_t *bytes, size_t count, myr_error *error) {
  picture_file *file = context;
  errno = 0;
  return fwrite(bytes, 1, count, file->stream) == count ? MYR_OK : picture_file_failure(file, error);
}

myr_status myr_png_write(const char *path, const myr_bitmap *bitmap, myr_error *error) {
  picture_file file;
  myr_status status = picture_file_open(path, &file, error);
  if (status) return status;
  png_sink sink = {write_to_file, &file};
  status = png_encode(bitmap, (size_t)bitmap->width * (size_t)bitmap->channels, &sink, error);
  if (!status) return picture_file_commit(&file, error);
  picture_file_discard(&file);
  return status;
}
