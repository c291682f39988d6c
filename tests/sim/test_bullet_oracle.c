/* Compares our kernels with Bullet: the narrow phase with its GJK and EPA, and accelerations with its articulated-body
 * algorithm. test_bullet_inverse_dynamics.c compares the mass matrix and the bias force directly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "sim/bullet/bullet_scene.h"
#include "tests/effort.h"
#include "tests/sim/bare_trees.h"

/* ------------------------------------------------------------------------------------------------ distances */
typedef struct convex {
  const char *name; /* as MJCF has it */
  enum bullet_shape_kind kind;
} convex;

static void random_size(random_model *r, enum bullet_shape_kind kind, double size[3]) {
  for (int k = 0; k < 3; k++) size[k] = random_between(r, .05, .2);
  if (kind == BULLET_SPHERE) size[1] = size[2] = 0;
  if (kind == BULLET_CAPSULE || kind == BULLET_CYLINDER) size[2] = 0;
}

/* Returns the smallest distance that our narrow phase finds if the second body is at this pose; 1 if it finds no
 * contact within its margin. */
static double our_distance(myr_batch *batch, const bullet_frame *pose) {
  for (int k = 0; k < 3; k++) set_value(batch, MYR_FIELD_qpos, 0, k, pose->position[k]);
  for (int k = 0; k < 4; k++) set_value(batch, MYR_FIELD_qpos, 0, 3 + k, pose->rotation[k]);
  commit_all(batch);
  step_all(batch, 0, MYR_OBSERVE);
  double least = 1;
  int count = (int)value_of(batch, MYR_FIELD_contact_count, 0, 0);
  for (int c = 0; c < count; c++) least = fmin(least, value_of(batch, MYR_FIELD_contact_distance, 0, c));
  return least;
}

static myr_model *pair_model(const convex *a, const double size_a[3], const convex *b, const double size_b[3]) {
  char text[1024];
  snprintf(text, sizeof text,
           "<mujoco><worldbody><geom type='%s' size='%.9g %.9g %.9g' margin='.5'/><body><freejoint/>"
           "<geom type='%s' size='%.9g %.9g %.9g' mass='1' margin='.5'/></body></worldbody></mujoco>",
           a->name, size_a[0], size_a[1], size_a[2], b->name, size_b[0], size_b[1], size_b[2]);
  return model_of_text(text);
}

/* Returns on how many of a box's faces the point lies: 1 on a face, 2 on an edge, 3 in a corner. */
static int faces_at(const bullet_frame *frame, const double half[3], const double point[3]) {
  const double *q = frame->rotation, back[4] = {q[0], -q[1], -q[2], -q[3]}, tolerance = 2e-5; /* m, as of GJK */
  double arm[3], local[3];
  int faces = 0;
  for (int k = 0; k < 3; k++) arm[k] = point[k] - frame->position[k];
  myr_quaternion_rotate(back, arm, local);
  for (int k = 0; k < 3; k++) faces += fabs(local[k]) > half[k] - tolerance;
  return faces;
}

/* Compares the distances of convex pairs that have a closed form. The tolerance is float's rounding if Bullet's
 * algorithm is exact too, as GJK is for shapes around points and segments; otherwise it is that of GJK and EPA. Two
 * boxes are compared too. If they are apart and a corner of one is nearest to a corner or an edge of the other, our
 * distance must only not be less than Bullet's; see collide_box_box. */
