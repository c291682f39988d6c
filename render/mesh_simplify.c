/* Simplification by collapsing edges in the order of their quadric error (Garland and Heckbert, "Surface
 * simplification using quadric error metrics", 1997). A point moves onto a neighbour, never elsewhere, so that
 * levels use the finest level's points, normals and texture coordinates.
 *
 * An edge may collapse when the surface keeps its topology (Dey et al., "Topology preserving edge contraction", 1999:
 * the two ends share just the neighbours that their triangles name), no triangle turns by more than 75 degrees, a
 * border stays where it is, and, with texture coordinates, the part of the texture on either side of a seam stays on
 * its side. A closed surface stays closed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/mesh_parts.h"
#include "sim/grow.h"

/* The weighted sum of squared distances from planes: x A x + 2 b x + c. */
typedef struct quadric {
  double a[6], b[3], c;
} quadric;

/* A point that may move onto a neighbour. It is stale when the point's stamp has changed. */
typedef struct candidate {
  double cost;
  int from, to;
  unsigned stamp;
} candidate;

struct mesh_simplifier {
  const mesh_surface *surface;
  int (*triangles)[3]; /* wedges; first -1: gone */
  int left;
  int *first_corner;          /* (points) of a list of corners; -1: none */
  int *next_corner;           /* (corners); lists keep corners of triangles that are gone until they are walked */
  quadric *quadrics;          /* (points) */
  unsigned *stamps;           /* (points) */
  int *mark;                  /* (points) while neighbours are listed: place in the list + 1; otherwise 0 */
  int *near, *near_triangles; /* the neighbours of a point, and the number of the point's triangles that contain each */
  int near_room;
  candidate *heap;
  int heap_count;
  int64_t heap_room;
};

/* The weight of a border's planes relative to a face's. */
static const double border_weight = 10;
/* Squared cosine of the angle by which a triangle may turn. */
static const double turn_cosine2 = 0.0625;

/* ------------------------------------------------------------------------------------------------ quadrics */

/* normal need not be unit. */
static void quadric_add_plane(quadric *q, const double normal[3], const double point[3], double weight) {
  double square = normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2];
  if (!(square > 0)) return;
  double d = -(normal[0] * point[0] + normal[1] * point[1] + normal[2] * point[2]);
  double w = weight / square;
  q->a[0] += w * normal[0] * normal[0], q->a[1] += w * normal[0] * normal[1], q->a[2] += w * normal[0] * normal[2];
  q->a[3] += w * normal[1] * normal[1], q->a[4] += w * normal[1] * normal[2], q->a[5] += w * normal[2] * normal[2];
  for (int k = 0; k < 3; k++) q->b[k] += w * d * normal[k];
  q->c += w * d * d;
}

static double quadric_at(const quadric *q, const double x[3]) {
  double ax = q->a[0] * x[0] + q->a[1] * x[1] + q->a[2] * x[2];
  double ay = q->a[1] * x[0] + q->a[3] * x[1] + q->a[4] * x[2];
  double az = q->a[2] * x[0] + q->a[4] * x[1] + q->a[5] * x[2];
  double value = x[0] * (ax + 2 * q->b[0]) + x[1] * (ay + 2 * q->b[1]) + x[2] * (az + 2 * q->b[2]) + q->c;
  return value > 0 ? value : 0;
}

static void quadric_add(quadric *q, const quadric *other) {
  for (int k = 0; k < 6; k++) q->a[k] += other->a[k];
  for (int k = 0; k < 3; k++) q->b[k] += other->b[k];
  q->c += other->c;
}

/* ------------------------------------------------------------------------------------------------ neighbours */

static int corner_point(const mesh_simplifier *s, int triangle, int k) {
  return s->surface->wedge_point[s->triangles[triangle][k]];
}

/* The first corner of the list from `corner` on whose triangle is left. */
static int living(const mesh_simplifier *s, int corner) {
  while (corner >= 0 && s->triangles[corner / 3][0] < 0) corner = s->next_corner[corner];
  return corner;
}
/* Iterates over the corners at a point. */
#define EACH_CORNER(s, corner, point) \
  for (int corner = living(s, (s)->first_corner[point]); corner >= 0; corner = living(s, (s)->next_corner[corner]))

static int note_neighbour(mesh_simplifier *s, int count, int point) {
  if (s->mark[point] > 0) {
    s->near_triangles[s->mark[point] - 1]++;
    return count;
  }
  /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a point with corners was given room */
  s->near[count] = point;
  s->near_triangles[count] = 1;
  s->mark[point] = count + 1;
  return count + 1;
}

