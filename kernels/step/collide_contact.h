/* Types of every narrow phase: the pose of a geom and a contact point, with the function that writes a slot. */
#ifndef MYR_COLLIDE_CONTACT_H
#define MYR_COLLIDE_CONTACT_H

#include "kernels/lane/algebra.h"

/* A constant for scalar = float and one for scalar = double; the compiler folds the choice. */
#ifndef BY_PRECISION
#define BY_PRECISION(single_value, double_value) ((scalar)(sizeof(scalar) == 8 ? (double_value) : (single_value)))
#endif

/* The distance of a slot that holds no contact. */
#define NO_CONTACT ((scalar)1e10)

/* A geom's frame in the world: metres; the columns of rotation are the geom's axes. */
typedef struct {
  vec3 position;
  mat3 rotation;
} pose;

typedef struct {
  real distance; /* m, negative when penetrating, NO_CONTACT in an empty slot */
  vec3 position; /* world, m, midway between the two surfaces */
  vec3 normal;   /* unit, from geom 1 to geom 2 */
  vec3 tangent;  /* preferred first friction direction, unit and orthogonal to normal; zero: no preference */
} contact_point;

KERNEL vec3 v3_absolute(vec3 v) { return v3(absolute(v.x), absolute(v.y), absolute(v.z)); }
KERNEL vec3 unit_axis(int i) { return v3(splat(i == 0), splat(i == 1), splat(i == 2)); }

/* +1 or -1, never 0. */
KERNEL real side_of(real x) { return choose(lt(x, zero()), splat(-1), splat(1)); }

KERNEL contact_point contact_choose(mask m, contact_point a, contact_point b) {
  contact_point c;
  c.distance = choose(m, a.distance, b.distance);
  c.position = v3_choose(m, a.position, b.position);
  c.normal = v3_choose(m, a.normal, b.normal);
  c.tangent = v3_choose(m, a.tangent, b.tangent);
  return c;
}

KERNEL contact_point contact_none(void) {
  contact_point c;
  c.distance = splat(NO_CONTACT);
  c.position = v3_zero();
  c.normal = v3_zero();
  c.tangent = v3_zero();
  return c;
}

/* The contact of a surface point of geom 2, `distance` along normal from the surface of geom 1. */
KERNEL contact_point contact_at_surface(vec3 point, real distance, vec3 normal) {
  contact_point c;
  c.distance = distance;
  c.position = v3_madd(normal, splat((scalar)-0.5) * distance, point);
  c.normal = normal;
  c.tangent = v3_zero();
  return c;
}

/* Fills a slot with the contact in the lanes that need it and where it lies within margin, else with no contact. A NaN
 * distance is within no margin, so it never leaves a narrow phase. */
KERNEL void contact_put(contact_point *slot, contact_point c, real margin, mask needed) {
  *slot = contact_choose(needed & le(c.distance, margin), c, contact_none());
}

/* Points from more candidates than slots: every lane fills its own slots in the order of the candidates. */
typedef struct {
  real count;
  real distance[8];
  vec3 position[8];
} point_list;

KERNEL void point_list_clear(point_list *list, int slots) {
  list->count = zero();
  for (int slot = 0; slot < slots; slot++) {
    list->distance[slot] = splat(NO_CONTACT);
    list->position[slot] = v3_zero();
  }
}

/* Appends a point in the lanes where it is valid; it is left out if all `slots` slots are filled. At most `reach` slots
 * are filled already. */
KERNEL void point_list_append(point_list *list, int slots, int reach, mask valid, real distance, vec3 position) {
  for (int slot = 0; slot < slots && slot <= reach; slot++) {
    mask here = valid & eq(list->count, splat((scalar)slot));
    list->distance[slot] = choose(here, distance, list->distance[slot]);
    list->position[slot] = v3_choose(here, position, list->position[slot]);
  }
  list->count = list->count + mask_to_real(valid);
}

#endif
