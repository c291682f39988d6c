#include "sim/hull_faces.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Triangles are of one face if their corners lie so near the plane of its largest one, by the size, and they are turned
 * about alike: files have 5 to 7 digits, and the normals of slivers are noise. */
#define ONE_PLANE 3e-5
#define ALIKE 0.99
#define STRAIGHT 1e-5 /* of the size: a corner that juts out less is none */

enum { MOST_FACETS = 2 * MYR_HULL_VERTICES };

/* ------------------------------------------------------------------------------------------------ distances */
static double segment_distance(const double a[3], const double b[3], const double at[3]) {
  double along[3], from[3], rest[3];
  subtract3(b, a, along);
  subtract3(at, a, from);
  double t = fmax(0, fmin(1, dot3(along, from) / fmax(dot3(along, along), 1e-300)));
  for (int k = 0; k < 3; k++) rest[k] = from[k] - t * along[k];
  return sqrt(dot3(rest, rest));
}

double facet_distance(const hull_facet *facet, const double *points, const double at[3]) {
  double nearest = INFINITY;
  bool over = true;
  for (int e = 0; e < 3; e++) {
    const double *a = points + (ptrdiff_t)3 * facet->vertex[e], *b = points + (ptrdiff_t)3 * facet->vertex[(e + 1) % 3];
    double side[3], from[3], inwards[3];
    subtract3(b, a, side);
    subtract3(at, a, from);
    cross3(facet->normal, side, inwards);
    over &= dot3(inwards, from) >= 0;
    nearest = fmin(nearest, segment_distance(a, b, at));
  }
  return over ? fabs(dot3(facet->normal, at) - facet->offset) : nearest;
}

/* ------------------------------------------------------------------------------------------------ faces */
typedef struct face_build {
  const double *points;
  const hull_facet *facets;
  int count;
  double size;
  int face[MOST_FACETS]; /* of each facet; -1: none yet */
  int *number;           /* of each point among the vertices; -1: none */
  myr_hull *hull;
} face_build;

/* A corner of a face, in the coordinates of its plane. */
typedef struct face_corner {
  int vertex;
  double u, v;
} face_corner;

static const double *place_of(const face_build *b, int point) { return b->points + (ptrdiff_t)3 * point; }

static bool joins(const face_build *b, const hull_facet *seed, const hull_facet *f) {
  bool near = dot3(seed->normal, f->normal) > ALIKE || f->area <= 1e-12 * b->size * b->size;
  for (int e = 0; e < 3; e++)
    near &= fabs(dot3(seed->normal, place_of(b, f->vertex[e])) - seed->offset) <= ONE_PLANE * b->size;
  return near;
}

static bool share_edge(const hull_facet *a, const hull_facet *b) {
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++)
      if (a->vertex[i] == b->vertex[(k + 1) % 3] && a->vertex[(i + 1) % 3] == b->vertex[k]) return true;
  return false;
}

static int largest_free_facet(const face_build *b) {
  int best = -1;
  for (int f = 0; f < b->count; f++)
    if (b->face[f] < 0 && (best < 0 || b->facets[f].area > b->facets[best].area)) best = f;
  return best;
}

/* Gives all facets of the seed's plane that hang together with it the number of its face. */
static void grow_face(face_build *b, int seed, int number) {
  int queue[MOST_FACETS], queued = 0;
  b->face[queue[queued++] = seed] = number;
  for (int i = 0; i < queued; i++)
    for (int f = 0; f < b->count; f++) {
      if (b->face[f] >= 0 || !share_edge(&b->facets[queue[i]], &b->facets[f])) continue;
      if (!joins(b, &b->facets[seed], &b->facets[f])) continue;
      b->face[queue[queued++] = f] = number;
    }
}

static double turn_of(const face_corner *a, const face_corner *b, const face_corner *c) {
  return (b->u - a->u) * (c->v - a->v) - (b->v - a->v) * (c->u - a->u);
}

