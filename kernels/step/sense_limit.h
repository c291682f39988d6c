/* The limit of a joint or a tendon that acts at present. */
#ifndef MYR_SENSE_LIMIT_H
#define MYR_SENSE_LIMIT_H

#include "kernels/step/constraint.h"

typedef struct acting_limit {
  real violation; /* m or rad: the distance from the limit minus its margin; below 0 */
  real rate;      /* of the violation */
  real force;     /* N or N m; at least 0 */
} acting_limit;

/* All are 0 in lanes where none acts. */
KERNEL acting_limit limit_of(const fields *f, int row_type, int id) {
  acting_limit found;
  found.violation = found.rate = found.force = zero();
  mask known = mask_splat(0);
  for (int i = 0; i < f->lists->block_count; i++) {
    const block *b = f->lists->blocks + i;
    if (b->type != row_type || b->id != id) continue;
    mask here = real_to_mask(f->block_active[i]) & mask_not(known);
    real rate;
    block_times(b, f, f->qvel, 1, &rate);
    found.violation = choose(here, f->block_position[i], found.violation);
    found.rate = choose(here, rate, found.rate);
    found.force = choose(here, f->block_force[6 * i], found.force);
    known = known | here;
  }
  return found;
}

#endif
