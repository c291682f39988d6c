/* The base colour of a surface, and the patterns that are formulas. */
#ifndef MYR_SHADE_PATTERN_H
#define MYR_SHADE_PATTERN_H

#include "kernels/raster/shade_mapping.h"
#include "kernels/raster/shade_light.h"
#include "kernels/raster/shade_noise.h"

/* The distance from t to the nearest even number: 0 at even, 1 at odd numbers, straight between. It is the integral of
 * the square wave that is +1 on [0, 1), -1 on [1, 2) and so on; also a gradient mirrored at its ends. */
KERNEL real triangle_wave(real t) { return absolute(fnmadd(splat(2), nearest_integer(t * splat(0.5f)), t)); }

/* A square wave's integral over the width of a pixel about t, halved, as its arguments are. */
KERNEL real half_triangle_wave(real half) { return absolute(half - nearest_integer(half)); }
KERNEL real half_integral(real t, real width) {
  const real half_t = splat(0.5f) * t, quarter = splat(0.25f);
  return half_triangle_wave(fmadd(quarter, width, half_t)) - half_triangle_wave(fnmadd(quarter, width, half_t));
}

/* The share of color2 in the pixel, exact for a footprint that is a box along the axes. The checker is the product of
 * two square waves s(u) s(v), so its mean over the box is the product of their means: differences of integrals. */
KERNEL real checker_share(mapped_point m) {
  const real half = splat(0.5f), smallest = splat(1e-3f); /* squares per pixel; less drowns in rounding */
  real width = maximum(absolute(m.pixel.du_x) + absolute(m.pixel.du_y), smallest);
  real height = maximum(absolute(m.pixel.dv_x) + absolute(m.pixel.dv_y), smallest);
  real mean = (half_integral(m.u, width) * half_integral(m.v, height)) * (splat(4) / (width * height));
  return fnmadd(half, clamp(mean, splat(-1), splat(1)), half);
}

/* The share of color2; it turns into the mean where a pixel comes to see several turns. */
KERNEL real gradient_share(mapped_point m) {
  const real half = splat(0.5f);
  real height = absolute(m.pixel.dv_x) + absolute(m.pixel.dv_y);
  return mix(triangle_wave(m.v), half, clamp(height - half, zero(), splat(1)));
}

/* The share of a pixel, `per_pixel` pixels to the unit about x, that a line from 0 to `width` covers. */
KERNEL real line_share(real x, real width, real per_pixel) {
  const real half = splat(0.5f);
  real middle = x * per_pixel;
  return maximum(minimum(middle + half, width * per_pixel) - maximum(middle - half, zero()), zero());
}

/* The angle of a pixel's footprint as the drawable's origin sees it, rad. */
KERNEL real footprint_angle(vec3 local, real step_squared, scalar sharpness) {
  return square_root(step_squared) * splat(sharpness) / maximum(v3_length(local), splat(1e-12f));
}

/* The share of color2, exact for a footprint that is a square along the lines. */
KERNEL real cross_share(const fragment *f, scalar width, scalar sharpness) {
  cube_point p = point_on_cube(f->local);
  real pixel = width_on_cube(footprint_angle(f->local, longer_step_squared(f), sharpness));
  real per_pixel = splat(1) / maximum(pixel, splat(1e-6f));
  real across = line_share(p.right, splat(width), per_pixel), along = line_share(p.down, splat(width), per_pixel);
  return fnmadd(across, along, across + along);
}

/* A lookup in a cube map. One lookup serves all drawables of a block that have the same map. */
typedef struct cube_lookup {
  const myr_texture *map; /* NULL: there is none */
  mask on;
  vec3 local;
  real step_squared;
} cube_lookup;

KERNEL cube_lookup no_lookup(void) {
  cube_lookup none;
  none.map = NULL;
  none.on = mask_splat(0);
  none.local = v3_zero();
  none.step_squared = zero();
  return none;
}
/* Adds the lanes of a fragment. */
KERNEL void add_lookup(cube_lookup *lookup, const myr_texture *map, const fragment *f) {
  lookup->map = map;
  lookup->on = lookup->on | f->on;
  lookup->local = v3_choose(f->on, f->local, lookup->local);
  lookup->step_squared = choose(f->on, longer_step_squared(f), lookup->step_squared);
}
KERNEL vec3 look_up(const cube_lookup *lookup, scalar sharpness) {
  return sample_cube(lookup->map, lookup->local, footprint_angle(lookup->local, lookup->step_squared, sharpness));
}

/* The surface's colour where its pattern has the coordinates of m. */
KERNEL vec3 color_of_pattern(const myr_texture *textures, const view_surface *s, mapped_point m) {
  vec3 color = v3_splat(s->color);
  if (s->pattern == MYR_PATTERN_BITMAP)
    return v3_multiply(color, sample_bitmap(&textures[s->surface->texture], m.u, m.v, m.pixel));
  real share = s->pattern == MYR_PATTERN_CHECKER ? checker_share(m) : gradient_share(m);
  return v3_madd(v3_splat(s->to_color2), share, color);
}

/* The surface's colour at the fragment. patterns: 0 where the view draws none. plane: as for map_surface. */
KERNEL vec3 base_color(const myr_texture *textures, const view_surface *s, const view_plane *plane, const fragment *f,
                       int patterns, scalar sharpness) {
  const myr_surface *surface = s->surface;
  vec3 color = v3_splat(s->color);
  real share;
  if (!patterns || s->pattern == MYR_PATTERN_NONE) return color;
  if (s->pattern == MYR_PATTERN_BITMAP && textures[surface->texture].faces == 6) {
    cube_lookup lookup = no_lookup();
    add_lookup(&lookup, &textures[surface->texture], f);
    return v3_multiply(color, look_up(&lookup, sharpness));
  }
  if (s->pattern == MYR_PATTERN_NOISE) {
    real frequency = splat(surface->scale[0]);
    share = noise_share(v3_scale(f->local, frequency), longer_step(f) * splat(sharpness) * absolute(frequency));
  } else if (s->pattern == MYR_PATTERN_CROSS) {
    share = cross_share(f, surface->scale[0], sharpness);
  } else {
    return color_of_pattern(textures, s, map_surface(surface, plane, f, sharpness));
  }
  return v3_madd(v3_splat(s->to_color2), share, color);
}

#endif
