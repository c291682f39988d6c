/* Positions: the poses of bodies, joints and geoms, the inertias about each tree's centre of mass, the motion axes of
 * the dofs, and the lengths of tendons. Conventions of MuJoCo's published model ("Computation: Kinematics"). */
#ifndef MYR_KINEMATICS_H
#define MYR_KINEMATICS_H

#include "kernels/lane/elementary.h"
#include "kernels/step/world.h"
#include "kernels/step/spatial.h"

/* The unit quaternion of a turn by angle (rad) about the unit axis. */
KERNEL quat rotation_about(vec3 axis, real angle) {
  real s, c;
  lane_sincos(angle * splat((scalar)0.5), &s, &c);
  return q4(c, axis.x * s, axis.y * s, axis.z * s);
}

/* Moves a body's frame by one of its joints, and stores the joint's anchor and axis. */
KERNEL void apply_joint(const constants *m, fields *f, const real *qpos, int j, vec3 *position, quat *orientation) {
  const real *q = qpos + m->jnt_qpos_start[j];
  const scalar *q0 = m->qpos0 + m->jnt_qpos_start[j];
  if (m->jnt_type[j] == MYR_JOINT_FREE) {
    *position = v3_load(q);
    *orientation = q4_normalize(q4_load(q + 3));
    v3_store(f->xanchor + 3 * j, *position);
    v3_store(f->xaxis + 3 * j, v3_splat(m->jnt_axis + 3 * j));
    return;
  }
  vec3 local_axis = v3_splat(m->jnt_axis + 3 * j), local_anchor = v3_splat(m->jnt_pos + 3 * j);
  vec3 axis = q4_rotate(*orientation, local_axis);
  vec3 anchor = v3_add(*position, q4_rotate(*orientation, local_anchor));
  v3_store(f->xaxis + 3 * j, axis);
  v3_store(f->xanchor + 3 * j, anchor);
  if (m->jnt_type[j] == MYR_JOINT_SLIDE) {
    *position = v3_madd(axis, q[0] - splat(q0[0]), *position);
    return;
  }
  quat turn =
      m->jnt_type[j] == MYR_JOINT_BALL ? q4_normalize(q4_load(q)) : rotation_about(local_axis, q[0] - splat(q0[0]));
  *orientation = q4_multiply(*orientation, turn);
  *position = v3_sub(anchor, q4_rotate(*orientation, local_anchor)); /* the anchor stays where it is */
}

KERNEL void place_body(const constants *m, fields *f, const real *qpos, int b) {
  int parent = m->body_parent[b], first = m->body_jnt_start[b], count = m->body_jnt_count[b];
  vec3 position = v3_load(f->xpos + 3 * parent);
  quat orientation = q4_load(f->xquat + 4 * parent);
  position = v3_add(position, q4_rotate(orientation, v3_splat(m->body_pos + 3 * b)));
  orientation = q4_multiply(orientation, q4_splat(m->body_quat + 4 * b));
  for (int k = 0; k < count; k++) apply_joint(m, f, qpos, first + k, &position, &orientation);
  orientation = q4_normalize(orientation);
  v3_store(f->xpos + 3 * b, position);
  q4_store(f->xquat + 4 * b, orientation);
  v3_store(f->xipos + 3 * b, v3_add(position, q4_rotate(orientation, v3_load(f->body_ipos + 3 * b))));
}

/* m; a bound that meets everything, and whose square a float can hold */
#define BOUNDLESS ((scalar)1e15)

STAGE void place_bodies(const constants *m, fields *f, const real *qpos) {
  if (LANE_OWNS_ITEM_0()) {
    v3_store(f->xpos, v3_zero());
    v3_store(f->xipos, v3_zero());
    q4_store(f->xquat, q4(splat(1), zero(), zero(), zero()));
  }
  SYNC();
  for (int level = 1; level < m->nlevel; level++) {
    int start = m->level_start[level], count = m->level_start[level + 1] - start;
    EACH(i, count) place_body(m, f, qpos, m->level_body[start + i]);
    SYNC();
  }
}

/* From geom `first` on. */
STAGE void place_geoms(const constants *m, fields *f, int first) {
  EACH(i, m->ngeom - first) {
    int g = first + i, b = m->geom_body[g];
    quat orientation = q4_load(f->xquat + 4 * b);
    vec3 position = v3_add(v3_load(f->xpos + 3 * b), q4_rotate(orientation, v3_splat(m->geom_pos + 3 * g)));
    v3_store(f->geom_xpos + 3 * g, position);
    m3_store(f->geom_xmat + 9 * g, m3_from_quat(q4_multiply(orientation, q4_splat(m->geom_quat + 4 * g))));
  }
}

/* The spheres that hold the bounds of each cluster's geoms. */
STAGE void place_clusters(const constants *m, fields *f) {
  EACH(k, m->ncluster) {
    int first = MYR_CLUSTER_GEOMS * k,
        end = first + MYR_CLUSTER_GEOMS < m->nfixed ? first + MYR_CLUSTER_GEOMS : m->nfixed;
    vec3 middle = v3_zero();
    real bound = zero();
    for (int g = first; g < end; g++) middle = v3_add(middle, v3_load(f->geom_xpos + 3 * g));
    middle = v3_scale(middle, splat((scalar)1 / (scalar)(end - first)));
    for (int g = first; g < end; g++) {
      real reach = v3_length(v3_sub(v3_load(f->geom_xpos + 3 * g), middle)) + splat(m->geom_bound[g]);
      bound = maximum(bound, m->geom_type[g] == MYR_GEOM_PLANE ? splat(BOUNDLESS) : reach);
    }
    v3_store(f->cluster_position + 3 * k, middle);
    f->cluster_bound[k] = bound;
  }
}

