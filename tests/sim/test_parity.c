/* Tests parity with MuJoCo, stage by stage, on our robots and on random models of every feature.
 *
 * In double precision the two must agree but for its rounding. This shows that the mathematics is the same, so single
 * precision adds only rounding. The bounds of that rounding are derived below, stage by stage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <mujoco/mujoco.h>

#include "kernels/model.h"
#include "tests/sim/random_model.h"
#include "tests/sim/tied_models.h"
#include "tests/sim/worlds.h"

/* A stage passes if its errors are within the relative bounds, or in every state within the absolute bound. The latter
 * is for states with nothing but rounding on both sides, such as the spring of a ball joint at rest. */
typedef struct bound {
  double largest, median, absolute;
} bound;

typedef struct bounds {
  bound kinematic;    /* positions, velocities' forces, energy: sums of products of numbers of one size */
  bound acceleration; /* of the smooth forces: the solution of a linear system */
  bound constraint;   /* rows */
  bound solved;       /* results of the solver */
  double trajectory;  /* m or rad, the median over the states */
} bounds;

/* The solver stops when the cost no longer falls. The cost is quadratic there, so in either engine its result is exact
 * only to the square root of a double's resolution. */
static const bounds double_bounds = {
    .kinematic = {1e-12, 1e-14, 1e-12},
    .acceleration = {1e-11, 1e-12, 1e-12},
    .constraint = {1e-11, 1e-13, 1e-12},
    .solved = {1e-4, 1e-8, 1e-9},
    .trajectory = 1e-7,
};

/* The bounds in single precision:
 * - kinematic: a few dozen roundings of 6e-8. The largest error is that of a bias force whose terms cancel.
 * - acceleration: solving with the mass matrix M loses the digits of its condition number; see float_bounds_of.
 * - constraint: a position is exact to 1e-7 m or rad. The impedance rises from end to end within a width of 2 to 20 mm,
 *   by up to its third power: its error is 3e-7 / 0.002 = 1.5e-4 of it. A stiffness of 2500 1/s^2 makes 2.5e-4 m/s^2 of
 *   the position's error.
 * - solved: in a body at rest, gravity and contacts cancel, so an acceleration near zero is exact only as a share of
 *   gravity. The absolute bound is a thousandth of gravity. */
static const bounds float_bounds = {
    .kinematic = {3e-5, 1e-6, 1e-6},
    .acceleration = {1e-5, 1e-5, 1e-6},
    .constraint = {2e-3, 1e-5, 1e-6},
    .solved = {2e-3, 1e-4, 0.02},
    .trajectory = 1e-5,
};

/* ------------------------------------------------------------------------------------------------ conditioning */
/* Rotates the plane of dofs p and q so that the entry between them becomes zero (Jacobi's method). */
static void rotate_away(double *matrix, int n, int p, int q) {
  double apq = matrix[p * n + q];
  if (apq == 0) return;
  double theta = (matrix[q * n + q] - matrix[p * n + p]) / (2 * apq);
  double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1)), c = 1 / sqrt(t * t + 1), s = t * c;
  for (int k = 0; k < n; k++) {
    double kp = matrix[k * n + p], kq = matrix[k * n + q];
    matrix[k * n + p] = c * kp - s * kq, matrix[k * n + q] = s * kp + c * kq;
  }
  for (int k = 0; k < n; k++) {
    double pk = matrix[p * n + k], qk = matrix[q * n + k];
    matrix[p * n + k] = c * pk - s * qk, matrix[q * n + k] = s * pk + c * qk;
  }
}

/* Returns the largest eigenvalue over the smallest of a symmetric positive matrix. Destroys the matrix. */
static double condition_of(double *matrix, int n) {
  for (int sweep = 0; sweep < 12; sweep++)
    for (int p = 0; p < n; p++)
      for (int q = p + 1; q < n; q++) rotate_away(matrix, n, p, q);
  double least = INFINITY, most = 0;
  for (int i = 0; i < n; i++) least = fmin(least, matrix[i * n + i]), most = fmax(most, matrix[i * n + i]);
  return most / least;
}

