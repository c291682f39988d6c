/* Positions: the poses of bodies, joints and geoms, the inertias about each tree's centre of mass, the motion axes of
 * the dofs, and the lengths of tendons. Conventions of MuJoCo's published model ("Computation: Kinematics"). */
#ifndef MYR_KINEMATICS_H
#define MYR_KINEMATICS_H

#include "kernels/lane/elementary.h"
#include "kernels/step/origin.h"
#include "kernels/step/spatial.h"
#include "kernels/step/tendon.h"
#include "kernels/step/world.h"

/* The unit quaternion of a turn by angle (rad) about the unit axis. */
KERNEL quat rotation_about(vec3 axis, real angle) {
  real s, c;
  lane_sincos(angle * splat((scalar)0.5), &s, &c);
  return q4(c, axis.x * s, axis.y * s, axis.z * s);
}

/* A body's frame: position in its tree, from the tree's origin. */
typedef struct body_frame {
  vec3 origin, position;
  quat orientation;
} body_frame;

/* Moves the tree's origin to the grid point next to the position, which stays where it is. */
KERNEL void settle_origin(body_frame *b, vec3 rest) {
  vec3 step = v3_on_grid(b->position);
  b->origin = v3_add(b->origin, step);
  b->position = v3_add(v3_sub(b->position, step), rest);
}

/* What rounding has left of a coordinate; none of the reference pose's. */
KERNEL real rest_of_coordinate(const fields *f, const real *qpos, int coordinate) {
  return qpos == f->qpos ? f->qpos_rest[coordinate] : zero();
}

/* The same of a way from qpos0. */
KERNEL real rest_of_way(const constants *m, const fields *f, const real *qpos, int coordinate) {
  if (qpos != f->qpos) return zero();
  return f->qpos_rest[coordinate] - splat(BY_PRECISION(m->qpos0_rest[coordinate], 0));
}

/* A root that slides takes its tree's origin along: of the way from q0 to q, whole steps of the grid move the origin. They
 * are taken from q first, because the whole way may be no float. */
KERNEL void slide(body_frame *b, vec3 axis, real q, real q0, real rest, int is_root) {
  real way = q - q0;
  if (!is_root) {
    b->position = v3_madd(axis, way + rest, b->position);
    return;
  }
  real far = on_grid(way);
  b->position = v3_madd(axis, ((q - far) - q0) + rest, b->position);
  vec3 whole = v3_scale(axis, far); /* and what rounding leaves of it */
  vec3 left = v3(fmsub(axis.x, far, whole.x), fmsub(axis.y, far, whole.y), fmsub(axis.z, far, whole.z));
  vec3 step = v3_on_grid(whole);
  b->origin = v3_add(b->origin, step);
  b->position = v3_shifted(b->position, v3_add(v3_sub(whole, step), left));
}

/* Moves a body's frame by one of its joints, and stores the joint's anchor and axis. */
KERNEL void apply_joint(const constants *m, fields *f, const real *qpos, int j, body_frame *b) {
  int start = m->jnt_qpos_start[j], is_root = m->body_parent[m->jnt_body[j]] == 0;
  const real *q = qpos + start;
  const scalar *q0 = m->qpos0 + start;
  if (m->jnt_type[j] == MYR_JOINT_FREE) {
    b->origin = v3_zero();
    b->position = v3_load(q);
    settle_origin(b, v3(rest_of_coordinate(f, qpos, start), rest_of_coordinate(f, qpos, start + 1),
                        rest_of_coordinate(f, qpos, start + 2)));
    b->orientation = q4_normalize(q4_load(q + 3));
    v3_store(f->xanchor + 3 * j, b->position);
    v3_store(f->xaxis + 3 * j, v3_splat(m->jnt_axis + 3 * j));
    return;
  }
  vec3 local_axis = v3_splat(m->jnt_axis + 3 * j), local_anchor = v3_splat(m->jnt_pos + 3 * j);
  vec3 axis = q4_rotate(b->orientation, local_axis);
  vec3 anchor = v3_add(b->position, q4_rotate(b->orientation, local_anchor));
  v3_store(f->xaxis + 3 * j, axis);
  v3_store(f->xanchor + 3 * j, anchor);
  if (m->jnt_type[j] == MYR_JOINT_SLIDE) {
    slide(b, axis, q[0], splat(q0[0]), rest_of_way(m, f, qpos, start), is_root);
    return;
  }
  quat turn =
      m->jnt_type[j] == MYR_JOINT_BALL ? q4_normalize(q4_load(q)) : rotation_about(local_axis, q[0] - splat(q0[0]));
  b->orientation = q4_multiply(b->orientation, turn);
  b->position = v3_sub(anchor, q4_rotate(b->orientation, local_anchor)); /* the anchor stays where it is */
}

