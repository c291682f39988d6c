/* Places a world: drawables, lights and cameras from its look and poses, as the rasterizer's frames and views need them.
 * The origin of a scene is a point near the camera that is drawn next (scene_origin.h). */
#include <string.h>

#include "kernels/model.h"
#include "render/device_queue.h"
#include "render/far_plane.h"
#include "render/free_camera.h"
#include "render/renderer.h"
#include "render/rigid.h"
#include "render/scene_origin.h"

/* ------------------------------------------------------------------------------------------------ bodies */
/* turns: (nbody, 9) room for the rotation matrices of poses that are known. */
static void turn_bodies(const myr_renderer *renderer, const myr_poses *poses, float *turns) {
  for (int b = 0; poses->position && b < renderer->look->model->nbody; b++)
    rotation_of_quaternion(poses->quaternion + 4 * b, turns + 9 * b);
}

/* The bodies as `placed` has them, from an origin; without poses where they are unknown. */
static placed_bodies bodies_at(const myr_poses *placed, const float *turns) {
  return (placed_bodies){.poses = placed->position ? placed : NULL, .turns = turns, .com_root = -1};
}

/* The point of a body's frame in the scene. */
static void point_of_body(const placed_bodies *bodies, int body, look_point point, float out[3]) {
  /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): without poses nothing belongs to a body */
  memcpy(out, bodies->poses->position + 3 * body, 3 * sizeof *out);
  move_to_point(bodies->turns + 9 * body, point, out);
}

/* The pose of a thing that is fixed in a body. */
static void place(const placed_bodies *bodies, int body, look_point position, const float quaternion[4],
                  float out_position[3], float out_rotation[9]) {
  float turn[9];
  rotation_of_quaternion(quaternion, turn);
  point_of_body(bodies, body, position, out_position);
  rotation_multiply(bodies->turns + 9 * body, turn, out_rotation);
}

/* Radius of the sphere about a shape's centre that holds it; 0 for an infinite plane. */
static float bound_of(int shape, const float size[3], const myr_mesh *mesh) {
  if (mesh) return length(mesh->bound_center) + mesh->bound_radius;
  switch (shape) {
  case MYR_GEOM_PLANE: {
    float corner[3] = {size[0], size[1], 0};
    return size[0] > 0 && size[1] > 0 ? length(corner) : 0;
  }
  case MYR_GEOM_SPHERE: return size[0];
  case MYR_GEOM_CAPSULE: return size[0] + size[1];
  case MYR_GEOM_CYLINDER: {
    float corner[3] = {size[0], size[1], 0};
    return length(corner);
  }
  case MYR_GEOM_ELLIPSOID: {
    float most = size[0] > size[1] ? size[0] : size[1];
    return most > size[2] ? most : size[2];
  }
  default: return length(size); /* a box */
  }
}

void place_drawable(const myr_look *look, const float *values, const placed_bodies *bodies, myr_drawable *drawable) {
  const int visual = drawable->surface;
  place(bodies, look->visuals[visual].body, look_read_point(look, values, MYR_LOOK_visual_position, visual),
        look_read(look, values, MYR_LOOK_visual_orientation, visual), drawable->position, drawable->rotation);
}

static void place_drawables(const myr_renderer *renderer, renderer_thread *thread, const float *values,
                            const placed_bodies *now) {
  const myr_look *look = renderer->look;
  int count = 0;
  for (int k = 0; k < look->info.visual_count; k++) {
    const int i = look->drawing_order[k];
    if (*look_read(look, values, MYR_LOOK_visual_shown, i) == 0) continue;
    const look_visual *visual = &look->visuals[i];
    myr_drawable *drawable = &thread->drawables[count++];
    drawable->surface = i;
    place_drawable(look, values, now, drawable);
    memcpy(drawable->size, look_read(look, values, MYR_LOOK_visual_size, i), sizeof drawable->size);
    drawable->shape = visual->shape, drawable->mesh = visual->mesh;
    drawable->bound = bound_of(visual->shape, drawable->size, visual->mesh >= 0 ? &look->meshes[visual->mesh] : NULL);
    drawable->instance = visual->instance, drawable->semantic = visual->semantic, drawable->part = visual->part;
  }
  thread->frame.drawable_count = count;
}

