/* The box along the axes that holds a mesh file's vertices, for messages. */
#ifndef MYR_URDF_BOUNDS_H
#define MYR_URDF_BOUNDS_H

#include <stdbool.h>

/* STL, OBJ and COLLADA, in metres as the file states them. False where the file cannot be read. */
bool bounds_read(const char *path, double low[3], double high[3]);

#endif
