#include "dataset/hdf5_format.h"

#include <stdlib.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "arrays are written as they lie in memory: little endian"
#endif

enum message_type {
  MESSAGE_NIL = 0x00,
  MESSAGE_DATASPACE = 0x01,
  MESSAGE_LINK_INFO = 0x02,
  MESSAGE_DATATYPE = 0x03,
  MESSAGE_FILL = 0x05,
  MESSAGE_LINK = 0x06,
  MESSAGE_LAYOUT = 0x08,
  MESSAGE_GROUP_INFO = 0x0A,
  MESSAGE_FILTERS = 0x0B,
  MESSAGE_ATTRIBUTE = 0x0C,
  MESSAGE_ATTRIBUTE_INFO = 0x15,
  MESSAGE_REFERENCE_COUNT = 0x16,
};
enum {
  MESSAGE_CONSTANT = 1, /* flag: the message never changes, which the format requires of a datatype */
  MESSAGE_UNSHARED = 4, /* flag: the message is never shared, which libhdf5 sets for the information on attributes */
};
enum { MESSAGE_PREFIX = 4, CHECKSUM = 4 };
enum { HEADER_SIZE_IN_4_BYTES = 0x02 };

/* Datatype messages, byte for byte ("Datatype Message", classes 0 fixed point, 1 floating point, 3 string, 8
 * enumeration, 9 variable length). */
static const unsigned char type_u8[] = {0x10, 0x00, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0};
static const unsigned char type_u16[] = {0x10, 0x00, 0, 0, 2, 0, 0, 0, 0, 0, 16, 0};
static const unsigned char type_i32[] = {0x10, 0x08, 0, 0, 4, 0, 0, 0, 0, 0, 32, 0};
static const unsigned char type_i64[] = {0x10, 0x08, 0, 0, 8, 0, 0, 0, 0, 0, 64, 0};
static const unsigned char type_f32[] = {0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0};
static const unsigned char type_f64[] = {0x11, 0x20, 63, 0, 8, 0, 0, 0, 0, 0, 64, 0, 52, 11, 0, 52, 0xFF, 0x03, 0, 0};
static const unsigned char type_bool[] = {0x38, 2, 0, 0,   1,   0,   0,   0,   0x10, 0x08, 0,   0,   1,   0, 0, 0, 0,
                                          0,    8, 0, 'F', 'A', 'L', 'S', 'E', 0,    'T',  'R', 'U', 'E', 0, 0, 1};
static const unsigned char type_string[] = {0x19, 0x01, 0x01, 0, 16, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0};

static const struct {
  const unsigned char *message;
  uint16_t message_size;
} types[MYR_ARRAY_TYPE_COUNT] = {
    [MYR_ARRAY_BOOL] = {type_bool, sizeof type_bool}, [MYR_ARRAY_U8] = {type_u8, sizeof type_u8},
    [MYR_ARRAY_U16] = {type_u16, sizeof type_u16},    [MYR_ARRAY_I32] = {type_i32, sizeof type_i32},
    [MYR_ARRAY_I64] = {type_i64, sizeof type_i64},    [MYR_ARRAY_F32] = {type_f32, sizeof type_f32},
    [MYR_ARRAY_F64] = {type_f64, sizeof type_f64},
};

static uint32_t element_bytes(myr_array_type type) { return (uint32_t)myr_array_type_bytes(type); }

static void put_u8(byte_buffer *bytes, uint8_t value) { bytes_put(bytes, &value, 1); }
static void put_u16(byte_buffer *bytes, uint16_t value) { bytes_put(bytes, &value, 2); }
static void put_u32(byte_buffer *bytes, uint32_t value) { bytes_put(bytes, &value, 4); }
static void put_u64(byte_buffer *bytes, uint64_t value) { bytes_put(bytes, &value, 8); }
static void put_zeros(byte_buffer *bytes, size_t size) {
  unsigned char *end = bytes_grow(bytes, size);
  if (end) memset(end, 0, size);
}

static void message(byte_buffer *bytes, enum message_type type, size_t size, int flags) {
  put_u8(bytes, type);
  put_u16(bytes, (uint16_t)size);
  put_u8(bytes, flags);
}

