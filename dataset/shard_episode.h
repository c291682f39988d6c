/* The bytes of one episode of a shard that are not its arrays and frames: the indices of the frames and all headers. */
#ifndef MYR_DATASET_SHARD_EPISODE_H
#define MYR_DATASET_SHARD_EPISODE_H

#include <xxhash.h>

#include "dataset/episode.h"
#include "dataset/hdf5_format.h"

enum { HEAP_ADDRESS = HDF5_SUPERBLOCK_BYTES, DIGEST_LENGTH = 16 };
/* The first episode's data starts after the heap, whose size is a multiple of eight like its address. */

/* An attribute whose string is an object of the shard's heap. */
void string_attribute(byte_buffer *bytes, const char *name, size_t length, uint32_t object);

/* Where an episode lies, and which objects of the heap are its strings. */
typedef struct episode_place {
  uint64_t data; /* address of its arrays; the frames follow them, then the encoded bytes */
  uint32_t reason_object, digest_object;
} episode_place;

/* Workspace, zero-filled at first but for digest. */
typedef struct episode_encoder {
  byte_buffer bytes; /* the encoded bytes */
  XXH3_state_t *digest;
  hdf5_chunk *chunks;
  int64_t chunk_capacity;
} episode_encoder;

/* Encodes into encoder->bytes from its beginning; *group: address of the episode's group. False: too little memory, or
 * frames are missing. */
bool episode_encode(episode_encoder *encoder, const episode_schema *schema, const episode *episode,
                    const episode_place *where, uint64_t *group);

#endif
