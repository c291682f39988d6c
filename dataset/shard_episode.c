#include "dataset/shard_episode.h"

#include <stdlib.h>
#include <string.h>

#include "dataset/frames.h"

void string_attribute(byte_buffer *bytes, const char *name, size_t length, uint32_t object) {
  hdf5_string_attribute(bytes, name, (uint32_t)length, HEAP_ADDRESS, object);
}

/* The addresses of the parts of one episode: its arrays from where->data on, then its frames, then the bytes that this
 * file encodes, which are the indices of the frames and the headers. */
typedef struct placement {
  const episode_schema *schema;
  const episode *episode;
  const episode_place *where;
  byte_buffer *bytes;
  uint64_t frames, base;                /* addresses */
  uint64_t frames_bytes, frames_digest; /* of the frames with their indices */
  uint64_t *indices;                    /* (array_count) the address of each index */
  uint64_t *headers;                    /* (array_count) the address of each array's header */
  int *present;                         /* (present_count) the numbers of the arrays that the episode has */
  int present_count;
} placement;

static bool encode_index(episode_encoder *encoder, placement *place, int array) {
  const array_info *info = &place->schema->arrays[array];
  const frame_list *list = &place->episode->frames.lists[array];
  int64_t shape[MYR_ARRAY_RANK];
  array_shape(info, place->episode->steps, place->episode->contacts, shape);
  if (list->count != shape[0]) return false;
  if (encoder->chunk_capacity < list->count) {
    free(encoder->chunks);
    encoder->chunks = malloc((size_t)list->count * sizeof *encoder->chunks);
    encoder->chunk_capacity = encoder->chunks ? list->count : 0;
    if (!encoder->chunks) return false;
  }
  for (int64_t i = 0; i < list->count; i++) {
    const stored_frame *frame = &list->frames[i];
    encoder->chunks[i] = (hdf5_chunk){place->frames + frame->offset, frame->bytes, frame->plain};
  }
  place->indices[array] = hdf5_chunk_index(place->bytes, place->base, info->type, info->rank, shape,
                                           frames_are_shuffled(info->type), encoder->chunks);
  return true;
}

/* Encodes the indices, and digests the frames with them: the format has no checksum for the indices and for the last
 * bits of a chunk, so we need our own. */
static bool encode_indices(episode_encoder *encoder, placement *place) {
  for (int i = 0; i < place->present_count; i++)
    if (place->schema->arrays[place->present[i]].frames && !encode_index(encoder, place, place->present[i]))
      return false;
  place->frames_bytes = place->base - place->frames + place->bytes->size;
  if (place->bytes->failed || !place->frames_bytes) return !place->bytes->failed;
  XXH3_64bits_reset(encoder->digest);
  XXH3_64bits_update(encoder->digest, place->episode->frames.bytes.data, place->base - place->frames);
  XXH3_64bits_update(encoder->digest, place->bytes->data, place->bytes->size);
  place->frames_digest = XXH3_64bits_digest(encoder->digest);
  return true;
}

static void encode_arrays(placement *place) {
  const episode_schema *schema = place->schema;
  for (int p = 0; p < place->present_count; p++) {
    int i = place->present[p];
    const array_info *info = &schema->arrays[i];
    if (info->same_as >= 0) continue;
    uint32_t references = 1 + (uint32_t)info->names;
    int64_t shape[MYR_ARRAY_RANK];
    array_shape(info, place->episode->steps, place->episode->contacts, shape);
    place->headers[i] = place->base + place->bytes->size;
    size_t begin = hdf5_header_begin(place->bytes);
    if (info->frames)
      hdf5_chunked_array(place->bytes, info->type, info->rank, shape, frames_are_shuffled(info->type),
                         place->indices[i]);
    else
      hdf5_array(place->bytes, info->type, info->rank, shape, place->where->data + place->episode->offsets[i]);
    if (references > 1) hdf5_reference_count(place->bytes, references);
    if (info->privileged) {
      static const unsigned char yes = 1;
      hdf5_attributes(place->bytes);
      hdf5_attribute(place->bytes, "privileged", MYR_ARRAY_BOOL, &yes);
    }
    hdf5_header_end(place->bytes, begin, place->base, 1);
  }
}

