/* Tests the shipped robots with MuJoCo itself: they load without a warning, have the features that the scenarios rely
 * on, weigh the same on the left and on the right, stand while their servos hold, and fall when the servos do not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mujoco/mujoco.h>

#include "kernels/model.h"

static mjModel *load(const char *name) {
  const char *root = getenv("MYRIAD_SOURCE");
  char path[1024], error[1024] = "";
  snprintf(path, sizeof path, "%s/scenarios/assets/%s", root ? root : MYRIAD_SOURCE_DIR, name);
  mjModel *model = mj_loadXML(path, NULL, error, sizeof error);
  if (!model) fail_msg("%s: %s", path, error);
  /* If MuJoCo returns a model, the text is a warning of its compiler. */
  assert_string_equal(error, "");
  return model;
}

/* Loads the robot on an endless plane at z = 0, where a scenario puts it: reads the file as text and inserts the ground
 * into its world body. */
static mjModel *load_on_ground(const char *name) {
  const char *root = getenv("MYRIAD_SOURCE");
  char path[1024], error[1024] = "";
  snprintf(path, sizeof path, "%s/scenarios/assets/%s", root ? root : MYRIAD_SOURCE_DIR, name);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  static char text[65536], scene[65536 + 256];
  size_t length = fread(text, 1, sizeof text - 1, file);
  assert_true(length < sizeof text - 1);
  text[length] = '\0';
  fclose(file);
  char *world = strstr(text, "<worldbody>");
  assert_non_null(world);
  world += strlen("<worldbody>");
  int written = snprintf(scene, sizeof scene, "%.*s<geom name=\"ground\" type=\"plane\" size=\"0 0 1\"/>%s",
                         (int)(world - text), text, world);
  mjVFS *files = malloc(sizeof *files);
  assert_non_null(files);
  mj_defaultVFS(files);
#if mjVERSION_HEADER >= 300
  assert_int_equal(mj_addBufferVFS(files, "scene.xml", scene, written), 0);
#else
  assert_int_equal(mj_makeEmptyFileVFS(files, "scene.xml", written), 0);
  memcpy(files->filedata[0], scene, (size_t)written);
#endif
  mjModel *model = mj_loadXML("scene.xml", files, error, sizeof error);
  mj_deleteVFS(files);
  free(files);
  if (!model) fail_msg("%s: %s", path, error);
  assert_string_equal(error, "");
  return model;
}

static int find(const mjModel *model, mjtObj type, const char *name) {
  int id = mj_name2id(model, type, name);
  if (id < 0) fail_msg("no %s named %s", mju_type2Str(type), name);
  return id;
}

static double total_mass(const mjModel *model) { return model->body_subtreemass[0]; }

/* The model has only features that Myriad simulates. It has no plane, because that would be a second ground. */
static void check_features(const mjModel *model) {
  for (int geom = 0; geom < model->ngeom; geom++) {
    int type = model->geom_type[geom];
    assert_true(type == mjGEOM_SPHERE || type == mjGEOM_CAPSULE || type == mjGEOM_BOX);
    assert_non_null(mj_id2name(model, mjOBJ_GEOM, geom));
  }
  assert_int_equal(model->neq, 0);
  assert_int_equal(model->nmesh, 0);
  assert_int_equal(model->nsensor, 0);
}

/* Every actuator is a position servo of one hinge. The keyframe sets its target to the angle that the joint has in the
 * keyframe. */
static void check_servos(const mjModel *model, int key) {
  for (int i = 0; i < model->nu; i++) {
    int joint = model->actuator_trnid[2 * i];
    double gain = model->actuator_gainprm[mjNGAIN * i];
    assert_int_equal(model->jnt_type[joint], mjJNT_HINGE);
    assert_true(model->jnt_limited[joint] && model->actuator_ctrllimited[i] && model->actuator_forcelimited[i]);
    assert_true(gain > 0 && model->actuator_biasprm[mjNBIAS * i + 1] == -gain);
    assert_true(model->actuator_biasprm[mjNBIAS * i + 2] < 0);
    double target = model->key_ctrl[key * model->nu + i];
    assert_true(target == model->key_qpos[key * model->nq + model->jnt_qposadr[joint]]);
    assert_true(target >= model->jnt_range[2 * joint] && target <= model->jnt_range[2 * joint + 1]);
    assert_true(model->actuator_ctrlrange[2 * i] == model->jnt_range[2 * joint]);
    assert_true(model->actuator_ctrlrange[2 * i + 1] == model->jnt_range[2 * joint + 1]);
  }
}

