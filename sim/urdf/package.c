#include "sim/urdf/package.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "sim/regular_file.h"
#include "sim/sim.h"

enum { PATH_BYTES = 4096, NAME_BYTES = 256, DEEPEST = 4, MOST_FOLDERS = 20000 };

/* ------------------------------------------------------------------------------------------------ the search path */
static char *stated_path;

void myr_package_path_set(const char *folders) {
  free(stated_path);
  stated_path = folders ? strdup(folders) : NULL;
}

const char *package_path_stated(void) { return stated_path; }

/* ------------------------------------------------------------------------------------------------ folders */
static bool is_folder(const char *path) {
  struct stat about;
  return !stat(path, &about) && S_ISDIR(about.st_mode);
}

/* Whether folder/package.xml says <name>NAME</name>. */
static bool says_name(const char *folder, const char *name) {
  char path[PATH_BYTES], text[8192];
  if (snprintf(path, sizeof path, "%s/package.xml", folder) >= (int)sizeof path) return false;
  FILE *stream;
  if (myr_regular_file_stream(path, &stream, NULL)) return false;
  size_t length = fread(text, 1, sizeof text - 1, stream);
  fclose(stream);
  text[length] = 0;
  const char *at = strstr(text, "<name>");
  if (!at) return false;
  at += 6;
  at += strspn(at, " \t\r\n");
  length = strlen(name);
  return !strncmp(at, name, length) && strchr(" \t\r\n<", at[length]);
}

static const char *last_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static bool is_package(const char *folder, const char *name) {
  return !strcmp(last_name(folder), name) || says_name(folder, name);
}

static bool try_file(const char *folder, const char *rest, package_search *search) {
  int length = snprintf(search->path, search->path_bytes, "%s%s%s", folder, *folder ? "/" : "", rest);
  return length > 0 && (size_t)length < search->path_bytes && myr_is_regular_file(search->path);
}

static void note_tried(package_search *search, const char *format, const char *where) {
  char text[300];
  size_t used = strlen(search->tried);
  snprintf(text, sizeof text, format, where);
  if (strstr(search->tried, text)) return;
  snprintf(search->tried + used, sizeof search->tried - used, "%s%s", used ? ", " : "", text);
}

/* The folder of the file, "." where its path has none. */
static void folder_of(const char *file, char folder[PATH_BYTES]) {
  const char *slash = strrchr(file, '/');
  snprintf(folder, PATH_BYTES, "%.*s", slash ? (int)(slash - file + (slash == file)) : 1, slash ? file : ".");
}

/* ------------------------------------------------------------------------------------------------ packages */
/* Looks for the package in the folder and below it, as ROS crawls its path: not below a package. */
static bool find_below(const char *folder, const char *name, const char *rest, int depth, int *folders,
                       package_search *search) {
  if (is_package(folder, name) && try_file(folder, rest, search)) return true;
  char path[PATH_BYTES];
  if (snprintf(path, sizeof path, "%s/package.xml", folder) < (int)sizeof path && myr_is_regular_file(path))
    return false;
  if (depth == DEEPEST || ++*folders > MOST_FOLDERS) return false;
  struct dirent **entries;
  int count = scandir(folder, &entries, NULL, alphasort); /* in one order on every machine */
  bool found = false;
  for (int i = 0; i < count; i++) {
    bool hidden = entries[i]->d_name[0] == '.';
    int length = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
    free(entries[i]);
    if (hidden || found || length >= (int)sizeof path || !is_folder(path)) continue;
    found = find_below(path, name, rest, depth + 1, folders, search);
  }
  if (count >= 0) free(entries);
  return found;
}

