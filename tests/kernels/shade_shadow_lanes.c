/* See shade_shadow_lanes.h. */
#ifdef MYR_DOUBLE
typedef int the_rasterizer_has_no_double_build;
#else
#include "kernels/shade_shadow.h"

#include "lane_arrays.h"
#include "shade_shadow_lanes.h"

void JOIN_EXPANDED(hidden_, LANES)(const shade_occluder *o, const shade_ray *rays, int count, float *out) {
  const size_t stride = sizeof(shade_ray) / sizeof(float);
  const mask all = mask_splat(1);
  for (int i = 0; i < count; i += LANES) {
    const float *items = (const float *)(rays + i);
    light_ray ray;
    ray.origin = read_vector(items, stride, 0);
    ray.direction = read_vector(items, stride, 3);
    ray.length = read_field(items, stride, 6);
    ray.spread = read_field(items, stride, 7);
    ray.light = v3_splat(o->light);
    ray.radius = o->radius;
    ray.directional = o->directional;
    real h = zero();
    myr_drawable d = {.shape = o->shape, .size = {o->size[0], o->size[1], o->size[2]}};
    const bounding_capsule bound = bound_of_drawable(&d);
    switch (o->shape) {
      case MYR_GEOM_SPHERE: h = hidden_by_sphere(&ray, o->size[0], all); break;
      case MYR_GEOM_CAPSULE: h = hidden_by_capsule(&ray, o->size[0], o->size[1], all); break;
      case MYR_GEOM_ELLIPSOID: h = hidden_by_ellipsoid(&ray, o->size, &bound, all); break;
      case MYR_GEOM_CYLINDER: h = hidden_by_cylinder(&ray, o->size[0], o->size[1], &bound, all); break;
      default: h = hidden_by_box(&ray, o->size, &bound, all); break;
    }
    write_field(h, out + i);
  }
}

#endif
