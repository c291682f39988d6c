#include "render/texture.h"

#include <stdlib.h>
#include <string.h>

#include "render/color.h"

/* One level of one face in linear light; colors is (height, width, 3). */
typedef struct image {
  float *colors;
  int width, height;
} image;

static size_t image_floats(int width, int height) { return (size_t)width * (size_t)height * 3; }
static int level_size(int size, int level) { return size >> level > 0 ? size >> level : 1; }

static void store_level(const image *level, uint32_t *texels) {
  size_t count = (size_t)level->width * (size_t)level->height;
  for (size_t i = 0; i < count; i++) {
    const float *color = level->colors + 3 * i;
    texels[i] = texel_encode(color[0]) | texel_encode(color[1]) << 10 | texel_encode(color[2]) << 20;
  }
}

/* The linear values of the 256 bytes. */
static void decoding_table(bool srgb, float table[256]) {
  for (int i = 0; i < 256; i++) table[i] = srgb ? srgb_decode((float)i / 255.0f) : (float)i / 255.0f;
}

static void read_face(const texture_source *source, int face, const float table[256], float *colors) {
  size_t count = (size_t)source->width * (size_t)source->height;
  const uint8_t *pixel = source->pixels + (size_t)face * count * (size_t)source->channels;
  for (size_t i = 0; i < count; i++, pixel += source->channels)
    for (int c = 0; c < 3; c++) colors[3 * i + c] = table[pixel[source->channels == 1 ? 0 : c]];
}

/* Texel i of `to` covers [i, i + 1) * from / to texels of the finer level; each counts with its part inside that
 * interval. A halved size is rounded down, so the interval is 2 to 3 texels wide and touches 4 at most. */
enum { MOST_COVERED = 4 };
typedef struct covered_texels {
  int first, count;
  float weight[MOST_COVERED]; /* sum 1 */
} covered_texels;

static covered_texels texels_covered(int i, int from, int to) {
  /* in units of 1/to texel everything is an integer */
  int64_t low = (int64_t)i * from, high = low + from;
  covered_texels c;
  c.first = (int)(low / to);
  c.count = (int)((high + to - 1) / to) - c.first;
  for (int k = 0; k < c.count; k++) {
    int64_t start = (int64_t)(c.first + k) * to, end = start + to;
    int64_t inside = (end < high ? end : high) - (start > low ? start : low);
    c.weight[k] = (float)inside / (float)from;
  }
  return c;
}

/* Fills `to`, which has the next level's size and memory of its own. */
static void halve(const image *from, image *to) {
  for (int y = 0; y < to->height; y++) {
    covered_texels rows = texels_covered(y, from->height, to->height);
    for (int x = 0; x < to->width; x++) {
      covered_texels columns = texels_covered(x, from->width, to->width);
      float sum[3] = {0, 0, 0};
      for (int r = 0; r < rows.count; r++)
        for (int k = 0; k < columns.count; k++) {
          const float *color =
              from->colors + 3 * ((size_t)(rows.first + r) * (size_t)from->width + (size_t)(columns.first + k));
          float weight = rows.weight[r] * columns.weight[k];
          for (int c = 0; c < 3; c++) sum[c] += color[c] * weight;
        }
      memcpy(to->colors + 3 * ((size_t)y * (size_t)to->width + (size_t)x), sum, sizeof sum);
    }
  }
}

static myr_status check_source(const texture_source *source, myr_error *error) {
  if (!source->pixels) return myr_fail(error, MYR_INVALID, "a bitmap without pixels");
  if (source->width < 1 || source->height < 1 || source->width > TEXTURE_LIMIT || source->height > TEXTURE_LIMIT)
    return myr_fail(error, MYR_INVALID, "a bitmap of %d x %d pixels; 1 to %d along each side can be used",
                    source->width, source->height, TEXTURE_LIMIT);
  if (source->channels != 1 && source->channels != 3 && source->channels != 4)
    return myr_fail(error, MYR_INVALID, "a bitmap of %d channels; 1, 3 and 4 can be used", source->channels);
  if (source->faces != 1 && source->faces != 6)
    return myr_fail(error, MYR_INVALID, "a bitmap of %d faces; it must have 1, or 6 as a cube map", source->faces);
  if (source->faces == 6 && source->width != source->height)
    return myr_fail(error, MYR_INVALID, "a cube map with faces of %d x %d pixels; they must be square", source->width,
                    source->height);
  return MYR_OK;
}

/* Computes sizes and offsets of the levels; false if an index would not fit an int32. */
static bool lay_out(const texture_source *source, myr_texture *texture) {
  int64_t texels = 0;
  texture->width = source->width;
  texture->height = source->height;
  texture->faces = source->faces;
  for (int level = 0;; level++) {
    int width = level_size(source->width, level), height = level_size(source->height, level);
    texture->level_offset[level] = (int32_t)texels;
    texels += (int64_t)width * height;
    if (texels * source->faces > INT32_MAX) return false;
    texture->levels = level + 1;
    if (width == 1 && height == 1) break;
  }
  texture->face_stride = (int32_t)texels;
  return true;
}

