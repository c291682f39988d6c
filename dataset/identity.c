#include "dataset/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset/reader.h"

const identity_definition identity_definitions[IDENTITY_COUNT] = {
#define IDENTITY(key, attribute, words) {#key, attribute, words},
#include "dataset/identity.def"
};

enum identity_key identity_difference(const dataset_identity *left, const dataset_identity *right) {
  int key = 0;
  while (key < IDENTITY_COUNT && !strcmp(left->values[key], right->values[key])) key++;
  return (enum identity_key)key;
}

void identity_explain(const dataset_identity *other, const dataset_identity *own, char text[600]) {
  enum identity_key key = identity_difference(other, own);
  if (key == IDENTITY_COUNT) {
    snprintf(text, 600, "it is the same");
    return;
  }
  const char *words = identity_definitions[key].words;
  snprintf(text, 600, "its %s is %.255s, this run's %s is %.255s", words, other->values[key], words, own->values[key]);
}

/* Reads an attribute, text or a whole number, as text. */
static bool read_value(hid_t root, const char *attribute, char value[IDENTITY_BYTES]) {
  int64_t number;
  char *text = read_string(root, attribute);
  bool found = text != NULL;
  if (text)
    snprintf(value, IDENTITY_BYTES, "%s", text);
  else if ((found = read_integer(root, attribute, &number)))
    snprintf(value, IDENTITY_BYTES, "%lld", (long long)number);
  free(text);
  return found;
}

myr_status identity_read(int folder, const char *file, int name_length, const char *shown, dataset_identity *identity,
                         myr_error *error) {
  hid_t root;
  *identity = (dataset_identity){0};
  myr_status status = reader_open_any(folder, file, shown, &root, error);
  if (status) return status;
  for (int key = 0; key < IDENTITY_COUNT; key++) {
    char *value = identity->values[key];
    const char *attribute = identity_definitions[key].attribute;
    if (!attribute)
      snprintf(value, IDENTITY_BYTES, "%.*s", name_length, file);
    else if (!read_value(root, attribute, value))
      snprintf(value, IDENTITY_BYTES, "not stated"); /* by a file of another format */
  }
  H5Fclose(root);
  return MYR_OK;
}
