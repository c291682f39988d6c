/* Bitmaps: trilinear and cube-map lookups in the mip pyramids of myr_texture.
 *
 * Texture coordinates (u, v) run over 0..1 from the first texel's outer edge to the last one's; v grows from the
 * bitmap's first row to its last. 2-D bitmaps repeat. The centre of texel i of n is at (i + 1/2) / n. */
#ifndef MYR_SHADE_TEXTURE_H
#define MYR_SHADE_TEXTURE_H

#include "kernels/raster.h"
#include "kernels/shade_color.h"

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

KERNEL integer imaximum(integer a, integer b) { return ichoose(ilt(a, b), b, a); }
KERNEL integer iminimum(integer a, integer b) { return ichoose(ilt(b, a), b, a); }

/* The texels on both sides of coordinate t along an axis of `size` texels, and the weight of the second. */
typedef struct texel_pair { integer first, second; real weight; } texel_pair;
KERNEL texel_pair texels_around(real t, integer size, int repeats) {
  texel_pair pair;
  real inside = repeats ? t - floor_of(t) : clamp(t, zero(), splat(1));
  real x = fmsub(inside, to_real(size), splat(0.5f));
  real low = floor_of(x);
  pair.weight = x - low;
  integer last = size - isplat(1);
  pair.first = to_integer(low);
  pair.second = pair.first + isplat(1);
  if (repeats) {
    pair.first = ichoose(ilt(pair.first, isplat(0)), last, pair.first);
    pair.second = ichoose(ilt(last, pair.second), isplat(0), pair.second);
  } else {
    pair.first = imaximum(pair.first, isplat(0));
    pair.second = iminimum(pair.second, last);
  }
  return pair;
}

/* Bilinear in one level; base is the index of the face's first texel. */
KERNEL vec3 sample_level(const myr_texture *texture, integer base, integer level, real u, real v, int repeats) {
  integer width = imaximum(isplat(texture->width) >> level, isplat(1));
  integer height = imaximum(isplat(texture->height) >> level, isplat(1));
  texel_pair x = texels_around(u, width, repeats), y = texels_around(v, height, repeats);
  integer start = base + igather(texture->level_offset, level);
  integer row0 = start + y.first * width, row1 = start + y.second * width;
  const int32_t *texels = (const int32_t *)texture->texels;
  vec3 upper = v3_mix(decode_texel(igather(texels, row0 + x.first)), decode_texel(igather(texels, row0 + x.second)),
                      x.weight);
  vec3 lower = v3_mix(decode_texel(igather(texels, row1 + x.first)), decode_texel(igather(texels, row1 + x.second)),
                      x.weight);
  return v3_mix(upper, lower, y.weight);
}

/* Trilinear; `level` is the fractional mip level wanted, brought into the pyramid here. */
STAGE vec3 sample_trilinear(const myr_texture *texture, integer face, real u, real v, real level, int repeats) {
  real wanted = clamp(level, zero(), splat((scalar)(texture->levels - 1)));
  real finer = floor_of(wanted), weight = wanted - finer;
  integer fine = to_integer(finer), base = face * isplat(texture->face_stride);
  vec3 color = sample_level(texture, base, fine, u, v, repeats);
  if (any_lane(gt(weight, zero()))) { /* mixing with weight 0 changes nothing, so it may be left out */
    integer coarse = iminimum(fine + isplat(1), isplat(texture->levels - 1));
    color = v3_mix(color, sample_level(texture, base, coarse, u, v, repeats), weight);
  }
  return color;
}

/* How far (u, v) moves for one pixel to the right and for one downwards. */
typedef struct footprint { real du_x, dv_x, du_y, dv_y; } footprint;

/* Of a 2-D bitmap. The pixel's footprint is a parallelogram; its longer side may exceed the shorter up to
 * MOST_TAPS-fold and is then covered by 2 or 4 lookups along it, whose level follows the shorter side (McCormack et
 * al., "Feline", 1999). Beyond that the level grows. */