static int by_place(const void *one, const void *two) {
  const face_corner *a = one, *b = two;
  if (a->u != b->u) return a->u < b->u ? -1 : 1;
  return a->v < b->v ? -1 : a->v > b->v;
}

/* The convex polygon of points in a plane, to the left (Andrew's monotone chain). Returns its number of corners. */
static int polygon_of(face_corner *points, int count, face_corner *polygon) {
  qsort(points, (size_t)count, sizeof *points, by_place);
  int kept = 0;
  for (int half = 0; half < 2; half++) {
    int least = kept + 1;
    for (int n = 0; n < count; n++) {
      const face_corner *point = &points[half ? count - 1 - n : n];
      while (kept > least && turn_of(&polygon[kept - 2], &polygon[kept - 1], point) <= 0) kept--;
      polygon[kept++] = *point;
    }
    kept--; /* the other half begins with it */
  }
  return kept;
}

/* Leaves out corners that lose least area: those that hardly jut out, and all beyond the most. */
static int simplify(face_corner *polygon, int count, double size) {
  while (count > 3) {
    int least = 0;
    double area = INFINITY, jut = 0;
    for (int k = 0; k < count; k++) {
      const face_corner *before = &polygon[(k + count - 1) % count], *after = &polygon[(k + 1) % count];
      double lost = turn_of(before, &polygon[k], after);
      if (lost >= area) continue;
      area = lost;
      least = k;
      jut = lost / fmax(hypot(after->u - before->u, after->v - before->v), 1e-300);
    }
    if (count <= MYR_HULL_CORNERS && jut > STRAIGHT * size) break;
    memmove(polygon + least, polygon + least + 1, (size_t)(count - least - 1) * sizeof *polygon);
    count--;
  }
  return count;
}

/* Two unit vectors that complete a normal to a frame. */
static void frame_of(const double normal[3], double u[3], double v[3]) {
  double other[3] = {fabs(normal[0]) < 0.7, fabs(normal[0]) >= 0.7, 0};
  cross3(other, normal, u);
  double length = sqrt(dot3(u, u));
  for (int k = 0; k < 3; k++) u[k] /= length;
  cross3(normal, u, v);
}

static void face_normal(const face_build *b, int number, double normal[3]) {
  memset(normal, 0, 3 * sizeof *normal);
  for (int f = 0; f < b->count; f++)
    for (int k = 0; k < 3 && b->face[f] == number; k++) normal[k] += b->facets[f].area * b->facets[f].normal[k];
  double length = sqrt(dot3(normal, normal));
  for (int k = 0; k < 3; k++) normal[k] /= fmax(length, 1e-300);
}

/* Adds the face to the hull, unless it is a sliver. */
static void add_face(face_build *b, int number) {
  face_corner points[3 * MOST_FACETS], polygon[3 * MOST_FACETS + 2];
  double *normal = b->hull->normal + (ptrdiff_t)3 * b->hull->face_count, u[3], v[3];
  int32_t *corner = b->hull->corner + (ptrdiff_t)MYR_HULL_CORNERS * b->hull->face_count;
  int count = 0;
  face_normal(b, number, normal);
  frame_of(normal, u, v);
  for (int f = 0; f < b->count; f++)
    for (int e = 0; e < 3 && b->face[f] == number; e++) {
      int vertex = b->facets[f].vertex[e];
      points[count++] = (face_corner){vertex, dot3(u, place_of(b, vertex)), dot3(v, place_of(b, vertex))};
    }
  count = simplify(polygon, polygon_of(points, count, polygon), b->size);
  if (count < 3) return;
  b->hull->corner_count[b->hull->face_count++] = count;
  if (count > b->hull->corners) b->hull->corners = count;
  for (int k = 0; k < MYR_HULL_CORNERS; k++) corner[k] = b->number[polygon[k < count ? k : count - 1].vertex];
}

