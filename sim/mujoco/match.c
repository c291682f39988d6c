#include "sim/mujoco/match.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/model.h"

/* ------------------------------------------------------------------------------------------------ memory */
/* Of one world, which holds ncon contacts at most. */
static size_t most_rows(const myr_model *model) {
  int per_contact = 1;
  for (int p = 0; p < model->npair; p++) {
    int edges = 2 * (model->pair_condim[p] - 1); /* of a pyramid */
    if (edges > per_contact) per_contact = edges;
  }
  return (size_t)(6 * model->neq + model->nv + 2 * model->njnt + 3 * model->ntendon) +
         (size_t)per_contact * (size_t)model->ncon;
}

static bool allocate(match *result, const myr_model *model) {
  myr_inspection *ours = &result->ours;
  size_t rows = most_rows(model) + 1, contacts = (size_t)model->ncon + 1;
  ours->row_capacity = (int)rows;
  ours->contact_capacity = (int)contacts;
  return (ours->row_type = calloc(rows, sizeof(int))) && (ours->row_id = calloc(rows, sizeof(int))) &&
         (ours->row_jacobian = calloc(rows * (size_t)(model->nv + 1), sizeof(double))) &&
         (ours->row_position = calloc(rows, sizeof(double))) && (ours->row_d = calloc(rows, sizeof(double))) &&
         (ours->row_reference = calloc(rows, sizeof(double))) && (ours->row_force = calloc(rows, sizeof(double))) &&
         (ours->contact_pair = calloc(contacts, sizeof(int))) &&
         (ours->contact_distance = calloc(contacts, sizeof(double))) &&
         (ours->contact_position = calloc(contacts, 3 * sizeof(double))) &&
         (ours->contact_frame = calloc(contacts, 9 * sizeof(double))) &&
         (result->partner = calloc(contacts, sizeof(int))) && (result->our_contact = calloc(rows, sizeof(int))) &&
         (result->taken = calloc(rows, 1));
}

myr_status match_create(const myr_model *model, match *result, myr_error *error) {
  *result = (match){0};
  if (allocate(result, model)) return MYR_OK;
  match_release(result);
  return myr_fail(error, MYR_ERROR, "out of memory for %d contacts", model->ncon);
}

void match_release(match *m) {
  myr_inspection *ours = &m->ours;
  void *const all[] = {ours->row_type,
                       ours->row_id,
                       ours->row_jacobian,
                       ours->row_position,
                       ours->row_d,
                       ours->row_reference,
                       ours->row_force,
                       ours->contact_pair,
                       ours->contact_distance,
                       ours->contact_position,
                       ours->contact_frame,
                       m->partner,
                       m->our_contact,
                       m->taken};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
  *m = (match){0};
}

/* ------------------------------------------------------------------------------------------------ contacts */
static bool pushes(const myr_model *model, const myr_inspection *ours, int contact) {
  int pair = ours->contact_pair[contact];
  return ours->contact_distance[contact] < model->pair_margin[pair];
}

static double separation(const myr_inspection *ours, int contact, const mjContact *theirs) {
  double sum = fabs(ours->contact_distance[contact] - theirs->dist);
  for (int k = 0; k < 3; k++) sum += fabs(ours->contact_position[3 * contact + k] - theirs->pos[k]);
  return sum;
}

static bool same_geoms(const match *m, const myr_model *model, const oracle *o, int ours, const mjContact *theirs) {
  int pair = m->ours.contact_pair[ours];
  return model->pair_geom1[pair] == o->geom[theirs->geom1] && model->pair_geom2[pair] == o->geom[theirs->geom2];
}

/* The nearest of our contacts of the same geoms that has no partner yet, or -1. */
static int nearest_contact(const match *m, const myr_model *model, const oracle *o, const mjContact *theirs) {
  int best = -1, count = m->ours.contacts < m->ours.contact_capacity ? m->ours.contacts : m->ours.contact_capacity;
  for (int i = 0; i < count; i++) {
    if (m->partner[i] >= 0 || !pushes(model, &m->ours, i) || !same_geoms(m, model, o, i, theirs)) continue;
    if (best < 0 || separation(&m->ours, i, theirs) < separation(&m->ours, best, theirs)) best = i;
  }
  return best;
}

/* Distance, position and normal; positions count against one metre. */
static void compare_contact(match *m, int i, const mjContact *theirs) {
  if (m->contacts.magnitude < 1) m->contacts.magnitude = 1;
  stage_error plain = {0};
  stage_compare(&plain, m->ours.contact_distance[i], theirs->dist);
  for (int k = 0; k < 3; k++) stage_compare(&plain, m->ours.contact_position[3 * i + k], theirs->pos[k]);
  for (int k = 0; k < 3; k++) stage_compare(&plain, m->ours.contact_frame[9 * i + k], theirs->frame[k]);
  if (!(plain.absolute <= m->contacts.absolute)) m->contacts.absolute = plain.absolute;
}

