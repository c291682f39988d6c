/* The constraints of a step, family by family (constraint.def), and the response of their blocks in the solver. */
#ifndef MYR_CONSTRAINT_H
#define MYR_CONSTRAINT_H

#include "kernels/step/constraint_contact.h"
#include "kernels/step/constraint_equality.h"
#include "kernels/step/constraint_friction.h"
#include "kernels/step/constraint_limit.h"

/* Lists the blocks of all families. Returns the lanes that have any. The order of blocks is that of the families and
 * does not depend on the lanes, so sums over blocks do not depend on the neighbours. The solver reads the last writes
 * after its first SYNC. */
STAGE mask constraint(const constants *m, fields *f) {
  tally so_far;
  so_far.blocks = so_far.reals = 0;
  so_far.active = mask_splat(0);
  const int off = m->options.disable;
#define CONSTRAINT_FAMILY(name, disable, stiffness)                                               \
  const int first_##name = so_far.blocks;                                                         \
  if (!(off & (MYR_DISABLE_CONSTRAINT | (disable)))) so_far = list_##name##_blocks(m, f, so_far); \
  const int end_##name = so_far.blocks;
#include "kernels/constraint.def"
  if (LANE_OWNS_ITEM_0()) f->lists->block_count = so_far.blocks;
  mask constrained = in_any_item(so_far.active);
  SYNC();
#define CONSTRAINT_FAMILY(name, disable, stiffness) finish_##name##_blocks(m, f, first_##name, end_##name);
#include "kernels/constraint.def"
  return constrained;
}

/* A block's response at a residual. type and dimension are the block's own. They are parameters so that loops unroll in
 * a caller that passes constants. */
KERNEL void respond(const constants *m, const fields *f, int index, int type, int dimension, const real *residual,
                    response *out) {
  switch (type) {
#define CONSTRAINT_ROW(name, family, response)                 \
  case MYR_ROW_##name:                                         \
    respond_##response(m, f, index, dimension, residual, out); \
    break;
#include "kernels/constraint.def"
  default: break;
  }
}

/* Whether the response has several pieces without curvature: then equal weights do not mean equal pieces. */
KERNEL int has_several_flat_pieces(int type) {
#define CONSTRAINT_ROW(name, family, response) \
  if (type == MYR_ROW_##name) return FLAT_PIECES_##response > 1;
#include "kernels/constraint.def"
  return 0;
}

/* Calls action(type, dimension), with constants for the two commonest kinds of block. */
#define FOR_KIND_OF_BLOCK(b, action)                                   \
  do {                                                                 \
    if ((b)->type == MYR_ROW_CONTACT_PYRAMIDAL && (b)->dimension == 3) \
      action(MYR_ROW_CONTACT_PYRAMIDAL, 3);                            \
    else if ((b)->type == MYR_ROW_LIMIT_JOINT)                         \
      action(MYR_ROW_LIMIT_JOINT, 1);                                  \
    else                                                               \
      action((b)->type, (b)->dimension);                               \
  } while (0)

#endif
