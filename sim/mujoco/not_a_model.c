#include "sim/mujoco/not_a_model.h"

#include <string.h>
#include <strings.h>

#include "sim/regular_file.h"

enum { START_BYTES = 512 };

/* The kinds of files that begin with these bytes. */
static const struct {
  const char *bytes;
  int length;
  const char *what;
} starts[] = {
    {"\x89PNG", 4, "a PNG picture"},
    {"\xff\xd8\xff", 3, "a JPEG picture"},
    {"GIF8", 4, "a GIF picture"},
    {"BM", 2, "a BMP picture"},
    {"\x89HDF", 4, "an HDF5 file"},
    {"PK\x03\x04", 4, "a zip archive"},
    {"\x1f\x8b", 2, "a gzip archive"},
    {"%PDF", 4, "a PDF document"},
    {"\x7f"
     "ELF",
     4, "a program"},
    {"#usda", 5, "a USD scene"},
    {"PXR-USDC", 8, "a USD scene"},
    {"glTF", 4, "a glTF scene"},
    {"solid ", 6, "an STL mesh"},
    {"ply\n", 4, "a PLY mesh"},
    {"v ", 2, "an OBJ mesh"},
    {"mtllib ", 7, "an OBJ mesh"},
    {"#!", 2, "a script"},
    {"{", 1, "JSON"},
};

/* XML of another kind, by its first element. */
static const struct {
  const char *tag, *what, *remedy;
} roots[] = {
    {"sdf", "an SDF world", "models are MJCF or URDF; Gazebo and sdformat convert SDF"},
    {"COLLADA", "a DAE mesh", "a model file names meshes; it is MJCF or URDF"},
    {"svg", "an SVG picture", "models are MJCF or URDF"},
    {"html", "a web page", "models are MJCF or URDF; fetch the raw file"},
    {"mujocoinclude", "a part of an MJCF model", "give the file that includes it"},
    {"launch", "a launch file of ROS", "models are MJCF or URDF"},
    {"package", "the description of a ROS package", "models are MJCF or URDF"},
};

static const char *kind_of_bytes(const char *text, size_t length) {
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
    if (length >= (size_t)starts[i].length && !memcmp(text, starts[i].bytes, (size_t)starts[i].length))
      return starts[i].what;
  if (strstr(text, "\nv ")) return "an OBJ mesh";
  if (!strncmp(text, "version:", 8) || strstr(text, "\nversion:")) return "a scenario, whose name must end with .yaml";
  for (size_t i = 0; i < length; i++)
    if (!text[i]) return "binary data";
  return "text";
}

bool not_a_model(const char *path, const xml_source *source, myr_findings *findings) {
  FILE *stream;
  myr_regular_file_stream(path, &stream, NULL);
  char text[START_BYTES + 1];
  size_t length = stream ? fread(text, 1, START_BYTES, stream) : 0;
  text[length] = 0;
  if (stream) fclose(stream);
  const char *start = text + (length > 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0);
  start += strspn(start, " \t\r\n");
  finding_place place = {.file = path};
  if (!length) {
    finding_add(findings, MYR_FAULT, place, "a model is an MJCF or URDF file", "no model: the file is empty");
    return true;
  }
  if (*start != '<') {
    finding_add(findings, MYR_FAULT, place, "a model is an MJCF or URDF file, which is XML",
                "no model: it looks like %s", kind_of_bytes(text, length));
    return true;
  }
  for (size_t i = 0; source->count && i < sizeof roots / sizeof *roots; i++) {
    if (!xml_root_is(source, roots[i].tag)) continue;
    finding_add(findings, MYR_FAULT, xml_place(source, &source->elements[0], NULL), roots[i].remedy,
                "no model: it looks like %s", roots[i].what);
    return true;
  }
  if (!source->count || xml_root_is(source, "mujoco") || xml_root_is(source, "robot")) return false;
  finding_add(findings, MYR_FAULT, xml_place(source, &source->elements[0], NULL),
              "MJCF begins with <mujoco>, URDF with <robot>", "no model: its first element is <%s>",
              source->elements[0].tag);
  return true;
}
