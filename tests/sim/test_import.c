/* Tests the importer: it refuses unsupported features, copies models, and joins entities. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>

#include <mujoco/mujoco.h>

#include "kernels/model.h"
#include "sim/sim.h"
#include "tests/sim/scratch_file.h"

static myr_status load_text(const char *suffix, const char *text, myr_model **model, myr_error *error) {
  char path[SCRATCH_PATH_BYTES];
  scratch_write(suffix, text, path);
  myr_status status = myr_model_load(path, model, error);
  unlink(path);
  return status;
}

/* ------------------------------------------------------------------------------------------------ refusals */
typedef struct refusal {
  const char *xml;     /* the text inside <mujoco> */
  const char *element; /* the message must contain it ... */
  const char *feature; /* ... and this */
} refusal;

#define ARM "<body name='arm'><joint name='elbow' axis='0 1 0'/><geom name='bone' size='.1'/>"
#define ARM_END "</body>"
#define ACTUATED(actuator) \
  "<worldbody>" ARM "<site name='tip'/>" ARM_END "</worldbody><actuator>" actuator "</actuator>"

static const refusal refusals[] = {
    {"<option timestep='-.01'/><worldbody>" ARM ARM_END "</worldbody>", "option", "timestep that is not above 0"},
    {"<option timestep='nan'/><worldbody>" ARM ARM_END "</worldbody>", "option", "not a finite number"},
    {"<worldbody><body><joint name='rub' frictionloss='-1'/><geom size='.1'/></body></worldbody>", "\"rub\"",
     "frictionloss below 0"},
    {"<worldbody>" ARM ARM_END
     "</worldbody><tendon><fixed name='cord' frictionloss='-.1'><joint joint='elbow' coef='1'/>"
     "</fixed></tendon>",
     "\"cord\"", "frictionloss below 0"},
    {"<worldbody><geom name='ice' type='plane' size='1 1 1' friction='-1 .1 .1'/></worldbody>", "\"ice\"",
     "friction below 0"},
    {"<worldbody><geom name='ice' type='plane' size='1 1 1'/><body><freejoint/><geom name='g' size='.1'/></body>"
     "</worldbody><contact><pair name='both' geom1='ice' geom2='g' friction='1 1 -.1 0 0'/></contact>",
     "\"both\"", "friction below 0"},
    {"<worldbody>" ARM "<site name='tip'/>" ARM_END
     "<site name='peg'/></worldbody><tendon><spatial name='rope' armature='1'><site site='peg'/><site site='tip'/>"
     "</spatial></tendon>",
     "\"rope\"", "armature of a spatial tendon"},
    {"<asset><mesh name='leaf' inertia='shell' vertex='0 0 0 1 0 0 0 1 0 1 1 1e-6'/></asset><worldbody>"
     "<geom type='mesh' mesh='leaf'/></worldbody>",
     "\"leaf\"", "no hull"},
    {ACTUATED("<general name='odd' joint='elbow' gaintype='user'/>"), "\"odd\"", "gaintype"},
    {ACTUATED("<general name='odd' joint='elbow' biastype='user'/>"), "\"odd\"", "biastype"},
    {ACTUATED("<general name='odd' joint='elbow' dyntype='user'/>"), "\"odd\"", "dyntype"},
    {"<option integrator='discrete'/><worldbody>" ARM ARM_END "</worldbody>", "option", "discrete"},
    {"<option><flag sleep='enable'/></option><worldbody><body name='owl' sleep='init'><freejoint/><geom "
     "size='.1'/></body>"
     "</worldbody>",
     "\"owl\"", "sleep=\"init\""},
    {"<option><flag diagexact='enable'/></option><worldbody>" ARM ARM_END "</worldbody>", "flag", "diagexact"},
    {"<option><flag speculative='enable'/></option><worldbody>" ARM ARM_END "</worldbody>", "flag", "speculative"},
    {"<worldbody><geom name='tape' type='plane' size='0 0 1' adhesion='5'/>" ARM ARM_END "</worldbody>", "\"tape\"",
     "adhesion"},
    {"<worldbody><geom name='floor' type='plane' size='0 0 1'/>" ARM ARM_END "</worldbody>"
     "<contact><pair name='glue' geom1='floor' geom2='bone' adhesion='5'/></contact>",
     "\"glue\"", "adhesion"},
    {"<worldbody><body><joint name='wire' stiffness='1' springyield='.2'/><geom size='.1'/></body></worldbody>",
     "\"wire\"", "springyield"},
    {"<worldbody>" ARM ARM_END "</worldbody><tendon><fixed name='cord' stiffness='1' springyield='.1'>"
     "<joint joint='elbow' coef='1'/></fixed></tendon>",
     "\"cord\"", "springyield"},
    {ACTUATED("<pid name='servo' joint='elbow' kp='1' ki='1'/>"), "\"servo\"", "number of controls"},
    {ACTUATED("<dcmotor name='drive' joint='elbow' motorconst='.1' resistance='1' input='none'/>"), "\"drive\"",
     "number of controls"},
    {ACTUATED("<general name='half' joint='elbow' biastype='dcmotor'/>"), "\"half\"", "DC motor"},
    {"<worldbody><body><joint name='hip' type='ball'/><geom size='.1'/></body></worldbody>"
     "<actuator><orientation name='gaze' joint='hip'/></actuator>",
     "\"gaze\"", "orientation"},
    {"<worldbody>" ARM ARM_END "</worldbody><tendon><fixed name='cord'><joint joint='elbow' coef='1'/></fixed></tendon>"
     "<actuator><motor name='push' tendon='cord' armature='.5'/></actuator>",
     "\"push\"", "armature"},
    {ACTUATED("<motor name='push' joint='elbow' delay='.02' nsample='5000'/>"), "\"push\"", "history"},
};

