/* Files that get their names without replacing another file. A folder may hold links, FIFOs or devices in place of our
 * files, by accident or by malice: nothing here follows, fills or replaces them. */
#ifndef MYR_DATASET_EXCLUSIVE_FILE_H
#define MYR_DATASET_EXCLUSIVE_FILE_H

#include <stdbool.h>

/* Creates a file that does not exist yet, for writing. Returns -1 with errno on failure; EEXIST if anything, even a
 * link to nothing, has the name. */
int exclusive_file_create(int folder, const char *name);

/* Gives an open file, created as `part` in the folder, its final name, and takes the name `part` away. The file named
 * is the one that is open, even if another process put another file in the place of `part`; no file is replaced.
 * Returns 0, or -1 with errno: EEXIST if the final name is taken, ENOENT if `part` is no longer the open file. */
int exclusive_file_publish(int folder, int file, const char *part, const char *final);

/* Moves a file to another name without replacing one. Returns 0, or -1 with errno. */
int exclusive_file_move(int from, const char *name, int to, const char *final);

/* Whether the name in the folder is the open file. */
bool file_is_named(int folder, int file, const char *name);

#endif
