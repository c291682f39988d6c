/* The poses of lights and cameras: fixed to a body, following it, or looking at one. */
#include <string.h>

#include "kernels/model.h"
#include "render/look.h"
#include "render/rigid.h"

static bool descends(const myr_model *model, int body, int ancestor) {
  while (body > ancestor) body = model->body_parent[body];
  return body == ancestor;
}

/* Centre of mass of the subtree at `root`, with the model's masses; the body's own position when it weighs nothing. */
static void subtree_com(const myr_model *model, int root, const placed_bodies *bodies, float out[3]) {
  const float *positions = bodies->poses->position;
  float mass = 0, sum[3] = {0, 0, 0};
  for (int b = root; b < model->nbody; b++) {
    if (!descends(model, b, root) || model->body_mass[b] == 0) continue;
    float inner[3], weight = (float)model->body_mass[b];
    for (int k = 0; k < 3; k++) inner[k] = (float)model->body_ipos[3 * b + k];
    rotate(bodies->turns + 9 * b, inner, inner);
    for (int k = 0; k < 3; k++) sum[k] += weight * (positions[3 * b + k] + inner[k]);
    mass += weight;
  }
  for (int k = 0; k < 3; k++) out[k] = mass > 0 ? sum[k] / mass : positions[3 * root + k];
}

static const float *kept_com(const myr_look *look, int root, placed_bodies *bodies) {
  if (bodies->com_root != root) subtree_com(look->model, root, bodies, bodies->com);
  bodies->com_root = root;
  return bodies->com;
}

static const float *target_point(const myr_look *look, const look_mount *mount, placed_bodies *bodies) {
  if (mount->tracking == MYR_TRACK_TARGET_BODY_COM) return kept_com(look, mount->target, bodies);
  return bodies->poses->position + 3 * mount->target;
}

/* Turns the pose so that it looks from its position at the target; unchanged where the two coincide. */
static void look_at_target(const myr_look *look, const look_mount *mount, placed_bodies *bodies, look_pose *pose) {
  const float *target = target_point(look, mount, bodies);
  float toward[3];
  for (int k = 0; k < 3; k++) toward[k] = target[k] - pose->position[k];
  if (normalize(toward)) rotation_looking(toward, pose->rotation);
}

/* The rest comes last: it would be lost in the way to a far point, and is not in the position, which is near the scene's
 * origin. */
void move_to_point(const float turn[9], look_point point, float position[3]) {
  const float *rest = point.rest;
  float way[3];
  rotate(turn, point.position, way);
  for (int k = 0; k < 3; k++) position[k] += way[k];
  if (rest[0] == 0 && rest[1] == 0 && rest[2] == 0) return;
  rotate(turn, rest, way);
  for (int k = 0; k < 3; k++) position[k] += way[k];
}

void mount_pose(const myr_look *look, const look_mount *mount, look_point position, const float quaternion[4],
                placed_bodies *bodies, look_pose *out) {
  const myr_poses *poses = bodies->poses;
  const float *body = poses->position + 3 * mount->body;
  float turn[4];
  if (mount->tracking == MYR_TRACK_BODY || mount->tracking == MYR_TRACK_BODY_COM) {
    const float *at = mount->tracking == MYR_TRACK_BODY_COM ? kept_com(look, mount->body, bodies) : body;
    for (int k = 0; k < 3; k++) out->position[k] = at[k] + position.position[k];
    rotation_of_quaternion(quaternion, out->rotation);
    return;
  }
  memcpy(out->position, body, sizeof out->position);
  move_to_point(bodies->turns + 9 * mount->body, position, out->position);
  quaternion_multiply(poses->quaternion + 4 * mount->body, quaternion, turn);
  rotation_of_quaternion(turn, out->rotation);
  bool aims = mount->tracking == MYR_TRACK_TARGET_BODY || mount->tracking == MYR_TRACK_TARGET_BODY_COM;
  if (aims && mount->target >= 0) look_at_target(look, mount, bodies, out);
}
