/* One timestep: semi-implicit Euler with implicit joint damping, or MuJoCo's implicitfast or implicit ("Computation:
 * Numerical integration"), positions by the exponential map, and the guard against worlds that diverge. runge_kutta.h has the method
 * of fourth order. */
#ifndef MYR_INTEGRATE_H
#define MYR_INTEGRATE_H

#include "kernels/step/actuation.h"
#include "kernels/step/free_body.h"
#include "kernels/step/implicit.h"

#define LARGEST_VALUE ((scalar)1e10) /* beyond it a world has diverged, as in MuJoCo */

/* qLD = M + timestep * damping on the diagonal, not yet factorized. */
KERNEL void damped_inertia(const constants *m, fields *f) {
  copy_entries(tree_pattern(m), m->nv, f->qM, f->qLD);
  if (m->options.disable & MYR_DISABLE_DAMPER) return;
  EACH(i, m->nv) {
    real *diagonal = f->qLD + triangle(i, i);
    *diagonal = fmadd(damping_slope(m, f, i), splat(m->timestep), *diagonal);
  }
}

/* qLD += scale * J' J for the Jacobian J of a tendon or an actuator, which has entries of `count` dofs. Entries outside the
 * tree's pattern are left out, as in MuJoCo's implicitfast. */
KERNEL void add_inertia_along(const constants *m, fields *f, const int32_t *dofs, const real *J, int count,
                              real scale) {
  for (int a = 0; a < count; a++)
    for (int b = 0; b <= a; b++) {
      int i = dofs[a], j = dofs[b];
      if (i != j && !is_ancestor(m, i, j)) continue;
      real *entry = f->qLD + triangle(i, j);
      *entry = fmadd(scale, J[a] * J[b], *entry);
    }
}

KERNEL void add_tendon_inertia(const constants *m, fields *f, int t, real scale) {
  int start = m->tendon_moment_start[t], count = m->tendon_moment_start[t + 1] - start;
  add_inertia_along(m, f, m->moment_dof + start, f->tendon_moment + start, count, scale);
}

/* The inertia that the implicit integrator adds at an actuator's target, because its force falls with velocity. */
KERNEL real actuator_inertia(const constants *m, const fields *f, int actuator, real step) {
  scalar gear = m->actuator_gear[actuator];
  return -(step * f->actuator_force_rate[actuator] * splat(gear * gear));
}

KERNEL void add_lever_inertia(const constants *m, fields *f, int i, real step) {
  int start = m->lever_start[i], count = m->lever_start[i + 1] - start;
  real scale = -(step * f->actuator_force_rate[i]); /* the moments have the gear */
  add_inertia_along(m, f, m->lever_dof + start, f->lever_moment + start, count, scale);
}

/* Adds the velocity derivatives of the forces along tendons and levers to qLD, dampers first. */
KERNEL void add_tendon_rates(const constants *m, fields *f, real step) {
  if (!(m->options.disable & MYR_DISABLE_DAMPER))
    for (int t = 0; t < m->ntendon; t++)
      if (tendon_is_damped(m, t)) add_tendon_inertia(m, f, t, step * tendon_damping_slope(m, t, f->tendon_velocity[t]));
  for (int i = 0; i < m->nu; i++)
    if (is_on_tendon(m, i))
      add_tendon_inertia(m, f, m->actuator_target[i], actuator_inertia(m, f, i, step));
    else if (has_levers(m, i))
      add_lever_inertia(m, f, i, step);
}

/* The lanes in which the forces of the dof's actuators together exceed what its joint lets through. They then do not
 * depend on velocity. (MuJoCo lets those of tendons' actuators do so.) */
KERNEL mask drive_is_saturated(const constants *m, const fields *f, int dof) {
  int j = m->dof_jnt[dof];
  if (!m->jnt_actfrclimited[j] || m->jnt_dof_start[j] != dof) return mask_splat(0);
  real low = splat(m->jnt_actfrcrange[2 * j]), high = splat(m->jnt_actfrcrange[2 * j + 1]);
  return le(f->qfrc_actuator[dof], low) | le(high, f->qfrc_actuator[dof]);
}