/* Folders separated by colons, each the package itself, or one that holds it at any depth. */
static bool find_in_list(const char *list, const char *label, const char *name, const char *rest,
                         package_search *search) {
  for (const char *at = list; at && *at;) {
    size_t length = strcspn(at, ":");
    char folder[PATH_BYTES];
    snprintf(folder, sizeof folder, "%.*s", (int)length, at);
    while (length > 1 && length < sizeof folder && folder[length - 1] == '/') folder[--length] = 0;
    int folders = 0;
    if (*folder && find_below(folder, name, rest, 0, &folders, search)) return true;
    if (*folder) note_tried(search, label, folder);
    at += strcspn(at, ":");
    at += *at == ':';
  }
  return false;
}

/* The folders above the file, and the folders of that name in them. */
static bool find_above(const char *file, const char *name, const char *rest, package_search *search) {
  char folder[PATH_BYTES], *real = NULL, beside[PATH_BYTES];
  folder_of(file, folder);
  real = realpath(folder, NULL);
  if (!real) return false;
  bool found = false;
  for (char *slash = real + strlen(real); slash && !found;) {
    *slash = 0;
    if (is_package(real, name)) found = try_file(real, rest, search);
    if (!found && snprintf(beside, sizeof beside, "%s/%s", real, name) < (int)sizeof beside)
      found = try_file(beside, rest, search);
    slash = strrchr(real, '/');
  }
  free(real);
  if (!found) note_tried(search, "the folders above %s", file);
  return found;
}

/* Some folder above the file that holds the rest of the path: a package that was copied under another name. */
static bool guess_above(const char *file, const char *rest, package_search *search) {
  char folder[PATH_BYTES];
  folder_of(file, folder);
  char *real = realpath(folder, NULL);
  bool found = false;
  for (char *slash = real ? real + strlen(real) : NULL; slash && !found; slash = strrchr(real, '/')) {
    *slash = 0;
    found = try_file(real, rest, search);
  }
  free(real);
  search->guessed = found;
  return found;
}

static bool find_in_package(const char *text, package_search *search) {
  char name[NAME_BYTES];
  size_t length = strcspn(text, "/");
  if (length == 0 || length >= sizeof name || !text[length]) return false;
  memcpy(name, text, length);
  name[length] = 0;
  const char *rest = text + length + 1;
  return find_in_list(stated_path, "%s (--package-path)", name, rest, search) ||
         find_in_list(getenv("ROS_PACKAGE_PATH"), "%s (ROS_PACKAGE_PATH)", name, rest, search) ||
         find_above(search->file, name, rest, search) || guess_above(search->file, rest, search);
}

/* ------------------------------------------------------------------------------------------------ all kinds of names */
static bool find_relative(const char *name, package_search *search) {
  char folder[PATH_BYTES], meshes[PATH_BYTES];
  folder_of(search->file, folder);
  if (try_file(folder, name, search)) return true;
  note_tried(search, "%s", folder);
  if (!search->mesh_folder) return false;
  bool absolute = search->mesh_folder[0] == '/';
  int length =
      snprintf(meshes, sizeof meshes, "%s%s%s", absolute ? "" : folder, absolute ? "" : "/", search->mesh_folder);
  if (length >= (int)sizeof meshes) return false;
  while (length > 1 && meshes[length - 1] == '/') meshes[--length] = 0;
  if (try_file(meshes, name, search) || try_file(meshes, last_name(name), search)) return true;
  note_tried(search, "%s (meshdir)", meshes);
  return false;
}

bool package_find(const char *name, package_search *search) {
  search->tried[0] = 0;
  search->guessed = false;
  name += strspn(name, " \t\r\n");
  if (!strncmp(name, "package://", 10)) return find_in_package(name + 10, search);
  if (!strncmp(name, "model://", 8)) return find_in_package(name + 8, search);
  if (!strncmp(name, "file://", 7)) name += 7;
  if (name[0] != '/') return find_relative(name, search);
  if (try_file("", name, search)) return true;
  note_tried(search, "%s", name);
  return false;
}

bool myr_find_named_file(const char *file, const char *name, char *path, size_t bytes) {
  package_search search = {.file = file, .path = path, .path_bytes = bytes};
  return package_find(name, &search);
}