static void encode_attributes(placement *place) {
  const episode_schema *schema = place->schema;
  hdf5_attributes(place->bytes);
  for (int i = 0; i < schema->attribute_count; i++) {
    const attribute_info *info = &schema->attributes[i];
    const attribute_value *value = &place->episode->attributes[i];
    switch (info->type) { /* little endian: a flag is the first byte of the value */
    case ATTRIBUTE_FLAG: hdf5_attribute(place->bytes, info->name, MYR_ARRAY_BOOL, value); break;
    case ATTRIBUTE_INTEGER: hdf5_attribute(place->bytes, info->name, MYR_ARRAY_I64, value); break;
    case ATTRIBUTE_REAL: hdf5_attribute(place->bytes, info->name, MYR_ARRAY_F64, value); break;
    case ATTRIBUTE_REASON: /* there is one, termination_reason */
      string_attribute(place->bytes, info->name, strlen(value->string), place->where->reason_object);
      break;
    case ATTRIBUTE_TEXT:
      if (value->string) hdf5_text_attribute(place->bytes, info->name, value->string);
      break;
    }
  }
  string_attribute(place->bytes, "content_xxh3", DIGEST_LENGTH, place->where->digest_object);
  if (!place->frames_bytes) return;
  hdf5_attribute(place->bytes, "frames_address", MYR_ARRAY_I64, &place->frames);
  hdf5_attribute(place->bytes, "frames_bytes", MYR_ARRAY_I64, &place->frames_bytes);
  hdf5_attribute(place->bytes, "frames_xxh3", MYR_ARRAY_I64, &place->frames_digest);
}

/* Encodes the group of the arrays present[first .. end-1], whose paths agree in their first prefix bytes. The groups
 * inside it are encoded before. Returns the group's address. The episode's own group (prefix 0) gets the attributes. */
static uint64_t encode_group(placement *place, int first, int end, size_t prefix) {
  typedef struct link {
    const char *name;
    size_t length;
    uint64_t address;
  } link;
  link *links = malloc((size_t)(end - first) * sizeof *links);
  if (!links) place->bytes->failed = true;
  if (!links) return 0;
  int count = 0;
  const array_info *arrays = place->schema->arrays;
  for (int i = first, next; i < end; i = next) {
    int array = place->present[i];
    const char *name = arrays[array].path + prefix;
    size_t length = strcspn(name, "/");
    next = i + 1;
    uint64_t address;
    if (name[length] == '/') {
      while (next < end && !strncmp(arrays[place->present[next]].path + prefix, name, length + 1)) next++;
      address = encode_group(place, i, next, prefix + length + 1);
    } else {
      int same_as = arrays[array].same_as;
      /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): the array that it repeats is present too */
      address = place->headers[same_as >= 0 ? same_as : array];
    }
    links[count++] = (link){name, length, address};
  }
  uint64_t address = place->base + place->bytes->size;
  size_t begin = hdf5_header_begin(place->bytes);
  hdf5_group(place->bytes, count);
  for (int i = 0; i < count; i++) hdf5_link(place->bytes, links[i].name, links[i].length, links[i].address);
  if (!prefix) encode_attributes(place);
  hdf5_header_end(place->bytes, begin, place->base, prefix ? 1 : 8); /* aligned for the next episode's data */
  free(links);
  return address;
}

bool episode_encode(episode_encoder *encoder, const episode_schema *schema, const episode *episode,
                    const episode_place *where, uint64_t *group) {
  const size_t count = (size_t)schema->array_count + 1;
  uint64_t *headers = malloc(count * sizeof *headers), *indices = malloc(count * sizeof *indices);
  int *present = malloc(count * sizeof *present);
  bool good = headers && indices && present;
  encoder->bytes.size = 0;
  placement place = {.schema = schema,
                     .episode = episode,
                     .where = where,
                     .bytes = &encoder->bytes,
                     .frames = where->data + episode->data_bytes,
                     .base = where->data + episode->data_bytes + episode->frames.bytes.size,
                     .indices = indices,
                     .headers = headers,
                     .present = present};
  for (int i = 0; good && i < schema->array_count; i++)
    if (array_present(&schema->arrays[i], episode->index)) present[place.present_count++] = i;
  good = good && encode_indices(encoder, &place);
  if (good) {
    encode_arrays(&place);
    *group = encode_group(&place, 0, place.present_count, 0);
  }
  free(headers);
  free(indices);
  free(present);
  return good && !encoder->bytes.failed;
}
