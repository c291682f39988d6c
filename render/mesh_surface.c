/* Makes a surface from a source: welds points, checks the input, computes normals. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/mesh_parts.h"

/* cos 40 degrees: faces that meet at a larger angle have an edge between them. */
static const double crease_cosine = 0.766044443118978;

void mesh_face_normal(const double a[3], const double b[3], const double c[3], double normal[3]) {
  double u[3], v[3];
  for (int k = 0; k < 3; k++) u[k] = b[k] - a[k], v[k] = c[k] - a[k];
  normal[0] = u[1] * v[2] - u[2] * v[1];
  normal[1] = u[2] * v[0] - u[0] * v[2];
  normal[2] = u[0] * v[1] - u[1] * v[0];
}

static double dot(const double a[3], const double b[3]) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

/* ------------------------------------------------------------------------------------------------ checks */

static bool all_finite(const float *numbers, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!isfinite(numbers[i])) return false;
  return true;
}

static myr_status check_indices(const int32_t *index, int triangle_count, int count, const char *what,
                                myr_error *error) {
  for (int i = 0; i < 3 * triangle_count; i++)
    if (index[i] < 0 || index[i] >= count)
      return myr_fail(error, MYR_INVALID, "triangle %d names %s %d, but there are %d", i / 3, what, index[i], count);
  return MYR_OK;
}

static myr_status check_source(const mesh_source *s, myr_error *error) {
  if (s->vertex_count < 1 || s->triangle_count < 1) return myr_fail(error, MYR_INVALID, "the mesh has no triangles");
  if (s->triangle_count > INT32_MAX / 12)
    return myr_fail(error, MYR_INVALID, "the mesh has %d triangles; at most %d fit", s->triangle_count, INT32_MAX / 12);
  myr_status status = check_indices(s->triangles, s->triangle_count, s->vertex_count, "vertex", error);
  if (status == MYR_OK && s->normals)
    status = check_indices(s->normal_index ? s->normal_index : s->triangles, s->triangle_count, s->normal_count,
                           "normal", error);
  if (status == MYR_OK && s->uv)
    status = check_indices(s->uv_index ? s->uv_index : s->triangles, s->triangle_count, s->uv_count,
                           "texture coordinate", error);
  if (status != MYR_OK) return status;
  if (!all_finite(s->positions, 3 * (size_t)s->vertex_count))
    return myr_fail(error, MYR_INVALID, "a vertex of the mesh is not finite");
  if (s->normals && !all_finite(s->normals, 3 * (size_t)s->normal_count))
    return myr_fail(error, MYR_INVALID, "a normal of the mesh is not finite");
  if (s->uv && !all_finite(s->uv, 2 * (size_t)s->uv_count))
    return myr_fail(error, MYR_INVALID, "a texture coordinate of the mesh is not finite");
  return MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ welding */

/* Numbers rows of `width` 32-bit words; equal rows get equal numbers, in the order of first appearance. number[i] is
 * that of row i. Returns the number of different rows; -1: out of memory. */
static int number_rows(const uint32_t *rows, int width, int count, int *number) {
  size_t slots = 16;
  while (slots < 2 * (size_t)count) slots *= 2;
  int *table = malloc(slots * sizeof *table); /* the first of equal rows; -1: free */
  if (!table) return -1;
  memset(table, 0xff, slots * sizeof *table);
  int numbered = 0;
  for (int i = 0; i < count; i++) {
    const uint32_t *row = rows + (size_t)i * (size_t)width;
    uint64_t hash = 0;
    for (int k = 0; k < width; k++) { /* a multiplicative mixer; any mixer gives the same result */
      /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): there are rows, and three times their number does not overflow */
      hash = (hash ^ row[k]) * 0x9e3779b97f4a7c15u;
      hash ^= hash >> 29;
    }
    size_t slot = (size_t)hash & (slots - 1);
    while (table[slot] >= 0 &&
           memcmp(rows + (size_t)table[slot] * (size_t)width, row, (size_t)width * sizeof *row) != 0)
      slot = (slot + 1) & (slots - 1);
    if (table[slot] < 0) {
      table[slot] = i;
      number[i] = numbered++;
    } else {
      number[i] = number[table[slot]];
    }
  }
  free(table);
  return numbered;
}

