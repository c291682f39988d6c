/* The tree of a model's files as a message. */
#include <limits.h>
#include <stdlib.h>

#include "sim/mujoco/xml_source.h"

enum { LEAST_TEXT = 8, LEAST_ELEMENT = 4 * 8, LEAST_ATTRIBUTE = 3 * 8 };

typedef struct element_numbers {
  int32_t file, line, column, parent, attributes;
} element_numbers;

static void put_place(message *to, int line, int column) {
  int32_t numbers[] = {line, column};
  message_put(to, numbers, sizeof numbers);
}

static void take_place(message *from, int *line, int *column) {
  int32_t numbers[2] = {0};
  message_copy(from, numbers, sizeof numbers);
  *line = numbers[0];
  *column = numbers[1];
}

/* ------------------------------------------------------------------------------------------------ writing */
static void put_element(const xml_element *element, message *to) {
  element_numbers numbers = {element->file, element->line, element->column, element->parent, element->attribute_count};
  message_put(to, &numbers, sizeof numbers);
  message_put_text(to, element->tag);
  for (int i = 0; i < element->attribute_count; i++) {
    message_put_text(to, element->attributes[i].name);
    message_put_text(to, element->attributes[i].value);
    put_place(to, element->attributes[i].line, element->attributes[i].column);
  }
}

void xml_source_put(const xml_source *source, message *to) {
  message_put_int(to, source->file_count);
  for (int i = 0; i < source->file_count; i++) message_put_text(to, source->files[i]);
  message_put_int(to, source->complete);
  message_put_text(to, source->broken.file);
  put_place(to, source->broken.line, source->broken.column);
  message_put_text(to, source->reason);
  message_put_int(to, source->count);
  for (int i = 0; i < source->count; i++) put_element(&source->elements[i], to);
}

/* ------------------------------------------------------------------------------------------------ reading */
/* A tree for each file, of which only the first holds memory. */
static bool take_files(message *from, xml_source *source) {
  int count = message_take_count(from, LEAST_TEXT);
  source->files = message_room(from, (size_t)count + 1, sizeof *source->files);
  source->trees = message_room(from, (size_t)count + 1, sizeof(xml_tree *));
  bool whole = source->files && source->trees && count > 0;
  for (int i = 0; i < count && whole; i++) {
    source->files[i] = message_take_text(from);
    source->trees[i] = message_room(from, 1, sizeof(xml_tree));
    source->file_count += source->trees[i] != NULL;
    whole = source->files[i] && source->trees[i];
  }
  source->file_capacity = source->tree_capacity = source->file_count;
  return whole;
}

static bool take_attributes(message *from, xml_source *source, xml_element *element, int count) {
  if ((size_t)count > (from->size - from->at) / LEAST_ATTRIBUTE) return false;
  xml_attribute *attributes = xml_tree_take(source->trees[0], (size_t)count * sizeof *attributes);
  if (!attributes) from->no_memory = true;
  for (int i = 0; attributes && i < count; i++) {
    attributes[i].name = message_take_text(from);
    attributes[i].value = message_take_text(from);
    take_place(from, &attributes[i].line, &attributes[i].column);
    if (!attributes[i].name || !attributes[i].value) return false;
  }
  element->attributes = attributes;
  element->attribute_count = count;
  return attributes != NULL;
}

static bool take_element(message *from, xml_source *source, int number) {
  element_numbers n = {0};
  if (!message_copy(from, &n, sizeof n)) return false;
  if (n.file < 0 || n.file >= source->file_count || n.parent < -1 || n.parent >= number || n.attributes < 0)
    return false;
  xml_element *element = &source->elements[number];
  *element = (xml_element){
      .tag = message_take_text(from), .file = n.file, .line = n.line, .column = n.column, .parent = n.parent};
  return element->tag && take_attributes(from, source, element, n.attributes);
}

static bool take_all(message *from, xml_source *source) {
  if (!take_files(from, source)) return false;
  source->complete = message_take_int(from, 0, 1);
  source->broken.file = message_take_text(from);
  take_place(from, &source->broken.line, &source->broken.column);
  source->reason = message_take_text(from);
  int count = message_take_count(from, LEAST_ELEMENT);
  source->elements = message_room(from, (size_t)count + 1, sizeof *source->elements);
  source->capacity = source->elements ? count + 1 : 0;
  bool whole = source->elements && (source->complete || source->reason);
  for (int i = 0; i < count && whole; i++)
    if ((whole = take_element(from, source, i))) source->count++;
  return whole && !from->failed;
}

xml_source *xml_source_take(message *from) {
  xml_source *source = message_room(from, 1, sizeof *source);
  if (source && take_all(from, source)) return source;
  xml_source_free(source);
  from->failed = true;
  return NULL;
}
