/* Reads single shards: attributes, lists of arrays, contents; see reader.h. */
#include "dataset/reader.h"
#include "dataset/hdf5_format.h"

#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "dataset/stored_array.h"
#include "sim/grow.h"
#include "sim/regular_file.h"

/* ---------------------------------------------------------------------------------------------------- files */

static herr_t keep_description(unsigned number, const H5E_error2_t *entry, void *text) {
  (void)number;
  if (entry->desc && *entry->desc) snprintf(text, 256, "%s", entry->desc);
  return 0;
}

void reader_cause(char text[256]) {
  snprintf(text, 256, "libhdf5 gives no reason");
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_description, text); /* the last description is the root cause */
}

/* Whether the heap of strings is undamaged. It is the only structure for which the format has no checksum, and libhdf5
 * trusts its sizes blindly, so this must be checked before any string is read. */
static bool heap_is_good(int file, int64_t expected) {
  unsigned char prefix[16];
  uint64_t size = 0;
  struct stat info;
  bool good = !fstat(file, &info) && pread(file, prefix, sizeof prefix, HDF5_SUPERBLOCK_BYTES) == sizeof prefix &&
              !memcmp(prefix, "GCOL", 4);
  if (good) memcpy(&size, prefix + 8, sizeof size);
  good = good && size <= (uint64_t)info.st_size;
  unsigned char *heap = good ? malloc(size) : NULL;
  good = heap && pread(file, heap, size, HDF5_SUPERBLOCK_BYTES) == (ssize_t)size &&
         XXH3_64bits(heap, size) == (uint64_t)expected;
  free(heap);
  return good;
}

static myr_status check_version(const char *shown, hid_t file, myr_error *error) {
  int64_t version;
  if (!read_integer(file, "format_version", &version))
    return myr_fail(error, MYR_ERROR, "%s is not a file of myriad episodes, or its root is damaged", shown);
  if (version == MYR_FORMAT_VERSION) return MYR_OK;
  return myr_fail(error, MYR_ERROR,
                  "%s has format version %lld; this program reads version %d: make it again, or read it "
                  "with the program that its attribute generator names",
                  shown, (long long)version, MYR_FORMAT_VERSION);
}

static myr_status check_ours(const char *shown, int descriptor, hid_t file, myr_error *error) {
  int64_t heap;
  if (!read_integer(file, "heap_xxh3", &heap))
    return myr_fail(error, MYR_ERROR, "%s is not a file of myriad episodes, or its root is damaged", shown);
  if (!heap_is_good(descriptor, heap))
    return myr_fail(error, MYR_ERROR,
                    "%s is damaged, or was rewritten by another program: its strings do not match "
                    "heap_xxh3",
                    shown);
  char *schema = read_string(file, "schema");
  bool ours = schema && !strcmp(schema, "myriad.episodes");
  free(schema);
  return ours ? MYR_OK : myr_fail(error, MYR_ERROR, "%s is not a file of myriad episodes", shown);
}

static myr_status open_shard(int folder, const char *name, const char *shown, bool any_version, hid_t *file,
                             myr_error *error) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* libhdf5 must not print, because a library does not */
  int descriptor;
  myr_status status = myr_regular_file_open(folder, name, shown, MYR_REFUSE_LINKS, &descriptor, NULL, error);
  if (status) return status;
  /* libhdf5 opens paths only, and follows links. This path is that of the file that is open already. */
  char path[64], cause[256];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  *file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (*file < 0) {
    reader_cause(cause);
    status = myr_fail(error, MYR_ERROR, "%s is no whole HDF5 file: %s", shown, cause);
  } else {
    status = any_version ? MYR_OK : check_version(shown, *file, error);
    if (!status) status = check_ours(shown, descriptor, *file, error);
    if (status) H5Fclose(*file);
  }
  close(descriptor);
  return status;
}

myr_status reader_open(const char *path, hid_t *file, myr_error *error) {
  return open_shard(AT_FDCWD, path, path, false, file, error);
}

myr_status reader_open_any(int folder, const char *name, const char *shown, hid_t *file, myr_error *error) {
  return open_shard(folder, name, shown, true, file, error);
}

/* ---------------------------------------------------------------------------------------------------- attributes */