static void distances_agree(void **state) {
  (void)state;
  static const convex shapes[] = {
      {"sphere", BULLET_SPHERE}, {"capsule", BULLET_CAPSULE}, {"cylinder", BULLET_CYLINDER}, {"box", BULLET_BOX}};
  static const struct {
    int a, b;
    double tolerance; /* m */
  } pairs[] = {{0, 0, 1e-6}, {0, 1, 1e-6}, {0, 2, 2e-5}, {0, 3, 2e-5}, {1, 1, 1e-6}, {1, 3, 2e-5}, {3, 3, 2e-5}};
  random_model r = {.random = 5};
  for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
    int compared = 0, overlapping = 0;
    for (int model_number = 0; model_number < effort(64); model_number++) {
      const convex *a = &shapes[pairs[p].a], *b = &shapes[pairs[p].b];
      double size_a[3], size_b[3];
      random_size(&r, a->kind, size_a);
      random_size(&r, b->kind, size_b);
      myr_model *model = pair_model(a, size_a, b, size_b);
      myr_batch *batch = engine_batch(model, "cpu", 1, 1);
      bullet_shape *one, *two;
      bullet_shape_description description = {.kind = a->kind, .margin = 1e-7};
      memcpy(description.size, size_a, sizeof size_a);
      assert_int_equal(bullet_shape_create(&description, &one, NULL), MYR_OK);
      description.kind = b->kind;
      memcpy(description.size, size_b, sizeof size_b);
      assert_int_equal(bullet_shape_create(&description, &two, NULL), MYR_OK);
      for (int i = 0; i < 32; i++) {
        bullet_frame pose;
        random_rotation(&r, pose.rotation);
        for (int k = 0; k < 3; k++) pose.position[k] = (double)(float)random_between(&r, -.4, .4);
        bullet_separation its;
        const bullet_frame origin = frame_identity();
        myr_error error = {0};
        if (bullet_shape_distance(one, &origin, two, &pose, &its, &error)) fail_msg("%s", error.message);
        if (its.distance > .4) continue;
        double ours = our_distance(batch, &pose);
        bool corner = a->kind == BULLET_BOX && b->kind == BULLET_BOX && its.distance > 0 &&
                      faces_at(&origin, size_a, its.points[0]) + faces_at(&pose, size_b, its.points[1]) > 4;
        if (corner ? ours < its.distance - pairs[p].tolerance : fabs(ours - its.distance) > pairs[p].tolerance)
          fail_msg("%s and %s: %.8f instead of %.8f m", a->name, b->name, ours, its.distance);
        compared += !corner;
        overlapping += ours < 0;
      }
      bullet_shape_destroy(one);
      bullet_shape_destroy(two);
      myr_batch_destroy(batch);
      myr_model_free(model);
    }
    assert_true(compared > 16 * effort(64) && overlapping > 2 * effort(64));
  }
}

/* Against a plane, Bullet's contacts come from its collision detection, and the deepest is the shape's lowest point.
 * There, a cylinder's rim is rounded by a millimetre, which makes the depth up to 0.42 mm too small. */
static void planes_agree(void **state) {
  (void)state;
  static const char *const shapes[] = {"sphere", "capsule", "ellipsoid", "cylinder", "box"};
  random_model r = {.random = 6};
  for (int s = 0; s < 5; s++)
    for (int i = 0; i < effort(64); i++) {
      char text[800];
      double size[3];
      for (int k = 2; k >= 0; k--) size[k] = random_between(&r, .05, .2);
      snprintf(text, sizeof text,
               "<mujoco><worldbody><geom type='plane' size='0 0 1' euler='20 10 0'/><body><freejoint/>"
               "<geom type='%s' size='%.3f %.3f %.3f' mass='1'/></body></worldbody></mujoco>",
               shapes[s], size[0], size[1], size[2]);
      myr_model *model = model_of_text(text);
      myr_batch *batches[2] = {engine_batch(model, "cpu", 1, 1), engine_batch(model, "bullet", 1, 1)};
      for (int k = 0; k < 8; k++) {
        bullet_frame pose = {.position = {0, 0, random_between(&r, -.05, .05)}};
        random_rotation(&r, pose.rotation);
        double ours = our_distance(batches[0], &pose), its = our_distance(batches[1], &pose);
        double rounding = !strcmp(shapes[s], "cylinder") ? .42e-3 : 0;
        if (fabs(ours - its) > 2e-6 + rounding) fail_msg("%s: %.8f instead of %.8f m", shapes[s], ours, its);
        assert_true(ours < 0);
      }
      for (int e = 0; e < 2; e++) myr_batch_destroy(batches[e]);
      myr_model_free(model);
    }
}

/* ------------------------------------------------------------------------------------------------ dynamics */
typedef struct motion {
  double *qpos, *qvel, *force; /* force: generalized, on all dofs */
} motion;

