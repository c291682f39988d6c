/* Tests parity with MuJoCo. In double precision the results must agree to the last digits; in single precision every
 * stage must be as exact as its rounding allows. The model contains every feature that Myriad simulates once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <mujoco/mujoco.h>

#include "sim/sim.h"
#include "tests/sim/scratch_file.h"

static const char *everything_xml =
    "<mujoco><compiler angle='radian'/><option actuatorgroupdisable='3' timestep='.004' cone='%s' impratio='3' "
    "integrator='%s'/><worldbody>"
    "<geom name='floor' type='plane' size='0 0 1' condim='4' friction='.8 .02 .001' euler='.1 .05 0' contype='3' "
    "conaffinity='3'/>"
    "<body name='trunk' pos='0 0 .6'><freejoint/><geom name='belly' size='.15' condim='6'/>"
    " <body name='arm' pos='.1 0 .1'>"
    "  <joint name='ball' type='ball' stiffness='3' damping='.1' range='0 .8' limited='true' frictionloss='.2'/>"
    "  <geom type='capsule' fromto='0 0 0 .3 0 .1' size='.05' condim='3' priority='1' friction='1.2 .01 .001'/>"
    "  <body name='hand' pos='.3 0 .1' euler='.3 .2 0'>"
    "   <joint name='slide' type='slide' axis='1 1 0' range='-.1 .2' limited='true' damping='2' frictionloss='.5' "
    "stiffness='20' springref='.05' margin='.01'/>"
    "   <joint name='hinge' axis='0 1 .3' range='-1 1' limited='true' armature='.01' solreflimit='-200 -5' "
    "actuatorfrcrange='-3 3' actuatorfrclimited='true'/>"
    "   <geom size='.08' condim='1' margin='.02' gap='.005'/></body></body></body>"
    "<body name='other' pos='-.2 .1 1.2'><freejoint/><geom type='capsule' size='.07 .2'/>"
    " <body pos='0 0 .3'><joint name='neck' axis='1 0 0' ref='.3'/>"
    "  <geom name='head' size='.1' solref='-1000 -30'/>"
    "  <geom type='ellipsoid' pos='0 .1 .1' size='.05 .06 .07' contype='2' conaffinity='0'/>"
    "  <geom type='cylinder' pos='0 -.1 .1' size='.05 .06' contype='2' conaffinity='0'/>"
    "  <geom type='box' pos='0 0 .2' size='.05 .06 .04' contype='2' conaffinity='0'/></body></body></worldbody>"
    "<contact><pair geom1='head' geom2='floor' condim='3' friction='1 .5 .01 .001 .001' solref='.03 1'/>"
    "<exclude body1='trunk' body2='other'/></contact>"
    "<tendon><fixed name='cord' limited='true' range='-.2 .5' stiffness='5' damping='.3' springlength='-.05 .05' "
    "frictionloss='.3'><joint joint='hinge' coef='1'/><joint joint='neck' coef='-.7'/></fixed>"
    "<fixed name='string'><joint joint='slide' coef='2'/><joint joint='hinge' coef='.5'/></fixed></tendon>"
    "<actuator><motor joint='slide' gear='30' ctrlrange='-1 1' ctrllimited='true' forcerange='-20 20' "
    "forcelimited='true'/>"
    "<position joint='hinge' kp='20' kv='1'/><velocity tendon='cord' kv='2'/>"
    "<general joint='neck' dyntype='filter' dynprm='.05' gainprm='4' biastype='affine' biasprm='.1 -2 -.3' "
    "actearly='true'/>"
    "<general tendon='string' dyntype='filterexact' dynprm='.03' gainprm='3'/>"
    "<motor joint='neck' gear='2' damping='.1' armature='.01'/><motor joint='hinge' group='3'/><intvelocity "
    "joint='hinge' kp='5' actrange='-1 1'/><damper joint='neck' kv='.5' ctrlrange='0 "
    "2'/></actuator></mujoco>";

typedef struct bounds {
  double largest, median, trajectory;
} bounds;

/* Whether a stage comes after the solver. Such a stage is only as exact as the solver's tolerance, also MuJoCo's in
 * double precision. */
static int behind_solver(const char *stage) {
  return !strcmp(stage, "acceleration") || !strcmp(stage, "constraint_force") || !strcmp(stage, "contact_force");
}

