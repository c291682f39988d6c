/* The list of rows: what each line says fits what it shows, and what it fills is the world's state. */
#include <math.h>

#include "dataset/record.h"
#include "kernels/fields.h"
#include "kernels/model.h"
#include "kernels/rotation.h"
#include "tests/scenarios/scenario_files.h"

static const char two_robots[] =
    "version: 1\n"
    "name: two_robots\n"
    "episodes: 2\n"
    "duration: 1 s\n"
    "world: {timestep: 5 ms, control_rate: 50 Hz}\n"
    "entities:\n"
    "  floor: {ground: {}}\n"
    "  cart: {model: assets/cartpole.xml}\n"
    "  dog: {model: assets/quadruped.xml, start: {keyframe: stand, lift: 5 cm, tilt: {cone: 20 deg}}}\n"
    "controllers:\n"
    "  dog: {hold: stand}\n"
    "record: [joints, root, contacts, energy, bodies]\n";

typedef struct scene {
  myr_scenario *scenario;
  myr_plan *plan;
  record_layout *layout;
} scene;

/* Plans the scenario that lies in the scratch folder. */
static scene scene_plan(const char *record) {
  scene s = {0};
  s.scenario = load_good(scratch_path, &record, record ? 1 : 0);
  s.plan = plan_good(s.scenario, 3);
  assert_int_equal(record_layout_create(s.plan, false, &s.layout, NULL), MYR_OK);
  return s;
}

static scene scene_make(const char *record) {
  scratch_make();
  scratch_write(two_robots, sizeof two_robots - 1);
  return scene_plan(record);
}

static void scene_end(scene *s) {
  record_layout_destroy(s->layout);
  myr_plan_destroy(s->plan);
  myr_scenario_free(s->scenario);
  scratch_remove();
}

/* Entries of a list with ", " between them. */
static int entries_of(const char *list) {
  int count = *list != 0;
  for (const char *at = list; (at = strstr(at, ", ")); at += 2) count++;
  return count;
}

static void names_and_units_are_whole(void **state) {
  (void)state;
  for (int i = 0; i < ROW_COUNT; i++) {
    const row_definition *row = &row_definitions[i];
    assert_true(row->width >= 1 && row->unit && row->columns && row->frame);
    bool of_element = row->element == ELEMENT_joint_qpos || row->element == ELEMENT_joint_dof ||
                      row->element == ELEMENT_actuator || row->element == ELEMENT_action;
    assert_true(row->unit[0] || of_element);
    assert_int_equal(entries_of(row->columns), row->width > 1 ? row->width : 0);
    int units = entries_of(row->unit);
    assert_true(units <= 1 || units == row->width);
    /* Vectors are in some frame, and positions in the world keep their millimetres far out. */
    assert_true(row->frame[0] || strncmp(row->columns, "x, y, z", 7));
    bool metres = !strcmp(row->unit, "m") || !strncmp(row->unit, "m,", 2);
    assert_true(!metres || strcmp(row->frame, "world") != 0 || row->type == MYR_ARRAY_F64);
    assert_true(row->of_robot || !row->second);
    assert_true(row->field < 0 || field_changes_with_time(row->field));
    assert_true(row->of_robot || row->group != GROUP_states);
    assert_true((row->element == ELEMENT_contact) == (row->group == GROUP_contacts));
    /* Only what is observed before a step can also be observed at an episode's start. */
    assert_true(!row->second || row->moment == OBSERVED);
    for (int k = 0; k < i; k++)
      assert_false(row->group == row_definitions[k].group && !strcmp(row->name, row_definitions[k].name));
  }
}

/* A field has as many numbers as the elements that a row shows of it, and those before them, have together. */
static void rows_end_with_their_fields(void **state) {
  (void)state;
  scene s = scene_make(NULL);
  const myr_plan_info *info = s.layout->info;
  myr_layout layout;
  myr_layout_compute(info->model, &layout);
  int64_t ends[ROW_COUNT] = {0};
  for (int i = 0; i < s.layout->row_count; i++) {
    const recorded_row *row = &s.layout->rows[i];
    int64_t end = (int64_t)(row->first + row->count) * row->definition->width,
            *last = &ends[row->definition - row_definitions];
    if (end > *last) *last = end;
  }
  for (int i = 0; i < ROW_COUNT; i++)
    if (row_definitions[i].field >= 0) assert_int_equal(ends[i], layout.count[row_definitions[i].field]);
  scene_end(&s);
}

