/* The buffers of one world's episode; see record.h. */
#include "dataset/record.h"
#include "kernels/fields.h"
#include "kernels/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct recorder {
  const record_layout *layout;
  unsigned char **buffers; /* (array_count) with rows for a full episode; contacts' grow */
  int64_t contacts, contact_capacity;
  myr_span qpos, qvel, ctrl, status, dropped;
  myr_span energy, body_position, body_rotation, body_contact_force;
  myr_span contact_count, contact_pair, contact_distance, contact_position, contact_normal, contact_force;
  /* Of the episode's end. */
  int64_t index, steps;
  bool success;
  attribute_value *attributes; /* by the schema's numbers */
};

recorder *recorder_create(const record_layout *layout) {
  recorder *recorder = calloc(1, sizeof *recorder);
  if (!recorder) return NULL;
  const episode_schema *schema = &layout->schema;
  recorder->layout = layout;
  recorder->buffers = calloc((size_t)schema->array_count, sizeof *recorder->buffers);
  recorder->attributes = calloc((size_t)schema->attribute_count + 1, sizeof *recorder->attributes);
  bool good = recorder->buffers && recorder->attributes;
  for (int i = 0; good && i < schema->array_count; i++) {
    const array_info *info = &schema->arrays[i];
    if (info->same_as >= 0 || info->extent == EXTENT_CONTACTS || info->frames) continue;
    int64_t rows = info->extent == EXTENT_STEPS ? layout->info->control_steps : info->rank ? info->shape[0] : 1;
    recorder->buffers[i] = calloc((size_t)rows, array_row_bytes(info) + 1); /* + 1: never 0 bytes */
    good = recorder->buffers[i] != NULL;
  }
  if (good) return recorder;
  recorder_destroy(recorder);
  return NULL;
}

void recorder_destroy(recorder *recorder) {
  if (!recorder) return;
  for (int i = 0; recorder->buffers && i < recorder->layout->schema.array_count; i++) free(recorder->buffers[i]);
  free(recorder->buffers);
  free(recorder->attributes);
  free(recorder);
}

void *recorder_row(recorder *recorder, int array, int64_t row) {
  if (array < 0) return NULL;
  return recorder->buffers[array] + (size_t)row * array_row_bytes(&recorder->layout->schema.arrays[array]);
}

static void gather(float *out, myr_span span, int start, int count) {
  const float *in = span.data + (ptrdiff_t)start * span.stride;
  for (int i = 0; i < count; i++) out[i] = in[(ptrdiff_t)i * span.stride];
}

static void gather_row(recorder *recorder, int array, int64_t row, myr_span span, int start, int count) {
  float *out = recorder_row(recorder, array, row);
  if (out && count > 0) gather(out, span, start, count);
}

/* ---------------------------------------------------------------------------------------------------- state */

typedef struct root_state {
  float pose[7];     /* position m; quaternion x y z w */
  float velocity[6]; /* of the root's origin m/s; angular rad/s; both in world axes */
} root_state;

static root_state read_root(const recorder *recorder, const myr_entity_info *entity) {
  root_state root = {0};
  float *pose = root.pose, *velocity = root.velocity;
  if (!entity->floating) {
    const myr_model *model = recorder->layout->info->model;
    const double *position = &model->body_pos[3 * entity->root_body], *quat = &model->body_quat[4 * entity->root_body];
    for (int i = 0; i < 3; i++) pose[i] = (float)position[i];
    for (int i = 0; i < 4; i++) pose[3 + i] = (float)quat[(i + 1) % 4];
    return root;
  }
  float local[3], wxyz[4];
  gather(pose, recorder->qpos, entity->qpos_start, 3);
  gather(wxyz, recorder->qpos, entity->qpos_start + 3, 4);
  for (int i = 0; i < 4; i++) pose[3 + i] = wxyz[(i + 1) % 4];
  gather(velocity, recorder->qvel, entity->dof_start, 3);
  gather(local, recorder->qvel, entity->dof_start + 3, 3);
  /* A free joint turns in its own axes; v + 2 w (u x v) + 2 u x (u x v) for the unit quaternion (w, u). */
  const float *u = pose + 3, w = pose[6];
  float c[3] = {u[1] * local[2] - u[2] * local[1], u[2] * local[0] - u[0] * local[2],
                u[0] * local[1] - u[1] * local[0]};
  float d[3] = {u[1] * c[2] - u[2] * c[1], u[2] * c[0] - u[0] * c[2], u[0] * c[1] - u[1] * c[0]};
  for (int i = 0; i < 3; i++) velocity[3 + i] = local[i] + 2 * (w * c[i] + d[i]);
  return root;
}