/* The frame that a body would have without its joints. */
KERNEL body_frame frame_in_parent(const constants *m, const fields *f, int b) {
  int parent = m->body_parent[b];
  vec3 position = v3_load(f->xpos + 3 * parent);
  quat orientation = q4_load(f->xquat + 4 * parent);
  body_frame placed;
  placed.origin = body_origin(m, f, parent);
  placed.position = v3_add(position, q4_rotate(orientation, v3_splat(m->body_pos + 3 * b)));
  placed.orientation = q4_multiply(orientation, q4_splat(m->body_quat + 4 * b));
  if (parent == 0) settle_origin(&placed, v3_rest(m->body_pos_rest + 3 * b));
  return placed;
}

/* The frame of a mocap body: its state's, or the model's in the reference pose. */
KERNEL body_frame frame_of_mocap(const constants *m, const fields *f, const real *qpos, int number) {
  vec3 rest = v3_load(f->mocap_pos_rest + 3 * number);
  body_frame placed;
  placed.origin = v3_zero();
  placed.position = v3_load(f->mocap_pos + 3 * number);
  placed.orientation = q4_normalize(q4_load(f->mocap_quat + 4 * number));
  if (qpos != f->qpos) {
    rest = v3_rest(m->mocap_pos0_rest + 3 * number);
    placed.position = v3_splat(m->mocap_pos0 + 3 * number);
    placed.orientation = q4_splat(m->mocap_quat0 + 4 * number);
  }
  settle_origin(&placed, rest);
  return placed;
}

KERNEL void place_body(const constants *m, fields *f, const real *qpos, int b) {
  int first = m->body_jnt_start[b], count = m->body_jnt_count[b];
  int mocap = m->nmocap ? m->body_mocap[b] : -1;
  body_frame placed = mocap < 0 ? frame_in_parent(m, f, b) : frame_of_mocap(m, f, qpos, mocap);
  for (int k = 0; k < count; k++) apply_joint(m, f, qpos, first + k, &placed);
  placed.orientation = q4_normalize(placed.orientation);
  v3_store(f->origin + 3 * b, placed.origin);
  v3_store(f->xpos + 3 * b, placed.position);
  q4_store(f->xquat + 4 * b, placed.orientation);
  vec3 arm = q4_rotate(placed.orientation, v3_load(f->body_ipos + 3 * b));
  v3_store(f->xipos + 3 * b, v3_add(placed.position, arm));
}

/* m; a bound that meets everything, and whose square a float can hold */
#define BOUNDLESS ((scalar)1e15)

/* The lanes in which the root's tree has an origin of its own. */
KERNEL mask is_far(const fields *f, int root) { return is_apart(v3_load(f->origin + 3 * root)); }

STAGE void place_bodies(const constants *m, fields *f, const real *qpos) {
  if (LANE_OWNS_ITEM_0()) {
    v3_store(f->origin, v3_zero());
    v3_store(f->xpos, v3_zero());
    v3_store(f->xipos, v3_zero());
    q4_store(f->xquat, q4(splat(1), zero(), zero(), zero()));
  }
  SYNC();
  mask far = mask_splat(0);
  for (int level = 1; level < m->nlevel; level++) {
    int start = m->level_start[level], count = m->level_start[level + 1] - start;
    EACH(i, count) {
      int b = m->level_body[start + i];
      place_body(m, f, qpos, b);
      if (level == 1) far = far | is_far(f, b);
    }
    SYNC();
  }
  int some = any_lane(in_any_item(far));
  if (LANE_OWNS_ITEM_0()) f->lists->far = some;
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

/* The geom's position in the world, rounded. */
KERNEL vec3 geom_in_world(const constants *m, const fields *f, int g) {
  return in_world(v3_load(f->geom_xpos + 3 * g), body_origin(m, f, m->geom_body[g]));
}

/* The spheres that hold the bounds of each cluster's geoms, in the world. */
STAGE void place_clusters(const constants *m, fields *f) {
  EACH(k, m->ncluster) {
    int first = MYR_CLUSTER_GEOMS * k,
        end = first + MYR_CLUSTER_GEOMS < m->nfixed ? first + MYR_CLUSTER_GEOMS : m->nfixed;
    vec3 middle = v3_zero();
    real bound = zero();
    for (int g = first; g < end; g++) middle = v3_add(middle, geom_in_world(m, f, g));
    middle = v3_scale(middle, splat((scalar)1 / (scalar)(end - first)));
    for (int g = first; g < end; g++) {
      real reach = v3_length(v3_sub(geom_in_world(m, f, g), middle)) + splat(m->geom_bound[g]);
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
        vec3 com = v3_load(f->subtree_com + 3 * c);
        if (b == 0) com = in_world(com, v3_load(f->origin + 3 * c));
        moment = v3_madd(com, f->subtree_mass[c], moment);
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