static void refuses_what_it_does_not_simulate(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
    char text[4096];
    snprintf(text, sizeof text, "<mujoco>%s</mujoco>", refusals[i].xml);
    myr_model *model = NULL;
    myr_error error = {0};
    myr_status status = load_text(".xml", text, &model, &error);
    if (status != MYR_INVALID || !strstr(error.message, refusals[i].element) ||
        !strstr(error.message, refusals[i].feature) || !strstr(error.message, ".xml"))
      fail_msg("case %d (%s, %s): status %d, \"%s\"", (int)i, refusals[i].element, refusals[i].feature, status,
               error.message);
    assert_null(model);
  }
}

static const char *accepted[] = {
    "<worldbody>" ARM ARM_END "</worldbody><equality><joint joint1='elbow'/></equality>",
    "<worldbody>" ARM ARM_END
    "</worldbody><equality><weld body1='arm' active='false'/><connect body1='arm' anchor='0 0 0'/></equality>",
    "<worldbody><body name='wall'><geom size='.1'/></body>" ARM ARM_END
    "</worldbody><equality><weld body1='wall'/></equality>",
    "<asset><mesh name='wedge' vertex='0 0 0 1 0 0 0 1 0 0 0 1'/></asset><worldbody><body><freejoint/>"
    "<geom type='mesh' mesh='wedge' contype='0' conaffinity='0'/><geom size='.1'/></body></worldbody>",
    "<option solver='PGS'/><worldbody>" ARM ARM_END "</worldbody>",
    "<option solver='CG' integrator='implicitfast' cone='elliptic'/><worldbody>" ARM ARM_END "</worldbody>",
    "<worldbody>" ARM ARM_END "</worldbody><sensor><jointpos joint='elbow'/></sensor>",
    ACTUATED(
        "<position joint='elbow' kp='3' kv='1' timeconst='.1'/><intvelocity joint='elbow' kp='1' actrange='-1 1'/>"),
};

static void accepts_what_does_not_move_anything_else(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
    char text[4096];
    snprintf(text, sizeof text, "<mujoco>%s</mujoco>", accepted[i]);
    myr_model *model = NULL;
    myr_error error = {0};
    if (load_text(".xml", text, &model, &error) != MYR_OK) fail_msg("case %d: %s", (int)i, error.message);
    myr_model_free(model);
  }
}

static void tells_missing_from_malformed(void **state) {
  (void)state;
  myr_model *model = NULL;
  myr_error error = {0};
  assert_int_equal(myr_model_load("/nonexistent/robot.xml", &model, &error), MYR_INVALID);
  assert_non_null(strstr(error.message, "/nonexistent/robot.xml"));
  assert_int_equal(myr_model_load("/tmp", &model, &error), MYR_INVALID);
  assert_int_equal(load_text(".xml", "<mujoco><worldbody>", &model, &error), MYR_INVALID);
  assert_int_equal(load_text(".xml", "<mujoco><worldbody><geom/></worldbody></mujoco>", &model, &error), MYR_INVALID);
  assert_int_equal(load_text(".xml", "", &model, &error), MYR_INVALID);
  assert_null(strchr(error.message, '\n'));
}

