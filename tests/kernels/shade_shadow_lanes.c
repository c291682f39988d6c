/* Plain C functions around the shadow kernels; see shade_shadow_lanes.h. */
#ifdef MYR_DOUBLE
typedef int the_rasterizer_has_no_double_build;
#else
#include <stdlib.h>
#include <string.h>

#include "kernels/memory.h"
#include "kernels/raster/shade_light.h"
#include "kernels/raster/shade_shadow.h"

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
    real h;
    myr_drawable d = {.shape = o->shape, .size = {o->size[0], o->size[1], o->size[2]}};
    const bounding_capsule bound = bound_of_drawable(&d);
    switch (o->shape) {
    case MYR_GEOM_SPHERE:
      h = hidden_by_sphere(ray.origin, ray.direction, o->size[0], ray.length, ray.spread, all);
      break;
    case MYR_GEOM_CAPSULE:
      h = hidden_by_capsule(ray.origin, ray.direction, v3(zero(), zero(), splat(1)), o->size[0], o->size[1], ray.length,
                            ray.spread, all);
      break;
    case MYR_GEOM_ELLIPSOID: h = hidden_by_ellipsoid(&ray, o->size, &bound, all); break;
    case MYR_GEOM_CYLINDER: h = hidden_by_cylinder(&ray, o->size[0], o->size[1], &bound, all); break;
    default: h = hidden_by_box(&ray, o->size, &bound, all); break;
    }
    write_field(h, out + i);
  }
}

static void count_left_out(const shadows *s, const shadow_light *light, const view_light *sampled,
                           const lit_points *lit, left_out_count *n) {
  const light_sample from = sample_light(sampled, lit->position);
  const mask all = mask_splat(1);
  const map_place place = place_in_map(light, lit->position, &from);
  const mask reached =
      mask_not(place.beyond) | passes_casters(&s->casters, lit->position, from.direction, from.length, from.spread);
  for (int i = 0; i < s->casters.count; i++) {
    int caster = s->casters.drawable[i];
    integer bits = casters_of_word(s, light, caster / 32, &place, lit->drawable, isplat(0), reached);
    mask out = ieq(bits & bit_of(isplat(caster)), isplat(0));
    real hidden = hidden_by_caster(s, light, caster, lit, from.direction, from.length, from.spread, all);
    n->pairs += LANES;
    n->out += count_bits(mask_bits(out));
    n->wrong += count_bits(mask_bits(out & mask_not(eq(hidden, zero()))));
  }
}

left_out_count JOIN_EXPANDED(left_out_, LANES)(const myr_frame *frame, const float (*points)[3], int count) {
  static const float viewpoint[3];
  left_out_count n = {0};
  shadows s;
  size_t bytes = shadows_bytes(frame->drawable_count, frame->light_count);
  char *memory = aligned_alloc(64, myr_whole_cache_lines(bytes));
  if (!memory) abort();
  memset(memory, 0xff, bytes); /* nothing may be taken from memory that was not written */
  place_shadows(&s, frame->drawable_count, frame->light_count, memory);
  begin_shadows(&s, frame, viewpoint, 0);
  lit_points lit;
  lit.normal = v3_zero();
  lit.viewer_distance = zero();
  lit.drawable = isplat(-1);
  for (int l = 0; l < frame->light_count; l++) {
    view_light sampled;
    prepare_light(&frame->lights[l], &sampled);
    for (int i = 0; i < count; i += LANES) {
      lit.position = read_vector(points[i], 3, 0);
      count_left_out(&s, &s.lights[l], &sampled, &lit, &n);
    }
  }
  free(memory);
  return n;
}

#endif
