/* An XML file as a tree of elements with their attributes, texts and lines. */
#ifndef MYR_URDF_XML_TREE_H
#define MYR_URDF_XML_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/status.h"

typedef struct xml_pair {
  const char *name, *value;
} xml_pair;

typedef struct xml_node {
  const char *tag; /* as it stands, with its prefix: "xacro:macro" */
  int line;        /* from 1 */
  int attribute_count;
  const xml_pair *attributes;
  const char *text; /* all between its tags but its children, never NULL */
  struct xml_node *parent, *first, *last, *next;
} xml_node;

typedef struct xml_tree {
  xml_node *root;
  struct xml_memory *memory; /* of all nodes and texts, and of what a reader keeps beside them */
} xml_tree;

/* Reads a regular file. MYR_IO where there is none that can be read; MYR_INVALID, with the line, where it is no XML. The
 * caller frees with xml_tree_free, after an error too. */
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
