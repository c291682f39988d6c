/* Triangles of a hull, and the faces that they make. */
#ifndef MYR_SIM_HULL_FACES_H
#define MYR_SIM_HULL_FACES_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/hull.h"

typedef struct hull_facet {
  int vertex[3];            /* of the points, to the left seen from outside */
  double normal[3], offset; /* the plane: normal . x = offset */
  double area;              /* m^2 */
  bool exists;
} hull_facet;

static inline double dot3(const double a[3], const double b[3]) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
static inline void subtract3(const double a[3], const double b[3], double out[3]) {
  for (int k = 0; k < 3; k++) out[k] = a[k] - b[k];
}
static inline void cross3(const double a[3], const double b[3], double out[3]) {
  for (int k = 0; k < 3; k++) out[k] = a[(k + 1) % 3] * b[(k + 2) % 3] - a[(k + 2) % 3] * b[(k + 1) % 3];
}

/* Fills all of a hull but its error: merges the facets that lie in one plane, and numbers their corners. */
myr_status hull_faces_create(const double *points, const hull_facet *facets, int count, double size, myr_hull *hull,
                             myr_error *error);
/* The distance of a point from a facet, m. */
double facet_distance(const hull_facet *facet, const double *points, const double at[3]);

#endif