static void put(recorder *recorder, int array, int64_t row, const float *values, int count) {
  float *out = recorder_row(recorder, array, row);
  if (out) memcpy(out, values, (size_t)count * sizeof *out);
}

/* Joint coordinates: all of the entity's but its root's free joint. */
static void gather_joints(recorder *recorder, const myr_entity_info *entity, int positions, int velocities,
                          int64_t row) {
  int first_position = entity->floating ? 7 : 0, first_velocity = entity->floating ? 6 : 0;
  gather_row(recorder, positions, row, recorder->qpos, entity->qpos_start + first_position,
             entity->qpos_count - first_position);
  gather_row(recorder, velocities, row, recorder->qvel, entity->dof_start + first_velocity,
             entity->dof_count - first_velocity);
}

void recorder_begin(recorder *recorder, myr_batch *batch, int world) {
  const record_layout *layout = recorder->layout;
#define SPAN(member, field) recorder->member = myr_batch_field(batch, MYR_FIELD_##field, world)
  SPAN(qpos, qpos);
  SPAN(qvel, qvel);
  SPAN(ctrl, ctrl);
  SPAN(status, status);
  SPAN(dropped, dropped_contacts);
  SPAN(energy, energy);
  SPAN(body_position, body_position);
  SPAN(body_rotation, body_rotation);
  SPAN(body_contact_force, body_contact_force);
  SPAN(contact_count, contact_count);
  SPAN(contact_pair, contact_pair);
  SPAN(contact_distance, contact_distance);
  SPAN(contact_position, contact_position);
  SPAN(contact_normal, contact_normal);
  SPAN(contact_force, contact_force);
#undef SPAN
  recorder->contacts = 0;
  for (int i = 0; i < layout->info->entity_count; i++) {
    const myr_entity_info *entity = &layout->info->entities[i];
    if (entity->ground) continue;
    const robot_arrays *arrays = &layout->robots[i];
    root_state root = read_root(recorder, entity);
    put(recorder, arrays->initial_root_pose, 0, root.pose, 7);
    put(recorder, arrays->initial_root_velocity, 0, root.velocity, 6);
    gather_joints(recorder, entity, arrays->initial_joint_position, arrays->initial_joint_velocity, 0);
  }
}

static bool reserve_contacts(recorder *recorder) {
  const record_layout *layout = recorder->layout;
  if (layout->contact_count < 0) return true;
  int64_t needed = recorder->contacts + layout->info->model->ncon;
  if (needed <= recorder->contact_capacity) return true;
  int64_t capacity = 2 * needed;
  for (int i = 0; i < layout->schema.array_count; i++) {
    const array_info *info = &layout->schema.arrays[i];
    if (info->extent != EXTENT_CONTACTS || info->same_as >= 0) continue;
    unsigned char *buffer = realloc(recorder->buffers[i], (size_t)capacity * array_row_bytes(info));
    if (!buffer) return false;
    recorder->buffers[i] = buffer;
  }
  recorder->contact_capacity = capacity;
  return true;
}

float *recorder_observe(recorder *recorder, int step) {
  const record_layout *layout = recorder->layout;
  if (!reserve_contacts(recorder)) return NULL;
  for (int i = 0; i < layout->info->entity_count; i++) {
    const myr_entity_info *entity = &layout->info->entities[i];
    if (entity->ground) continue;
    const robot_arrays *arrays = &layout->robots[i];
    gather_joints(recorder, entity, arrays->joint_pos, arrays->joint_vel, step);
    if (arrays->root_pos < 0) continue;
    root_state root = read_root(recorder, entity);
    put(recorder, arrays->root_pos, step, root.pose, 3);
    put(recorder, arrays->root_quat, step, root.pose + 3, 4);
    put(recorder, arrays->root_vel, step, root.velocity, 6);
    put(recorder, arrays->state_root_pose, step, root.pose, 7);
  }
  return recorder_row(recorder, layout->actions, step);
}

