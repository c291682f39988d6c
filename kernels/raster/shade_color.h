/* Colours: linear values of Rec. 709 primaries to sRGB bytes, and luminance. */
#ifndef MYR_SHADE_COLOR_H
#define MYR_SHADE_COLOR_H

#include "kernels/lane/algebra.h"

KERNEL real mix(real a, real b, real t) { return fmadd(b - a, t, a); }
KERNEL vec3 v3_mix(vec3 a, vec3 b, real t) { return v3(mix(a.x, b.x, t), mix(a.y, b.y, t), mix(a.z, b.z, t)); }
KERNEL vec3 v3_multiply(vec3 a, vec3 b) { return v3(a.x * b.x, a.y * b.y, a.z * b.z); }
/* a b + c, component by component */
KERNEL vec3 v3_add_product(vec3 a, vec3 b, vec3 c) {
  return v3(fmadd(a.x, b.x, c.x), fmadd(a.y, b.y, c.y), fmadd(a.z, b.z, c.z));
}
/* 3 t^2 - 2 t^3 of t clamped to 0..1 */
KERNEL real smoothstep(real t) {
  t = clamp(t, zero(), splat(1));
  return t * t * fnmadd(splat(2), t, splat(3));
}

/* ITU-R BT.709: how bright a linear colour is. */
KERNEL real luminance(vec3 color) {
  return fmadd(splat(0.0722f), color.z, fmadd(splat(0.7152f), color.y, splat(0.2126f) * color.x));
}

/* The sRGB byte of a linear value (IEC 61966-2-1), rounded to nearest; below 0 gives 0, above 1 gives 255.
 * Above the linear part, x = m 2^e with 1 <= m < 2: 255 (1.055 x^(5/12) - 0.055) is a table over e times a polynomial
 * in m. The polynomial is a minimax fit of m^(5/12), weighted for relative error: 1.2e-6, that is 0.0003 of a byte. So
 * the byte is the correctly rounded one unless the curve comes closer than 0.0005 to the middle between two bytes. */
KERNEL integer encode_srgb_channel(real x) {
  static const scalar power_of_exponent[16] = {
      /* 255 * 1.055 * 2^(5/12 e), e = -15 .. 0 */
      3.534721221f, 4.718286759f, 6.298157209f, 8.40703125f,  11.22204037f, 14.97962673f, 19.99540276f, 26.6906605f,
      35.62775737f, 47.55735045f, 63.48144674f, 84.73756511f, 113.1110791f, 150.9851763f, 201.5410307f, 269.025f};
  const real threshold = splat(0.0031308f), half = splat(0.5f);
  const int32_t exponent_bias = 127 - 15;
  real curved = minimum(maximum(threshold, x), splat(1)); /* in this order a NaN becomes the threshold */
  real m = mantissa_part(curved);
  real p = splat(0.005435373746f);
  p = fmadd(p, m, splat(-0.05141701977f));
  p = fmadd(p, m, splat(0.2085678005f));
  p = fmadd(p, m, splat(-0.4917301859f));
  p = fmadd(p, m, splat(0.9528149176f));
  p = fmadd(p, m, splat(0.3763303046f));
  integer exponent = ishift_right(bits_of_real(curved), 23) - isplat(exponent_bias);
  real curve = fmadd(lookup16(power_of_exponent, exponent), p, splat(-0.055f * 255 + 0.5f));
  real line = fmadd(maximum(x, zero()), splat(12.92f * 255), half);
  return to_integer(choose(lt(x, threshold), line, curve));
}

#endif
