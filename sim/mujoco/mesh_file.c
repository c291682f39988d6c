#include "sim/mujoco/mesh_file.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opens a regular file. O_NONBLOCK, because opening a pipe would otherwise wait for its writer. */
static FILE *open_regular(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return NULL;
  struct stat about;
  FILE *stream = fstat(file, &about) == 0 && S_ISREG(about.st_mode) ? fdopen(file, "rb") : NULL;
  if (!stream) close(file);
  return stream;
}

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

static void read_obj(FILE *stream, mesh_file *about) {
  char line[LINE_START];
  bool starts = true;
  while (!about->normals && fgets(line, sizeof line, stream)) {
    if (starts) about->normals = begins(line + strspn(line, " \t"), "vn");
    starts = strchr(line, '\n') != NULL;
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
  FILE *stream = obj || msh ? open_regular(path) : NULL;
  if (!stream) return about;
  if (obj)
    read_obj(stream, &about);
  else
    read_msh(stream, &about);
  fclose(stream);
  return about;
}
