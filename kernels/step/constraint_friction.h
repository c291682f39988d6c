/* The family of dry friction, of dofs and of tendons: a force against velocity, bounded by a constant. */
#ifndef MYR_CONSTRAINT_FRICTION_H
#define MYR_CONSTRAINT_FRICTION_H

#include "kernels/step/constraint_tree.h"

STAGE tally dof_friction(const constants *m, fields *f, tally so_far) {
  EACH_TOGETHER(i, m->nv) {
    candidate c = no_candidate(MYR_ROW_FRICTION_DOF, i);
    if (i < m->nv && m->dof_frictionloss[i] > 0) {
      int j = m->dof_jnt[i];
      c.wanted = 1;
      c.active = gt(f->dof_frictionloss[i], zero());
      c.dofs = joint_dofs(m, j) + (i - m->jnt_dof_start[j]);
      c.place = OWN_PLACES * i;
    }
    int index = append_block(f, &so_far, c);
    if (!c.wanted) continue;
    f->jacobian[f->lists->blocks[index].jacobian] = mask_to_real(c.active);
    f->block_friction[5 * index] = f->dof_frictionloss[i];
    finish_block(m, f, index, c.active, zero(), f->dof_invweight0[i], m->dof_solref + 2 * i, m->dof_solimp + 5 * i,
                 splat(1));
  }
  return so_far;
}

STAGE tally tendon_friction(const constants *m, fields *f, tally so_far) {
  EACH_TOGETHER(t, m->ntendon) {
    int wanted = t < m->ntendon && m->tendon_frictionloss[t] > 0 && has_moments(m, t);
    int index = append_block(f, &so_far, tendon_candidate(m, t, MYR_ROW_FRICTION_TENDON, mask_splat(wanted)));
    if (!wanted) continue;
    tendon_jacobian(m, f, f->lists->blocks + index, t, splat(1));
    f->block_friction[5 * index] = splat(m->tendon_frictionloss[t]);
    finish_block(m, f, index, mask_splat(1), zero(), f->tendon_invweight0[t], m->tendon_solref_friction + 2 * t,
                 m->tendon_solimp_friction + 5 * t, splat(1));
  }
  return so_far;
}

KERNEL tally list_friction_blocks(const constants *m, fields *f, tally so_far) {
  return tendon_friction(m, f, dof_friction(m, f, so_far));
}

KERNEL void finish_friction_blocks(const constants *m, fields *f, int first, int end) {
  (void)m, (void)f, (void)first, (void)end; /* list_friction_blocks has finished them */
}

enum { FLAT_PIECES_dry_friction = 2 }; /* it slides either way, with opposite forces */
KERNEL void respond_dry_friction(const constants *m, const fields *f, int index, int dimension, const real *residual,
                                 response *out) {
  (void)m, (void)dimension;
  real D = f->block_d[index], largest = f->block_friction[5 * index] * f->block_active[index];
  real force = -(D * residual[0]);
  out->force[0] = clamp(force, -largest, largest);
  out->weight[0] = choose(gt(absolute(force), largest), zero(), D); /* the force of sliding friction is constant */
}

#endif
