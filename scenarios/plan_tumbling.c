/* Names, before a run, free bodies that turn so fast that their integrator changes their energy. All but RK4 are of first
 * order: in 10 s at 2 ms, a free box of 1 : 2 : 0.5 that turns at 8 rad/s about no axis of symmetry gains 26 % by Euler and
 * loses 20 % by implicit and implicitfast, in MuJoCo 4.0.1 as here, and RK4 loses 6e-12. At 1 to 8 rad/s these changes are
 * 0.27 times its asymmetry, the squared angular velocity, the timestep and the duration. */
#include <math.h>

#include "kernels/model.h"
#include "scenarios/plan.h"

static const double change_of_energy = 0.27, worth_telling = 0.05;

static const char *const integrators[] = {
#define OPTION_INTEGRATOR(name, member, word) [MYR_##name] = word,
#include "kernels/option.def"
};

/* 0 for a body with equal moments of inertia, up to 1. */
static double asymmetry(const double I[3]) {
  double most = fmax(I[0], fmax(I[1], I[2]));
  return most > 0 ? 1 - fmin(I[0], fmin(I[1], I[2])) / most : 0;
}

/* rad/s; the greatest that a start draws. */
static double greatest_length(const vector_quantity *vector) {
  if (vector->sphere) return quantity_greatest(&vector->magnitude);
  double squares = 0;
  for (int i = 0; i < 3; i++) squares += quantity_greatest(&vector->parts[i]) * quantity_greatest(&vector->parts[i]);
  return sqrt(squares);
}

/* rad/s; in the entity's keyframe. */
static double speed_in_keyframe(const myr_model *model, const entity_plan *entity) {
  if (entity->key < 0) return 0;
  const double *v = model->key_qvel + (size_t)entity->key * model->nv + model->jnt_dof_start[entity->root_joint] + 3;
  return sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

void plan_tell_tumbling(plan_builder *builder) {
  myr_plan *plan = builder->plan;
  const myr_model *model = plan->model;
  if (model->options.integrator == MYR_RK4) return;
  const myr_scenario_info *info = &plan->scenario->info;
  for (int i = 0; i < plan->entity_count; i++) {
    const entity_plan *entity = &plan->entities[i];
    if (!plan->entity_infos[i].floating || !model->jnt_alone[entity->root_joint]) continue;
    const start_section *start = &entity->section->start;
    bool drawn = start->angular_velocity.given;
    const node *place = drawn ? start->angular_velocity.node : start->keyframe.node;
    double speed = drawn ? greatest_length(&start->angular_velocity) : speed_in_keyframe(model, entity);
    double change = change_of_energy * asymmetry(model->body_inertia + 3 * plan->entity_infos[i].root_body) * speed *
                    speed * info->timestep * info->control_steps * info->control_period;
    if (!place || change < worth_telling) continue;
    diagnose_hint(diagnose_notice(&plan->notices, place->where,
                                  "`%s` turns at up to %.3g rad/s: integrator %s can change its energy by %.0f %%",
                                  plan->entity_infos[i].name, speed, integrators[model->options.integrator],
                                  100 * fmin(change, 1)),
                  "write `integrator: RK4` in `world`, or a shorter timestep");
  }
}
