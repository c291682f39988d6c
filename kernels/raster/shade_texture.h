/* Bitmaps: trilinear and cube-map lookups in the mip pyramids of myr_texture.
 *
 * Texture coordinates (u, v) run over 0..1 from the first texel's outer edge to the last one's; v grows from the
 * bitmap's first row to its last. 2-D bitmaps repeat. The centre of texel i of n is at (i + 1/2) / n.
 *
 * Measured with 16 lanes on a floor of 512 x 512 texels, 64 x 64 pixels: one gather takes 3 ns and one lookup of 8
 * texels about 55 ns; the arithmetic hides none of it. Two changes would be faster, but they change the pyramid's
 * layout: levels a quarter octave apart with one lookup of 4 texels (117 instead of 170 ns a block), and rows with one
 * texel more, so that pairs are gathered (163 ns); both together take 103 ns. Three changes gained nothing: wrapping
 * powers of two by a mask, one multiplication for each row, and all gathers before all decoding. */
#ifndef MYR_SHADE_TEXTURE_H
#define MYR_SHADE_TEXTURE_H

#include "kernels/raster.h"
#include "kernels/raster/shade_color.h"

/* log2 x for normal x > 0, to 9e-5: enough to choose between mip levels. Minimax polynomial over the mantissa. */
KERNEL real coarse_log2(real x) {
  real m = mantissa_part(x);
  real p = splat(-0.08161581444f);
  p = fmadd(p, m, splat(0.6451424002f));
  p = fmadd(p, m, splat(-2.120675214f));
  p = fmadd(p, m, splat(4.070090873f));
  p = fmadd(p, m, splat(-2.512854653f));
  return exponent_part(x) + p;
}

/* The linear colour of a texel; see myr_texture for the encoding. */
KERNEL vec3 decode_texel(integer texel) {
  const integer channel = isplat(1023);
  const real scale = splat(1.0f / 1023);
  real red = to_real(texel & channel) * scale;
  real green = to_real(ishift_right(texel, 10) & channel) * scale;
  real blue = to_real(ishift_right(texel, 20) & channel) * scale;
  return v3(red * red, green * green, blue * blue);
}

/* One level of one face, different for every lane. */
typedef struct texture_level {
  integer start; /* index of its first texel */
  integer width, height;
  real real_width, real_height; /* the same as real numbers */
} texture_level;

KERNEL texture_level level_of(const myr_texture *texture, integer face_start, integer level) {
  texture_level l;
  l.start = face_start + igather(texture->level_offset, level);
  l.width = integer_maximum(isplat(texture->width) >> level, isplat(1));
  l.height = integer_maximum(isplat(texture->height) >> level, isplat(1));
  l.real_width = to_real(l.width);
  l.real_height = to_real(l.height);
  return l;
}

/* The two texels around coordinate t in 0..1 along an axis of `size` texels, and the weight of the second. */
typedef struct texel_pair {
  integer first, second;
  real weight;
} texel_pair;
KERNEL texel_pair texels_around(real t, integer size, real real_size, int repeats) {
  texel_pair pair;
  const integer one = isplat(1), none = isplat(0);
  real x = fmadd(t, real_size, splat(0.5f)); /* to_integer rounds down, as x is not negative */
  integer second = to_integer(x);
  pair.weight = x - to_real(second);
  if (repeats) {
    pair.first = ichoose(ieq(second, none), size, second) - one;
    pair.second = ichoose(ieq(second, size), none, second);
  } else {
    pair.first = integer_maximum(second, one) - one;
    pair.second = integer_minimum(second, size - one);
  }
  return pair;
}

/* Weighted sums of texels keep the unit in which masking leaves each channel: the channel keeps its bit position in the
 * texel, and its square has twice that position. sum_color brings the three to the same unit. */