static bool make_near_room(mesh_simplifier *s, int corners) {
  if (2 * corners <= s->near_room) return true;
  int room = 4 * corners;
  int *near = realloc(s->near, (size_t)room * sizeof *near);
  if (near) s->near = near;
  int *triangles = near ? realloc(s->near_triangles, (size_t)room * sizeof *triangles) : NULL;
  if (triangles) s->near_triangles = triangles;
  if (!near || !triangles) return false;
  s->near_room = room;
  return true;
}

/* Lists the neighbours of a point and marks them; -1: out of memory. */
static int list_neighbours(mesh_simplifier *s, int point) {
  int corners = 0, count = 0;
  EACH_CORNER(s, corner, point) corners++;
  if (!make_near_room(s, corners)) return -1;
  EACH_CORNER(s, corner, point) {
    int t = corner / 3, k = corner % 3;
    count = note_neighbour(s, count, corner_point(s, t, (k + 1) % 3));
    count = note_neighbour(s, count, corner_point(s, t, (k + 2) % 3));
  }
  return count;
}
static void unmark_neighbours(mesh_simplifier *s, int count) {
  for (int i = 0; i < count; i++) s->mark[s->near[i]] = 0;
}

static bool triangle_has(const mesh_simplifier *s, int triangle, int point) {
  for (int k = 0; k < 3; k++)
    if (corner_point(s, triangle, k) == point) return true;
  return false;
}

/* ------------------------------------------------------------------------------------------------ collapses */

/* The ends share just the neighbours that their common triangles name: as many as those triangles. The neighbours of
 * `from` are listed and marked. */
static bool keeps_topology(mesh_simplifier *s, int to, int shared_triangles) {
  int common = 0;
  EACH_CORNER(s, corner, to) {
    int t = corner / 3, k = corner % 3;
    for (int side = 1; side <= 2; side++) {
      int *mark = &s->mark[corner_point(s, t, (k + side) % 3)];
      if (*mark <= 0) continue;
      common++;
      *mark = -*mark; /* counted */
    }
  }
  EACH_CORNER(s, corner, to) {
    int t = corner / 3, k = corner % 3;
    for (int side = 1; side <= 2; side++) {
      int *mark = &s->mark[corner_point(s, t, (k + side) % 3)];
      if (*mark < 0) *mark = -*mark;
    }
  }
  return common == shared_triangles;
}

/* Whether no remaining triangle turns too far or loses its area. */
static bool keeps_facing(const mesh_simplifier *s, int from, int to) {
  const double *moved = s->surface->points[to];
  EACH_CORNER(s, corner, from) {
    int t = corner / 3, k = corner % 3;
    if (triangle_has(s, t, to)) continue;
    const double *a = mesh_corner(s->surface, s->triangles[t], k);
    const double *b = mesh_corner(s->surface, s->triangles[t], (k + 1) % 3);
    const double *c = mesh_corner(s->surface, s->triangles[t], (k + 2) % 3);
    double before[3], after[3];
    mesh_face_normal(a, b, c, before);
    mesh_face_normal(moved, b, c, after);
    double cosine = 0, before2 = 0, after2 = 0;
    for (int i = 0; i < 3; i++) {
      cosine += before[i] * after[i];
      before2 += before[i] * before[i];
      after2 += after[i] * after[i];
    }
    if (!(after2 > 0)) return false;
    if (before2 > 0 && !(cosine > 0 && cosine * cosine > turn_cosine2 * before2 * after2)) return false;
  }
  return true;
}

/* The wedge of `to` that replaces a wedge of `from`: the one beside it in a triangle of both. Otherwise, on a surface
 * without texture coordinates, the one with the most similar normal; otherwise -1. */
static int wedge_after(const mesh_simplifier *s, int wedge, int from, int to) {
  int best = -1;
  float best_cosine = -2;
  EACH_CORNER(s, corner, from) {
    int t = corner / 3;
    if (s->triangles[t][corner % 3] != wedge) continue;
    for (int k = 0; k < 3; k++)
      if (corner_point(s, t, k) == to) return s->triangles[t][k];
  }
  if (s->surface->wedge_uv) return -1;
  const float *n = s->surface->wedge_normal[wedge];
  EACH_CORNER(s, corner, to) {
    int other = s->triangles[corner / 3][corner % 3];
    const float *m = s->surface->wedge_normal[other];
    float cosine = n[0] * m[0] + n[1] * m[1] + n[2] * m[2];
    if (cosine > best_cosine) best = other, best_cosine = cosine;
  }
  return best;
}
static bool keeps_seams(const mesh_simplifier *s, int from, int to) {
  if (!s->surface->wedge_uv) return true;
  EACH_CORNER(s, corner, from)
  if (wedge_after(s, s->triangles[corner / 3][corner % 3], from, to) < 0) return false;
  return true;
}