/* ------------------------------------------------------------------------------------------------ vertices */
/* The centre of volume, from the tetrahedra of each facet with the first vertex. */
static void find_center(const face_build *b, double center[3]) {
  const double *apex = place_of(b, b->facets[0].vertex[0]);
  double volume = 0, moment[3] = {0, 0, 0};
  for (int f = 0; f < b->count; f++) {
    double height = b->facets[f].offset - dot3(b->facets[f].normal, apex), part = height * b->facets[f].area / 3;
    volume += part;
    for (int k = 0; k < 3; k++) {
      double sum = apex[k];
      for (int e = 0; e < 3; e++) sum += place_of(b, b->facets[f].vertex[e])[k];
      moment[k] += part * sum / 4;
    }
  }
  for (int k = 0; k < 3; k++) center[k] = moment[k] / volume;
}

static void number_vertices(face_build *b) {
  myr_hull *hull = b->hull;
  for (int f = 0; f < b->count; f++)
    for (int e = 0; e < 3; e++) {
      int point = b->facets[f].vertex[e];
      if (b->number[point] >= 0) continue;
      subtract3(place_of(b, point), hull->center, hull->vertex + (ptrdiff_t)3 * hull->vertex_count);
      hull->reach = fmax(hull->reach, sqrt(dot3(hull->vertex + (ptrdiff_t)3 * hull->vertex_count,
                                                hull->vertex + (ptrdiff_t)3 * hull->vertex_count)));
      b->number[point] = hull->vertex_count++;
    }
}

static void find_inradius(myr_hull *hull) {
  hull->inradius = INFINITY;
  for (int f = 0; f < hull->face_count; f++) {
    double highest = -INFINITY;
    for (int i = 0; i < hull->vertex_count; i++)
      highest = fmax(highest, dot3(hull->normal + (ptrdiff_t)3 * f, hull->vertex + (ptrdiff_t)3 * i));
    hull->inradius = fmin(hull->inradius, highest);
  }
}

static bool allocate(myr_hull *hull) {
  hull->vertex = calloc((size_t)3 * MYR_HULL_VERTICES, sizeof *hull->vertex);
  hull->normal = calloc((size_t)3 * MOST_FACETS, sizeof *hull->normal);
  hull->corner = calloc((size_t)MYR_HULL_CORNERS * MOST_FACETS, sizeof *hull->corner);
  hull->corner_count = calloc(MOST_FACETS, sizeof *hull->corner_count);
  return hull->vertex && hull->normal && hull->corner && hull->corner_count;
}

static int largest_point(const hull_facet *facets, int count) {
  int most = 0;
  for (int f = 0; f < count; f++)
    for (int e = 0; e < 3; e++) most = facets[f].vertex[e] > most ? facets[f].vertex[e] : most;
  return most;
}

myr_status hull_faces_create(const double *points, const hull_facet *facets, int count, double size, myr_hull *hull,
                             myr_error *error) {
  if (count > MOST_FACETS) return myr_fail(error, MYR_ERROR, "a hull of %d facets", count);
  face_build b = {.points = points, .facets = facets, .count = count, .size = size, .hull = hull};
  int point_count = largest_point(facets, count) + 1, seed, grown = 0;
  b.number = malloc((size_t)point_count * sizeof *b.number);
  if (!b.number || !allocate(hull)) {
    free(b.number);
    return myr_fail(error, MYR_ERROR, "out of memory for a hull of %d facets", count);
  }
  for (int i = 0; i < point_count; i++) b.number[i] = -1;
  for (int f = 0; f < count; f++) b.face[f] = -1;
  find_center(&b, hull->center);
  number_vertices(&b);
  while ((seed = largest_free_facet(&b)) >= 0) grow_face(&b, seed, grown++);
  for (int f = 0; f < grown; f++) add_face(&b, f);
  find_inradius(hull);
  free(b.number);
  return MYR_OK;
}
