/* The one rule for names that become parts of HDF5 paths. */
#ifndef MYR_DATASET_NAMES_H
#define MYR_DATASET_NAMES_H

#include <stdbool.h>

enum { NAME_BYTES = 200 }; /* of an escaped name at most */

/* The name as one part of a path: what HDF5 would take for something else - a slash, a control character, a byte that is
 * no UTF-8, the whole names "." and ".." - and the percent sign are written as in URLs, %2F. An empty name is "%". One of
 * more than NAME_BYTES is cut, and ends with % and the 16 digits of its XXH3. Names that differ stay different. malloc'd;
 * NULL: too little memory. */
char *name_escape(const char *name);

/* Whether every part of a path is a name as name_escape makes them. */
bool path_is_safe(const char *path);

#endif
