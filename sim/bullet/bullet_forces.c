/* Hands our kernels' forces to Bullet, and damping as added inertia where the integrator treats it implicitly. */
#include <math.h>

#include "sim/bullet/bullet_state.h"

/* Adds the damping of actuators. Negative damping stays explicit, because inertia cannot be subtracted. Damping along
 * tendons and levers stays explicit, because it is not diagonal. */
static void add_actuator_rates(const bullet_scene *scene, bullet_state *state) {
  const myr_model *m = scene->model;
  const double *rate = bullet_number(scene, state, MYR_FIELD_actuator_force_rate);
  for (int i = 0; i < m->nu; i++) {
    if (m->actuator_transmission[i] > MYR_TRANSMISSION_JOINT_IN_PARENT || m->lever_start[i] < m->lever_start[i + 1] ||
        !(rate[i] < 0))
      continue;
    double gear = m->actuator_gear[i];
    state->added[m->jnt_dof_start[m->actuator_target[i]]] -= m->options.timestep * rate[i] * gear * gear;
  }
}

/* How fast the force of a dof's damper grows with the velocity (kernels/step/polynomial.h). The growth of a ball's damper
 * stays explicit, because Bullet adds the same inertia about all axes of a ball. */
static double damping_slope(const bullet_scene *scene, bullet_state *state, int dof) {
  const myr_model *m = scene->model;
  if (m->jnt_type[m->dof_jnt[dof]] == MYR_JOINT_BALL) return bullet_number(scene, state, MYR_FIELD_dof_damping)[dof];
  const double *growth = bullet_number(scene, state, MYR_FIELD_dof_dampingpoly) + 2 * dof;
  double speed = fabs(bullet_number(scene, state, MYR_FIELD_qvel)[dof]);
  return bullet_number(scene, state, MYR_FIELD_dof_damping)[dof] + (2 * growth[0] + 3 * growth[1] * speed) * speed;
}

static void sum_added_inertia(const bullet_scene *scene, bullet_state *state) {
  const myr_options *options = &scene->model->options;
  bool implicit = options->integrator == MYR_IMPLICITFAST;
  bool damped = (implicit || !(options->disable & MYR_DISABLE_EULERDAMP)) && !(options->disable & MYR_DISABLE_DAMPER);
  const double *armature = bullet_number(scene, state, MYR_FIELD_dof_armature);
  for (int i = 0; i < scene->model->nv; i++)
    state->added[i] = armature[i] + (damped ? options->timestep * damping_slope(scene, state, i) : 0);
  if (implicit) add_actuator_rates(scene, state);
}

myr_status bullet_forces_prepare(const bullet_scene *scene, bullet_state *state, myr_error *error) {
  const double *force = bullet_number(scene, state, MYR_FIELD_qfrc_smooth);
  sum_added_inertia(scene, state);
  myr_status status = MYR_OK;
  for (int t = 0; t < scene->tree_count && !status; t++) {
    int dof = scene->trees[t].dof_start;
    bullet_multibody_add_force(state->world, t, force + dof);
    status = bullet_multibody_set_added_inertia(state->world, t, state->added + dof, error);
  }
  bullet_contacts_soften(scene, state);
  return status ? status : bullet_rows_add(scene, state, error);
}