/* Computes our acceleration. Motors push the joints, and a wrench at its centre of mass pushes a free body. */
static void our_acceleration(reference *r, const motion *motion, double *acceleration) {
  const myr_model *m = r->model;
  memcpy(number(r, MYR_FIELD_qpos), motion->qpos, (size_t)m->nq * sizeof(double));
  memcpy(number(r, MYR_FIELD_qvel), motion->qvel, (size_t)m->nv * sizeof(double));
  for (int a = 0; a < m->nu; a++) number(r, MYR_FIELD_ctrl)[a] = motion->force[m->jnt_dof_start[m->actuator_target[a]]];
  for (int j = 0; j < m->njnt; j++) {
    if (m->jnt_type[j] != MYR_JOINT_FREE) continue;
    const double *q = motion->qpos + m->jnt_qpos_start[j], *force = motion->force + m->jnt_dof_start[j];
    double *wrench = number(r, MYR_FIELD_xfrc_applied) + 6 * m->jnt_body[j], torque[3], arm[3];
    myr_quaternion_rotate(q + 3, force + 3, torque);
    myr_quaternion_rotate(q + 3, m->body_ipos + 3 * m->jnt_body[j], arm);
    for (int k = 0; k < 3; k++) {
      int x = (k + 1) % 3, y = (k + 2) % 3;
      wrench[k] = force[k];
      wrench[3 + k] = torque[k] - (arm[x] * force[y] - arm[y] * force[x]);
    }
  }
  r->kernels->control_step(r->constants, r->tile, r->scratch, 1, 0, NULL);
  memcpy(acceleration, number(r, MYR_FIELD_qacc_warmstart), (size_t)m->nv * sizeof(double));
}

static void set_bullet(const bullet_scene *scene, bullet_world *world, const motion *motion, const double *armature) {
  const myr_model *m = scene->model;
  double coordinates[512];
  for (int j = 0; j < m->njnt; j++) {
    int first = m->jnt_qpos_start[j], end = j + 1 < m->njnt ? m->jnt_qpos_start[j + 1] : m->nq;
    bool scalar = m->jnt_type[j] == MYR_JOINT_HINGE || m->jnt_type[j] == MYR_JOINT_SLIDE;
    for (int e = first; e < end; e++) coordinates[e] = motion->qpos[e] - (scalar ? m->qpos0[e] : 0);
  }
  for (int t = 0; t < scene->tree_count; t++) {
    bullet_multibody_set_state(world, t, coordinates + scene->trees[t].qpos_start,
                               motion->qvel + scene->trees[t].dof_start);
    assert_int_equal(bullet_multibody_set_added_inertia(world, t, armature + scene->trees[t].dof_start, NULL), MYR_OK);
  }
}

static void draw_motion(const myr_model *m, random_model *r, motion *motion) {
  for (int e = 0; e < m->nq; e++) motion->qpos[e] = m->qpos0[e] + random_between(r, -1, 1);
  for (int j = 0; j < m->njnt; j++) {
    int first = m->jnt_qpos_start[j];
    if (m->jnt_type[j] == MYR_JOINT_FREE) random_rotation(r, motion->qpos + first + 3);
    if (m->jnt_type[j] == MYR_JOINT_BALL) random_rotation(r, motion->qpos + first);
  }
  for (int i = 0; i < m->nv; i++) {
    bool pushed = m->jnt_type[m->dof_jnt[i]] != MYR_JOINT_BALL; /* no motor can */
    motion->qvel[i] = random_between(r, -2, 2);
    motion->force[i] = pushed ? random_between(r, -3, 3) : 0;
  }
}

static void expect_equal(const double *ours, const double *its, int count, const char *what, int seed) {
  double largest = 1, apart = 0;
  for (int i = 0; i < count; i++) largest = fmax(largest, fabs(its[i])), apart = fmax(apart, fabs(ours[i] - its[i]));
  if (apart > 1e-6 * largest) fail_msg("model %d: %s differ by %.1e of %.1e", seed, what, apart, largest);
}

