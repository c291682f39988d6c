/* The convex hull of a mesh, which all lanes share: its farthest points and its faces. Loops run over all vertices or all
 * faces, because lanes then need no indices of their own; a search along edges starts to pay beyond 200 vertices only. */
#ifndef MYR_HULL_H
#define MYR_HULL_H

#include "kernels/shape.h"
#include "kernels/step/collide_contact.h"

/* Its frame has the axes of the geom's frame, and its origin at an inner point. */
typedef struct {
  const scalar *center;  /* the inner point in the geom's frame, m */
  const scalar *vertex;  /* (vertices, 3) m */
  const scalar *normal;  /* (faces, 3) unit, outwards */
  const int32_t *corner; /* (faces, MYR_HULL_CORNERS) vertices, to the left seen from outside; the last is repeated */
  const int32_t *count;  /* (faces) corners of each face */
  int vertices, faces;
  int corners;     /* the most of any face */
  scalar inradius; /* of a ball around the inner point, m */
  scalar reach;    /* the farthest vertex from the inner point, m */
} convex_hull;

/* The vertex that lies farthest in direction d; of several the first. */
STAGE vec3 hull_support(const convex_hull *h, vec3 d) {
  vec3 best = v3_splat(h->vertex);
  real highest = v3_dot(best, d);
  for (int i = 1; i < h->vertices; i++) {
    vec3 vertex = v3_splat(h->vertex + 3 * i);
    real height = v3_dot(vertex, d);
    mask higher = gt(height, highest);
    highest = choose(higher, height, highest);
    best = v3_choose(higher, vertex, best);
  }
  return best;
}

/* How far the hull reaches from its inner point in direction d, m, times the length of d. */
STAGE real hull_extent(const convex_hull *h, vec3 d) {
  real highest = v3_dot(v3_splat(h->vertex), d);
  for (int i = 1; i < h->vertices; i++) highest = maximum(highest, v3_dot(v3_splat(h->vertex + 3 * i), d));
  return highest;
}

/* The height of a face's second highest corner in direction d, m. */
KERNEL real second_corner(const convex_hull *h, int face, vec3 d) {
  const int32_t *corner = h->corner + MYR_HULL_CORNERS * face;
  real first = v3_dot(v3_splat(h->vertex + 3 * corner[0]), d), second = v3_dot(v3_splat(h->vertex + 3 * corner[1]), d);
  real highest = maximum(first, second), next = minimum(first, second);
  for (int k = 2; k < h->count[face]; k++) {
    real height = v3_dot(v3_splat(h->vertex + 3 * corner[k]), d);
    next = maximum(next, minimum(highest, height));
    highest = maximum(highest, height);
  }
  return next;
}

/* The face that touches another shape in the unit direction d: the face with the highest edge. The face whose normal is
 * closest to d would be wrong, because it may be none of the two faces at the edge that touches. */
STAGE integer hull_touching_face(const convex_hull *h, vec3 d) {
  real aligned = splat((scalar)0.02 * h->reach), best = splat(-NO_CONTACT);
  integer face = isplat(0);
  for (int i = 0; i < h->faces; i++) {
    real score = fmadd(aligned, v3_dot(v3_splat(h->normal + 3 * i), d), second_corner(h, i, d));
    mask better = gt(score, best);
    best = choose(better, score, best);
    face = ichoose(better, isplat(i), face);
  }
  return face;
}

KERNEL vec3 hull_gather(const scalar *triples, integer i) {
  integer at = i * isplat(3);
  return v3(gather(triples, at), gather(triples, at + isplat(1)), gather(triples, at + isplat(2)));
}
KERNEL vec3 hull_normal(const convex_hull *h, integer face) { return hull_gather(h->normal, face); }
KERNEL vec3 hull_corner(const convex_hull *h, integer face, int k) {
  return hull_gather(h->vertex, igather(h->corner, face * isplat(MYR_HULL_CORNERS) + isplat(k)));
}

/* The unit direction of side k of a face; zero where the face has fewer. */
KERNEL vec3 hull_edge(const convex_hull *h, integer face, int k) {
  vec3 side = v3_sub(hull_corner(h, face, (k + 1) % h->corners), hull_corner(h, face, k));
  return v3_normalize_or(side, v3_zero());
}

#endif
