/* Writes the few structures of the HDF5 file format that a shard needs, as bytes in memory.
 *
 * Why not the library? An episode has about fifty small arrays in a dozen groups, and libhdf5 1.10 spends 35 to 40 us
 * of processor time on creating each. Measured on one core of a 2 GHz server, with 51 arrays, 10 groups and 9
 * attributes an episode and 160 kB of data:
 *   H5Dcreate/H5Dwrite, property lists, types and links' storage tuned      1.6 ms an episode
 *   the same into a memory image (core driver), then one write               1.7 ms
 *   the same with a metadata cache that never evicts                          1.8 ms
 *   the same without attributes                                               1.75 ms
 *   four processes, each its own shard                                        1.5 ms each, no contention
 *   this file                                                                 0.06 ms an episode, mostly for the copy
 *                                                                             of the data by the operating system
 * Ten thousand falls are simulated in about 30 core-seconds. 16 more core-seconds for metadata would be the largest
 * single stage, and they would have to be spread over child processes, because libhdf5 is not thread-safe on Debian. A
 * second gain is that the bytes of a file do not depend on the version of the library.
 *
 * The files have the published format ("HDF5 File Format Specification Version 3.0"): superblock 2, object headers 2
 * with checksums, compact links and attributes, contiguous arrays, and one global heap for strings. libhdf5 writes the
 * same for the bounds V18..V110, and every HDF5 since 1.8 reads it. Arrays of frames are chunked, one chunk for each
 * frame, with the standard filters and the B-tree of version 1 as index, because HDF5 1.8 knows no other. The reader in
 * this folder uses libhdf5 and nothing of this file, so each test of `verify` tests the format as well. */
#ifndef MYR_DATASET_HDF5_FORMAT_H
#define MYR_DATASET_HDF5_FORMAT_H

#include "dataset/array.h"
#include "dataset/bytes.h"

/* Each function appends to a byte_buffer, which holds a piece of a file. BOOL is written as an enum FALSE, TRUE over
 * int8, which h5py reads as bool. */
#define HDF5_NOWHERE UINT64_MAX /* the address of an array without elements */

/* ---- object headers: begin, any messages, end. The address of an object is the address of its begin. */
size_t hdf5_header_begin(byte_buffer *bytes);
/* alignment: the header is lengthened until the address of the next byte, base + its offset, is a multiple of it. */
void hdf5_header_end(byte_buffer *bytes, size_t begin, uint64_t base, size_t alignment);

/* Makes the open header a group of at most link_limit links. Call hdf5_link for each of them next. */
void hdf5_group(byte_buffer *bytes, int link_limit);
void hdf5_link(byte_buffer *bytes, const char *name, size_t name_length, uint64_t address);

/* Makes the open header a contiguous array whose elements start at address data; without elements, a chunked one. */
void hdf5_array(byte_buffer *bytes, myr_array_type type, int rank, const int64_t *shape, uint64_t data);
/* Makes it an array of strings of a fixed length, padded with zeros. */
void hdf5_string_array(byte_buffer *bytes, size_t length, int64_t count, uint64_t data);

/* ---- arrays in which every row is a chunk (1, shape[1], ...), for rows of less than 4 GiB. */

/* A row in its stored form: filtered, or plain if the filters would not make it smaller. */
typedef struct hdf5_chunk {
  uint64_t address;
  uint32_t bytes;
  bool plain;
} hdf5_chunk;

/* Makes the open header such an array. Its chunks are deflated and, with shuffled, shuffled before: the first bytes of
 * all elements come first, then their second bytes, and so on. index: the address that hdf5_chunk_index returned. */
void hdf5_chunked_array(byte_buffer *bytes, myr_array_type type, int rank, const int64_t *shape, bool shuffled,
                        uint64_t index);
/* Appends the index of an array's chunks, (shape[0]) and at least one, and returns its address. base: address of the
 * first of bytes. */
uint64_t hdf5_chunk_index(byte_buffer *bytes, uint64_t base, myr_array_type type, int rank, const int64_t *shape,
                          bool shuffled, const hdf5_chunk *chunks);

/* Writes the number of links to the object. Needed only if it is more than one. */
void hdf5_reference_count(byte_buffer *bytes, uint32_t references);

/* Announces the open header's attributes; call it once before the first. Without this message libhdf5 counts none, so
 * that tools which count before they copy (h5repack, netCDF) drop all of them. */
void hdf5_attributes(byte_buffer *bytes);
/* Writes a scalar attribute. value points to myr_array_type_bytes(type) bytes, little endian. */
void hdf5_attribute(byte_buffer *bytes, const char *name, myr_array_type type, const void *value);
/* Writes an attribute with a UTF-8 text of less than 64000 bytes, which is stored in the header itself. */
void hdf5_text_attribute(byte_buffer *bytes, const char *name, const char *text);
/* Writes an attribute with a UTF-8 string of length bytes, which is object number `object` of the heap at address
 * `heap`. */
void hdf5_string_attribute(byte_buffer *bytes, const char *name, uint32_t length, uint64_t heap, uint32_t object);

/* ---- the heap of strings. Objects are numbered from 1. */
enum { HDF5_HEAP_OBJECT_LIMIT = 65535 };
size_t hdf5_heap_object_bytes(size_t string_length);
/* begin, objects, end. The heap is exactly `bytes` long, a size that hdf5_heap_bytes returned. */
size_t hdf5_heap_bytes(size_t object_bytes);
void hdf5_heap_begin(byte_buffer *bytes, size_t heap_bytes);
void hdf5_heap_object(byte_buffer *bytes, uint16_t object, uint16_t references, const char *string, size_t length);
void hdf5_heap_end(byte_buffer *bytes, size_t heap_bytes);

/* ---- the superblock, at address 0 */
enum { HDF5_SUPERBLOCK_BYTES = 48 };
void hdf5_superblock(unsigned char superblock[HDF5_SUPERBLOCK_BYTES], uint64_t end_of_file, uint64_t root);

/* Bob Jenkins' lookup3 (hashlittle), the checksum of every structure above. */
uint32_t hdf5_checksum(const void *data, size_t size);

#endif
