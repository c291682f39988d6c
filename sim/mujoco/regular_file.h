/* Opens files that a model names, and nothing else: no folder, and no pipe, which would wait for its writer for ever. */
#ifndef MYR_MUJOCO_REGULAR_FILE_H
#define MYR_MUJOCO_REGULAR_FILE_H

#include <stdio.h>
#include <sys/stat.h>

/* NULL where the file cannot be opened, with errno, or is not regular, with errno 0. */
FILE *asset_file_open(const char *path);

/* Names the kind of a file: "a folder", "a pipe", ... */
const char *regular_file_kind(mode_t mode);

#endif
