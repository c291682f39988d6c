/* Where the files lie that a URDF file names: by a path relative to it, by file://, or by package://NAME/..., where NAME
 * is a folder, or a ROS package whose package.xml says that name. */
#ifndef MYR_URDF_PACKAGE_H
#define MYR_URDF_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct package_search {
  const char *file;        /* the URDF file that names it */
  const char *mesh_folder; /* of <mujoco><compiler>, relative to the file; or NULL */
  char *path;              /* (path_bytes) the file that was found */
  size_t path_bytes;
  char tried[700]; /* where it was looked for, for a message */
  bool guessed;    /* no package of the name was found, but a folder above the file holds the rest of the path */
} package_search;

/* Finds an existing regular file. False: search->tried says where it was looked for. */
bool package_find(const char *name, package_search *search);

/* What myr_package_path_set has set; NULL: nothing. */
const char *package_path_stated(void);

#endif