static void check(const myr_comparison_description *description, bounds smooth, bounds solved, const char *label) {
  myr_comparison result;
  myr_error error = {0};
  myr_status status = myr_compare_mujoco(description, &result, &error);
  if (status == MYR_UNAVAILABLE) return;
  if (status) fail_msg("%s: %s", label, error.message);
  int failures = 0;
  for (int i = 0; i < result.stage_count; i++) {
    const myr_comparison_stage *stage = &result.stages[i];
    bounds limit = behind_solver(stage->name) ? solved : smooth;
    if (stage->largest_relative <= limit.largest && stage->median_relative <= limit.median) continue;
    failures++;
    print_error("%s: %s: largest %.2e (at most %.0e), median %.2e (%.0e)\n", label, stage->name,
                stage->largest_relative, limit.largest, stage->median_relative, limit.median);
  }
  if (result.trajectory_error > solved.trajectory) print_error("%s: trajectory %.2e\n", label, result.trajectory_error);
  assert_true(failures == 0 && result.trajectory_error <= solved.trajectory);
  assert_true(result.contacts > result.states / 2);
  assert_true(result.unmatched_contacts <= result.contacts / 200 && result.unmatched_rows <= result.rows / 200);
}

static void check_everything(const char *cone, const char *integrator) {
  char text[8192], path[SCRATCH_PATH_BYTES], label[80];
  snprintf(text, sizeof text, everything_xml, cone, integrator);
  scratch_write(".xml", text, path);
  myr_comparison_description description = {
      .path = path, .states = 200, .trajectory_steps = 10, .seed = 5, .lanes = MYR_LANES_DOUBLE};
  snprintf(label, sizeof label, "%s, %s, double", cone, integrator);
  check(&description, (bounds){1e-9, 1e-12, 0}, (bounds){1e-5, 1e-7, 1e-7}, label);
  static const int widths[] = {1, 4, 8, 16};
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
    description.lanes = widths[i];
    snprintf(label, sizeof label, "%s, %s, %d lanes", cone, integrator, widths[i]);
    check(&description, (bounds){2e-3, 5e-6, 0}, (bounds){2e-2, 2e-5, 1e-4}, label);
  }
  unlink(path);
}

static void pyramids_and_euler(void **state) { (void)state, check_everything("pyramidal", "Euler"); }
static void cones_and_euler(void **state) { (void)state, check_everything("elliptic", "Euler"); }
static void pyramids_and_implicitfast(void **state) { (void)state, check_everything("pyramidal", "implicitfast"); }
static void cones_and_implicitfast(void **state) { (void)state, check_everything("elliptic", "implicitfast"); }

static void cones_and_runge_kutta(void **state) { (void)state, check_everything("elliptic", "RK4"); }

/* Two robots on a ground plane have the element order and the prefixes that MuJoCo gives them. */
static void scenes_agree(void **state) {
  (void)state;
  myr_entity entities[] = {{.name = "one", .path = MYRIAD_SOURCE_DIR "/scenarios/assets/biped.xml"},
                           {.name = "floor", .friction = {0.9, 0.005, 0.0001}},
                           {.name = "two", .path = MYRIAD_SOURCE_DIR "/scenarios/assets/biped.xml"}};
  const myr_options light = {.gravity = {0, 0, -5}};
  myr_scene scene = {.entities = entities, .entity_count = 3, .options = &light, .stated = 1 << MYR_OPTION_gravity};
  myr_comparison_description description = {
      .scene = &scene, .states = 64, .trajectory_steps = 10, .seed = 9, .lanes = MYR_LANES_DOUBLE};
  check(&description, (bounds){1e-9, 1e-12, 0}, (bounds){1e-5, 1e-7, 1e-7}, "scene, double");
}

/* A wheel's normal force moves no joint, so it is huge, and the edges of the pyramid cancel in the force on the hinge. */
static void wheels_agree(void **state) {
  (void)state;
  char path[SCRATCH_PATH_BYTES];
  scratch_write(".xml",
                "<mujoco><worldbody><geom type='plane' size='5 5 .1'/><body pos='0 0 .0995'><joint axis='0 1 0'/>"
                "<geom size='.1'/></body></worldbody></mujoco>",
                path);
  myr_comparison_description description = {
      .path = path, .states = 100, .trajectory_steps = 10, .seed = 3, .lanes = MYR_LANES_DOUBLE};
  check(&description, (bounds){1e-9, 1e-12, 0}, (bounds){1e-9, 1e-12, 1e-12}, "wheel, double");
  unlink(path);
}

