/* The list of arrays that an episode of a scenario has; see record.h. Names follow robomimic (obs, actions, rewards,
 * dones) and Isaac Lab (initial_state, states). A single robot's observations have no prefix; several have their
 * entity's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/model.h"
#include "dataset/record.h"

/* Whether an entity is recorded: all but grounds. */
static bool is_robot(const myr_entity_info *entity) { return !entity->ground; }

static int robot_count(const myr_plan_info *info) {
  int count = 0;
  for (int i = 0; i < info->entity_count; i++) count += is_robot(&info->entities[i]);
  return count;
}

/* Coordinates of the joints other than the one that lets the root float. */
static int joint_qpos_count(const myr_entity_info *entity) { return entity->qpos_count - (entity->floating ? 7 : 0); }
static int joint_dof_count(const myr_entity_info *entity) { return entity->dof_count - (entity->floating ? 6 : 0); }

static bool fixed(episode_schema *schema, myr_array_type type, const char *unit, int64_t columns, const char *path) {
  return schema_add(schema,
                    (array_info){.unit = unit, .type = type, .extent = EXTENT_FIXED, .rank = 2, .shape = {1, columns}},
                    "%s", path);
}

/* A row a control step; columns 0 makes it a list of numbers, depth 0 a table. */
static bool steps(episode_schema *schema, myr_array_type type, const char *unit, int64_t columns, int64_t depth,
                  const char *path) {
  int rank = 1 + (columns > 0) + (depth > 0);
  return schema_add(
      schema,
      (array_info){.unit = unit, .type = type, .extent = EXTENT_STEPS, .rank = rank, .shape = {0, columns, depth}},
      "%s", path);
}

static bool contacts(episode_schema *schema, myr_array_type type, const char *unit, int64_t columns, const char *path) {
  return schema_add(
      schema,
      (array_info){
          .unit = unit, .type = type, .extent = EXTENT_CONTACTS, .rank = columns ? 2 : 1, .shape = {0, columns}},
      "%s", path);
}

static const char position_unit[] = "m or rad", velocity_unit[] = "m/s or rad/s", twist_unit[] = "m/s, rad/s",
                  pose_unit[] = "m, 1";

typedef struct entity_names {
  char observation[160]; /* "" or "<entity>_" */
  char articulation[160];
} entity_names;

static entity_names name_entity(const record_layout *layout, const myr_entity_info *entity) {
  entity_names names = {0};
  if (robot_count(layout->info) > 1) snprintf(names.observation, sizeof names.observation, "%s_", entity->name);
  snprintf(names.articulation, sizeof names.articulation, "articulation/%s", entity->name);
  return names;
}

static const char *join(char path[512], const char *group, const char *prefix, const char *name) {
  snprintf(path, 512, "%s/%s%s", group, prefix, name);
  return path;
}

static bool add_observation(episode_schema *schema, const char *prefix, const char *name, const char *unit,
                            int64_t columns) {
  char path[512];
  return steps(schema, MYR_ARRAY_F32, unit, columns, 0, join(path, "obs", prefix, name)) &&
         fixed(schema, MYR_ARRAY_F32, unit, columns, join(path, "final_obs", prefix, name));
}

static bool add_state_link(episode_schema *schema, const entity_names *names, const char *observation,
                           const char *state) {
  char target[512];
  join(target, "obs", names->observation, observation);
  return schema_link(schema, target, "states/%s/%s", names->articulation, state);
}

static bool add_robot(record_layout *layout, const myr_entity_info *entity, unsigned record) {
  episode_schema *schema = &layout->schema;
  entity_names names = name_entity(layout, entity);
  int positions = joint_qpos_count(entity), velocities = joint_dof_count(entity);
  char path[512], group[256];
  bool good = true;
  if (record & MYR_RECORD_JOINTS && positions)
    good = good && add_observation(schema, names.observation, "joint_pos", position_unit, positions) &&
           add_observation(schema, names.observation, "joint_vel", velocity_unit, velocities) &&
           add_state_link(schema, &names, "joint_pos", "joint_position") &&
           add_state_link(schema, &names, "joint_vel", "joint_velocity");
  if (record & MYR_RECORD_ROOT) {
    snprintf(group, sizeof group, "states/%s", names.articulation);
    good = good && add_observation(schema, names.observation, "root_pos", "m", 3) &&
           add_observation(schema, names.observation, "root_quat", "1", 4) &&
           add_observation(schema, names.observation, "root_vel", twist_unit, 6) &&
           steps(schema, MYR_ARRAY_F32, pose_unit, 7, 0, join(path, group, "", "root_pose")) &&
           add_state_link(schema, &names, "root_vel", "root_velocity");
  }
  snprintf(group, sizeof group, "initial_state/%s", names.articulation);
  good = good && fixed(schema, MYR_ARRAY_F32, pose_unit, 7, join(path, group, "", "root_pose")) &&
         fixed(schema, MYR_ARRAY_F32, twist_unit, 6, join(path, group, "", "root_velocity"));
  if (positions)
    good = good && fixed(schema, MYR_ARRAY_F32, position_unit, positions, join(path, group, "", "joint_position")) &&
           fixed(schema, MYR_ARRAY_F32, velocity_unit, velocities, join(path, group, "", "joint_velocity"));
  return good;
}