/* Returns the condition number of the mass matrix in the file's pose. */
static double condition_of_file(const char *path) {
  char message[500];
  mjModel *m = mj_loadXML(path, NULL, message, sizeof message);
  if (!m) fail_msg("%s", message);
  mjData *d = mj_makeData(m);
  mj_forward(m, d);
  double *mass = calloc((size_t)m->nv * (size_t)m->nv, sizeof *mass);
  mj_fullM(m, d, mass);
  double condition = condition_of(mass, m->nv);
  free(mass);
  mj_deleteData(d);
  mj_deleteModel(m);
  return condition;
}

/* The relative error of a solution is at most about eps times the condition number (Higham, "Accuracy and Stability of
 * Numerical Algorithms", ch. 10), here that of the file's pose. In other poses it may be a few times larger; mostly it
 * is far smaller. */
static bounds float_bounds_of(double condition) {
  const double rounding = 0x1p-24;
  bounds b = float_bounds;
  b.acceleration.largest = fmax(1e-5, 3 * rounding * condition);
  b.acceleration.median = fmax(1e-5, 0.3 * rounding * condition);
  return b;
}

/* ------------------------------------------------------------------------------------------------ judging */
static bound bound_of(const bounds *b, const char *stage) {
  if (!strcmp(stage, "smooth_acceleration")) return b->acceleration;
  if (!strcmp(stage, "acceleration") || !strcmp(stage, "constraint_force") || !strcmp(stage, "contact_force") ||
      !strcmp(stage, "force_sensors"))
    return b->solved;
  if (!strncmp(stage, "con", 3)) return b->constraint; /* contacts and rows */
  return b->kinematic;
}

static int judge_stage(const myr_comparison_stage *stage, bound limit, const char *label) {
  int relative = stage->largest_relative <= limit.largest && stage->median_relative <= limit.median;
  if (relative || (stage->largest_absolute <= limit.absolute && stage->median_relative <= limit.median)) return 0;
  print_error("%s: %s: largest %.2e of the scale (at most %.0e), %.2e absolute (%.0e), median %.2e (%.0e)\n", label,
              stage->name, stage->largest_relative, limit.largest, stage->largest_absolute, limit.absolute,
              stage->median_relative, limit.median);
  return 1;
}

static int judge(const myr_comparison *result, const bounds *b, const char *label) {
  int failures = 0;
  for (int i = 0; i < result->stage_count; i++)
    failures += judge_stage(&result->stages[i], bound_of(b, result->stages[i].name), label);
  if (!(result->trajectory_error <= b->trajectory)) {
    print_error("%s: %.2e apart after %d steps\n", label, result->trajectory_error, result->trajectory_steps);
    failures++;
  }
  if (result->unmatched_contacts || result->unmatched_rows) {
    print_error("%s: %d of %d contacts and %d of %d rows have no counterpart\n", label, result->unmatched_contacts,
                result->contacts, result->unmatched_rows, result->rows);
    failures++;
  }
  return failures;
}

/* The number of compared contacts and rows, so that the tests can check that they compared any. */
static struct totals { int contacts, rows; } totals;

static int compare_in(int lanes, myr_comparison_description description, const bounds *b, const char *name) {
  char label[96];
  snprintf(label, sizeof label, "%s, %s", name, lanes == MYR_LANES_DOUBLE ? "double" : "float");
  myr_comparison result;
  myr_error error = {0};
  description.lanes = lanes;
  if (!description.trajectory_steps) description.trajectory_steps = 10;
  if (myr_compare_mujoco(&description, &result, &error)) fail_msg("%s: %s", label, error.message);
  totals.contacts += result.contacts;
  totals.rows += result.rows;
  return judge(&result, b, label);
}

static int compare(myr_comparison_description description, double condition, const char *name) {
  const bounds in_float = float_bounds_of(condition);
  return compare_in(MYR_LANES_DOUBLE, description, &double_bounds, name) + compare_in(0, description, &in_float, name);
}

/* ------------------------------------------------------------------------------------------------ models */
static int compare_random(uint64_t seed) {
  static random_model model;
  random_model_write(&model, seed, RANDOM_LIKE_MUJOCO);
  char path[SCRATCH_PATH_BYTES], name[64];
  scratch_write(".xml", model.text, path);
  snprintf(name, sizeof name, "random model %d, %s, %s", (int)seed, model.cone, model.integrator);
  int failures = compare((myr_comparison_description){.path = path, .states = 24, .seed = 7 + seed},
                         condition_of_file(path), name);
  unlink(path);
  return failures;
}

