/* Upper bounds of the blocks that a step can list (step/constraint.h), family by family. */
#include "kernels/step/block_bounds.h"

/* Numbers of blocks and of the reals in their Jacobians. */
typedef struct block_bound {
  int64_t blocks, reals;
} block_bound;

/* Of two bodies, three rows for the anchors and three for the rotation of a weld. */
static block_bound count_equality(const myr_model *m) {
  block_bound bound = {0};
  for (int e = 0; e < m->neq; e++) {
    int dofs = m->equality_chain_start[e + 1] - m->equality_chain_start[e], type = m->equality_type[e];
    if (!m->equality_active[e] || dofs == 0) continue;
    int blocks = type == MYR_EQUALITY_WELD ? 2 : 1;
    bound.blocks += blocks;
    bound.reals += (type <= MYR_EQUALITY_WELD ? 3 : 1) * (int64_t)blocks * dofs;
  }
  return bound;
}

/* Entries of the tendon's Jacobian. */
static int64_t moments_of(const myr_model *m, int t) {
  return m->tendon_moment_start[t + 1] - m->tendon_moment_start[t];
}

static block_bound count_friction(const myr_model *m) {
  block_bound bound = {0};
  for (int i = 0; i < m->nv; i++)
    if (m->dof_frictionloss[i] > 0) bound.blocks++, bound.reals++;
  for (int t = 0; t < m->ntendon; t++)
    if (m->tendon_frictionloss[t] > 0) bound.blocks++, bound.reals += moments_of(m, t);
  return bound;
}

static block_bound count_limit(const myr_model *m) {
  block_bound bound = {0};
  for (int j = 0; j < m->njnt; j++)
    if (m->jnt_limited[j]) bound.blocks += 2, bound.reals += m->jnt_type[j] == MYR_JOINT_BALL ? 3 : 2;
  for (int t = 0; t < m->ntendon; t++)
    if (m->tendon_limited[t]) bound.blocks += 2, bound.reals += 2 * moments_of(m, t);
  return bound;
}

static block_bound count_contact(const myr_model *m) {
  block_bound bound = {0};
  for (int p = 0; p < m->npair; p++) {
    int dofs = m->pair_chain_start[p + 1] - m->pair_chain_start[p];
    bound.blocks += m->pair_slots[p];
    bound.reals += (int64_t)m->pair_slots[p] * m->pair_condim[p] * dofs;
  }
  return bound;
}

void count_blocks(myr_model *model) {
  block_bound sum = {0}, bound;
#define CONSTRAINT_FAMILY(name, disable, stiffness) \
  bound = count_##name(model);                      \
  sum.blocks += bound.blocks;                       \
  sum.reals += bound.reals;
#include "kernels/constraint.def"
  model->nslot = 0;
  for (int p = 0; p < model->npair; p++) model->nslot += model->pair_slots[p];
  model->nblock = (int)sum.blocks;
  model->njacobian = (int)sum.reals;
}
