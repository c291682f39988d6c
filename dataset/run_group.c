#include "dataset/run_group.h"

#include <stdlib.h>

/* One world and the episode that it is simulating. */
typedef struct world_episode {
  recorder *recorder;
  sensor_recorder *sensors; /* NULL if there are no cameras */
  enum episode_progress { FREE, GOES_ON, ENDED } progress;
  int step; /* the next step of its episode; after the end, the number of its rows */
  bool diverged;
} world_episode;

struct run_group {
  run_common *run;
  run_thread *thread;
  myr_batch *batch;
  const char *engine;
  int number;                /* the group's number in the batch */
  int first_world, count;    /* its worlds in the batch */
  int stepped_worlds;        /* how many worlds each step advances: the group's worlds, or all lanes of a tile */
  int32_t *started;          /* (count) the worlds that begin an episode at a start */
  double *values;            /* (count, value_count) */
  myr_episode_state *states; /* (count) */
  world_episode worlds[];    /* (count) */
};

/* ---------------------------------------------------------------------------------------------------- creation */

static bool world_create(const run_common *run, world_episode *world) {
  world->recorder = recorder_create(run->layout);
  if (world->recorder && run->renderer) world->sensors = sensor_recorder_create(run->layout, world->recorder);
  return world->recorder && (world->sensors || !run->renderer);
}

static bool create_contents(run_group *group) {
  group->started = calloc((size_t)group->count, sizeof *group->started);
  group->values = calloc((size_t)group->count * (size_t)group->run->info->value_count + 1, sizeof *group->values);
  group->states = myr_plan_states(group->run->plan, group->count);
  bool complete = group->started && group->values && group->states;
  for (int i = 0; complete && i < group->count; i++) complete = world_create(group->run, &group->worlds[i]);
  return complete;
}

run_group *run_group_create(run_thread *thread, myr_batch *batch, int number) {
  myr_batch_info info;
  myr_batch_describe(batch, &info);
  int first = number * info.group_worlds, left = info.worlds - first;
  int count = left < info.group_worlds ? left : info.group_worlds;
  run_group *group = calloc(1, sizeof *group + (size_t)count * sizeof group->worlds[0]);
  if (!group) return NULL;
  group->run = thread->run;
  group->thread = thread;
  group->batch = batch;
  group->engine = info.engine;
  group->number = number;
  group->first_world = first;
  group->count = count;
  group->stepped_worlds = info.traits->has_lanes ? info.lanes : count;
  if (create_contents(group)) return group;
  run_group_destroy(group);
  return NULL;
}

void run_group_destroy(run_group *group) {
  if (!group) return;
  for (int i = 0; i < group->count; i++) {
    sensor_recorder_destroy(group->worlds[i].sensors);
    recorder_destroy(group->worlds[i].recorder);
  }
  free(group->started);
  free(group->values);
  free(group->states);
  free(group);
}

static myr_status too_little_memory(myr_error *error) {
  return myr_fail(error, MYR_ERROR, "too little memory for what an episode records: ask for fewer threads or lanes");
}

static int count_worlds(const run_group *group, enum episode_progress progress) {
  int count = 0;
  for (int i = 0; i < group->count; i++) count += group->worlds[i].progress == progress;
  return count;
}

int run_group_free_worlds(const run_group *group) { return count_worlds(group, FREE); }
int run_group_busy_worlds(const run_group *group) { return group->count - count_worlds(group, FREE); }

/* ---------------------------------------------------------------------------------------------------- a start */

static myr_status begin_record(run_group *group, int i, myr_error *error) {
  world_episode *world = &group->worlds[i];
  const myr_episode_state *state = &group->states[i];
  world->progress = GOES_ON;
  world->step = 0;
  recorder_begin(world->recorder, group->batch, group->first_world + i);
  recorder_set_engine(world->recorder, group->engine);
  if (world->sensors && !sensor_begin(world->sensors, group->thread->sensors, group->batch, group->first_world + i,
                                      state->episode, state->values))
    return too_little_memory(error);
  return MYR_OK;
}

myr_status run_group_start(run_group *group, const int64_t *episodes, int count, myr_error *error) {
  int chosen = 0;
  for (int i = 0; i < group->count && chosen < count; i++)
    if (group->worlds[i].progress == FREE) group->started[chosen++] = i;
  myr_status status = myr_plan_begin(group->run->plan, group->batch, group->number, group->started, episodes, chosen,
                                     group->values, group->states, error);
  for (int i = 0; i < chosen && !status; i++) status = begin_record(group, group->started[i], error);
  return status;
}

/* ---------------------------------------------------------------------------------------------------- handing on */

/* Records the last frames of an episode's cameras. Unless the world diverged, its labels must describe its final state. */
static myr_status end_pictures(run_group *group, const world_episode *world, myr_error *error) {
  if (!world->sensors) return MYR_OK;
  return sensor_end(world->sensors, group->thread->sensors, world->step, world->diverged, error);
}

/* Passes an episode that has ended, with its pictures, to the writer. */
static myr_status hand_on(run_group *group, world_episode *world, myr_error *error) {
  run_common *run = group->run;
  episode *episode = writer_borrow(run->writer);
  if (!episode) return too_little_memory(error);
  myr_status status = recorder_pack(world->recorder, episode, error);
  if (!status && world->sensors && !sensor_pack(world->sensors, episode)) status = too_little_memory(error);
  if (!status && !episode_seal(&run->layout->schema, episode, world->diverged, group->thread->digest))
    status = too_little_memory(error);
  if (status) {
    writer_return(run->writer, episode);
    return status;
  }
  world->progress = FREE;
  run->finished++;
  run->diverged += world->diverged;
  run->dropped += recorder_dropped_contacts(world->recorder);
  writer_submit(run->writer, episode);
  return MYR_OK;
}

