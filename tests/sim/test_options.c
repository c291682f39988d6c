/* Tests that the options of a scene are those it states, else those of its files, and that files which disagree are told
 * with both values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "kernels/model.h"
#include "sim/mujoco/oracle.h"
#include "sim/options.h"
#include "tests/sim/scratch_file.h"

#define BODY "<worldbody><body pos='0 0 5'><freejoint/><geom size='.1'/></body></worldbody></mujoco>"

typedef struct two_files {
  char paths[2][SCRATCH_PATH_BYTES];
  myr_entity entities[3];
  myr_scene scene;
} two_files;

/* A ground and two models, whose <option> or <visual> elements are given. */
static void write_files(two_files *files, const char *one, const char *two) {
  const char *texts[] = {one, two};
  *files = (two_files){.entities = {{.name = "floor", .friction = {1, 0.005, 0.0001}}, {.name = "a"}, {.name = "b"}}};
  for (int i = 0; i < 2; i++) {
    char text[1024];
    snprintf(text, sizeof text, "<mujoco>%s" BODY, texts[i]);
    scratch_write(".xml", text, files->paths[i]);
    files->entities[1 + i].path = files->paths[i];
  }
  files->scene = (myr_scene){.entities = files->entities, .entity_count = 3};
}

static void remove_files(two_files *files) {
  for (int i = 0; i < 2; i++) unlink(files->paths[i]);
}

static int conflicts_of(two_files *files, myr_options *options, myr_option_conflict *conflicts) {
  int count = 0;
  myr_error error = {0};
  if (myr_scene_options(&files->scene, options, conflicts, &count, &error)) fail_msg("%s", error.message);
  return count;
}

/* One file states the option and the other does not. Together they cover option.def. */
static const struct difference {
  enum myr_option option;
  const char *name, *stated, *values[2];
} differences[] = {
    {MYR_OPTION_timestep, "timestep", "<option timestep='.001'/>", {"0.001 s", "0.002 s"}},
    {MYR_OPTION_gravity, "gravity", "<option gravity='0 0 -1.62'/>", {"[0, 0, -1.62]", "[0, 0, -9.81]"}},
    {MYR_OPTION_gravity, "gravity", "<option><flag gravity='disable'/></option>", {"[0, 0, 0]", "[0, 0, -9.81]"}},
    {MYR_OPTION_integrator, "integrator", "<option integrator='implicitfast'/>", {"implicitfast", "Euler"}},
    {MYR_OPTION_cone, "cone", "<option cone='elliptic'/>", {"elliptic", "pyramidal"}},
    {MYR_OPTION_impratio, "impratio", "<option impratio='10'/>", {"10", "1"}},
    {MYR_OPTION_iterations, "iterations", "<option iterations='4'/>", {"4", "100"}},
    {MYR_OPTION_ls_iterations, "ls_iterations", "<option ls_iterations='8'/>", {"8", "50"}},
    {MYR_OPTION_tolerance, "tolerance", "<option tolerance='1e-10'/>", {"1e-10", "1e-08"}},
    {MYR_OPTION_noslip_iterations, "noslip_iterations", "<option noslip_iterations='3'/>", {"3", "0"}},
    {MYR_OPTION_noslip_tolerance, "noslip_tolerance", "<option noslip_tolerance='0'/>", {"0", "1e-06"}},
    {MYR_OPTION_disable,
     "disable",
     "<option><flag contact='disable' limit='disable'/></option>",
     {"[limit, contact]", "[]"}},
    {MYR_OPTION_disable, "disable", "<option><flag filterparent='disable'/></option>", {"[filterparent]", "[]"}},
};
enum { DIFFERENCES = sizeof differences / sizeof *differences };

static void files_must_agree(void **state) {
  (void)state;
  for (int i = 0; i < 2 * DIFFERENCES; i++) {
    const struct difference *d = &differences[i / 2];
    int first = i % 2; /* which of the two files states it */
    two_files files;
    write_files(&files, first ? "" : d->stated, first ? d->stated : "");
    myr_options options;
    myr_option_conflict conflicts[MYR_OPTION_CONFLICTS];
    assert_int_equal(conflicts_of(&files, &options, conflicts), 1);
    assert_string_equal(conflicts[0].name, d->name);
    assert_true(conflicts[0].entities[0] == 1 && conflicts[0].entities[1] == 2 && !conflicts[0].seen);
    assert_string_equal(conflicts[0].values[first], d->values[0]);
    assert_string_equal(conflicts[0].values[1 - first], d->values[1]);
    myr_model *model;
    myr_error error = {0};
    assert_int_equal(myr_scene_build(&files.scene, &model, &error), MYR_INVALID);
    assert_non_null(strstr(error.message, d->name));
    assert_non_null(strstr(error.message, "\"a\" and \"b\""));
    remove_files(&files);
  }
}