static void match_contacts(match *m, const myr_model *model, const oracle *o, const mjData *d) {
  int ours = 0, matched = 0;
  m->contact_count = 0;
  for (int i = 0; i < m->ours.contacts && i < m->ours.contact_capacity; i++) {
    m->partner[i] = -1;
    ours += pushes(model, &m->ours, i);
  }
  for (int c = 0; c < d->ncon; c++) {
    const mjContact *theirs = &d->contact[c];
    if (theirs->dist >= theirs->includemargin) continue;
    m->contact_count++;
    int i = nearest_contact(m, model, o, theirs);
    if (i < 0) continue;
    m->partner[i] = c;
    matched++;
    compare_contact(m, i, theirs);
  }
  m->unmatched_contacts = m->contact_count - matched + ours - matched;
}

/* ------------------------------------------------------------------------------------------------ rows */
static bool of_contact(int type) {
#define CONSTRAINT_ROW(name, family, response) \
  if (type == MYR_ROW_##name) return MYR_FAMILY_##family == MYR_FAMILY_contact;
#include "kernels/constraint.def"
  return false;
}

/* Rows come contact by contact, in the order in which the contacts are listed, and all of a contact have one row_id. */
static void find_row_contacts(match *m, const myr_model *model) {
  const myr_inspection *ours = &m->ours;
  int contact = -1, last_id = -1;
  for (int r = 0; r < ours->rows && r < ours->row_capacity; r++) {
    m->our_contact[r] = -1;
    if (!of_contact(ours->row_type[r])) continue;
    if (contact < 0 || ours->row_id[r] != last_id) do
        contact++;
      while (contact < ours->contacts && !pushes(model, ours, contact));
    last_id = ours->row_id[r];
    m->our_contact[r] = contact < ours->contacts ? contact : -1;
  }
}

static int our_row_type(int mujoco_type) {
#define CONSTRAINT_ROW_OWN(name, family, response)
#define CONSTRAINT_ROW(name, family, response) \
  if (mujoco_type == mjCNSTR_##name) return MYR_ROW_##name;
#include "kernels/constraint.def"
  return -1;
}

/* The Jacobian is dense: compare sets the option. */
static const mjtNum *their_jacobian(const mjModel *m, const mjData *d, int row) {
  return d->efc_J + (size_t)row * (size_t)m->nv;
}

static double jacobian_difference(const match *m, const oracle *o, const mjData *d, int ours, int theirs) {
  const double *a = m->ours.row_jacobian + (size_t)ours * (size_t)o->model->nv;
  const mjtNum *b = their_jacobian(o->model, d, theirs);
  double largest = 0;
  for (int i = 0; i < o->model->nv; i++) largest = fmax(largest, fabs(a[i] - b[i]));
  return largest;
}

static bool same_source(const match *m, const mjData *d, int ours, int theirs) {
  if (m->ours.row_type[ours] != our_row_type(d->efc_type[theirs])) return false;
  if (!of_contact(m->ours.row_type[ours])) return m->ours.row_id[ours] == d->efc_id[theirs];
  int contact = m->our_contact[ours];
  return contact >= 0 && m->partner[contact] == d->efc_id[theirs];
}

static int nearest_row(const match *m, const oracle *o, const mjData *d, int ours) {
  int best = -1;
  for (int r = 0; r < d->nefc && r < m->ours.row_capacity; r++) {
    if (m->taken[r] || !same_source(m, d, ours, r)) continue;
    if (best < 0 || jacobian_difference(m, o, d, ours, r) < jacobian_difference(m, o, d, ours, best)) best = r;
  }
  return best;
}

static void match_rows(match *m, const oracle *o, const mjData *d) {
  int nv = o->model->nv, ours = m->ours.rows < m->ours.row_capacity ? m->ours.rows : m->ours.row_capacity, matched = 0;
  memset(m->taken, 0, (size_t)m->ours.row_capacity);
  for (int r = 0; r < ours; r++) {
    int partner = nearest_row(m, o, d, r);
    if (partner < 0) continue;
    m->taken[partner] = 1;
    matched++;
    for (int i = 0; i < nv; i++)
      stage_compare(&m->jacobian, m->ours.row_jacobian[(size_t)r * (size_t)nv + (size_t)i],
                    their_jacobian(o->model, d, partner)[i]);
    stage_compare(&m->position, m->ours.row_position[r], d->efc_pos[partner] - d->efc_margin[partner]);
    stage_compare(&m->d, m->ours.row_d[r], d->efc_D[partner]);
    stage_compare(&m->reference, m->ours.row_reference[r], d->efc_aref[partner]);
  }
  m->row_count = d->nefc;
  m->unmatched_rows = d->nefc - matched + m->ours.rows - matched;
}

void match_compare(match *m, const myr_model *model, const oracle *o, const mjData *d) {
  m->contacts = m->position = m->jacobian = m->d = m->reference = (stage_error){0};
  match_contacts(m, model, o, d);
  find_row_contacts(m, model);
  match_rows(m, o, d);
}
