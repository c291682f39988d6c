/* Height fields as solids: below each triangle of the grid stands an upright prism that ends on the base. A cell has two
 * triangles, on both sides of the diagonal from its corner -x -y, as MuJoCo splits it; sim/mujoco/appearance_height_field.c
 * draws the same surface. All lanes share the field, and each lane has a cell of its own. */
#ifndef MYR_HEIGHT_FIELD_H
#define MYR_HEIGHT_FIELD_H

#include "kernels/step/collide_contact.h"

/* In the geom's frame: x along the columns, y along the rows, z up. */
typedef struct {
  const scalar *elevation; /* (rows, columns) shares of the height, from the corner -x -y */
  int rows, columns;       /* of grid points, at least 2 */
  scalar cell_x, cell_y;   /* m */
  scalar half_x, half_y;   /* half extents, m */
  scalar height;           /* of elevation 1, m */
  scalar base;             /* depth of the base below elevation 0, m */
} height_field;

/* size: half extents along x and y, height, depth of the base, m. */
KERNEL height_field height_field_from(const scalar *elevation, int rows, int columns, const scalar *size) {
  height_field f;
  f.elevation = elevation;
  f.rows = rows;
  f.columns = columns;
  f.half_x = size[0];
  f.half_y = size[1];
  f.height = size[2];
  f.base = size[3];
  f.cell_x = 2 * size[0] / (scalar)(columns - 1);
  f.cell_y = 2 * size[1] / (scalar)(rows - 1);
  return f;
}

/* The height of a grid point, m. Numbers beyond the grid are those of its border. */
KERNEL real field_height(const height_field *f, integer column, integer row) {
  column = integer_maximum(isplat(0), integer_minimum(column, isplat(f->columns - 1)));
  row = integer_maximum(isplat(0), integer_minimum(row, isplat(f->rows - 1)));
  return splat(f->height) * gather(f->elevation, imultiply(row, isplat(f->columns)) + column);
}

KERNEL mask is_on_grid(const height_field *f, integer column, integer row) {
  return mask_not(ilt(column, isplat(0)) | ilt(row, isplat(0)) | ilt(isplat(f->columns - 1), column) |
                  ilt(isplat(f->rows - 1), row));
}

/* The prism below a triangle. Corners are counted from its origin, which lies below the middle of the triangle. Side k
 * goes from corner k to the next. */
typedef struct {
  vec3 origin;               /* in the field's frame, m */
  vec3 corner[3];            /* of the triangle, counter-clockwise seen from above, m */
  integer column[3], row[3]; /* of the corners */
  vec3 normal;               /* of the triangle, unit */
  vec3 outward[3];           /* of the upright sides, unit */
  mask border[3];            /* whether nothing lies beyond the side */
  mask crest[3];             /* whether the surface bends down at the side */
  real bottom;               /* z of the base, m */
  real inradius;             /* of a ball around the origin, about, m */
  real scale;                /* half of the triangle's reach, m */
} field_prism;

/* By this angle, in rad, two triangles must be bent before the edge between them counts as one. */
#define FIELD_CREASE ((scalar)0.01)

/* Corner k of a cell's lower (0) or upper (1) triangle, in cells from the corner -x -y. */
KERNEL int prism_step_x(int upper, int k) { return k == 1 || (k == 2 && !upper); }
KERNEL int prism_step_y(int upper, int k) { return k == 2 || (k == 1 && upper); }

/* The triangle beyond side k has both ends of the side, and as its third corner the mirror image of ours on the grid. */
KERNEL void look_beyond_side(const height_field *f, field_prism *p, int k) {
  int next = (k + 1) % 3, other = (k + 2) % 3;
  integer column = p->column[k] + p->column[next] - p->column[other];
  integer row = p->row[k] + p->row[next] - p->row[other];
  vec3 there = v3_sub(v3_add(p->corner[k], p->corner[next]), p->corner[other]);
  there.z = field_height(f, column, row) - p->origin.z;
  vec3 step = v3_sub(there, p->corner[k]);
  mask inside = is_on_grid(f, column, row);
  p->border[k] = mask_not(inside);
  p->crest[k] = inside & lt(v3_dot(step, p->normal), -splat(FIELD_CREASE) * v3_length(step));
  vec3 side = v3_sub(p->corner[next], p->corner[k]);
  p->outward[k] = v3_normalize(v3(side.y, -side.x, zero()));
}

/* The prism of a cell, which lies on the grid. */
STAGE void prism_of_cell(const height_field *f, integer column, integer row, int upper, field_prism *p) {
  vec3 sum = v3_zero();
  real lowest = splat(NO_CONTACT), highest = splat(-NO_CONTACT);
  for (int k = 0; k < 3; k++) {
    p->column[k] = column + isplat(prism_step_x(upper, k));
    p->row[k] = row + isplat(prism_step_y(upper, k));
    p->corner[k] =
        v3(fmadd(to_real(p->column[k]), splat(f->cell_x), splat(-f->half_x)),
           fmadd(to_real(p->row[k]), splat(f->cell_y), splat(-f->half_y)), field_height(f, p->column[k], p->row[k]));
    sum = v3_add(sum, p->corner[k]);
    lowest = minimum(lowest, p->corner[k].z);
    highest = maximum(highest, p->corner[k].z);
  }
  scalar across = larger(f->cell_x, f->cell_y), inside = smaller(f->cell_x, f->cell_y) * (scalar)0.25;
  p->inradius = minimum(splat(inside), (lowest + splat(f->base)) * splat((scalar)0.5));
  p->scale = splat((scalar)0.5) * (splat(across) + highest - lowest);
  p->origin = v3_scale(sum, splat((scalar)(1.0 / 3)));
  p->origin.z = lowest - p->inradius; /* near the surface, so that its corners have small numbers */
  for (int k = 0; k < 3; k++) p->corner[k] = v3_sub(p->corner[k], p->origin);
  p->bottom = splat(-f->base) - p->origin.z;
  p->normal = v3_normalize(v3_cross(v3_sub(p->corner[1], p->corner[0]), v3_sub(p->corner[2], p->corner[0])));
  for (int k = 0; k < 3; k++) look_beyond_side(f, p, k);
}