static bool read_scalar(hid_t object, const char *name, hid_t memory_type, H5T_class_t one, H5T_class_t other,
                        void *value) {
  if (H5Aexists(object, name) <= 0) return false;
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  if (attribute < 0) return false;
  hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  H5T_class_t class = H5Tget_class(type);
  bool good = (class == one || class == other) && H5Sget_simple_extent_npoints(space) == 1;
  if (good && class == H5T_ENUM) {
    int8_t flag = 0;
    good = H5Tget_size(type) == 1 && H5Aread(attribute, type, &flag) >= 0;
    *(int64_t *)value = flag;
  } else if (good) {
    good = H5Aread(attribute, memory_type, value) >= 0;
  }
  H5Sclose(space);
  H5Tclose(type);
  H5Aclose(attribute);
  return good;
}

bool read_integer(hid_t object, const char *name, int64_t *value) {
  return read_scalar(object, name, H5T_NATIVE_INT64, H5T_INTEGER, H5T_ENUM, value);
}

bool read_real(hid_t object, const char *name, double *value) {
  return read_scalar(object, name, H5T_NATIVE_DOUBLE, H5T_FLOAT, H5T_FLOAT, value);
}

enum { TEXT_LIMIT = 1 << 26 }; /* bytes */

char *read_string(hid_t object, const char *name) {
  if (H5Aexists(object, name) <= 0) return NULL;
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  if (attribute < 0) return NULL;
  hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  char *string = NULL;
  if (H5Tget_class(type) == H5T_STRING && H5Sget_simple_extent_npoints(space) == 1) {
    if (H5Tis_variable_str(type) > 0) {
      char *read = NULL;
      if (H5Aread(attribute, type, &read) >= 0) string = strdup(read ? read : "");
      if (read) H5free_memory(read);
    } else {
      size_t size = H5Tget_size(type);
      string = size <= TEXT_LIMIT ? calloc(size + 1, 1) : NULL;
      if (string && H5Aread(attribute, type, string) < 0) {
        free(string);
        string = NULL;
      }
    }
  }
  H5Sclose(space);
  H5Tclose(type);
  H5Aclose(attribute);
  return string;
}

/* ---------------------------------------------------------------------------------------------------- arrays */

static bool classify(hid_t type, myr_array_type *out) {
  size_t size = H5Tget_size(type);
  H5T_class_t class = H5Tget_class(type);
  if (size > 1 && H5Tget_order(type) != H5T_ORDER_LE) return false;
  if (class == H5T_FLOAT && (size == 4 || size == 8)) {
    *out = size == 4 ? MYR_ARRAY_F32 : MYR_ARRAY_F64;
  } else if (class == H5T_INTEGER && H5Tget_sign(type) == H5T_SGN_2 && (size == 4 || size == 8)) {
    *out = size == 4 ? MYR_ARRAY_I32 : MYR_ARRAY_I64;
  } else if (class == H5T_INTEGER && H5Tget_sign(type) == H5T_SGN_NONE && size <= 2) {
    *out = size == 1 ? MYR_ARRAY_U8 : MYR_ARRAY_U16;
  } else if (class == H5T_ENUM && size == 1) {
    *out = MYR_ARRAY_BOOL;
  } else {
    return false;
  }
  return true;
}

/* Our files have three levels of groups below an episode, some dozen groups and some hundred arrays. */
enum { DEPTH_LIMIT = 16, GROUP_LIMIT = 1 << 12, ARRAY_LIMIT = 1 << 16 };

/* The context that find_arrays passes through the library's iteration. */
typedef struct search {
  found_episode *episode;
  int64_t file_bytes;
  const char *prefix;
  int depth;
  bool short_of_memory;
  haddr_t *groups; /* (group_count) the addresses of the groups that were entered */
  int group_count;
  int64_t group_capacity;
} search;

/* Remembers that a group was entered. Returns false, with a fault, if it was entered before: hard links may lead to a
 * group above, and the search would never end. */
static bool enter(search *search, hid_t group, const char *path) {
  H5O_info_t object;
  found_episode *episode = search->episode;
  if (H5Oget_info2(group, &object, H5O_INFO_BASIC) < 0) return false;
  if (search->group_count == GROUP_LIMIT) {
    snprintf(episode->fault, sizeof episode->fault, "it has more than %d groups", GROUP_LIMIT);
    return false;
  }
  for (int i = 0; i < search->group_count; i++)
    if (search->groups[i] == object.addr) {
      snprintf(episode->fault, sizeof episode->fault, "%.200s is a group that has another name too", path);
      return false;
    }
  haddr_t *groups = myr_grow(search->groups, search->group_count, &search->group_capacity, sizeof *groups);
  search->short_of_memory |= !groups;
  if (!groups) return false;
  search->groups = groups;
  groups[search->group_count++] = object.addr;
  return true;
}