static const myr_comparison_stage *stage_of(const myr_comparison *result, const char *name) {
  for (int i = 0; i < result->stage_count; i++)
    if (!strcmp(result->stages[i].name, name)) return &result->stages[i];
  fail_msg("no stage %s", name);
  return NULL;
}

/* A box that turns about its centre has no inverse weight for translation, so its contacts are as hard as numbers allow.
 * Where its corners push 1e14 times harder on the way to the solution than in it, the last step's rounding is large: with
 * MuJoCo's rows, and evaluated with 113 bits, the acceleration was 200 rad/s^2 off, of 34 000. Where they push as hard in
 * the solution, rounding the rows by half a unit moves it by as much as both engines err, up to 28 rad/s^2. In single
 * precision the contacts are softer, so that accelerations, once 1e17 rad/s^2, stay those of the box: in one of 600
 * states one is 16 000 rad/s^2 off, which is a double's error with contacts as soft. */
static void boxes_on_ball_joints_agree(void **state) {
  (void)state;
  char path[SCRATCH_PATH_BYTES];
  scratch_write(".xml",
                "<mujoco><worldbody><geom type='plane' size='5 5 .1'/><body pos='0 0 .0995'><joint type='ball'/>"
                "<geom type='box' size='.1 .1 .1'/></body></worldbody></mujoco>",
                path);
  for (uint64_t seed = 1; seed <= 6; seed++) {
    const bool single = seed > 3;
    const myr_comparison_description description = {.path = path,
                                                    .states = 200,
                                                    .trajectory_steps = 100,
                                                    .seed = single ? seed - 3 : seed,
                                                    .lanes = single ? 1 : MYR_LANES_DOUBLE};
    myr_comparison result;
    myr_error error = {0};
    myr_status status = myr_compare_mujoco(&description, &result, &error);
    if (status == MYR_UNAVAILABLE) break;
    if (status) fail_msg("%s", error.message);
    const myr_comparison_stage *stage = stage_of(&result, "acceleration");
    if (!(single ? stage->largest_absolute <= 3e4 && result.trajectory_error <= 1e-5
                 : stage->largest_relative <= 1e-9 && stage->median_relative <= 1e-12))
      fail_msg("seed %d: acceleration %.2e, relative %.2e, median %.2e, trajectory %.2e", (int)seed,
               stage->largest_absolute, stage->largest_relative, stage->median_relative, result.trajectory_error);
    assert_int_equal(result.difference_count, single);
  }
  unlink(path);
}

/* A ground's sliding friction is the contact's; condim, torsional and rolling friction and softness combine. */
static void grounds_agree(void **state) {
  (void)state;
  char path[SCRATCH_PATH_BYTES];
  scratch_write(".xml",
                "<mujoco><worldbody><body pos='0 0 .1'><freejoint/><geom size='.1' condim='6' solref='.05 .8' "
                "friction='1.5 .02 .03' solmix='3'/><geom type='capsule' pos='.2 0 0' size='.08 .1' condim='1' "
                "friction='.1 .001 .001'/><geom pos='-.2 0 0' size='.1' condim='4' solref='-900 -40'/></body>"
                "</worldbody></mujoco>",
                path);
  myr_entity entities[] = {{.name = "ball", .path = path}, {.name = "floor", .friction = {0.4, 0.005, 0.0001}}};
  myr_scene scene = {.entities = entities, .entity_count = 2};
  myr_comparison_description description = {
      .scene = &scene, .states = 64, .trajectory_steps = 10, .seed = 9, .lanes = MYR_LANES_DOUBLE};
  check(&description, (bounds){1e-9, 1e-12, 0}, (bounds){1e-5, 1e-7, 1e-7}, "ground, double");
  unlink(path);
}

#define WORLD(contents) "<mujoco><worldbody><geom type='plane' size='5 5 .1'/>" contents "</worldbody></mujoco>"

