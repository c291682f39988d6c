#include "dataset/stored_array.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

hid_t open_hard(hid_t group, const char *path, H5I_type_t kind) {
  hid_t at = group;
  for (const char *name = path; *name && at >= 0;) {
    size_t length = strcspn(name, "/");
    char part[256];
    H5L_info_t link;
    snprintf(part, sizeof part, "%.*s", (int)length, name);
    bool hard = length < sizeof part && H5Lget_info(at, part, &link, H5P_DEFAULT) >= 0 && link.type == H5L_TYPE_HARD;
    hid_t next = hard ? H5Oopen(at, part, H5P_DEFAULT) : -1;
    if (at != group) H5Oclose(at);
    at = next;
    name += length + (name[length] == '/');
    if (at >= 0 && *name && H5Iget_type(at) != H5I_GROUP) {
      H5Oclose(at);
      at = -1;
    }
  }
  if (at >= 0 && at != group && H5Iget_type(at) != kind) {
    H5Oclose(at);
    at = -1;
  }
  return at;
}

/* ---------------------------------------------------------------------------------------------------- storage */

/* The bytes of the array itself, which find_arrays has bounded. */
static int64_t array_bytes(const found_array *array) {
  return array->count * (int64_t)myr_array_type_bytes(array->type);
}

static bool is_contiguous_in_file(hid_t dataset, hid_t creation, int64_t bytes, int64_t file_bytes) {
  if (H5Pget_external_count(creation) != 0) return false;
  if (!bytes) return true;
  haddr_t address = H5Dget_offset(dataset);
  return address != HADDR_UNDEF && bytes <= file_bytes && (int64_t)H5Dget_storage_size(dataset) == bytes &&
         address <= (haddr_t)(file_bytes - bytes);
}

/* Whether the filters are none, deflate, or shuffle and then deflate. */
static bool filters_are_known(hid_t creation, found_array *array) {
  int count = H5Pget_nfilters(creation);
  array->shuffled = count == 2;
  array->filters = count;
  if (count < 0 || count > 2) return false;
  for (int i = 0; i < count; i++) {
    unsigned flags, values[8];
    size_t value_count = 8;
    H5Z_filter_t filter = H5Pget_filter2(creation, (unsigned)i, &flags, &value_count, values, 0, NULL, NULL);
    if (filter != (i + 1 < count ? H5Z_FILTER_SHUFFLE : H5Z_FILTER_DEFLATE)) return false;
  }
  return true;
}

static bool has_chunks_of_rows(hid_t dataset, hid_t creation, int64_t file_bytes, found_array *array) {
  hsize_t chunk[H5S_MAX_RANK] = {0}, stored;
  if (!array->count) return true;
  bool good = H5Pget_chunk(creation, array->rank, chunk) == array->rank && chunk[0] == 1;
  for (int i = 1; good && i < array->rank; i++) good = chunk[i] == (hsize_t)array->shape[i];
  if (!good || !filters_are_known(creation, array)) return false;
  /* Deflate makes at best one byte of 1032, so an array that was never stored is found here. */
  stored = H5Dget_storage_size(dataset);
  return stored > 0 && stored <= (hsize_t)file_bytes && (hsize_t)array_bytes(array) / 1032 <= stored;
}

bool storage_is_sound(hid_t dataset, int64_t file_bytes, found_array *array) {
  hid_t creation = H5Dget_create_plist(dataset);
  if (creation < 0) return false;
  H5D_layout_t layout = H5Pget_layout(creation);
  bool sound = layout == H5D_COMPACT;
  array->chunked = layout == H5D_CHUNKED;
  if (layout == H5D_CONTIGUOUS) sound = is_contiguous_in_file(dataset, creation, array_bytes(array), file_bytes);
  if (layout == H5D_CHUNKED) sound = has_chunks_of_rows(dataset, creation, file_bytes, array);
  H5Pclose(creation);
  return sound;
}

bool storage_is_plain(hid_t dataset, int64_t file_bytes) {
  hid_t creation = H5Dget_create_plist(dataset), type = H5Dget_type(dataset), space = H5Dget_space(dataset);
  hssize_t count = H5Sget_simple_extent_npoints(space);
  int64_t bytes = 0;
  bool plain = count >= 0 && !__builtin_mul_overflow((int64_t)count, (int64_t)H5Tget_size(type), &bytes);
  H5D_layout_t layout = plain ? H5Pget_layout(creation) : H5D_LAYOUT_ERROR;
  plain = layout == H5D_COMPACT || (layout == H5D_CHUNKED && !bytes) ||
          (layout == H5D_CONTIGUOUS && is_contiguous_in_file(dataset, creation, bytes, file_bytes));
  H5Sclose(space);
  H5Tclose(type);
  H5Pclose(creation);
  return plain;
}

/* ---------------------------------------------------------------------------------------------------- chunks */

/* Undoes HDF5's shuffle filter: byte b of all elements lies in one piece. */
static void unshuffle(unsigned char *restrict out, const unsigned char *restrict in, size_t size, size_t count) {
  for (size_t b = 0; b < size; b++)
    for (size_t i = 0; i < count; i++) out[size * i + b] = in[b * count + i];
}

/* Makes room for a stored chunk and for an inflated one behind it. */
static unsigned char *room_for(read_buffer *buffer, size_t bytes) {
  if (bytes > buffer->packed_capacity) {
    free(buffer->packed);
    buffer->packed = malloc(bytes);
    buffer->packed_capacity = buffer->packed ? bytes : 0;
  }
  if (!buffer->inflate) buffer->inflate = libdeflate_alloc_decompressor();
  return buffer->inflate ? buffer->packed : NULL;
}

bool read_chunk(const found_array *array, int64_t row, size_t row_bytes, read_buffer *buffer, void *out) {
  hsize_t start[MYR_ARRAY_RANK] = {(hsize_t)row}, stored = 0;
  uint32_t skipped = 0, all = array->filters == 2 ? 3 : array->filters == 1 ? 1 : 0;
  /* Our writer deflates a row only if that makes it smaller. */
  if (H5Dget_chunk_storage_size(array->dataset, start, &stored) < 0 || !stored || stored > row_bytes) return false;
  unsigned char *packed = room_for(buffer, 2 * row_bytes);
  if (!packed || H5Dread_chunk(array->dataset, H5P_DEFAULT, start, &skipped, packed) < 0) return false;
  if ((skipped & all) == all) {
    if (stored == row_bytes) memcpy(out, packed, row_bytes);
    return stored == row_bytes;
  }
  if (skipped) return false;
  unsigned char *inflated = array->shuffled ? packed + row_bytes : out;
  /* Without a place for the length, the stream must fill the row exactly. */
  if (libdeflate_zlib_decompress(buffer->inflate, packed, stored, inflated, row_bytes, NULL) != LIBDEFLATE_SUCCESS)
    return false;
  size_t size = myr_array_type_bytes(array->type);
  if (array->shuffled) unshuffle(out, inflated, size, row_bytes / size);
  return true;
}