/* What an episode records follows from the words of `record`, but for what it always has. */
static void words_choose_rows(void **state) {
  (void)state;
  static const struct {
    const char *record, *path;
    bool there;
  } cases[] = {
      {"record=[joints]", "obs/dog_joint_pos", true},
      {"record=[joints]", "final_obs/cart_joint_vel", true},
      {"record=[joints]", "states/articulation/dog/joint_position", true},
      {"record=[joints]", "labels/control", true},
      {"record=[joints]", "obs/dog_root_pos", false},
      {"record=[joints]", "states/articulation/dog/root_velocity", true},
      {"record=[joints]", "states/articulation/dog/root_pose", true},
      {"record=[joints]", "next_obs/dog_joint_pos", false},
      {"record=[joints, next_obs]", "next_obs/dog_joint_pos", true},
      {"record=[joints, next_obs]", "next_obs/dog_root_pos", false},
      {"record=[]", "obs/dog_joint_pos", false},
      {"record=[]", "states/articulation/dog/joint_position", true},
      {"record=[root]", "initial_state/articulation/dog/joint_position", true},
      {"record=[root]", "initial_state/articulation/cart/root_pose", true},
      {"record=[root]", "obs/dog_joint_pos", false},
      {"record=[root]", "states/articulation/cart/root_pose", true},
      {"record=[root]", "final_obs/dog_root_pos", true},
      {"record=[root]", "final_obs/dog_root_pose", false},
      {"record=[energy]", "labels/energy", true},
      {"record=[energy]", "labels/contacts/force", false},
      {"record=[contacts]", "labels/contacts/force", true},
      {"record=[contacts]", "labels/body_contact_force", true},
      {"record=[bodies]", "labels/body_orientation", true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    scene s = scene_make(cases[i].record);
    if ((schema_find(&s.layout->schema, cases[i].path) >= 0) != cases[i].there)
      fail_msg("%s: %s is %s", cases[i].record, cases[i].path, cases[i].there ? "missing" : "there");
    assert_int_equal(record_shows_field(s.layout, MYR_FIELD_contact_force),
                     !strcmp(cases[i].record, "record=[contacts]"));
    scene_end(&s);
  }
}

typedef struct world {
  myr_batch *batch;
  double *values;
  myr_episode_state *state;
  recorder *recorder;
} world;

/* The world's first episode, stepped `steps` times. */
static world world_make(const scene *s, int steps) {
  const myr_plan_info *info = s->layout->info;
  const myr_batch_description description = {
      .model = info->model, .worlds = 1, .lanes = 1, .threads = 1, .start = info->start};
  world w = {0};
  assert_int_equal(myr_batch_create(&description, &w.batch, NULL), MYR_OK);
  w.values = calloc((size_t)info->value_count + 1, sizeof *w.values);
  w.state = myr_plan_states(s->plan, 1);
  w.recorder = recorder_create(s->layout);
  assert_non_null(w.recorder);
  const int64_t episode = 0;
  assert_int_equal(myr_plan_begin(s->plan, w.batch, 0, NULL, &episode, 1, w.values, w.state, NULL), MYR_OK);
  recorder_begin(w.recorder, w.batch, 0);
  for (int i = 0; i < steps; i++) {
    float *actions = recorder_observe(w.recorder, i);
    assert_non_null(actions);
    myr_plan_control(s->plan, w.batch, 0, w.state, i, actions);
    assert_int_equal(myr_batch_step(w.batch, 0, 0, info->substeps, MYR_OBSERVE, NULL, NULL), MYR_OK);
    myr_judgement judgement;
    myr_plan_judge(s->plan, w.batch, 0, w.state, i, &judgement);
    recorder_label(w.recorder, i);
    if (i) recorder_judge(w.recorder, i - 1, &judgement);
  }
  return w;
}

static void world_end(world *w) {
  recorder_destroy(w->recorder);
  free(w->values);
  free(w->state);
  myr_batch_destroy(w->batch);
}

static const void *row_of(const scene *s, world *w, const char *path, int step) {
  int array = schema_find(&s->layout->schema, path);
  if (array < 0) fail_msg("no array %s", path);
  return recorder_row(w->recorder, array, step);
}

/* The dog's root turns while it falls: its angular velocity is in the world's axes, its quaternion x y z w. */
static void roots_are_in_world_axes(void **state) {
  (void)state;
  enum { STEPS = 8 };
  scene s = scene_make(NULL);
  world w = world_make(&s, STEPS);
  assert_non_null(recorder_observe(w.recorder, STEPS));
  const myr_entity_info *dog = &s.layout->info->entities[2];
  assert_string_equal(dog->name, "dog");
  myr_span qpos = myr_batch_field(w.batch, MYR_FIELD_qpos, 0), qvel = myr_batch_field(w.batch, MYR_FIELD_qvel, 0);
  double quaternion[4], local[3], expected[3], length = 0;
  for (int i = 0; i < 4; i++) quaternion[i] = qpos.data[(dog->qpos_start + 3 + i) * qpos.stride];
  for (int i = 0; i < 3; i++) local[i] = qvel.data[(dog->dof_start + 3 + i) * qvel.stride];
  myr_quaternion_rotate(quaternion, local, expected);
  myr_span rest = myr_batch_field(w.batch, MYR_FIELD_qpos_rest, 0);
  const double *pose = row_of(&s, &w, "states/articulation/dog/root_pose", STEPS),
               *position = row_of(&s, &w, "obs/dog_root_pos", STEPS);
  const float *turned = row_of(&s, &w, "obs/dog_root_quat", STEPS),
              *velocity = row_of(&s, &w, "obs/dog_root_vel", STEPS);
  for (int i = 0; i < 3; i++) {
    int at = dog->qpos_start + i;
    assert_true(position[i] == (double)qpos.data[at * qpos.stride] + (double)rest.data[at * rest.stride]);
    assert_true(pose[i] == position[i]);
    assert_true(velocity[i] == qvel.data[(dog->dof_start + i) * qvel.stride]);
    assert_float_equal(velocity[3 + i], expected[i], 1e-5);
    length += local[i] * local[i];
  }
  assert_true(length > 1e-4); /* it does turn */
  for (int i = 0; i < 4; i++)
    assert_true(turned[i] == (float)quaternion[(i + 1) % 4] && pose[3 + i] == (double)turned[i]);
  const float *still = row_of(&s, &w, "obs/cart_root_vel", STEPS);
  for (int i = 0; i < 6; i++) assert_true(still[i] == 0);
  world_end(&w);
  scene_end(&s);
}

/* The coordinates of a joint that turns freely hold a quaternion, w first in memory and last in a file. The root's joint is
 * left out; a second body that floats is not. */
static void joints_keep_quaternions_as_files_do(void **state) {
  (void)state;
  static const char scenario[] = "version: 1\nname: balls\nduration: 1 s\nentities:\n  b: {model: balls.xml}\n"
                                 "record: [joints]\n";
  static const char model[] =
      "<mujoco><worldbody><body pos='0 0 1'><freejoint/><geom size='.1'/><body pos='.2 0 0'><joint name='hip' "
      "type='ball'/>"
      "<geom size='.1'/></body></body><body pos='0 3 1'><freejoint name='loose'/><geom size='.1'/></body></worldbody>"
      "</mujoco>";
  /* Places in qpos of the columns of joint_pos: the ball's x y z w, then the second body's position and x y z w. */
  static const int places[] = {8, 9, 10, 7, 11, 12, 13, 15, 16, 17, 14};
  enum { COLUMNS = sizeof places / sizeof places[0] };
  char path[128];
  scratch_make();
  snprintf(path, sizeof path, "%s/balls.xml", scratch_folder);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(model, file);
  fclose(file);
  scratch_write(scenario, sizeof scenario - 1);
  scene s = scene_plan(NULL);
  world w = world_make(&s, 0);
  myr_span qpos = myr_batch_field(w.batch, MYR_FIELD_qpos, 0);
  assert_int_equal(qpos.count, 18);
  for (int i = 0; i < qpos.count; i++) qpos.data[i * qpos.stride] = (float)i;
  recorder_begin(w.recorder, w.batch, 0);
  assert_non_null(recorder_observe(w.recorder, 0));
  const float *observed = row_of(&s, &w, "obs/b_joint_pos", 0),
              *initial = row_of(&s, &w, "initial_state/articulation/b/joint_position", 0);
  for (int i = 0; i < COLUMNS; i++) assert_true(observed[i] == (float)places[i] && initial[i] == observed[i]);
  char *names = record_names_json(s.layout);
  assert_non_null(strstr(
      names, "[\"b.hip.qx\", \"b.hip.qy\", \"b.hip.qz\", \"b.hip.qw\", \"b.loose.x\", \"b.loose.y\", \"b.loose.z\", "
             "\"b.loose.qx\", \"b.loose.qy\", \"b.loose.qz\", \"b.loose.qw\"]"));
  free(names);
  world_end(&w);
  unlink(path);
  scene_end(&s);
}

/* Labels are of the state before the step, so bodies stand where the fields of the step's observation say. */
static void bodies_leave_the_world_out(void **state) {
  (void)state;
  scene s = scene_make(NULL);
  world w = world_make(&s, 3);
  myr_span position = myr_batch_field(w.batch, MYR_FIELD_body_position, 0),
           rest = myr_batch_field(w.batch, MYR_FIELD_body_position_rest, 0),
           rotation = myr_batch_field(w.batch, MYR_FIELD_body_rotation, 0);
  const double *positions = row_of(&s, &w, "labels/body_position", 2);
  const float *orientations = row_of(&s, &w, "labels/body_orientation", 2);
  for (int i = 1; i < s.layout->info->model->nbody; i++) {
    for (int k = 0; k < 3; k++)
      assert_true(positions[3 * (i - 1) + k] ==
                  (double)position.data[(3 * i + k) * position.stride] + (double)rest.data[(3 * i + k) * rest.stride]);
    for (int k = 0; k < 4; k++)
      assert_true(orientations[4 * (i - 1) + k] == rotation.data[(4 * i + (k + 1) % 4) * rotation.stride]);
  }
  world_end(&w);
  scene_end(&s);
}

/* Each row's contacts follow those of the rows before, and lie where contact_start and contact_count say. */
static void contacts_follow_each_other(void **state) {
  (void)state;
  enum { STEPS = 40 };
  scene s = scene_make(NULL);
  world w = world_make(&s, STEPS);
  const episode_schema *schema = &s.layout->schema;
  const int32_t *counts = recorder_row(w.recorder, schema_find(schema, "labels/contact_count"), 0),
                *geoms = recorder_row(w.recorder, schema_find(schema, "labels/contacts/geom"), 0);
  const int64_t *starts = recorder_row(w.recorder, schema_find(schema, "labels/contact_start"), 0);
  const float *forces = row_of(&s, &w, "labels/contacts/force", 0),
              *sums = row_of(&s, &w, "labels/body_contact_force", 0);
  const myr_model *model = s.layout->info->model;
  int64_t total = 0;
  for (int i = 0; i < STEPS; i++) {
    assert_int_equal(starts[i], total);
    total += counts[i];
  }
  assert_true(total > STEPS);
  for (int i = 0; i < STEPS; i++) { /* a body's force is the sum of its contacts' */
    for (int body = 1; body < model->nbody; body++)
      for (int k = 0; k < 3; k++) {
        double sum = 0, size = 1;
        for (int64_t c = starts[i]; c < starts[i] + counts[i]; c++) {
          double sign = (model->geom_body[geoms[2 * c + 1]] == body) - (model->geom_body[geoms[2 * c]] == body);
          sum += sign * (double)forces[3 * c + k];
          size += fabs((double)forces[3 * c + k]);
        }
        assert_float_equal(sums[(i * (model->nbody - 1) + body - 1) * 3 + k], sum, 1e-5 * size);
      }
  }
  world_end(&w);
  scene_end(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_and_units_are_whole),
      cmocka_unit_test(rows_end_with_their_fields),
      cmocka_unit_test(words_choose_rows),
      cmocka_unit_test(roots_are_in_world_axes),
      cmocka_unit_test(joints_keep_quaternions_as_files_do),
      cmocka_unit_test(bodies_leave_the_world_out),
      cmocka_unit_test(contacts_follow_each_other),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
