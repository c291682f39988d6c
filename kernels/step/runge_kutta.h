/* The classic Runge-Kutta method of fourth order (Hairer, Norsett and Wanner, "Solving Ordinary Differential Equations I",
 * II.1), on the state of positions, velocities and activations, as MuJoCo's RK4. step.h computes the rates of each stage.
 * Each stage starts the solver where the one before ended. An activation belongs to its actuator's item, as in actuation.h,
 * and kinematics begins with a SYNC(). */
#ifndef MYR_RUNGE_KUTTA_H
#define MYR_RUNGE_KUTTA_H

#include "kernels/step/integrate.h"

enum { RUNGE_KUTTA_STAGES = 4 };

/* The share of the timestep that leads to a stage, with the rates of the stage before. */
KERNEL scalar stage_reach(int stage) { return stage == 3 ? 1 : (scalar)0.5; }
/* A stage's share of the mean. */
KERNEL scalar stage_weight(int stage) { return stage == 0 || stage == 3 ? (scalar)(1.0 / 6) : (scalar)(1.0 / 3); }

/* The rate of the rotation vector that leads from the start of the timestep to an orientation, where that vector is `turned`
 * and the body turns by w, both in its frame: w + turned x w / 2 + turned x (turned x w) / 12 (Munthe-Kaas, "High order
 * Runge-Kutta methods on manifolds", 1999). Adding up angular velocities instead would be of second order only. */
KERNEL vec3 rotation_rate(vec3 turned, vec3 w) {
  vec3 across = v3_cross(turned, w);
  vec3 rate = v3_madd(across, splat((scalar)0.5), w);
  return v3_madd(v3_cross(turned, across), splat((scalar)(1.0 / 12)), rate);
}

/* The dof at which a joint's rotation in three axes begins, or -1. */
KERNEL int rotation_dof(const constants *m, int j) {
  int first = m->jnt_dof_start[j];
  return m->jnt_type[j] == MYR_JOINT_FREE ? first + 3 : m->jnt_type[j] == MYR_JOINT_BALL ? first : -1;
}
KERNEL int dofs_of_joint(const constants *m, int j) {
  return m->jnt_type[j] == MYR_JOINT_FREE ? 6 : m->jnt_type[j] == MYR_JOINT_BALL ? 3 : 1;
}

/* Adds a joint's rates in a stage to the means. `step`: the time from the start of the timestep to the stage. */
KERNEL void add_joint_rates(const constants *m, fields *f, int j, real step, real weight) {
  int first = m->jnt_dof_start[j], rotation = rotation_dof(m, j);
  vec3 turned = rotation < 0 ? v3_zero() : v3_scale(v3_load(f->stage_qvel + rotation), step);
  for (int i = first; i < first + dofs_of_joint(m, j); i++) f->stage_qvel[i] = f->qvel[i];
  if (rotation >= 0) v3_store(f->stage_qvel + rotation, rotation_rate(turned, v3_load(f->qvel + rotation)));
  for (int i = first; i < first + dofs_of_joint(m, j); i++)
    f->mean_qvel[i] = fmadd(weight, f->stage_qvel[i], f->mean_qvel[i]);
}

/* The bristles of a DC motor bend over a timestep as the velocity at its start says, as in MuJoCo. */
KERNEL void keep_motor_velocities(const constants *m, fields *f) {
  EACH(i, m->nu)
  if (m->actuator_dynamics[i] == MYR_DYNAMICS_DC_MOTOR) f->step_actuator_velocity[i] = f->actuator_velocity[i];
}
KERNEL void restore_motor_velocities(const constants *m, fields *f) {
  EACH(i, m->nu)
  if (m->actuator_dynamics[i] == MYR_DYNAMICS_DC_MOTOR) f->actuator_velocity[i] = f->step_actuator_velocity[i];
}

/* Keeps the state at the start of the timestep, and begins the means with its rates. */
KERNEL void begin_stages(const constants *m, fields *f) {
  real weight = splat(stage_weight(0));
  keep_motor_velocities(m, f);
  EACH(i, m->nq) {
    f->step_qpos[i] = f->qpos[i];
    f->step_qpos_rest[i] = f->qpos_rest[i];
  }
  EACH(i, m->nv) {
    f->step_qvel[i] = f->qvel[i];
    f->mean_qacc[i] = weight * f->qacc[i];
  }
  EACH(j, m->njnt)
  for (int i = m->jnt_dof_start[j]; i < m->jnt_dof_start[j] + dofs_of_joint(m, j); i++) {
    f->stage_qvel[i] = f->qvel[i];
    f->mean_qvel[i] = weight * f->qvel[i];
  }
  EACH(i, m->nu)
  for (int a = m->actuator_act_start[i]; a < end_of_activations(m, i); a++) {
    f->step_act[a] = f->act[a];
    f->mean_act_dot[a] = weight * f->act_dot[a];
  }
}

/* Moves from the start of the timestep to a stage, by the rates of the stage before, which the state still holds. */
KERNEL void move_to_stage(const constants *m, fields *f, int stage) {
  real step = splat(m->timestep * stage_reach(stage));
  EACH(i, m->nq) {
    f->qpos[i] = f->step_qpos[i];
    f->qpos_rest[i] = f->step_qpos_rest[i];
  }
  SYNC();
  EACH(j, m->njnt) integrate_position(m, f, j, f->stage_qvel, step);
  EACH(i, m->nv) {
    f->qvel[i] = fmadd(f->qacc[i], step, f->step_qvel[i]);
    f->qacc_warmstart[i] = f->qacc[i];
  }
  EACH(i, m->nu)
  for (int a = m->actuator_act_start[i]; a < end_of_activations(m, i); a++)
    f->act[a] = fmadd(f->act_dot[a], step, f->step_act[a]);
}

KERNEL void add_stage(const constants *m, fields *f, int stage) {
  real weight = splat(stage_weight(stage)), step = splat(m->timestep * stage_reach(stage));
  EACH(j, m->njnt) add_joint_rates(m, f, j, step, weight);
  EACH(i, m->nv) f->mean_qacc[i] = fmadd(weight, f->qacc[i], f->mean_qacc[i]);
  EACH(i, m->nu)
  for (int a = m->actuator_act_start[i]; a < end_of_activations(m, i); a++)
    f->mean_act_dot[a] = fmadd(weight, f->act_dot[a], f->mean_act_dot[a]);
  SYNC(); /* joints have read the velocities, which finish_stages() overwrites */
}

/* Advances from the start of the timestep by the means. */
KERNEL void finish_stages(const constants *m, fields *f) {
  EACH(i, m->nq) {
    f->qpos[i] = f->step_qpos[i];
    f->qpos_rest[i] = f->step_qpos_rest[i];
  }
  EACH(i, m->nv) f->qvel[i] = f->step_qvel[i];
  EACH(i, m->nu)
  for (int a = m->actuator_act_start[i]; a < end_of_activations(m, i); a++) {
    f->act[a] = f->step_act[a];
    f->act_dot[a] = f->mean_act_dot[a];
  }
  restore_motor_velocities(m, f);
  advance(m, f, f->mean_qacc, f->mean_qvel);
}

#endif
