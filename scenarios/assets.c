/* One hash of a model's content: of its file and of every file that it names. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "scenarios/scenario.h"
#include "sim/regular_file.h"
#include "sim/sim.h"

enum { ASSET_FILES = 1000, ASSET_DEPTH = 8, ASSET_BYTES = 256 << 20, ASSET_PATH_BYTES = 4096 };

typedef struct asset_reader {
  arena *arena;
  XXH3_state_t *state;
  const char *main_file;
  const char *folder; /* of the main file, with a slash, or empty */
  int files;
} asset_reader;

/* NULL if the file cannot be read. */
static char *read_named(const char *path, size_t *length) {
  char *text;
  myr_regular_file_read(path, ASSET_BYTES, &text, length, NULL);
  return text;
}

/* The value of the next attribute after *at whose name ends in `name`; NULL if there is none. */
static const char *next_attribute(asset_reader *reader, const char **at, const char *name) {
  size_t length = strlen(name);
  for (const char *found = *at; (found = strstr(found, name)); found += length) {
    const char *after = found + length;
    while (isspace((unsigned char)*after)) after++;
    if (*after != '=') continue;
    for (after++; isspace((unsigned char)*after); after++) {}
    if (*after != '"' && *after != '\'') continue;
    const char *end = strchr(after + 1, *after);
    if (!end || end - after > 4096) continue;
    *at = end;
    return arena_text(reader->arena, after + 1, (size_t)(end - after - 1));
  }
  return NULL;
}

static void hash_named_files(asset_reader *reader, const char *text, int depth);

static void hash_content(asset_reader *reader, const char *name, const char *text, size_t length, int depth) {
  XXH3_64bits_update(reader->state, name, strlen(name) + 1);
  XXH3_64bits_update(reader->state, &(uint64_t){length}, sizeof(uint64_t));
  XXH3_64bits_update(reader->state, text, length);
  const char *dot = strrchr(name, '.');
  bool names_files = dot && (!strcasecmp(dot, ".xml") || !strcasecmp(dot, ".mjcf") || !strcasecmp(dot, ".urdf"));
  if (names_files && depth < ASSET_DEPTH) hash_named_files(reader, text, depth + 1);
}

/* A file that the model names by package:// or file://. It counts by this name, wherever it lies. */
static void hash_addressed_file(asset_reader *reader, const char *name, int depth) {
  char *path = arena_take(reader->arena, ASSET_PATH_BYTES);
  size_t length;
  if (!path || ++reader->files >= ASSET_FILES) return;
  if (!myr_find_named_file(reader->main_file, name, path, ASSET_PATH_BYTES)) return;
  char *text = read_named(path, &length);
  if (text) hash_content(reader, name, text, length, depth);
  free(text);
}

/* Finds a file that the model names, in the folders where it may lie. A file that is not found is no error here,
 * because the model reader reports it. */
static void hash_named_file(asset_reader *reader, const char *name, const char *const *folders, int depth) {
  if (strstr(name, "://")) {
    hash_addressed_file(reader, name, depth);
    return;
  }
  for (int i = 0; folders[i] && ++reader->files < ASSET_FILES; i++) {
    const char *path = name[0] == '/' ? name : arena_format(reader->arena, "%s%s%s", reader->folder, folders[i], name);
    size_t length;
    char *text = path ? read_named(path, &length) : NULL;
    if (!text) continue;
    hash_content(reader, name, text, length, depth);
    free(text);
    return;
  }
}

static void hash_named_files(asset_reader *reader, const char *text, int depth) {
  const char *folders[5] = {"", NULL}, *at;
  int count = 1;
  const char *const directories[] = {"meshdir", "assetdir", "texturedir"};
  for (int i = 0; i < 3; i++) {
    at = text;
    const char *folder = next_attribute(reader, &at, directories[i]);
    if (folder && folder[0]) folders[count++] = arena_format(reader->arena, "%s/", folder);
  }
  folders[count] = NULL;
  const char *const attributes[] = {"file", "filename"};
  for (int i = 0; i < 2; i++) {
    at = text;
    for (const char *name; (name = next_attribute(reader, &at, attributes[i]));)
      hash_named_file(reader, name, folders, depth);
  }
}

myr_status asset_hash(arena *arena, const char *path, const char **hash, myr_error *error) {
  size_t length;
  char *text;
  myr_status status = myr_regular_file_read(path, ASSET_BYTES, &text, &length, error);
  if (status) return status == MYR_IO ? MYR_INVALID : status;
  asset_reader reader = {.arena = arena, .main_file = path, .state = XXH3_createState()};
  const char *slash = strrchr(path, '/');
  reader.folder = slash ? arena_text(arena, path, (size_t)(slash - path) + 1) : "";
  status = MYR_ERROR;
  if (reader.state && reader.folder) {
    XXH3_64bits_reset(reader.state);
    hash_content(&reader, slash ? slash + 1 : path, text, length, 0);
    *hash = arena_format(arena, "xxh3:%016llx", (unsigned long long)XXH3_64bits_digest(reader.state));
    status = *hash ? MYR_OK : MYR_ERROR;
  }
  if (status) myr_fail(error, status, "out of memory");
  XXH3_freeState(reader.state);
  free(text);
  return status;
}