/* In keyframe key, each body on the left has a mirror image on the right. */
static void check_symmetry(const mjModel *model, int key) {
  mjData *data = mj_makeData(model);
  int pairs = 0;
  mj_resetDataKeyframe(model, data, key);
  mj_forward(model, data);
  for (int left = 1; left < model->nbody; left++) {
    const char *name = mj_id2name(model, mjOBJ_BODY, left);
    char mirrored[128];
    assert_non_null(name);
    size_t length = strlen(name);
    if (length < 5 || strcmp(name + length - 5, "_left")) continue;
    snprintf(mirrored, sizeof mirrored, "%.*s_right", (int)(length - 5), name);
    int right = find(model, mjOBJ_BODY, mirrored);
    assert_true(model->body_mass[left] == model->body_mass[right]);
    for (int axis = 0; axis < 3; axis++) {
      double sign = axis == 1 ? -1 : 1;
      assert_true(fabs(model->body_inertia[3 * left + axis] - model->body_inertia[3 * right + axis]) < 1e-12);
      assert_true(fabs(data->xipos[3 * left + axis] - sign * data->xipos[3 * right + axis]) < 1e-12);
    }
    pairs++;
  }
  assert_true(pairs > 0);
  mj_deleteData(data);
}

typedef struct fall_result {
  double height;  /* of the root at the end, m */
  double up;      /* z component of the root's own z axis at the end */
  double fastest; /* the largest |qvel| seen */
  int warnings;   /* of MuJoCo's, such as divergence */
} fall_result;

/* Simulates `seconds` from keyframe `stand`, with the servos' forces multiplied by `strength` and an impulse (N s)
 * along x at 0.2 s. */
static fall_result simulate(const char *name, int integrator, double strength, double impulse, double seconds) {
  mjModel *model = load_on_ground(name);
  int key = find(model, mjOBJ_KEY, "stand"), root = 1;
  for (int i = 0; i < model->nu; i++) {
    for (int k = 0; k < mjNGAIN; k++) model->actuator_gainprm[mjNGAIN * i + k] *= strength;
    for (int k = 0; k < mjNBIAS; k++) model->actuator_biasprm[mjNBIAS * i + k] *= strength;
  }
  model->opt.integrator = integrator;
  mjData *data = mj_makeData(model);
  mj_resetDataKeyframe(model, data, key);
  fall_result result = {0};
  const double push_begin = 0.2, push_end = 0.25;
  while (data->time < seconds) {
    int pushed = data->time >= push_begin && data->time < push_end;
    data->xfrc_applied[6 * root] = pushed ? impulse / (push_end - push_begin) : 0;
    mj_step(model, data);
    for (int i = 0; i < model->nv; i++) result.fastest = fmax(result.fastest, fabs(data->qvel[i]));
  }
  result.height = data->xpos[3 * root + 2];
  result.up = data->xmat[9 * root + 8];
  for (int i = 0; i < mjNWARNING; i++) result.warnings += data->warning[i].number;
  mj_deleteData(data);
  mj_deleteModel(model);
  return result;
}

/* At the keyframe only `feet` geoms touch the ground, and barely so, and no limb is inside another. */
static void check_first_contacts(const char *name, int feet) {
  mjModel *model = load_on_ground(name);
  mjData *data = mj_makeData(model);
  int touching = 0;
  mj_resetDataKeyframe(model, data, find(model, mjOBJ_KEY, "stand"));
  mj_forward(model, data);
  int ground = find(model, mjOBJ_GEOM, "ground"), last = -1;
  for (int i = 0; i < data->ncon; i++) {
    const mjContact *contact = &data->contact[i];
    assert_int_equal(contact->geom1, ground);
    const char *geom = mj_id2name(model, mjOBJ_GEOM, contact->geom2);
    assert_non_null(geom);
    assert_int_equal(strncmp(geom, "foot_", 5), 0);
    assert_true(contact->dist > -1e-4);
    touching += contact->geom2 != last;
    last = contact->geom2;
  }
  assert_int_equal(touching, feet);
  mj_deleteData(data);
  mj_deleteModel(model);
}