size_t hdf5_header_begin(byte_buffer *bytes) {
  size_t begin = bytes->size;
  bytes_put(bytes, "OHDR\2", 5); /* version 2, without times, the order of creation and limits of attributes */
  put_u8(bytes, HEADER_SIZE_IN_4_BYTES);
  put_u32(bytes, 0);
  return begin;
}

void hdf5_header_end(byte_buffer *bytes, size_t begin, uint64_t base, size_t alignment) {
  if (alignment > 1) {
    size_t surplus = (base + bytes->size + CHECKSUM) % alignment;
    if (surplus) {
      size_t padding = alignment - surplus;
      while (padding < MESSAGE_PREFIX) padding += alignment;
      message(bytes, MESSAGE_NIL, padding - MESSAGE_PREFIX, 0);
      put_zeros(bytes, padding - MESSAGE_PREFIX);
    }
  }
  if (bytes->failed) return;
  size_t size_at = begin + 6;
  uint32_t size = (uint32_t)(bytes->size - size_at - 4);
  memcpy(bytes->data + size_at, &size, 4);
  put_u32(bytes, hdf5_checksum(bytes->data + begin, bytes->size - begin));
}

void hdf5_group(byte_buffer *bytes, int link_limit) {
  message(bytes, MESSAGE_LINK_INFO, 18, 0);
  put_u16(bytes, 0); /* version 0, without the order of creation and its index */
  put_u64(bytes, HDF5_NOWHERE);
  put_u64(bytes, HDF5_NOWHERE);
  if (link_limit <= 8) { /* the format's default */
    message(bytes, MESSAGE_GROUP_INFO, 2, MESSAGE_CONSTANT);
    put_u16(bytes, 0);
  } else {
    message(bytes, MESSAGE_GROUP_INFO, 6, MESSAGE_CONSTANT);
    put_u16(bytes, 0x0100); /* version 0; the limits of compact storage follow */
    put_u16(bytes, (uint16_t)(link_limit < 65535 ? link_limit : 65535));
    put_u16(bytes, 6);
  }
}

void hdf5_link(byte_buffer *bytes, const char *name, size_t name_length, uint64_t address) {
  message(bytes, MESSAGE_LINK, 3 + name_length + 8, 0);
  put_u16(bytes, 0x0001); /* version 1; a hard link, the name's length takes one byte */
  put_u8(bytes, (uint8_t)name_length);
  bytes_put(bytes, name, name_length);
  put_u64(bytes, address);
}

static void dataspace(byte_buffer *bytes, int rank, const int64_t *shape) {
  message(bytes, MESSAGE_DATASPACE, 4 + 8 * (size_t)rank, 0);
  put_u8(bytes, 2);
  put_u8(bytes, (uint8_t)rank);
  put_u16(bytes, 0x0100); /* no maximum: the array cannot grow; simple */
  bytes_put(bytes, shape, 8 * (size_t)rank);
}

static void datatype(byte_buffer *bytes, myr_array_type type) {
  message(bytes, MESSAGE_DATATYPE, types[type].message_size, MESSAGE_CONSTANT);
  bytes_put(bytes, types[type].message, types[type].message_size);
}

enum { ALLOCATED_LATE = 2, ALLOCATED_BY_CHUNK = 3 };

static void fill_value(byte_buffer *bytes, int allocation) {
  message(bytes, MESSAGE_FILL, 2, MESSAGE_CONSTANT);
  put_u8(bytes, 3);
  put_u8(bytes, (uint8_t)(0x04 | allocation)); /* never filled */
}

/* The last dimension of a chunk is the bytes of an element. */
static void chunked_layout(byte_buffer *bytes, int rank, const uint32_t *chunk, uint32_t element, uint64_t index) {
  message(bytes, MESSAGE_LAYOUT, 11 + 4 * (size_t)(rank + 1), 0);
  put_u16(bytes, 0x0203); /* version 3, chunked */
  put_u8(bytes, (uint8_t)(rank + 1));
  put_u64(bytes, index);
  for (int i = 0; i < rank; i++) put_u32(bytes, chunk[i]);
  put_u32(bytes, element);
}

/* Writes the messages after the datatype: the fill value and where the data are. An array without elements has chunks,
 * none of which exists: h5repack takes the shape of a contiguous array for a chunk's, and stops at a dimension of 0. */