static bool append(found_episode *episode, const found_array *array) {
  found_array *arrays = myr_grow(episode->arrays, episode->count, &episode->capacity, sizeof *arrays);
  if (!arrays) return false;
  episode->arrays = arrays;
  episode->arrays[episode->count++] = *array;
  return true;
}

static bool describe_array(hid_t dataset, int64_t file_bytes, found_array *array) {
  hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
  H5O_info_t object;
  bool good = classify(type, &array->type) && H5Sget_simple_extent_type(space) == H5S_SIMPLE &&
              H5Oget_info2(dataset, &object, H5O_INFO_BASIC) >= 0;
  array->rank = good ? H5Sget_simple_extent_ndims(space) : 0;
  good = good && array->rank >= 1 && array->rank <= MYR_ARRAY_RANK;
  hsize_t shape[H5S_MAX_RANK] = {0};
  if (good) H5Sget_simple_extent_dims(space, shape, NULL);
  array->count = 1;
  int64_t extent = 1; /* the product of the dimensions but those of 0, because others are sizes of buffers too */
  for (int i = 0; good && i < array->rank; i++) {
    array->shape[i] = (int64_t)shape[i];
    /* Deflate makes at best one byte of 1032. */
    good = shape[i] <= (hsize_t)INT64_MAX / 8 &&
           !__builtin_mul_overflow(extent, array->shape[i] ? array->shape[i] : 1, &extent) &&
           extent <= 1032 * file_bytes;
    if (good) array->count *= array->shape[i];
  }
  good = good && storage_is_sound(dataset, file_bytes, array);
  array->object = good ? object.addr : 0;
  H5Sclose(space);
  H5Tclose(type);
  return good;
}

static herr_t visit(hid_t group, const char *name, const H5L_info_t *link, void *argument);

static herr_t visit_group(hid_t group, const char *path, search *search) {
  found_episode *episode = search->episode;
  if (search->depth == DEPTH_LIMIT) snprintf(episode->fault, sizeof episode->fault, "group %.200s lies too deep", path);
  if (search->depth == DEPTH_LIMIT || !enter(search, group, path)) return -1;
  const char *prefix = search->prefix;
  search->prefix = path;
  search->depth++;
  herr_t result = H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, search);
  search->depth--;
  search->prefix = prefix;
  if (result < 0 && !episode->fault[0])
    snprintf(episode->fault, sizeof episode->fault, "group %.200s is damaged", path);
  return result;
}

static herr_t visit(hid_t group, const char *name, const H5L_info_t *link, void *argument) {
  search *search = argument;
  found_episode *episode = search->episode;
  found_array array = {.same_as = -1};
  if (asprintf(&array.path, "%s%s%s", search->prefix, *search->prefix ? "/" : "", name) < 0) {
    search->short_of_memory = true;
    return -1;
  }
  hid_t object = link->type == H5L_TYPE_HARD ? H5Oopen(group, name, H5P_DEFAULT) : -1;
  H5I_type_t kind = object >= 0 ? H5Iget_type(object) : H5I_BADID;
  bool kept = false;
  if (kind == H5I_GROUP) {
    visit_group(object, array.path, search);
  } else if (kind == H5I_DATASET && episode->count < ARRAY_LIMIT &&
             describe_array(object, search->file_bytes, &array)) {
    array.dataset = object;
    kept = append(episode, &array);
    search->short_of_memory |= !kept;
  } else if (!episode->fault[0]) {
    snprintf(episode->fault, sizeof episode->fault, "%.200s is no plain numeric array, or is damaged", array.path);
  }
  if (kept) return 0;
  if (object >= 0) H5Oclose(object);
  free(array.path);
  return search->short_of_memory || episode->fault[0] ? -1 : 0;
}

static int by_path(const void *left, const void *right) {
  return strcmp(((const found_array *)left)->path, ((const found_array *)right)->path);
}

/* Orders arrays by their objects, and names of one object by their paths. */
static int by_object(const void *left, const void *right) {
  const found_array *a = *(const found_array *const *)left, *b = *(const found_array *const *)right;
  if (a->object != b->object) return a->object < b->object ? -1 : 1;
  return a < b ? -1 : a > b;
}