static void its_acceleration(const bullet_scene *scene, bullet_world *world, const double *force, bool response,
                             double *acceleration) {
  for (int t = 0; t < scene->tree_count; t++)
    bullet_multibody_acceleration(world, t, force + scene->trees[t].dof_start, response,
                                  acceleration + scene->trees[t].dof_start);
}

/* The acceleration depends on the mass matrix and the bias force together. Its change with each unit force depends on
 * the matrix alone. */
static void accelerations_agree(void **state) {
  (void)state;
  int dofs = 0, models = effort(40);
  for (int seed = 0; seed < models; seed++) {
    myr_model *model = bare_trees(100 + (uint64_t)seed);
    int nv = model->nv;
    reference ours, fields;
    bullet_scene *scene;
    bullet_world *world;
    myr_error error = {0};
    open_reference(model, MYR_LANES_DOUBLE, &ours);
    open_reference(model, 1, &fields);
    if (bullet_scene_create(model, &scene, &error)) fail_msg("%s", error.message);
    if (bullet_scene_build(scene, fields.tile, &world, &error)) fail_msg("%s", error.message);
    double numbers[4][512], a[512], b[512], change[512], unit[512];
    motion motion = {numbers[0], numbers[1], numbers[2]};
    random_model draws = {.random = (uint64_t)seed};
    for (int round = 0; round < 4; round++) {
      draw_motion(model, &draws, &motion);
      set_bullet(scene, world, &motion, model->dof_armature);
      bullet_world_detect(world);
      our_acceleration(&ours, &motion, a);
      its_acceleration(scene, world, motion.force, false, b);
      expect_equal(a, b, nv, "accelerations", seed);
      for (int i = 0; i < nv; i++) {
        if (model->jnt_type[model->dof_jnt[i]] == MYR_JOINT_BALL) continue;
        motion.force[i] += 1;
        our_acceleration(&ours, &motion, change);
        motion.force[i] -= 1;
        for (int k = 0; k < nv; k++) change[k] -= a[k], unit[k] = k == i;
        its_acceleration(scene, world, unit, true, b);
        expect_equal(change, b, nv, "columns of the inverse mass matrix", seed);
      }
    }
    dofs += nv;
    bullet_world_destroy(world);
    bullet_scene_destroy(scene);
    close_reference(&ours);
    close_reference(&fields);
    myr_model_free(model);
  }
  assert_true(dofs > 6 * models);
}

/* A world of our kernels and one of Bullet. Engine bullet passes our kernels' forces to Bullet and takes their labels,
 * so both must interpret a state in the same way. */
typedef struct pair {
  const myr_model *model;
  bullet_scene *scene;
  bullet_world *world; /* Bullet's */
  reference ours;
  int seed;
} pair;

static void expect_same_bodies(const pair *p) {
  for (int b = 1; b < p->model->nbody; b++) {
    const bullet_place *place = &p->scene->bodies[b];
    bullet_frame frame = place->frame, link;
    if (place->tree >= 0) {
      bullet_link_frame(p->world, place->tree, place->link, &link);
      frame = frame_compose(&link, &place->frame);
    }
    double *rotation = number(&p->ours, MYR_FIELD_body_rotation) + 4 * b, product = 0;
    for (int k = 0; k < 4; k++) product += rotation[k] * frame.rotation[k];
    for (int k = 0; k < 4; k++) frame.rotation[k] *= product < 0 ? -1 : 1;
    expect_equal(number(&p->ours, MYR_FIELD_body_position) + 3 * b, frame.position, 3, "positions", p->seed);
    expect_equal(rotation, frame.rotation, 4, "rotations", p->seed);
  }
}

static void expect_same_energy(const pair *p) {
  double its = 0;
  for (int t = 0; t < p->scene->tree_count; t++)
    its += bullet_multibody_kinetic_energy(p->world, t, p->model->dof_armature + p->scene->trees[t].dof_start);
  expect_equal(number(&p->ours, MYR_FIELD_energy), &its, 1, "kinetic energies", p->seed);
}