static void reads_urdf(void **state) {
  (void)state;
  myr_model *model = NULL;
  myr_error error = {0};
  const char *text = "<robot name='pendulum'><link name='base'/><link name='rod'><inertial><mass value='2'/>"
                     "<inertia ixx='1' iyy='1' izz='1' ixy='0' ixz='0' iyz='0'/></inertial>"
                     "<collision><geometry><sphere radius='.1'/></geometry></collision></link>"
                     "<joint name='pivot' type='revolute'><parent link='base'/><child link='rod'/><axis xyz='0 1 0'/>"
                     "<limit lower='-1' upper='2' effort='1' velocity='1'/></joint></robot>";
  if (load_text(".urdf", text, &model, &error) != MYR_OK) fail_msg("%s", error.message);
  int joint = myr_model_find(model, MYR_ELEMENT_joint, "pivot"), rod = myr_model_find(model, MYR_ELEMENT_body, "rod");
  assert_int_equal(joint, 0);
  assert_true(model->jnt_limited[joint] && model->jnt_range[0] == -1 && model->jnt_range[1] == 2);
  assert_true(model->body_mass[rod] == 2);
  myr_model_free(model);
}

/* The inertia is given in the inertial frame, whose rpy turns it: about x the arm has the 0.4 that stand as iyy. */
static void turns_the_inertia_of_urdf(void **state) {
  (void)state;
  const char *text =
      "<robot name='p'><link name='base'/><link name='arm'><inertial><origin xyz='0 0 -0.5' rpy='0 0 "
      "1.5707963267948966'/>"
      "<mass value='1'/><inertia ixx='0.1' ixy='0' ixz='0' iyy='0.4' iyz='0' izz='0.45'/></inertial></link>"
      "<joint name='j' type='continuous'><parent link='base'/><child link='arm'/><axis xyz='1 0 0'/></joint></robot>";
  myr_model *m = NULL;
  myr_error error = {0};
  if (load_text(".urdf", text, &m, &error) != MYR_OK) fail_msg("%s", error.message);
  int arm = myr_model_find(m, MYR_ELEMENT_body, "arm");
  const double *q = m->body_iquat + 4 * arm, *inertia = m->body_inertia + 3 * arm;
  mjtNum axes[9], about_x = 0;
  mju_quat2Mat(axes, q);
  for (int k = 0; k < 3; k++) about_x += axes[k] * axes[k] * inertia[k];
  assert_true(fabs(about_x - 0.4) < 1e-9);
  myr_model_free(m);
}

/* ------------------------------------------------------------------------------------------------ scenes */
static const char *hopper_xml =
    "<mujoco><option timestep='.003' cone='elliptic'/><worldbody><geom name='step' type='box' size='1 1 .1'/>"
    "<body name='torso' pos='0 0 1'><freejoint name='root'/><geom name='trunk' size='.2'/>"
    "<body name='leg'><joint name='hip' axis='0 1 0' range='-1 1' limited='true'/>"
    "<geom name='thigh' type='capsule' fromto='0 0 0 0 0 -.5' size='.05'/>"
    "<body name='foot'><joint name='ankle' axis='0 1 0'/><geom name='sole' type='sphere' size='.1'/></body></body>"
    "</body></worldbody>"
    "<tendon><fixed name='both'><joint joint='hip' coef='1'/><joint joint='ankle' coef='-2'/></fixed></tendon>"
    "<actuator><motor name='push' joint='hip' gear='7'/><position name='hold' tendon='both' kp='5' timeconst='.1'/>"
    "</actuator><keyframe><key name='crouch' qpos='0 0 2 1 0 0 0 .5 -.5' ctrl='1 2' act='3'/></keyframe></mujoco>";

