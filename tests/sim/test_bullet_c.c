/* Tests our C API over Bullet: shapes, joints, rows, contacts, rays, snapshots, and that wrong input is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/bullet/bullet_c.h"

static const double step = 2e-3, gravity = 9.81;
static const bullet_material rubber = {.friction = 0.8, .error_reduction = 0.2};

static bullet_frame at(double x, double y, double z) { return (bullet_frame){{x, y, z}, {1, 0, 0, 0}}; }

static bullet_world *new_world(void) {
  const bullet_world_description description = {.timestep = step, .gravity = {0, 0, -gravity}};
  bullet_world *world;
  myr_error error = {0};
  if (bullet_world_create(&description, &world, &error)) fail_msg("%s", error.message);
  return world;
}

static bullet_shape *new_shape(bullet_shape_description description) {
  bullet_shape *shape;
  myr_error error = {0};
  if (bullet_shape_create(&description, &shape, &error)) fail_msg("%s", error.message);
  return shape;
}

static bullet_mass solid(double mass, double inertia) {
  return (bullet_mass){.mass = mass, .inertia = {inertia, inertia, inertia}};
}

static int add(bullet_world *world, const bullet_multibody_description *description) {
  int number;
  myr_error error = {0};
  if (bullet_multibody_add(world, description, &number, &error)) fail_msg("%s", error.message);
  return number;
}

static int add_floating(bullet_world *world, bullet_frame frame) {
  const bullet_multibody_description description = {.floating = true, .base = solid(2, 0.01)};
  int number = add(world, &description);
  double positions[7] = {frame.position[0], frame.position[1], frame.position[2], frame.rotation[0],
                         frame.rotation[1], frame.rotation[2], frame.rotation[3]};
  bullet_multibody_set_state(world, number, positions, (const double[6]){0});
  return number;
}

static int attach(bullet_world *world, const bullet_shape *shape, int multibody, int link, bullet_frame frame) {
  const bullet_collider_description description = {shape, multibody, link, frame};
  int number;
  myr_error error = {0};
  if (bullet_collider_add(world, &description, &number, &error)) fail_msg("%s", error.message);
  return number;
}

static void enable(bullet_world *world, int a, int b) {
  myr_error error = {0};
  if (bullet_pair_enable(world, a, b, &rubber, &error)) fail_msg("%s", error.message);
}

static void take_steps(bullet_world *world, int count) {
  for (int i = 0; i < count; i++) {
    bullet_world_detect(world);
    bullet_world_advance(world);
  }
}

static double height(const bullet_world *world, int multibody) {
  double positions[7], velocities[6];
  bullet_multibody_get_state(world, multibody, positions, velocities);
  return positions[2];
}

/* ------------------------------------------------------------------------------------------------ shapes */
static const double cube[24] = {-.1, -.1, -.1, .1, -.1, -.1, -.1, .1, -.1, .1, .1, -.1,
                                -.1, -.1, .1,  .1, -.1, .1,  -.1, .1, .1,  .1, .1, .1};

/* Every shape comes to rest on every ground at the height that its geometry requires, and the ground carries its
 * weight. */
