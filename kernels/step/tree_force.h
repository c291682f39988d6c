/* Forces on bodies, summed over the tree to forces on dofs. */
#ifndef MYR_TREE_FORCE_H
#define MYR_TREE_FORCE_H

#include "kernels/step/kinematics.h"

/* Adds every child's spatial vector to its parent's, leaves first. */
KERNEL void sum_to_root(const constants *m, real *vectors) {
  for (int level = m->nlevel - 2; level >= 1; level--) {
    int start = m->level_start[level], count = m->level_start[level + 1] - start;
    EACH(i, count) {
      int b = m->level_body[start + i];
      spatial sum = s6_load(vectors + 6 * b);
      for (int k = m->child_start[b]; k < m->child_start[b + 1]; k++)
        sum = s6_add(sum, s6_load(vectors + 6 * m->child_body[k]));
      s6_store(vectors + 6 * b, sum);
    }
    SYNC();
  }
}

/* The spatial force on body b, about its tree's centre of mass, of a force and a torque at a point. */
KERNEL spatial force_at(const constants *m, const fields *f, int b, vec3 point, vec3 force, vec3 torque) {
  vec3 arm = v3_sub(point, v3_load(f->subtree_com + 3 * m->body_root[b]));
  return s6(v3_add(torque, v3_cross(arm, force)), force);
}

/* The force on a dof of the forces on the bodies that it moves, which sum_to_root() has summed. */
KERNEL real force_on_dof(const constants *m, const fields *f, const real *forces, int dof) {
  return s6_dot(s6_load(f->cdof + 6 * dof), s6_load(forces + 6 * m->dof_body[dof]));
}

#endif
