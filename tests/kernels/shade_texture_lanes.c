/* Plain C functions around the texture kernels; see shade_texture_lanes.h. */
#ifdef MYR_DOUBLE
typedef int the_rasterizer_has_no_double_build;
#else
#include "kernels/raster/shade_pattern.h"

#include "lane_arrays.h"
#include "shade_texture_lanes.h"

static footprint read_footprint(const float (*at)[6]) {
  footprint f;
  f.du_x = read_field(*at, 6, 2);
  f.dv_x = read_field(*at, 6, 3);
  f.du_y = read_field(*at, 6, 4);
  f.dv_y = read_field(*at, 6, 5);
  return f;
}

static void bitmap(const myr_texture *texture, const float (*at)[6], int count, float *out) {
  for (int i = 0; i < count; i += LANES)
    write_vector(sample_bitmap(texture, read_field(at[i], 6, 0), read_field(at[i], 6, 1), read_footprint(at + i)),
                 out + 3 * i);
}

static void cube(const myr_texture *texture, const float (*directions)[3], float angle, int count, float *out) {
  for (int i = 0; i < count; i += LANES)
    write_vector(sample_cube(texture, read_vector(directions[i], 3, 0), splat(angle)), out + 3 * i);
}

static void checker(const float (*at)[6], int count, float *shares) {
  for (int i = 0; i < count; i += LANES) {
    mapped_point m;
    m.u = read_field(at[i], 6, 0);
    m.v = read_field(at[i], 6, 1);
    m.pixel = read_footprint(at + i);
    write_field(checker_share(m), shares + i);
  }
}

static void noise(const float (*cells)[3], float footprint_size, int count, float *shares) {
  for (int i = 0; i < count; i += LANES)
    write_field(noise_share(read_vector(cells[i], 3, 0), splat(footprint_size)), shares + i);
}

const texture_table JOIN_EXPANDED(texture_table_, LANES) = {LANES, bitmap, cube, checker, noise};
#endif