/* ---------------------------------------------------------------------------------------------------- labels */

static void label_contacts(recorder *recorder, int step) {
  const record_layout *layout = recorder->layout;
  if (layout->contact_count < 0) return;
  const myr_model *model = layout->info->model;
  int count = (int)recorder->contact_count.data[0];
  *(int32_t *)recorder_row(recorder, layout->contact_count, step) = count;
  *(int64_t *)recorder_row(recorder, layout->contact_start, step) = recorder->contacts;
  int32_t *geom = recorder_row(recorder, layout->contact_geom, recorder->contacts);
  for (int i = 0; i < count; i++) {
    int pair = (int)recorder->contact_pair.data[(ptrdiff_t)i * recorder->contact_pair.stride];
    geom[2 * i] = model->pair_geom1[pair];
    geom[2 * i + 1] = model->pair_geom2[pair];
  }
  gather_row(recorder, layout->contact_position, recorder->contacts, recorder->contact_position, 0, 3 * count);
  gather_row(recorder, layout->contact_normal, recorder->contacts, recorder->contact_normal, 0, 3 * count);
  gather_row(recorder, layout->contact_force, recorder->contacts, recorder->contact_force, 0, 3 * count);
  gather_row(recorder, layout->contact_distance, recorder->contacts, recorder->contact_distance, 0, count);
  recorder->contacts += count;
}

static void label_orientation(recorder *recorder, int step) {
  float *out = recorder_row(recorder, recorder->layout->body_orientation, step);
  if (!out) return;
  int bodies = recorder->layout->info->model->nbody - 1;
  for (int i = 0; i < bodies; i++) {
    float wxyz[4];
    gather(wxyz, recorder->body_rotation, 4 * (i + 1), 4);
    for (int k = 0; k < 4; k++) out[4 * i + k] = wxyz[(k + 1) % 4];
  }
}

static void put_flag(recorder *recorder, int array, int step, bool value) {
  *(unsigned char *)recorder_row(recorder, array, step) = value;
}

void recorder_label(recorder *recorder, int step, const myr_judgement *judgement) {
  const record_layout *layout = recorder->layout;
  const myr_model *model = layout->info->model;
  *(float *)recorder_row(recorder, layout->rewards, step) = judgement->reward;
  *(double *)recorder_row(recorder, layout->time, step) = judgement->time;
  put_flag(recorder, layout->dones, step, judgement->terminated || judgement->truncated);
  put_flag(recorder, layout->terminated, step, judgement->terminated);
  put_flag(recorder, layout->truncated, step, judgement->truncated);
  put_flag(recorder, layout->success, step, judgement->success);
  put_flag(recorder, layout->fallen, step, judgement->fallen);
  gather_row(recorder, layout->control, step, recorder->ctrl, 0, model->nu);
  gather_row(recorder, layout->energy, step, recorder->energy, 0, 2);
  gather_row(recorder, layout->body_position, step, recorder->body_position, 3, 3 * (model->nbody - 1));
  gather_row(recorder, layout->body_contact_force, step, recorder->body_contact_force, 3, 3 * (model->nbody - 1));
  label_orientation(recorder, step);
  label_contacts(recorder, step);
}

/* ---------------------------------------------------------------------------------------------------- the end */

static void copy_row(recorder *recorder, int to, int from, int64_t row) {
  if (to >= 0)
    memcpy(recorder_row(recorder, to, 0), recorder_row(recorder, from, row),
           array_row_bytes(&recorder->layout->schema.arrays[to]));
}