static void joins_entities(void **state) {
  (void)state;
  char path[SCRATCH_PATH_BYTES];
  scratch_write(".xml", hopper_xml, path);
  const myr_options moon = {.gravity = {0, 0, -1.6}};
  myr_entity entities[] = {{.name = "left", .path = path},
                           {.name = "floor", .friction = {0.7, 0.02, 0.003}},
                           {.name = "right", .path = path}};
  myr_scene scene = {.entities = entities, .entity_count = 3, .options = &moon, .stated = 1 << MYR_OPTION_gravity};
  myr_model *m = NULL;
  myr_error error = {0};
  if (myr_scene_build(&scene, &m, &error) != MYR_OK) fail_msg("%s", error.message);
  unlink(path);
  assert_true(m->nbody == 7 && m->njnt == 6 && m->nq == 18 && m->nv == 16 && m->nu == 4 && m->na == 2);
  assert_true(m->ngeom == 9 && m->ntendon == 2 && m->nwrap == 4 && m->nkey == 2);
  assert_true(m->options.timestep == 0.003 && m->options.gravity[2] == -1.6 && m->options.cone == MYR_ELLIPTIC);
  assert_int_equal(myr_model_find(m, MYR_ELEMENT_body, "world"), 0);
  assert_int_equal(myr_model_find(m, MYR_ELEMENT_body, "right.torso"), 4);
  assert_int_equal(myr_model_find(m, MYR_ELEMENT_body, "torso"), -1);

  int ground = myr_model_find(m, MYR_ELEMENT_geom, "floor.ground");
  assert_true(ground >= 0 && m->geom_type[ground] == MYR_GEOM_PLANE && m->geom_body[ground] == 0);
  assert_true(m->geom_friction[3 * ground] == 0.7 && m->geom_friction[3 * ground + 2] == 0.003);
  for (int g = 1; g < m->ngeom; g++) assert_true(m->geom_body[g] >= m->geom_body[g - 1]);

  int hip = myr_model_find(m, MYR_ELEMENT_joint, "right.hip"), leg = myr_model_find(m, MYR_ELEMENT_body, "right.leg");
  assert_true(m->jnt_body[hip] == leg && m->body_parent[leg] == 4 && m->body_root[leg] == 4 &&
              m->body_weld[leg] == leg);
  assert_true(m->jnt_qpos_start[hip] == 9 + 7 && m->jnt_dof_start[hip] == 8 + 6);
  assert_true(m->dof_parent[8] == -1 && m->dof_parent[14] == 13 && m->dof_body[14] == leg && m->dof_jnt[14] == hip);
  assert_true(m->body_jnt_start[leg] == hip && m->body_dof_start[leg] == 14);

  int both = myr_model_find(m, MYR_ELEMENT_tendon, "right.both"),
      hold = myr_model_find(m, MYR_ELEMENT_actuator, "right.hold");
  assert_true(m->wrap_target[m->tendon_wrap_start[both]] == hip && m->wrap_coef[m->tendon_wrap_start[both] + 1] == -2);
  assert_true(m->actuator_target[hold] == both && m->actuator_transmission[hold] == MYR_TRANSMISSION_TENDON);
  assert_true(m->actuator_act_start[hold] == 1 && m->actuator_act_start[hold - 1] == -1);

  int key = myr_model_find(m, MYR_ELEMENT_keyframe, "right.crouch");
  const double *qpos = m->key_qpos + m->nq * key;
  assert_true(qpos[2] == 1 && qpos[7] == 0 && qpos[9 + 2] == 2 && qpos[9 + 7] == 0.5);
  assert_true(m->key_ctrl[m->nu * key + 0] == 0 && m->key_ctrl[m->nu * key + 3] == 2 &&
              m->key_act[m->na * key + 1] == 3);

  int across = 0, soles = 0;
  for (int p = 0; p < m->npair; p++) {
    int body1 = m->geom_body[m->pair_geom1[p]], body2 = m->geom_body[m->pair_geom2[p]];
    across += body1 && body2 && (body1 <= 3) != (body2 <= 3);
    soles += m->pair_geom1[p] == ground;
    assert_true(m->geom_type[m->pair_geom1[p]] <= m->geom_type[m->pair_geom2[p]]);
  }
  assert_int_equal(across, 9); /* every geom of one robot with every geom of the other */
  assert_int_equal(soles, 6);
  myr_model_free(m);
}

static void names_the_entity_in_errors(void **state) {
  (void)state;
  myr_model *m = NULL;
  myr_error error = {0};
  myr_entity missing[] = {{.name = "robot", .path = "/nonexistent.xml"}};
  assert_int_equal(myr_scene_build(&(myr_scene){.entities = missing, .entity_count = 1}, &m, &error), MYR_INVALID);
  assert_non_null(strstr(error.message, "\"robot\""));
  myr_entity twice[] = {{.name = "floor"}, {.name = "floor"}};
  assert_int_equal(myr_scene_build(&(myr_scene){.entities = twice, .entity_count = 2}, &m, &error), MYR_INVALID);
  assert_non_null(strstr(error.message, "\"floor\""));
  assert_null(m);
}

static void tells_its_reader(void **state) {
  (void)state;
  assert_ptr_equal(strstr(myr_reader_version(), "MuJoCo "), myr_reader_version());
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(refuses_what_it_does_not_simulate), cmocka_unit_test(accepts_what_does_not_move_anything_else),
      cmocka_unit_test(tells_missing_from_malformed),      cmocka_unit_test(reads_urdf),
      cmocka_unit_test(turns_the_inertia_of_urdf),         cmocka_unit_test(joins_entities),
      cmocka_unit_test(names_the_entity_in_errors),        cmocka_unit_test(tells_its_reader),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