/* The poses of the drawables at the time of the next frame. */
static void place_next(const myr_renderer *renderer, renderer_thread *thread, const float *values,
                       const placed_bodies *next) {
  const myr_look *look = renderer->look;
  for (int d = 0; d < thread->frame.drawable_count; d++) {
    myr_drawable *drawable = &thread->drawables[d];
    if (!next->poses) {
      memcpy(drawable->next_position, drawable->position, sizeof drawable->position);
      memcpy(drawable->next_rotation, drawable->rotation, sizeof drawable->rotation);
      continue;
    }
    int visual = drawable->surface;
    place(next, look->visuals[visual].body, look_read_point(look, values, MYR_LOOK_visual_position, visual),
          look_read(look, values, MYR_LOOK_visual_orientation, visual), drawable->next_position,
          drawable->next_rotation);
  }
}

static void place_lights(const myr_renderer *renderer, renderer_thread *thread, const float *values,
                         const float *colors, placed_bodies *now) {
  static const float unturned[4] = {1, 0, 0, 0};
  const myr_look *look = renderer->look;
  int count = 0;
  for (int i = 0; i < look->info.light_count; i++) {
    const look_light *from = &look->lights[i];
    if (!(*look_read(look, values, MYR_LOOK_light_intensity, i) > 0)) continue;
    look_pose pose;
    mount_pose(look, &from->mount, look_read_point(look, values, MYR_LOOK_light_position, i), unturned, now, &pose);
    myr_light *light = &thread->lights[count++];
    *light = (myr_light){
        .kind = from->kind, .shadows = from->shadows, .cone_inner = from->cone_inner, .cone_outer = from->cone_outer};
    memcpy(light->position, pose.position, sizeof light->position);
    memcpy(light->attenuation, from->attenuation, sizeof light->attenuation);
    bool aims = from->mount.tracking == MYR_TRACK_TARGET_BODY || from->mount.tracking == MYR_TRACK_TARGET_BODY_COM;
    if (aims)
      for (int k = 0; k < 3; k++) light->direction[k] = pose.rotation[3 * k + 2]; /* forward */
    else
      rotate(pose.rotation, look_read(look, values, MYR_LOOK_light_direction, i), light->direction);
    if (!normalize(light->direction)) light->direction[2] = -1;
    memcpy(light->color, colors + 3 * i, sizeof light->color);
    float radius = *look_read(look, values, MYR_LOOK_light_radius, i);
    bool distant = from->kind == MYR_LIGHT_DIRECTIONAL;
    light->radius = distant ? (float)(portable_sin(radius) / portable_cos(radius)) : radius;
    thread->headlight = from->headlight ? count - 1 : thread->headlight;
  }
  thread->frame.light_count = count;
}

static void place_cameras(const myr_renderer *renderer, renderer_thread *thread, const float *values,
                          placed_bodies *now, placed_bodies *next) {
  const myr_look *look = renderer->look;
  for (int i = 0; i < look->info.camera_count; i++) {
    const look_mount *mount = &look->cameras[i].mount;
    const look_point position = look_read_point(look, values, MYR_LOOK_camera_position, i);
    const float *orientation = look_read(look, values, MYR_LOOK_camera_orientation, i);
    camera_poses *poses = &thread->cameras[i];
    mount_pose(look, mount, position, orientation, now, &poses->now);
    poses->next = poses->now;
    if (next->poses) mount_pose(look, mount, position, orientation, next, &poses->next);
    poses->fov = *look_read(look, values, MYR_LOOK_camera_fov, i);
  }
}

/* ------------------------------------------------------------------------------------------------ labels */
static void place_keypoints(const myr_renderer *renderer, renderer_thread *thread, const placed_bodies *now) {
  const myr_look *look = renderer->look;
  for (int i = 0; i < look->info.keypoint_count; i++)
    point_of_body(now, look->info.keypoint_body[i], look_keypoint(look, i), thread->keypoints + 3 * i);
}

static void locate_point(const renderer_thread *thread, int body, look_point point, const double origin[3],
                         float position[3]) {
  position_from_origin(&thread->now, body, origin, position);
  move_to_point(thread->turns + 9 * body, point, position);
}

