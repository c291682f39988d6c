/* Quickhull (Barber, Dobkin and Huhdanpaa, "The quickhull algorithm for convex hulls", 1996), which takes the farthest
 * of all points next, so that it may stop early with the least loss. */
#include "sim/hull.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sim/hull_faces.h"

#define NOISE 1e-6    /* of the size: points that reach out less are not taken */
#define THINNEST 1e-5 /* of the size */

typedef struct hull_build {
  const double *points;
  int count, most;
  double size;        /* half of the largest extent, m */
  hull_facet *facets; /* some are gone */
  int facet_count, facet_capacity;
  int *owner;       /* (count) a facet that the point lies outside of, or -1 */
  double *distance; /* (count) how far, m */
  int taken;
} hull_build;

static const double *point_of(const hull_build *b, int i) { return b->points + (ptrdiff_t)3 * i; }

/* ------------------------------------------------------------------------------------------------ facets */
static double height_of(const hull_facet *f, const double p[3]) { return dot3(f->normal, p) - f->offset; }

static int add_facet(hull_build *b, int i, int j, int k) {
  if (b->facet_count == b->facet_capacity) return -1;
  hull_facet *f = &b->facets[b->facet_count];
  *f = (hull_facet){.vertex = {i, j, k}, .exists = true};
  double one[3], two[3];
  subtract3(point_of(b, j), point_of(b, i), one);
  subtract3(point_of(b, k), point_of(b, i), two);
  cross3(one, two, f->normal);
  f->area = sqrt(dot3(f->normal, f->normal)) / 2;
  for (int e = 0; e < 3 && f->area > 0; e++) f->normal[e] /= 2 * f->area;
  f->offset = dot3(f->normal, point_of(b, i));
  return b->facet_count++;
}

/* Gives the point to the facet if it lies farther outside of it than of the one that has it. */
static void offer(hull_build *b, int point, int facet) {
  double height = height_of(&b->facets[facet], point_of(b, point));
  if (height <= NOISE * b->size || height <= b->distance[point]) return;
  b->owner[point] = facet;
  b->distance[point] = height;
}

/* The facet on the other side of an edge, or -1. */
static int facet_across(const hull_build *b, int from, int to) {
  for (int f = b->facet_count - 1; f >= 0; f--)
    for (int e = 0; e < 3 && b->facets[f].exists; e++)
      if (b->facets[f].vertex[e] == to && b->facets[f].vertex[(e + 1) % 3] == from) return f;
  return -1;
}

/* ------------------------------------------------------------------------------------------------ the first four */
static int farthest(const hull_build *b, double (*measure)(const hull_build *, const int *, int), const int *of) {
  int best = 0;
  double most = -1;
  for (int i = 0; i < b->count; i++) {
    double value = measure(b, of, i);
    if (value > most) most = value, best = i;
  }
  return best;
}

static double from_point(const hull_build *b, const int *of, int i) {
  double d[3];
  subtract3(point_of(b, i), point_of(b, of[0]), d);
  return dot3(d, d);
}

static double from_line(const hull_build *b, const int *of, int i) {
  double along[3], d[3], across[3];
  subtract3(point_of(b, of[1]), point_of(b, of[0]), along);
  subtract3(point_of(b, i), point_of(b, of[0]), d);
  cross3(along, d, across);
  return dot3(across, across) / dot3(along, along);
}

static double above_plane(const hull_build *b, const int *of, int i) {
  double one[3], two[3], d[3], normal[3];
  subtract3(point_of(b, of[1]), point_of(b, of[0]), one);
  subtract3(point_of(b, of[2]), point_of(b, of[0]), two);
  subtract3(point_of(b, i), point_of(b, of[0]), d);
  cross3(one, two, normal);
  return dot3(normal, d) / sqrt(dot3(normal, normal));
}
static double from_plane(const hull_build *b, const int *of, int i) { return fabs(above_plane(b, of, i)); }