static bool add_common(record_layout *layout, unsigned record) {
  episode_schema *schema = &layout->schema;
  const myr_model *model = layout->info->model;
  int bodies = model->nbody - 1; /* without the world itself */
  /* Two-dimensional even where a scene has no actuators, as trainers demand. */
  array_info actions = {.unit = "1", .type = MYR_ARRAY_F32, .extent = EXTENT_STEPS, .rank = 2, .shape = {0, model->nu}};
  bool good =
      schema_add(schema, actions, "actions") && steps(schema, MYR_ARRAY_F32, "1", 0, 0, "rewards") &&
      steps(schema, MYR_ARRAY_U8, "1", 0, 0, "dones") && steps(schema, MYR_ARRAY_BOOL, "1", 0, 0, "terminated") &&
      steps(schema, MYR_ARRAY_BOOL, "1", 0, 0, "truncated") && steps(schema, MYR_ARRAY_BOOL, "1", 0, 0, "success") &&
      steps(schema, MYR_ARRAY_F64, "s", 0, 0, "time") && steps(schema, MYR_ARRAY_BOOL, "1", 0, 0, "labels/fallen");
  if (record & MYR_RECORD_JOINTS && model->nu)
    good = good && steps(schema, MYR_ARRAY_F32, "the actuator's", model->nu, 0, "labels/control");
  if (record & MYR_RECORD_ENERGY) good = good && steps(schema, MYR_ARRAY_F32, "J", 2, 0, "labels/energy");
  if (record & MYR_RECORD_BODIES && bodies)
    good = good && steps(schema, MYR_ARRAY_F32, "m", bodies, 3, "labels/body_position") &&
           steps(schema, MYR_ARRAY_F32, "1", bodies, 4, "labels/body_orientation");
  if (record & MYR_RECORD_CONTACTS) {
    if (bodies) good = good && steps(schema, MYR_ARRAY_F32, "N", bodies, 3, "labels/body_contact_force");
    good = good && steps(schema, MYR_ARRAY_I32, "1", 0, 0, "labels/contact_count") &&
           steps(schema, MYR_ARRAY_I64, "1", 0, 0, "labels/contact_start") &&
           contacts(schema, MYR_ARRAY_I32, "1", 2, "labels/contacts/geom") &&
           contacts(schema, MYR_ARRAY_F32, "m", 3, "labels/contacts/position") &&
           contacts(schema, MYR_ARRAY_F32, "1", 3, "labels/contacts/normal") &&
           contacts(schema, MYR_ARRAY_F32, "N", 3, "labels/contacts/force") &&
           contacts(schema, MYR_ARRAY_F32, "m", 0, "labels/contacts/distance");
  }
  return good;
}

static bool add_draws(record_layout *layout) {
  bool good = true;
  for (int i = 0; i < layout->info->draw_count; i++) {
    const myr_draw_info *draw = &layout->info->draws[i];
    good =
        good &&
        schema_add(
            &layout->schema,
            (array_info){
                .unit = draw->unit, .type = MYR_ARRAY_F64, .extent = EXTENT_FIXED, .rank = 1, .shape = {draw->count}},
            "randomization/%s", draw->path);
  }
  return good;
}

static bool add_attributes(record_layout *layout, bool with_engine) {
  episode_schema *schema = &layout->schema;
  bool good = schema_attribute(schema, ATTRIBUTE_INTEGER, "num_samples") &&
              schema_attribute(schema, ATTRIBUTE_INTEGER, "seed") &&
              schema_attribute(schema, ATTRIBUTE_INTEGER, "episode_index") &&
              schema_attribute(schema, ATTRIBUTE_FLAG, "success") &&
              schema_attribute(schema, ATTRIBUTE_REASON, "termination_reason") &&
              schema_attribute(schema, ATTRIBUTE_INTEGER, "status") &&
              schema_attribute(schema, ATTRIBUTE_INTEGER, "dropped_contacts") &&
              (!with_engine || schema_attribute(schema, ATTRIBUTE_TEXT, "engine"));
  for (int i = 0; good && i < layout->info->entity_count; i++) {
    const myr_entity_info *entity = &layout->info->entities[i];
    if (!is_robot(entity) || !entity->floating) continue;
    entity_names names = name_entity(layout, entity);
    good = schema_attribute(schema, ATTRIBUTE_REAL, "%sfall_time", names.observation) &&
           schema_attribute(schema, ATTRIBUTE_REAL, "%sfirst_nonfoot_contact_time", names.observation);
  }
  return good;
}

