/* The blocks of the lanes that the solver still works on, and the cost along a path: its slope, its curvature, and the
 * lanes in which a row moves to another piece of its cost. */
#ifndef MYR_PATH_H
#define MYR_PATH_H

#include "kernels/step/constraint.h"

/* Lists the blocks that some unfinished lane has. Other blocks have no effect on these lanes. The lists may be read
 * after a SYNC. */
STAGE void list_live_blocks(fields *f, mask unfinished) {
  tile_lists *lists = f->lists;
  uint32_t lanes = mask_bits(unfinished);
  int live = 0, joining = 0;
  EACH_TOGETHER(i, lists->block_count) {
    int lives = i < lists->block_count && (lists->blocks[i].lanes & lanes) != 0;
    int joins = lives && lists->blocks[i].place < 0;
    int place = claim_in_order(lives, &live), place_joining = claim_in_order(joins, &joining);
    if (lives) lists->live[place] = i;
    if (joins) lists->joining[place_joining] = i;
  }
  if (LANE_OWNS_ITEM_0()) {
    lists->live_count = live;
    lists->joining_count = joining;
  }
}

/* Lists them again for fewer lanes. With one lane the list cannot change while that lane is unfinished. */
KERNEL void narrow_live_blocks(fields *f, mask lanes) {
  if (LANES > 1) list_live_blocks(f, lanes);
}

/* out (nblock, 6) = J x. */
STAGE void blocks_times(const fields *f, const real *x, real *out) {
  EACH(l, f->lists->live_count) {
    int i = f->lists->live[l];
    const block *b = f->lists->blocks + i;
#define TIMES(type, dimension) block_times(b, f, x, dimension, out + 6 * i)
    FOR_KIND_OF_BLOCK(b, TIMES);
#undef TIMES
  }
}

/* First and second derivative of the cost along the search direction, and the lanes in which some row moved to another
 * piece of its cost. */
typedef struct path_point {
  real slope, curvature;
  mask changed;
} path_point;

/* The share of slope and curvature of one response; changed is passed on. */
KERNEL path_point share_of(const response *r, const real *change, int dimension, mask changed) {
  path_point p;
  p.slope = p.curvature = zero();
  p.changed = changed;
  for (int k = 0; k < dimension; k++) {
    p.slope = fnmadd(r->force[k], change[k], p.slope);
    real cross = zero();
    for (int l = 0; l < k; l++) cross = fmadd(r->weight[triangle(k, l)], change[l], cross);
    p.curvature = fmadd(fmadd(r->weight[triangle(k, k)], change[k], cross + cross), change[k], p.curvature);
  }
  return p;
}

/* Adds the share of the l-th live block to the sum. */
KERNEL void give_path(fields *f, int l, path_point share, path_point *sum) {
  give_share(f->block_slope, l, share.slope, &sum->slope);
  give_share(f->block_curvature, l, share.curvature, &sum->curvature);
  sum->changed = sum->changed | share.changed;
}

KERNEL path_point sum_of_paths(const fields *f, path_point sum) {
  int count = f->lists->live_count;
  sum.changed = in_any_item(sum.changed);
  sum.slope = sum_of_shares(f->block_slope, count, sum.slope);
  sum.curvature = sum_of_shares(f->block_curvature, count, sum.curvature);
  return sum;
}

/* The path's slope and curvature without blocks. */
KERNEL path_point path_without_blocks(real slope, real curvature) {
  path_point p;
  p.slope = slope;
  p.curvature = curvature;
  p.changed = mask_splat(0);
  return p;
}

/* New force and weight of one block; returns its share of the path. */
KERNEL path_point update_block(const constants *m, fields *f, int i, int type, int dimension) {
  const block *b = f->lists->blocks + i;
  real *weight = f->block_weight + WEIGHTS * i, *force = f->block_force + 6 * i;
  response r;
  mask changed = mask_splat(0);
  respond(m, f, i, type, dimension, f->block_residual + 6 * i, &r);
  for (int e = 0; e < weights_of(dimension); e++) {
    changed = changed | mask_not(eq(r.weight[e], weight[e]));
    weight[e] = r.weight[e];
  }
  if (has_several_flat_pieces(type)) /* equal weights of 0; only the force shows a change of the piece */
    changed = changed | (eq(r.weight[0], zero()) & mask_not(eq(r.force[0], force[0])));
  for (int k = 0; k < dimension; k++) force[k] = r.force[k];
  if (b->place >= 0) { /* its Jacobian is 1 or -1, or 0 in lanes without it, which have no weight */
    f->own_force[b->place] = f->jacobian[b->jacobian] * r.force[0];
    f->own_weight[b->place] = r.weight[0];
  }
  return share_of(&r, f->block_change + 6 * i, dimension, changed);
}

/* Forces and weights at the present residuals. */
STAGE path_point update_blocks(const constants *m, fields *f, real slope, real curvature) {
  path_point p = path_without_blocks(slope, curvature);
  EACH(l, f->lists->live_count) {
    int i = f->lists->live[l];
#define UPDATE(type, dimension) give_path(f, l, update_block(m, f, i, type, dimension), &p)
    FOR_KIND_OF_BLOCK(f->lists->blocks + i, UPDATE);
#undef UPDATE
  }
  SYNC();
  return sum_of_paths(f, p);
}

/* A block's share of the path at `further` steps beyond the present acceleration. */
KERNEL path_point evaluate_block(const constants *m, const fields *f, int i, real further) {
  const block *b = f->lists->blocks + i;
  const real *change = f->block_change + 6 * i;
  real residual[DIMENSIONS];
  response r;
  residual[0] = fmadd(further, change[0], f->block_residual[6 * i]);
  for (int k = 1; k < b->dimension; k++) residual[k] = fmadd(further, change[k], f->block_residual[6 * i + k]);
  respond(m, f, i, b->type, b->dimension, residual, &r);
  return share_of(&r, change, b->dimension, mask_splat(0));
}

/* The path at `further` steps beyond the present acceleration; slope and curvature are those without blocks at the
 * present one. */
KERNEL path_point evaluate_path(const constants *m, fields *f, real further, real slope, real curvature) {
  path_point p = path_without_blocks(fmadd(further, curvature, slope), curvature);
  SYNC(); /* until here the shares of the former point are summed */
  EACH(l, f->lists->live_count) give_path(f, l, evaluate_block(m, f, f->lists->live[l], further), &p);
  SYNC();
  return sum_of_paths(f, p);
}

#endif