static void shapes_rest(void **state) {
  (void)state;
  static const int triangles[6] = {0, 1, 2, 2, 1, 3};
  static const double square[12] = {-2, -2, 0, 2, -2, 0, -2, 2, 0, 2, 2, 0};
  static const float heights[9] = {0};
  const bullet_shape_description grounds[] = {
      {.kind = BULLET_PLANE},
      {.kind = BULLET_BOX, .size = {2, 2, 1}},
      {.kind = BULLET_MESH, .points = square, .point_count = 4, .triangles = triangles, .triangle_count = 2},
      {.kind = BULLET_HEIGHT_FIELD, .size = {2, 2}, .heights = heights, .rows = 3, .columns = 3}};
  const struct {
    bullet_shape_description shape;
    double height;
  } falling[] = {{{.kind = BULLET_SPHERE, .size = {.1}}, .1},
                 {{.kind = BULLET_CAPSULE, .size = {.1, .2}}, .3},
                 {{.kind = BULLET_ELLIPSOID, .size = {.2, .15, .1}}, .1},
                 {{.kind = BULLET_CYLINDER, .size = {.1, .05}}, .05},
                 {{.kind = BULLET_BOX, .size = {.1, .1, .05}}, .05},
                 {{.kind = BULLET_HULL, .points = cube, .point_count = 8}, .1}};
  for (size_t g = 0; g < sizeof grounds / sizeof *grounds; g++)
    for (size_t f = 0; f < sizeof falling / sizeof *falling; f++) {
      bullet_shape *ground = new_shape(grounds[g]), *shape = new_shape(falling[f].shape);
      bullet_world *world = new_world();
      int body = add_floating(world, at(.3, .2, falling[f].height + .02));
      double depth = grounds[g].kind == BULLET_BOX ? -1 : 0;
      int below = attach(world, ground, -1, -1, at(0, 0, depth)), above = attach(world, shape, body, -1, at(0, 0, 0));
      enable(world, below, above);
      take_steps(world, 400);
      if (fabs(height(world, body) - falling[f].height) > 2e-3)
        fail_msg("shape %zu on ground %zu rests at %g instead of %g", f, g, height(world, body), falling[f].height);
      double sum = 0;
      bullet_contact contact;
      for (int i = 0; i < bullet_contact_count(world); i++) {
        bullet_contact_get(world, i, &contact);
        assert_true(contact.pair == 0 && contact.a == 0 && contact.b == 1 && contact.normal[2] > 0.99);
        sum += contact.force[2];
      }
      if (fabs(sum - 2 * gravity) > 0.5) fail_msg("shape %zu on ground %zu is held by %g N", f, g, sum);
      bullet_world_destroy(world);
      bullet_shape_destroy(ground);
      bullet_shape_destroy(shape);
    }
}

static void terrain_has_its_heights(void **state) {
  (void)state;
  static float heights[5 * 7];
  for (int row = 0; row < 5; row++)
    for (int column = 0; column < 7; column++) heights[row * 7 + column] = .1f * (float)row + .03f * (float)column;
  bullet_shape *field = new_shape((bullet_shape_description){
      .kind = BULLET_HEIGHT_FIELD, .size = {3, 2}, .heights = heights, .rows = 5, .columns = 7});
  bullet_world *world = new_world();
  int body = add_floating(world, at(0, 0, 50));
  bullet_shape *ball = new_shape((bullet_shape_description){.kind = BULLET_SPHERE, .size = {.1}});
  int terrain = attach(world, field, -1, -1, at(10, 20, 1));
  enable(world, terrain, attach(world, ball, body, -1, at(0, 0, 0)));
  bullet_world_detect(world);
  bullet_ray_hit hit;
  for (int row = 0; row < 5; row++)
    for (int column = 0; column < 7; column++) { /* just inside the border */
      double x = 10 - 3 + column * .999 + .003, y = 20 - 2 + row * .999 + .002;
      assert_true(bullet_world_ray(world, (const double[]){x, y, 9}, (const double[]){x, y, -9}, &hit));
      assert_true(hit.collider == terrain && fabs(hit.position[2] - (1 + .1 * row + .03 * column)) < 1e-3);
    }
  assert_false(bullet_world_ray(world, (const double[]){0, 0, 9}, (const double[]){0, 0, -9}, &hit));
  bullet_world_destroy(world);
  bullet_shape_destroy(field);
  bullet_shape_destroy(ball);
}

static void rays_hit_the_nearest(void **state) {
  (void)state;
  bullet_shape *ball = new_shape((bullet_shape_description){.kind = BULLET_SPHERE, .size = {.5}});
  bullet_shape *box = new_shape((bullet_shape_description){.kind = BULLET_BOX, .size = {.5, .5, .5}});
  bullet_world *world = new_world();
  int body = add_floating(world, at(0, 0, 3));
  int far = attach(world, box, -1, -1, at(0, 0, 0)), near = attach(world, ball, body, -1, at(0, 0, 1));
  enable(world, far, near);
  bullet_world_detect(world);
  bullet_ray_hit hit;
  assert_true(bullet_world_ray(world, (const double[]){0, 0, 8}, (const double[]){0, 0, -2}, &hit));
  assert_int_equal(hit.collider, near);
  assert_true(fabs(hit.position[2] - 4.5) < 1e-4 && fabs(hit.fraction - 0.35) < 1e-5 && hit.normal[2] > 0.999);
  bullet_world_destroy(world);
  bullet_shape_destroy(ball);
  bullet_shape_destroy(box);
}

/* ------------------------------------------------------------------------------------------------ dynamics */
/* A physical pendulum turns about an axis that is far from its centre of mass and no principal axis:
 * omega^2 = m g l / (I + m l^2). */
