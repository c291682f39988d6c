/* Spatial (6-D) vectors about the centre of mass of the body's tree, rotation first, as in R. Featherstone,
 * "Rigid Body Dynamics Algorithms" (2008), chapter 2. A rigid inertia is ten numbers: the rotational inertia about the
 * reference point (xx yy zz xy xz yz), the first moment m r (3), and the mass. */
#ifndef MYR_SPATIAL_H
#define MYR_SPATIAL_H

#include "kernels/lane/algebra.h"

typedef struct {
  vec3 rotation, translation;
} spatial;

KERNEL spatial s6(vec3 rotation, vec3 translation) {
  spatial s;
  s.rotation = rotation;
  s.translation = translation;
  return s;
}
KERNEL spatial s6_zero(void) { return s6(v3_zero(), v3_zero()); }
KERNEL spatial s6_load(const real *p) { return s6(v3_load(p), v3_load(p + 3)); }
KERNEL void s6_store(real *p, spatial s) {
  v3_store(p, s.rotation);
  v3_store(p + 3, s.translation);
}
KERNEL spatial s6_add(spatial a, spatial b) {
  return s6(v3_add(a.rotation, b.rotation), v3_add(a.translation, b.translation));
}
/* a*s + b */
KERNEL spatial s6_madd(spatial a, real s, spatial b) {
  return s6(v3_madd(a.rotation, s, b.rotation), v3_madd(a.translation, s, b.translation));
}
KERNEL real s6_dot(spatial a, spatial b) {
  real sum = v3_dot(a.rotation, b.rotation);
  return fmadd(a.translation.z, b.translation.z,
               fmadd(a.translation.y, b.translation.y, fmadd(a.translation.x, b.translation.x, sum)));
}
/* The velocity, by a motion v, of the point that an arm leads to. */
KERNEL vec3 s6_at(spatial v, vec3 arm) { return v3_add(v.translation, v3_cross(v.rotation, arm)); }
/* Rate of a motion axis m that moves along with velocity v. */
KERNEL spatial s6_cross_motion(spatial v, spatial m) {
  return s6(v3_cross(v.rotation, m.rotation),
            v3_add(v3_cross(v.rotation, m.translation), v3_cross(v.translation, m.rotation)));
}
/* Rate of a force f that moves along with velocity v. */
KERNEL spatial s6_cross_force(spatial v, spatial f) {
  return s6(v3_add(v3_cross(v.rotation, f.rotation), v3_cross(v.translation, f.translation)),
            v3_cross(v.rotation, f.translation));
}
/* Momentum of a body of rigid inertia I (10 reals) that moves with velocity v. */
KERNEL spatial s6_momentum(const real *I, spatial v) {
  vec3 w = v.rotation, moment = v3_load(I + 6);
  vec3 spin = v3(fmadd(I[4], w.z, fmadd(I[3], w.y, I[0] * w.x)), fmadd(I[5], w.z, fmadd(I[1], w.y, I[3] * w.x)),
                 fmadd(I[2], w.z, fmadd(I[5], w.y, I[4] * w.x)));
  return s6(v3_add(spin, v3_cross(moment, v.translation)), v3_madd(v.translation, I[9], v3_cross(w, moment)));
}

#endif
