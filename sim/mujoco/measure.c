#include "sim/mujoco/measure.h"

#include <math.h>

#include "kernels/model.h"
#include "sim/mujoco/sensors.h"

double lane_value(const lane_view *view, enum myr_field field, int64_t element) {
  const void *block = myr_field_infos[field].kind == MYR_KIND_SCRATCH ? view->scratch : view->tile;
  int64_t at = (view->layout->offset[field] + element) * view->lanes + view->lane;
  return view->scalar_bytes == (int)sizeof(double) ? ((const double *)block)[at] : (double)((const float *)block)[at];
}

static void compare_range(const lane_view *view, enum myr_field field, const mjtNum *theirs, int first, int last,
                          stage_error *error) {
  for (int i = first; i < last; i++) stage_compare(error, lane_value(view, field, i), theirs[i]);
}

/* q and -q are the same rotation. */
static void compare_rotation(const lane_view *view, enum myr_field field, int first, const mjtNum theirs[4],
                             stage_error *error) {
  double ours[4], dot = 0;
  for (int k = 0; k < 4; k++) dot += (ours[k] = lane_value(view, field, first + k)) * theirs[k];
  for (int k = 0; k < 4; k++) stage_compare(error, dot < 0 ? -ours[k] : ours[k], theirs[k]);
}

/* A position in the world: that from the tree's origin, and the origin. */
static void compare_position(const lane_view *view, enum myr_field field, int row, int root, const mjtNum *theirs,
                             stage_error *error) {
  for (int k = 0; k < 3; k++) {
    double origin = lane_value(view, MYR_FIELD_origin, 3 * root + k);
    stage_compare(error, lane_value(view, field, 3 * row + k) + origin, theirs[k]);
  }
}

static void compare_joint_frames(const lane_view *view, const mjModel *m, const mjData *d, stage_error *error) {
  for (int j = 0; j < m->njnt; j++) {
    int type = m->jnt_type[j];
    int root = m->body_rootid[m->jnt_bodyid[j]];
    if (type != mjJNT_FREE) compare_position(view, MYR_FIELD_xanchor, j, root, d->xanchor + 3 * j, error);
    if (type == mjJNT_HINGE || type == mjJNT_SLIDE)
      compare_range(view, MYR_FIELD_xaxis, d->xaxis, 3 * j, 3 * j + 3, error);
  }
}

static void measure_positions(const lane_view *view, const oracle *o, const mjData *d, stage_error *error) {
  const mjModel *m = o->model;
  for (int b = 1; b < m->nbody; b++) {
    compare_position(view, MYR_FIELD_xpos, b, m->body_rootid[b], d->xpos + 3 * b, error);
    compare_position(view, MYR_FIELD_xipos, b, m->body_rootid[b], d->xipos + 3 * b, error);
    compare_position(view, MYR_FIELD_subtree_com, b, m->body_rootid[b], d->subtree_com + 3 * b, error);
  }
  for (int b = 1; b < m->nbody; b++) compare_rotation(view, MYR_FIELD_xquat, 4 * b, d->xquat + 4 * b, error);
  for (int g = 0; g < m->ngeom; g++) {
    if (o->geom[g] < 0) continue;
    compare_position(view, MYR_FIELD_geom_xpos, o->geom[g], m->body_rootid[m->geom_bodyid[g]], d->geom_xpos + 3 * g,
                     error);
    for (int k = 0; k < 9; k++)
      stage_compare(error, lane_value(view, MYR_FIELD_geom_xmat, 9 * o->geom[g] + k), d->geom_xmat[9 * g + k]);
  }
  compare_joint_frames(view, m, d, error);
  compare_range(view, MYR_FIELD_tendon_length, d->ten_length, 0, m->ntendon, error);
}

/* MuJoCo stores the lower triangle in rows of its entries. Myriad writes only those entries of its own, so only they are
 * compared. */
static void measure_mass_matrix(const lane_view *view, const oracle *o, const mjData *d, stage_error *error) {
  const mjModel *m = o->model;
  for (int i = 0; i < m->nv; i++) {
    for (int at = m->M_rowadr[i]; at < m->M_rowadr[i] + m->M_rownnz[i]; at++) {
      int j = m->M_colind[at];
      stage_compare(error, lane_value(view, MYR_FIELD_qM, (int64_t)i * (i + 1) / 2 + j), d->M[at]);
    }
  }
}

static void measure_bias(const lane_view *view, const oracle *o, const mjData *d, stage_error *error) {
  compare_range(view, MYR_FIELD_qfrc_bias, d->qfrc_bias, 0, o->model->nv, error);
}

static void measure_passive(const lane_view *view, const oracle *o, const mjData *d, stage_error *error) {
  compare_range(view, MYR_FIELD_qfrc_passive, d->qfrc_passive, 0, o->model->nv, error);
}

static void measure_actuators(const lane_view *view, const oracle *o, const mjData *d, stage_error *error) {
  compare_range(view, MYR_FIELD_actuator_force, d->actuator_force, 0, o->model->nu, error);
  compare_range(view, MYR_FIELD_qfrc_actuator, d->qfrc_actuator, 0, o->model->nv, error);
  compare_range(view, MYR_FIELD_act_dot, d->act_dot, 0, o->model->na, error);
}

static void measure_smooth(const lane_view *view, const oracle *o, const mjData *d, stage_error *error) {
  compare_range(view, MYR_FIELD_qacc_smooth, d->qacc_smooth, 0, o->model->nv, error);
}

