#include "render/scene_origin.h"

#include <math.h>

#include "kernels/far_out.h"

void scene_origin_near(const float position[3], double origin[3]) {
  for (int k = 0; k < 3; k++)
    origin[k] = isfinite(position[k]) ? MYR_ORIGIN_GRID * rint((double)position[k] / MYR_ORIGIN_GRID) : 0;
}

bool scene_origins_are_equal(const double a[3], const double b[3]) {
  return a[0] == b[0] && a[1] == b[1] && a[2] == b[2];
}

bool scene_origin_is_world(const double origin[3]) {
  static const double world[3] = {0, 0, 0};
  return scene_origins_are_equal(origin, world);
}

void position_from_origin(const myr_poses *poses, int body, const double origin[3], float out[3]) {
  const float *position = poses->position + 3 * body, *rest = poses->rest ? poses->rest + 3 * body : NULL;
  for (int k = 0; k < 3; k++)
    out[k] = scene_origin_is_world(origin) ? position[k]
                                           : (float)((double)position[k] - origin[k] + (rest ? (double)rest[k] : 0));
}

myr_poses poses_from_origin(const myr_poses *poses, int bodies, const double origin[3], float *room) {
  myr_poses placed = *poses;
  if (scene_origin_is_world(origin)) return placed;
  for (int b = 0; b < bodies; b++) position_from_origin(poses, b, origin, room + 3 * b);
  placed.position = room;
  placed.rest = NULL;
  return placed;
}
