/* The mapping of patterns onto drawables. In general it is computed in the drawable's own frame. A plane's
 * pattern, as a pinhole camera sees it, is affine in the seen point, with slopes that are the same for a whole view.
 * Floors fill most pictures, and this shorter mapping saves 2.6 of the 13 us that textures take in a humanoid's view,
 * 64 x 64 pixels on one thread. */
#ifndef MYR_SHADE_MAPPING_H
#define MYR_SHADE_MAPPING_H

#include "kernels/raster/raster_block.h"
#include "kernels/raster/shade_texture.h"

/* Pattern coordinates of the seen point, and their change from pixel to pixel. */
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

/* ------------------------------------------------------------------------------------------------ planes */

/* A plane and its pattern as one view needs them. The pattern coordinates of the point p are u = along_u . (p - eye) +
 * eye_u, and v = along_v . (p - eye) + eye_v. */
typedef struct view_plane {
  int32_t mapped;                /* 0: the pattern, if any, is laid in the drawable's frame */
  scalar along_u[3], along_v[3]; /* 1/m, world */
  scalar eye_u, eye_v;           /* at the view's position */
  scalar inverse_height;         /* 1/m: of the view's position over the plane, or under it */
  scalar facing_x, facing_y;     /* the ray's turn from pixel to pixel, along the plane's normal */
  scalar u_x, v_x, u_y, v_y;     /* and along the pattern's axes */
} view_plane;

/* An eye nearer to the plane than this, m, counts as this high above it, because it looks along the plane. */
#define LEAST_HEIGHT 1e-6f

/* Whether the plane map holds everything that the drawable's pattern needs, and there is a pattern to draw. */
KERNEL int is_mapped_plane(const myr_view *view, const myr_drawable *d, const myr_surface *surface,
                           const myr_texture *textures) {
  if (!view->patterns || view->projection != MYR_PINHOLE) return 0;
  if (d->shape != MYR_GEOM_PLANE || surface->mapping == MYR_MAPPING_UV) return 0;
  if (surface->pattern == MYR_PATTERN_BITMAP) return textures[surface->texture].faces == 1;
  return surface->pattern == MYR_PATTERN_CHECKER || surface->pattern == MYR_PATTERN_GRADIENT;
}

/* Component i of the view's or a drawable's axis k, in the world. */
KERNEL scalar axis_component(const scalar rotation[9], int k, int i) { return rotation[3 * i + k]; }

/* sharpness: as for map_pattern */
KERNEL void prepare_plane(const myr_view *view, const myr_drawable *d, const myr_surface *surface,
                          const myr_texture *textures, scalar sharpness, view_plane *out) {
  out->mapped = is_mapped_plane(view, d, surface, textures);
  if (!out->mapped) return;
  const scalar per_pixel_x = sharpness / view->focal[0], per_pixel_y = sharpness / view->focal[1];
  scalar height = 0;
  out->eye_u = surface->offset[0];
  out->eye_v = surface->offset[1];
  out->facing_x = out->facing_y = out->u_x = out->v_x = out->u_y = out->v_y = 0;
  for (int i = 0; i < 3; i++) {
    const scalar from = view->position[i] - d->position[i], normal = axis_component(d->rotation, 2, i);
    const scalar turn_x = axis_component(view->rotation, 0, i) * per_pixel_x;
    const scalar turn_y = axis_component(view->rotation, 1, i) * per_pixel_y;
    const scalar u = axis_component(d->rotation, 0, i) * surface->scale[0];
    const scalar v = axis_component(d->rotation, 1, i) * surface->scale[1];
    out->along_u[i] = u;
    out->along_v[i] = v;
    out->eye_u += u * from;
    out->eye_v += v * from;
    out->u_x += u * turn_x;
    out->v_x += v * turn_x;
    out->u_y += u * turn_y;
    out->v_y += v * turn_y;
    out->facing_x += normal * turn_x;
    out->facing_y += normal * turn_y;
    height += normal * from;
  }
  height = height < 0 ? -height : height;
  out->inverse_height = 1 / (height > LEAST_HEIGHT ? height : LEAST_HEIGHT);
}

/* The same result as map_pattern, for the point seen along `ray` (world, as in a fragment) at depth t. With n (p - eye)
 * = t (n D) = -height, the footprint's t / -(n D) (footprint_step) is t^2 over the height: nothing is divided. */
KERNEL mapped_point map_plane(const view_plane *plane, vec3 ray, real t) {
  mapped_point m;
  const real ray_u = v3_dot(v3_splat(plane->along_u), ray), ray_v = v3_dot(v3_splat(plane->along_v), ray);
  const real over_facing = t * minimum(t * splat(plane->inverse_height), splat(MOST_OVER_FACING));
  const real stretch_x = over_facing * splat(plane->facing_x), stretch_y = over_facing * splat(plane->facing_y);
  m.u = fmadd(ray_u, t, splat(plane->eye_u));
  m.v = fmadd(ray_v, t, splat(plane->eye_v));
  m.pixel.du_x = fmadd(ray_u, stretch_x, t * splat(plane->u_x));
  m.pixel.dv_x = fmadd(ray_v, stretch_x, t * splat(plane->v_x));
  m.pixel.du_y = fmadd(ray_u, stretch_y, t * splat(plane->u_y));
  m.pixel.dv_y = fmadd(ray_v, stretch_y, t * splat(plane->v_y));
  return m;
}

/* plane: the drawable's plane map, or NULL where it has none */
KERNEL mapped_point map_surface(const myr_surface *surface, const view_plane *plane, const fragment *f,
                                scalar sharpness) {
  return plane ? map_plane(plane, f->ray, f->depth) : map_pattern(surface, f, sharpness);
}

#endif
