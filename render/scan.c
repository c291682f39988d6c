/* Scans whose columns are taken one after the other: the frame at the time of each column. A scan ends at the time of
 * the placed world, so that it holds nothing of the time after it. */
#include <string.h>

#include "kernels/model.h"
#include "render/motion.h"
#include "render/renderer.h"
#include "render/rigid.h"

bool scan_begin(myr_renderer *renderer, renderer_thread *thread, int camera) {
  const myr_look_info *info = &renderer->look->info;
  const int bodies = renderer->look->model->nbody;
  if (camera >= info->camera_count || !info->cameras[camera].column_time || !thread->now.velocity) return false;
  bool any = false;
  for (int b = 0; b < bodies; b++) {
    thread->moves[b] = pose_moves_before(&thread->now, b, (double)info->cameras[camera].scan_time, thread->origin);
    any |= thread->moves[b];
  }
  if (!any) return false;
  memcpy(thread->scan_poses, thread->placed.position, (size_t)bodies * 3 * sizeof(float));
  memcpy(thread->scan_poses + 3 * bodies, thread->placed.quaternion, (size_t)bodies * 4 * sizeof(float));
  return true;
}

/* Places the drawables of bodies that move, where thread->scan_poses has the bodies. */
static placed_bodies place_moving(const myr_renderer *renderer, renderer_thread *thread, const myr_poses *poses) {
  const myr_look *look = renderer->look;
  const float *values = world_values(look, thread->world);
  const placed_bodies placed = {.poses = poses, .turns = thread->turns, .com_root = -1};
  for (int b = 0; b < look->model->nbody; b++)
    if (thread->moves[b]) rotation_of_quaternion(poses->quaternion + 4 * b, thread->turns + 9 * b);
  for (int d = 0; d < thread->frame.drawable_count; d++) {
    myr_drawable *drawable = &thread->drawables[d];
    if (thread->moves[look->visuals[drawable->surface].body]) place_drawable(look, values, &placed, drawable);
  }
  return placed;
}

void scan_place(myr_renderer *renderer, renderer_thread *thread, int camera, int column, myr_view *view) {
  const myr_look *look = renderer->look;
  const myr_camera_info *info = &look->info.cameras[camera];
  const int bodies = look->model->nbody;
  const double before = (double)info->scan_time - (double)info->column_time[column];
  float *position = thread->scan_poses, *quaternion = thread->scan_poses + 3 * bodies;
  for (int b = 0; b < bodies; b++)
    if (thread->moves[b]) pose_before(&thread->now, b, before, thread->origin, position + 3 * b, quaternion + 4 * b);
  const myr_poses poses = {.position = position, .quaternion = quaternion};
  placed_bodies placed = place_moving(renderer, thread, &poses);
  const float *values = world_values(look, thread->world);
  camera_poses own = thread->cameras[camera];
  mount_pose(look, &look->cameras[camera].mount, look_read_point(look, values, MYR_LOOK_camera_position, camera),
             look_read(look, values, MYR_LOOK_camera_orientation, camera), &placed, &own.now);
  own.next = own.now;
  build_view(&renderer->views[camera], &own, view);
  view->first_column = column;
  view->column_count = 1;
}

void scan_end(myr_renderer *renderer, renderer_thread *thread) { place_moving(renderer, thread, &thread->placed); }
