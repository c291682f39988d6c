/* Compares pairs of geoms and their contact parameters with MuJoCo's contacts, on random models. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdint.h>

#include <mujoco/mujoco.h>

#include "kernels/model.h"
#include "sim/sim.h"
#include "tests/sim/scratch_file.h"

/* splitmix64. tests/sim/random_model.h says why each draw has a variable of its own. */
static uint64_t next_random(uint64_t *state) {
  uint64_t z = (*state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}
static int pick(uint64_t *state, int n) { return (int)(next_random(state) % (uint64_t)n); }
static double uniform(uint64_t *state, double low, double high) {
  return low + (high - low) * (double)(next_random(state) >> 11) / 9007199254740992.0;
}

enum { BODIES = 7, GEOMS_PER_BODY = 2 };

/* Writes a geom at the origin, so that all pairs that may touch do. */
static void write_geom(FILE *out, uint64_t *state, int body, int geom) {
  static const int dimensions[] = {1, 3, 4, 6};
  int priority = pick(state, 3) == 0 ? pick(state, 3) : 0, dimension = dimensions[pick(state, 4)];
  int affinity = pick(state, 4), type = pick(state, 4);
  double length = uniform(state, .1, .2), radius = uniform(state, .1, .2);
  const char *shape = pick(state, 2) ? "sphere" : "capsule";
  fprintf(out, "<geom name='g%d_%d' type='%s' size='%g %g' contype='%d' conaffinity='%d' condim='%d' priority='%d' ",
          body, geom, shape, radius, length, type, affinity, dimension, priority);
  double mix = pick(state, 4) ? uniform(state, 0, 3) : 0, rolling = uniform(state, 0, .01);
  double spinning = uniform(state, 0, .1), sliding = uniform(state, 0, 2);
  fprintf(out, "friction='%g %g %g' solmix='%g' ", sliding, spinning, rolling, mix);
  if (pick(state, 4)) {
    double ratio = uniform(state, .5, 2), time = uniform(state, .01, .1);
    fprintf(out, "solref='%g %g' ", time, ratio);
  } else {
    double damping = uniform(state, 1, 100), stiffness = uniform(state, 10, 1000);
    fprintf(out, "solref='%g %g' ", -stiffness, -damping);
  }
  double gap = uniform(state, 0, .01), margin = uniform(state, 0, .1), power = uniform(state, 1, 4);
  double midpoint = uniform(state, .2, .8), width = uniform(state, .001, .1);
  double most = uniform(state, .6, .99), least = uniform(state, .1, .5);
  fprintf(out, "solimp='%g %g %g %g %g' margin='%g' gap='%g'/>\n", least, most, width, midpoint, power, margin, gap);
}

/* Writes a random tree. Some bodies have no joint and are welded to their parent, the first ones to the world. */
static void write_model(FILE *out, uint64_t *state) {
  fprintf(out, "<mujoco><option><flag filterparent='%s'/></option><worldbody>", pick(state, 2) ? "enable" : "disable");
  int priority = pick(state, 2), dimension = pick(state, 2) ? 3 : 6;
  fprintf(out, "<geom name='floor' type='plane' size='0 0 1' condim='%d' priority='%d'/>", dimension, priority);
  int depth = 0;
  for (int b = 0; b < BODIES; b++) {
    while (depth > 0 && pick(state, 3) == 0) {
      fprintf(out, "</body>");
      depth--;
    }
    fprintf(out, "<body name='b%d'>", b);
    depth++;
    if (pick(state, 3)) fprintf(out, "<joint type='%s' axis='0 0 1'/>", pick(state, 2) ? "hinge" : "slide");
    for (int g = 0; g < GEOMS_PER_BODY; g++) write_geom(out, state, b, g);
  }
  while (depth-- > 0) fprintf(out, "</body>");
  fprintf(out, "</worldbody><contact>");
  int excluded = pick(state, BODIES - 1);
  fprintf(out, "<exclude body1='b%d' body2='b%d'/>", excluded, excluded + 1);
  for (int i = 0, first = pick(state, 3); i < 3; i++) {
    double time = uniform(state, .01, .1), friction = uniform(state, .1, 1);
    int pair_dimension = pick(state, 2) ? 3 : 4, second = first + i + 1 + pick(state, 2);
    fprintf(out,
            "<pair geom1='g%d_0' geom2='g%d_1' condim='%d' friction='1 %g .1 .02 .03' solref='%g 1' margin='.02'/>",
            first + i, second, pair_dimension, friction, time);
  }
  fprintf(out, "</contact></mujoco>");
}

static void contact_friction(const myr_model *m, int p, double friction[5]) {
  const double *one = m->geom_friction + 3 * m->pair_geom1[p], *two = m->geom_friction + 3 * m->pair_geom2[p];
  for (int i = 0; i < 5; i++) {
    int entry = i < 2 ? 0 : i < 3 ? 1 : 2;
    switch (m->pair_friction_rule[p]) {
    case MYR_FRICTION_OWN: friction[i] = m->pair_friction[5 * p + i]; break;
    case MYR_FRICTION_MAX: friction[i] = fmax(one[entry], two[entry]); break;
    case MYR_FRICTION_GEOM1: friction[i] = one[entry]; break;
    case MYR_FRICTION_GROUND: friction[i] = entry ? fmax(one[entry], two[entry]) : one[entry]; break;
    default: friction[i] = two[entry];
    }
    friction[i] = fmax(friction[i], 1e-5); /* MuJoCo's least friction */
  }
}

static int find_pair(const myr_model *m, int geom1, int geom2) {
  for (int p = 0; p < m->npair; p++)
    if (m->pair_geom1[p] == geom1 && m->pair_geom2[p] == geom2) return p;
  return -1;
}

static void check_parameters(const myr_model *m, int p, const mjContact *contact) {
  double friction[5];
  contact_friction(m, p, friction);
  assert_int_equal(m->pair_condim[p], contact->dim);
  for (int i = 0; i < 5; i++) assert_true(fabs(friction[i] - contact->friction[i]) < 1e-12);
  for (int i = 0; i < 2; i++) assert_true(fabs(m->pair_solref[2 * p + i] - contact->solref[i]) < 1e-12);
  for (int i = 0; i < 5; i++) assert_true(fabs(m->pair_solimp[5 * p + i] - contact->solimp[i]) < 1e-12);
  assert_true(fabs(m->pair_margin[p] - contact->includemargin) < 1e-12);
}

/* Whether a contact joins two parts of one rigid body, which a pair stated in the file may do. Its forces move nothing,
 * so Myriad leaves it out. */
static int rigid_pair(const mjModel *m, const mjContact *contact) {
  return m->body_weldid[m->geom_bodyid[contact->geom1]] == m->body_weldid[m->geom_bodyid[contact->geom2]];
}

static void check_model(const char *path) {
  char message[500];
  mjModel *reference = mj_loadXML(path, NULL, message, sizeof message);
  if (!reference) fail_msg("%s", message);
  mjData *data = mj_makeData(reference);
  mj_kinematics(reference, data);
  mj_comPos(reference, data);
  mj_collision(reference, data);
  myr_model *model = NULL;
  myr_error error = {0};
  if (myr_model_load(path, &model, &error) != MYR_OK) fail_msg("%s", error.message);

  unsigned char *touched = calloc((size_t)model->npair + 1, 1);
  for (int c = 0; c < data->ncon; c++) {
    const mjContact *contact = &data->contact[c];
    int p = find_pair(model, contact->geom1, contact->geom2);
    if (p < 0 && rigid_pair(reference, contact)) continue;
    if (p < 0) fail_msg("%s: MuJoCo lets geoms %d and %d touch", path, contact->geom1, contact->geom2);
    check_parameters(model, p, contact);
    touched[p] = 1;
  }
  for (int p = 0; p < model->npair; p++)
    if (!touched[p])
      fail_msg("%s: MuJoCo does not let geoms %d and %d touch", path, model->pair_geom1[p], model->pair_geom2[p]);
  free(touched);
  myr_model_free(model);
  mj_deleteData(data);
  mj_deleteModel(reference);
}

static void pairs_are_those_of_mujoco(void **state) {
  (void)state;
  for (int trial = 0; trial < 60; trial++) {
    char path[SCRATCH_PATH_BYTES];
    scratch_write(".xml", "", path);
    FILE *out = fopen(path, "w");
    uint64_t random = (uint64_t)trial;
    write_model(out, &random);
    fclose(out);
    check_model(path);
    unlink(path);
  }
}

/* A scene's ground combines with a robot as a plane of MuJoCo's does that states only its sliding friction, which is that
 * of the contact whatever the robot's. */
static void grounds_combine(void **state) {
  (void)state;
  static const char *const geoms =
      "<body><freejoint/><geom size='.1' condim='6' solref='.05 .8' friction='1.5 .02 .03' solmix='3' margin='.01'/>"
      "<geom type='capsule' size='.08 .1' condim='1' friction='.1 .001 .001' solimp='.8 .9 .01 .4 3'/>"
      "<geom size='.1' condim='4' solref='-900 -40' priority='2'/></body></worldbody></mujoco>";
  char scene_path[SCRATCH_PATH_BYTES], plane_path[SCRATCH_PATH_BYTES], text[2048];
  snprintf(text, sizeof text, "<mujoco><worldbody>%s", geoms);
  scratch_write(".xml", text, scene_path);
  snprintf(text, sizeof text, "<mujoco><worldbody><geom type='plane' size='0 0 1' friction='.4'/>%s", geoms);
  scratch_write(".xml", text, plane_path);
  myr_entity entities[] = {{.name = "floor", .friction = {0.4, 0.005, 0.0001}}, {.name = "r", .path = scene_path}};
  myr_scene scene = {.entities = entities, .entity_count = 2};
  myr_model *of_scene, *of_plane;
  myr_error error = {0};
  assert_int_equal(myr_scene_build(&scene, &of_scene, &error), MYR_OK);
  assert_int_equal(myr_model_load(plane_path, &of_plane, &error), MYR_OK);
  assert_int_equal(of_scene->npair, 3);
  for (int p = 0; p < 3; p++) {
    double one[5], two[5];
    contact_friction(of_scene, p, one);
    contact_friction(of_plane, p, two);
    assert_int_equal(of_scene->pair_condim[p], of_plane->pair_condim[p]);
    assert_true(of_scene->pair_margin[p] == of_plane->pair_margin[p]);
    assert_memory_equal(of_scene->pair_solref + 2 * p, of_plane->pair_solref + 2 * p, 2 * sizeof(double));
    assert_memory_equal(of_scene->pair_solimp + 5 * p, of_plane->pair_solimp + 5 * p, 5 * sizeof(double));
    assert_true(one[0] == 0.4 && one[1] == 0.4);
    for (int k = 2; k < 5 && p < 2; k++) assert_true(one[k] == two[k]);
  }
  myr_model_free(of_scene);
  myr_model_free(of_plane);
  unlink(scene_path);
  unlink(plane_path);
}

/* A world may hold every contact that its pairs can make, up to a bound of memory, or what the file states. */
static void check_room(int spheres, const char *size, int expected) {
  char path[SCRATCH_PATH_BYTES], *text = NULL;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  fprintf(out, "<mujoco>%s<worldbody><geom type='plane' size='5 5 .1'/>", size);
  for (int i = 0; i < spheres; i++) fprintf(out, "<body pos='%d 0 1'><freejoint/><geom size='.1'/></body>", i);
  fprintf(out, "</worldbody></mujoco>");
  fclose(out);
  scratch_write(".xml", text, path);
  myr_model *model;
  myr_error error = {0};
  assert_int_equal(myr_model_load(path, &model, &error), MYR_OK);
  assert_int_equal(model->ncon, expected);
  myr_model_free(model);
  unlink(path);
  free(text);
}
static void every_contact_has_room(void **state) {
  (void)state;
  check_room(24, "", 24 + 24 * 23 / 2);
  check_room(24, "<size nconmax='50'/>", 50);
  check_room(100, "", 4096);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pairs_are_those_of_mujoco),
      cmocka_unit_test(grounds_combine),
      cmocka_unit_test(every_contact_has_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
