#include "sim/mujoco/xml_source.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "sim/grow.h"

enum {
  MOST_FILES = 1000,
  MOST_DEPTH = 1024, /* of elements, those of files that include each other together */
};

void xml_source_free(xml_source *source) {
  if (!source) return;
  for (int i = 0; i < source->file_count; i++) {
    xml_tree_free(source->trees[i]);
    free(source->trees[i]);
  }
  free(source->trees);
  free(source->files);
  free(source->elements);
  free(source);
}

const xml_attribute *xml_find(const xml_element *element, const char *name) {
  for (int i = 0; i < element->attribute_count; i++)
    if (!strcmp(element->attributes[i].name, name)) return &element->attributes[i];
  return NULL;
}

bool xml_root_is(const xml_source *source, const char *tag) {
  return source->count > 0 && !strcasecmp(source->elements[0].tag, tag);
}

static void note_break(xml_source *source, int file, int line, int column, const char *reason) {
  if (!source->complete) return;
  source->complete = false;
  source->broken = (finding_place){source->files[file], line, column};
  source->reason = reason;
}

/* ------------------------------------------------------------------------------------------------ files */
/* The number of a new file with an empty tree; -1 where memory is out or there are too many. */
static int add_file(xml_source *source, const char *path) {
  if (source->file_count >= MOST_FILES) return -1;
  const char **files = myr_grow(source->files, source->file_count, &source->file_capacity, sizeof *files);
  if (files) source->files = files;
  xml_tree **trees = myr_grow(source->trees, source->file_count, &source->tree_capacity, sizeof(xml_tree *));
  if (trees) source->trees = trees;
  xml_tree *tree = files && trees ? calloc(1, sizeof *tree) : NULL;
  if (!tree) return -1;
  trees[source->file_count] = tree;
  files[source->file_count] = path;
  return source->file_count++;
}

/* "folder of the path" + file, or the file itself where its path is absolute; in the memory of the first file's tree. */
static const char *beside(xml_source *source, const char *path, const char *file) {
  const char *slash = strrchr(path, '/');
  size_t folder = file[0] == '/' || !slash ? 0 : (size_t)(slash - path) + 1;
  size_t length = strlen(file);
  char *joined = xml_tree_take(source->trees[0], folder + length + 1);
  if (!joined) return NULL;
  memcpy(joined, path, folder);
  memcpy(joined + folder, file, length + 1);
  return joined;
}

static bool exists(const char *path) {
  struct stat about;
  return stat(path, &about) == 0;
}

/* MuJoCo looks for an included file beside the model, and then beside the file that includes it. */
static const char *included_path(xml_source *source, int from, const char *file) {
  const char *path = beside(source, source->files[0], file);
  if (path && !exists(path)) path = beside(source, source->files[from], file);
  return path;
}

/* ------------------------------------------------------------------------------------------------ elements */
static void list_document(xml_source *source, const char *path, int parent, bool spliced, int depth);

/* The number of the element; -1: memory is out. */
static int list_element(xml_source *source, int file, const xml_node *node, int parent) {
  xml_element *elements = myr_grow(source->elements, source->count, &source->capacity, sizeof *elements);
  if (!elements) {
    note_break(source, file, 0, 0, "memory is out");
    return -1;
  }
  source->elements = elements;
  elements[source->count] = (xml_element){.tag = node->tag,
                                          .file = file,
                                          .line = node->line,
                                          .column = node->column,
                                          .parent = parent,
                                          .attribute_count = node->attribute_count,
                                          .attributes = node->attributes};
  return source->count++;
}

/* Lists the element with all below it, and the file that it names: the elements of an <include> follow it as its
 * siblings, and the root of a <model> becomes its child. */
static void list_node(xml_source *source, int file, const xml_node *node, int parent, int depth) {
  if (depth > MOST_DEPTH) {
    note_break(source, file, node->line, node->column, "elements and files inside each other, more than 1024 deep");
    return;
  }
  int number = list_element(source, file, node, parent);
  if (number < 0) return;
  for (const xml_node *child = node->first; child; child = child->next)
    list_node(source, file, child, number, depth + 1);
  bool include = !strcasecmp(node->tag, "include"), model = !strcmp(node->tag, "model");
  const char *named = include || model ? xml_attribute_of(node, "file") : NULL;
  const char *path = named ? included_path(source, file, named) : NULL;
  if (path) list_document(source, path, include ? parent : number, include, depth + 1);
}

/* spliced: the root is left out, and its children take the place of an <include>. */
static void list_document(xml_source *source, const char *path, int parent, bool spliced, int depth) {
  for (int i = 0; i < source->file_count; i++)
    if (!strcmp(source->files[i], path)) return; /* MuJoCo refuses a file that is included twice */
  int file = add_file(source, path);
  if (file < 0) return;
  xml_tree *tree = source->trees[file];
  bool broken = xml_tree_read(path, tree, NULL);
  if (broken) note_break(source, file, tree->line, tree->column, tree->reason);
  const xml_node *root = tree->root;
  if (!root) return;
  if (!spliced) list_node(source, file, root, parent, depth);
  for (const xml_node *child = spliced ? root->first : NULL; child; child = child->next)
    list_node(source, file, child, parent, depth);
}

xml_source *xml_source_read(const char *path) {
  xml_source *source = calloc(1, sizeof *source);
  if (!source) return NULL;
  source->complete = true;
  list_document(source, path, -1, false, 0);
  if (source->file_count) return source;
  xml_source_free(source);
  return NULL;
}
