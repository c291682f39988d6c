/* Meshes that MuJoCo does not read from their files: COLLADA, and STL written as text. */
#ifndef MYR_URDF_TRIANGLES_H
#define MYR_URDF_TRIANGLES_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/status.h"

/* The triangles of one colour. */
typedef struct triangle_part {
  int64_t vertex_count, normal_count, triangle_count;
  int64_t vertex_capacity, normal_capacity, triangle_capacity, corner_capacity;
  float *vertices; /* (vertex_count, 3) m */
  float *normals;  /* (normal_count, 3), or none */
  int *triangles;  /* (triangle_count, 3) vertices, counter-clockwise from outside */
  int *corners;    /* (triangle_count, 3) normals; -1: the triangle states none */
  bool has_color;
  float color[4]; /* rgba */
  char material[64];
} triangle_part;

typedef struct triangle_mesh {
  triangle_part *parts;
  int count;
  int64_t capacity;
} triangle_mesh;

/* MYR_IO or MYR_INVALID with a message that names the file. The caller releases, after an error too. A .dae file's unit
 * is applied, its up_axis is not. */
myr_status collada_read(const char *path, triangle_mesh *mesh, myr_error *error);
myr_status stl_read_text(const char *path, triangle_mesh *mesh, myr_error *error);
void triangles_release(triangle_mesh *mesh);

/* Whether an STL file is written as text. */
bool stl_is_text(const char *path);

/* The part of a material, made when first asked for. NULL: memory is out. */
triangle_part *triangles_part(triangle_mesh *mesh, const char *material);
/* The number of a new vertex or normal, or -1 when memory is out. */
int triangles_add_vertex(triangle_part *part, const float xyz[3]);
int triangles_add_normal(triangle_part *part, const float xyz[3]);
bool triangles_add(triangle_part *part, const int vertices[3], const int normals[3]);

#endif
