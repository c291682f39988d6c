#include "dataset/episode.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset/names.h"
#include "sim/grow.h"

/* ---------------------------------------------------------------------------------------------------- schema */

static bool copy_text(const char **text) {
  if (!*text) return true;
  *text = strdup(*text);
  return *text != NULL;
}

static bool add(episode_schema *schema, array_info info, const char *format, va_list arguments) {
  array_info *arrays = myr_grow(schema->arrays, schema->array_count, &schema->array_capacity, sizeof *arrays);
  if (!arrays) return false;
  schema->arrays = arrays;
  if (vasprintf(&info.path, format, arguments) < 0) return false;
  info.same_as = -1;
  bool good = copy_text(&info.unit);
  good &= copy_text(&info.frame);
  good &= copy_text(&info.columns);
  schema->arrays[schema->array_count++] = info;
  return good;
}

bool schema_add(episode_schema *schema, array_info info, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  bool added = add(schema, info, format, arguments);
  va_end(arguments);
  return added;
}

bool schema_link(episode_schema *schema, const char *target, const char *format, ...) {
  array_info info = {.target = strdup(target)};
  va_list arguments;
  va_start(arguments, format);
  bool added = info.target && add(schema, info, format, arguments);
  va_end(arguments);
  if (!added) free(info.target);
  return added;
}

bool schema_attribute(episode_schema *schema, attribute_type type, int *number, const char *format, ...) {
  attribute_info *attributes =
      myr_grow(schema->attributes, schema->attribute_count, &schema->attribute_capacity, sizeof *attributes);
  if (!attributes) return false;
  schema->attributes = attributes;
  attribute_info info = {.type = type, .number = number};
  va_list arguments;
  va_start(arguments, format);
  bool good = vasprintf(&info.name, format, arguments) >= 0;
  va_end(arguments);
  if (good) attributes[schema->attribute_count++] = info;
  return good;
}

static int by_path(const void *left, const void *right) {
  return strcmp(((const array_info *)left)->path, ((const array_info *)right)->path);
}

static int by_name(const void *left, const void *right) {
  return strcmp(((const attribute_info *)left)->name, ((const attribute_info *)right)->name);
}

myr_status schema_finish(episode_schema *schema, myr_error *error) {
  qsort(schema->arrays, (size_t)schema->array_count, sizeof *schema->arrays, by_path);
  if (schema->attribute_count)
    qsort(schema->attributes, (size_t)schema->attribute_count, sizeof *schema->attributes, by_name);
  for (int i = 0; i < schema->attribute_count; i++)
    if (schema->attributes[i].number) *schema->attributes[i].number = i;
  for (int i = 0; i < schema->array_count; i++) {
    array_info *info = &schema->arrays[i];
    if (i && !strcmp(info->path, schema->arrays[i - 1].path))
      return myr_fail(error, MYR_INVALID, "two arrays of an episode would be named %s: rename an entity", info->path);
    if (!path_is_safe(info->path))
      return myr_fail(error, MYR_INVALID, "an array of an episode would be named %s, which is no path of HDF5",
                      info->path);
    if (info->number) *info->number = i;
    if (!info->target) continue;
    info->same_as = schema_find(schema, info->target);
    if (info->same_as < 0)
      return myr_fail(error, MYR_ERROR, "%s names %s, which is no array", info->path, info->target);
    array_info *target = &schema->arrays[info->same_as];
    target->names++;
    info->unit = target->unit;
    info->frame = target->frame;
    info->columns = target->columns;
    info->type = target->type;
    info->extent = target->extent;
    info->rank = target->rank;
    memcpy(info->shape, target->shape, sizeof info->shape);
  }
  return MYR_OK;
}

int schema_find(const episode_schema *schema, const char *path) {
  array_info key = {.path = (char *)path};
  const array_info *found = bsearch(&key, schema->arrays, (size_t)schema->array_count, sizeof *schema->arrays, by_path);
  return found ? (int)(found - schema->arrays) : -1;
}

int schema_find_attribute(const episode_schema *schema, const char *name) {
  for (int i = 0; i < schema->attribute_count; i++)
    if (!strcmp(schema->attributes[i].name, name)) return i;
  return -1;
}

void schema_free(episode_schema *schema) {
  for (int i = 0; i < schema->array_count; i++) {
    array_info *info = &schema->arrays[i];
    bool owns = !info->target; /* a second name shows the texts of its target */
    free(info->path);
    if (owns) free((char *)info->unit);
    if (owns) free((char *)info->frame);
    if (owns) free((char *)info->columns);
    free(info->target);
  }
  for (int i = 0; i < schema->attribute_count; i++) free(schema->attributes[i].name);
  free(schema->arrays);
  free(schema->attributes);
  *schema = (episode_schema){0};
}

/* ---------------------------------------------------------------------------------------------------- episode */

int64_t array_shape(const array_info *info, int64_t steps, int64_t contacts, int64_t shape[MYR_ARRAY_RANK]) {
  int64_t count = 1;
  for (int i = 0; i < info->rank; i++) {
    shape[i] = info->shape[i];
    if (i == 0 && info->extent == EXTENT_STEPS) shape[i] = steps;
    if (i == 0 && info->extent == EXTENT_CONTACTS) shape[i] = contacts;
    count *= shape[i];
  }
  return count;
}

size_t array_row_bytes(const array_info *info) {
  int64_t shape[MYR_ARRAY_RANK];
  int64_t rows = info->extent == EXTENT_FIXED && info->rank ? info->shape[0] : 1;
  return (size_t)(array_shape(info, 1, 1, shape) / (rows ? rows : 1)) * myr_array_type_bytes(info->type);
}