/* qLD = M - timestep * d(passive + actuator force)/d(velocity). */
KERNEL void implicit_inertia(const constants *m, fields *f) {
  real step = splat(m->timestep);
  damped_inertia(m, f);
  EACH(dof, m->nv)
  for (int k = m->drive_start[dof]; k < m->drive_start[dof + 1]; k++)
    if (m->drive_moment[k] < 0 && m->drive_lever[k] < 0) {
      real *diagonal = f->qLD + triangle(dof, dof);
      real inertia = actuator_inertia(m, f, m->drive_actuator[k], step);
      *diagonal = *diagonal + choose(drive_is_saturated(m, f, dof), zero(), inertia);
    }
  if (m->ntendon == 0 && m->nlever == 0) return;
  SYNC();
  if (LANE_OWNS_ITEM_0()) add_tendon_rates(m, f, step);
}

/* The acceleration that the integrator applies. search_force holds it, because the solver no longer needs that field.
 * The force that makes it is the mass matrix times qacc. The sum of all forces is the same at the minimum, but
 * it holds what rounding makes of them: 1e7 N m on a wheel pressed onto its axle, whose constraint is rigid. */
STAGE const real *integrator_acceleration(const constants *m, fields *f) {
  int implicit = m->options.integrator == MYR_IMPLICITFAST || m->options.integrator == MYR_IMPLICIT;
  int damped = m->has_damping && !(m->options.disable & (MYR_DISABLE_EULERDAMP | MYR_DISABLE_DAMPER));
  if (!implicit && !damped) return f->qacc;
  if (implicit)
    implicit_inertia(m, f);
  else
    damped_inertia(m, f);
  real *x = f->search_force;
  EACH(i, m->nv) x[i] = f->inertial_force[i];
  SYNC();
  if (m->options.integrator == MYR_IMPLICIT) {
    solve_implicit(m, f, x);
    return x;
  }
  int immersed = implicit && has_medium(m, f);
  if (immersed) {
    add_medium_rates(m, f);
    SYNC();
  }
  solve_system(tree_pattern(m), m->nv, f->qM, f->qLD, x);
  if (!implicit || !m->has_lone_bodies) return x;
  SYNC();
  EACH(j, m->njnt) if (m->jnt_alone[j]) {
    if (immersed)
      solve_immersed_body(m, f, j, x);
    else
      solve_free_body(m, f, j, x);
  }
  SYNC();
  return x;
}

/* q turned by the body-frame angular velocity w for time step. */
KERNEL quat integrate_rotation(quat q, vec3 w, real step) {
  real speed = v3_length(w);
  vec3 axis = v3_normalize(w);
  return q4_normalize(q4_multiply(q4_normalize(q), rotation_about(axis, speed * step)));
}

/* Adds a step to a coordinate and keeps what rounding leaves of the sum (Knuth's two-sum), so that a slow motion goes on
 * where its steps are smaller than the coordinate's last bit: 0.1 m/s in steps of 2 ms stood still at 10 km. */
KERNEL void advance_coordinate(real *q, real *rest, real step) {
  real change = step + *rest, sum = *q + change;
  real added = sum - *q;
  *rest = (*q - (sum - added)) + (change - added);
  *q = sum;
}

/* Moves a joint by its velocities, which are those of all dofs, for a time in seconds. */
KERNEL void integrate_position(const constants *m, fields *f, int j, const real *velocities, real step) {
  real *q = f->qpos + m->jnt_qpos_start[j], *rest = f->qpos_rest + m->jnt_qpos_start[j];
  const real *v = velocities + m->jnt_dof_start[j];
  int type = m->jnt_type[j];
  if (type == MYR_JOINT_HINGE || type == MYR_JOINT_SLIDE) {
    advance_coordinate(q, rest, v[0] * step);
    return;
  }
  if (type == MYR_JOINT_FREE) {
    for (int k = 0; k < 3; k++) advance_coordinate(q + k, rest + k, v[k] * step);
    q += 3, v += 3;
  }
  q4_store(q, integrate_rotation(q4_load(q), v3_load(v), step));
}

KERNEL mask has_diverged(real x) { return mask_not(lt(absolute(x), splat(LARGEST_VALUE))); }

