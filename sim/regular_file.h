/* Floor 2, public: the kinds of files, and opening regular ones and nothing else. A path may name a FIFO, whose opening
 * would wait for a writer for ever, a device or a directory, by accident or by malice. */
#ifndef MYR_REGULAR_FILE_H
#define MYR_REGULAR_FILE_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "kernels/status.h"

/* Names the kind of a file that is not regular ("a symbolic link", "a FIFO", "a directory"); NULL if it is regular. */
const char *myr_irregular_kind(mode_t mode);

bool myr_is_regular_file(const char *path); /* or a link to one */

/* Datasets are made of files of our own, and nobody links these; users link their models and pictures as they like. */
enum myr_links { MYR_REFUSE_LINKS = 0, MYR_FOLLOW_LINKS };

/* Opens an existing regular file for reading, relative to a folder (a file descriptor or AT_FDCWD). shown: its path for
 * messages. *info may be NULL. Returns MYR_INVALID if it is not a regular file; MYR_IO, with errno, if it cannot be
 * read. */
myr_status myr_regular_file_open(int folder, const char *name, const char *shown, enum myr_links links, int *file,
                                 struct stat *info, myr_error *error);

/* The same for a path whose links are followed, as a stream, which the caller closes. */
myr_status myr_regular_file_stream(const char *path, FILE **stream, myr_error *error);

/* Reads a whole file of at most `most` bytes, whose links are followed. The text ends with a zero byte, which `length`
 * does not count; the caller frees it. Returns MYR_INVALID for a longer file, MYR_ERROR if memory is too little. */
myr_status myr_regular_file_read(const char *path, size_t most, char **text, size_t *length, myr_error *error);

#endif
