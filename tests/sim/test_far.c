/* Tests that things move, touch and are observed far from the world's origin as they are near it, for every width. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "kernels/model.h"
#include "tests/sim/worlds.h"

/* One world at a place. */
typedef struct site {
  double place[3]; /* m; what the scene's <frame> is moved by */
  myr_model *model;
  myr_batch *batch;
  int world;
} site;

static double get(const site *s, enum myr_field field, int element) {
  return value_of(s->batch, field, s->world, element);
}

/* Sets a position exactly: a float and what it leaves. */
static void set_position(const site *s, int coordinate, double value) {
  set_value(s->batch, MYR_FIELD_qpos, s->world, coordinate, value);
  const double left = value - (double)(float)value;
  set_value(s->batch, MYR_FIELD_qpos_rest, s->world, coordinate, left);
}

/* text: a scene with a %g for each of the place's x and y. The world's neighbour in the tile stays near the origin. */
static site make_site(const char *text, double x, double y, int lanes, const myr_model *near) {
  char filled[4096];
  snprintf(filled, sizeof filled, text, x, y);
  site s = {.place = {x, y, 0}, .model = model_of_text(filled), .world = lanes / 2};
  s.batch = batch_of(s.model, lanes + 1, lanes);
  const myr_model *of = near ? near : s.model;
  for (int j = 0; s.batch && j < of->njnt; j++)
    for (int k = 0; k < 3 && of->jnt_type[j] == MYR_JOINT_FREE; k++)
      set_position(&s, of->jnt_qpos_start[j] + k, of->qpos0[of->jnt_qpos_start[j] + k] + s.place[k]);
  return s;
}

static void close_site(site *s) {
  myr_batch_destroy(s->batch);
  myr_model_free(s->model);
}

static void same(const char *what, int lanes, int element, double near, double far, double tolerance) {
  if (!(fabs(near - far) <= tolerance))
    fail_msg("%d lanes: %s %d is %.9g near and %.9g far out", lanes, what, element, near, far);
}

static void compare_states(const site *near, const site *far, int lanes) {
  const myr_model *m = near->model;
  for (int j = 0; j < m->njnt; j++) {
    const int start = m->jnt_qpos_start[j], free_joint = m->jnt_type[j] == MYR_JOINT_FREE;
    for (int k = 0; k < (free_joint ? 7 : 1); k++) {
      const double one = get(near, MYR_FIELD_qpos, start + k) + get(near, MYR_FIELD_qpos_rest, start + k),
                   two = get(far, MYR_FIELD_qpos, start + k) + get(far, MYR_FIELD_qpos_rest, start + k);
      same("coordinate", lanes, start + k, one, two - (free_joint && k < 3 ? far->place[k] : 0), 2e-5);
    }
  }
}

static void compare_labels(const site *near, const site *far, int lanes) {
  const myr_model *m = near->model;
  const int contacts = (int)get(near, MYR_FIELD_contact_count, 0);
  assert_true(contacts > 0);
  same("contact count", lanes, 0, contacts, get(far, MYR_FIELD_contact_count, 0), 0);
  for (int i = 0; i < 3 * contacts; i++) {
    const double rest = get(far, MYR_FIELD_contact_position_rest, i) - far->place[i % 3];
    same("contact", lanes, i, get(near, MYR_FIELD_contact_position, i), get(far, MYR_FIELD_contact_position, i) + rest,
         2e-4);
  }
  for (int i = 0; i < contacts; i++)
    same("depth", lanes, i, get(near, MYR_FIELD_contact_distance, i), get(far, MYR_FIELD_contact_distance, i), 1e-5);
  for (int i = 3; i < 3 * m->nbody; i++) {
    const double rest = get(far, MYR_FIELD_body_position_rest, i) - far->place[i % 3];
    same("body", lanes, i, get(near, MYR_FIELD_body_position, i), get(far, MYR_FIELD_body_position, i) + rest, 3e-5);
  }
  same("energy", lanes, 0, get(near, MYR_FIELD_energy, 0), get(far, MYR_FIELD_energy, 0), 1e-3);
}

/* Steps the scene near the origin and at a place, and compares states and labels on the way. */
static void compare(const char *text, double x, double y, int lanes) {
  site near = make_site(text, 0, 0, lanes, NULL), far = make_site(text, x, y, lanes, near.model);
  for (int round = 0; near.batch && round < 5; round++) {
    step_all(near.batch, 60, 0);
    step_all(far.batch, 60, 0);
    compare_states(&near, &far, lanes);
    step_all(near.batch, 0, MYR_OBSERVE);
    step_all(far.batch, 0, MYR_OBSERVE);
    compare_labels(&near, &far, lanes);
  }
  close_site(&near);
  close_site(&far);
}

static void each_place(const char *text) {
  static const int widths[] = {1, 4, 8, 16};
  static const double places[][2] = {{10000, 0}, {-3000.3, 10000.7}, {100000, -123456}};
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
    for (size_t k = 0; k < sizeof places / sizeof *places; k++) compare(text, places[k][0], places[k][1], widths[i]);
}

