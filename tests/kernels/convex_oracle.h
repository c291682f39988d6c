/* The least depth of two convex shapes, in double precision and by nothing but their extents: many directions, then a
 * search around the best of them. Slow, and shares no code with kernels/step/convex_*.h. */
#ifndef TESTS_CONVEX_ORACLE_H
#define TESTS_CONVEX_ORACLE_H

#include "collide_contacts.h"

static inline double hull_reach(const test_hull *h, const double d[3]) {
  double most = -INFINITY;
  for (int i = 0; i < h->hull.vertex_count; i++) most = fmax(most, mju_dot3(h->hull.vertex + 3 * i, d));
  return most + mju_dot3(h->hull.center, d);
}

/* How far a shape reaches from its centre in a direction of the world, m, times the direction's length. */
static inline double reach_along(int type, const geom *g, const double direction[3]) {
  double d[3];
  mju_mulMatTVec(d, g->rotation, direction, 3, 3);
  const double *s = g->size, across = sqrt(d[0] * d[0] + d[1] * d[1]), length = mju_norm3(d);
  switch (type) {
  case mjGEOM_MESH: return hull_reach(g->hull, d);
  case mjGEOM_SPHERE: return s[0] * length;
  case mjGEOM_CAPSULE: return s[0] * length + s[1] * fabs(d[2]);
  case mjGEOM_CYLINDER: return s[0] * across + s[1] * fabs(d[2]);
  case mjGEOM_ELLIPSOID: return sqrt(s[0] * d[0] * s[0] * d[0] + s[1] * d[1] * s[1] * d[1] + s[2] * d[2] * s[2] * d[2]);
  default: return s[0] * fabs(d[0]) + s[1] * fabs(d[1]) + s[2] * fabs(d[2]);
  }
}

/* The point of a shape that is farthest in a direction, from its centre: how its reach changes with the direction. */
static inline void farthest_point(int type, const geom *g, const double direction[3], double point[3]) {
  const double step = 1e-6;
  for (int i = 0; i < 3; i++) {
    double more[3], less[3];
    mju_copy3(more, direction);
    mju_copy3(less, direction);
    more[i] += step;
    less[i] -= step;
    point[i] = (reach_along(type, g, more) - reach_along(type, g, less)) / (2 * step);
  }
}

/* How deep the shapes of a configuration overlap along a unit direction from the first to the second, m. */
static inline double overlap_along(int kind, const configuration *c, const double n[3]) {
  double d[3];
  mju_sub3(d, c->geoms[1].position, c->geoms[0].position);
  const double back[3] = {-n[0], -n[1], -n[2]};
  return reach_along(kinds[kind].type1, c->geoms, n) + reach_along(kinds[kind].type2, c->geoms + 1, back) -
         mju_dot3(d, n);
}

/* Turns n to a direction of less overlap, until turns of 1e-9 rad find none. Returns the overlap. */
static inline double turn_downhill(int kind, const configuration *c, double n[3]) {
  const int ways = kinds[kind].type2 == mjGEOM_MESH ? 90 : 12; /* creases leave few ways down */
  double best = overlap_along(kind, c, n);
  for (double turn = 0.05; turn > 1e-9;) {
    double u[3], v[3], aside[3] = {fabs(n[0]) < 0.6, fabs(n[0]) >= 0.6, 0};
    mju_cross(u, n, aside);
    mju_normalize3(u);
    mju_cross(v, n, u);
    int better = 0;
    for (int i = 0; i < ways && !better; i++) {
      double m[3];
      mju_addScl3(m, n, u, turn * cos(i * 2 * mjPI / ways));
      mju_addToScl3(m, v, turn * sin(i * 2 * mjPI / ways));
      mju_normalize3(m);
      double overlap = overlap_along(kind, c, m);
      if (overlap >= best) continue;
      best = overlap;
      mju_copy3(n, m);
      better = 1;
    }
    if (!better) turn *= 0.4;
  }
  return best;
}

/* The normals of a shape's flat faces and the directions of its straight edges, in the world, one after another. */
static inline int face_directions(int type, const geom *g, double (*out)[3]) {
  int count = 0;
  if (type != mjGEOM_MESH)
    for (int i = 0; i < 6; i++) {
      column(g->rotation, i / 2, out[count]);
      mju_scl3(out[count], out[count], i % 2 ? 1 : -1);
      count++;
    }
  for (int f = 0; type == mjGEOM_MESH && f < g->hull->hull.face_count; f++)
    mju_mulMatVec(out[count++], g->rotation, g->hull->hull.normal + 3 * f, 3, 3);
  return count;
}
static inline int edge_directions(int type, const geom *g, double (*out)[3]) {
  int count = 0;
  for (int i = type == mjGEOM_BOX ? 0 : 2; type != mjGEOM_MESH && i < 3; i++) column(g->rotation, i, out[count++]);
  for (int f = 0; type == mjGEOM_MESH && f < g->hull->hull.face_count; f++) {
    const int32_t *corner = g->hull->hull.corner + MYR_HULL_CORNERS * f;
    for (int k = 0, of = g->hull->hull.corner_count[f]; k < of; k++) {
      if (corner[k] > corner[(k + 1) % of]) continue; /* the other face has it */
      double edge[3];
      mju_sub3(edge, g->hull->hull.vertex + 3 * corner[(k + 1) % of], g->hull->hull.vertex + 3 * corner[k]);
      mju_mulMatVec(out[count++], g->rotation, edge, 3, 3);
    }
  }
  return count;
}

