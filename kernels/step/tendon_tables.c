#include "kernels/step/tendon_tables.h"

#include <stdlib.h>

#include "kernels/step/dof_chain.h"

/* ------------------------------------------------------------------------------------------------ paths */
static const char *name_of(char *const *names, int i) { return names[i] ? names[i] : ""; }

static int is_fixed(const myr_model *m, int t) {
  return m->tendon_wrap_count[t] > 0 && m->wrap_type[m->tendon_wrap_start[t]] == MYR_WRAP_JOINT;
}

static int is_geom(const myr_model *m, int w) {
  return m->wrap_type[w] == MYR_WRAP_SPHERE || m->wrap_type[w] == MYR_WRAP_CYLINDER;
}

static int body_of(const myr_model *m, int w) {
  return is_geom(m, w) ? m->geom_body[m->wrap_target[w]] : m->site_body[m->wrap_target[w]];
}

/* Whether a leg leads from object w of a tendon to the next one: both are sites or geoms. */
static int starts_leg(const myr_model *m, int w, int end) {
  return w + 1 < end && m->wrap_type[w] != MYR_WRAP_PULLEY && m->wrap_type[w + 1] != MYR_WRAP_PULLEY;
}

static myr_status check_target(const myr_model *m, int w, myr_error *error) {
  int type = m->wrap_type[w];
  int count = type == MYR_WRAP_JOINT    ? m->njnt
              : type == MYR_WRAP_SITE   ? m->nsite
              : is_geom(m, w)           ? m->ngeom
              : type == MYR_WRAP_PULLEY ? 1
                                        : 0;
  if (m->wrap_target[w] >= 0 && m->wrap_target[w] < count) return MYR_OK;
  return myr_fail(error, MYR_INVALID, "model: wrap %d has target %d of %d", w, m->wrap_target[w], count);
}

