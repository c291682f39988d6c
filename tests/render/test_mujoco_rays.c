/* Compares pictures of our robots with MuJoCo's rays, which meet its shapes exactly. Every pixel of several cameras in
 * several poses must show the geom that mj_ray meets first, at its distance, and the cameras must have MuJoCo's
 * poses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/render/mujoco_scene.h"

enum { SIDE = 64, POSES = 6 };

/* px. A pixel may also show what a ray within this distance of its centre meets, because poses are floats on our side
 * and doubles on MuJoCo's. */
static const double neighbourhood = 0.02;

typedef struct tally {
  long pixels, seen, moved, rough;
  double worst; /* of the depths, relative, where the centre's ray agrees */
} tally;

static const char *shown(const mujoco_scene *s, int geom) { return scene_geom_name(s, geom); }

typedef struct ray_hit {
  int geom;
  double depth;
} ray_hit;

/* Returns what MuJoCo's ray through (u, v) of a camera meets. MuJoCo's cameras look along -z, with y up. */
static ray_hit cast(const mujoco_scene *s, int camera, double u, double v) {
  static const mjtByte groups[mjNGROUP] = {1, 1, 1, 0, 0, 0};
  const double focal = s->side / 2.0 / tan(s->model->cam_fovy[camera] * M_PI / 360);
  const mjtNum local[3] = {(u - s->side / 2.0) / focal, -(v - s->side / 2.0) / focal, -1};
  mjtNum direction[3];
  mju_mulMatVec3(direction, s->data->cam_xmat + 9 * camera, local);
  const double length = mju_normalize3(direction);
  ray_hit hit;
  hit.depth =
      mj_ray(s->model, s->data, s->data->cam_xpos + 3 * camera, direction, groups, 1, -1, &hit.geom, NULL) / length;
  if (hit.geom >= 0 && (hit.depth < (double)s->near_limit || hit.depth > (double)s->far_limit)) hit.geom = -1;
  return hit;
}

/* Whether some ray near the pixel's centre meets this geom at this depth. The tolerance is the change of the depth
 * between such rays, because at a ridge of a mesh the depth at the centre is the least of all. */
static bool meets_nearby(const mujoco_scene *s, int camera, double u, double v, int geom, double depth,
                         double tolerance) {
  bool found = false;
  double nearest = INFINITY, low = INFINITY, high = -INFINITY;
  for (int i = 0; i < 32; i++) {
    const double r = i < 16 ? neighbourhood : neighbourhood / 4;
    ray_hit hit = cast(s, camera, u + r * cos(i * M_PI / 8), v + r * sin(i * M_PI / 8));
    if (hit.geom != geom) continue;
    found = true, low = fmin(low, hit.depth), high = fmax(high, hit.depth);
    nearest = fmin(nearest, fabs(hit.depth - depth));
  }
  return found && (geom < 0 || nearest <= tolerance + (high - low));
}

static void compare_pixel(const mujoco_scene *s, int camera, int i, int j, int geom, double depth, tally *t) {
  const ray_hit hit = cast(s, camera, i + 0.5, j + 0.5);
  const double tolerance = 1e-5 * depth + 1e-6, error = geom < 0 ? 0 : fabs(depth - hit.depth);
  t->pixels++, t->seen += geom >= 0;
  if (geom == hit.geom && error <= tolerance) {
    if (geom >= 0) t->worst = fmax(t->worst, error / depth);
    return;
  }
  if (!meets_nearby(s, camera, i + 0.5, j + 0.5, geom, depth, tolerance))
    fail_msg("%s, camera %d, pixel (%d, %d) shows %s at %.7g m; the ray meets %s at %.7g m", s->name, camera, i, j,
             shown(s, geom), depth, shown(s, hit.geom), hit.depth);
  if (geom != hit.geom)
    t->moved++;
  else
    t->rough++;
}

static void compare_camera(const mujoco_scene *s, int camera, tally *t) {
  static int32_t drawable[SIDE * SIDE];
  static float depth[SIDE * SIDE];
  double pose[7];
  float intrinsics[4];
  const myr_image image = {.pixels = {.drawable = drawable, .depth = depth}, .pose = pose, .intrinsics = intrinsics};
  myr_renderer_draw(s->renderer, 0, camera, &image, NULL);
  for (int i = 0; i < 3; i++) assert_true(fabs(pose[i] - s->data->cam_xpos[3 * camera + i]) < 2e-6);
  /* The pose rotates right, down, forward into the world: MuJoCo's first column, and its other columns negated. */
  const mjtNum quaternion[4] = {(double)pose[6], (double)pose[3], (double)pose[4], (double)pose[5]};
  mjtNum rotation[9];
  mju_quat2Mat(rotation, quaternion);
  for (int i = 0; i < 9; i++)
    assert_true(fabs(rotation[i] * (i % 3 ? -1 : 1) - s->data->cam_xmat[9 * camera + i]) < 3e-6);
  assert_true(fabs((double)intrinsics[1] - s->side / 2.0 / tan(s->model->cam_fovy[camera] * M_PI / 360)) < 1e-4);
  for (int j = 0; j < SIDE; j++)
    for (int i = 0; i < SIDE; i++)
      compare_pixel(s, camera, i, j, scene_geom(s, drawable[j * SIDE + i]), (double)depth[j * SIDE + i], t);
}

static void test_rays(void **state) {
  (void)state;
  for (int model = 0; model < SCENE_MODELS; model++) {
    mujoco_scene s;
    tally t = {0};
    scene_open(&s, scene_models[model].path, scene_models[model].target, SIDE);
    for (int pose = 0; pose < POSES; pose++) {
      scene_pose(&s, pose);
      for (int camera = 0; camera < SCENE_CAMERAS; camera++) compare_camera(&s, camera, &t);
    }
    print_message(
        "%s: %ld pixels, %ld seen; another geom at an edge %ld, another depth at an edge %ld; worst depth %.1e\n",
        s.name, t.pixels, t.seen, t.moved, t.rough, t.worst);
    assert_true(t.seen > t.pixels / 4);
    assert_true((t.moved + t.rough) * 500 < t.pixels);
    scene_close(&s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_rays)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