/* The neighbours of `from` are listed and marked; `place` is the place of `to` in that list. */
static bool may_collapse(mesh_simplifier *s, int from, int place, bool border) {
  int to = s->near[place], shared = s->near_triangles[place];
  if (shared > 2 || (border && shared != 1)) return false;
  return keeps_topology(s, to, shared) && keeps_facing(s, from, to) && keeps_seams(s, from, to);
}

/* ------------------------------------------------------------------------------------------------ heap */

static bool sooner(const candidate *a, const candidate *b) {
  if (a->cost != b->cost) return a->cost < b->cost;
  return a->from < b->from;
}
static bool heap_push(mesh_simplifier *s, candidate c) {
  candidate *heap = myr_grow(s->heap, s->heap_count, &s->heap_room, sizeof *heap);
  if (!heap) return false;
  s->heap = heap;
  int i = s->heap_count++;
  for (; i > 0 && sooner(&c, &s->heap[(i - 1) / 2]); i = (i - 1) / 2) s->heap[i] = s->heap[(i - 1) / 2];
  s->heap[i] = c;
  return true;
}
static candidate heap_pop(mesh_simplifier *s) {
  candidate top = s->heap[0], last = s->heap[--s->heap_count];
  int i = 0;
  for (;;) {
    int child = 2 * i + 1;
    if (child >= s->heap_count) break;
    if (child + 1 < s->heap_count && sooner(&s->heap[child + 1], &s->heap[child])) child++;
    if (!sooner(&s->heap[child], &last)) break;
    s->heap[i] = s->heap[child];
    i = child;
  }
  s->heap[i] = last;
  return top;
}

/* Puts the cheapest neighbour that `point` may move onto into the heap, and makes older entries of the point stale. */
static bool enter_candidate(mesh_simplifier *s, int point) {
  int count = list_neighbours(s, point);
  if (count < 0) return false;
  bool border = false;
  for (int i = 0; i < count; i++) border = border || s->near_triangles[i] == 1;
  candidate best = {.from = point, .to = -1, .stamp = ++s->stamps[point]};
  for (int i = 0; i < count; i++) {
    const double *x = s->surface->points[s->near[i]];
    double cost = quadric_at(&s->quadrics[point], x) + quadric_at(&s->quadrics[s->near[i]], x);
    if (best.to >= 0 && (cost > best.cost || (cost == best.cost && s->near[i] > best.to))) continue;
    if (may_collapse(s, point, i, border)) best.cost = cost, best.to = s->near[i];
  }
  unmark_neighbours(s, count);
  return best.to < 0 || heap_push(s, best);
}

/* ------------------------------------------------------------------------------------------------ collapsing */

/* The candidate is checked again, because changes two edges away may have made its first check invalid. */
static bool still_allowed(mesh_simplifier *s, const candidate *c, bool *memory) {
  int count = list_neighbours(s, c->from);
  *memory = count >= 0;
  bool border = false, allowed = false;
  for (int i = 0; i < count; i++) border = border || s->near_triangles[i] == 1;
  for (int i = 0; i < count && !allowed; i++)
    if (s->near[i] == c->to) allowed = may_collapse(s, c->from, i, border);
  unmark_neighbours(s, count);
  return allowed;
}

/* First all remaining triangles get their new corner, because they find it in the triangles that will be removed. */
static void collapse(mesh_simplifier *s, int from, int to) {
  EACH_CORNER(s, corner, from) {
    int *wedge = &s->triangles[corner / 3][corner % 3];
    if (!triangle_has(s, corner / 3, to)) *wedge = wedge_after(s, *wedge, from, to);
  }
  for (int corner = living(s, s->first_corner[from]), next; corner >= 0; corner = next) {
    next = living(s, s->next_corner[corner]);
    if (corner_point(s, corner / 3, corner % 3) == from) {
      s->triangles[corner / 3][0] = -1;
      s->left--;
    } else {
      s->next_corner[corner] = s->first_corner[to];
      s->first_corner[to] = corner;
    }
  }
  s->first_corner[from] = -1;
  quadric_add(&s->quadrics[to], &s->quadrics[from]);
}

