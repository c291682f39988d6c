#include "dataset/attributes.h"

#define EPISODE_ATTRIBUTE(name, type, owner, when, doc, member, expression)    \
  static attribute_value value_of_##name(const episode_end *end, int entity) { \
    (void)end, (void)entity;                                                   \
    return (attribute_value){.member = (expression)};                          \
  }
#include "dataset/rows.def"

enum { SCENE, ROBOT };
const attribute_definition attribute_definitions[EPISODE_ATTRIBUTE_COUNT] = {
#define EPISODE_ATTRIBUTE(name, type, owner, when, doc, ...) \
  {#name, ATTRIBUTE_##type, owner == ROBOT, ATTRIBUTE_##when, doc, value_of_##name},
#include "dataset/rows.def"
};
