/* Contacts and constraint rows of one world against those of one mjData. The engines may list them in different orders,
 * so each is first matched with its counterpart. */
#ifndef MYR_MUJOCO_MATCH_H
#define MYR_MUJOCO_MATCH_H

#include "kernels/inspection.h"
#include "sim/mujoco/measure.h"

typedef struct match {
  stage_error contacts, position, jacobian, d, reference;
  int contact_count, unmatched_contacts; /* MuJoCo's; without a counterpart on either side */
  int row_count, unmatched_rows;
  myr_inspection ours;
  int *partner;         /* (contact_capacity) MuJoCo's contact of each of ours, -1 */
  int *our_contact;     /* (row_capacity) contact of each of our rows, -1 for other rows */
  unsigned char *taken; /* (row_capacity) MuJoCo's rows that have a counterpart */
} match;

/* Room for as many rows and contacts as a world of the model can have. */
myr_status match_create(const myr_model *model, match *result, myr_error *error);
void match_release(match *match);

/* Compares match->ours, which kernels->inspect has filled, and writes errors and counts. Contacts inside the gap do not
 * push, so they are left out. */
void match_compare(match *match, const myr_model *model, const oracle *oracle, const mjData *d);

#endif