static void build_face(const texture_source *source, int face, const float table[256], float *buffers[2],
                       const myr_texture *texture, uint32_t *texels) {
  image level = {buffers[0], source->width, source->height};
  read_face(source, face, table, level.colors);
  store_level(&level, texels);
  for (int l = 1; l < texture->levels; l++) {
    image next = {buffers[l & 1], level_size(source->width, l), level_size(source->height, l)};
    halve(&level, &next);
    store_level(&next, texels + texture->level_offset[l]);
    level = next;
  }
}

myr_status texture_build(const texture_source *source, myr_texture *texture, myr_error *error) {
  memset(texture, 0, sizeof *texture);
  myr_status status = check_source(source, error);
  if (status) return status;
  myr_texture built = {0};
  if (!lay_out(source, &built))
    return myr_fail(error, MYR_ERROR, "a bitmap of %d x %d pixels and %d faces is too large; use a smaller one",
                    source->width, source->height, source->faces);
  uint32_t *texels = malloc((size_t)built.face_stride * (size_t)built.faces * sizeof *texels);
  float *buffers[2] = {
      malloc(image_floats(source->width, source->height) * sizeof(float)),
      malloc(image_floats(level_size(source->width, 1), level_size(source->height, 1)) * sizeof(float))};
  if (!texels || !buffers[0] || !buffers[1]) {
    free(texels);
    status = myr_fail(error, MYR_ERROR, "no memory for a bitmap of %d x %d pixels", source->width, source->height);
  } else {
    float table[256];
    decoding_table(source->srgb, table);
    for (int face = 0; face < built.faces; face++)
      build_face(source, face, table, buffers, &built, texels + (size_t)face * (size_t)built.face_stride);
    built.texels = texels;
    *texture = built;
  }
  free(buffers[0]);
  free(buffers[1]);
  return status;
}

void texture_free(myr_texture *texture) {
  if (!texture) return;
  free((void *)texture->texels);
  memset(texture, 0, sizeof *texture);
}

/* ------------------------------------------------------------------------------------------------ formulas */
/* A magnified bitmap blends two colours over the width of a texel. From this size on, that is at most a 32nd of a
 * square or face. */
enum { LEAST_SQUARE = 32 /* px */ };

static const uint8_t *pixel_at(const texture_source *source, int x, int y) {
  return source->pixels + ((size_t)y * (size_t)source->width + (size_t)x) * (size_t)source->channels;
}

/* Whether the colours of two pixels, without alpha, are the same. */
static bool same_color(const texture_source *source, const uint8_t *a, const uint8_t *b) {
  return memcmp(a, b, source->channels == 1 ? 1 : 3) == 0;
}

static void copy_color(const texture_source *source, const uint8_t *pixel, float color[3]) {
  for (int c = 0; c < 3; c++) color[c] = (float)pixel[source->channels == 1 ? 0 : c] / 255.0f;
}

static bool is_flat(const texture_source *source) {
  size_t count = (size_t)source->width * (size_t)source->height * (size_t)source->faces;
  for (size_t i = 1; i < count; i++)
    if (!same_color(source, source->pixels, source->pixels + i * (size_t)source->channels)) return false;
  return true;
}

static bool is_checker(const texture_source *source) {
  int across = source->width / 2, down = source->height / 2;
  if (source->faces != 1 || source->width % 2 || source->height % 2) return false;
  if (across < LEAST_SQUARE || down < LEAST_SQUARE) return false;
  const uint8_t *first = pixel_at(source, 0, 0), *second = pixel_at(source, across, 0);
  for (int y = 0; y < source->height; y++)
    for (int x = 0; x < source->width; x++)
      if (!same_color(source, pixel_at(source, x, y), (x < across) == (y < down) ? first : second)) return false;
  return true;
}

/* Every pixel in row or column n / 2 of n has the second colour. */
static bool is_cross(const texture_source *source) {
  int size = source->width, middle = size / 2;
  if (source->faces != 6 || source->height != size || size < LEAST_SQUARE) return false;
  const uint8_t *first = pixel_at(source, 0, 0), *second = pixel_at(source, middle, 0);
  for (int y = 0; y < size * source->faces; y++)
    for (int x = 0; x < size; x++)
      if (!same_color(source, pixel_at(source, x, y), x == middle || y % size == middle ? second : first)) return false;
  return true;
}

texture_formula texture_recognize(const texture_source *source) {
  texture_formula formula = {.pattern = MYR_PATTERN_BITMAP};
  if (is_flat(source))
    formula.pattern = MYR_PATTERN_NONE;
  else if (is_checker(source))
    formula.pattern = MYR_PATTERN_CHECKER;
  else if (is_cross(source))
    formula.pattern = MYR_PATTERN_CROSS;
  else
    return formula;
  copy_color(source, source->pixels, formula.color);
  copy_color(source, pixel_at(source, source->width / 2, 0), formula.color2);
  return formula;
}