/* Mass and centre of mass of every subtree; leaves first. */
STAGE void sum_subtrees(const constants *m, fields *f) {
  for (int level = m->nlevel - 1; level >= 0; level--) {
    int start = m->level_start[level], count = m->level_start[level + 1] - start;
    EACH(i, count) {
      int b = m->level_body[start + i];
      real mass = f->body_mass[b];
      vec3 moment = v3_scale(v3_load(f->xipos + 3 * b), mass);
      for (int k = m->child_start[b]; k < m->child_start[b + 1]; k++) {
        int c = m->child_body[k];
        mass = mass + f->subtree_mass[c];
        moment = v3_madd(v3_load(f->subtree_com + 3 * c), f->subtree_mass[c], moment);
      }
      mask empty = lt(mass, splat((scalar)1e-15));
      real inverse = splat(1) / choose(empty, splat(1), mass);
      f->subtree_mass[b] = mass;
      v3_store(f->subtree_com + 3 * b, v3_choose(empty, v3_load(f->xipos + 3 * b), v3_scale(moment, inverse)));
    }
    SYNC();
  }
}

/* The body's inertia about the centre of mass of its tree, in world axes. */
STAGE void place_inertia(const constants *m, fields *f, int b) {
  quat axes = q4_multiply(q4_load(f->xquat + 4 * b), q4_splat(m->body_iquat + 4 * b));
  mat3 R = m3_from_quat(axes);
  real mass = f->body_mass[b];
  vec3 r = v3_sub(v3_load(f->xipos + 3 * b), v3_load(f->subtree_com + 3 * m->body_root[b]));
  vec3 mr = v3_scale(r, mass);
  vec3 principal = v3_load(f->body_inertia + 3 * b);
  /* R diag(principal) R' + m (r.r 1 - r r') */
  vec3 row0 = v3(R.row0.x * principal.x, R.row0.y * principal.y, R.row0.z * principal.z);
  vec3 row1 = v3(R.row1.x * principal.x, R.row1.y * principal.y, R.row1.z * principal.z);
  vec3 row2 = v3(R.row2.x * principal.x, R.row2.y * principal.y, R.row2.z * principal.z);
  real *I = f->cinert + 10 * b;
  I[0] = v3_dot(row0, R.row0) + fmadd(mr.z, r.z, mr.y * r.y);
  I[1] = v3_dot(row1, R.row1) + fmadd(mr.z, r.z, mr.x * r.x);
  I[2] = v3_dot(row2, R.row2) + fmadd(mr.y, r.y, mr.x * r.x);
  I[3] = fnmadd(mr.x, r.y, v3_dot(row0, R.row1));
  I[4] = fnmadd(mr.x, r.z, v3_dot(row0, R.row2));
  I[5] = fnmadd(mr.y, r.z, v3_dot(row1, R.row2));
  v3_store(I + 6, mr);
  I[9] = mass;
}

STAGE void place_joint_axes(const constants *m, fields *f, int j) {
  int b = m->jnt_body[j], dof = m->jnt_dof_start[j];
  real *axes = f->cdof + 6 * dof;
  vec3 arm = v3_sub(v3_load(f->subtree_com + 3 * m->body_root[b]), v3_load(f->xanchor + 3 * j));
  if (m->jnt_type[j] == MYR_JOINT_SLIDE) {
    s6_store(axes, s6(v3_zero(), v3_load(f->xaxis + 3 * j)));
    return;
  }
  if (m->jnt_type[j] == MYR_JOINT_HINGE) {
    vec3 axis = v3_load(f->xaxis + 3 * j);
    s6_store(axes, s6(axis, v3_cross(axis, arm)));
    return;
  }
  if (m->jnt_type[j] == MYR_JOINT_FREE) { /* translation in world axes comes first */
    s6_store(axes, s6(v3_zero(), v3(splat(1), zero(), zero())));
    s6_store(axes + 6, s6(v3_zero(), v3(zero(), splat(1), zero())));
    s6_store(axes + 12, s6(v3_zero(), v3(zero(), zero(), splat(1))));
    axes += 18;
  }
  mat3 R = m3_from_quat(q4_load(f->xquat + 4 * b)); /* rotation in the body's own axes */
  s6_store(axes, s6(m3_column0(R), v3_cross(m3_column0(R), arm)));
  s6_store(axes + 6, s6(m3_column1(R), v3_cross(m3_column1(R), arm)));
  s6_store(axes + 12, s6(m3_column2(R), v3_cross(m3_column2(R), arm)));
}

KERNEL void measure_tendons(const constants *m, fields *f, const real *qpos) {
  EACH(t, m->ntendon) {
    real length = zero();
    for (int k = 0; k < m->tendon_wrap_count[t]; k++) {
      int w = m->tendon_wrap_start[t] + k;
      length = fmadd(splat(m->wrap_coef[w]), qpos[m->jnt_qpos_start[m->wrap_jnt[w]]], length);
    }
    f->tendon_length[t] = length;
  }
}

/* qpos is a parameter because derive() evaluates the reference pose. Within a control step, what cannot move is placed
 * in the first substep only: again 1 says that it stands in the scratch already. */
STAGE void kinematics(const constants *m, fields *f, const real *qpos, int again) {
  place_bodies(m, f, qpos);
  place_geoms(m, f, again ? m->nfixed : 0);
  if (m->ncluster && !again) {
    SYNC();
    place_clusters(m, f);
  }
  sum_subtrees(m, f);
  EACH(b, m->nbody) place_inertia(m, f, b);
  EACH(j, m->njnt) place_joint_axes(m, f, j);
  measure_tendons(m, f, qpos);
  SYNC();
}

#endif