static void biped_has_its_shape(void **state) {
  (void)state;
  mjModel *model = load("biped.xml");
  assert_int_equal(model->nq, 28);
  assert_int_equal(model->nv, 27);
  assert_int_equal(model->nu, 21);
  assert_int_equal(model->nbody, 14);
  assert_int_equal(model->jnt_type[0], mjJNT_FREE);
  assert_true(fabs(total_mass(model) - 64.2) < 1e-9);
  const char *bodies[] = {"torso",        "pelvis",          "head",         "thigh_left", "thigh_right",
                          "shin_left",    "shin_right",      "foot_left",    "foot_right", "upper_arm_left",
                          "forearm_left", "upper_arm_right", "forearm_right"};
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) find(model, mjOBJ_BODY, bodies[i]);
  int key = find(model, mjOBJ_KEY, "stand");
  check_features(model);
  check_servos(model, key);
  check_symmetry(model, key);
  mj_deleteModel(model);
  check_first_contacts("biped.xml", 4); /* two capsules a foot */
}

static void biped_stands_while_held_and_falls_when_limp(void **state) {
  (void)state;
  const int integrators[] = {mjINT_EULER, mjINT_IMPLICIT};
  for (int i = 0; i < 2; i++) {
    fall_result held = simulate("biped.xml", integrators[i], 1, 0, 2);
    assert_int_equal(held.warnings, 0);
    assert_true(held.up > 0.98 && held.height > 1.15 && held.fastest < 2);
    fall_result limp = simulate("biped.xml", integrators[i], 0, 0, 3);
    assert_int_equal(limp.warnings, 0);
    assert_true(limp.height < 0.5 && limp.fastest < 40);
    fall_result pushed = simulate("biped.xml", integrators[i], 1, 30, 4);
    assert_int_equal(pushed.warnings, 0);
    assert_true(pushed.height < 0.5 && pushed.up < 0.5 && pushed.fastest < 40);
    fall_result nudged = simulate("biped.xml", integrators[i], 1, 5, 4);
    assert_true(nudged.up > 0.95);
  }
}

static void quadruped_has_its_shape(void **state) {
  (void)state;
  mjModel *model = load("quadruped.xml");
  assert_int_equal(model->nq, 19);
  assert_int_equal(model->nv, 18);
  assert_int_equal(model->nu, 12);
  assert_int_equal(model->nbody, 14);
  assert_true(fabs(total_mass(model) - 13.04) < 1e-9);
  int key = find(model, mjOBJ_KEY, "stand");
  check_features(model);
  check_servos(model, key);
  check_symmetry(model, key);
  mj_deleteModel(model);
  check_first_contacts("quadruped.xml", 4);
}

static void quadruped_stands_while_held_and_drops_when_limp(void **state) {
  (void)state;
  fall_result held = simulate("quadruped.xml", mjINT_EULER, 1, 0, 2);
  assert_int_equal(held.warnings, 0);
  assert_true(held.up > 0.99 && held.height > 0.29 && held.fastest < 3);
  fall_result limp = simulate("quadruped.xml", mjINT_EULER, 0, 0, 2);
  assert_int_equal(limp.warnings, 0);
  assert_true(limp.height < 0.15);
}

static void cartpole_balances_only_on_the_point(void **state) {
  (void)state;
  mjModel *model = load("cartpole.xml");
  assert_int_equal(model->nq, 2);
  assert_int_equal(model->nv, 2);
  assert_int_equal(model->nu, 1);
  check_features(model);
  int start = find(model, mjOBJ_KEY, "start"), hinge = 1;
  find(model, mjOBJ_KEY, "hanging");
  mjData *data = mj_makeData(model);
  mj_resetDataKeyframe(model, data, find(model, mjOBJ_KEY, "upright"));
  while (data->time < 1) mj_step(model, data);
  assert_true(fabs(data->qpos[hinge]) < 1e-9);
  mj_resetDataKeyframe(model, data, start);
  while (data->time < 1) mj_step(model, data);
  assert_true(data->qpos[hinge] > 0.5);
  /* Checks the sign of the control: accelerating the cart towards a leaning pole raises the pole. */
  mj_resetDataKeyframe(model, data, start);
  data->ctrl[0] = 0.5;
  mj_forward(model, data);
  assert_true(data->qacc[0] > 0 && data->qacc[hinge] < 0);
  for (int i = 0; i < mjNWARNING; i++) assert_int_equal(data->warning[i].number, 0);
  mj_deleteData(data);
  mj_deleteModel(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(biped_has_its_shape),
      cmocka_unit_test(biped_stands_while_held_and_falls_when_limp),
      cmocka_unit_test(quadruped_has_its_shape),
      cmocka_unit_test(quadruped_stands_while_held_and_drops_when_limp),
      cmocka_unit_test(cartpole_balances_only_on_the_point),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
