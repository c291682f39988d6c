/* One plain C function around kernels/step/collide.h, compiled once for each number of lanes and once in double. */
#include "kernels/step/collide.h"

#include "collide_lanes.h"

#define JOIN(a, b) a##b
#define JOIN_EXPANDED(a, b) JOIN(a, b)
#ifdef MYR_DOUBLE
#define COLLIDE_LANES collide_lanes_double
#define NUMBERS in_double
#else
#define NUMBERS in_float
#define COLLIDE_LANES JOIN_EXPANDED(collide_lanes_, LANES)
#endif

static convex_hull hull_of(const test_hull *from) {
  convex_hull h = {0};
  if (!from) return h;
  h.center = from->NUMBERS.center;
  h.vertex = from->NUMBERS.vertex;
  h.normal = from->NUMBERS.normal;
  h.corner = from->hull.corner;
  h.count = from->hull.corner_count;
  h.vertices = from->hull.vertex_count;
  h.faces = from->hull.face_count;
  h.corners = from->hull.corners;
  h.inradius = (scalar)from->hull.inradius;
  h.reach = (scalar)from->hull.reach;
  return h;
}

void COLLIDE_LANES(int kind, int count, const test_hull *const hulls[2], const scalar *pairs, scalar *result) {
  scalar size[4], elevation[TEST_FIELD_ROWS * TEST_FIELD_COLUMNS];
  for (int i = 0; i < 4; i++) size[i] = (scalar)collide_test_field.size[i];
  for (int i = 0; i < TEST_FIELD_ROWS * TEST_FIELD_COLUMNS; i++) elevation[i] = (scalar)collide_test_field.elevation[i];
  const pair_assets both = {hull_of(hulls[0]), hull_of(hulls[1]),
                            height_field_from(elevation, TEST_FIELD_ROWS, TEST_FIELD_COLUMNS, size)};
  for (int first = 0; first < count; first += LANES) {
    real in[COLLIDE_PAIR_NUMBERS];
    for (int lane = 0; lane < LANES; lane++)
      for (int k = 0; k < COLLIDE_PAIR_NUMBERS; k++)
        lane_set(&in[k], lane, pairs[(first + lane) * COLLIDE_PAIR_NUMBERS + k]);
    pose a = {v3_load(in), m3_load(in + 3)};
    pose b = {v3_load(in + COLLIDE_GEOM_NUMBERS), m3_load(in + COLLIDE_GEOM_NUMBERS + 3)};
    contact_point out[MYR_PAIR_MOST_CONTACTS];
    for (int slot = 0; slot < MYR_PAIR_MOST_CONTACTS; slot++) out[slot] = contact_none();
    vec3 size_a = v3_load(in + 12), size_b = v3_load(in + COLLIDE_GEOM_NUMBERS + 12);
    collide_pair(kind, a, size_a, b, size_b, &both, in[30], out, real_to_mask(in[31]));
    for (int lane = 0; lane < LANES; lane++) {
      scalar *lane_result = result + (first + lane) * MYR_PAIR_MOST_CONTACTS * COLLIDE_POINT_NUMBERS;
      for (int slot = 0; slot < MYR_PAIR_MOST_CONTACTS; slot++) {
        real numbers[COLLIDE_POINT_NUMBERS];
        numbers[0] = out[slot].distance;
        v3_store(numbers + 1, out[slot].position);
        v3_store(numbers + 4, out[slot].normal);
        v3_store(numbers + 7, out[slot].tangent);
        for (int k = 0; k < COLLIDE_POINT_NUMBERS; k++) *lane_result++ = lane_get(&numbers[k], lane);
      }
    }
  }
}
