#include "kernels/step/actuator_tables.h"

#include <stdlib.h>

#include "kernels/step/dof_chain.h"

/* ------------------------------------------------------------------------------------------------ levers */
static int is_on_joint(const myr_model *m, int i) {
  int transmission = m->actuator_transmission[i];
  return transmission == MYR_TRANSMISSION_JOINT || transmission == MYR_TRANSMISSION_JOINT_IN_PARENT;
}

static int is_on_scalar_joint(const myr_model *m, int i) {
  int type = is_on_joint(m, i) ? m->jnt_type[m->actuator_target[i]] : MYR_JOINT_FREE;
  return type == MYR_JOINT_HINGE || type == MYR_JOINT_SLIDE;
}

/* Marks the dofs that move a body relative to those that it may touch. */
static void mark_touching_dofs(const myr_model *m, int body, int *mark, int value) {
  for (int p = 0; p < m->npair; p++) {
    int one = m->geom_body[m->pair_geom1[p]], two = m->geom_body[m->pair_geom2[p]];
    if (one == body || two == body) mark_relative_dofs(m, one, two, mark, value);
  }
}

/* Marks the dofs of an actuator whose moments a step computes. */
static void mark_levers(const myr_model *m, int i, int *mark, int value) {
  static const int dofs[] = {6, 3, 1, 1}; /* of free, ball, slide and hinge */
  int target = m->actuator_target[i], other = m->actuator_reference[i];
  if (is_on_scalar_joint(m, i) || m->actuator_transmission[i] == MYR_TRANSMISSION_TENDON) return;
  if (is_on_joint(m, i))
    for (int k = 0; k < dofs[m->jnt_type[target]]; k++) mark[m->jnt_dof_start[target] + k] = value;
  else if (m->actuator_transmission[i] == MYR_TRANSMISSION_BODY)
    mark_touching_dofs(m, target, mark, value);
  else
    mark_relative_dofs(m, m->site_body[target], other < 0 ? 0 : m->site_body[other], mark, value);
}

static myr_status out_of_memory(myr_error *error) {
  return myr_fail(error, MYR_ERROR, "out of memory for the tables of actuators");
}

myr_status count_levers(myr_model *m, myr_error *error) {
  int *mark = allocate_marks(m);
  if (!mark) return out_of_memory(error);
  m->nlever = 0;
  for (int i = 0; i < m->nu; i++) {
    mark_levers(m, i, mark, i + 1);
    for (int dof = 0; dof < m->nv; dof++) m->nlever += mark[dof] == i + 1;
    m->ndrive += is_on_scalar_joint(m, i);
  }
  m->ndrive += m->nlever;
  free(mark);
  return MYR_OK;
}

/* 1 when the dof moves the actuator's target, -1 when its reference. Of no use to joints and bodies. */
static int side_of(const myr_model *m, int i, int dof) {
  int transmission = m->actuator_transmission[i];
  if (transmission != MYR_TRANSMISSION_SITE && transmission != MYR_TRANSMISSION_SLIDER_CRANK) return 1;
  return moves(m, dof, m->site_body[m->actuator_target[i]]) ? 1 : -1;
}

myr_status build_levers(myr_model *m, myr_error *error) {
  int *mark = allocate_marks(m), at = 0;
  if (!mark) return out_of_memory(error);
  for (int i = 0; i < m->nu; i++) {
    m->lever_start[i] = at;
    mark_levers(m, i, mark, i + 1);
    for (int dof = 0; dof < m->nv; dof++)
      if (mark[dof] == i + 1) {
        m->lever_dof[at] = dof;
        m->lever_side[at++] = side_of(m, i, dof);
      }
  }
  m->lever_start[m->nu] = at;
  free(mark);
  return MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ drives */
/* An action of an actuator on a dof, through an entry of moment_* or lever_* or through neither. */
typedef struct drive {
  int dof, moment, lever;
} drive;

static int count_drives(const myr_model *m, int i) {
  int target = m->actuator_target[i];
  if (is_on_scalar_joint(m, i)) return 1;
  return m->actuator_transmission[i] == MYR_TRANSMISSION_TENDON
             ? m->tendon_moment_start[target + 1] - m->tendon_moment_start[target]
             : m->lever_start[i + 1] - m->lever_start[i];
}

static drive drive_of(const myr_model *m, int i, int k) {
  int target = m->actuator_target[i];
  drive d = {.moment = -1, .lever = -1};
  if (is_on_scalar_joint(m, i))
    d.dof = m->jnt_dof_start[target];
  else if (m->actuator_transmission[i] == MYR_TRANSMISSION_TENDON)
    d.moment = m->tendon_moment_start[target] + k, d.dof = m->moment_dof[d.moment];
  else
    d.lever = m->lever_start[i] + k, d.dof = m->lever_dof[d.lever];
  return d;
}

void build_drives(myr_model *m) {
  int at = 0;
  for (int dof = 0; dof < m->nv; dof++) {
    m->drive_start[dof] = at;
    for (int i = 0; i < m->nu; i++)
      for (int k = 0, count = count_drives(m, i); k < count; k++) {
        drive d = drive_of(m, i, k);
        if (d.dof != dof) continue;
        m->drive_actuator[at] = i;
        m->drive_moment[at] = d.moment;
        m->drive_lever[at++] = d.lever;
      }
  }
  m->drive_start[m->nv] = at;
}