void locate_drawable(const myr_renderer *renderer, const renderer_thread *thread, const myr_drawable *drawable,
                     const double origin[3], float position[3]) {
  const int visual = drawable->surface;
  const float *values = world_values(renderer->look, thread->world);
  locate_point(thread, renderer->look->visuals[visual].body,
               look_read_point(renderer->look, values, MYR_LOOK_visual_position, visual), origin, position);
}

void locate_keypoint(const myr_renderer *renderer, const renderer_thread *thread, int keypoint, double position[3]) {
  static const double world[3] = {0, 0, 0};
  const int body = renderer->look->info.keypoint_body[keypoint];
  const look_point point = look_keypoint(renderer->look, keypoint);
  double origin[3];
  float found[3];
  locate_point(thread, body, point, world, found);
  scene_origin_near(found, origin);
  if (!scene_origin_is_world(origin)) locate_point(thread, body, point, origin, found);
  for (int k = 0; k < 3; k++) position[k] = (double)found[k] + origin[k];
}

/* ------------------------------------------------------------------------------------------------ the scene */
/* The grid point near each camera. The positions in the world may be rounded. */
static void find_origins(const myr_renderer *renderer, renderer_thread *thread, const float *values) {
  const myr_look *look = renderer->look;
  placed_bodies now = bodies_at(&thread->now, thread->turns);
  for (int i = 0; i < look->info.camera_count && now.poses; i++) {
    look_pose pose;
    mount_pose(look, &look->cameras[i].mount, look_read_point(look, values, MYR_LOOK_camera_position, i),
               look_read(look, values, MYR_LOOK_camera_orientation, i), &now, &pose);
    scene_origin_near(pose.position, thread->cameras[i].origin);
  }
}

void place_scene(const myr_renderer *renderer, renderer_thread *thread, const double origin[3]) {
  const myr_look *look = renderer->look;
  const int count = look->model->nbody;
  const float *values = world_values(look, thread->world);
  myr_poses next = thread->next;
  memcpy(thread->origin, origin, sizeof thread->origin);
  thread->placed = thread->now;
  if (thread->now.position) thread->placed = poses_from_origin(&thread->now, count, origin, thread->positions);
  if (next.position) next = poses_from_origin(&next, count, origin, thread->positions + 3 * count);
  placed_bodies bodies = bodies_at(&thread->placed, thread->turns);
  placed_bodies next_bodies = bodies_at(&next, thread->next_turns);
  thread->headlight = -1;
  thread->frame.surfaces = world_surfaces(thread->world);
  place_drawables(renderer, thread, values, &bodies);
  place_next(renderer, thread, values, &next_bodies);
  if (!scene_origin_is_world(origin)) move_far_planes(renderer, thread);
  place_lights(renderer, thread, values, world_light_colors(look, thread->world), &bodies);
  place_cameras(renderer, thread, values, &bodies, &next_bodies);
  place_keypoints(renderer, thread, &bodies);
  if (renderer->free_camera) place_free_camera(renderer, thread);
}

void myr_renderer_pose(myr_renderer *renderer, int thread_index, const myr_world_look *world, const myr_poses *now,
                       const myr_poses *next) {
  renderer_thread *thread = &renderer->threads[thread_index];
  static const double world_origin[3] = {0, 0, 0};
  const myr_look *look = renderer->look;
  thread->frame = (myr_frame){.drawables = thread->drawables,
                              .lights = thread->lights,
                              .textures = look->bitmaps,
                              .meshes = look->meshes,
                              .environment = &world->environment,
                              .instance_count = look->info.instance_count};
  thread->world = world;
  thread->now = now ? *now : (myr_poses){0};
  thread->next = next ? *next : (myr_poses){0};
  turn_bodies(renderer, &thread->now, thread->turns);
  turn_bodies(renderer, &thread->next, thread->next_turns);
  find_origins(renderer, thread, world_values(look, world));
  place_scene(renderer, thread, look->info.camera_count ? thread->cameras[0].origin : world_origin);
  if (renderer->device) device_queue_moved(renderer->device, thread_index);
}
