/* myriad view of a scene or a model: simulates the episodes and keeps the poses of their bodies, step by step. */
#include <stdlib.h>

#include "kernels/fields.h"
#include "kernels/memory.h"
#include "kernels/model.h"
#include "view_scene.h"

static void read_field(myr_batch *batch, int field, int world, float *to) {
  myr_span span = myr_batch_field(batch, field, world);
  for (int i = 0; i < span.count; i++) to[i] = span.data[i * span.stride];
}

static void read_poses(const scene_view *view, myr_batch *batch, int world, int step) {
  const trajectory *trajectory = &view->trajectories[world];
  size_t at = (size_t)step * (size_t)view->model->nbody;
  read_field(batch, MYR_FIELD_body_position, world, trajectory->position + 3 * at);
  read_field(batch, MYR_FIELD_body_position_rest, world, trajectory->rest + 3 * at);
  read_field(batch, MYR_FIELD_body_rotation, world, trajectory->quaternion + 4 * at);
  read_field(batch, MYR_FIELD_body_velocity, world, trajectory->velocity + 6 * at);
}

static myr_status step_all(const scene_view *view, myr_batch *batch, int step, int substeps, myr_error *error) {
  myr_batch_info info;
  myr_batch_describe(batch, &info);
  myr_status status = MYR_OK;
  for (int group = 0; group < info.groups && !status; group++)
    status = myr_batch_step(batch, group, 0, substeps, MYR_OBSERVE, NULL, error);
  for (int world = 0; world < view->worlds && !status; world++) read_poses(view, batch, world, step);
  return status;
}

/* Makes the random draws of each world's episode, and sets the world's look and state to the episode's start. */
static myr_status begin_episodes(scene_view *view, myr_batch *batch, int64_t *episodes, double *values,
                                 myr_episode_state *states, float *look_values, myr_error *error) {
  const myr_plan_info *info = view->scene.plan_info;
  myr_batch_info batch_info;
  myr_batch_describe(batch, &batch_info);
  myr_status status = MYR_OK;
  for (int world = 0; world < view->worlds; world++) episodes[world] = view->first_episode + world;
  for (int group = 0; group < batch_info.groups && !status; group++) {
    int first = group * batch_info.group_worlds, left = view->worlds - first;
    status = myr_plan_begin(view->scene.plan, batch, group, NULL, episodes + first,
                            left < batch_info.group_worlds ? left : batch_info.group_worlds,
                            values + (size_t)first * (size_t)info->value_count, states + first, error);
  }
  for (int world = 0; world < view->worlds && !status; world++) {
    myr_plan_look_values(view->scene.plan, states[world].values, look_values);
    myr_look_resolve(view->look, look_values,
                     (myr_world_look *)(view->world_looks + (size_t)world * view->world_look_bytes));
  }
  return status;
}

/* Whether the episode ends in the state with which the step began, or was to end after so many steps. */
static bool ends(const scene_view *view, myr_batch *batch, int world, myr_episode_state *state, int step, int steps) {
  myr_judgement judgement;
  myr_plan_judge(view->scene.plan, batch, world, state, step, &judgement);
  return judgement.terminated || judgement.truncated || step == steps;
}

/* Takes up to `steps` control steps, and one of 0 substeps that shows the state after them. A world whose episode has
 * ended idles, as in a run. */
static myr_status run_episodes(scene_view *view, myr_batch *batch, int steps, myr_episode_state *states,
                               myr_error *error) {
  myr_status status = MYR_OK;
  int going_on = view->worlds;
  for (int step = 0; going_on && !status; step++) {
    for (int world = 0; world < view->worlds; world++)
      if (!view->trajectories[world].steps)
        myr_plan_control(view->scene.plan, batch, world, &states[world], step, NULL);
    status = step_all(view, batch, step, step < steps ? view->scene.plan_info->substeps : 0, error);
    for (int world = 0; world < view->worlds && !status; world++) {
      trajectory *trajectory = &view->trajectories[world];
      if (trajectory->steps) continue;
      if (ends(view, batch, world, &states[world], step, steps)) {
        trajectory->steps = step;
      } else if (myr_plan_diverged(batch, world)) {
        trajectory->steps = step + 1;
        read_poses(view, batch, world, step + 1); /* the last state again, because the world was reset */
      }
      going_on -= trajectory->steps > 0;
    }
  }
  return status;
}