/* A scene that states the option takes it, in Myriad and in MuJoCo, whatever its files say. */
static void a_scene_may_state_an_option(void **state) {
  (void)state;
  for (int i = 0; i < DIFFERENCES; i++) {
    const struct difference *d = &differences[i];
    two_files files, stating;
    write_files(&files, "", d->stated);
    write_files(&stating, d->stated, d->stated);
    myr_options wanted, got;
    myr_option_conflict conflicts[MYR_OPTION_CONFLICTS];
    assert_int_equal(conflicts_of(&stating, &wanted, conflicts), 0);
    files.scene.options = &wanted;
    files.scene.stated = 1u << d->option;
    assert_int_equal(conflicts_of(&files, &got, conflicts), 0);
    assert_memory_equal(&got, &wanted, sizeof got);
    myr_model *model;
    myr_error error = {0};
    oracle theirs;
    if (myr_scene_build(&files.scene, &model, &error)) fail_msg("%s", error.message);
    assert_memory_equal(&model->options, &wanted, sizeof got);
    if (oracle_load(model, NULL, &files.scene, &theirs, &error)) fail_msg("%s", error.message);
    options_read(theirs.model, &got);
    assert_memory_equal(&got, &wanted, sizeof got);
    oracle_release(&theirs);
    myr_model_free(model);
    remove_files(&files);
    remove_files(&stating);
  }
}

static void files_that_agree_are_followed(void **state) {
  (void)state;
  two_files files;
  const char *text = "<option timestep='.001' gravity='0 0 -1.62' solver='PGS'/>";
  write_files(&files, text, text);
  myr_options options;
  myr_option_conflict conflicts[MYR_OPTION_CONFLICTS];
  assert_int_equal(conflicts_of(&files, &options, conflicts), 0);
  assert_true(options.timestep == 0.001 && options.gravity[2] == -1.62 && options.solver == MYR_NEWTON);
  remove_files(&files);
}

/* Of two files, one turns MuJoCo's light at the camera off. */
static void headlights_are_joined_too(void **state) {
  (void)state;
  two_files files;
  write_files(&files, "<visual><headlight active='0'/></visual>", "");
  myr_options options;
  myr_option_conflict conflicts[MYR_OPTION_CONFLICTS];
  assert_int_equal(conflicts_of(&files, &options, conflicts), 1);
  assert_true(conflicts[0].seen);
  assert_string_equal(conflicts[0].name, "headlight");
  myr_model *model; /* which has no looks */
  myr_error error = {0};
  if (myr_scene_build(&files.scene, &model, &error)) fail_msg("%s", error.message);
  myr_model_free(model);
  remove_files(&files);
}

/* Opened files are read once: they may vanish. */
static void files_are_read_once(void **state) {
  (void)state;
  two_files files;
  write_files(&files, "", "");
  myr_scene_files *opened;
  myr_error errors[3] = {0};
  assert_int_equal(myr_scene_open(&files.scene, &opened, NULL, errors), MYR_OK);
  remove_files(&files);
  files.scene.files = opened;
  for (int i = 0; i < 2; i++) {
    myr_model *model;
    if (myr_scene_build(&files.scene, &model, &errors[0])) fail_msg("%s", errors[0].message);
    assert_int_equal(model->nbody, 3);
    myr_model_free(model);
  }
  myr_scene_close(opened);
  assert_int_equal(myr_scene_open(&files.scene, &opened, NULL, errors), MYR_INVALID);
  assert_null(opened);
  assert_non_null(strstr(errors[1].message, "\"a\""));
  assert_non_null(strstr(errors[2].message, "\"b\""));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(files_must_agree),
      cmocka_unit_test(a_scene_may_state_an_option),
      cmocka_unit_test(files_that_agree_are_followed),
      cmocka_unit_test(headlights_are_joined_too),
      cmocka_unit_test(files_are_read_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
