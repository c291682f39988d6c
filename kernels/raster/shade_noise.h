/* Gradient noise in three dimensions (Perlin, "An image synthesizer", SIGGRAPH 1985), with the quintic fade of his
 * "Improving noise" (2002) and gradients from an integer hash. The hash needs no table, and the noise repeats only far
 * away. */
#ifndef MYR_SHADE_NOISE_H
#define MYR_SHADE_NOISE_H

#include "kernels/raster/shade_color.h"

/* A hash of a lattice point from its coordinates, each already multiplied by one of the odd constants below; two rounds
 * of multiply and xor-shift. */
KERNEL integer lattice_hash(integer x, integer y, integer z) {
  integer h = x ^ y ^ z;
  h = imultiply(h ^ ishift_right(h, 16), isplat(0x7feb352d));
  h = imultiply(h ^ ishift_right(h, 15), isplat(0x2c1b3c6d));
  return h ^ ishift_right(h, 16);
}

/* dot(gradient, offset); the gradient's components are three fields of 10 bits, spread evenly over -1..1 */
KERNEL real lattice_slope(integer hash, real x, real y, real z) {
  const integer field = isplat(1023);
  const real scale = splat(2.0f / 1023), one = splat(1);
  real gx = fmsub(to_real(hash & field), scale, one);
  real gy = fmsub(to_real(ishift_right(hash, 10) & field), scale, one);
  real gz = fmsub(to_real(ishift_right(hash, 20) & field), scale, one);
  return fmadd(gz, z, fmadd(gy, y, gx * x));
}

/* 6 t^5 - 15 t^4 + 10 t^3: first and second derivative vanish at both ends */
KERNEL real quintic_fade(real t) { return t * t * t * fmadd(t, fmadd(splat(6), t, splat(-15)), splat(10)); }

/* One octave at a point in units of its cells, |coordinates| < 2^30: mean 0, mostly within -0.5 .. 0.5, never beyond
 * -1.5 .. 1.5. Another seed is another noise. */
KERNEL real gradient_noise(vec3 p, int32_t seed) {
  real fx = floor_of(p.x), fy = floor_of(p.y), fz = floor_of(p.z);
  real x = p.x - fx, y = p.y - fy, z = p.z - fz;
  const integer prime_x = isplat(0x1b56c4e9), prime_y = isplat(0x3c6ef373), prime_z = isplat(0x27d4eb2f);
  integer ix = to_integer(fx), iy = to_integer(fy), iz = to_integer(fz), one = isplat(1);
  integer x0 = imultiply(ix, prime_x) ^ isplat(seed), x1 = imultiply(ix + one, prime_x) ^ isplat(seed);
  integer y0 = imultiply(iy, prime_y), y1 = imultiply(iy + one, prime_y);
  integer z0 = imultiply(iz, prime_z), z1 = imultiply(iz + one, prime_z);
  real u = quintic_fade(x), v = quintic_fade(y), w = quintic_fade(z);
  real xm = x - splat(1), ym = y - splat(1), zm = z - splat(1);
  real c000 = lattice_slope(lattice_hash(x0, y0, z0), x, y, z);
  real c100 = lattice_slope(lattice_hash(x1, y0, z0), xm, y, z);
  real c010 = lattice_slope(lattice_hash(x0, y1, z0), x, ym, z);
  real c110 = lattice_slope(lattice_hash(x1, y1, z0), xm, ym, z);
  real c001 = lattice_slope(lattice_hash(x0, y0, z1), x, y, zm);
  real c101 = lattice_slope(lattice_hash(x1, y0, z1), xm, y, zm);
  real c011 = lattice_slope(lattice_hash(x0, y1, z1), x, ym, zm);
  real c111 = lattice_slope(lattice_hash(x1, y1, z1), xm, ym, zm);
  return mix(mix(mix(c000, c100, u), mix(c010, c110, u), v), mix(mix(c001, c101, u), mix(c011, c111, u), v), w);
}

/* Four octaves, each twice as fine and half as strong as the one before, as a share between 0 and 1 with mean 1/2.
 * cells is the position in cells of the first octave; footprint is a pixel's size in the same unit. An octave fades out
 * as its cells shrink from four pixels to two, because below that sampling would alias. */
enum { NOISE_OCTAVES = 4 };
STAGE real noise_share(vec3 cells, real footprint) {
  const real limit = splat(1e8f); /* keeps the finest octave's cells within int32 */
  vec3 p = v3(clamp(cells.x, -limit, limit), clamp(cells.y, -limit, limit), clamp(cells.z, -limit, limit));
  real sum = zero(), size = footprint;
  scalar strength = 1;
  for (int octave = 0; octave < NOISE_OCTAVES; octave++) {
    real kept = clamp(fnmadd(splat(4), size, splat(2)), zero(), splat(1));
    if (!any_lane(gt(kept, zero()))) break; /* the finer ones are gone as well */
    sum = fmadd(kept * splat(strength), gradient_noise(p, 0x1e35a7bd * octave), sum);
    p = v3_add(p, p);
    size = size + size;
    strength *= 0.5f;
  }
  /* The sum has a standard deviation of 0.22: 4/5 of it spread the share over most of 0..1. */
  return clamp(fmadd(splat(0.8f), sum, splat(0.5f)), zero(), splat(1));
}

#endif
