/* Which geoms may touch, and how: MuJoCo's filters and its combination of two geoms' contact parameters
 * (mujoco.readthedocs.io, "Computation", sections "Selection" and "Parameters" of contacts). */
#ifndef MYR_MUJOCO_PAIRS_H
#define MYR_MUJOCO_PAIRS_H

#include "kernels/status.h"
#include "sim/mujoco/import.h"

typedef struct contact_pair {
  int geom1, geom2; /* in the joined model, type of the first <= type of the second */
  int kind;         /* enum myr_pair_kind */
  int condim, friction_rule;
  double friction[5], solref[2], solreffriction[2], solimp[5], margin, gap;
} contact_pair;

typedef struct contact_pairs {
  contact_pair *pairs;
  int count, slots;
  int64_t capacity;
} contact_pairs;

/* All pairs of the joined model. filter_parent: bodies do not touch their parents. The caller frees pairs, also after an
 * error. */
myr_status pairs_generate(const import_part *parts, int count, bool filter_parent, contact_pairs *result,
                          myr_error *error);

#endif