static myr_status begin(hull_build *b, myr_error *error) {
  int of[4] = {0};
  double thinnest = THINNEST * b->size;
  of[0] = farthest(b, from_point, of);
  of[1] = farthest(b, from_point, of);
  if (!(b->size > 0)) return myr_fail(error, MYR_INVALID, "all its points are one");
  of[2] = farthest(b, from_line, of);
  if (!(from_line(b, of, of[2]) > thinnest * thinnest)) return myr_fail(error, MYR_INVALID, "its points lie on a line");
  of[3] = farthest(b, from_plane, of);
  double height = above_plane(b, of, of[3]);
  if (!(fabs(height) > thinnest))
    return myr_fail(error, MYR_INVALID, "its points lie in a plane, up to %.1g of its size", THINNEST);
  int low = height > 0 ? of[1] : of[0], other = height > 0 ? of[0] : of[1]; /* so that the base looks away from of[3] */
  const int facets[4][3] = {{low, other, of[2]}, {other, low, of[3]}, {of[2], other, of[3]}, {low, of[2], of[3]}};
  for (int f = 0; f < 4; f++) add_facet(b, facets[f][0], facets[f][1], facets[f][2]);
  b->taken = 4;
  for (int i = 0; i < b->count; i++)
    for (int f = 0; f < 4; f++) offer(b, i, f);
  return MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ one point more */
static int farthest_outside(const hull_build *b) {
  int best = -1;
  for (int i = 0; i < b->count; i++)
    if (b->owner[i] >= 0 && (best < 0 || b->distance[i] > b->distance[best])) best = i;
  return best;
}

/* Lists the facets that the point sees, from its owner on. Returns their number. */
static int list_seen(hull_build *b, int point, int *seen) {
  int count = 0;
  seen[count++] = b->owner[point];
  b->facets[seen[0]].exists = true;
  for (int i = 0; i < count; i++)
    for (int e = 0; e < 3; e++) {
      const hull_facet *f = &b->facets[seen[i]];
      int across = facet_across(b, f->vertex[e], f->vertex[(e + 1) % 3]), known = 0;
      for (int k = 0; k < count; k++) known |= seen[k] == across;
      if (across >= 0 && !known && height_of(&b->facets[across], point_of(b, point)) > 1e-9 * b->size)
        seen[count++] = across;
    }
  return count;
}

static bool is_listed(const int *list, int count, int value) {
  for (int i = 0; i < count; i++)
    if (list[i] == value) return true;
  return false;
}

/* Replaces what the point sees by facets that lead to it. false: there is no room. */
static bool take_point(hull_build *b, int point, int *seen) {
  int count = list_seen(b, point, seen), first = b->facet_count;
  for (int i = 0; i < count; i++)
    for (int e = 0; e < 3; e++) {
      const hull_facet *f = &b->facets[seen[i]];
      int from = f->vertex[e], to = f->vertex[(e + 1) % 3];
      int across = facet_across(b, from, to);
      if (is_listed(seen, count, across)) continue;
      if (add_facet(b, from, to, point) < 0) return false;
    }
  for (int i = 0; i < count; i++) b->facets[seen[i]].exists = false;
  b->owner[point] = -1;
  for (int i = 0; i < b->count; i++) {
    if (b->owner[i] < 0 || b->facets[b->owner[i]].exists) continue;
    b->owner[i] = -1;
    b->distance[i] = 0;
    for (int f = first; f < b->facet_count; f++) offer(b, i, f);
  }
  b->taken++;
  return true;
}

/* Removes the facets that are gone, so that there is room for more. */
static void compact(hull_build *b) {
  int *now = b->owner, kept = 0;
  for (int f = 0; f < b->facet_count; f++) {
    if (!b->facets[f].exists) continue;
    for (int i = 0; i < b->count && kept != f; i++)
      if (now[i] == f) now[i] = kept;
    b->facets[kept++] = b->facets[f];
  }
  b->facet_count = kept;
}

static myr_status grow(hull_build *b, myr_error *error) {
  int *seen = malloc((size_t)b->facet_capacity * sizeof *seen), point;
  if (!seen) return myr_fail(error, MYR_ERROR, "out of memory for a hull");
  bool whole = true;
  while (whole && b->taken < b->most && (point = farthest_outside(b)) >= 0) {
    whole = take_point(b, point, seen);
    if (b->facet_count > b->facet_capacity / 2) compact(b);
  }
  free(seen);
  compact(b);
  return whole ? MYR_OK : myr_fail(error, MYR_ERROR, "a hull of more facets than %d vertices can have", b->taken);
}

/* ------------------------------------------------------------------------------------------------ all */
static myr_status measure(hull_build *b, myr_error *error) {
  double low[3] = {INFINITY, INFINITY, INFINITY}, high[3] = {-INFINITY, -INFINITY, -INFINITY};
  for (int i = 0; i < b->count; i++)
    for (int k = 0; k < 3; k++) {
      double x = point_of(b, i)[k];
      if (!isfinite(x)) return myr_fail(error, MYR_INVALID, "point %d is not finite", i);
      low[k] = fmin(low[k], x);
      high[k] = fmax(high[k], x);
    }
  for (int k = 0; k < 3; k++) b->size = fmax(b->size, (high[k] - low[k]) / 2);
  return MYR_OK;
}

/* The farthest that a point which was left out lies from the hull, m. */
static double error_of(const hull_build *b) {
  double most = 0;
  for (int i = 0; i < b->count; i++) {
    if (b->owner[i] < 0) continue;
    double nearest = INFINITY;
    for (int f = 0; f < b->facet_count; f++)
      nearest = fmin(nearest, facet_distance(&b->facets[f], b->points, point_of(b, i)));
    most = fmax(most, nearest);
  }
  return fmax(most, NOISE * b->size);
}

static myr_status build(hull_build *b, myr_hull *hull, myr_error *error) {
  myr_status status = measure(b, error);
  if (!status) status = begin(b, error);
  if (!status) status = grow(b, error);
  if (!status) status = hull_faces_create(b->points, b->facets, b->facet_count, b->size, hull, error);
  if (!status) hull->error = error_of(b);
  return status;
}

myr_status myr_hull_create(const double *points, int count, int most, myr_hull *hull, myr_error *error) {
  *hull = (myr_hull){0};
  if (count < 4) return myr_fail(error, MYR_INVALID, "%d points have no volume", count);
  if (most < 4 || most > MYR_HULL_VERTICES) return myr_fail(error, MYR_INVALID, "a hull of %d vertices", most);
  hull_build b = {.points = points, .count = count, .most = most, .facet_capacity = 8 * MYR_HULL_VERTICES};
  b.facets = calloc((size_t)b.facet_capacity, sizeof *b.facets);
  b.owner = malloc((size_t)count * sizeof *b.owner);
  b.distance = calloc((size_t)count, sizeof *b.distance);
  myr_status status;
  if (b.facets && b.owner && b.distance) {
    for (int i = 0; i < count; i++) b.owner[i] = -1;
    status = build(&b, hull, error);
  } else {
    status = myr_fail(error, MYR_ERROR, "out of memory for a hull of %d points", count);
  }
  free(b.facets);
  free(b.owner);
  free(b.distance);
  return status;
}

void myr_hull_free(myr_hull *hull) {
  free(hull->vertex);
  free(hull->normal);
  free(hull->corner);
  free(hull->corner_count);
  *hull = (myr_hull){0};
}
