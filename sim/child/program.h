/* Where the program stands that reads models in a child process. */
#ifndef MYR_CHILD_PROGRAM_H
#define MYR_CHILD_PROGRAM_H

#include "kernels/status.h"

enum { CHILD_PATH_BYTES = 4096 };

/* The file that MYRIAD_READER names; else myriad-reader beside the program or library that holds this code, where a build
 * folder, a bundle and a Python module have it, or in the ../lib/myriad of an installed bin/myriad. MYR_ERROR says where it
 * was looked for. */
myr_status child_program_find(char path[CHILD_PATH_BYTES], myr_error *error);

#endif