KERNEL vec3 add_texel(vec3 sum, integer texel, real weight) {
  const int32_t channel = 1023;
  real red = to_real(texel & isplat(channel));
  real green = to_real(texel & isplat(channel << 10));
  real blue = to_real(texel & isplat(channel << 20));
  return v3(fmadd(red * red, weight, sum.x), fmadd(green * green, weight, sum.y), fmadd(blue * blue, weight, sum.z));
}
KERNEL vec3 sum_color(vec3 sum) {
  const scalar red_unit = 1.0f / (1023 * 1023), down = 1.0f / (1 << 20);
  return v3(sum.x * splat(red_unit), sum.y * splat(red_unit * down), sum.z * splat(red_unit * down * down));
}

/* sum + weight times one level, bilinear at u, v in 0..1 */
KERNEL vec3 add_level(vec3 sum, const int32_t *texels, const texture_level *level, real u, real v, real weight,
                      int repeats) {
  texel_pair x = texels_around(u, level->width, level->real_width, repeats);
  texel_pair y = texels_around(v, level->height, level->real_height, repeats);
  integer upper = level->start + imultiply(y.first, level->width);
  integer lower = level->start + imultiply(y.second, level->width);
  real lower_weight = weight * y.weight, upper_weight = weight - lower_weight;
  real lower_right = lower_weight * x.weight, upper_right = upper_weight * x.weight;
  sum = add_texel(sum, igather(texels, upper + x.first), upper_weight - upper_right);
  sum = add_texel(sum, igather(texels, upper + x.second), upper_right);
  sum = add_texel(sum, igather(texels, lower + x.first), lower_weight - lower_right);
  return add_texel(sum, igather(texels, lower + x.second), lower_right);
}

/* The two levels that a trilinear lookup mixes. */
typedef struct level_pair {
  texture_level fine, coarse;
  real weight; /* of the coarse one */
  int mixed;   /* whether it is above 0 in any lane */
} level_pair;

/* level: fractional; it is clamped to the pyramid here */
KERNEL level_pair levels_around(const myr_texture *texture, integer face, real level) {
  level_pair pair;
  real wanted = clamp(level, zero(), splat((scalar)(texture->levels - 1)));
  integer fine = to_integer(wanted), face_start = face * isplat(texture->face_stride);
  pair.weight = wanted - to_real(fine);
  pair.fine = level_of(texture, face_start, fine);
  pair.mixed = any_lane(gt(pair.weight, zero()));
  pair.coarse = level_of(texture, face_start, integer_minimum(fine + isplat(1), isplat(texture->levels - 1)));
  return pair;
}

/* sum + weight times the lookup at u, v in 0..1. A texel of weight 0 does not change a sum, so the coarse level may be
 * left out where its weight is 0 in every lane. */
KERNEL vec3 add_trilinear(vec3 sum, const myr_texture *texture, const level_pair *levels, real u, real v, real weight,
                          int repeats) {
  const int32_t *texels = (const int32_t *)texture->texels;
  real coarse_weight = weight * levels->weight;
  sum = add_level(sum, texels, &levels->fine, u, v, weight - coarse_weight, repeats);
  if (levels->mixed) sum = add_level(sum, texels, &levels->coarse, u, v, coarse_weight, repeats);
  return sum;
}

/* The change of (u, v) for one pixel to the right and for one downwards. */
typedef struct footprint {
  real du_x, dv_x, du_y, dv_y;
} footprint;

/* A lookup in a 2-D bitmap. The pixel's footprint is a parallelogram. Where one side is longer than the other, two
 * lookups along the longer side cover it, and their level follows the shorter side (McCormack et al., "Feline", 1999).
 * If the longer side is more than twice the shorter one, the level follows half the longer side. Four lookups look
 * hardly sharper, and cost an eighth of a whole picture's time. */