static uint32_t bits_of(float x) {
  uint32_t bits;
  x += 0.0f; /* -0 and 0 are one place */
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* Welds points and fills corner_point with the points of every triangle. Triangles without three different points are
 * dropped, and kept[] holds each remaining triangle's number in the source. */
static bool weld_points(const mesh_source *source, mesh_surface *surface, int *corner_point, int *kept) {
  int count = source->vertex_count;
  uint32_t *rows = malloc(3 * (size_t)count * sizeof *rows);
  int *number = malloc((size_t)count * sizeof *number);
  bool done = rows && number;
  if (done) {
    for (size_t i = 0; i < 3 * (size_t)count; i++) rows[i] = bits_of(source->positions[i]);
    surface->point_count = number_rows(rows, 3, count, number);
    surface->points = malloc((size_t)count * sizeof *surface->points);
    done = surface->point_count >= 0 && surface->points;
  }
  if (done) {
    for (int i = 0; i < count; i++)
      for (int k = 0; k < 3; k++) surface->points[number[i]][k] = source->positions[3 * i + k] + 0.0f;
    for (int i = 0; i < source->triangle_count; i++) {
      const int32_t *t = source->triangles + 3 * i;
      int a = number[t[0]], b = number[t[1]], c = number[t[2]];
      if (a == b || b == c || c == a) continue;
      int *corner = corner_point + 3 * surface->triangle_count;
      corner[0] = a, corner[1] = b, corner[2] = c;
      kept[surface->triangle_count++] = i;
    }
  }
  free(rows);
  free(number);
  return done;
}

/* ------------------------------------------------------------------------------------------------ normals */

/* Corners of each point: those of point p are corner[start[p]] .. corner[start[p + 1] - 1], in ascending order. */
static void corners_of_points(const int *corner_point, int corners, int points, int *start, int *corner) {
  memset(start, 0, ((size_t)points + 1) * sizeof *start);
  for (int i = 0; i < corners; i++) start[corner_point[i] + 1]++;
  for (int p = 0; p < points; p++) start[p + 1] += start[p];
  for (int i = 0; i < corners; i++) corner[start[corner_point[i]]++] = i;
  for (int p = points; p > 0; p--) start[p] = start[p - 1];
  start[0] = 0;
}

static void normalize_into(const double n[3], const double fallback[3], float out[3]) {
  double length = sqrt(dot(n, n));
  if (length > 0) {
    for (int k = 0; k < 3; k++) out[k] = (float)(n[k] / length);
    return;
  }
  length = sqrt(dot(fallback, fallback));
  for (int k = 0; k < 3; k++) out[k] = length > 0 ? (float)(fallback[k] / length) : k == 2;
}

/* Every corner's normal: the sum, by area, of the faces around its point that meet its own at less than the crease
 * angle. Corners of one smooth part sum the same faces in the same order, so they get equal bits. */
static bool make_normals(const mesh_surface *surface, const int *corner_point, const double (*face)[3],
                         float (*normal)[3]) {
  int corners = 3 * surface->triangle_count;
  int *start = malloc(((size_t)surface->point_count + 1) * sizeof *start);
  int *around = malloc((size_t)corners * sizeof *around);
  if (start && around) {
    corners_of_points(corner_point, corners, surface->point_count, start, around);
    for (int i = 0; i < corners; i++) {
      const double *own = face[i / 3];
      double sum[3] = {0, 0, 0}, own_square = dot(own, own);
      for (int j = start[corner_point[i]]; j < start[corner_point[i] + 1]; j++) {
        const double *other = face[around[j] / 3];
        double cosine = dot(own, other) / sqrt(own_square * dot(other, other)); /* NaN, hence false, without area */
        if (cosine >= crease_cosine)
          for (int k = 0; k < 3; k++) sum[k] += other[k];
      }
      normalize_into(sum, own, normal[i]);
    }
  }
  bool done = start && around;
  free(start);
  free(around);
  return done;
}

static void take_normals(const mesh_source *source, const mesh_surface *surface, const int *kept,
                         const double (*face)[3], float (*normal)[3]) {
  const int32_t *index = source->normal_index ? source->normal_index : source->triangles;
  for (int i = 0; i < 3 * surface->triangle_count; i++) {
    const float *n = source->normals + 3 * index[3 * kept[i / 3] + i % 3];
    normalize_into((double[3]){n[0], n[1], n[2]}, face[i / 3], normal[i]);
  }
}

/* ------------------------------------------------------------------------------------------------ wedges */

/* Corners of one point with one normal and one place in the texture become a wedge. */
static bool make_wedges(const mesh_source *source, mesh_surface *surface, const int *corner_point, const int *kept,
                        const float (*normal)[3]) {
  enum { WIDTH = 6 }; /* point, normal, uv */
  int corners = 3 * surface->triangle_count;
  const int32_t *index = source->uv_index ? source->uv_index : source->triangles;
  uint32_t *rows = calloc((size_t)corners * WIDTH, sizeof *rows);
  surface->triangles = malloc((size_t)surface->triangle_count * sizeof *surface->triangles);
  if (!rows || !surface->triangles) return free(rows), false;
  for (int i = 0; i < corners; i++) {
    uint32_t *row = rows + (size_t)i * WIDTH;
    row[0] = (uint32_t)corner_point[i];
    for (int k = 0; k < 3; k++) row[1 + k] = bits_of(normal[i][k]);
    if (!source->uv) continue;
    const float *uv = source->uv + 2 * index[3 * kept[i / 3] + i % 3];
    row[4] = bits_of(uv[0]), row[5] = bits_of(uv[1]);
  }
  int *wedge = surface->triangles[0];
  int count = surface->wedge_count = number_rows(rows, WIDTH, corners, wedge);
  if (count >= 0) {
    surface->wedge_point = malloc((size_t)count * sizeof *surface->wedge_point);
    surface->wedge_normal = malloc((size_t)count * sizeof *surface->wedge_normal);
    if (source->uv) surface->wedge_uv = malloc((size_t)count * sizeof *surface->wedge_uv);
  }
  bool done = count >= 0 && surface->wedge_point && surface->wedge_normal && (surface->wedge_uv || !source->uv);
  for (int i = 0; done && i < corners; i++) {
    const uint32_t *row = rows + (size_t)i * WIDTH;
    surface->wedge_point[wedge[i]] = corner_point[i];
    memcpy(surface->wedge_normal[wedge[i]], row + 1, sizeof *surface->wedge_normal);
    if (source->uv) memcpy(surface->wedge_uv[wedge[i]], row + 4, sizeof *surface->wedge_uv);
  }
  free(rows);
  return done;
}

myr_status mesh_surface_create(const mesh_source *source, mesh_surface *surface, myr_error *error) {
  memset(surface, 0, sizeof *surface);
  myr_status status = check_source(source, error);
  if (status != MYR_OK) return status;
  size_t triangles = (size_t)source->triangle_count;
  int *corner_point = malloc(3 * triangles * sizeof *corner_point), *kept = malloc(triangles * sizeof *kept);
  double(*face)[3] = calloc(triangles, sizeof *face);
  float(*normal)[3] = malloc(3 * triangles * sizeof *normal);
  bool done = corner_point && kept && face && normal && weld_points(source, surface, corner_point, kept);
  if (done && surface->triangle_count == 0) {
    status = myr_fail(error, MYR_INVALID, "no triangle of the mesh has three different corners");
  } else if (done) {
    for (int i = 0; i < surface->triangle_count; i++) {
      const int *p = corner_point + 3 * i;
      mesh_face_normal(surface->points[p[0]], surface->points[p[1]], surface->points[p[2]], face[i]);
    }
    if (source->normals)
      take_normals(source, surface, kept, face, normal);
    else
      done = make_normals(surface, corner_point, face, normal);
    done = done && make_wedges(source, surface, corner_point, kept, normal);
  }
  free(corner_point);
  free(kept);
  free(face);
  free(normal);
  if (status == MYR_OK && !done) status = myr_fail(error, MYR_ERROR, "out of memory");
  if (status != MYR_OK) mesh_surface_free(surface);
  return status;
}

void mesh_surface_free(mesh_surface *surface) {
  free(surface->points);
  free(surface->wedge_point);
  free(surface->wedge_normal);
  free(surface->wedge_uv);
  free(surface->triangles);
  memset(surface, 0, sizeof *surface);
}
