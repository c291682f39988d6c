/* Judging a world's state from its labels. */

#include "kernels/model.h"
#include "scenarios/plan.h"
#include "scenarios/plan_world.h"

static const double fall_cosine = 0.5; /* of 60 degrees */

/* The first time that a part of a robot other than a foot touches a ground. */
static void watch_contacts(const myr_plan *plan, myr_batch *batch, int world, myr_episode_state *state, double time) {
  int count = (int)span_get(myr_batch_field(batch, MYR_FIELD_contact_count, world), 0);
  myr_span pairs = myr_batch_field(batch, MYR_FIELD_contact_pair, world);
  myr_span distances = myr_batch_field(batch, MYR_FIELD_contact_distance, world);
  for (int c = 0; c < count && c < pairs.count; c++) {
    int pair = (int)span_get(pairs, c);
    if (pair < 0 || pair >= plan->model->npair || span_get(distances, c) > 0) continue;
    int entity = plan->pair_fall[pair];
    if (entity >= 0 && state->first_nonfoot_contact_time[entity] < 0) state->first_nonfoot_contact_time[entity] = time;
  }
}

static bool has_fallen(const myr_plan *plan, myr_batch *batch, int world, int entity) {
  int body = plan->entity_infos[entity].root_body;
  const instruction upright = program_upright(body, fall_cosine, plan->entities[entity].fall_height);
  const program program = {1, &upright};
  return program_run(&program, plan, batch, world, &(myr_episode_state){0}, 0) == 0;
}

static bool watch_falls(const myr_plan *plan, myr_batch *batch, int world, myr_episode_state *state, double time) {
  bool any = false;
  for (int i = 0; i < plan->entity_count; i++) {
    if (!plan->entity_infos[i].floating || !has_fallen(plan, batch, world, i)) continue;
    if (state->fall_time[i] < 0) state->fall_time[i] = time;
    any = true;
  }
  return any;
}

void myr_plan_judge(const myr_plan *plan, myr_batch *batch, int world, myr_episode_state *state, int step,
                    myr_judgement *judgement) {
  double time = step * plan->info.control_period;
  *judgement = (myr_judgement){.time = time};
  watch_contacts(plan, batch, world, state, time);
  judgement->fallen = watch_falls(plan, batch, world, state, time);
  if (plan->success.count) judgement->success = program_run(&plan->success, plan, batch, world, state, time) != 0;
  if (plan->reward.count) judgement->reward = (float)program_run(&plan->reward, plan, batch, world, state, time);
  bool terminate = plan->terminate.count && program_run(&plan->terminate, plan, batch, world, state, time) != 0;
  judgement->terminated = terminate && step > 0;
  judgement->truncated = !judgement->terminated && step >= plan->info.control_steps;
  if (judgement->terminated) judgement->reason = MYR_REASON_TERMINATE;
  if (judgement->truncated) judgement->reason = MYR_REASON_TIMEOUT;
}

bool myr_plan_diverged(myr_batch *batch, int world) {
  unsigned status = (unsigned)span_get(myr_batch_field(batch, MYR_FIELD_status, world), 0);
  return status & MYR_WORLD_DIVERGED;
}

void myr_plan_divergence(const myr_plan *plan, int step, myr_judgement *judgement) {
  *judgement = (myr_judgement){
      .time = (step + 1) * plan->info.control_period, .terminated = true, .reason = MYR_REASON_DIVERGED};
}