KERNEL mask is_marked(const fields *f) {
  return eq(f->status[0], splat(MYR_WORLD_DIVERGED)) |
         eq(f->status[0], splat(MYR_WORLD_DIVERGED | MYR_WORLD_DROPPED_CONTACTS));
}

/* Marks diverged worlds and holds them at rest in the reference pose, so that their numbers cannot reach a
 * neighbour. */
KERNEL void hold_diverged(const constants *m, fields *f, mask diverged) {
  EACH(i, m->nq) {
    f->qpos[i] = choose(diverged, splat(m->qpos0[i]), f->qpos[i]);
    f->qpos_rest[i] = choose(diverged, splat(BY_PRECISION(m->qpos0_rest[i], 0)), f->qpos_rest[i]);
  }
  EACH(i, m->nv) {
    f->qvel[i] = choose(diverged, zero(), f->qvel[i]);
    f->qacc_warmstart[i] = choose(diverged, zero(), f->qacc_warmstart[i]);
  }
  EACH(a, m->na) f->act[a] = choose(diverged, zero(), f->act[a]);
  EACH(k, m->ndelaysample) f->delayed[k] = choose(diverged, zero(), f->delayed[k]);
  if (LANE_OWNS_ITEM_0())
    for (int lane = 0; lane < LANES; lane++)
      if (mask_lane(diverged, lane))
        lane_set(f->status, lane, (scalar)((int)lane_get(f->status, lane) | MYR_WORLD_DIVERGED));
}

/* Advances the activations by their rates, which actuation() has computed, and the delay lines of controls. */
KERNEL void integrate_activations(const constants *m, fields *f) {
  EACH(i, m->nu) {
    if (m->actuator_delay_line[i] >= 0) write_delay_line(m, f, m->actuator_delay_line[i], f->ctrl[i]);
    int first = m->actuator_act_start[i];
    if (first < 0) continue;
    for (int a = first; a < end_of_activations(m, i); a++)
      f->act[a] = next_activation(m, f, i, a, m->actuator_disabled[i] ? zero() : f->act_dot[a]);
    if (m->actuator_period[i] > 0 && m->actuator_dynamics[i] == MYR_DYNAMICS_INTEGRATOR)
      f->act[first] = nearest_setpoint(f->act[first], f->actuator_length[i], m->actuator_period[i]);
  }
}

/* Advances velocities, activations and the warm start. Returns the lanes in which one of them exceeds the bound. */
KERNEL mask integrate_velocities(const constants *m, fields *f, const real *acceleration) {
  mask bad = mask_splat(0);
  integrate_activations(m, f);
  EACH(i, m->nv) {
    bad = bad | has_diverged(f->qacc[i]);
    f->qacc_warmstart[i] = f->qacc[i];
    f->qvel[i] = fmadd(acceleration[i], splat(m->timestep), f->qvel[i]);
    bad = bad | has_diverged(f->qvel[i]);
  }
  return bad;
}

/* Advances the state by a timestep: velocities by an acceleration, and positions by `velocities`, which may be the new ones.
 * Holds the worlds whose numbers exceed the bound, now or earlier. Kinematics reads the last writes after a SYNC. */
STAGE void advance(const constants *m, fields *f, const real *acceleration, const real *velocities) {
  mask diverged = is_marked(f) | integrate_velocities(m, f, acceleration);
  SYNC();
  EACH(j, m->njnt) integrate_position(m, f, j, velocities, splat(m->timestep));
  SYNC();
  EACH(i, m->nq) diverged = diverged | has_diverged(f->qpos[i]);
  diverged = in_any_item(diverged);
  if (any_lane(diverged)) hold_diverged(m, f, diverged);
  /* x + 0 makes every zero positive, because a zero's sign may depend on the neighbours' rows */
  EACH(i, m->nq) {
    f->qpos[i] = f->qpos[i] + zero();
    f->qpos_rest[i] = f->qpos_rest[i] + zero();
  }
  EACH(i, m->nv) {
    f->qvel[i] = f->qvel[i] + zero();
    f->qacc_warmstart[i] = f->qacc_warmstart[i] + zero();
  }
}

KERNEL void integrate(const constants *m, fields *f) { advance(m, f, integrator_acceleration(m, f), f->qvel); }

#endif
