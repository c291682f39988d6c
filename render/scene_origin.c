#include "render/scene_origin.h"

#include <math.h>

#include "kernels/model.h"

enum { GRID = 64 }; /* m */

bool scene_origin_is_world(const double origin[3]) { return origin[0] == 0 && origin[1] == 0 && origin[2] == 0; }

void position_from_origin(const myr_poses *poses, int body, const double origin[3], float out[3]) {
  const float *position = poses->position + 3 * body, *rest = poses->rest ? poses->rest + 3 * body : NULL;
  for (int k = 0; k < 3; k++)
    out[k] = scene_origin_is_world(origin) ? position[k]
                                           : (float)((double)position[k] - origin[k] + (rest ? (double)rest[k] : 0));
}

/* m; a point near which a picture must be exact. */
static void find_eye(const myr_renderer *renderer, const float *values, placed_bodies *bodies, float eye[3]) {
  const myr_look *look = renderer->look;
  look_pose pose = {.position = {0, 0, 0}};
  int moving = 1;
  if (look->info.camera_count) {
    mount_pose(look, &look->cameras[0].mount, look_read(look, values, MYR_LOOK_camera_position, 0),
               look_read(look, values, MYR_LOOK_camera_orientation, 0), bodies, &pose);
    for (int k = 0; k < 3; k++) eye[k] = pose.position[k];
    return;
  }
  while (moving < look->model->nbody && !look->model->body_weld[moving]) moving++;
  for (int k = 0; k < 3; k++) eye[k] = moving < look->model->nbody ? bodies->poses->position[3 * moving + k] : 0;
}

void scene_origin_find(const myr_renderer *renderer, const float *values, placed_bodies *bodies, double origin[3]) {
  float eye[3] = {0, 0, 0};
  if (bodies->poses) find_eye(renderer, values, bodies, eye);
  for (int k = 0; k < 3; k++) origin[k] = isfinite(eye[k]) ? GRID * rint((double)eye[k] / GRID) : 0;
}

myr_poses poses_from_origin(const myr_poses *poses, int bodies, const double origin[3], float *room) {
  myr_poses placed = *poses;
  if (scene_origin_is_world(origin)) return placed;
  for (int b = 0; b < bodies; b++) position_from_origin(poses, b, origin, room + 3 * b);
  placed.position = room;
  placed.rest = NULL;
  return placed;
}