static void storage(byte_buffer *bytes, int rank, const int64_t *shape, uint32_t element, uint64_t data) {
  uint64_t size = element;
  uint32_t chunk[MYR_ARRAY_RANK];
  for (int i = 0; i < rank; i++) {
    size *= (uint64_t)shape[i];
    chunk[i] = shape[i] ? (uint32_t)shape[i] : 1;
  }
  if (!size) {
    fill_value(bytes, ALLOCATED_BY_CHUNK);
    chunked_layout(bytes, rank, chunk, element, HDF5_NOWHERE);
    return;
  }
  fill_value(bytes, ALLOCATED_LATE);
  message(bytes, MESSAGE_LAYOUT, 18, 0);
  put_u16(bytes, 0x0103); /* version 3, contiguous */
  put_u64(bytes, data);
  put_u64(bytes, size);
}

void hdf5_array(byte_buffer *bytes, myr_array_type type, int rank, const int64_t *shape, uint64_t data) {
  dataspace(bytes, rank, shape);
  datatype(bytes, type);
  storage(bytes, rank, shape, element_bytes(type), data);
}

void hdf5_string_array(byte_buffer *bytes, size_t length, int64_t count, uint64_t data) {
  dataspace(bytes, 1, &count);
  message(bytes, MESSAGE_DATATYPE, 8, MESSAGE_CONSTANT);
  put_u32(bytes, 0x0113); /* class string, padded with zeros, ASCII */
  put_u32(bytes, (uint32_t)length);
  storage(bytes, 1, &count, (uint32_t)length, data);
}

/* ---------------------------------------------------------------------------------------------------- chunks */

enum { FILTER_DEFLATE = 1, FILTER_SHUFFLE = 2, FILTER_OPTIONAL = 1, DEFLATE_LEVEL = 1 };

static void filter(byte_buffer *bytes, int number, uint32_t parameter) {
  put_u16(bytes, (uint16_t)number);
  put_u16(bytes, FILTER_OPTIONAL); /* a chunk may be stored without the filter */
  put_u16(bytes, 1);
  put_u32(bytes, parameter);
}

static void filters(byte_buffer *bytes, myr_array_type type, bool shuffled) {
  message(bytes, MESSAGE_FILTERS, shuffled ? 22 : 12, MESSAGE_CONSTANT);
  put_u8(bytes, 2); /* version */
  put_u8(bytes, shuffled ? 2 : 1);
  if (shuffled) filter(bytes, FILTER_SHUFFLE, element_bytes(type));
  filter(bytes, FILTER_DEFLATE, DEFLATE_LEVEL);
}

void hdf5_chunked_array(byte_buffer *bytes, myr_array_type type, int rank, const int64_t *shape, bool shuffled,
                        uint64_t index) {
  uint32_t chunk[MYR_ARRAY_RANK] = {1};
  for (int i = 1; i < rank; i++) chunk[i] = (uint32_t)shape[i];
  dataspace(bytes, rank, shape);
  datatype(bytes, type);
  fill_value(bytes, ALLOCATED_BY_CHUNK);
  filters(bytes, type, shuffled);
  chunked_layout(bytes, rank, chunk, element_bytes(type), index);
}

/* The format's default for a superblock that states no other number: a node has up to 2 * 32 children, and always room
 * for all of them. */
enum { INDEX_CHILDREN = 64, INDEX_NODE_PREFIX = 24 };

/* What all nodes of one index share. */
typedef struct chunk_index {
  byte_buffer *bytes;
  myr_array_type type;
  int rank;
  const int64_t *shape;
  const hdf5_chunk *chunks;
  uint32_t plain_mask; /* the filter mask of a chunk without filters: a bit for each filter */
} chunk_index;

/* Writes the key of a row's chunk. The key behind the last chunk is the end of the array, in the form that libhdf5
 * writes. */
static void index_key(const chunk_index *index, int64_t row) {
  bool end = row == index->shape[0];
  const hdf5_chunk *chunk = &index->chunks[row];
  put_u32(index->bytes, end ? 0 : chunk->bytes);
  put_u32(index->bytes, end || !chunk->plain ? 0 : index->plain_mask);
  put_u64(index->bytes, (uint64_t)row);
  for (int i = 1; i < index->rank; i++) put_u64(index->bytes, end ? (uint64_t)index->shape[i] : 0);
  put_u64(index->bytes, end ? element_bytes(index->type) : 0);
}

