/* Plain C functions around kernels/raster/raster_mesh_ray.h, compiled once for each number of lanes. The rasterizer has
 * no build in double precision. */
#ifndef MYR_DOUBLE
#include <string.h>

#include "kernels/raster/raster_mesh_ray.h"

#include "raster_mesh_ray_lanes.h"

#define JOIN(a, b) a##b
#define JOIN_EXPANDED(a, b) JOIN(a, b)

static void shadow(const myr_mesh *mesh, int level, int count, const float *numbers, uint8_t *shadowed) {
  for (int first = 0; first < count; first += LANES) {
    real r[7];
    for (int k = 0; k < 7; k++)
      for (int lane = 0; lane < LANES; lane++) lane_set(&r[k], lane, numbers[7 * (first + lane) + k]);
    mask hit = mesh_shadow(mesh, level, v3_load(r), v3_load(r + 3), r[6], mask_splat(1));
    for (int lane = 0; lane < LANES; lane++) shadowed[first + lane] = mask_lane(hit, lane) != 0;
  }
}

static void fragments(const myr_mesh *mesh, int count, const int32_t *triangles, const float *points, float *result) {
  for (int first = 0; first < count; first += LANES) {
    fragment f;
    memset(&f, 0, sizeof f);
    integer triangle = load_integers(triangles + first);
    f.on = mask_splat(1);
    for (int lane = 0; lane < LANES; lane++) {
      lane_set(&f.local.x, lane, points[3 * (first + lane)]);
      lane_set(&f.local.y, lane, points[3 * (first + lane) + 1]);
      lane_set(&f.local.z, lane, points[3 * (first + lane) + 2]);
    }
    mesh_fragment(mesh, triangle, &f);
    const real out[6] = {f.local_normal.x, f.local_normal.y, f.local_normal.z, f.u, f.v, f.uv_per_metre};
    for (int lane = 0; lane < LANES; lane++)
      for (int k = 0; k < 6; k++) result[6 * (first + lane) + k] = lane_get(&out[k], lane);
  }
}

const raster_mesh_ray_lanes JOIN_EXPANDED(raster_mesh_ray_lanes_, LANES) = {shadow, fragments};
#else
typedef int raster_mesh_ray_has_no_double_build;
#endif
