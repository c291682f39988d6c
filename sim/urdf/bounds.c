#include "sim/urdf/bounds.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sim/regular_file.h"
#include "sim/urdf/triangles.h"

static void include(const float xyz[3], double low[3], double high[3]) {
  for (int i = 0; i < 3; i++) {
    low[i] = fmin(low[i], (double)xyz[i]);
    high[i] = fmax(high[i], (double)xyz[i]);
  }
}

static void include_binary_stl(FILE *stream, double low[3], double high[3]) {
  unsigned char facet[50];
  if (fseek(stream, 84, SEEK_SET)) return;
  while (fread(facet, sizeof facet, 1, stream) == 1)
    for (int corner = 0; corner < 3; corner++) {
      float xyz[3];
      memcpy(xyz, facet + 12 + 12 * corner, sizeof xyz);
      include(xyz, low, high);
    }
}

static void include_obj(FILE *stream, double low[3], double high[3]) {
  char line[512];
  float xyz[3];
  while (fgets(line, sizeof line, stream))
    if (sscanf(line, "v %f %f %f", &xyz[0], &xyz[1], &xyz[2]) == 3) include(xyz, low, high);
}

static void include_triangles(const char *path, bool collada, double low[3], double high[3]) {
  triangle_mesh mesh = {0};
  if (!(collada ? collada_read(path, &mesh, NULL) : stl_read_text(path, &mesh, NULL)))
    for (int i = 0; i < mesh.count; i++)
      for (int64_t c = 0; c < 3 * mesh.parts[i].triangle_count; c++)
        include(mesh.parts[i].vertices + 3 * (size_t)mesh.parts[i].triangles[c], low, high);
  triangles_release(&mesh);
}

bool bounds_read(const char *path, double low[3], double high[3]) {
  const char *dot = strrchr(path, '.');
  for (int i = 0; i < 3; i++) low[i] = INFINITY, high[i] = -INFINITY;
  bool collada = dot && !strcasecmp(dot, ".dae"), stl = dot && !strcasecmp(dot, ".stl");
  if (collada || (stl && stl_is_text(path))) {
    include_triangles(path, collada, low, high);
    return low[0] <= high[0];
  }
  FILE *stream;
  bool known = dot && (stl || !strcasecmp(dot, ".obj"));
  if (!known || myr_regular_file_stream(path, &stream, NULL)) return false;
  if (stl)
    include_binary_stl(stream, low, high);
  else
    include_obj(stream, low, high);
  fclose(stream);
  return low[0] <= high[0];
}