static size_t index_node_bytes(int rank) {
  size_t key = 8 + 8 * (size_t)(rank + 1);
  return INDEX_NODE_PREFIX + INDEX_CHILDREN * 8 + (INDEX_CHILDREN + 1) * key;
}

/* Writes one level of the tree, which begins at address `nodes`. It has `count` children, which stand for `rows` chunks
 * each. At level 0 the children are the chunks themselves; above, they are nodes that lie one behind the other from
 * address `children` on. */
static void index_level(const chunk_index *index, int level, int64_t count, int64_t rows, uint64_t children,
                        uint64_t nodes) {
  size_t size = index_node_bytes(index->rank);
  for (int64_t first = 0; first < count; first += INDEX_CHILDREN) {
    size_t begin = index->bytes->size;
    uint64_t node = nodes + (uint64_t)(first / INDEX_CHILDREN) * size;
    int64_t left = count - first, entries = left < INDEX_CHILDREN ? left : INDEX_CHILDREN;
    bytes_put(index->bytes, "TREE\1", 5); /* a tree of chunks */
    put_u8(index->bytes, (uint8_t)level);
    put_u16(index->bytes, (uint16_t)entries);
    put_u64(index->bytes, first ? node - size : HDF5_NOWHERE);
    put_u64(index->bytes, left > INDEX_CHILDREN ? node + size : HDF5_NOWHERE);
    for (int64_t child = first; child < first + entries; child++) {
      index_key(index, child * rows);
      put_u64(index->bytes, level ? children + (uint64_t)child * size : index->chunks[child].address);
    }
    int64_t end = (first + entries) * rows;
    index_key(index, end < index->shape[0] ? end : index->shape[0]);
    put_zeros(index->bytes, begin + size - index->bytes->size);
  }
}

uint64_t hdf5_chunk_index(byte_buffer *bytes, uint64_t base, myr_array_type type, int rank, const int64_t *shape,
                          bool shuffled, const hdf5_chunk *chunks) {
  chunk_index index = {bytes, type, rank, shape, chunks, shuffled ? 3 : 1};
  int64_t count = shape[0], rows = 1;
  uint64_t children = 0, nodes = base + bytes->size;
  for (int level = 0;; level++) {
    index_level(&index, level, count, rows, children, nodes);
    if (bytes->failed || count <= INDEX_CHILDREN) return nodes;
    count = (count + INDEX_CHILDREN - 1) / INDEX_CHILDREN;
    rows *= INDEX_CHILDREN;
    children = nodes;
    nodes = base + bytes->size;
  }
}

/* ---------------------------------------------------------------------------------------------------- attributes */

void hdf5_reference_count(byte_buffer *bytes, uint32_t references) {
  message(bytes, MESSAGE_REFERENCE_COUNT, 5, 0);
  put_u8(bytes, 0);
  put_u32(bytes, references);
}

void hdf5_attributes(byte_buffer *bytes) {
  message(bytes, MESSAGE_ATTRIBUTE_INFO, 18, MESSAGE_UNSHARED);
  put_u16(bytes, 0); /* version 0, without the order of creation; all attributes are in the header */
  put_u64(bytes, HDF5_NOWHERE);
  put_u64(bytes, HDF5_NOWHERE);
}

/* Writes the beginning of an attribute's message, up to its value. */
static void attribute(byte_buffer *bytes, const char *name, const unsigned char *type, uint16_t type_size,
                      size_t value_size) {
  size_t name_size = strlen(name) + 1;
  message(bytes, MESSAGE_ATTRIBUTE, 9 + name_size + type_size + 4 + value_size, 0);
  put_u16(bytes, 0x0003); /* version 3 */
  put_u16(bytes, (uint16_t)name_size);
  put_u16(bytes, type_size);
  put_u16(bytes, 4);
  put_u8(bytes, 0); /* the name is ASCII */
  bytes_put(bytes, name, name_size);
  bytes_put(bytes, type, type_size);
  put_u32(bytes, 0x0002); /* dataspace version 2, a scalar */
}

void hdf5_attribute(byte_buffer *bytes, const char *name, myr_array_type type, const void *value) {
  attribute(bytes, name, types[type].message, types[type].message_size, element_bytes(type));
  bytes_put(bytes, value, element_bytes(type));
}

