/* Reads a parameter of `randomize`. The schema leaves its values as nodes, because only the parameter's name tells its
 * property, which decides how to read them. */
#include <math.h>
#include <string.h>

#include "scenarios/bounds.h"
#include "scenarios/distribution.h"
#include "scenarios/scenario.h"

/* Splits "entity.class[.element].property". */
static bool split_property(myr_scenario *scenario, randomize_section *section, myr_diagnostics *diagnostics) {
  arena *arena = &scenario->arena;
  const char *path = section->head.name, *first_dot = strchr(path, '.'), *last_dot = strrchr(path, '.');
  position where = section->head.key->where;
  bool world = !strncmp(path, "world.", 6);
  if (!first_dot || !last_dot[1] || (!world && first_dot == last_dot)) {
    diagnose_hint(diagnose(diagnostics, where, "`%s` names no parameter", path),
                  "write entity.class.property, such as robot.body.mass, or world.gravity");
    return false;
  }
  const char *class_name = world ? "world" : arena_text(arena, first_dot + 1, strcspn(first_dot + 1, "."));
  const char *rest = world ? first_dot + 1 : first_dot + 1 + strlen(class_name) + 1;
  section->entity = arena_text(arena, path, (size_t)(first_dot - path));
  if (!world && rest <= last_dot) section->element = arena_text(arena, rest, (size_t)(last_dot - rest));
  if (world && first_dot != last_dot) rest = "";
  suggestion class_suggestion = {.wanted = class_name}, name_suggestion = {.wanted = last_dot + 1};
  bool class_known = false;
  char list[200] = "";
  for (int i = 0; i < property_count; i++) {
    suggestion_offer(&class_suggestion, properties[i].class_name);
    if (strcmp(properties[i].class_name, class_name)) continue;
    class_known = true;
    suggestion_offer(&name_suggestion, properties[i].name);
    size_t used = strlen(list);
    snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", properties[i].name);
    if (!strcmp(properties[i].name, last_dot + 1) && rest[0]) section->property = &properties[i];
  }
  if (section->property) return true;
  if (!class_known) {
    myr_diagnostic *d = diagnose(diagnostics, where, "unknown class `%.64s` in `%.100s`", class_name, path);
    if (!suggestion_hint(&class_suggestion, d))
      diagnose_hint(d, "one of body, joint, geom, actuator, material, light; or world.gravity");
  } else {
    myr_diagnostic *d = diagnose(diagnostics, where, "`%.64s` has no parameter `%.64s` that can be randomized",
                                 class_name, last_dot + 1);
    if (!suggestion_hint(&name_suggestion, d))
      diagnose_hint(d, "%s %s has: %s", strchr("aeiou", class_name[0]) ? "an" : "a", class_name, list);
  }
  return false;
}

/* The node of a late value's canonical form. */
static const node *canonical_node(arena *arena, const char *text, const node *old, myr_diagnostics *diagnostics) {
  source *source = arena_take(arena, sizeof *source);
  node *node;
  if (!source || !text) return old;
  *source = (struct source){"canonical", text, strlen(text)};
  return document_parse(arena, source, 0, &node, diagnostics) ? old : node;
}

static void read_amount(myr_scenario *scenario, randomize_section *section, const node **node, double low,
                        myr_diagnostics *diagnostics) {
  const property *property = section->property;
  arena *arena = &scenario->arena;
  const dimension dimension = unit_dimension(property->unit);
  const double largest = dimension_equal(dimension, unit_dimension("m")) ? LARGEST_LENGTH : LARGEST_FACTOR;
  quantity_rule rule = {.dimension = dimension, .low = fmax(low, -largest), .high = largest};
  const struct node *value = *node;
  int before = diagnostics->count;
  if (property->kind >= PROPERTY_COLOR) {
    bool color = property->kind == PROPERTY_COLOR;
    bool good = color ? color_read(arena, value, &section->color, diagnostics)
                      : name_read(arena, value, &section->choice, diagnostics);
    if (good) {
      const char *text = color ? color_text(arena, &section->color) : name_text(arena, &section->choice);
      *node = canonical_node(arena, text, value, diagnostics);
    }
    return;
  }
  bool is_vector = property->kind == PROPERTY_VECTOR && (value->kind == NODE_LIST || node_find(value, "sphere"));
  if (is_vector ? vector_read(arena, value, &rule, &section->vector, diagnostics)
                : quantity_read(arena, value, &rule, &section->amount, diagnostics)) {
    if (section->property->class == CLASS_world && !is_vector) {
      diagnose_hint(diagnose(diagnostics, value->where, "gravity is a vector"),
                    "write [x, y, z] or {sphere: magnitude}");
      return;
    }
    const char *text = is_vector ? vector_text(arena, &section->vector) : quantity_text(arena, &section->amount);
    *node = canonical_node(arena, text, value, diagnostics);
  } else if (!property->unit[0] && diagnostics->count > before) {
    diagnose_hint(&diagnostics->items[diagnostics->count - 1], "a bare number, SI: the unit depends on the joint");
  }
}

/* Finds which of scale, add and set the parameter has. */
static bool find_operation(randomize_section *section, myr_diagnostics *diagnostics) {
  position where = section->head.key->where;
  const property *property = section->property;
  const node *root = section->head.node, *given[] = {node_find(root, "scale"), section->add, section->set};
  int operation = -1;
  for (int i = 0; i < 3; i++) {
    if (!given[i]) continue;
    if (operation >= 0) {
      diagnose(diagnostics, given[i]->key->where, "a parameter takes one of scale, add and set");
      return false;
    }
    operation = i;
  }
  if (operation < 0) {
    diagnose(diagnostics, where, "missing one of scale, add and set");
    return false;
  }
  section->operation = (enum randomize_operation)operation;
  if (!(property->operations >> operation & 1)) {
    diagnose_hint(diagnose(diagnostics, given[operation]->key->where, "`%s` cannot be given by `%s`", property->name,
                           given[operation]->key->text),
                  "use %s",
                  property->operations & 1   ? "scale"
                  : property->operations & 2 ? "add"
                                             : "set");
    return false;
  }
  return true;
}

void scenario_read_randomize(myr_scenario *scenario, randomize_section *section, myr_diagnostics *diagnostics) {
  if (!section->head.node || !split_property(scenario, section, diagnostics) || !find_operation(section, diagnostics))
    return;
  if (section->operation == RANDOMIZE_SCALE)
    section->amount = section->scale;
  else if (section->operation == RANDOMIZE_ADD)
    read_amount(scenario, section, &section->add, -INFINITY, diagnostics);
  else
    read_amount(scenario, section, &section->set, section->property->low, diagnostics);
}
