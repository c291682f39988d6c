/* The order of the stages in a forward pass and in a control step. No other file knows it. */
#ifndef MYR_STEP_H
#define MYR_STEP_H

#include "kernels/step/contact.h"
#include "kernels/step/derive.h"
#include "kernels/step/integrate.h"
#include "kernels/step/observe.h"
#include "kernels/step/runge_kutta.h"

#ifndef STAGE_DONE /* the CPU driver defines it to read a clock */
#define STAGE_DONE(stage) ((void)0)
#endif

/* Computes positions, contacts, forces and accelerations from the state. again: see kinematics; passed: see actuation. */
KERNEL void forward(const constants *m, fields *f, int observed, int again, scalar passed, myr_profile *profile) {
  (void)profile;
  kinematics(m, f, f->qpos, again);
  STAGE_DONE(MYR_STAGE_kinematics);
  mass_matrix(m, f);
  STAGE_DONE(MYR_STAGE_inertia);
  collide(m, f);
  STAGE_DONE(MYR_STAGE_collide);
  velocity(m, f);
  actuation(m, f, passed);
  smooth_force(m, f);
  STAGE_DONE(MYR_STAGE_velocity);
  mask constrained = constraint(m, f);
  STAGE_DONE(MYR_STAGE_constraint);
  solve(m, f, constrained, observed);
  STAGE_DONE(MYR_STAGE_solve);
}

/* For engines with inertia, contacts and constraints of their own: qfrc_smooth of springs, dampers, actuators and
 * applied forces, without bias. Only forces on bodies, spatial tendons, levers and labels need the bodies' positions;
 * only adhesion needs contacts. */
KERNEL void smooth_forces(const constants *m, fields *f, int observed) {
  int immersed = has_medium(m, f), on_bodies = has_applied_force(m, f) || has_gravity_compensation(m, f);
  if (observed || immersed || on_bodies || m->nleg || m->nlever)
    kinematics(m, f, f->qpos, 0);
  else
    measure_tendons(m, f, f->qpos);
  if (m->has_adhesion) collide(m, f);
  if (immersed) bias_force(m, f); /* for the bodies' velocities */
  passive_force(m, f);
  actuation(m, f, 0);
  EACH(i, m->nv) f->qfrc_bias[i] = zero();
  smooth_force(m, f);
  if (!observed) return;
  mass_matrix(m, f);
  observe_bodies(m, f);
  observe_energy(m, f);
}

/* A timestep in stages, of which forward() has computed the first. */
KERNEL void runge_kutta(const constants *m, fields *f, myr_profile *profile) {
  begin_stages(m, f);
  for (int stage = 1; stage < RUNGE_KUTTA_STAGES; stage++) {
    move_to_stage(m, f, stage);
    forward(m, f, 0, 1, stage_reach(stage), profile);
    add_stage(m, f, stage);
  }
  finish_stages(m, f);
}

KERNEL void advance_clock(const constants *m, fields *f) {
  if (m->nclock && LANE_OWNS_ITEM_0()) advance_coordinate(f->time, f->time_rest, splat(m->timestep));
}

/* Advances by `substeps` timesteps. Labels come from the first forward pass. 0 substeps leave the state unchanged. */
KERNEL void step_world(const constants *m, fields *f, int substeps, unsigned flags, myr_profile *profile) {
  for (int i = 0; i == 0 || i < substeps; i++) {
    int observed = i == 0 && (substeps == 0 || (flags & MYR_OBSERVE));
    forward(m, f, observed, i > 0, 0, profile);
    if (i == 0 && (flags & MYR_OBSERVE)) {
      observe(m, f);
      STAGE_DONE(MYR_STAGE_observe);
    }
    if (i < substeps) {
      if (i == substeps - 1 && (flags & MYR_OBSERVE) && m->nsensor > 0) hold_sensors(m, f);
      if (m->options.integrator == MYR_RK4)
        runge_kutta(m, f, profile);
      else
        integrate(m, f);
      advance_clock(m, f);
      STAGE_DONE(MYR_STAGE_integrate);
    }
  }
}

#endif
