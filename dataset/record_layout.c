/* The list of arrays that an episode of a scenario has; see record.h. Names follow robomimic (obs, actions, rewards,
 * dones) and Isaac Lab (initial_state, states). Where a scene has several robots, their entity's name is a prefix. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset/record.h"
#include "kernels/fields.h"
#include "kernels/model.h"

static bool is_robot(const myr_entity_info *entity) { return !entity->ground; }

static int robot_count(const myr_plan_info *info) {
  int count = 0;
  for (int i = 0; i < info->entity_count; i++) count += is_robot(&info->entities[i]);
  return count;
}

/* ---------------------------------------------------------------------------------------------------- rows */

enum { PREFIX = 160, PATH = 512 };

/* "" for the scene's and a single robot's. */
static void name_prefix(const record_layout *layout, const myr_entity_info *entity, char prefix[PREFIX]) {
  prefix[0] = 0;
  if (entity && robot_count(layout->info) > 1) snprintf(prefix, PREFIX, "%s_", entity->name);
}

/* An array of a row for each `extent`, with the row's columns. */
static array_info array_of(const recorded_row *row, array_extent extent, int *number) {
  const row_definition *definition = row->definition;
  array_info info = {.unit = definition->unit, .type = definition->type, .extent = extent, .rank = 1, .number = number};
  info.shape[0] = 1; /* where the extent is fixed */
  if (row->dimension) info.shape[info.rank++] = row->count;
  if (definition->width > 1) info.shape[info.rank++] = definition->width;
  return info;
}

static bool add_final(record_layout *layout, recorded_row *row, const char *prefix) {
  if (row->definition->group != GROUP_obs) return true;
  return schema_add(&layout->schema, array_of(row, EXTENT_FIXED, &row->final), "final_obs/%s%s", prefix,
                    row->definition->name);
}

static bool add_array(record_layout *layout, recorded_row *row) {
  const row_definition *definition = row->definition;
  const char *group = row_groups[definition->group], *name = definition->name;
  bool of_contacts = definition->element == ELEMENT_contact;
  array_info info = array_of(row, of_contacts ? EXTENT_CONTACTS : EXTENT_STEPS, &row->array);
  layout->contacts |= of_contacts;
  if (definition->group == GROUP_states)
    return schema_add(&layout->schema, info, "%sarticulation/%s/%s", group, row->entity->name, name);
  char prefix[PREFIX], path[PATH];
  name_prefix(layout, row->entity, prefix);
  snprintf(path, sizeof path, "%s%s%s", group, prefix, name);
  return schema_add(&layout->schema, info, "%s", path) && add_final(layout, row, prefix) &&
         (!definition->second ||
          schema_link(&layout->schema, path, "states/articulation/%s/%s", row->entity->name, definition->second));
}

static bool add_initial(record_layout *layout, recorded_row *row) {
  if (!row->definition->second) return true;
  return schema_add(&layout->schema, array_of(row, EXTENT_FIXED, &row->initial), "initial_state/articulation/%s/%s",
                    row->entity->name, row->definition->second);
}

/* entity is NULL for the scene's rows. */
static bool add_row(record_layout *layout, const row_definition *definition, const myr_entity_info *entity,
                    unsigned record) {
  recorded_row *row = &layout->rows[layout->row_count];
  bool asked = !definition->record || definition->record & record;
  if (!row_bind(definition, layout->info->model, entity, row) || (!asked && !definition->second)) return true;
  layout->row_count++;
  return (!asked || add_array(layout, row)) && add_initial(layout, row);
}

static bool add_rows_of(record_layout *layout, enum row_moment moment, unsigned record) {
  const myr_plan_info *info = layout->info;
  bool good = true;
  for (int i = 0; i < ROW_COUNT && good; i++) {
    const row_definition *definition = &row_definitions[i];
    if (definition->moment != moment) continue;
    if (!definition->of_robot) good = add_row(layout, definition, NULL, record);
    for (int k = 0; definition->of_robot && k < info->entity_count && good; k++)
      if (is_robot(&info->entities[k])) good = add_row(layout, definition, &info->entities[k], record);
  }
  return good;
}

static bool add_rows(record_layout *layout, unsigned record) {
  for (int moment = 0; moment < MOMENT_COUNT; moment++) {
    if (!add_rows_of(layout, moment, record)) return false;
    layout->moment_ends[moment] = layout->row_count;
  }
  return true;
}

