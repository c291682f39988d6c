/* Private: a file that gets its name only when it is complete. */
#ifndef MYR_RENDER_PICTURE_FILE_H
#define MYR_RENDER_PICTURE_FILE_H

#include <stdio.h>

#include "kernels/status.h"

typedef struct picture_file {
  FILE *stream;      /* NULL when not open */
  char *path, *part; /* final name; name until then */
  int note;          /* that the file is unfinished (sim/unfinished.h) */
} picture_file;

/* Opens path's companion for writing, in the same folder. MYR_INVALID: path is there and is no regular file. On failure
 * the file is empty. */
myr_status picture_file_open(const char *path, picture_file *file, myr_error *error);
/* Writes the buffered bytes and renames the file to its final name. In any case the file is closed and empty
 * afterwards. */
myr_status picture_file_commit(picture_file *file, myr_error *error);
/* Deletes the unfinished file. An empty one is allowed. */
void picture_file_discard(picture_file *file);
/* Returns MYR_IO with errno's text. */
myr_status picture_file_failure(const picture_file *file, myr_error *error);

#endif
