/* Animated PNG, https://www.w3.org/TR/png-3: a PNG file whose picture is the first frame, with the chunks acTL (how
 * many frames), fcTL (where and how long a frame is shown) and fdAT (a frame's pixels, as in IDAT) beside it. libpng
 * encodes each frame; its IDAT chunks are copied out. A frame holds only the smallest rectangle around the changed
 * pixels. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "render/picture_file.h"
#include "render/png_encode.h"

enum { SIGNATURE_BYTES = 8, CHUNK_OVERHEAD = 12 /* length, type, checksum */ };

typedef struct byte_buffer {
  uint8_t *bytes;
  size_t count, capacity;
} byte_buffer;

struct myr_animation {
  picture_file file;
  myr_bitmap last;       /* the pixels on the canvas */
  byte_buffer encoded;   /* one frame as a whole PNG file */
  long control_position; /* offset of the chunk acTL, which is written again at the end */
  int delay;
  uint32_t frames, sequence; /* fcTL and fdAT chunks are numbered together */
};

typedef struct rectangle {
  int x, y, width, height;
} rectangle;

static void put_32(uint8_t bytes[4], uint32_t value) {
  for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get_32(const uint8_t bytes[4]) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void put_16(uint8_t bytes[2], uint32_t value) {
  bytes[0] = (uint8_t)(value >> 8);
  bytes[1] = (uint8_t)value;
}

/* ---------------------------------------------------------------------------------------------------- chunks */

/* Writes a chunk whose data are head and then body. */
static myr_status write_chunk(myr_animation *animation, const char type[4], const uint8_t *head, size_t head_bytes,
                              const uint8_t *body, size_t body_bytes, myr_error *error) {
  uint8_t start[8], checksum[4];
  put_32(start, (uint32_t)(head_bytes + body_bytes));
  memcpy(start + 4, type, 4);
  uLong crc = crc32(0, start + 4, 4);
  if (head_bytes) crc = crc32(crc, head, (uInt)head_bytes);
  if (body_bytes) crc = crc32(crc, body, (uInt)body_bytes);
  put_32(checksum, (uint32_t)crc);
  FILE *stream = animation->file.stream;
  errno = 0;
  bool good = fwrite(start, 1, sizeof start, stream) == sizeof start &&
              (!head_bytes || fwrite(head, 1, head_bytes, stream) == head_bytes) &&
              (!body_bytes || fwrite(body, 1, body_bytes, stream) == body_bytes) &&
              fwrite(checksum, 1, sizeof checksum, stream) == sizeof checksum;
  return good ? MYR_OK : picture_file_failure(&animation->file, error);
}

static myr_status write_animation_control(myr_animation *animation, myr_error *error) {
  uint8_t data[8] = {0}; /* frames; how often to play, 0: for ever */
  put_32(data, animation->frames);
  return write_chunk(animation, "acTL", data, sizeof data, NULL, 0, error);
}

static myr_status write_frame_control(myr_animation *animation, const rectangle *place, myr_error *error) {
  uint8_t data[26] = {0}; /* the last two: keep the canvas afterwards, replace the pixels under the frame */
  put_32(data, animation->sequence++);
  put_32(data + 4, (uint32_t)place->width);
  put_32(data + 8, (uint32_t)place->height);
  put_32(data + 12, (uint32_t)place->x);
  put_32(data + 16, (uint32_t)place->y);
  put_16(data + 20, (uint32_t)animation->delay);
  put_16(data + 22, 1000); /* the delay's fraction of a second */
  return write_chunk(animation, "fcTL", data, sizeof data, NULL, 0, error);
}

static myr_status write_pixels(myr_animation *animation, const uint8_t *bytes, size_t count, myr_error *error) {
  if (animation->frames == 0) return write_chunk(animation, "IDAT", bytes, count, NULL, 0, error);
  uint8_t sequence[4];
  put_32(sequence, animation->sequence++);
  return write_chunk(animation, "fdAT", sequence, sizeof sequence, bytes, count, error);
}

/* ---------------------------------------------------------------------------------------------------- frames */

static myr_status append(void *context, const uint8_t *bytes, size_t count, myr_error *error) {
  byte_buffer *buffer = context;
  if (buffer->count + count > buffer->capacity) {
    size_t capacity = 2 * (buffer->count + count);
    uint8_t *grown = realloc(buffer->bytes, capacity);
    if (!grown) return myr_fail(error, MYR_ERROR, "too little memory for a frame of %zu bytes", capacity);
    buffer->bytes = grown;
    buffer->capacity = capacity;
  }
  memcpy(buffer->bytes + buffer->count, bytes, count);
  buffer->count += count;
  return MYR_OK;
}

/* The rectangle in which the next frame differs from the canvas; one pixel when they are equal, because a frame must
 * have pixels. */
static rectangle changed_part(const myr_bitmap *canvas, const uint8_t *rgb) {
  int left = canvas->width, right = -1, top = canvas->height, bottom = -1;
  for (int y = 0; y < canvas->height; y++) {
    size_t row = (size_t)y * (size_t)canvas->width * 3;
    if (!memcmp(canvas->pixels + row, rgb + row, (size_t)canvas->width * 3)) continue;
    int first = 0, last = canvas->width - 1;
    while (!memcmp(canvas->pixels + row + 3 * first, rgb + row + 3 * first, 3)) first++;
    while (!memcmp(canvas->pixels + row + 3 * last, rgb + row + 3 * last, 3)) last--;
    if (first < left) left = first;
    if (last > right) right = last;
    if (y < top) top = y;
    bottom = y;
  }
  if (right < 0) return (rectangle){0, 0, 1, 1};
  return (rectangle){left, top, right - left + 1, bottom - top + 1};
}

/* Encodes the part as a PNG file of its own, and copies the chunks that belong to the animation. */
static myr_status write_frame(myr_animation *animation, const uint8_t *rgb, const rectangle *part, myr_error *error) {
  size_t stride = (size_t)animation->last.width * 3;
  /* The encoder only reads. */
  myr_bitmap picture = {part->width, part->height, 3, (uint8_t *)rgb + (size_t)part->y * stride + (size_t)part->x * 3};
  byte_buffer *encoded = &animation->encoded;
  png_sink sink = {append, encoded};
  encoded->count = 0;
  myr_status status = png_encode(&picture, stride, &sink, error);
  bool controlled = false;
  for (size_t at = SIGNATURE_BYTES; !status && at < encoded->count;) {
    const uint8_t *chunk = encoded->bytes + at;
    size_t bytes = get_32(chunk);
    bool pixels = !memcmp(chunk + 4, "IDAT", 4), end = !memcmp(chunk + 4, "IEND", 4);
    if (pixels && !controlled) {
      status = write_frame_control(animation, part, error);
      controlled = true;
    }
    if (!status && pixels)
      status = write_pixels(animation, chunk + 8, bytes, error);
    else if (!status && animation->frames == 0 && !end) /* the first frame brings the file's other chunks */
      status = write_chunk(animation, (const char *)chunk + 4, chunk + 8, bytes, NULL, 0, error);
    if (!status && animation->frames == 0 && !memcmp(chunk + 4, "IHDR", 4)) {
      animation->control_position = ftell(animation->file.stream);
      status = write_animation_control(animation, error);
    }
    at += bytes + CHUNK_OVERHEAD;
  }
  return status;
}

/* ---------------------------------------------------------------------------------------------------- public */

myr_status myr_animation_create(const char *path, int width, int height, int delay, myr_animation **animation,
                                myr_error *error) {
  *animation = NULL;
  if (delay < 1 || delay > UINT16_MAX)
    return myr_fail(error, MYR_INVALID, "frames of %d ms: a frame lasts 1 to %d ms", delay, UINT16_MAX);
  myr_animation *made = calloc(1, sizeof *made);
  if (!made) return myr_fail(error, MYR_ERROR, "too little memory for an animation");
  made->delay = delay;
  myr_status status = myr_bitmap_create(width, height, 3, &made->last, error);
  if (!status) status = picture_file_open(path, &made->file, error);
  static const uint8_t signature[SIGNATURE_BYTES] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  if (!status && fwrite(signature, 1, sizeof signature, made->file.stream) != sizeof signature)
    status = picture_file_failure(&made->file, error);
  if (!status)
    *animation = made;
  else
    myr_animation_destroy(made);
  return status;
}

myr_status myr_animation_add(myr_animation *animation, const uint8_t *rgb, myr_error *error) {
  const myr_bitmap *canvas = &animation->last;
  rectangle part = {0, 0, canvas->width, canvas->height}; /* the first frame is the file's picture: all of it */
  if (animation->frames) part = changed_part(canvas, rgb);
  myr_status status = write_frame(animation, rgb, &part, error);
  if (status) return status;
  animation->frames++;
  memcpy(canvas->pixels, rgb, (size_t)canvas->width * (size_t)canvas->height * 3);
  return MYR_OK;
}

myr_status myr_animation_finish(myr_animation *animation, myr_error *error) {
  if (!animation->frames) return myr_fail(error, MYR_INVALID, "an animation without a frame");
  myr_status status = write_chunk(animation, "IEND", NULL, 0, NULL, 0, error);
  errno = 0;
  if (!status && fseek(animation->file.stream, animation->control_position, SEEK_SET))
    status = picture_file_failure(&animation->file, error);
  if (!status) status = write_animation_control(animation, error);
  return status ? status : picture_file_commit(&animation->file, error);
}

void myr_animation_destroy(myr_animation *animation) {
  if (!animation) return;
  picture_file_discard(&animation->file);
  myr_bitmap_free(&animation->last);
  free(animation->encoded.bytes);
  free(animation);
}