bool record_shows_field(const record_layout *layout, int field) {
  if (field == MYR_FIELD_body_velocity && layout->cameras.scans) return true;
  for (int i = 0; i < layout->row_count; i++)
    if (layout->rows[i].definition->field == field) return true;
  return false;
}

/* ---------------------------------------------------------------------------------------------------- draws */

static bool add_draws(record_layout *layout) {
  bool good = true;
  for (int i = 0; i < layout->info->draw_count; i++) {
    const myr_draw_info *draw = &layout->info->draws[i];
    good = good && schema_add(&layout->schema,
                              (array_info){.unit = draw->unit,
                                           .type = MYR_ARRAY_F64,
                                           .extent = EXTENT_FIXED,
                                           .rank = 1,
                                           .shape = {draw->count},
                                           .number = &layout->draws[i]},
                              "randomization/%s", draw->path);
  }
  return good;
}

/* ---------------------------------------------------------------------------------------------------- attributes */

static bool attribute_applies(const record_layout *layout, enum attribute_condition when, bool mixed,
                              const myr_entity_info *entity) {
  switch (when) {
  case ATTRIBUTE_FLOATING: return entity && is_robot(entity) && entity->floating;
  case ATTRIBUTE_MIXED: return mixed;
  case ATTRIBUTE_SEEN: return layout->info->look != NULL;
  case ATTRIBUTE_ALWAYS: break;
  }
  return true;
}

/* entity is -1 for the scene's attributes. */
static bool add_attribute(record_layout *layout, const attribute_definition *definition, int entity, bool mixed) {
  const myr_entity_info *robot = entity < 0 ? NULL : &layout->info->entities[entity];
  if (!attribute_applies(layout, definition->when, mixed, robot)) return true;
  recorded_attribute *attribute = &layout->attributes[layout->attribute_count++];
  *attribute = (recorded_attribute){.definition = definition, .entity = entity};
  char prefix[PREFIX];
  name_prefix(layout, robot, prefix);
  return schema_attribute(&layout->schema, definition->type, &attribute->number, "%s%s", prefix, definition->name);
}

static bool add_attributes(record_layout *layout, bool mixed) {
  bool good = true;
  for (int i = 0; i < EPISODE_ATTRIBUTE_COUNT && good; i++) {
    const attribute_definition *definition = &attribute_definitions[i];
    if (!definition->of_robot) good = add_attribute(layout, definition, -1, mixed);
    for (int k = 0; definition->of_robot && k < layout->info->entity_count && good; k++)
      good = add_attribute(layout, definition, k, mixed);
  }
  return good;
}

/* ---------------------------------------------------------------------------------------------------- the layout */

static bool add_all(record_layout *layout, bool mixed) {
  const myr_plan_info *info = layout->info;
  size_t owners = (size_t)info->entity_count + 1; /* the scene too */
  layout->draws = calloc((size_t)info->draw_count + 1, sizeof *layout->draws);
  layout->rows = calloc(owners * ROW_COUNT, sizeof *layout->rows);
  layout->attributes = calloc(owners * EPISODE_ATTRIBUTE_COUNT, sizeof *layout->attributes);
  return layout->draws && layout->rows && layout->attributes &&
         add_rows(layout, myr_scenario_describe(info->scenario)->record) && add_draws(layout) &&
         add_attributes(layout, mixed) && (!info->look || add_cameras(&layout->cameras, info->look, &layout->schema));
}

myr_status record_layout_create(const myr_plan *plan, bool with_engine, record_layout **out, myr_error *error) {
  *out = NULL;
  record_layout *layout = calloc(1, sizeof *layout);
  if (!layout) return myr_fail(error, MYR_ERROR, "too little memory for the list of arrays");
  layout->plan = plan;
  layout->info = myr_plan_describe(plan);
  myr_status status = add_all(layout, with_engine)
                          ? schema_finish(&layout->schema, error)
                          : myr_fail(error, MYR_ERROR, "too little memory for the list of arrays");
  if (status) {
    record_layout_destroy(layout);
    return status;
  }
  layout->actions = schema_find(&layout->schema, "actions");
  layout->camera_info = schema_find_attribute(&layout->schema, "camera_info");
  *out = layout;
  return MYR_OK;
}

void record_layout_destroy(record_layout *layout) {
  if (!layout) return;
  schema_free(&layout->schema);
  camera_layout_free(&layout->cameras);
  free(layout->rows);
  free(layout->attributes);
  free(layout->draws);
  free(layout);
}