enum { MOST_TAPS = 4 };
STAGE vec3 sample_bitmap(const myr_texture *texture, real u, real v, footprint f) {
  real width = splat((scalar)texture->width), height = splat((scalar)texture->height);
  real ux = f.du_x * width, vx = f.dv_x * height, uy = f.du_y * width, vy = f.dv_y * height;
  real x_squared = fmadd(ux, ux, vx * vx), y_squared = fmadd(uy, uy, vy * vy);
  mask x_longer = lt(y_squared, x_squared);
  const real smallest = splat(1e-12f); /* a magnified texel: level 0, far from the end of the normal numbers */
  real major = maximum(choose(x_longer, x_squared, y_squared), smallest);
  real minor = maximum(choose(x_longer, y_squared, x_squared), smallest);
  /* one tap up to a ratio of sqrt 2, then two up to 2 sqrt 2, then four; the ratios are squared here */
  mask more_than_one = lt(splat(2) * minor, major) & lt(splat(1), major);
  mask four_taps = more_than_one & lt(splat(8) * minor, major);
  real taps = choose(four_taps, splat(4), choose(more_than_one, splat(2), splat(1)));
  real share = choose(four_taps, splat(0.25f), choose(more_than_one, splat(0.5f), splat(1)));
  real level = splat(0.5f) * coarse_log2(maximum(minor, major * (share * share)));
  real du = choose(x_longer, f.du_x, f.du_y) * share, dv = choose(x_longer, f.dv_x, f.dv_y) * share;
  vec3 sum = v3_zero();
  for (int tap = 0; tap < MOST_TAPS; tap++) {
    mask used = lt(splat((scalar)tap), taps);
    if (!any_lane(used)) break;
    real along = fmadd(splat(-0.5f), taps - splat(1), splat((scalar)tap));
    vec3 color = sample_trilinear(texture, isplat(0), fmadd(du, along, u), fmadd(dv, along, v), level, 1);
    sum = v3_madd(color, choose(used, share, zero()), sum);
  }
  return sum;
}

/* Of a cube map, in the direction d, of any length but 0; angle is the pixel's footprint in radians. The faces lie as
 * in OpenGL ("The OpenGL Graphics System", 8.13): seen from inside, +x has -z to its right and -y downwards. */
STAGE vec3 sample_cube(const myr_texture *texture, vec3 d, real angle) {
  vec3 size = v3(absolute(d.x), absolute(d.y), absolute(d.z));
  mask along_x = le(size.y, size.x) & le(size.z, size.x);
  mask along_y = mask_not(along_x) & le(size.z, size.y);
  real major = choose(along_x, d.x, choose(along_y, d.y, d.z));
  mask negative = lt(major, zero());
  real length = maximum(absolute(major), splat(1e-30f));
  real right = choose(along_x, choose(negative, d.z, -d.z),
                      choose(mask_not(along_y) & negative, -d.x, d.x));
  real down = choose(along_y, choose(negative, -d.z, d.z), -d.y);
  integer face = ichoose(along_x, isplat(0), ichoose(along_y, isplat(2), isplat(4))) +
                 ichoose(negative, isplat(1), isplat(0));
  real inverse = splat(0.5f) / length, half = splat(0.5f);
  /* A face's middle shows 2 units of its plane over `width` texels: width / 2 texels a radian. */
  real texels = maximum(angle * splat(0.5f * (scalar)texture->width), splat(1e-6f));
  real u = fmadd(right, inverse, half), v = fmadd(down, inverse, half);
  return sample_trilinear(texture, face, u, v, coarse_log2(texels), 0);
}

/* The environment's cube map stands upright in a world whose z is up, as MuJoCo's skyboxes do: faces +y and -y are the
 * zenith and the ground below, face +z is towards -y. */
KERNEL vec3 sky_map_direction(vec3 world) { return v3(world.x, world.z, -world.y); }

#endif
