/* The list of arrays that an episode of a scenario has; see record.h. Names follow robomimic (obs, actions, rewards,
 * dones) and Isaac Lab (initial_state, states). A robot's arrays begin with the name of its entity. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset/columns.h"
#include "dataset/names.h"
#include "dataset/record.h"
#include "kernels/fields.h"
#include "kernels/model.h"

static bool is_robot(const myr_entity_info *entity) { return !entity->ground; }

/* ---------------------------------------------------------------------------------------------------- rows */

enum { PREFIX = 160, PATH = 512 };

/* "" for the scene's. The name of a robot is there even if it is the only one, so that names stay when others join. */
static void name_prefix(const myr_entity_info *entity, char prefix[PREFIX]) {
  prefix[0] = 0;
  if (entity) snprintf(prefix, PREFIX, "%s_", entity->name);
}

/* An array of a row for each `extent`, with the row's columns. */
static array_info array_of(const recorded_row *row, array_extent extent, int *number) {
  const row_definition *definition = row->definition;
  array_info info = {.type = definition->type,
                     .extent = extent,
                     .rank = 1,
                     .number = number,
                     .frame = definition->frame,
                     .privileged = definition->record == MYR_RECORD_ROOT};
  info.shape[0] = 1; /* where the extent is fixed */
  if (row->dimension) info.shape[info.rank++] = row->count;
  if (definition->width > 1) info.shape[info.rank++] = definition->width;
  return info;
}

/* Adds an array of a row to the schema, with the names and units of the row's columns. */
static bool add_columns(record_layout *layout, const recorded_row *row, array_info info, const char *path) {
  char *units = row_column_units(row, layout->info->model), *names = row_column_names(row, layout->info->model);
  info.unit = units;
  info.columns = names;
  bool good = units && names && schema_add(&layout->schema, info, "%s", path);
  free(units);
  free(names);
  return good;
}

/* Adds the arrays of final_obs and of next_obs. */
static bool add_later_observations(record_layout *layout, recorded_row *row, const char *name, unsigned record) {
  char path[PATH + 32];
  array_info next = array_of(row, EXTENT_STEPS, &row->next);
  next.shifted = true;
  snprintf(path, sizeof path, "next_obs/%s", name);
  if (record & MYR_RECORD_NEXT_OBS && !add_columns(layout, row, next, path)) return false;
  snprintf(path, sizeof path, "final_obs/%s", name);
  return add_columns(layout, row, array_of(row, EXTENT_FIXED, &row->final), path);
}

/* Adds an array in the place that its group gives it. */
static bool add_named(record_layout *layout, recorded_row *row, unsigned record) {
  const row_definition *definition = row->definition;
  bool of_contacts = definition->element == ELEMENT_contact;
  array_info info = array_of(row, of_contacts ? EXTENT_CONTACTS : EXTENT_STEPS, &row->array);
  layout->contacts |= of_contacts;
  char prefix[PREFIX], name[PATH], path[PATH + 32];
  name_prefix(row->entity, prefix);
  snprintf(name, sizeof name, "%s%s", prefix, definition->name);
  snprintf(path, sizeof path, "%s%s", row_groups[definition->group], name);
  return add_columns(layout, row, info, path) &&
         (definition->group != GROUP_obs || add_later_observations(layout, row, name, record)) &&
         (!definition->second ||
          schema_link(&layout->schema, path, "states/articulation/%s/%s", row->entity->name, definition->second));
}

/* Adds the array of a robot's state under the state's own name. */
static bool add_state(record_layout *layout, recorded_row *row) {
  char path[PATH];
  array_info info = array_of(row, EXTENT_STEPS, &row->array);
  info.privileged = false; /* the mark tells observations apart; states are the truth */
  snprintf(path, sizeof path, "states/articulation/%s/%s", row->entity->name, row->definition->second);
  return add_columns(layout, row, info, path);
}

static bool add_initial(record_layout *layout, recorded_row *row) {
  char path[PATH];
  array_info info = array_of(row, EXTENT_FIXED, &row->initial);
  info.privileged = false;
  if (!row->definition->second) return true;
  snprintf(path, sizeof path, "initial_state/articulation/%s/%s", row->entity->name, row->definition->second);
  return add_columns(layout, row, info, path);
}

/* entity is NULL for the scene's rows. */
static bool add_row(record_layout *layout, const row_definition *definition, const myr_entity_info *entity,
                    unsigned record) {
  recorded_row *row = &layout->rows[layout->row_count];
  bool asked = !definition->record || definition->record & record;
  if (!row_bind(definition, layout->info->model, entity, row) || (!asked && !definition->second)) return true;
  layout->row_count++;
  bool named = asked && definition->group != GROUP_states;
  return (named ? add_named(layout, row, record) : add_state(layout, row)) && add_initial(layout, row);
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

static bool add_sensors(record_layout *layout, unsigned record) {
  bool good = true;
  for (int i = 0; i < layout->sensors.count && good; i++) {
    recorded_row *row = &layout->rows[layout->row_count++];
    sensor_row_bind(&layout->sensors, i, layout->info->model, row);
    good = add_named(layout, row, record);
  }
  return good;
}

static bool add_rows(record_layout *layout, unsigned record) {
  for (int moment = 0; moment < MOMENT_COUNT; moment++) {
    if (!add_rows_of(layout, moment, record)) return false;
    if (moment == SENSED && !add_sensors(layout, record)) return false;
    layout->moment_ends[moment] = layout->row_count;
  }
  return true;
}

bool record_shows_field(const record_layout *layout, int field) {
  if (field == MYR_FIELD_body_velocity && layout->cameras.scans) return true;
  for (int i = 0; i < layout->row_count; i++)
    if (layout->rows[i].definition->field == field || layout->rows[i].definition->rest_field == field) return true;
  return false;
}

/* ---------------------------------------------------------------------------------------------------- draws */

static bool add_draws(record_layout *layout) {
  bool good = true;
  for (int i = 0; i < layout->info->draw_count; i++) {
    const myr_draw_info *draw = &layout->info->draws[i];
    char *name = name_escape(draw->path); /* it may hold names of a model, such as arm/hand */
    good = good && name &&
           schema_add(&layout->schema,
                      (array_info){.unit = draw->unit,
                                   .type = MYR_ARRAY_F64,
                                   .extent = EXTENT_FIXED,
                                   .rank = 1,
                                   .shape = {draw->count},
                                   .number = &layout->draws[i]},
                      "randomization/%s", name);
    free(name);
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
  name_prefix(robot, prefix);
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
  unsigned record = myr_scenario_describe(info->scenario)->record;
  layout->draws = calloc((size_t)info->draw_count + 1, sizeof *layout->draws);
  if (record & MYR_RECORD_SENSORS && !sensor_rows_create(info, &layout->sensors)) return false;
  layout->rows = calloc(owners * ROW_COUNT + (size_t)layout->sensors.count, sizeof *layout->rows);
  layout->attributes = calloc(owners * EPISODE_ATTRIBUTE_COUNT, sizeof *layout->attributes);
  return layout->draws && layout->rows && layout->attributes && add_rows(layout, record) && add_draws(layout) &&
         add_attributes(layout, mixed) &&
         (!info->look || add_cameras(&layout->cameras, info->look, record & MYR_RECORD_NEXT_OBS, &layout->schema));
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
  sensor_rows_free(&layout->sensors);
  free(layout->attributes);
  free(layout->draws);
  free(layout);
}
