/* The distance of two levels: the two-sided Hausdorff distance, bounded from above (after Guthe, Borodin and
 * Klein, "Fast and accurate Hausdorff distance calculation between meshes", 2005).
 *
 * The distance from a convex set is a convex function, so no point of a convex polygon is farther from a triangle than
 * one of the polygon's corners is. A polygon is done when all its corners are nearer to one triangle of the other level
 * than the distance already found. Other polygons are cut along the prism over the nearest triangle, within which that
 * bound is tight. */
#include <math.h>
#include <string.h>

#include "render/mesh_parts.h"

static const double relative_tolerance = 0.02, absolute_tolerance = 1e-4; /* the latter times the surface's size */

/* A convex part of a triangle. */
enum { MOST_CORNERS = 16, MOST_CUTS = 100 };
typedef struct polygon {
  int count;
  double corner[MOST_CORNERS][3];
} polygon;

typedef struct search {
  const mesh_surface *surface;
  const mesh_level *target;
  double farthest; /* known: some point is at this distance from the target */
  double bound;    /* where cutting ended, no point is farther than this */
  double floor;    /* m: nothing below this matters */
  int hint;        /* a triangle of the target, probably near */
} search;

static double dot(const double a[3], const double b[3]) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
static double square_distance(const double a[3], const double b[3]) {
  double d[3] = {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
  return dot(d, d);
}
/* The squared distance of p from a + s ab + t ac. */
static double distance_to(const double p[3], const double a[3], const double ab[3], const double ac[3], double s,
                          double t) {
  double q[3];
  for (int k = 0; k < 3; k++) q[k] = a[k] + s * ab[k] + t * ac[k];
  return square_distance(p, q);
}
static double larger(double a, double b) { return a < b ? b : a; }
static double ratio(double part, double rest) { return part + rest > 0 ? part / (part + rest) : 0; }

/* The square of the distance of a point from a triangle (Ericson, "Real-Time Collision Detection", 5.1.5). */
static double triangle_distance(const double p[3], const double a[3], const double b[3], const double c[3]) {
  double ab[3], ac[3], ap[3], bp[3], cp[3];
  for (int k = 0; k < 3; k++) {
    ab[k] = b[k] - a[k], ac[k] = c[k] - a[k];
    ap[k] = p[k] - a[k], bp[k] = p[k] - b[k], cp[k] = p[k] - c[k];
  }
  double d1 = dot(ab, ap), d2 = dot(ac, ap), d3 = dot(ab, bp), d4 = dot(ac, bp), d5 = dot(ab, cp), d6 = dot(ac, cp);
  if (d1 <= 0 && d2 <= 0) return dot(ap, ap);
  if (d3 >= 0 && d4 <= d3) return dot(bp, bp);
  if (d6 >= 0 && d5 <= d6) return dot(cp, cp);
  double vc = d1 * d4 - d3 * d2, vb = d5 * d2 - d1 * d6, va = d3 * d6 - d5 * d4;
  if (vc <= 0 && d1 >= 0 && d3 <= 0) return distance_to(p, a, ab, ac, ratio(d1, -d3), 0);
  if (vb <= 0 && d2 >= 0 && d6 <= 0) return distance_to(p, a, ab, ac, 0, ratio(d2, -d6));
  if (va <= 0 && d4 >= d3 && d5 >= d6) {
    double t = ratio(d4 - d3, d5 - d6);
    return distance_to(p, a, ab, ac, 1 - t, t);
  }
  double sum = va + vb + vc;
  if (!(sum > 0)) return dot(ap, ap); /* no area: any point of the triangle gives a bound */
  return distance_to(p, a, ab, ac, vb / sum, vc / sum);
}

static double distance_from(const search *s, const double p[3], int triangle) {
  const int *t = s->target->triangles[triangle];
  return triangle_distance(p, mesh_corner(s->surface, t, 0), mesh_corner(s->surface, t, 1),
                           mesh_corner(s->surface, t, 2));
}

static double node_distance(const myr_mesh_node *node, const double p[3]) {
  double sum = 0;
  for (int k = 0; k < 3; k++) {
    double d = p[k] < node->low[k] ? node->low[k] - p[k] : p[k] > node->high[k] ? p[k] - node->high[k] : 0;
    sum += d * d;
  }
  return sum;
}

/* The largest distance of a polygon's corners from one triangle of the target. */
static double corners_distance(const search *s, const polygon *p, int triangle) {
  double largest = 0;
  for (int k = 0; k < p->count; k++) largest = larger(largest, distance_from(s, p->corner[k], triangle));
  return sqrt(largest);
}

static double settled(const search *s) { return larger(s->farthest * (1 + relative_tolerance), s->floor); }

/* The distance of p, a point of the polygon, from the target; s->hint becomes the nearest triangle. Stops as soon as it
 * finds a triangle that settles the polygon, and sets *done (polygon NULL: it never stops early). */
static double nearest(search *s, const double p[3], const polygon *part, bool *done) {
  enum { STACK = 96 }; /* as deep as any hierarchy */
  struct {
    int node;
    double distance;
  } stack[STACK];
  int depth = 0;
  const double enough = part ? settled(s) * settled(s) : -1;
  double best = distance_from(s, p, s->hint);
  stack[depth].node = 0;
  stack[depth++].distance = 0;
  *done = false;
  while (depth > 0) {
    depth--;
    if (stack[depth].distance >= best) continue;
    const myr_mesh_node *node = s->target->nodes + stack[depth].node;
    if (node->count > 0) {
      for (int i = node->first; i < node->first + node->count; i++) {
        double distance = distance_from(s, p, i);
        if (distance < best) best = distance, s->hint = i;
        if (!part || distance > enough || corners_distance(s, part, i) > settled(s)) continue;
        s->hint = i;
        *done = true;
        return 0;
      }
      continue;
    }
    const myr_mesh_node *children = s->target->nodes + node->first;
    double d0 = node_distance(children, p), d1 = node_distance(children + 1, p);
    int near = d1 < d0; /* goes on top */
    stack[depth].node = node->first + !near;
    stack[depth++].distance = near ? d0 : d1;
    stack[depth].node = node->first + near;
    stack[depth++].distance = near ? d1 : d0;
  }
  return sqrt(best);
}

/* The parts of a polygon where the plane's value is negative and where it is not. Corners on the plane belong to
 * both. */
static void cut(const polygon *p, const double normal[3], const double origin[3], polygon *inner, polygon *outer) {
  inner->count = outer->count = 0;
  for (int i = 0; i < p->count; i++) {
    const double *a = p->corner[i], *b = p->corner[(i + 1) % p->count];
    double to_a[3], to_b[3];
    for (int k = 0; k < 3; k++) to_a[k] = a[k] - origin[k], to_b[k] = b[k] - origin[k];
    double at_a = dot(normal, to_a), at_b = dot(normal, to_b);
    if (at_a <= 0) memcpy(inner->corner[inner->count++], a, sizeof inner->corner[0]);
    if (at_a >= 0) memcpy(outer->corner[outer->count++], a, sizeof outer->corner[0]);
    if (!((at_a < 0 && at_b > 0) || (at_a > 0 && at_b < 0))) continue;
    double t = at_a / (at_a - at_b);
    for (int k = 0; k < 3; k++)
      inner->corner[inner->count][k] = outer->corner[outer->count][k] = a[k] + t * (b[k] - a[k]);
    inner->count++;
    outer->count++;
  }
}

/* Whether a cut is worthwhile: both parts reach farther from the plane than a small part of the tolerance. */
static bool straddles(const search *s, const polygon *p, const double normal[3], const double origin[3]) {
  const double least = 0.01 * settled(s) * sqrt(dot(normal, normal));
  double low = 0, high = 0;
  for (int i = 0; i < p->count; i++) {
    double to[3];
    for (int k = 0; k < 3; k++) to[k] = p->corner[i][k] - origin[k];
    double at = dot(normal, to);
    low = at < low ? at : low;
    high = larger(high, at);
  }
  return low < -least && high > least;
}

static void middle_of(const polygon *p, double middle[3]) {
  for (int k = 0; k < 3; k++) {
    middle[k] = 0;
    for (int i = 0; i < p->count; i++) middle[k] += p->corner[i][k];
    middle[k] /= p->count;
  }
}

/* Ends the cutting with the smaller of two bounds: the bound by one triangle, and the distance at the middle plus the
 * length of the way from there to a corner, because the distance grows at most by that length. */
static void accept_bound(search *s, const polygon *p, double bound) {
  double middle[3], radius = 0;
  bool done;
  middle_of(p, middle);
  for (int k = 0; k < p->count; k++) radius = larger(radius, square_distance(middle, p->corner[k]));
  radius = nearest(s, middle, NULL, &done) + sqrt(radius);
  s->bound = larger(s->bound, radius < bound ? radius : bound);
}

static void search_polygon(search *s, const polygon *p, int cuts);

/* Cuts the polygon across the line from its middle to the farthest corner. */
static void halve(search *s, const polygon *p, int cuts) {
  double middle[3], normal[3] = {0, 0, 0}, farthest = -1;
  polygon inner, outer;
  middle_of(p, middle);
  for (int i = 0; i < p->count; i++) {
    double distance = square_distance(middle, p->corner[i]);
    if (!(distance > farthest)) continue;
    farthest = distance;
    for (int k = 0; k < 3; k++) normal[k] = p->corner[i][k] - middle[k];
  }
  cut(p, normal, middle, &inner, &outer);
  if (inner.count >= 3) search_polygon(s, &inner, cuts + 1);
  if (outer.count >= 3) search_polygon(s, &outer, cuts + 1);
}

static void search_polygon(search *s, const polygon *p, int cuts) {
  double middle[3];
  bool done;
  if (corners_distance(s, p, s->hint) <= settled(s)) return;
  middle_of(p, middle);
  double distance = nearest(s, middle, p, &done);
  if (done) return;
  s->farthest = larger(s->farthest, distance);
  const int triangle = s->hint;
  double bound = corners_distance(s, p, triangle);
  if (bound <= settled(s)) return;
  if (cuts == MOST_CUTS) {
    accept_bound(s, p, bound);
    return;
  }
  if (p->count + 3 > MOST_CORNERS) { /* each cut may add a corner */
    halve(s, p, cuts);
    return;
  }
  const int *t = s->target->triangles[triangle];
  double face[3];
  mesh_face_normal(mesh_corner(s->surface, t, 0), mesh_corner(s->surface, t, 1), mesh_corner(s->surface, t, 2), face);
  polygon rest = *p, inner, outer;
  for (int k = 0; k < 3; k++) {
    const double *a = mesh_corner(s->surface, t, k), *b = mesh_corner(s->surface, t, (k + 1) % 3);
    double along[3] = {b[0] - a[0], b[1] - a[1], b[2] - a[2]};
    double across[3] = {along[1] * face[2] - along[2] * face[1], along[2] * face[0] - along[0] * face[2],
                        along[0] * face[1] - along[1] * face[0]};
    if (!straddles(s, &rest, across, a)) continue;
    cut(&rest, across, a, &inner, &outer);
    search_polygon(s, &outer, cuts + 1);
    rest = inner;
  }
  bound = corners_distance(s, &rest, triangle);
  if (bound <= settled(s)) return;
  for (int k = 0; k < rest.count; k++) s->farthest = larger(s->farthest, nearest(s, rest.corner[k], NULL, &done));
  if (bound > settled(s)) halve(s, &rest, cuts); /* over a ridge, where no prism reaches, or partly nearer to others */
}

/* No point of `from` is farther than this from `to`. */
static double one_sided(const mesh_surface *surface, const mesh_level *from, const mesh_level *to, double floor) {
  search s = {.surface = surface, .target = to, .floor = floor};
  enum { PROBES = 1024 }; /* first points; a larger known distance saves cuts */
  int stride = from->triangle_count / PROBES + 1;
  for (int i = 0; i < from->triangle_count; i += stride) {
    const double *a = mesh_corner(surface, from->triangles[i], 0), *b = mesh_corner(surface, from->triangles[i], 1);
    const double *c = mesh_corner(surface, from->triangles[i], 2);
    double middle[3];
    for (int k = 0; k < 3; k++) middle[k] = (a[k] + b[k] + c[k]) / 3;
    bool done;
    s.farthest = larger(s.farthest, larger(nearest(&s, a, NULL, &done), nearest(&s, middle, NULL, &done)));
  }
  for (int i = 0; i < from->triangle_count; i++) {
    polygon p = {.count = 3};
    for (int k = 0; k < 3; k++) memcpy(p.corner[k], mesh_corner(surface, from->triangles[i], k), sizeof p.corner[k]);
    search_polygon(&s, &p, 0);
  }
  return larger(settled(&s), s.bound);
}

double mesh_distance(const mesh_surface *surface, const mesh_level *a, const mesh_level *b, double floor) {
  double diagonal = 0;
  for (int k = 0; k < 3; k++) {
    double extent = (double)b->nodes[0].high[k] - b->nodes[0].low[k];
    diagonal += extent * extent;
  }
  floor = larger(floor, absolute_tolerance * sqrt(diagonal));
  return larger(one_sided(surface, a, b, floor), one_sided(surface, b, a, floor));
}
