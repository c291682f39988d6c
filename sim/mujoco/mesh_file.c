#include "sim/mujoco/mesh_file.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sim/regular_file.h"

static bool ends_with(const char *text, const char *end) {
  size_t length = strlen(text), tail = strlen(end);
  return length >= tail && !strcasecmp(text + length - tail, end);
}

/* Whether the line's first word is this one. */
static bool begins(const char *line, const char *word) {
  size_t length = strlen(word);
  return !strncmp(line, word, length) && (line[length] == ' ' || line[length] == '\t');
}

/* The longest part of a line that is looked at: enough for its first word. The rest is skipped. */
enum { LINE_START = 64 };

static void note_line(const char *line, int number, bool *faces, mesh_file *about) {
  line += strspn(line, " \t");
  if (begins(line, "f")) *faces = true;
  if (begins(line, "vn")) about->normals = true;
  if ((begins(line, "usemtl") || begins(line, "mtllib")) && !about->material_line) about->material_line = number;
  if ((begins(line, "o") || begins(line, "g")) && *faces && !about->object_line) about->object_line = number;
}

static void read_obj(FILE *stream, mesh_file *about) {
  char line[LINE_START];
  bool faces = false, starts = true;
  int number = 1;
  while (fgets(line, sizeof line, stream)) {
    if (starts) note_line(line, number, &faces, about);
    starts = strchr(line, '\n') != NULL;
    number += starts;
  }
  about->known = true;
}

/* MuJoCo's own format begins with the numbers of vertices, normals, texture coordinates and faces. */
static void read_msh(FILE *stream, mesh_file *about) {
  int32_t counts[4];
  about->known = fread(counts, sizeof counts, 1, stream) == 1;
  about->normals = about->known && counts[1] > 0;
}

mesh_file mesh_file_read(const char *path) {
  mesh_file about = {0};
  if (ends_with(path, ".stl")) return (mesh_file){.known = true};
  bool obj = ends_with(path, ".obj"), msh = ends_with(path, ".msh");
  FILE *stream;
  if ((!obj && !msh) || myr_regular_file_stream(path, &stream, NULL)) return about;
  if (obj)
    read_obj(stream, &about);
  else
    read_msh(stream, &about);
  fclose(stream);
  return about;
}