enum { MOST_TAPS = 2 };
STAGE vec3 sample_bitmap(const myr_texture *texture, real u, real v, footprint f) {
  real width = splat((scalar)texture->width), height = splat((scalar)texture->height);
  real ux = f.du_x * width, vx = f.dv_x * height, uy = f.du_y * width, vy = f.dv_y * height;
  real x_squared = fmadd(ux, ux, vx * vx), y_squared = fmadd(uy, uy, vy * vy);
  mask x_longer = lt(y_squared, x_squared);
  const real smallest = splat(1e-12f); /* a magnified texel: level 0, far from the end of the normal numbers */
  real major = maximum(choose(x_longer, x_squared, y_squared), smallest);
  real minor = maximum(choose(x_longer, y_squared, x_squared), smallest);
  mask two_taps = lt(splat(2) * minor, major) & lt(splat(1), major); /* a ratio above sqrt 2, squared here */
  real taps = choose(two_taps, splat(2), splat(1)), share = choose(two_taps, splat(0.5f), splat(1));
  real level = splat(0.5f) * coarse_log2(maximum(minor, major * (share * share)));
  real du = choose(x_longer, f.du_x, f.du_y) * share, dv = choose(x_longer, f.dv_x, f.dv_y) * share;
  level_pair levels = levels_around(texture, isplat(0), level);
  vec3 sum = v3_zero();
  for (int tap = 0; tap < MOST_TAPS; tap++) {
    mask used = lt(splat((scalar)tap), taps);
    if (!any_lane(used)) break;
    real along = fmadd(splat(-0.5f), taps - splat(1), splat((scalar)tap));
    real tap_u = fmadd(du, along, u), tap_v = fmadd(dv, along, v);
    sum = add_trilinear(sum, texture, &levels, fraction_of(tap_u), fraction_of(tap_v), choose(used, share, zero()), 1);
  }
  return sum_color(sum);
}

/* The point where the direction d, of any length but 0, meets a cube about the origin. The faces lie as in OpenGL ("The
 * OpenGL Graphics System", 8.13): seen from inside, +x has -z to its right and -y downwards. */
typedef struct cube_point {
  integer face;     /* +x -x +y -y +z -z */
  real right, down; /* from the middle of the face, of its width: -1/2 .. 1/2 */
} cube_point;
KERNEL cube_point point_on_cube(vec3 d) {
  vec3 size = v3(absolute(d.x), absolute(d.y), absolute(d.z));
  mask along_x = le(size.y, size.x) & le(size.z, size.x);
  mask along_y = mask_not(along_x) & le(size.z, size.y);
  real major = choose(along_x, d.x, choose(along_y, d.y, d.z));
  mask negative = lt(major, zero());
  real length = maximum(absolute(major), splat(1e-30f));
  real right = choose(along_x, choose(negative, d.z, -d.z), choose(mask_not(along_y) & negative, -d.x, d.x));
  real down = choose(along_y, choose(negative, -d.z, d.z), -d.y);
  real inverse = splat(0.5f) / length;
  cube_point p;
  p.face =
      ichoose(along_x, isplat(0), ichoose(along_y, isplat(2), isplat(4))) + ichoose(negative, isplat(1), isplat(0));
  p.right = right * inverse;
  p.down = down * inverse;
  return p;
}

/* The share of a face's width that a pixel covers in its middle, which is 2 wide where it is 1 away. angle: the pixel's
 * footprint, rad */
KERNEL real width_on_cube(real angle) { return splat(0.5f) * angle; }

/* A lookup in a cube map, in the direction d; angle: the pixel's footprint, rad */
STAGE vec3 sample_cube(const myr_texture *texture, vec3 d, real angle) {
  cube_point p = point_on_cube(d);
  const real half = splat(0.5f);
  real texels = maximum(width_on_cube(angle) * splat((scalar)texture->width), splat(1e-6f));
  level_pair levels = levels_around(texture, p.face, coarse_log2(texels));
  real u = maximum(zero(), p.right + half), v = maximum(zero(), p.down + half); /* NaN must not become an index */
  return sum_color(add_trilinear(v3_zero(), texture, &levels, u, v, splat(1), 0));
}

/* The environment's cube map stands upright in a world whose z is up, as MuJoCo's skyboxes do: faces +y and -y are the
 * zenith and the ground below, face +z is towards -y. */
KERNEL vec3 sky_map_direction(vec3 world) { return v3(world.x, world.z, -world.y); }

#endif