/* Applies a wrench to each body at its centre of mass. */
static void push_links(const pair *p) {
  for (int b = 1; b < p->model->nbody; b++) {
    const double *wrench = number(&p->ours, MYR_FIELD_xfrc_applied) + 6 * b;
    const bullet_place *place = &p->scene->bodies[b];
    if (place->tree < 0) continue;
    bullet_frame link;
    double center[3];
    bullet_link_frame(p->world, place->tree, place->link, &link);
    bullet_frame frame = frame_compose(&link, &place->frame);
    frame_point(&frame, p->model->body_ipos + 3 * b, center);
    bullet_link_add_wrench(p->world, place->tree, place->link, center, wrench, wrench + 3);
  }
}

static void push_dofs(const pair *p) {
  const double *force =
      (double *)p->ours.scratch + p->ours.layout.offset[MYR_FIELD_qfrc_smooth]; /* without motors: of the wrenches */
  for (int t = 0; t < p->scene->tree_count; t++)
    bullet_multibody_add_force(p->world, t, force + p->scene->trees[t].dof_start);
}

/* Takes a step with Bullet and computes its accelerations, then restores the world. */
static void take_step(const pair *p, const bullet_snapshot *before, const double *qvel, double *acceleration) {
  double positions[512];
  bullet_world_advance(p->world);
  for (int t = 0; t < p->scene->tree_count; t++)
    bullet_multibody_get_state(p->world, t, positions, acceleration + p->scene->trees[t].dof_start);
  for (int i = 0; i < p->model->nv; i++) acceleration[i] = (acceleration[i] - qvel[i]) / p->model->options.timestep;
  bullet_world_restore(p->world, before);
  bullet_world_detect(p->world);
}

static void states_mean_the_same(void **state) {
  (void)state;
  for (int seed = 0, models = effort(40); seed < models; seed++) {
    pair p = {.model = bare_trees(300 + (uint64_t)seed), .seed = seed};
    const myr_model *m = p.model;
    reference fields;
    myr_error error = {0};
    open_reference(m, MYR_LANES_DOUBLE, &p.ours);
    open_reference(m, 1, &fields);
    if (bullet_scene_create(m, &p.scene, &error)) fail_msg("%s", error.message);
    if (bullet_scene_build(p.scene, fields.tile, &p.world, &error)) fail_msg("%s", error.message);
    double qpos[512], qvel[512], unused[512], pushed[512], driven[512];
    motion motion = {qpos, qvel, unused};
    random_model draws = {.random = (uint64_t)seed};
    draw_motion(m, &draws, &motion);
    set_bullet(p.scene, p.world, &motion, m->dof_armature);
    bullet_world_detect(p.world);
    memcpy(number(&p.ours, MYR_FIELD_qpos), qpos, (size_t)m->nq * sizeof(double));
    memcpy(number(&p.ours, MYR_FIELD_qvel), qvel, (size_t)m->nv * sizeof(double));
    for (int e = 6; e < 6 * m->nbody; e++)
      number(&p.ours, MYR_FIELD_xfrc_applied)[e] = random_between(&draws, -1, 1) * (e % 6 < 3 ? 1 : .1);
    p.ours.kernels->smooth_forces(p.ours.constants, p.ours.tile, p.ours.scratch, MYR_OBSERVE);
    expect_same_bodies(&p);
    expect_same_energy(&p);
    bullet_snapshot *before;
    assert_int_equal(bullet_world_save(p.world, &before, NULL), MYR_OK);
    push_links(&p);
    take_step(&p, before, qvel, pushed);
    push_dofs(&p);
    take_step(&p, before, qvel, driven);
    expect_equal(driven, pushed, m->nv, "accelerations of applied forces", seed);
    bullet_snapshot_destroy(before);
    bullet_world_destroy(p.world);
    bullet_scene_destroy(p.scene);
    close_reference(&p.ours);
    close_reference(&fields);
    myr_model_free((myr_model *)m);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(distances_agree),
      cmocka_unit_test(planes_agree),
      cmocka_unit_test(accelerations_agree),
      cmocka_unit_test(states_mean_the_same),
  };
  if (!strstr(bullet_version(), "double")) return 77; /* tolerances are those of double precision */
  return cmocka_run_group_tests(tests, NULL, NULL);
}