/* Allocates a trajectory for `steps` steps and one more state. False: too little memory. */
static bool allocate_trajectory(const scene_view *view, int steps, double period, trajectory *trajectory) {
  size_t count = (size_t)steps + 1, bodies = (size_t)view->model->nbody;
  trajectory->position = calloc(count * bodies, 3 * sizeof(float));
  trajectory->rest = calloc(count * bodies, 3 * sizeof(float));
  trajectory->quaternion = calloc(count * bodies, 4 * sizeof(float));
  trajectory->velocity = calloc(count * bodies, 6 * sizeof(float));
  trajectory->states = calloc(count, sizeof *trajectory->states);
  if (!trajectory->position || !trajectory->rest || !trajectory->quaternion || !trajectory->velocity ||
      !trajectory->states)
    return false;
  for (size_t i = 0; i < count; i++)
    trajectory->states[i] = (myr_poses){.position = trajectory->position + 3 * i * bodies,
                                        .rest = trajectory->rest + 3 * i * bodies,
                                        .quaternion = trajectory->quaternion + 4 * i * bodies,
                                        .velocity = trajectory->velocity + 6 * i * bodies,
                                        .earlier = i ? &trajectory->states[i - 1] : NULL,
                                        .since = period};
  return true;
}

/* Allocates the worlds' trajectories. period: s, of a step. */
static myr_status allocate_worlds(scene_view *view, int steps, double period, myr_error *error) {
  view->world_look_bytes = myr_whole_cache_lines(myr_look_world_bytes(view->look));
  view->trajectories = calloc((size_t)view->worlds, sizeof *view->trajectories);
  view->world_looks = aligned_alloc(64, view->world_look_bytes * (size_t)view->worlds);
  bool good = view->trajectories && view->world_looks;
  for (int i = 0; good && i < view->worlds; i++)
    good = allocate_trajectory(view, steps, period, &view->trajectories[i]);
  return good ? MYR_OK
              : myr_fail(error, MYR_ERROR, "too little memory for %d episodes of %d steps", view->worlds, steps);
}

myr_status simulate_episodes(scene_view *view, int steps, myr_error *error) {
  const myr_plan_info *info = view->scene.plan_info;
  size_t worlds = (size_t)view->worlds;
  myr_batch *batch = NULL;
  const myr_batch_description description = {
      .model = view->model, .engine = "cpu", .worlds = view->worlds, .threads = 1, .start = info->start};
  myr_status status = allocate_worlds(view, steps, info->control_period, error);
  if (!status) status = myr_batch_create(&description, &batch, error);
  double *values = calloc(worlds * (size_t)info->value_count + 1, sizeof *values);
  float *look_values = calloc((size_t)myr_look_describe(view->look)->value_count + 1, sizeof *look_values);
  myr_episode_state *states = myr_plan_states(view->scene.plan, view->worlds);
  int64_t *episodes = calloc(worlds, sizeof *episodes);
  if (!status && (!values || !look_values || !states || !episodes))
    status = myr_fail(error, MYR_ERROR, "too little memory for %d episodes", view->worlds);
  if (!status) status = begin_episodes(view, batch, episodes, values, states, look_values, error);
  if (!status) status = run_episodes(view, batch, steps, states, error);
  free(episodes);
  free(values);
  free(look_values);
  free(states);
  if (batch) myr_batch_destroy(batch);
  return status;
}

myr_status pose_model(scene_view *view, myr_error *error) {
  myr_batch *batch;
  myr_batch_description description = {.model = view->model, .engine = "cpu", .worlds = 1, .threads = 1};
  myr_status status = allocate_worlds(view, 1, 1, error);
  if (!status) status = myr_batch_create(&description, &batch, error);
  if (status) return status;
  view->trajectories[0].steps = 1;
  myr_batch_reset(batch, 0, view->model->nkey > 0 ? 0 : -1);
  status = myr_batch_commit(batch, 0, error);
  for (int state = 0; state <= 1 && !status; state++) status = step_all(view, batch, state, 0, error); /* at rest */
  myr_batch_destroy(batch);
  myr_look_resolve(view->look, myr_look_describe(view->look)->defaults, (myr_world_look *)view->world_looks);
  return status;
}

void free_episodes(scene_view *view) {
  for (int i = 0; view->trajectories && i < view->worlds; i++) {
    free(view->trajectories[i].position);
    free(view->trajectories[i].rest);
    free(view->trajectories[i].quaternion);
    free(view->trajectories[i].velocity);
    free(view->trajectories[i].states);
  }
  free(view->trajectories);
  free(view->world_looks);
}
