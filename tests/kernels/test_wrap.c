/* Tests the way of a tendon around a sphere or a cylinder against MuJoCo's mju_wrap, in double precision. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <mujoco/mujoco.h>

#define LANES 1
#define MYR_DOUBLE
#include "kernels/step/wrap.h"
#include "tests/sim/random_model.h"

/* Exported by MuJoCo's library, and declared in none of its headers. */
double mju_wrap(double ends[6], const double start[3], const double end[3], const double position[3],
                const double axes[9], double radius, int type, const double side[3]);

typedef struct pose {
  double start[3], end[3], side[3], radius;
  int is_sphere, sided;
} pose;

static pose draw_pose(random_model *r) {
  pose p;
  for (int k = 0; k < 3; k++) {
    p.start[k] = random_between(r, -.3, .3);
    p.end[k] = random_between(r, -.3, .3);
    p.side[k] = random_between(r, -.1, .1);
  }
  p.radius = random_between(r, .02, .12);
  p.is_sphere = random_below(r, 2);
  p.sided = random_below(r, 3) > 0;
  return p;
}

/* In radii. */
static double difference(const pose *p, const wrapping *ours, const double *theirs, double length) {
  const double points[6] = {ours->start.x, ours->start.y, ours->start.z, ours->end.x, ours->end.y, ours->end.z};
  double most = fabs(ours->length - length);
  for (int k = 0; k < 6; k++) most = fmax(most, fabs(points[k] - theirs[k]));
  return most / p->radius;
}

/* MuJoCo finds the touching point inside a circle by an iteration that ends at an error of 1e-6. */
static void tendons_pass_geoms_as_in_mujoco(void **state) {
  (void)state;
  static const double nowhere[3] = {0}, axes[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  random_model r = {.random = 5};
  int touching[2][3] = {{0}};
  for (int i = 0; i < 100000; i++) {
    pose p = draw_pose(&r);
    double theirs[6], distance = sqrt(p.side[0] * p.side[0] + p.side[1] * p.side[1] + p.side[2] * p.side[2]);
    int kind = !p.sided ? 0 : distance < p.radius ? 2 : 1;
    double length = mju_wrap(theirs, p.start, p.end, nowhere, axes, p.radius,
                             p.is_sphere ? mjWRAP_SPHERE : mjWRAP_CYLINDER, p.sided ? p.side : NULL);
    wrapping ours = wrap_around(v3_splat(p.start), v3_splat(p.end), p.is_sphere, p.radius, p.sided, v3_splat(p.side));
    if ((ours.touches != 0) != (length >= 0)) fail_msg("pose %d, kind %d: touches %d", i, kind, ours.touches != 0);
    if (!ours.touches) continue;
    touching[p.is_sphere][kind]++;
    double error = difference(&p, &ours, theirs, length);
    if (!(error < (kind == 2 ? 1e-5 : 1e-10))) fail_msg("pose %d, kind %d: %g radii apart", i, kind, error);
  }
  for (int k = 0; k < 6; k++) assert_true(touching[k / 3][k % 3] > 1000);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(tendons_pass_geoms_as_in_mujoco)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