/* Passes on the episodes whose end the last step has shown. */
static myr_status hand_on_ended(run_group *group, myr_error *error) {
  myr_status status = MYR_OK;
  if (!count_worlds(group, ENDED)) return MYR_OK;
  for (int i = 0; !status && i < group->count; i++)
    if (group->worlds[i].progress == ENDED) status = end_pictures(group, &group->worlds[i], error);
  if (!status && group->thread->sensors) status = sensor_collect(group->thread->sensors, error);
  for (int i = 0; !status && i < group->count; i++)
    if (group->worlds[i].progress == ENDED) status = hand_on(group, &group->worlds[i], error);
  return status;
}

/* ---------------------------------------------------------------------------------------------------- a step */

static myr_status begin_step(run_group *group, int substeps, myr_error *error) {
  run_thread *thread = group->thread;
  group->run->stepped_worlds += (long long)group->stepped_worlds * (substeps ? substeps : 1);
  stopwatch_turn(&thread->watch, MYR_RUN_STEP);
  myr_status status = myr_batch_begin_step(group->batch, group->number, thread->number, substeps, MYR_OBSERVE, error);
  stopwatch_turn(&thread->watch, MYR_RUN_RECORD);
  return status;
}

static myr_status finish_step(run_group *group, myr_error *error) {
  stopwatch_turn(&group->thread->watch, MYR_RUN_STEP);
  myr_status status = myr_batch_finish(group->batch, group->number, error);
  stopwatch_turn(&group->thread->watch, MYR_RUN_RECORD);
  return status;
}

/* Observes one world and lets its controllers act. */
static myr_status begin_row(run_group *group, int i, myr_error *error) {
  run_common *run = group->run;
  world_episode *world = &group->worlds[i];
  if (world->step > run->info->control_steps)
    return myr_fail(error, MYR_ERROR, "episode %lld does not end after its last step",
                    (long long)group->states[i].episode);
  float *actions = recorder_observe(world->recorder, world->step);
  if (!actions) return too_little_memory(error);
  myr_plan_control(run->plan, group->batch, group->first_world + i, &group->states[i], world->step, actions);
  return MYR_OK;
}

/* If all episodes have had their last action, a step of 0 substeps is enough, because it writes the labels of their final
 * states. */
myr_status run_group_begin_step(run_group *group, myr_error *error) {
  int acting = 0;
  for (int i = 0; i < group->count; i++) {
    if (group->worlds[i].progress != GOES_ON) continue;
    myr_status status = begin_row(group, i, error);
    if (status) return status;
    acting += group->worlds[i].step < group->run->info->control_steps;
  }
  return begin_step(group, acting ? group->run->info->substeps : 0, error);
}

static void end_episode(run_group *group, int i, int rows, const myr_judgement *judgement) {
  world_episode *world = &group->worlds[i];
  recorder_end(world->recorder, rows, judgement, &group->states[i]);
  world->progress = ENDED;
  world->step = rows;
  world->diverged = judgement->reason == MYR_REASON_DIVERGED;
}

/* Records the labels of row `step`, whose action the world has now taken. */
static myr_status finish_labels(run_group *group, world_episode *world, myr_error *error) {
  recorder_label(world->recorder, world->step);
  if (!world->sensors) return MYR_OK;
  return sensor_step(world->sensors, group->thread->sensors, world->step, error);
}

/* Ends an episode whose world has diverged, or of which something recorded is infinite, with the row `step`. */
static void end_diverged(run_group *group, int i, int step) {
  myr_judgement judgement;
  myr_plan_divergence(group->run->plan, step, &judgement);
  recorder_judge(group->worlds[i].recorder, step, &judgement);
  end_episode(group, i, step + 1, &judgement);
}

/* Judges the state that the last step began with, for one world whose episode goes on. If it ends the episode, nothing
 * else of the step counts. An infinite observation or reward of that state ends it too, as a divergence. Adds the
 * timesteps of a row that counts to *steps. */
static myr_status finish_row(run_group *group, int i, int64_t *steps, myr_error *error) {
  world_episode *world = &group->worlds[i];
  int step = world->step, number = group->first_world + i;
  myr_judgement judgement;
  recorder_sense(world->recorder, step);
  myr_plan_judge(group->run->plan, group->batch, number, &group->states[i], step, &judgement);
  if (step > 0) recorder_judge(world->recorder, step - 1, &judgement);
  if (step > 0 && !recorder_is_finite(world->recorder)) {
    end_diverged(group, i, step - 1);
    return MYR_OK;
  }
  if (judgement.terminated || judgement.truncated) {
    end_episode(group, i, step, &judgement);
    return MYR_OK;
  }
  bool diverged = myr_plan_diverged(group->batch, number);
  myr_status status = finish_labels(group, world, error);
  *steps += group->run->info->substeps;
  world->step++;
  if (!status && (diverged || !recorder_is_finite(world->recorder))) end_diverged(group, i, step);
  return status;
}

/* Finishes the rows of all worlds after a step. */
static myr_status finish_rows(run_group *group, myr_error *error) {
  int64_t steps = 0;
  myr_status status = MYR_OK;
  for (int i = 0; !status && i < group->count; i++)
    if (group->worlds[i].progress == GOES_ON) status = finish_row(group, i, &steps, error);
  group->run->steps += steps; /* added once for the whole group, because all threads share the counter */
  return status ? status : hand_on_ended(group, error);
}

myr_status run_group_finish_step(run_group *group, myr_error *error) {
  myr_status status = finish_step(group, error);
  return status ? status : finish_rows(group, error);
}
