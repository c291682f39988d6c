/* Floor 2: convex hulls of points, as meshes collide. */
#ifndef MYR_SIM_HULL_H
#define MYR_SIM_HULL_H

#include <stdint.h>

#include "kernels/shape.h"
#include "kernels/status.h"

/* A polytope around an inner point. Faces that lie in one plane are one face; of one with more than MYR_HULL_CORNERS
 * corners, those that lose least area are left out. */
typedef struct myr_hull {
  double center[3];        /* its centre of volume, m; the vertices are counted from there */
  double inradius, reach;  /* of the centre from the nearest face and the farthest vertex, m */
  double error;            /* no point lies farther outside, m */
  int vertex_count;        /* at most MYR_HULL_VERTICES */
  int face_count, corners; /* corners: the most of a face */
  double *vertex;          /* (vertex_count, 3) */
  double *normal;          /* (face_count, 3) */
  int32_t *corner;         /* (face_count, MYR_HULL_CORNERS) to the left seen from outside; the last is repeated */
  int32_t *corner_count;   /* (face_count) */
} myr_hull;

/* The hull of points (count, 3). Where it has more vertices than `most`, those that reach out farthest are taken, one after
 * another, and hull->error tells what that leaves out. MYR_INVALID: the points have no hull with a volume, or are not
 * finite. The caller frees with myr_hull_free in every case. */
myr_status myr_hull_create(const double *points, int count, int most, myr_hull *hull, myr_error *error);
void myr_hull_free(myr_hull *hull);

#endif