/* Finds the names of arrays that have several. */
static bool find_repetitions(found_episode *episode) {
  found_array **order = malloc((size_t)(episode->count + 1) * sizeof *order);
  if (!order) return false;
  for (int i = 0; i < episode->count; i++) order[i] = &episode->arrays[i];
  qsort(order, (size_t)episode->count, sizeof *order, by_object);
  for (int i = 1, first = 0; i < episode->count; i++) {
    if (order[i]->object != order[first]->object)
      first = i;
    else
      order[i]->same_as = (int)(order[first] - episode->arrays);
  }
  free(order);
  return true;
}

bool find_arrays(hid_t group, int64_t file_bytes, found_episode *episode) {
  search search = {.episode = episode, .file_bytes = file_bytes, .prefix = ""};
  found_episode_clear(episode);
  visit_group(group, "", &search);
  free(search.groups);
  if (search.short_of_memory) return false;
  if (episode->count) qsort(episode->arrays, (size_t)episode->count, sizeof *episode->arrays, by_path);
  return find_repetitions(episode);
}

void found_episode_clear(found_episode *episode) {
  for (int i = 0; i < episode->count; i++) {
    free(episode->arrays[i].path);
    H5Dclose(episode->arrays[i].dataset);
  }
  episode->count = 0;
  episode->fault[0] = 0;
}

void found_episode_free(found_episode *episode) {
  found_episode_clear(episode);
  free(episode->arrays);
  *episode = (found_episode){0};
}

found_array *found_find(const found_episode *episode, const char *path) {
  found_array key = {.path = (char *)path};
  return episode->count ? bsearch(&key, episode->arrays, (size_t)episode->count, sizeof key, by_path) : NULL;
}

static int64_t row_elements(const found_array *array) {
  int64_t count = 1;
  for (int i = 1; i < array->rank; i++) count *= array->shape[i];
  return count;
}

void read_buffer_free(read_buffer *buffer) {
  free(buffer->data);
  free(buffer->packed);
  if (buffer->inflate) libdeflate_free_decompressor(buffer->inflate);
  *buffer = (read_buffer){0};
}

static bool read_chunks(const found_array *array, int64_t first, int64_t count, read_buffer *buffer) {
  size_t bytes = (size_t)row_elements(array) * myr_array_type_bytes(array->type);
  bool good = true;
  for (int64_t i = 0; good && i < count; i++)
    good = read_chunk(array, first + i, bytes, buffer, (char *)buffer->data + (size_t)i * bytes);
  return good;
}

void *read_rows(const found_array *array, int64_t first, int64_t count, read_buffer *buffer) {
  size_t bytes = (size_t)(count * row_elements(array)) * myr_array_type_bytes(array->type);
  if (bytes + 1 > buffer->capacity) {
    free(buffer->data);
    buffer->data = malloc(bytes + 1);
    buffer->capacity = buffer->data ? bytes + 1 : 0;
    if (!buffer->data) return NULL;
  }
  if (!bytes) return buffer->data;
  if (array->chunked) return read_chunks(array, first, count, buffer) ? buffer->data : NULL;
  hsize_t start[MYR_ARRAY_RANK] = {(hsize_t)first}, extent[MYR_ARRAY_RANK] = {(hsize_t)count};
  for (int i = 1; i < array->rank; i++) extent[i] = (hsize_t)array->shape[i];
  hid_t type = H5Dget_type(array->dataset); /* the file's own type, so that nothing is converted */
  hid_t file_space = H5Dget_space(array->dataset), space = H5Screate_simple(array->rank, extent, NULL);
  bool good = H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, extent, NULL) >= 0 &&
              H5Dread(array->dataset, type, space, file_space, H5P_DEFAULT, buffer->data) >= 0;
  H5Sclose(space);
  H5Sclose(file_space);
  H5Tclose(type);
  return good ? buffer->data : NULL;
}

void *read_array(const found_array *array, read_buffer *buffer) { return read_rows(array, 0, array->shape[0], buffer); }

static bool digest_matches(int file, int64_t address, int64_t bytes, uint64_t expected) {
  enum { PIECE = 1 << 20 };
  XXH3_state_t *digest = XXH3_createState();
  char *piece = malloc(PIECE);
  bool good = digest && piece && XXH3_64bits_reset(digest) == XXH_OK;
  while (good && bytes > 0) {
    size_t wanted = bytes < PIECE ? (size_t)bytes : PIECE;
    good = pread(file, piece, wanted, address) == (ssize_t)wanted;
    if (good) XXH3_64bits_update(digest, piece, wanted);
    address += (int64_t)wanted;
    bytes -= (int64_t)wanted;
  }
  good = good && XXH3_64bits_digest(digest) == expected;
  free(piece);
  XXH3_freeState(digest);
  return good;
}