static void pendulum_swings(void **state) {
  (void)state;
  bullet_world *world = new_world();
  const double inertia = 0.05, arm = 0.4, mass = 3;
  const bullet_link link = {
      .parent = -1,
      .joint = BULLET_HINGE,
      .frame = at(1, 2, 3),
      .anchor = {0, 0, .1},
      .axis = {0, 1, 0},
      .mass = {.mass = mass, .center = {0, 0, .1 - arm}, .inertia = {.07, inertia, .09, 0, .02, 0}}};
  int body = add(world, &(bullet_multibody_description){.links = &link, .link_count = 1});
  assert_true(bullet_multibody_positions(world, body) == 1 && bullet_multibody_velocities(world, body) == 1);
  double angle = 0.01, rate = 0;
  bullet_multibody_set_state(world, body, &angle, &rate);
  int steps = 0;
  for (; angle > 0 && steps < 2000; steps++) {
    take_steps(world, 1);
    bullet_multibody_get_state(world, body, &angle, &rate);
  }
  double quarter = 1.5707963 / sqrt(mass * gravity * arm / (inertia + mass * arm * arm));
  assert_true(fabs(steps * step - quarter) < 2 * step);
  bullet_world_destroy(world);
}

/* Added inertia slows only the motion of its own joint, not that of the whole body. */
static void added_inertia_is_the_joints(void **state) {
  (void)state;
  bullet_world *world = new_world();
  bullet_link links[2] = {
      {.parent = -1, .joint = BULLET_SLIDE, .frame = at(0, 0, 0), .axis = {1, 0, 0}, .mass = solid(2, .1)},
      {.parent = 0, .joint = BULLET_SLIDE, .frame = at(0, 0, 0), .axis = {1, 0, 0}, .mass = solid(3, .1)}};
  int body = add(world, &(bullet_multibody_description){.links = links, .link_count = 2});
  const double added[2] = {0, 4}, zero[2] = {0, 0};
  assert_int_equal(bullet_multibody_set_added_inertia(world, body, added, NULL), MYR_OK);
  bullet_multibody_set_state(world, body, zero, zero);
  bullet_world_detect(world);
  /* M = [5 3; 3 3 + 4] */
  double acceleration[2], determinant = 5 * 7 - 9;
  bullet_multibody_acceleration(world, body, (const double[]){1, 0}, false, acceleration);
  assert_true(fabs(acceleration[0] - 7 / determinant) < 1e-12 && fabs(acceleration[1] + 3 / determinant) < 1e-12);
  bullet_multibody_acceleration(world, body, (const double[]){0, 1}, true, acceleration);
  assert_true(fabs(acceleration[0] + 3 / determinant) < 1e-12 && fabs(acceleration[1] - 5 / determinant) < 1e-12);
  bullet_multibody_add_force(world, body, (const double[]){0, 1});
  bullet_world_advance(world);
  double positions[2], velocities[2];
  bullet_multibody_get_state(world, body, positions, velocities);
  assert_true(fabs(velocities[1] - step * 5 / determinant) < 1e-12);
  /* rows respect it too: an impulse that stops the second joint is velocity over response */
  const int which = 1;
  const double one = 1;
  const bullet_row stop = {
      .multibody = body, .count = 1, .velocities = &which, .coefficients = &one, .lower = -9, .upper = 9};
  assert_int_equal(bullet_row_add(world, &stop, NULL), MYR_OK);
  double before = velocities[1];
  take_steps(world, 1);
  bullet_multibody_get_state(world, body, positions, velocities);
  assert_true(fabs(velocities[1]) < 1e-9 && bullet_row_count(world) == 1);
  assert_true(fabs(bullet_row_impulse(world, 0) + before * determinant / 5) < 1e-9);
  double energy = bullet_multibody_kinetic_energy(world, body, added), v = velocities[0];
  assert_true(fabs(energy - 5 * v * v / 2) < 1e-9);
  bullet_world_destroy(world);
}

