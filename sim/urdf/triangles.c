#include "sim/urdf/triangles.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/grow.h"
#include "sim/regular_file.h"

triangle_part *triangles_part(triangle_mesh *mesh, const char *material) {
  for (int i = 0; i < mesh->count; i++)
    if (!strcmp(mesh->parts[i].material, material)) return &mesh->parts[i];
  triangle_part *grown = myr_grow(mesh->parts, mesh->count, &mesh->capacity, sizeof *grown);
  if (!grown) return NULL;
  mesh->parts = grown;
  triangle_part *part = &grown[mesh->count++];
  *part = (triangle_part){0};
  snprintf(part->material, sizeof part->material, "%s", material);
  return part;
}

static int add_triple(float **array, int64_t *count, int64_t *capacity, const float xyz[3]) {
  float *grown = *count < INT_MAX ? myr_grow(*array, *count, capacity, 3 * sizeof *grown) : NULL;
  if (!grown) return -1;
  *array = grown;
  memcpy(grown + 3 * *count, xyz, 3 * sizeof *xyz);
  return (int)(*count)++;
}

int triangles_add_vertex(triangle_part *part, const float xyz[3]) {
  return add_triple(&part->vertices, &part->vertex_count, &part->vertex_capacity, xyz);
}

int triangles_add_normal(triangle_part *part, const float xyz[3]) {
  return add_triple(&part->normals, &part->normal_count, &part->normal_capacity, xyz);
}

bool triangles_add(triangle_part *part, const int vertices[3], const int normals[3]) {
  int *grown = myr_grow(part->triangles, part->triangle_count, &part->triangle_capacity, 3 * sizeof *grown);
  if (grown) part->triangles = grown;
  int *corners = myr_grow(part->corners, part->triangle_count, &part->corner_capacity, 3 * sizeof *corners);
  if (corners) part->corners = corners;
  if (!grown || !corners || part->triangle_count == INT_MAX) return false;
  memcpy(grown + 3 * part->triangle_count, vertices, 3 * sizeof *vertices);
  memcpy(corners + 3 * part->triangle_count++, normals, 3 * sizeof *normals);
  return true;
}

void triangles_release(triangle_mesh *mesh) {
  for (int i = 0; i < mesh->count; i++) {
    free(mesh->parts[i].vertices);
    free(mesh->parts[i].normals);
    free(mesh->parts[i].triangles);
    free(mesh->parts[i].corners);
  }
  free(mesh->parts);
  *mesh = (triangle_mesh){0};
}

/* ------------------------------------------------------------------------------------------------ STL as text */
enum { STL_HEADER = 80, STL_FACET = 50 };

/* A binary file may begin with "solid" too, but its length follows from its number of facets. */
bool stl_is_text(const char *path) {
  struct stat about;
  FILE *stream;
  if (myr_regular_file_stream(path, &stream, NULL)) return false;
  unsigned char head[STL_HEADER + 4];
  size_t length = fread(head, 1, sizeof head, stream);
  bool known = !fstat(fileno(stream), &about);
  fclose(stream);
  if (!known || length < 5 || memcmp(head, "solid", 5) != 0) return false;
  if (length < sizeof head) return true;
  uint32_t facets;
  memcpy(&facets, head + STL_HEADER, sizeof facets);
  return (int64_t)about.st_size != STL_HEADER + 4 + (int64_t)STL_FACET * facets;
}

myr_status stl_read_text(const char *path, triangle_mesh *mesh, myr_error *error) {
  FILE *stream;
  myr_status status = myr_regular_file_stream(path, &stream, error);
  if (status) return status;
  triangle_part *part = triangles_part(mesh, "");
  char line[512];
  int corner = 0, vertices[3], number = 0;
  const int none[3] = {-1, -1, -1};
  if (!part) status = myr_fail(error, MYR_ERROR, "out of memory for %s", path);
  while (!status && fgets(line, sizeof line, stream)) {
    const char *at = line + strspn(line, " \t");
    float xyz[3];
    number++;
    if (!strncmp(at, "endloop", 7)) corner = 0;
    if (strncmp(at, "vertex", 6) != 0) continue;
    if (sscanf(at + 6, "%f %f %f", &xyz[0], &xyz[1], &xyz[2]) != 3)
      status = myr_fail(error, MYR_INVALID, "%s:%d: a vertex has three numbers", path, number);
    else if (corner > 2)
      status = myr_fail(error, MYR_INVALID, "%s:%d: a facet of more than three vertices", path, number);
    else if ((vertices[corner++] = triangles_add_vertex(part, xyz)) < 0)
      status = myr_fail(error, MYR_ERROR, "out of memory for %s", path);
    if (!status && corner == 3 && !triangles_add(part, vertices, none))
      status = myr_fail(error, MYR_ERROR, "out of memory for %s", path);
  }
  fclose(stream);
  if (!status && !part->triangle_count) status = myr_fail(error, MYR_INVALID, "%s: no facets", path);
  return status;
}