bool mesh_simplify(mesh_simplifier *s, int target) {
  while (s->left > target && s->heap_count > 0) {
    candidate c = heap_pop(s);
    if (c.stamp != s->stamps[c.from]) continue;
    bool memory;
    if (!still_allowed(s, &c, &memory)) {
      if (!memory || !enter_candidate(s, c.from)) return false;
      continue;
    }
    collapse(s, c.from, c.to);
    s->stamps[c.from]++;
    int count = list_neighbours(s, c.to);
    if (count < 0) return false;
    int *around = malloc(((size_t)count + 1) * sizeof *around);
    if (around) memcpy(around, s->near, (size_t)count * sizeof *around);
    unmark_neighbours(s, count);
    if (!around) return false;
    around[count] = c.to;
    bool done = true;
    for (int i = 0; i <= count && done; i++) done = enter_candidate(s, around[i]);
    free(around);
    if (!done) return false;
  }
  return true;
}

/* ------------------------------------------------------------------------------------------------ life */

/* Planes of the faces, weighted by area, and across the border, weighted by the square of its edges. */
static bool sum_quadrics(mesh_simplifier *s) {
  const mesh_surface *surface = s->surface;
  for (int t = 0; t < s->left; t++) {
    const double *a = mesh_corner(surface, s->triangles[t], 0), *b = mesh_corner(surface, s->triangles[t], 1);
    double normal[3];
    mesh_face_normal(a, b, mesh_corner(surface, s->triangles[t], 2), normal);
    double area = sqrt(normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2]);
    for (int k = 0; k < 3; k++) quadric_add_plane(&s->quadrics[corner_point(s, t, k)], normal, a, area);
  }
  for (int point = 0; point < surface->point_count; point++) {
    int count = list_neighbours(s, point);
    if (count < 0) return false;
    unmark_neighbours(s, count);
    EACH_CORNER(s, corner, point) {
      int t = corner / 3, k = corner % 3, next = corner_point(s, t, (k + 1) % 3), place = 0;
      /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): as above */
      while (s->near[place] != next) place++;
      if (s->near_triangles[place] != 1) continue;
      const double *a = surface->points[point], *b = surface->points[next];
      double face[3], across[3], along[3] = {b[0] - a[0], b[1] - a[1], b[2] - a[2]};
      mesh_face_normal(a, b, mesh_corner(surface, s->triangles[t], (k + 2) % 3), face);
      across[0] = along[1] * face[2] - along[2] * face[1];
      across[1] = along[2] * face[0] - along[0] * face[2];
      across[2] = along[0] * face[1] - along[1] * face[0];
      double length2 = along[0] * along[0] + along[1] * along[1] + along[2] * along[2];
      quadric_add_plane(&s->quadrics[point], across, a, border_weight * length2);
      quadric_add_plane(&s->quadrics[next], across, a, border_weight * length2);
    }
  }
  return true;
}

mesh_simplifier *mesh_simplifier_create(const mesh_surface *surface) {
  mesh_simplifier *s = calloc(1, sizeof *s);
  if (!s) return NULL;
  size_t points = (size_t)surface->point_count, triangles = (size_t)surface->triangle_count;
  s->surface = surface;
  s->left = surface->triangle_count;
  s->triangles = malloc(triangles * sizeof *s->triangles);
  s->first_corner = malloc(points * sizeof *s->first_corner);
  s->next_corner = malloc(3 * triangles * sizeof *s->next_corner);
  s->quadrics = calloc(points, sizeof *s->quadrics);
  s->stamps = calloc(points, sizeof *s->stamps);
  s->mark = calloc(points, sizeof *s->mark);
  bool done = s->triangles && s->first_corner && s->next_corner && s->quadrics && s->stamps && s->mark;
  if (done) {
    memcpy(s->triangles, surface->triangles, triangles * sizeof *s->triangles);
    memset(s->first_corner, 0xff, points * sizeof *s->first_corner);
    for (int corner = 3 * s->left - 1; corner >= 0; corner--) {
      int point = corner_point(s, corner / 3, corner % 3);
      s->next_corner[corner] = s->first_corner[point];
      s->first_corner[point] = corner;
    }
    done = sum_quadrics(s);
  }
  for (int point = 0; done && point < surface->point_count; point++) done = enter_candidate(s, point);
  if (done) return s;
  mesh_simplifier_free(s);
  return NULL;
}

void mesh_simplifier_free(mesh_simplifier *s) {
  if (!s) return;
  free(s->triangles);
  free(s->first_corner);
  free(s->next_corner);
  free(s->quadrics);
  free(s->stamps);
  free(s->mark);
  free(s->near);
  free(s->near_triangles);
  free(s->heap);
  free(s);
}

int (*mesh_simplifier_triangles(const mesh_simplifier *s, int *count))[3] {
  int(*out)[3] = malloc((size_t)s->left * sizeof *out);
  *count = 0;
  for (int t = 0; out && t < s->surface->triangle_count; t++)
    if (s->triangles[t][0] >= 0) memcpy(out[(*count)++], s->triangles[t], sizeof *out);
  return out;
}