/* What is observed after the last step. A world that diverged was reset, so there it is the last row again. */
static void observe_final(recorder *recorder, int last, bool diverged) {
  const record_layout *layout = recorder->layout;
  for (int i = 0; i < layout->info->entity_count; i++) {
    const myr_entity_info *entity = &layout->info->entities[i];
    if (entity->ground) continue;
    const robot_arrays *arrays = &layout->robots[i];
    if (diverged) {
      copy_row(recorder, arrays->final_joint_pos, arrays->joint_pos, last);
      copy_row(recorder, arrays->final_joint_vel, arrays->joint_vel, last);
      copy_row(recorder, arrays->final_root_pos, arrays->root_pos, last);
      copy_row(recorder, arrays->final_root_quat, arrays->root_quat, last);
      copy_row(recorder, arrays->final_root_vel, arrays->root_vel, last);
      continue;
    }
    root_state root = read_root(recorder, entity);
    gather_joints(recorder, entity, arrays->final_joint_pos, arrays->final_joint_vel, 0);
    put(recorder, arrays->final_root_pos, 0, root.pose, 3);
    put(recorder, arrays->final_root_quat, 0, root.pose + 3, 4);
    put(recorder, arrays->final_root_vel, 0, root.velocity, 6);
  }
}

static void put_draws(recorder *recorder, const double *values) {
  const record_layout *layout = recorder->layout;
  for (int i = 0; i < layout->info->draw_count; i++) {
    const myr_draw_info *draw = &layout->info->draws[i];
    memcpy(recorder_row(recorder, layout->draws[i], 0), values + draw->offset, (size_t)draw->count * sizeof *values);
  }
}

static void keep_attributes(recorder *recorder, const myr_judgement *judgement, const myr_episode_state *state) {
  const record_layout *layout = recorder->layout;
  attribute_value *attributes = recorder->attributes;
  attributes[layout->num_samples].integer = recorder->steps;
  attributes[layout->seed].integer = (int64_t)layout->info->seed;
  attributes[layout->episode_index].integer = recorder->index;
  attributes[layout->episode_success].integer = judgement->success;
  attributes[layout->termination_reason].string = myr_plan_reason(layout->plan, judgement->reason);
  attributes[layout->status].integer = (int64_t)recorder->status.data[0];
  attributes[layout->dropped_contacts].integer = (int64_t)recorder->dropped.data[0];
  for (int i = 0; i < layout->info->entity_count; i++) {
    if (!layout->info->entities[i].floating) continue;
    attributes[layout->robots[i].fall_time].real = state->fall_time[i];
    attributes[layout->robots[i].first_nonfoot_contact_time].real = state->first_nonfoot_contact_time[i];
  }
}

void recorder_set_engine(recorder *recorder, const char *engine) {
  if (recorder->layout->engine >= 0) recorder->attributes[recorder->layout->engine].string = engine;
}

void recorder_end(recorder *recorder, int last, const myr_judgement *judgement, const myr_episode_state *state) {
  observe_final(recorder, last, judgement->reason == MYR_REASON_DIVERGED);
  put_draws(recorder, state->values);
  recorder->index = state->episode;
  recorder->steps = last + 1;
  recorder->success = judgement->success;
  keep_attributes(recorder, judgement, state);
}

myr_status recorder_pack(const recorder *recorder, episode *episode, myr_error *error) {
  const episode_schema *schema = &recorder->layout->schema;
  episode->index = recorder->index;
  episode->steps = recorder->steps;
  episode->contacts = recorder->contacts;
  episode->success = recorder->success;
  myr_status status = episode_layout(schema, episode, error);
  if (status) return status;
  memcpy(episode->attributes, recorder->attributes, (size_t)schema->attribute_count * sizeof *episode->attributes);
  for (int i = 0; i < schema->array_count; i++) {
    const array_info *info = &schema->arrays[i];
    if (info->same_as >= 0 || info->frames || !array_present(info, episode->index)) continue;
    int64_t shape[MYR_ARRAY_RANK];
    size_t bytes =
        (size_t)array_shape(info, episode->steps, episode->contacts, shape) * myr_array_type_bytes(info->type);
    if (bytes) memcpy(episode->data + episode->offsets[i], recorder->buffers[i], bytes);
  }
  return MYR_OK;
}
