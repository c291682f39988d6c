/* Where lights and cameras are: fixed to a body, following it, or looking at one. */
#include <string.h>

#include "render/look.h"
#include "render/rigid.h"

static bool descends(const myr_model *model, int body, int ancestor) {
  while (body > ancestor) body = model->body_parent[body];
  return body == ancestor;
}

/* Centre of mass of the subtree at `root`, with the model's masses; the body's own position when it weighs nothing. */
static void subtree_com(const myr_model *model, int root, const myr_poses *poses, float out[3]) {
  float mass = 0, sum[3] = {0, 0, 0};
  for (int b = root; b < model->nbody; b++) {
    if (!descends(model, b, root) || model->body_mass[b] == 0) continue;
    float m[9], inner[3], weight = (float)model->body_mass[b];
    for (int k = 0; k < 3; k++) inner[k] = (float)model->body_ipos[3 * b + k];
    rotation_of_quaternion(poses->quaternion + 4 * b, m);
    rotate(m, inner, inner);
    for (int k = 0; k < 3; k++) sum[k] += weight * (poses->position[3 * b + k] + inner[k]);
    mass += weight;
  }
  for (int k = 0; k < 3; k++) out[k] = mass > 0 ? sum[k] / mass : poses->position[3 * root + k];
}

static void target_point(const myr_look *look, const look_mount *mount, const myr_poses *poses, float out[3]) {
  if (mount->tracking == MYR_TRACK_TARGET_BODY_COM)
    subtree_com(look->model, mount->target, poses, out);
  else
    memcpy(out, poses->position + 3 * mount->target, 3 * sizeof(float));
}

/* Turns the pose so that it looks from its position at the target; as it was where the two coincide. */
static void look_at_target(const myr_look *look, const look_mount *mount, const myr_poses *poses, look_pose *pose) {
  float toward[3];
  target_point(look, mount, poses, toward);
  for (int k = 0; k < 3; k++) toward[k] -= pose->position[k];
  if (normalize(toward)) rotation_looking(toward, pose->rotation);
}

void mount_pose(const myr_look *look, const look_mount *mount, const float position[3], const float quaternion[4],
                const myr_poses *poses, look_pose *out) {
  const float *body = poses->position + 3 * mount->body;
  float turn[4], m[9], offset[3];
  if (mount->tracking == MYR_TRACK_BODY || mount->tracking == MYR_TRACK_BODY_COM) {
    float at[3] = {body[0], body[1], body[2]};
    if (mount->tracking == MYR_TRACK_BODY_COM) subtree_com(look->model, mount->body, poses, at);
    for (int k = 0; k < 3; k++) out->position[k] = at[k] + position[k];
    rotation_of_quaternion(quaternion, out->rotation);
    return;
  }
  rotation_of_quaternion(poses->quaternion + 4 * mount->body, m);
  rotate(m, position, offset);
  for (int k = 0; k < 3; k++) out->position[k] = body[k] + offset[k];
  quaternion_multiply(poses->quaternion + 4 * mount->body, quaternion, turn);
  rotation_of_quaternion(turn, out->rotation);
  bool aims = mount->tracking == MYR_TRACK_TARGET_BODY || mount->tracking == MYR_TRACK_TARGET_BODY_COM;
  if (aims && mount->target >= 0) look_at_target(look, mount, poses, out);
}