/* Rows satisfy J v + softness impulse = target, within the bounds of the impulse. */
static void rows_keep_their_promise(void **state) {
  (void)state;
  bullet_world *world = new_world();
  const bullet_link link = {.parent = -1,
                            .joint = BULLET_BALL,
                            .frame = at(0, 0, 0),
                            .mass = {.mass = 1, .inertia = {.1, .2, .3, .01, .02, .03}}};
  int body = add(world, &(bullet_multibody_description){.links = &link, .link_count = 1});
  const double turned[4] = {.5, .5, .5, .5}, rates[3] = {0, 0, 0};
  bullet_multibody_set_state(world, body, turned, rates);
  const int which[3] = {0, 1, 2};
  const double coefficients[3] = {.6, 0, .8};
  const struct { double softness, bound; } cases[] = {{0, 99}, {2, 99}, {0, .01}};
  for (int i = 0; i < 3; i++) {
    bullet_multibody_set_state(world, body, turned, rates);
    const bullet_row row = {.multibody = body,
                            .count = 3,
                            .velocities = which,
                            .coefficients = coefficients,
                            .target = 1.5,
                            .softness = cases[i].softness,
                            .lower = -cases[i].bound,
                            .upper = cases[i].bound};
    assert_int_equal(bullet_row_add(world, &row, NULL), MYR_OK);
    take_steps(world, 1);
    double positions[4], v[3];
    bullet_multibody_get_state(world, body, positions, v);
    double rate = .6 * v[0] + .8 * v[2], impulse = bullet_row_impulse(world, 0);
    if (i < 2)
      assert_true(fabs(rate + cases[i].softness * impulse - 1.5) < 1e-9 && impulse > 0);
    else
      assert_true(impulse == cases[i].bound && rate < 1.5);
  }
  bullet_world_destroy(world);
}

/* ------------------------------------------------------------------------------------------------ snapshots */
static void restored_worlds_repeat_themselves(void **state) {
  (void)state;
  bullet_shape *box = new_shape((bullet_shape_description){.kind = BULLET_BOX, .size = {.1, .12, .14}});
  bullet_shape *capsule = new_shape((bullet_shape_description){.kind = BULLET_CAPSULE, .size = {.05, .1}});
  bullet_shape *plane = new_shape((bullet_shape_description){.kind = BULLET_PLANE});
  bullet_world *world = new_world();
  int one = add_floating(world, (bullet_frame){{0, 0, .4}, {.9, .1, .3, .2}}),
      two = add_floating(world, at(.05, 0, .8));
  int ground = attach(world, plane, -1, -1, at(0, 0, 0)), a = attach(world, box, one, -1, at(0, 0, 0)),
      b = attach(world, capsule, two, -1, (bullet_frame){{0, 0, 0}, {.7071068, 0, .7071068, 0}});
  enable(world, ground, a);
  enable(world, ground, b);
  enable(world, a, b);
  take_steps(world, 230);
  assert_true(bullet_contact_count(world) > 0);
  bullet_snapshot *snapshot;
  assert_int_equal(bullet_world_save(world, &snapshot, NULL), MYR_OK);
  double first[2][13], again[2][13];
  for (int run = 0; run < 2; run++) {
    double(*out)[13] = run ? again : first;
    if (run) bullet_world_restore(world, snapshot);
    take_steps(world, 150);
    bullet_multibody_get_state(world, one, out[0], out[0] + 7);
    bullet_multibody_get_state(world, two, out[1], out[1] + 7);
  }
  assert_memory_equal(first, again, sizeof first);
  bullet_snapshot_destroy(snapshot);
  bullet_world_destroy(world);
  bullet_shape_destroy(box);
  bullet_shape_destroy(capsule);
  bullet_shape_destroy(plane);
}

/* ------------------------------------------------------------------------------------------------ refusals */
static void expect_invalid(myr_status status, const myr_error *error, const char *word) {
  assert_int_equal(status, MYR_INVALID);
  if (!strstr(error->message, word)) fail_msg("\"%s\" does not mention \"%s\"", error->message, word);
}

