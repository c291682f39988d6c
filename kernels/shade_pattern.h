/* The base colour of a surface: how its pattern is laid over a drawable, and the patterns that are formulas. */
#ifndef MYR_SHADE_PATTERN_H
#define MYR_SHADE_PATTERN_H

#include "kernels/raster_block.h"
#include "kernels/shade_noise.h"
#include "kernels/shade_texture.h"

/* Pattern coordinates of the seen point, and how they move from pixel to pixel. */
typedef struct mapped_point {
  real u, v;
  footprint pixel;
} mapped_point;

/* The local step to the pixel beside, the longer of the two. */
KERNEL real longer_step_squared(const fragment *f) {
  return maximum(v3_dot(f->step_x, f->step_x), v3_dot(f->step_y, f->step_y));
}
KERNEL real longer_step(const fragment *f) { return square_root(longer_step_squared(f)); }

/* The coordinates along the two axes on which the surface runs: all but the one of the normal's largest component. */
KERNEL void box_coordinates(mask across_x, mask across_y, vec3 p, real *u, real *v) {
  *u = choose(across_x, p.y, p.x);
  *v = choose(across_x | across_y, p.z, p.y);
}

/* sharpness scales the footprint: below 1 where a pixel has more than one sample. A formula or 2-D bitmap under
 * MYR_MAPPING_CUBE lies as under MYR_MAPPING_BOX. */
KERNEL mapped_point map_pattern(const myr_surface *surface, const fragment *f, scalar sharpness) {
  mapped_point m;
  footprint p;
  real u, v;
  if (surface->mapping == MYR_MAPPING_UV) {
    u = f->u;
    v = f->v;
    p.du_x = p.dv_y = longer_step(f) * f->uv_per_metre;
    p.dv_x = p.du_y = zero();
  } else if (surface->mapping == MYR_MAPPING_PLANE) {
    u = f->local.x;
    v = f->local.y;
    p.du_x = f->step_x.x;
    p.dv_x = f->step_x.y;
    p.du_y = f->step_y.x;
    p.dv_y = f->step_y.y;
  } else {
    real nx = absolute(f->local_normal.x), ny = absolute(f->local_normal.y), nz = absolute(f->local_normal.z);
    mask across_x = lt(ny, nx) & lt(nz, nx), across_y = mask_not(across_x) & lt(nz, ny);
    box_coordinates(across_x, across_y, f->local, &u, &v);
    box_coordinates(across_x, across_y, f->step_x, &p.du_x, &p.dv_x);
    box_coordinates(across_x, across_y, f->step_y, &p.du_y, &p.dv_y);
  }
  real scale_u = splat(surface->scale[0]), scale_v = splat(surface->scale[1]);
  real pixel_u = splat(surface->scale[0] * sharpness), pixel_v = splat(surface->scale[1] * sharpness);
  m.u = fmadd(u, scale_u, splat(surface->offset[0]));
  m.v = fmadd(v, scale_v, splat(surface->offset[1]));
  m.pixel.du_x = p.du_x * pixel_u;
  m.pixel.dv_x = p.dv_x * pixel_v;
  m.pixel.du_y = p.du_y * pixel_u;
  m.pixel.dv_y = p.dv_y * pixel_v;
  return m;
}

/* The distance from t to the nearest even number: 0 at even, 1 at odd numbers, straight between. It is the integral of
 * the square wave that is +1 on [0, 1), -1 on [1, 2) and so on; also a gradient mirrored at its ends. */
KERNEL real triangle_wave(real t) { return absolute(fnmadd(splat(2), nearest_integer(t * splat(0.5f)), t)); }

/* The share of color2 in the pixel, exact for a footprint that is a box along the axes. The checker is the product of
 * two square waves s(u) s(v), so its mean over the box is the product of their means: differences of integrals. */
KERNEL real checker_share(mapped_point m) {
  const real half = splat(0.5f), smallest = splat(1e-3f); /* squares per pixel; less drowns in rounding */
  real width = maximum(absolute(m.pixel.du_x) + absolute(m.pixel.du_y), smallest);
  real height = maximum(absolute(m.pixel.dv_x) + absolute(m.pixel.dv_y), smallest);
  real over_u = triangle_wave(fmadd(half, width, m.u)) - triangle_wave(fnmadd(half, width, m.u));
  real over_v = triangle_wave(fmadd(half, height, m.v)) - triangle_wave(fnmadd(half, height, m.v));
  real mean = (over_u * over_v) * (splat(1) / (width * height));
  return fnmadd(half, clamp(mean, splat(-1), splat(1)), half);
}

/* The share of color2; it turns into the mean where a pixel comes to see several turns. */
KERNEL real gradient_share(mapped_point m) {
  const real half = splat(0.5f);
  real height = absolute(m.pixel.dv_x) + absolute(m.pixel.dv_y);
  return mix(triangle_wave(m.v), half, clamp(height - half, zero(), splat(1)));
}

/* A lookup in a cube map: one serves all drawables of a block that have the same map. */
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
  real distance = maximum(v3_length(lookup->local), splat(1e-12f));
  return sample_cube(lookup->map, lookup->local, square_root(lookup->step_squared) * splat(sharpness) / distance);
}

KERNEL vec3 bitmap_color(const myr_texture *texture, const myr_surface *surface, const fragment *f, scalar sharpness) {
  if (texture->faces == 6) {
    cube_lookup lookup = no_lookup();
    add_lookup(&lookup, texture, f);
    return look_up(&lookup, sharpness);
  }
  mapped_point m = map_pattern(surface, f, sharpness);
  return sample_bitmap(texture, m.u, m.v, m.pixel);
}

/* The surface's colour at the fragment. patterns: whether the view draws them; without, a surface has `color`. */
KERNEL vec3 base_color(const myr_texture *textures, const myr_surface *surface, const fragment *f, int patterns,
                       scalar sharpness) {
  vec3 color = v3_splat(surface->color);
  int pattern = patterns ? surface->pattern : MYR_PATTERN_NONE;
  real share;
  if (pattern == MYR_PATTERN_NONE) return color;
  if (pattern == MYR_PATTERN_BITMAP)
    return v3_multiply(color, bitmap_color(&textures[surface->texture], surface, f, sharpness));
  if (pattern == MYR_PATTERN_NOISE) {
    real frequency = splat(surface->scale[0]);
    share = noise_share(v3_scale(f->local, frequency), longer_step(f) * splat(sharpness) * absolute(frequency));
  } else {
    mapped_point m = map_pattern(surface, f, sharpness);
    share = pattern == MYR_PATTERN_CHECKER ? checker_share(m) : gradient_share(m);
  }
  return v3_mix(color, v3_splat(surface->color2), share);
}

#endif
