/* Encodes the bytes of one episode that are not its arrays and frames: the indices of the frames, and all headers. */
#ifndef MYR_DATASET_SHARD_EPISODE_H
#define MYR_DATASET_SHARD_EPISODE_H

#include <xxhash.h>

#include "dataset/episode.h"
#include "dataset/hdf5_format.h"

enum { HEAP_ADDRESS = HDF5_SUPERBLOCK_BYTES, DIGEST_LENGTH = 16 };
/* The first episode's data starts after the heap, whose size is a multiple of eight like its address. */

/* Writes an attribute whose string is an object of the shard's heap. */
void string_attribute(byte_buffer *bytes, const char *name, size_t length, uint32_t object);

/* The address of an episode, and the objects of the heap that are its strings. */
typedef struct episode_place {
  uint64_t data; /* the address of its arrays; its frames and then the encoded bytes follow them */
  uint32_t reason_object, digest_object;
} episode_place;

/* A workspace. Except for digest, it must be filled with zeros at first. */
typedef struct episode_encoder {
  byte_buffer bytes; /* the encoded bytes */
  XXH3_state_t *digest;
  hdf5_chunk *chunks;
  int64_t chunk_capacity;
} episode_encoder;

/* Encodes into encoder->bytes from its beginning. *group: the address of the episode's group. Returns false if memory
 * is short or frames are missing. */
bool episode_encode(episode_encoder *encoder, const episode_schema *schema, const episode *episode,
                    const episode_place *where, uint64_t *group);

#endif