static void random_models(void **state) {
  (void)state;
  totals = (struct totals){0};
  int failures = 0;
  for (uint64_t seed = 0; seed < 64; seed++) failures += compare_random(seed);
  assert_int_equal(failures, 0);
  assert_true(totals.contacts > 5000 && totals.rows > 50000);
}

/* Features that random models lack: stated pairs, overridden parameters, and free bodies that tumble in water. */
static void features_of_their_own(void **state) {
  (void)state;
#define IN_WATER(integrator)                                                                                    \
  "<mujoco><option timestep='.003' integrator='" integrator "' density='600' viscosity='.3' wind='.5 -.2 .1'/>" \
  "<worldbody><body pos='0 0 2' euler='20 30 40'><freejoint/>"                                                  \
  "<geom type='ellipsoid' size='.1 .05 .2' pos='.03 0 .05' euler='10 20 30' fluidshape='ellipsoid' "            \
  "fluidcoef='.7 .3 1.2 1.1 .9'/><geom type='capsule' size='.05 .1' pos='0 .1 0' fluidshape='ellipsoid'/>"      \
  "<body pos='0 .2 0'><geom type='box' size='.1 .02 .04'/></body></body>"                                       \
  "<body pos='1 0 2'><freejoint/><geom type='box' size='.1 .2 .05' pos='.05 0 0'/></body></worldbody></mujoco>"
#define ON_A_BELT(options, belt, pairs)                                                                     \
  "<mujoco><option timestep='.003' " options "<worldbody><geom name='belt' type='plane' size='0 0 1' " belt \
  "/><body pos='0 0 .09' euler='5 3 0'><freejoint/><geom name='g' type='box' size='.1 .2 .1'/></body>"      \
  "<body pos='1 0 .09' euler='50 3 0'><freejoint/><geom name='h' size='.1' condim='6'/></body>"             \
  "</worldbody><contact>" pairs "</contact></mujoco>"
#define PAIRS                                               \
  "<pair geom1='belt' geom2='g' solreffriction='.05 1.2'/>" \
  "<pair geom1='belt' geom2='h' condim='6' solref='-500 -30' solreffriction='-400 -60'/>"
#define OVERRIDE                                                                                                 \
  "cone='elliptic' o_margin='.01' o_solref='.03 .8' o_solimp='.8 .9 .01 .4 3' o_friction='.3 .4 .01 .002 .001'>" \
  "<flag override='enable'/></option>"
  static const struct {
    const char *name, *text;
  } models[] = {{"water, implicitfast", IN_WATER("implicitfast")},
                {"water, implicit", IN_WATER("implicit")},
                {"elliptic belt", ON_A_BELT("cone='elliptic'/>", "surfacevel='.4 .3 .1 0 0 1'", PAIRS)},
                {"pyramidal belt", ON_A_BELT("cone='pyramidal'/>", "surfacevel='.4 .3 .1 0 0 1'", PAIRS)},
                {"override", ON_A_BELT(OVERRIDE, "margin='.1' gap='.02'", PAIRS)}};
  int failures = 0;
  for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
    char path[SCRATCH_PATH_BYTES];
    scratch_write(".xml", models[i].text, path);
    failures += compare((myr_comparison_description){.path = path, .states = 12, .seed = 5}, condition_of_file(path),
                        models[i].name);
    unlink(path);
  }
  assert_int_equal(failures, 0);
}

static int compare_robot(const char *path) {
  const myr_entity entities[] = {{.name = "floor", .friction = {0.9, 0.01, 0.001}}, {.name = "robot", .path = path}};
  const myr_scene scene = {.entities = entities, .entity_count = 2};
  return compare((myr_comparison_description){.scene = &scene, .states = 96, .seed = 3}, condition_of_file(path), path);
}

static void robots_on_a_floor(void **state) {
  (void)state;
  int failures = compare_robot(MYRIAD_SOURCE_DIR "/scenarios/assets/biped.xml") +
                 compare_robot(MYRIAD_SOURCE_DIR "/scenarios/assets/quadruped.xml") +
                 compare_robot(MYRIAD_SOURCE_DIR "/scenarios/assets/cartpole.xml");
  assert_int_equal(failures, 0);
}