bool frames_are_whole(const char *path, hid_t group) {
  if (H5Aexists(group, "frames_address") <= 0) return true;
  int64_t address, bytes, digest;
  if (!read_integer(group, "frames_address", &address) || !read_integer(group, "frames_bytes", &bytes) ||
      !read_integer(group, "frames_xxh3", &digest))
    return false;
  int file;
  if (myr_regular_file_open(AT_FDCWD, path, path, MYR_REFUSE_LINKS, &file, NULL, NULL)) return false;
  bool good = digest_matches(file, address, bytes, (uint64_t)digest);
  close(file);
  return good;
}

/* ---------------------------------------------------------------------------------------------------- digests */

/* The type in which an attribute is stored, if it is one of ours. */
static bool classify_attribute(hid_t group, const char *name, attribute_type *out) {
  hid_t attribute = H5Aopen(group, name, H5P_DEFAULT);
  if (attribute < 0) return false;
  hid_t type = H5Aget_type(attribute);
  size_t size = H5Tget_size(type);
  H5T_class_t class = H5Tget_class(type);
  bool good = true;
  if (class == H5T_ENUM && size == 1)
    *out = ATTRIBUTE_FLAG;
  else if (class == H5T_INTEGER && size == 8 && H5Tget_sign(type) == H5T_SGN_2)
    *out = ATTRIBUTE_INTEGER;
  else if (class == H5T_FLOAT && size == 8)
    *out = ATTRIBUTE_REAL;
  else if (class == H5T_STRING)
    *out = ATTRIBUTE_TEXT;
  else
    good = false;
  H5Tclose(type);
  H5Aclose(attribute);
  return good;
}

static herr_t digest_attribute(hid_t group, const char *name, const H5A_info_t *info, void *argument) {
  (void)info;
  content_digest *digest = argument;
  if (!strcmp(name, "content_xxh3") || !strncmp(name, "frames_", 7))
    return 0; /* they describe the file, not the content */
  attribute_type type;
  attribute_value value = {0};
  char *string = NULL;
  if (!classify_attribute(group, name, &type)) return -1;
  bool good = type == ATTRIBUTE_TEXT   ? (string = read_string(group, name)) != NULL
              : type == ATTRIBUTE_REAL ? read_real(group, name, &value.real)
                                       : read_integer(group, name, &value.integer);
  if (string) value.string = string;
  if (good) content_digest_attribute(digest, name, type, &value);
  free(string);
  return good ? 0 : -1;
}

static bool digest_attributes(hid_t group, content_digest *digest) {
  hsize_t position = 0;
  return H5Aiterate2(group, H5_INDEX_NAME, H5_ITER_INC, &position, digest_attribute, digest) >= 0;
}

static bool digest_array(const found_array *array, read_buffer *buffer, const row_visitor *visitor, uint64_t *value) {
  /* -0 is not changed to +0 here: files contain no -0, and one that a flipped bit made must be found. */
  if (!array_has_large_rows(array->rank, array->shape)) {
    void *data = read_array(array, buffer);
    if (data) *value = array_digest(array->type, array->rank, array->shape, data);
    return data != NULL;
  }
  size_t bytes = (size_t)row_elements(array) * myr_array_type_bytes(array->type);
  uint64_t rows = 0;
  for (int64_t i = 0; i < array->shape[0]; i++) {
    const void *row = read_rows(array, i, 1, buffer);
    if (!row) return false;
    rows = rows_digest(rows, row_digest(row, bytes));
    if (visitor) visitor->visit(visitor->context, array, i, row);
  }
  *value = array_digest_of_rows(array->type, array->rank, array->shape, rows);
  return true;
}

bool digest_episode(hid_t group, found_episode *episode, read_buffer *buffer, content_digest *digest,
                    const row_visitor *visitor, uint64_t *value) {
  content_digest_reset(digest);
  if (!digest_attributes(group, digest)) return false;
  uint64_t *digests = content_digest_room(digest, episode->count + 1);
  bool good = digests != NULL;
  for (int i = 0; good && i < episode->count; i++) {
    const found_array *array = &episode->arrays[i];
    if (array->same_as >= 0)
      digests[i] = digests[array->same_as];
    else
      good = digest_array(array, buffer, visitor, &digests[i]);
    if (good) content_digest_array(digest, array->path, digests[i]);
  }
  *value = content_digest_value(digest);
  return good;
}