static void find_robot(record_layout *layout, int number) {
  const episode_schema *schema = &layout->schema;
  entity_names names = name_entity(layout, &layout->info->entities[number]);
  robot_arrays *robot = &layout->robots[number];
  char path[512], group[256];
#define FIND(member, group, prefix, name) robot->member = schema_find(schema, join(path, group, prefix, name))
  FIND(joint_pos, "obs", names.observation, "joint_pos");
  FIND(joint_vel, "obs", names.observation, "joint_vel");
  FIND(root_pos, "obs", names.observation, "root_pos");
  FIND(root_quat, "obs", names.observation, "root_quat");
  FIND(root_vel, "obs", names.observation, "root_vel");
  FIND(final_joint_pos, "final_obs", names.observation, "joint_pos");
  FIND(final_joint_vel, "final_obs", names.observation, "joint_vel");
  FIND(final_root_pos, "final_obs", names.observation, "root_pos");
  FIND(final_root_quat, "final_obs", names.observation, "root_quat");
  FIND(final_root_vel, "final_obs", names.observation, "root_vel");
  snprintf(group, sizeof group, "states/%s", names.articulation);
  FIND(state_root_pose, group, "", "root_pose");
  snprintf(group, sizeof group, "initial_state/%s", names.articulation);
  FIND(initial_root_pose, group, "", "root_pose");
  FIND(initial_root_velocity, group, "", "root_velocity");
  FIND(initial_joint_position, group, "", "joint_position");
  FIND(initial_joint_velocity, group, "", "joint_velocity");
#undef FIND
  snprintf(path, sizeof path, "%sfall_time", names.observation);
  robot->fall_time = schema_find_attribute(schema, path);
  snprintf(path, sizeof path, "%sfirst_nonfoot_contact_time", names.observation);
  robot->first_nonfoot_contact_time = schema_find_attribute(schema, path);
}

static void find_arrays(record_layout *layout) {
  const episode_schema *schema = &layout->schema;
#define FIND(name, path) layout->name = schema_find(schema, path)
  FIND(actions, "actions");
  FIND(rewards, "rewards");
  FIND(dones, "dones");
  FIND(terminated, "terminated");
  FIND(truncated, "truncated");
  FIND(success, "success");
  FIND(time, "time");
  FIND(control, "labels/control");
  FIND(fallen, "labels/fallen");
  FIND(energy, "labels/energy");
  FIND(body_position, "labels/body_position");
  FIND(body_orientation, "labels/body_orientation");
  FIND(body_contact_force, "labels/body_contact_force");
  FIND(contact_count, "labels/contact_count");
  FIND(contact_start, "labels/contact_start");
  FIND(contact_geom, "labels/contacts/geom");
  FIND(contact_position, "labels/contacts/position");
  FIND(contact_normal, "labels/contacts/normal");
  FIND(contact_force, "labels/contacts/force");
  FIND(contact_distance, "labels/contacts/distance");
#undef FIND
#define FIND(member, name) layout->member = schema_find_attribute(schema, name)
  FIND(num_samples, "num_samples");
  FIND(seed, "seed");
  FIND(episode_index, "episode_index");
  FIND(episode_success, "success");
  FIND(termination_reason, "termination_reason");
  FIND(status, "status");
  FIND(dropped_contacts, "dropped_contacts");
  FIND(camera_info, "camera_info");
  FIND(engine, "engine");
#undef FIND
  if (layout->cameras.look) find_cameras(&layout->cameras, schema);
  for (int i = 0; i < layout->info->draw_count; i++) {
    char path[1024];
    snprintf(path, sizeof path, "randomization/%s", layout->info->draws[i].path);
    layout->draws[i] = schema_find(schema, path);
  }
  for (int i = 0; i < layout->info->entity_count; i++)
    if (is_robot(&layout->info->entities[i])) find_robot(layout, i);
}

myr_status record_layout_create(const myr_plan *plan, bool with_engine, record_layout **out, myr_error *error) {
  *out = NULL;
  record_layout *layout = calloc(1, sizeof *layout);
  if (!layout) return myr_fail(error, MYR_ERROR, "too little memory for the list of arrays");
  layout->plan = plan;
  layout->info = myr_plan_describe(plan);
  unsigned record = myr_scenario_describe(layout->info->scenario)->record;
  layout->draws = calloc((size_t)layout->info->draw_count + 1, sizeof *layout->draws);
  layout->robots = calloc((size_t)layout->info->entity_count + 1, sizeof *layout->robots);
  bool good = layout->draws && layout->robots && add_common(layout, record) && add_draws(layout) &&
              add_attributes(layout, with_engine);
  for (int i = 0; good && i < layout->info->entity_count; i++)
    if (is_robot(&layout->info->entities[i])) good = add_robot(layout, &layout->info->entities[i], record);
  if (good && layout->info->look) good = add_cameras(&layout->cameras, layout->info->look, &layout->schema);
  myr_status status = good ? schema_finish(&layout->schema, error)
                           : myr_fail(error, MYR_ERROR, "too little memory for the list of arrays");
  if (status) {
    record_layout_destroy(layout);
    return status;
  }
  find_arrays(layout);
  *out = layout;
  return MYR_OK;
}

void record_layout_destroy(record_layout *layout) {
  if (!layout) return;
  schema_free(&layout->schema);
  camera_layout_free(&layout->cameras);
  free(layout->draws);
  free(layout->robots);
  free(layout);
}