static void senseless_shapes_are_refused(void **state) {
  (void)state;
  static const double flat[12] = {0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0}, unbounded[3] = {0, NAN, 0};
  static const int outside[3] = {0, 1, 7};
  static const float heights[4] = {0, 0, INFINITY, 0};
  static double sphere[3 * 6000];
  for (int i = 0; i < 6000; i++) { /* the golden spiral: all points are corners */
    double z = 1 - (2 * i + 1) / 6000.0, r = sqrt(1 - z * z), turn = 2.399963229728653 * i;
    sphere[3 * i] = r * cos(turn), sphere[3 * i + 1] = r * sin(turn), sphere[3 * i + 2] = z;
  }
  const struct {
    bullet_shape_description shape;
    const char *word;
  } cases[] = {{{.kind = BULLET_SPHERE, .size = {-1}}, "size"},
               {{.kind = BULLET_BOX, .size = {1, NAN, 1}}, "size"},
               {{.kind = 99}, "kind"},
               {{.kind = BULLET_HULL, .points = flat, .point_count = 3}, "volume"},
               {{.kind = BULLET_HULL, .points = flat, .point_count = 4}, "volume"},
               {{.kind = BULLET_HULL, .points = unbounded, .point_count = 1}, "finite"},
               {{.kind = BULLET_HULL, .points = sphere, .point_count = 6000}, "corners"},
               {{.kind = BULLET_MESH, .points = flat, .point_count = 4}, "triangles"},
               {{.kind = BULLET_MESH, .points = flat, .point_count = 4, .triangles = outside, .triangle_count = 1},
                "names point"},
               {{.kind = BULLET_HEIGHT_FIELD, .size = {1, 1}, .heights = heights, .rows = 1, .columns = 4}, "rows"},
               {{.kind = BULLET_HEIGHT_FIELD, .size = {1, 1}, .heights = heights, .rows = 2, .columns = 2}, "finite"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bullet_shape *shape;
    myr_error error = {0};
    expect_invalid(bullet_shape_create(&cases[i].shape, &shape, &error), &error, cases[i].word);
    assert_null(shape);
  }
}

static void senseless_worlds_are_refused(void **state) {
  (void)state;
  myr_error error = {0};
  bullet_world *world;
  expect_invalid(bullet_world_create(&(bullet_world_description){.timestep = 0}, &world, &error), &error, "timestep");
  world = new_world();
  int number;
  bullet_link link = {.parent = 0, .joint = BULLET_HINGE, .frame = at(0, 0, 0), .axis = {0, 0, 1}, .mass = solid(1, 1)};
  const bullet_multibody_description tree = {.links = &link, .link_count = 1};
  expect_invalid(bullet_multibody_add(world, &tree, &number, &error), &error, "parent");
  link.parent = -1, link.axis[2] = 2;
  expect_invalid(bullet_multibody_add(world, &tree, &number, &error), &error, "axis");
  expect_invalid(bullet_multibody_add(world, &(bullet_multibody_description){.floating = true}, &number, &error),
                 &error, "mass");
  int body = add_floating(world, at(0, 0, 0));
  bullet_shape *plane = new_shape((bullet_shape_description){.kind = BULLET_PLANE});
  const bullet_collider_description moving = {plane, body, -1, at(0, 0, 0)};
  expect_invalid(bullet_collider_add(world, &moving, &number, &error), &error, "cannot move");
  int a = attach(world, plane, -1, -1, at(0, 0, 0)), b = attach(world, plane, -1, -1, at(0, 0, 0));
  expect_invalid(bullet_pair_enable(world, a, b, &rubber, &error), &error, "world");
  expect_invalid(bullet_pair_enable(world, a, 7, &rubber, &error), &error, "pair");
  const double added[6] = {1};
  expect_invalid(bullet_multibody_set_added_inertia(world, body, added, &error), &error, "base");
  const int base = 2;
  const double one = 1;
  expect_invalid(bullet_row_add(world,
                                &(bullet_row){.multibody = body, .count = 1, .velocities = &base, .coefficients = &one},
                                &error),
                 &error, "no joint");
  bullet_world_detect(world);
  const bullet_collider_description late = {plane, -1, -1, at(0, 0, 0)};
  expect_invalid(bullet_collider_add(world, &late, &number, &error), &error, "first detection");
  bullet_world_destroy(world);
  bullet_shape_destroy(plane);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shapes_rest),
      cmocka_unit_test(terrain_has_its_heights),
      cmocka_unit_test(rays_hit_the_nearest),
      cmocka_unit_test(pendulum_swings),
      cmocka_unit_test(added_inertia_is_the_joints),
      cmocka_unit_test(rows_keep_their_promise),
      cmocka_unit_test(restored_worlds_repeat_themselves),
      cmocka_unit_test(senseless_shapes_are_refused),
      cmocka_unit_test(senseless_worlds_are_refused),
  };
  if (!strstr(bullet_version(), "double")) return 77; /* tolerances are those of double precision */
  return cmocka_run_group_tests(tests, NULL, NULL);
}
