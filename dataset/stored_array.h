/* How the numbers of an array lie in a file, and reading them without trust. A file may be damaged or made to do harm:
 * arrays may claim more numbers than were ever stored, lie in other files, or hold chunks that inflate to something else
 * than a row. libhdf5 1.10 reads behind its buffers in such cases, so chunks are inflated here. */
#ifndef MYR_DATASET_STORED_ARRAY_H
#define MYR_DATASET_STORED_ARRAY_H

#include "dataset/reader.h"

/* Opens an object by a path of hard links below a group. Soft, external and user-defined links are not followed: they
 * could lead to another file, which may be a FIFO. Returns -1 if there is no object of that kind. */
hid_t open_hard(hid_t group, const char *path, H5I_type_t kind);

/* Whether all bytes of an array lie in its file: contiguous or compact, or in chunks of one row, deflated or not. Fills
 * array->chunked and array->shuffled. */
bool storage_is_sound(hid_t dataset, int64_t file_bytes, found_array *array);

/* Whether a dataset of another type, such as a mask of strings, lies in its file and is no larger than that. */
bool storage_is_plain(hid_t dataset, int64_t file_bytes);

/* Reads one row of a chunked array. Returns false if its chunk is missing or does not inflate to exactly one row. */
bool read_chunk(const found_array *array, int64_t row, size_t row_bytes, read_buffer *buffer, void *out);

#endif
