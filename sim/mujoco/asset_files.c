#include "sim/mujoco/asset_files.h"

#include <string.h>

#include "sim/regular_file.h"

enum { PATH_BYTES = 4096, MOST_FOLDERS = 16 };

/* Folders below which MuJoCo may look for the files, relative to the model. */
typedef struct folders {
  const char *names[MOST_FOLDERS];
  int count;
} folders;

static void collect_folders(const xml_source *source, folders *f) {
  static const char *const attributes[] = {"meshdir", "texturedir", "assetdir"};
  f->names[f->count++] = "";
  for (int i = 0; i < source->count; i++)
    for (int k = 0; k < 3 && !strcmp(source->elements[i].tag, "compiler"); k++) {
      const xml_attribute *folder = xml_find(&source->elements[i], attributes[k]);
      if (folder && f->count < MOST_FOLDERS) f->names[f->count++] = folder->value;
    }
}

static bool names_a_file(const char *attribute) {
  static const char *const names[] = {"file",     "fileback",  "filedown", "filefront",
                                      "fileleft", "fileright", "fileup",   "filename"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!strcmp(attribute, names[i])) return true;
  return false;
}

/* Joins the folder of a path and a name; an absolute name stays as it is. */
static void join(char path[PATH_BYTES], const char *beside, const char *folder, const char *name) {
  const char *slash = strrchr(beside, '/');
  int length = slash ? (int)(slash - beside) + 1 : 0;
  const char *between = folder[0] && folder[strlen(folder) - 1] != '/' ? "/" : "";
  if (name[0] == '/')
    snprintf(path, PATH_BYTES, "%s", name);
  else if (folder[0] == '/')
    snprintf(path, PATH_BYTES, "%s%s%s", folder, between, name);
  else
    snprintf(path, PATH_BYTES, "%.*s%s%s%s", length, beside, folder, between, name);
}

/* The mode of the file at any of the places where MuJoCo may look: a regular file's if there is one; 0: none is there. */
static mode_t find_mode(const xml_source *source, const folders *f, int file, const char *name) {
  const char *slash = strrchr(name, '/'), *forms[] = {name, slash ? slash + 1 : name}; /* with strippath */
  const char *beside[] = {source->files[0], source->files[file]};
  mode_t found = 0;
  for (int i = 0; i < 2 * 2 * f->count; i++) {
    char path[PATH_BYTES];
    struct stat about;
    join(path, beside[i & 1], f->names[i >> 2], forms[i >> 1 & 1]);
    if (stat(path, &about)) continue;
    if (S_ISREG(about.st_mode)) return about.st_mode;
    if (!found && forms[i >> 1 & 1][0]) found = about.st_mode;
  }
  return found;
}

static int check(const xml_source *source, bool missing, myr_findings *findings) {
  folders f = {0};
  collect_folders(source, &f);
  int told = 0;
  for (int i = 0; i < source->count; i++)
    for (int k = 0; k < source->elements[i].attribute_count; k++) {
      const xml_element *element = &source->elements[i];
      const xml_attribute *attribute = &element->attributes[k];
      if (!names_a_file(attribute->name) || !attribute->value[0] || strstr(attribute->value, "://")) continue;
      mode_t mode = find_mode(source, &f, element->file, attribute->value);
      if (missing ? mode != 0 : mode == 0 || S_ISREG(mode)) continue;
      told++;
      finding_place place = xml_place(source, element, attribute);
      if (missing)
        finding_add(findings, MYR_FAULT, place, NULL, "the file \"%s\" of <%s> does not exist", attribute->value,
                    element->tag);
      else
        finding_add(findings, MYR_FAULT, place, "only regular files are read", "\"%s\" of <%s> is %s", attribute->value,
                    element->tag, myr_irregular_kind(mode));
    }
  return told;
}

void asset_files_check(const xml_source *source, myr_findings *findings) { check(source, false, findings); }

int asset_files_missing(const xml_source *source, myr_findings *findings) { return check(source, true, findings); }