myr_status episode_layout(const episode_schema *schema, episode *episode, myr_error *error) {
  if (!episode->offsets) episode->offsets = calloc((size_t)schema->array_count, sizeof *episode->offsets);
  if (!episode->attributes)
    episode->attributes = calloc((size_t)schema->attribute_count + 1, sizeof *episode->attributes);
  if (!episode->offsets || !episode->attributes) return myr_fail(error, MYR_ERROR, "too little memory for an episode");
  size_t end = 0;
  for (size_t alignment = 8; alignment; alignment /= 2)
    for (int i = 0; i < schema->array_count; i++) {
      const array_info *info = &schema->arrays[i];
      size_t size = myr_array_type_bytes(info->type);
      if (size != alignment || info->same_as >= 0 || info->frames || !array_present(info, episode->index)) continue;
      int64_t shape[MYR_ARRAY_RANK];
      episode->offsets[i] = end;
      end += size * (size_t)array_shape(info, episode->steps, episode->contacts, shape);
    }
  for (int i = 0; i < schema->array_count; i++)
    if (schema->arrays[i].same_as >= 0) episode->offsets[i] = episode->offsets[schema->arrays[i].same_as];
  episode->data_bytes = end;
  if (end <= episode->data_capacity) return MYR_OK;
  /* A little more than needed: episodes of a run differ by their contacts, and this buffer serves the next one too. */
  size_t capacity = end + end / 8;
  unsigned char *data = malloc(capacity);
  if (!data) return myr_fail(error, MYR_ERROR, "too little memory for an episode of %zu bytes", end);
  free(episode->data);
  episode->data = data;
  episode->data_capacity = capacity;
  return MYR_OK;
}

void canonical_numbers(myr_array_type type, void *data, int64_t count, bool finite) {
  /* In the default rounding -0 + +0 is +0 and x + 0 is x; a compiler may not drop the addition. */
  if (type == MYR_ARRAY_F32) {
    float *values = data;
    for (int64_t i = 0; i < count; i++) values[i] = (finite && !isfinite(values[i]) ? 0.0f : values[i]) + 0.0f;
  } else if (type == MYR_ARRAY_F64) {
    double *values = data;
    for (int64_t i = 0; i < count; i++) values[i] = (finite && !isfinite(values[i]) ? 0.0 : values[i]) + 0.0;
  }
}

bool numbers_are_finite(myr_array_type type, const void *data, int64_t count) {
  int infinite = 0; /* without a branch in the loop, because it runs over everything that is recorded */
  if (type == MYR_ARRAY_F32)
    for (int64_t i = 0; i < count; i++) infinite |= !isfinite(((const float *)data)[i]);
  else if (type == MYR_ARRAY_F64)
    for (int64_t i = 0; i < count; i++) infinite |= !isfinite(((const double *)data)[i]);
  return !infinite;
}

/* The digest of array i, its numbers made canonical. */
static uint64_t seal_array(const episode_schema *schema, episode *episode, int i, bool finite) {
  const array_info *info = &schema->arrays[i];
  int64_t shape[MYR_ARRAY_RANK];
  int64_t count = array_shape(info, episode->steps, episode->contacts, shape);
  if (info->frames) return array_digest_of_rows(info->type, info->rank, shape, episode->frames.lists[i].digest);
  void *data = episode->data + episode->offsets[i];
  canonical_numbers(info->type, data, count, finite);
  return array_digest(info->type, info->rank, shape, data);
}

bool episode_seal(const episode_schema *schema, episode *episode, bool finite, content_digest *digest) {
  uint64_t *digests = content_digest_room(digest, schema->array_count);
  if (!digests) return false;
  for (int i = 0; i < schema->array_count; i++)
    if (schema->arrays[i].same_as < 0 && array_present(&schema->arrays[i], episode->index))
      digests[i] = seal_array(schema, episode, i, finite);
  content_digest_reset(digest);
  for (int i = 0; i < schema->attribute_count; i++) {
    const attribute_info *info = &schema->attributes[i];
    if (info->type == ATTRIBUTE_TEXT && !episode->attributes[i].string) continue;
    content_digest_attribute(digest, info->name, info->type, &episode->attributes[i]);
  }
  for (int i = 0; i < schema->array_count; i++) {
    if (!array_present(&schema->arrays[i], episode->index)) continue;
    int same_as = schema->arrays[i].same_as;
    content_digest_array(digest, schema->arrays[i].path, digests[same_as >= 0 ? same_as : i]);
  }
  episode->digest = content_digest_value(digest);
  return true;
}

void episode_free(episode *episode, const episode_schema *schema) {
  if (!episode) return;
  frame_store_free(&episode->frames, schema);
  free(episode->text);
  free(episode->attributes);
  free(episode->offsets);
  free(episode->data);
  free(episode);
}

bool frame_store_begin(frame_store *store, const episode_schema *schema) {
  if (!store->lists) store->lists = calloc((size_t)schema->array_count, sizeof *store->lists);
  if (!store->lists) return false;
  for (int i = 0; i < schema->array_count; i++) {
    store->lists[i].count = 0;
    store->lists[i].digest = 0;
  }
  store->bytes.size = 0;
  store->bytes.failed = false;
  return true;
}

void frame_store_free(frame_store *store, const episode_schema *schema) {
  for (int i = 0; store->lists && i < schema->array_count; i++) free(store->lists[i].frames);
  free(store->lists);
  bytes_free(&store->bytes);
  store->lists = NULL;
}
