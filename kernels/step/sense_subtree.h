/* The motion of a body and all below it. */
#ifndef MYR_SENSE_SUBTREE_H
#define MYR_SENSE_SUBTREE_H

#include "kernels/step/spatial.h"
#include "kernels/step/velocity.h"

/* Angular momentum (kg m^2/s) about the subtree's centre of mass, and the velocity (m/s) of that centre; world axes. The
 * bodies below another follow it in the order of bodies. */
KERNEL spatial subtree_motion(const constants *m, const fields *f, int body) {
  spatial momentum = s6_zero();
  for (int b = body; b == body || (b < m->nbody && m->body_parent[b] >= body); b++)
    momentum = s6_add(momentum, s6_momentum(f->cinert + 10 * b, s6_load(f->cvel + 6 * b)));
  vec3 arm = v3_sub(v3_load(f->subtree_com + 3 * body), v3_load(f->subtree_com + 3 * m->body_root[body]));
  real mass = f->subtree_mass[body];
  vec3 spin = v3_sub(momentum.rotation, v3_cross(arm, momentum.translation));
  return s6(spin, v3_scale(momentum.translation, splat(1) / maximum(mass, splat(SMALLEST))));
}

#endif
