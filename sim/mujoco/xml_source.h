/* The XML of a model as it stands in its files: every element with its place, included files in the places of their
 * <include>. MuJoCo's compiler reads the same files; this tree says where a thing stands, and what else they say. */
#ifndef MYR_MUJOCO_XML_SOURCE_H
#define MYR_MUJOCO_XML_SOURCE_H

#include "sim/child/message.h"
#include "sim/findings.h"
#include "sim/xml_tree.h"

typedef struct xml_element {
  const char *tag;
  int file; /* index in xml_source.files */
  int line, column;
  int parent; /* index; -1: a root. An <include> stays in the tree, with the elements of its file behind it as siblings */
  int attribute_count;
  const xml_attribute *attributes;
} xml_element;

typedef struct xml_source {
  const char **files;    /* paths; the first is the model's own */
  xml_tree **trees;      /* of the files; they hold the memory of all texts */
  xml_element *elements; /* in the order of the document, each parent before its children */
  int file_count, count;
  bool complete;        /* every file could be read to its end */
  finding_place broken; /* else the place where the first of them could not, */
  const char *reason;   /* and why */
  int64_t file_capacity, tree_capacity, capacity;
} xml_source;

/* Reads a model file and the files it includes. A file that is no XML leaves the tree incomplete and is no error here.
 * NULL: memory is out. The caller frees with xml_source_free. */
xml_source *xml_source_read(const char *path);
void xml_source_free(xml_source *source); /* NULL is fine */

/* From the process that has read the files to another. NULL: the message is damaged, or memory is out. Its texts stay in
 * the message's memory. */
void xml_source_put(const xml_source *source, message *to);
xml_source *xml_source_take(message *from);

const xml_attribute *xml_find(const xml_element *element, const char *name); /* NULL: it states none */
static inline finding_place xml_place(const xml_source *source, const xml_element *element,
                                      const xml_attribute *attribute) {
  return (finding_place){source->files[element->file], attribute ? attribute->line : element->line,
                         attribute ? attribute->column : element->column};
}
/* Whether the first element is this one, in letters of any case, as MuJoCo compares it. */
bool xml_root_is(const xml_source *source, const char *tag);

#endif