/* A stack, a sliding block, a car that rolls, a ball that pushes another, and an arm that falls on a fixed block. */
static void a_yard_far_out(void **state) {
  (void)state;
  each_place("<mujoco><option timestep='.002'/><worldbody><geom type='plane' size='0 0 1'/><frame pos='%g %g 0'>"
             "<geom type='box' size='.2 .2 .1' pos='-2.1 .3 .1'/>"
             "<body pos='-2.1 .3 .25'><freejoint/><geom type='box' size='.1 .1 .05'/></body>"
             "<body pos='0 0 .099'><freejoint/><geom type='box' size='.1 .1 .1'/></body>"
             "<body pos='.02 .01 .297' euler='0 0 20'><freejoint/><geom type='box' size='.1 .1 .1'/></body>"
             "<body pos='0 2 .2'><freejoint/><geom type='box' size='.3 .15 .05'/>"
             "<body pos='.2 .2 -.1'><joint name='w' axis='0 1 0'/><geom type='sphere' size='.1'/></body>"
             "<body pos='.2 -.2 -.1'><joint axis='0 1 0'/><geom type='sphere' size='.1'/></body>"
             "<body pos='-.2 .2 -.1'><joint axis='0 1 0'/><geom type='sphere' size='.1'/></body>"
             "<body pos='-.2 -.2 -.1'><joint axis='0 1 0'/><geom type='sphere' size='.1'/></body></body>"
             "<body pos='3 0 .1'><freejoint/><geom size='.1'/></body><body pos='3.19 .02 .1'><freejoint/><geom "
             "size='.1'/></body>"
             "<body pos='5 5 .5'><joint axis='0 1 0'/><geom type='capsule' fromto='0 0 0 .6 0 0' size='.05'/></body>"
             "<geom type='box' size='.2 .2 .2' pos='5.5 5 .2'/>"
             "</frame></worldbody><actuator><motor joint='w' gear='1'/></actuator></mujoco>");
}

/* A block that slides down an incline: the plane is not level, so its distance is a difference of large numbers. */
static void an_incline_far_out(void **state) {
  (void)state;
  each_place("<mujoco><option timestep='.002'/><worldbody><frame pos='%g %g 0'>"
             "<geom type='plane' size='0 0 1' euler='0 20 0' friction='.2'/>"
             "<body pos='0 0 .1064' euler='0 20 0'><freejoint/><geom type='box' size='.1 .1 .1' friction='.2'/></body>"
             "</frame></worldbody></mujoco>");
}

/* Roots that slide to the place, and meet a body there. */
static void slides_far_out(void **state) {
  (void)state;
  static const int widths[] = {1, 8};
  static const char text[] =
      "<mujoco><option timestep='.002'/><worldbody><geom type='plane' size='0 0 1'/>"
      "<body pos='0 0 .1'><joint type='slide' axis='1 0 0'/><joint type='slide' axis='0 1 0'/><geom size='.1'/></body>"
      "<frame pos='%g %g 0'><body pos='.2537 .01 .1'><freejoint/><geom size='.1'/></body></frame></worldbody></mujoco>";
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
    site near = make_site(text, 0, 0, widths[i], NULL), far = make_site(text, 10000.3, -777.7, widths[i], near.model);
    if (!near.batch) continue;
    for (int k = 0; k < 2; k++) set_position(&far, k, far.place[k]);
    set_value(near.batch, MYR_FIELD_qvel, near.world, 0, 0.5);
    set_value(far.batch, MYR_FIELD_qvel, far.world, 0, 0.5);
    step_all(near.batch, 300, 0);
    step_all(far.batch, 300, 0);
    for (int k = 0; k < 4; k++) {
      const double one = get(&near, MYR_FIELD_qpos, k) + get(&near, MYR_FIELD_qpos_rest, k),
                   two = get(&far, MYR_FIELD_qpos, k) + get(&far, MYR_FIELD_qpos_rest, k);
      same("coordinate", widths[i], k, one, two - far.place[k % 2], 2e-5);
    }
    assert_true(get(&near, MYR_FIELD_qpos, 2) > 0.27); /* it was pushed */
    close_site(&near);
    close_site(&far);
  }
}

/* A reset puts a world where its file and its keyframes say, to the last bit that a float and its rest hold. */
static void starts_where_the_file_says(void **state) {
  (void)state;
  static const int widths[] = {1, 8};
  myr_model *model = model_of_text(
      "<mujoco><worldbody><body pos='10000.0003 -5000.0007 1.1'><freejoint/><geom size='.1'/></body>"
      "<body pos='10000.2013 0 0'><joint type='slide' axis='1 0 0' ref='777.0007'/><geom size='.1'/></body>"
      "</worldbody><keyframe><key qpos='-160000.0003 5 100.0001 1 0 0 0 9000.0009'/></keyframe></mujoco>");
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
    for (int key = -1; key < 1; key++) {
      site s = {.model = model, .batch = batch_of(model, 2, widths[i]), .world = 1};
      myr_batch_reset(s.batch, s.world, key);
      assert_int_equal(myr_batch_commit(s.batch, s.world / widths[i], NULL), MYR_OK);
      for (int q = 0; q < model->nq; q++) {
        const double stated = key < 0 ? model->qpos0[q] : model->key_qpos[q];
        same("start", widths[i], q, stated, get(&s, MYR_FIELD_qpos, q) + get(&s, MYR_FIELD_qpos_rest, q),
             stated * stated < 1000 ? 1e-6 : 1e-8);
      }
      step_all(s.batch, 0, MYR_OBSERVE);
      const double way = key < 0 ? 0 : model->key_qpos[7] - 777.0007; /* of the slide from its reference */
      same("slide", widths[i], 0, 10000.2013 + way,
           get(&s, MYR_FIELD_body_position, 6) + get(&s, MYR_FIELD_body_position_rest, 6), 1e-6);
      myr_batch_destroy(s.batch);
    }
  myr_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_yard_far_out),
      cmocka_unit_test(an_incline_far_out),
      cmocka_unit_test(slides_far_out),
      cmocka_unit_test(starts_where_the_file_says),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