/* The overlap along a unit direction if it is less than the least so far; else anything that is not. */
static inline double overlap_below(int kind, const configuration *c, const double n[3], double least) {
  double d[3], local[3], sum;
  mju_sub3(d, c->geoms[1].position, c->geoms[0].position);
  const double back[3] = {-n[0], -n[1], -n[2]};
  sum = reach_along(kinds[kind].type1, c->geoms, n) - mju_dot3(d, n);
  mju_mulMatTVec(local, c->geoms[1].rotation, back, 3, 3);
  const myr_hull *hull = &c->geoms[1].hull->hull;
  double most = -INFINITY, center = mju_dot3(hull->center, local);
  for (int i = 0; i < hull->vertex_count && !(sum + center + most >= least); i++)
    most = fmax(most, mju_dot3(hull->vertex + 3 * i, local));
  return sum + center + most;
}

static inline int is_polytope(int type) { return type == mjGEOM_BOX || type == mjGEOM_MESH; }

/* The least overlap along the normals of faces and across two edges: of two polytopes the least of all. */
static inline double least_of_axes(int kind, const configuration *c) {
  enum { MOST = 4 * MYR_HULL_VERTICES };
  static double one[MOST][3], two[MOST][3];
  double best = INFINITY;
  for (int g = 0; g < 2; g++)
    for (int i = 0, count = face_directions(g ? kinds[kind].type2 : kinds[kind].type1, c->geoms + g, one); i < count;
         i++) {
      if (g) mju_scl3(one[i], one[i], -1);
      best = fmin(best, overlap_along(kind, c, one[i]));
    }
  if (kinds[kind].type2 != mjGEOM_MESH || !is_polytope(kinds[kind].type1)) return best;
  int first = edge_directions(kinds[kind].type1, c->geoms, one),
      second = edge_directions(mjGEOM_MESH, c->geoms + 1, two);
  for (int i = 0; i < first; i++)
    for (int k = 0; k < second; k++) {
      double n[3];
      mju_cross(n, one[i], two[k]);
      if (mju_normalize3(n) < 1e-6) continue;
      best = fmin(best, overlap_below(kind, c, n, best));
      mju_scl3(n, n, -1);
      best = fmin(best, overlap_below(kind, c, n, best));
    }
  return best;
}

/* The least overlap, m; negative: the shapes are that far apart. */
static inline double least_overlap(int kind, const configuration *c) {
  enum { DIRECTIONS = 500, KEPT = 3 };
  double kept[KEPT][3], overlaps[KEPT] = {INFINITY, INFINITY, INFINITY}, best = INFINITY;
  double of_axes = least_of_axes(kind, c);
  if (kinds[kind].type2 == mjGEOM_MESH && is_polytope(kinds[kind].type1) && of_axes > 0) return of_axes;
  for (int i = 0; i < DIRECTIONS; i++) { /* a spiral from pole to pole */
    double z = 1 - 2 * (i + 0.5) / DIRECTIONS, r = sqrt(1 - z * z), turn = i * 2.399963229728653;
    double n[3] = {r * cos(turn), r * sin(turn), z}, overlap = overlap_along(kind, c, n);
    int place = KEPT;
    while (place > 0 && overlap < overlaps[place - 1]) place--;
    if (place == KEPT) continue;
    for (int k = KEPT - 1; k > place; k--) {
      overlaps[k] = overlaps[k - 1];
      mju_copy3(kept[k], kept[k - 1]);
    }
    overlaps[place] = overlap;
    mju_copy3(kept[place], n);
  }
  for (int k = 0; k < KEPT; k++) best = fmin(best, turn_downhill(kind, c, kept[k]));
  return fmin(best, of_axes); /* faces lie in creases where turning goes slowly */
}

static inline double outside_hull(const geom *g, const double point[3]) {
  double d[3], p[3], most = -INFINITY;
  mju_sub3(d, point, g->position);
  mju_mulMatTVec(p, g->rotation, d, 3, 3);
  for (int f = 0; f < g->hull->hull.face_count; f++) {
    const double *n = g->hull->hull.normal + 3 * f;
    most = fmax(most, mju_dot3(n, p) - hull_reach(g->hull, n));
  }
  return most;
}

/* A lower bound of the distance of a point from a shape's surface where it lies outside, m; at most 0 inside. */
static inline double outside_by(int type, const geom *g, const double point[3]) {
  if (type == mjGEOM_CAPSULE || type == mjGEOM_BOX) return surface_distance(type, g, point);
  if (type == mjGEOM_MESH) return outside_hull(g, point);
  double d[3], p[3];
  mju_sub3(d, point, g->position);
  if (type == mjGEOM_SPHERE) return mju_norm3(d) - g->size[0];
  mju_mulMatTVec(p, g->rotation, d, 3, 3);
  if (type == mjGEOM_CYLINDER) return fmax(sqrt(p[0] * p[0] + p[1] * p[1]) - g->size[0], fabs(p[2]) - g->size[1]);
  double scaled = 0;
  for (int i = 0; i < 3; i++) scaled += p[i] * p[i] / (g->size[i] * g->size[i]);
  return (sqrt(scaled) - 1) * fmin(g->size[0], fmin(g->size[1], g->size[2]));
}

#endif