/* Bodies that cannot move in all ways: their inverse weights scale how hard constraints are. */
static void bound_bodies_agree(void **state) {
  (void)state;
  static const char *const texts[] = {
      WORLD("<body pos='0 0 .0995'><joint axis='0 1 0'/><geom size='.1'/></body>"),
      "<mujoco><worldbody><body pos='0 0 .1'><joint axis='0 0 1'/><geom type='capsule' size='.06 .1'/></body>"
      "<geom type='plane' pos='0 0 -.1' size='5 5 .1'/>"
      "<body pos='.14 0 -.02'><freejoint/><geom size='.09'/></body></worldbody></mujoco>",
      WORLD("<body pos='0 0 .09'><joint type='slide' axis='0 0 1'/><geom size='.1'/></body>"),
      WORLD("<body pos='0 0 .09'><joint type='slide' axis='0 0 1' armature='1' range='-.1 .02' limited='true' "
            "frictionloss='2'/><joint type='slide' axis='1 0 0'/><geom size='.1'/></body>"),
      WORLD("<body pos='0 0 .09'><joint type='slide' axis='0 0 1'/><joint axis='1 0 0'/><geom size='.1'/>"
            "<body pos='.3 0 0'><joint type='slide' axis='1 0 1'/><geom size='.12'/></body></body>"),
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char path[SCRATCH_PATH_BYTES], label[40];
    scratch_write(".xml", texts[i], path);
    snprintf(label, sizeof label, "bound body %zu", i);
    myr_comparison_description description = {
        .path = path, .states = 100, .trajectory_steps = 1, .seed = 3, .lanes = MYR_LANES_DOUBLE};
    check(&description, (bounds){1e-9, 1e-12, 0}, (bounds){1e-5, 1e-7, 1e-7}, label);
    unlink(path);
  }
}

/* Nearly frictionless pyramids stay finite and near MuJoCo in single precision too. */
static void slippery_pyramids_agree(void **state) {
  (void)state;
  static const char *const text =
      "<mujoco><worldbody><geom type='plane' size='5 5 .1' friction='%s .005 .0001'/><body pos='0 0 .12'><freejoint/>"
      "<geom type='box' size='.1 .12 .08' condim='%d' friction='%s .005 .0001'/></body></worldbody></mujoco>";
  static const char *const frictions[] = {"0", "1e-4", "1e-3", "1e-2", "2e-2"};
  static const int dimensions[] = {3, 4, 6};
  for (int variant = 0; variant < 30; variant++) {
    char path[SCRATCH_PATH_BYTES], contents[1024], label[64];
    const char *friction = frictions[variant % 5];
    const int dimension = dimensions[variant / 5 % 3];
    const bool single = variant / 15;
    snprintf(contents, sizeof contents, text, friction, dimension, friction);
    snprintf(label, sizeof label, "friction %s, condim %d, %s", friction, dimension, single ? "single" : "double");
    scratch_write(".xml", contents, path);
    const myr_comparison_description description = {
        .path = path, .states = 40, .seed = 7, .lanes = single ? 8 : MYR_LANES_DOUBLE, .trajectory_steps = 10};
    /* A box that rests 2e-9 m deep may not touch the floor in single precision, and is as fast as one that falls. */
    const bounds limit = single ? (bounds){10, 1e-3, 1e-5} : (bounds){1e-3, 1e-6, 1e-6};
    myr_comparison result;
    myr_error error = {0};
    myr_status status = myr_compare_mujoco(&description, &result, &error);
    unlink(path);
    if (status == MYR_UNAVAILABLE) continue;
    if (status) fail_msg("%s: %s", label, error.message);
    const myr_comparison_stage *stage = stage_of(&result, "acceleration");
    if (!(stage->largest_relative <= limit.largest && stage->median_relative <= limit.median &&
          result.trajectory_error <= limit.trajectory))
      fail_msg("%s: acceleration %.2e, median %.2e, trajectory %.2e", label, stage->largest_relative,
               stage->median_relative, result.trajectory_error);
    assert_int_equal(result.difference_count, single && strcmp(friction, "2e-2") != 0);
  }
}