/* Corner k on the surface where `up`, else on the base. */
KERNEL vec3 prism_corner(const field_prism *p, int k, mask up) {
  vec3 corner = p->corner[k];
  corner.z = choose(up, corner.z, p->bottom);
  return corner;
}

/* The farthest point of the prism in direction d. */
KERNEL vec3 prism_support(const field_prism *p, vec3 d) {
  mask up = ge(d.z, zero());
  vec3 best = prism_corner(p, 0, up);
  real highest = v3_dot(best, d);
  for (int k = 1; k < 3; k++) {
    vec3 corner = prism_corner(p, k, up);
    real height = v3_dot(corner, d);
    mask higher = gt(height, highest);
    highest = choose(higher, height, highest);
    best = v3_choose(higher, corner, best);
  }
  return best;
}
KERNEL real prism_extent(const field_prism *p, vec3 d) { return v3_dot(prism_support(p, d), d); }

/* Whether a grid point lies farther in the unit direction n than corner k does. Below, the field is flat. */
KERNEL mask reaches_farther(const height_field *f, const field_prism *p, vec3 n, int k, integer column, integer row) {
  vec3 step;
  step.x = splat(f->cell_x) * to_real(column - p->column[k]);
  step.y = splat(f->cell_y) * to_real(row - p->row[k]);
  step.z = choose(ge(n.z, zero()), field_height(f, column, row) - p->origin.z - p->corner[k].z, zero());
  return is_on_grid(f, column, row) & gt(v3_dot(step, n), splat(FIELD_CREASE) * v3_length(step));
}

/* Whether no part of the field beside the prism's touching edge or corner reaches farther in the unit direction n. Elsewhere
 * n leads into another prism: out of an upright side that two prisms share, or across an edge that is no crest. An edge has
 * one triangle beyond it, a corner six grid points around it. */
STAGE mask is_outermost(const height_field *f, const field_prism *p, vec3 n) {
  mask up = ge(n.z, zero()), outermost = mask_splat(1), touching[3];
  real least = prism_extent(p, n) - splat((scalar)3e-3) * p->scale;
  for (int k = 0; k < 3; k++) touching[k] = ge(v3_dot(prism_corner(p, k, up), n), least);
  for (int k = 0; k < 3; k++) {
    int next = (k + 1) % 3, other = (k + 2) % 3;
    mask edge = touching[k] & touching[next];
    outermost =
        outermost & mask_not(edge & reaches_farther(f, p, n, k, p->column[k] + p->column[next] - p->column[other],
                                                    p->row[k] + p->row[next] - p->row[other]));
    mask alone = touching[k] & mask_not(touching[next] | touching[other]);
    for (int i = 0; i < 6 && any_lane(alone); i++) { /* +x, +y, +x +y, and back */
      int x = i % 3 != 1, y = i % 3 != 0, sign = i < 3 ? 1 : -1;
      outermost = outermost & mask_not(alone & reaches_farther(f, p, n, k, p->column[k] + isplat(sign * x),
                                                               p->row[k] + isplat(sign * y)));
    }
  }
  return outermost;
}

/* ---------------------------------------------------------------------------------------------- the faces */

/* The triangle, the base, and the three upright sides. */
enum { PRISM_TOP, PRISM_BASE, PRISM_SIDE, PRISM_FACES = PRISM_SIDE + 3 };

/* Corner k of four, to the left seen from outside; a triangle repeats its last. */
KERNEL vec3 prism_face_corner(const field_prism *p, int face, int k) {
  if (face == PRISM_TOP) return prism_corner(p, k < 3 ? k : 2, mask_splat(1));
  if (face == PRISM_BASE) return prism_corner(p, k < 3 ? 2 - k : 0, mask_splat(0));
  int start = face - PRISM_SIDE, end = (start + 1) % 3;
  return prism_corner(p, k == 1 || k == 2 ? end : start, mask_splat(k >= 2));
}
KERNEL vec3 prism_face_normal(const field_prism *p, int face) {
  if (face == PRISM_TOP) return p->normal;
  if (face == PRISM_BASE) return v3(zero(), zero(), splat(-1));
  return p->outward[face - PRISM_SIDE];
}

/* The face that touches another shape in the unit direction d: the one with the highest edge, as hull_touching_face. */
STAGE integer prism_touching_face(const field_prism *p, vec3 d) {
  real aligned = splat((scalar)0.04) * p->scale, best = splat(-NO_CONTACT);
  integer face = isplat(0);
  for (int i = 0; i < PRISM_FACES; i++) {
    real highest = splat(-NO_CONTACT), next = splat(-NO_CONTACT);
    for (int k = 0; k < (i < PRISM_SIDE ? 3 : 4); k++) {
      real height = v3_dot(prism_face_corner(p, i, k), d);
      next = maximum(next, minimum(highest, height));
      highest = maximum(highest, height);
    }
    real score = fmadd(aligned, v3_dot(prism_face_normal(p, i), d), next);
    mask better = gt(score, best);
    best = choose(better, score, best);
    face = ichoose(better, isplat(i), face);
  }
  return face;
}

#endif
