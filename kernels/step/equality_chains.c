/* The dofs on which equalities depend: those of both things, merged. */
#include "kernels/step/equality_chains.h"

/* The dofs that move a body, a joint or a tendon, ascending. */
typedef struct dof_list {
  const int32_t *dofs;
  int count;
} dof_list;

static dof_list dofs_of_body(const myr_model *m, int b) {
  if (b < 0) return (dof_list){0};
  return (dof_list){m->chain_dof + m->chain_start[b], m->chain_start[b + 1] - m->chain_start[b]};
}

static dof_list dofs_of_joint(const myr_model *m, int j) {
  if (j < 0) return (dof_list){0};
  return (dof_list){m->jnt_dof_start + j, 1};
}

static dof_list dofs_of_tendon(const myr_model *m, int t) {
  if (t < 0) return (dof_list){0};
  int start = m->tendon_moment_start[t];
  return (dof_list){m->moment_dof + start, m->tendon_moment_start[t + 1] - start};
}

/* Of the thing on a side of an equality. */
static dof_list dofs_of_side(const myr_model *m, int e, int side) {
  switch (m->equality_type[e]) {
  case MYR_EQUALITY_JOINT: return dofs_of_joint(m, side ? m->equality_joint2[e] : m->equality_joint1[e]);
  case MYR_EQUALITY_TENDON: return dofs_of_tendon(m, side ? m->equality_tendon2[e] : m->equality_tendon1[e]);
  default: return dofs_of_body(m, side ? m->equality_body2[e] : m->equality_body1[e]);
  }
}

/* No more dofs than these move a body. */
static int bound_body(const myr_model *m, int b) {
  int count = 0;
  for (; b > 0; b = m->body_parent[b]) count += m->body_dof_count[b];
  return count;
}

int bound_equality_chains(const myr_model *m) {
  int count = 0, tendon = m->nmoment < m->nv ? m->nmoment : m->nv;
  for (int e = 0; e < m->neq; e++) {
    count += bound_body(m, m->equality_body1[e]) + bound_body(m, m->equality_body2[e]);
    count += (m->equality_joint1[e] >= 0) + (m->equality_joint2[e] >= 0);
    count += tendon * ((m->equality_tendon1[e] >= 0) + (m->equality_tendon2[e] >= 0));
  }
  return count;
}

/* Appends the dofs of both lists from entry `at` on, with their numbers in each; returns the end. */
static int merge(myr_model *m, int at, dof_list one, dof_list two) {
  for (int i = 0, j = 0; i < one.count || j < two.count; at++) {
    int first = i < one.count ? one.dofs[i] : m->nv, second = j < two.count ? two.dofs[j] : m->nv;
    int dof = first < second ? first : second;
    m->equality_chain_dof[at] = dof;
    m->equality_chain_number[2 * at] = first == dof ? i++ : -1;
    m->equality_chain_number[2 * at + 1] = second == dof ? j++ : -1;
  }
  return at;
}

static int is_ancestor(const myr_model *m, int above, int dof) {
  for (; dof >= 0; dof = m->dof_parent[dof])
    if (dof == above) return 1;
  return 0;
}

/* Whether the dofs lie on more than one way from a dof to the root. */
static int is_branched(const myr_model *m, const int32_t *dofs, int count) {
  for (int k = 0; k + 1 < count; k++)
    if (!is_ancestor(m, dofs[k], dofs[k + 1])) return 1;
  return 0;
}

void build_equality_chains(myr_model *m) {
  int at = 0;
  for (int e = 0; e < m->neq; e++) {
    int start = m->equality_chain_start[e] = at;
    at = merge(m, at, dofs_of_side(m, e, 0), dofs_of_side(m, e, 1));
    m->equality_branches[e] = is_branched(m, m->equality_chain_dof + start, at - start);
  }
  m->equality_chain_start[m->neq] = at;
}
