/* How much memory a run may take here. */
#ifndef MYR_DATASET_MEMORY_H
#define MYR_DATASET_MEMORY_H

#include <stdint.h>

typedef struct memory_room {
  int64_t bytes;  /* that may still be taken; INT64_MAX if nobody knows */
  const char *of; /* who sets the limit: "this machine", "the control group", "ulimit -v" */
} memory_room;

/* Returns the smallest of three limits: the memory that the machine can give; the memory that the control groups of this
 * process (of both versions, and the groups above) still allow; the address space that `ulimit -v` still allows. root: ""
 * or, for tests, a folder that has /proc and /sys; the limit of the address space is left out then. */
memory_room memory_room_of(const char *root);

#endif
