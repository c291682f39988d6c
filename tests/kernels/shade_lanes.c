/* Plain C functions around the shading kernels; see shade_lanes.h. */
#ifdef MYR_DOUBLE
typedef int the_rasterizer_has_no_double_build;
#else
#include "kernels/raster/shade.h"

#include "lane_arrays.h"
#include "shade_lanes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TABLE JOIN_EXPANDED(shade_table_, LANES)

#define FIELD(name) (offsetof(shade_pixel, name) / sizeof(float))
static fragment read_fragment(const shade_pixel *pixels, int drawable) {
  const float *items = (const float *)pixels;
  const size_t stride = sizeof(shade_pixel) / sizeof(float);
  fragment f;
  unsigned on = 0;
  for (int lane = 0; lane < LANES; lane++) on |= (pixels[lane].drawable == drawable ? 1u : 0u) << lane;
  f.on = mask_of_bits(on);
  f.depth = read_field(items, stride, FIELD(depth));
  f.ray = read_vector(items, stride, FIELD(ray));
  f.ray_length = read_field(items, stride, FIELD(ray_length));
  f.position = read_vector(items, stride, FIELD(position));
  f.normal = read_vector(items, stride, FIELD(normal));
  f.local = read_vector(items, stride, FIELD(local));
  f.local_normal = read_vector(items, stride, FIELD(local_normal));
  f.u = read_field(items, stride, FIELD(u));
  f.v = read_field(items, stride, FIELD(v));
  f.step_x = read_vector(items, stride, FIELD(step_x));
  f.step_y = read_vector(items, stride, FIELD(step_y));
  f.uv_per_metre = read_field(items, stride, FIELD(uv_per_metre));
  return f;
}

static shading *new_shading(const myr_frame *frame, const myr_view *view) {
  size_t head = myr_whole_cache_lines(sizeof(shading));
  size_t bytes = head + shading_bytes(frame->drawable_count, frame->light_count);
  shading *s = aligned_alloc(64, myr_whole_cache_lines(bytes));
  if (!s) abort();
  memset(s, 0xff, bytes); /* nothing may be taken from memory that was not written */
  shade_begin_view(s, (char *)s + head, frame, view);
  return s;
}

/* Puts every caster into every cell of every light's map. */
static void cull_nothing(shading *s) {
  for (int i = 0; i < s->frame->light_count; i++)
    for (int cell = 0; s->frame->lights[i].shadows && cell < s->shadow.words * MAP_CELLS; cell++)
      s->shadow.lights[i].map.cells[cell] = s->shadow.casting[cell / MAP_CELLS];
}

static void shade_blocks(shading *s, const shade_pixel *pixels, int count, float *colors) {
  const int features = shade_features(s->view);
  for (int i = 0; i < count; i += LANES) {
    int gathered = 0;
    lit_block b;
    memset(&b, 0, sizeof b);
    vec3 color = v3_zero();
    for (int lane = 0; lane < LANES; lane++) {
      int drawable = pixels[i + lane].drawable, first = 1;
      for (int before = 0; before < lane; before++) first &= pixels[i + before].drawable != drawable;
      if (drawable < 0 || !first) continue;
      fragment f = read_fragment(pixels + i, drawable);
      if (gathered++)
        shade_gather(s, drawable, &f, features, &b);
      else
        shade_begin_block(s, drawable, &f, v3_scale(f.ray, splat(-1) / f.ray_length), f.depth * f.ray_length, features,
                          &b);
    }
    if (gathered) shade_look_up(s, &b);
    if (gathered) color = v3_choose(b.on, shade_block(s, &b, features), color);
    write_vector(color, colors + 3 * i);
  }
}

static void colors(const myr_frame *frame, const myr_view *view, const shade_pixel *pixels, int count, int culled,
                   float *out) {
  shading *s = new_shading(frame, view);
  if (!culled && view->shadows) cull_nothing(s);
  shade_blocks(s, pixels, count, out);
  free(s);
}

static void intensities(const myr_frame *frame, const myr_view *view, const shade_pixel *pixels, int count,
                        float *out) {
  shading *s = new_shading(frame, view);
  for (int i = 0; i < count; i += LANES) {
    fragment f = read_fragment(pixels + i, pixels[i].drawable);
    write_field(shade_intensity(s, pixels[i].drawable, &f), out + i);
  }
  free(s);
}

static void sky(const myr_frame *frame, const myr_view *view, const float *directions, int count, float *out) {
  shading *s = new_shading(frame, view);
  for (int i = 0; i < count; i += LANES)
    write_vector(shade_background(s, read_vector(directions + 3 * i, 3, 0)), out + 3 * i);
  free(s);
}

static void encode(const float *linear, int count, int32_t *bytes) {
  for (int i = 0; i < count; i += LANES) {
    integer b = encode_srgb_channel(read_field(linear + i, 1, 0));
    for (int lane = 0; lane < LANES; lane++) bytes[i + lane] = lane_get_integer(&b, lane);
  }
}

static void highlights(const float (*cosines)[3], int count, float alpha, float *out, float *grazing) {
  for (int i = 0; i < count; i += LANES) {
    vec3 c = read_vector(cosines[i], 3, 0);
    write_field(highlight(c.x, c.y, c.z, splat(alpha)), out + i);
    write_field(grazing_factor(c.z), grazing + i);
  }
}

const shade_table TABLE = {LANES, colors, intensities, sky, encode, highlights};
#endif
