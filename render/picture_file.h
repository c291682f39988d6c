/* Private: a file that gets its name only when it is complete. */
#ifndef MYR_RENDER_PICTURE_FILE_H
#define MYR_RENDER_PICTURE_FILE_H

#include <stdio.h>

#include "kernels/status.h"

typedef struct picture_file {
  FILE *stream;      /* NULL when not open */
  char *path, *part; /* final name; name until then */
} picture_file;

/* Opens path's companion for writing, in the same folder. MYR_INVALID: path is there and is no regular file. On failure
 * the file is empty. */
myr_status picture_file_open(const char *path, picture_file *file, myr_error *error);
/* Writes out what is buffered and takes the final name. The file is closed and empty in any case. */
myr_status picture_file_commit(picture_file *file, myr_error *error);
/* Leaves nothing behind. An empty one is fine. */
void picture_file_discard(picture_file *file);
/* MYR_IO with errno's text. */
myr_status picture_file_failure(const picture_file *file, myr_error *error);

#endif