/* The sum over rows of |Jacobian times force| on a dof. */
static double constraint_terms(const oracle *o, const mjData *d, int dof) {
  double terms = 0;
  for (int row = 0; row < d->nefc; row++)
    terms += fabs(d->efc_J[(size_t)row * (size_t)o->model->nv + dof] * d->efc_force[row]);
  return terms;
}

/* The edges of a friction pyramid cancel where the contact moves no joint, and rounding leaves a part in 1e16 of them; so
 * the sum is as large as its terms. */
static void measure_constraint_force(const lane_view *view, const oracle *o, const mjData *d, stage_error *error) {
  const int nv = o->model->nv;
  compare_range(view, MYR_FIELD_qfrc_constraint, d->qfrc_constraint, 0, nv, error);
  for (int j = 0; j < nv; j++) stage_enlarge(error, constraint_terms(o, d, j));
}

/* Rounding leaves some units in the last place of terms that cancel, which are an acceleration of the dof too. A millionth
 * of the terms counts, so that it is these units that a bound of 1e-9 allows for, and only where the terms are huge. */
static void measure_acceleration(const lane_view *view, const oracle *o, const mjData *d, stage_error *error) {
  const int nv = o->model->nv;
  compare_range(view, MYR_FIELD_qacc, d->qacc, 0, nv, error);
  for (int j = 0; j < nv; j++)
    stage_enlarge(error, 1e-6 * constraint_terms(o, d, j) / d->M[o->model->M_rowadr[j] + o->model->M_rownnz[j] - 1]);
}

/* The sum for each body, because the engines may list contacts in different orders. */
static double contact_force_on(const mjModel *m, const mjData *d, int body, int axis) {
  double sum = 0;
  for (int c = 0; c < d->ncon; c++) {
    int body1 = m->geom_bodyid[d->contact[c].geom1], body2 = m->geom_bodyid[d->contact[c].geom2];
    if (d->contact[c].efc_address < 0 || (body1 != body && body2 != body)) continue;
    mjtNum force[6];
    mj_contactForce(m, d, c, force);
    const mjtNum *frame = d->contact[c].frame;
    double along = frame[axis] * force[0] + frame[3 + axis] * force[1] + frame[6 + axis] * force[2];
    sum += body2 == body ? along : -along;
  }
  return sum;
}

static void measure_contact_force(const lane_view *view, const oracle *o, const mjData *d, stage_error *error) {
  for (int b = 0; b < o->model->nbody; b++)
    for (int axis = 0; axis < 3; axis++)
      stage_compare(error, lane_value(view, MYR_FIELD_body_contact_force, 3 * b + axis),
                    contact_force_on(o->model, d, b, axis));
}

/* MuJoCo lists the potential first. */
static void measure_energy(const lane_view *view, const oracle *o, const mjData *d, stage_error *error) {
  (void)o;
  stage_compare(error, lane_value(view, MYR_FIELD_energy, 0), d->energy[1]);
  stage_compare(error, lane_value(view, MYR_FIELD_energy, 1), d->energy[0]);
}

static bool rays_see_as_mujoco(const mjModel *m) {
  for (int g = 0; g < m->ngeom; g++)
    if (rays_see_otherwise(m, g)) return false;
  return true;
}

/* Of the sensors that Myriad computes, those that follow from forces, or the others. */
static void compare_sensors(const lane_view *view, const mjModel *m, const mjData *d, bool forces, stage_error *error) {
  for (int s = 0; s < m->nsensor; s++) {
    int first = m->sensor_adr[s];
    if (!sensor_is_read(m, s) || (m->sensor_needstage[s] == mjSTAGE_ACC) != forces) continue;
    if (m->sensor_type[s] == mjSENS_RANGEFINDER && !rays_see_as_mujoco(m)) continue;
    if (m->sensor_type[s] == mjSENS_BALLQUAT || m->sensor_type[s] == mjSENS_FRAMEQUAT)
      compare_rotation(view, MYR_FIELD_sensordata, first, d->sensordata + first, error);
    else
      compare_range(view, MYR_FIELD_sensordata, d->sensordata, first, first + m->sensor_dim[s], error);
  }
}

static void measure_sensors(const lane_view *view, const oracle *o, const mjData *d, stage_error *error) {
  compare_sensors(view, o->model, d, false, error);
}

static void measure_force_sensors(const lane_view *view, const oracle *o, const mjData *d, stage_error *error) {
  compare_sensors(view, o->model, d, true, error);
}

/* Floors are in m, kg m^2, N or N m, m/s^2 or rad/s^2, J. */
const measured_stage measured_stages[MEASURED_STAGES] = {
    {"positions", 1e-3, measure_positions},
    {"mass_matrix", 1e-6, measure_mass_matrix},
    {"bias", 1e-3, measure_bias},
    {"passive", 1e-3, measure_passive},
    {"actuator_forces", 1e-3, measure_actuators},
    {"smooth_acceleration", 1, measure_smooth},
    {"acceleration", 1, measure_acceleration},
    {"constraint_force", 1e-3, measure_constraint_force},
    {"contact_force", 1e-3, measure_contact_force},
    {"energy", 1e-3, measure_energy},
    {"sensors", 1e-3, measure_sensors},
    {"force_sensors", 1e-3, measure_force_sensors},
};