void hdf5_text_attribute(byte_buffer *bytes, const char *name, const char *text) {
  uint32_t length = (uint32_t)strlen(text);
  unsigned char type[8] = {0x13, 0x11}; /* class string, padded with zeros, UTF-8; then its length */
  memcpy(type + 4, &length, 4);
  attribute(bytes, name, type, sizeof type, length);
  bytes_put(bytes, text, length);
}

void hdf5_string_attribute(byte_buffer *bytes, const char *name, uint32_t length, uint64_t heap, uint32_t object) {
  attribute(bytes, name, type_string, sizeof type_string, 16);
  put_u32(bytes, length);
  put_u64(bytes, heap);
  put_u32(bytes, object);
}

enum { HEAP_PREFIX = 16, HEAP_OBJECT_PREFIX = 16, HEAP_SMALLEST = 4096 };

size_t hdf5_heap_object_bytes(size_t string_length) { return HEAP_OBJECT_PREFIX + (string_length + 7) / 8 * 8; }

size_t hdf5_heap_bytes(size_t object_bytes) {
  size_t size = HEAP_PREFIX + object_bytes;
  return size < HEAP_SMALLEST ? HEAP_SMALLEST : size;
}

void hdf5_heap_begin(byte_buffer *bytes, size_t heap_bytes) {
  bytes_put(bytes, "GCOL\1\0\0\0", 8);
  put_u64(bytes, heap_bytes);
}

static void heap_object_prefix(byte_buffer *bytes, uint16_t object, uint16_t references, uint64_t size) {
  put_u16(bytes, object);
  put_u16(bytes, references);
  put_u32(bytes, 0);
  put_u64(bytes, size);
}

void hdf5_heap_object(byte_buffer *bytes, uint16_t object, uint16_t references, const char *string, size_t length) {
  heap_object_prefix(bytes, object, references, length);
  bytes_put(bytes, string, length);
  put_zeros(bytes, (8 - length % 8) % 8);
}

void hdf5_heap_end(byte_buffer *bytes, size_t heap_bytes) {
  if (bytes->failed || bytes->size >= heap_bytes) return;
  size_t free_space = heap_bytes - bytes->size;
  if (free_space >= HEAP_OBJECT_PREFIX) heap_object_prefix(bytes, 0, 0, free_space);
  put_zeros(bytes, heap_bytes - bytes->size);
}

void hdf5_superblock(unsigned char superblock[HDF5_SUPERBLOCK_BYTES], uint64_t end_of_file, uint64_t root) {
  static const unsigned char start[12] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n', 2, 8, 8, 0};
  uint64_t base = 0, extension = HDF5_NOWHERE;
  memcpy(superblock, start, 12);
  memcpy(superblock + 12, &base, 8);
  memcpy(superblock + 20, &extension, 8);
  memcpy(superblock + 28, &end_of_file, 8);
  memcpy(superblock + 36, &root, 8);
  uint32_t checksum = hdf5_checksum(superblock, 44);
  memcpy(superblock + 44, &checksum, 4);
}

static uint32_t rotate(uint32_t x, int k) { return x << k | x >> (32 - k); }

/* From http://burtleburtle.net/bob/c/lookup3.c (public domain), with the initial value 0 that the format prescribes. */
uint32_t hdf5_checksum(const void *data, size_t size) {
  const unsigned char *key = data;
  uint32_t a = 0xdeadbeefu + (uint32_t)size, b = a, c = a, word[3];
  for (; size > 12; size -= 12, key += 12) {
    memcpy(word, key, 12);
    a += word[0], b += word[1], c += word[2];
    a -= c, a ^= rotate(c, 4), c += b;
    b -= a, b ^= rotate(a, 6), a += c;
    c -= b, c ^= rotate(b, 8), b += a;
    a -= c, a ^= rotate(c, 16), c += b;
    b -= a, b ^= rotate(a, 19), a += c;
    c -= b, c ^= rotate(b, 4), b += a;
  }
  if (!size) return c;
  memset(word, 0, sizeof word);
  memcpy(word, key, size);
  a += word[0], b += word[1], c += word[2];
  c ^= b, c -= rotate(b, 14);
  a ^= c, a -= rotate(c, 11);
  b ^= a, b -= rotate(a, 25);
  c ^= b, c -= rotate(b, 16);
  a ^= c, a -= rotate(c, 4);
  b ^= a, b -= rotate(a, 14);
  c ^= b, c -= rotate(b, 24);
  return c;
}