/* ill: single precision loses digits to the model's condition, so it is compared in double precision only. */
static int compare_text(const char *text, int ill, const char *name) {
  char path[SCRATCH_PATH_BYTES];
  scratch_write(".xml", text, path);
  const myr_comparison_description what = {.path = path, .states = 24, .seed = 5, .trajectory_steps = 100};
  int failures =
      ill ? compare_in(MYR_LANES_DOUBLE, what, &double_bounds, name) : compare(what, condition_of_file(path), name);
  unlink(path);
  return failures;
}

static void ties_of_bodies(void **state) {
  (void)state;
  totals = (struct totals){0};
  int failures = compare_text(FOUR_BAR(""), 0, "four-bar linkage") +
                 compare_text(FOUR_BAR("<connect body1='rocker' anchor='0 0 .4'/>"), 1, "linkage held in two ways") +
                 compare_text(MOCAP_GRIPPER, 0, "gripper after a mocap body");
  assert_int_equal(failures, 0);
  assert_true(totals.rows >= 24 * (2 * 3 + 6 + 2 * 7));
}

/* Writes a body whose rays point everywhere, among bodies of all shapes, a small plane and a geom that rays pass. */
static void write_rays(char *text, size_t size, int rays) {
  static const char world[] =
      "<mujoco><asset><mesh name='rock' vertex='.3 0 0 -.3 .06 0 0 .24 0 .06 -.3 0 0 0 .21 .09 .09 -.24'/></asset>"
      "<worldbody><geom type='plane' size='0 0 1' pos='0 0 -1.5'/><geom type='plane' size='.8 .5 1' pos='0 0 3' "
      "euler='170 20 0'/><body pos='1 0 0'><joint type='ball'/><geom type='capsule' size='.2 .3' euler='40 0 "
      "0'/></body>"
      "<body pos='-1 0 0'><joint type='ball'/><geom type='cylinder' size='.2 .3' euler='0 50 0' pos='.1 0 0'/></body>"
      "<body pos='0 1 0'><joint type='ball'/><geom type='ellipsoid' size='.3 .2 .4'/></body>"
      "<body pos='0 -1 0'><joint type='ball'/><geom type='box' size='.3 .2 .4' pos='0 0 .1'/></body>"
      "<body pos='0 0 1'><joint type='ball'/><geom type='mesh' mesh='rock'/></body>"
      "<body pos='.7 .7 0'><joint type='ball'/><geom size='.2' rgba='1 1 1 .1'/></body>"
      "<body pos='0 0 0'><joint type='ball'/><geom size='.4' rgba='1 1 1 0' contype='0' conaffinity='0'/></body>"
      "<body><freejoint/><geom size='.05'/>";
  size_t at = (size_t)snprintf(text, size, "%s", world);
  for (int i = 0; i < rays; i++)
    at += (size_t)snprintf(text + at, size - at, "<site name='s%d' pos='%g %g %g' euler='%g %g 0'/>", i,
                           .1 * sin(i * 1.0), .1 * sin(i * 2.0), .1 * sin(i * 3.0), 180 * sin(i * 5.0), i * 20.0);
  at += (size_t)snprintf(text + at, size - at, "</body></worldbody><sensor>");
  for (int i = 0; i < rays; i++)
    at += (size_t)snprintf(text + at, size - at, "<rangefinder site='s%d' data='%s'/>", i, i % 2 ? "dist" : "depth");
  snprintf(text + at, size - at, "</sensor></mujoco>");
}

/* In double precision, because a float's rounding decides whether a ray meets an edge. */
static void rays_meet_all_shapes(void **state) {
  (void)state;
  enum { RAYS = 64 };
  static char text[RAYS * 150 + 3000];
  write_rays(text, sizeof text, RAYS);
  char path[SCRATCH_PATH_BYTES];
  scratch_write(".xml", text, path);
  const myr_comparison_description what = {.path = path, .states = 96, .seed = 5, .lanes = MYR_LANES_DOUBLE};
  assert_int_equal(compare_in(MYR_LANES_DOUBLE, what, &double_bounds, "rays"), 0);
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_models),  cmocka_unit_test(features_of_their_own), cmocka_unit_test(robots_on_a_floor),
      cmocka_unit_test(ties_of_bodies), cmocka_unit_test(rays_meet_all_shapes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