/* Friction made rigid: sweep by sweep as MuJoCo's, whose cones are solved less exactly. */
static void noslip_agrees(void **state) {
  (void)state;
  static const char *const text =
      "<mujoco><option cone='%s' noslip_iterations='%d' noslip_tolerance='0'/><default><geom condim='%d'/></default>"
      "<worldbody><geom type='plane' size='5 5 .1'/><body pos='0 0 .0995'><freejoint/><geom type='box' size='.1 .15 "
      ".1'/>"
      "<body pos='.2 0 0'><joint axis='0 1 0' frictionloss='.5'/><geom size='.1'/></body></body><body pos='.6 0 .0995'>"
      "<freejoint/><geom size='.1' friction='1 .05 .02'/></body></worldbody></mujoco>";
  static const int dimensions[] = {3, 4, 6};
  for (int variant = 0; variant < 24; variant++) {
    char path[SCRATCH_PATH_BYTES], contents[1024], label[64];
    const bool elliptic = variant % 2, single = variant / 12;
    if (elliptic && dimensions[variant / 2 % 3] == 6)
      continue; /* MuJoCo ends before it has found the minimum in the cone */
    const int dimension = dimensions[variant / 2 % 3], sweeps = variant / 6 % 2 ? 20 : 1;
    snprintf(contents, sizeof contents, text, elliptic ? "elliptic" : "pyramidal", sweeps, dimension);
    snprintf(label, sizeof label, "%s, condim %d, %d sweeps, %s", elliptic ? "elliptic" : "pyramidal", dimension,
             sweeps, single ? "single" : "double");
    scratch_write(".xml", contents, path);
    const myr_comparison_description description = {
        .path = path, .states = 60, .seed = 5, .lanes = single ? 8 : MYR_LANES_DOUBLE, .trajectory_steps = 10};
    check(&description, single ? (bounds){1e-2, 1e-4, 0} : (bounds){1e-9, 1e-12, 0},
          single     ? (bounds){1, 1e-4, 1e-4}
          : elliptic ? (bounds){1e-3, 1e-7, 1e-7}
                     : (bounds){1e-6, 1e-10, 1e-10},
          label);
    unlink(path);
  }
}

/* A model tuned for few iterations comes at least as near to the converged solution as MuJoCo with as many. */
static void few_iterations_suffice(void **state) {
  (void)state;
  static const char *const text =
      "<mujoco><option iterations='%d' ls_iterations='8' cone='%s'/><worldbody><geom type='plane' size='5 5 .1'/>"
      "<body pos='0 0 .3'><freejoint/><geom type='capsule' size='.05 .2'/><body pos='0 0 -.2'>"
      "<joint axis='0 1 0' range='-60 60'/><geom type='capsule' size='.04 .15' pos='.1 0 0'/><body pos='.2 0 0'>"
      "<joint axis='1 0 0' range='-60 60'/><geom type='capsule' size='.04 .15'/></body></body></body></worldbody>"
      "</mujoco>";
  static const int widths[] = {MYR_LANES_DOUBLE, 8};
  for (int variant = 0; variant < 12; variant++) {
    char path[SCRATCH_PATH_BYTES], contents[2048];
    int iterations = 1 << variant % 3;
    snprintf(contents, sizeof contents, text, iterations, variant / 3 % 2 ? "elliptic" : "pyramidal");
    scratch_write(".xml", contents, path);
    myr_comparison_description description = {.path = path, .states = 200, .seed = 3, .lanes = widths[variant / 6]};
    myr_comparison result;
    myr_error error = {0};
    myr_status status = myr_compare_mujoco(&description, &result, &error);
    unlink(path);
    if (status == MYR_UNAVAILABLE) continue;
    if (status) fail_msg("%s", error.message);
    const myr_comparison_stage *ours = stage_of(&result, "acceleration");
    const myr_comparison_stage *theirs = stage_of(&result, "mujoco_acceleration");
    assert_int_equal(theirs->states, result.states);
    if (ours->median_relative <= theirs->median_relative + 1e-5 &&
        ours->largest_relative <= 1.2 * theirs->largest_relative)
      continue;
    fail_msg("%d iterations, variant %d: median %.2e, largest %.2e; MuJoCo %.2e, %.2e", iterations, variant,
             ours->median_relative, ours->largest_relative, theirs->median_relative, theirs->largest_relative);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pyramids_and_euler),
      cmocka_unit_test(cones_and_euler),
      cmocka_unit_test(pyramids_and_implicitfast),
      cmocka_unit_test(cones_and_implicitfast),
      cmocka_unit_test(cones_and_runge_kutta),
      cmocka_unit_test(scenes_agree),
      cmocka_unit_test(grounds_agree),
      cmocka_unit_test(bound_bodies_agree),
      cmocka_unit_test(wheels_agree),
      cmocka_unit_test(boxes_on_ball_joints_agree),
      cmocka_unit_test(noslip_agrees),
      cmocka_unit_test(few_iterations_suffice),
      cmocka_unit_test(slippery_pyramids_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
