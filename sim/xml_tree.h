/* An XML file as a tree of elements with their attributes, texts and places. MJCF, URDF and COLLADA are read by it. */
#ifndef MYR_XML_TREE_H
#define MYR_XML_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/status.h"

typedef struct xml_attribute {
  const char *name, *value;
  int line, column; /* of the name, from 1 */
} xml_attribute;

typedef struct xml_node {
  const char *tag;  /* as it stands, with its prefix: "xacro:macro" */
  int line, column; /* of its "<", from 1 */
  int attribute_count;
  const xml_attribute *attributes; /* in the order of the file */
  const char *text;                /* between its tags; where it has children, before the first. Never NULL */
  struct xml_node *parent, *first, *last, *next;
} xml_node;

typedef struct xml_tree {
  xml_node *root;            /* NULL: nothing could be read */
  struct xml_memory *memory; /* of all nodes and texts, and of what a reader keeps beside them */
  /* Where reading failed: why, and where (0: the file as a whole). The elements before it stand in the tree. */
  const char *reason;
  int line, column;
} xml_tree;

/* Reads a regular file. MYR_IO where there is none that can be read; MYR_INVALID, with the place, where it is no XML;
 * MYR_ERROR: memory is out. The caller frees with xml_tree_free, after an error too. */
myr_status xml_tree_read(const char *path, xml_tree *tree, myr_error *error);
void xml_tree_free(xml_tree *tree);

/* Zero-filled memory that lives as long as the tree. NULL: memory is out. */
void *xml_tree_take(xml_tree *tree, size_t bytes);
char *xml_tree_text(xml_tree *tree, const char *text, size_t length);

/* NULL: there is none. */
const char *xml_attribute_of(const xml_node *node, const char *name);
xml_node *xml_child(const xml_node *node, const char *tag);        /* the first */
xml_node *xml_next(const xml_node *node, const char *tag);         /* the next sibling of the tag */
xml_node *xml_path(const xml_node *node, const char *const *tags); /* child by child; tags end with NULL */

#endif
