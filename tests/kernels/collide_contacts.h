/* Contacts for the tests of the narrow phase: computes ours for a batch of configurations, and compares lists of
 * them. */
#ifndef TESTS_COLLIDE_CONTACTS_H
#define TESTS_COLLIDE_CONTACTS_H

#include "collide_pairs.h"

enum { RESULT_NUMBERS = MYR_PAIR_MOST_CONTACTS * COLLIDE_POINT_NUMBERS };

typedef struct {
  double distance, position[3], normal[3], tangent[3];
} contact;
typedef struct {
  int count;
  contact contacts[16];
} contacts;

/* ---------------------------------------------------------------------------------------------------------- ours */

/* Completes the first friction direction by MuJoCo's rule: the wished direction, made orthogonal to the normal; without
 * a wish y instead, or z if the normal is close to y. */
static inline void complete_tangent(contact *c) {
  double *t = c->tangent;
  if (mju_dot3(t, t) < 0.25) {
    mju_zero3(t);
    t[fabs(c->normal[1]) < 0.5 ? 1 : 2] = 1;
  }
  mju_addToScl3(t, c->normal, -mju_dot3(t, c->normal));
  mju_normalize3(t);
}

static inline contacts read_contacts(const double *numbers) {
  contacts result = {0};
  for (int slot = 0; slot < MYR_PAIR_MOST_CONTACTS; slot++, numbers += COLLIDE_POINT_NUMBERS) {
    if (numbers[0] >= 1e10) continue;
    contact *to = result.contacts + result.count++;
    to->distance = numbers[0];
    mju_copy3(to->position, numbers + 1);
    mju_copy3(to->normal, numbers + 4);
    mju_copy3(to->tangent, numbers + 7);
    complete_tangent(to);
  }
  return result;
}

static inline void collide_batch_double(int kind, const configuration *batch, contacts *results) {
  double pairs[BATCH * COLLIDE_PAIR_NUMBERS], numbers[BATCH * RESULT_NUMBERS];
  for (int i = 0; i < BATCH; i++) write_pair(batch + i, pairs + i * COLLIDE_PAIR_NUMBERS);
  collide_lanes_double(kind, BATCH, (const test_hull *[]){batch->geoms[0].hull, batch->geoms[1].hull}, pairs, numbers);
  for (int i = 0; i < BATCH; i++) results[i] = read_contacts(numbers + i * RESULT_NUMBERS);
}

static inline void collide_batch_float(int kind, const configuration *batch, contacts *results) {
  double pairs[BATCH * COLLIDE_PAIR_NUMBERS], numbers[BATCH * RESULT_NUMBERS];
  float pairs_float[BATCH * COLLIDE_PAIR_NUMBERS], numbers_float[BATCH * RESULT_NUMBERS];
  for (int i = 0; i < BATCH; i++) write_pair(batch + i, pairs + i * COLLIDE_PAIR_NUMBERS);
  for (int i = 0; i < BATCH * COLLIDE_PAIR_NUMBERS; i++) pairs_float[i] = (float)pairs[i];
  collide_lanes_1(kind, BATCH, (const test_hull *[]){batch->geoms[0].hull, batch->geoms[1].hull}, pairs_float,
                  numbers_float);
  for (int i = 0; i < BATCH * RESULT_NUMBERS; i++) numbers[i] = numbers_float[i];
  for (int i = 0; i < BATCH; i++) results[i] = read_contacts(numbers + i * RESULT_NUMBERS);
}

/* Draws random configurations and computes our contacts of them. */
static inline void collide_random_batch(int kind, int in_double, enum attitude attitude, configuration *batch,
                                        contacts *results) {
  for (int i = 0; i < BATCH; i++) batch[i] = random_configuration(kind, attitude);
  (in_double ? collide_batch_double : collide_batch_float)(kind, batch, results);
}

/* ----------------------------------------------------------------------------------------------------- comparing */

static inline double apart(const double a[3], const double b[3]) {
  double d[3];
  mju_sub3(d, a, b);
  return mju_norm3(d);
}

static inline int contact_agrees(const contact *a, const contact *b, double tolerance, double angle_tolerance) {
  return fabs(a->distance - b->distance) <= tolerance && apart(a->position, b->position) <= angle_tolerance &&
         apart(a->normal, b->normal) <= angle_tolerance && apart(a->tangent, b->tangent) <= 10 * angle_tolerance;
}

/* Whether every contact has an equal in the other list, except contacts at the margin. */
static inline int lists_agree(const contacts *a, const contacts *b, double margin, double tolerance,
                              double angle_tolerance) {
  for (int side = 0; side < 2; side++) {
    const contacts *from = side ? b : a, *in = side ? a : b;
    for (int i = 0; i < from->count; i++) {
      int found = fabs(from->contacts[i].distance - margin) <= tolerance;
      for (int j = 0; j < in->count && !found; j++)
        found = contact_agrees(from->contacts + i, in->contacts + j, tolerance, angle_tolerance);
      if (!found) return 0;
    }
  }
  return 1;
}

/* Whether the lists have the same order: the i-th contacts are equal. */
static inline int orders_agree(const contacts *a, const contacts *b, double tolerance, double angle_tolerance) {
  if (a->count != b->count) return 1; /* a contact at the margin: lists_agree has judged it */
  for (int i = 0; i < a->count; i++)
    if (!contact_agrees(a->contacts + i, b->contacts + i, tolerance, angle_tolerance)) return 0;
  return 1;
}

static inline const contact *deepest(const contacts *list) {
  const contact *best = list->contacts;
  for (int i = 1; i < list->count; i++)
    if (list->contacts[i].distance < best->distance) best = list->contacts + i;
  return best;
}

/* Compares what geometry alone determines: whether there is contact, its depth and its direction. */
static inline int deepest_agrees(const contacts *a, const contacts *b, double margin, double tolerance,
                                 double angle_tolerance) {
  if (!a->count || !b->count) {
    const contacts *other = a->count ? a : b;
    return !other->count || fabs(deepest(other)->distance - margin) <= tolerance;
  }
  return fabs(deepest(a)->distance - deepest(b)->distance) <= tolerance &&
         apart(deepest(a)->normal, deepest(b)->normal) <= angle_tolerance;
}

static inline void print_contacts(const char *whose, const contacts *list) {
  for (int i = 0; i < list->count; i++) {
    const contact *c = list->contacts + i;
    print_message("    %-6s %.9g at %.7g %.7g %.7g normal %.6g %.6g %.6g tangent %.6g %.6g %.6g\n", whose, c->distance,
                  c->position[0], c->position[1], c->position[2], c->normal[0], c->normal[1], c->normal[2],
                  c->tangent[0], c->tangent[1], c->tangent[2]);
  }
}

#endif
