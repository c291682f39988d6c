/* Facts of a mesh file that MuJoCo's compiled mesh does not keep. */
#ifndef MYR_MUJOCO_MESH_FILE_H
#define MYR_MUJOCO_MESH_FILE_H

#include <stdbool.h>

typedef struct mesh_file {
  bool known;   /* the file could be read, and its format is one that is looked into */
  bool normals; /* it states normals. An STL file states those of its facets, which MuJoCo does not read */
  /* OBJ only, lines from 1; 0: there is none. */
  int material_line; /* the first `usemtl` or `mtllib` */
  int object_line;   /* the first `o` or `g` behind a face: MuJoCo reads no face from there on */
} mesh_file;

/* Looks into an OBJ, STL or MSH file, by its suffix. Opens regular files only and follows no pipe. */
mesh_file mesh_file_read(const char *path);

#endif