/* A geom lies between two sites, and joints are among joints only. */
static myr_status check_path(const myr_model *m, int t, myr_error *error) {
  int start = m->tendon_wrap_start[t], end = start + m->tendon_wrap_count[t];
  if (end > m->nwrap)
    return myr_fail(error, MYR_INVALID, "model: tendon %d ends behind the last of %d wraps", t, m->nwrap);
  for (int w = start; w < end; w++) {
    myr_status status = check_target(m, w, error);
    if (status) return status;
    int between =
        w > start && w + 1 < end && m->wrap_type[w - 1] == MYR_WRAP_SITE && m->wrap_type[w + 1] == MYR_WRAP_SITE;
    int fits = (m->wrap_type[w] == MYR_WRAP_JOINT) == is_fixed(m, t) && (!is_geom(m, w) || between);
    if (m->wrap_type[w] == MYR_WRAP_PULLEY) fits &= m->wrap_coef[w] > 0;
    if (!fits)
      return myr_fail(error, MYR_INVALID, "tendon '%s': object %d of its path cannot stand there",
                      name_of(m->tendon_name, t), w - start + 1);
  }
  return MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ dofs */
/* Marks the dofs that can change a spatial tendon's length; returns the number of its entries in moment_leg_*. */
static int mark_tendon(const myr_model *m, int t, int *mark, int value) {
  int start = m->tendon_wrap_start[t], end = start + m->tendon_wrap_count[t], count = 0;
  if (is_fixed(m, t)) return 0;
  for (int w = start; w < end; w++)
    if (starts_leg(m, w, end)) count += mark_relative_dofs(m, body_of(m, w), body_of(m, w + 1), mark, value);
  return count;
}

static myr_status out_of_memory(myr_error *error) {
  return myr_fail(error, MYR_ERROR, "out of memory for the tables of tendons");
}

static int actuators_of(const myr_model *m, int t) {
  int count = 0;
  for (int i = 0; i < m->nu; i++)
    count += m->actuator_transmission[i] == MYR_TRANSMISSION_TENDON && m->actuator_target[i] == t;
  return count;
}

static int count_moments(myr_model *m, int t, int *mark) {
  int start = m->tendon_wrap_start[t], end = start + m->tendon_wrap_count[t], count = 0;
  if (is_fixed(m, t)) return end - start;
  for (int w = start; w < end; w++) m->nleg += starts_leg(m, w, end);
  m->nmomentleg += mark_tendon(m, t, mark, t + 1);
  for (int i = 0; i < m->nv; i++) count += mark[i] == t + 1;
  return count;
}

myr_status count_tendons(myr_model *m, myr_error *error) {
  int *mark = allocate_marks(m);
  myr_status status = mark ? MYR_OK : out_of_memory(error);
  m->nmoment = m->nleg = m->nmomentleg = 0;
  for (int t = 0; t < m->ntendon && !status; t++) {
    status = check_path(m, t, error);
    if (status) break;
    int moments = count_moments(m, t, mark);
    m->nmoment += moments;
    m->ndrive += moments * actuators_of(m, t);
  }
  free(mark);
  return status;
}

/* ------------------------------------------------------------------------------------------------ moments */
/* The entries of a fixed tendon, sorted by dof, because every other list of dofs is ascending. */
static myr_status add_joints(myr_model *m, int t, int *at, myr_error *error) {
  int first = *at;
  for (int w = m->tendon_wrap_start[t]; w < m->tendon_wrap_start[t] + m->tendon_wrap_count[t]; w++) {
    int dof = m->jnt_dof_start[m->wrap_target[w]], e = (*at)++;
    for (; e > first && m->moment_dof[e - 1] > dof; e--) {
      m->moment_dof[e] = m->moment_dof[e - 1];
      m->moment_wrap[e] = m->moment_wrap[e - 1];
    }
    m->moment_dof[e] = dof;
    m->moment_wrap[e] = w;
  }
  for (int e = first + 1; e < *at; e++)
    if (m->moment_dof[e] == m->moment_dof[e - 1])
      return myr_fail(error, MYR_INVALID, "tendon '%s' names joint '%s' twice; add its coefficients up",
                      name_of(m->tendon_name, t), name_of(m->jnt_name, m->dof_jnt[m->moment_dof[e]]));
  return MYR_OK;
}

static void add_marked(myr_model *m, const int *mark, int value, int *at) {
  for (int dof = 0; dof < m->nv; dof++)
    if (mark[dof] == value) {
      m->moment_dof[*at] = dof;
      m->moment_wrap[(*at)++] = -1;
    }
}

/* The pulley before object w in the tendon's path. */
static int pulley_before(const myr_model *m, int start, int w) {
  while (w >= start && m->wrap_type[w] != MYR_WRAP_PULLEY) w--;
  return w >= start ? w : -1;
}

static void add_legs(myr_model *m, int t, int *at) {
  int start = m->tendon_wrap_start[t], end = start + m->tendon_wrap_count[t];
  for (int w = start; w < end && !is_fixed(m, t); w++) {
    if (!starts_leg(m, w, end)) continue;
    m->leg_tendon[*at] = t;
    m->leg_body[2 * *at] = body_of(m, w);
    m->leg_body[2 * *at + 1] = body_of(m, w + 1);
    m->leg_wrap[*at] = w;
    m->leg_divisor_wrap[(*at)++] = pulley_before(m, start, w);
  }
}

/* 1 when the dof moves only the end of the leg from object w, -1 when only its start, else 0. */
static int side_of(const myr_model *m, int dof, int w) {
  return moves(m, dof, body_of(m, w + 1)) - moves(m, dof, body_of(m, w));
}

/* Whether both legs at a geom have the dof, because it moves the geom and neither site, or both sites and not the geom. */
static int is_loose(const myr_model *m, int dof, int w) {
  int geom = is_geom(m, w) ? w : w + 1;
  return is_geom(m, geom) && side_of(m, dof, geom - 1) == -side_of(m, dof, geom);
}

static void add_legs_of_moment(myr_model *m, int e, int *at) {
  int t = m->moment_tendon[e], dof = m->moment_dof[e];
  m->moment_leg_start[e] = *at;
  for (int leg = m->tendon_leg_start[t]; leg < m->tendon_leg_start[t + 1]; leg++) {
    int side = side_of(m, dof, m->leg_wrap[leg]);
    if (side == 0) continue;
    m->moment_leg[*at] = leg;
    m->moment_leg_side[*at] = side;
    m->moment_leg_loose[(*at)++] = is_loose(m, dof, m->leg_wrap[leg]);
  }
}

/* Lists the moments by dof; those of a dof are in the order of tendons. */
static void sort_by_dof(myr_model *m) {
  int at = 0;
  for (int dof = 0; dof < m->nv; dof++) {
    m->dof_moment_start[dof] = at;
    for (int e = 0; e < m->nmoment; e++)
      if (m->moment_dof[e] == dof) m->dof_moment[at++] = e;
  }
  m->dof_moment_start[m->nv] = at;
}

myr_status build_tendons(myr_model *m, myr_error *error) {
  int *mark = allocate_marks(m), moment = 0, leg = 0, entry = 0;
  myr_status status = mark ? MYR_OK : out_of_memory(error);
  for (int t = 0; t < m->ntendon && !status; t++) {
    m->tendon_moment_start[t] = moment;
    m->tendon_leg_start[t] = leg;
    mark_tendon(m, t, mark, t + 1);
    if (is_fixed(m, t))
      status = add_joints(m, t, &moment, error);
    else
      add_marked(m, mark, t + 1, &moment);
    add_legs(m, t, &leg);
    for (int e = m->tendon_moment_start[t]; e < moment; e++) m->moment_tendon[e] = t;
  }
  free(mark);
  if (status) return status;
  m->tendon_moment_start[m->ntendon] = moment;
  m->tendon_leg_start[m->ntendon] = leg;
  for (int e = 0; e < m->nmoment; e++) add_legs_of_moment(m, e, &entry);
  m->moment_leg_start[m->nmoment] = entry;
  sort_by_dof(m);
  return MYR_OK;
}
