/* The least depth of two convex shapes, in double precision and by nothing but their extents: many directions, then a
 * search around the best of them. Slow, and shares no code with kernels/step/convex_*.h. */
#ifndef TESTS_CONVEX_ORACLE_H
#define TESTS_CONVEX_ORACLE_H

#include "collide_contacts.h"

/* How far a shape reaches from its centre in a direction of the world, m, times the direction's length. */
static inline double reach_along(int type, const geom *g, const double direction[3]) {
  double d[3];
  mju_mulMatTVec(d, g->rotation, direction, 3, 3);
  const double *s = g->size, across = sqrt(d[0] * d[0] + d[1] * d[1]), length = mju_norm3(d);
  switch (type) {
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
  return reach_along(kinds[kind].type1, c->geoms, n) + reach_along(kinds[kind].type2, c->geoms + 1, n) - mju_dot3(d, n);
}

/* Turns n to a direction of less overlap, until turns of 1e-9 rad find none. Returns the overlap. */
static inline double turn_downhill(int kind, const configuration *c, double n[3]) {
  double best = overlap_along(kind, c, n);
  for (double turn = 0.05; turn > 1e-9;) {
    double u[3], v[3], aside[3] = {fabs(n[0]) < 0.6, fabs(n[0]) >= 0.6, 0};
    mju_cross(u, n, aside);
    mju_normalize3(u);
    mju_cross(v, n, u);
    int better = 0;
    for (int i = 0; i < 12 && !better; i++) {
      double m[3];
      mju_addScl3(m, n, u, turn * cos(i * mjPI / 6));
      mju_addToScl3(m, v, turn * sin(i * mjPI / 6));
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

/* The least overlap, m; negative: the shapes are that far apart. */
static inline double least_overlap(int kind, const configuration *c) {
  enum { DIRECTIONS = 500, KEPT = 3 };
  double kept[KEPT][3], overlaps[KEPT] = {INFINITY, INFINITY, INFINITY}, best = INFINITY;
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
  for (int g = 0; g < 2; g++) /* faces, which lie in creases where turning goes slowly */
    for (int i = 0; i < 6; i++) {
      double n[3];
      column(c->geoms[g].rotation, i / 2, n);
      mju_scl3(n, n, i % 2 ? 1 : -1);
      best = fmin(best, overlap_along(kind, c, n));
    }
  return best;
}

/* A lower bound of the distance of a point from a shape's surface where it lies outside, m; at most 0 inside. */
static inline double outside_by(int type, const geom *g, const double point[3]) {
  if (type == mjGEOM_CAPSULE || type == mjGEOM_BOX) return surface_distance(type, g, point);
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
