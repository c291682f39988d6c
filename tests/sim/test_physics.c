/* Tests the physics against closed forms and conservation laws, for every vector width.
 *
 * The world of an experiment is in the middle of a tile. The other worlds of the tile rest in the model's pose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "kernels/model.h"
#include "tests/sim/worlds.h"

static const double PI = 3.14159265358979323846;

typedef struct experiment {
  myr_model *model;
  myr_batch *batch;
  int lanes, world;
} experiment;

static double get(const experiment *e, enum myr_field field, int element) {
  return value_of(e->batch, field, e->world, element);
}
static void set(const experiment *e, enum myr_field field, int element, double value) {
  set_value(e->batch, field, e->world, element, value);
}
static void run(const experiment *e, int steps) {
  if (steps > 0) step_all(e->batch, steps, 0);
}
/* Updates the labels to the present state. */
static void look(const experiment *e) { step_all(e->batch, 0, MYR_OBSERVE); }

static void near_to(const experiment *e, const char *what, double value, double expected, double tolerance) {
  if (!(fabs(value - expected) <= tolerance))
    fail_msg("%d lanes: %s is %.9g, not %.9g within %.3g", e->lanes, what, value, expected, tolerance);
}
static void at_most(const experiment *e, const char *what, double value, double limit) {
  if (!(value <= limit)) fail_msg("%d lanes: %s is %.9g, more than %.9g", e->lanes, what, value, limit);
}

/* Runs the experiment on the model of the text once for every width that this machine has. */
static void each_width(const char *text, void (*experiment_of)(experiment *e)) {
  static const int widths[] = {1, 4, 8, 16};
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
    experiment e = {.model = model_of_text(text), .lanes = widths[i], .world = widths[i] / 2};
    e.batch = batch_of(e.model, widths[i] + 1, widths[i]);
    if (e.batch) experiment_of(&e);
    myr_batch_destroy(e.batch);
    myr_model_free(e.model);
  }
}

/* ------------------------------------------------------------------------------------------------ a free body */
/* After n steps of semi-implicit Euler, z is z0 + v0 t - g dt^2 n (n + 1) / 2, which is g dt t / 2 below the
 * parabola. */
static void falls(experiment *e) {
  enum { STEPS = 500 };
  const double dt = 0.002, t = STEPS * dt, z0 = 2, v0 = 3, g = 9.81;
  set(e, MYR_FIELD_qvel, 0, 1.5);
  set(e, MYR_FIELD_qvel, 2, v0);
  run(e, STEPS);
  near_to(e, "height", get(e, MYR_FIELD_qpos, 2), z0 + v0 * t - g * dt * dt * STEPS * (STEPS + 1) / 2, 3e-5);
  near_to(e, "height of the parabola", get(e, MYR_FIELD_qpos, 2), z0 + v0 * t - g * t * t / 2, 0.51 * g * dt * t);
  near_to(e, "way along x", get(e, MYR_FIELD_qpos, 0), 1.5 * t, 3e-5);
  near_to(e, "velocity", get(e, MYR_FIELD_qvel, 2), v0 - g * t, 3e-5);
  look(e);
  near_to(e, "potential energy", get(e, MYR_FIELD_energy, 1), 0.7 * g * get(e, MYR_FIELD_qpos, 2), 1e-4);
}
static void free_fall(void **state) {
  (void)state;
  each_width("<mujoco><option timestep='.002'/><worldbody><body pos='0 0 2'><freejoint/>"
             "<geom size='.1' mass='.7'/></body></worldbody></mujoco>",
             falls);
}

/* Steps that are smaller than half of the coordinate's last bit add up: 0.1 m/s at 10 km, 1e-4 rad/s at 1.5 rad. */
static void creeps(experiment *e) {
  enum { STEPS = 5000 };
  set(e, MYR_FIELD_qpos, 0, 10000);
  set(e, MYR_FIELD_qvel, 0, 0.1);
  set(e, MYR_FIELD_qpos, 7, 1.5);
  set(e, MYR_FIELD_qvel, 6, 1e-4);
  run(e, STEPS);
  near_to(e, "way at 10 km", get(e, MYR_FIELD_qpos, 0) + get(e, MYR_FIELD_qpos_rest, 0), 10001, 1e-5);
  near_to(e, "angle", get(e, MYR_FIELD_qpos, 7) + get(e, MYR_FIELD_qpos_rest, 7), 1.501, 1e-6);
  at_most(e, "what is left", fabs(get(e, MYR_FIELD_qpos_rest, 0)), 0.0005);
}
static void slow_motion_far_away(void **state) {
  (void)state;
  each_width(
      "<mujoco><option timestep='.002' gravity='0 0 0'/><worldbody><body pos='0 0 2'><freejoint/>"
      "<geom size='.1' mass='.7'/></body><body><joint axis='0 1 0'/><geom size='.1'/></body></worldbody></mujoco>",
      creeps);
}

/* Three slides in a plane: the mass matrix is singular, and what moves stays finite. */
static void stays_finite(experiment *e) {
  set(e, MYR_FIELD_qvel, 0, 0.3);
  set(e, MYR_FIELD_xfrc_applied, 6, 1);
  set(e, MYR_FIELD_xfrc_applied, 7, 2);
  run(e, 10);
  assert_int_equal((int)get(e, MYR_FIELD_status, 0), 0);
  for (int i = 0; i < 3; i++) at_most(e, "speed", fabs(get(e, MYR_FIELD_qvel, i)), 10);
}
static void singular_inertia(void **state) {
  (void)state;
  each_width("<mujoco><worldbody><body><joint type='slide' axis='1 0 0'/><joint type='slide' axis='0 1 0'/>"
             "<joint type='slide' axis='1 1 0'/><geom size='.1'/></body></worldbody></mujoco>",
             stays_finite);
}

/* The floor presses a wheel onto its axle, where nothing gives way: the constraint is as stiff as numbers allow, and the
 * damped wheel comes to rest without being thrown about by its rounding. */
static void comes_to_rest(experiment *e) {
  set(e, MYR_FIELD_qvel, 0, 5);
  run(e, 200);
  assert_int_equal((int)get(e, MYR_FIELD_status, 0), 0);
  at_most(e, "speed", fabs(get(e, MYR_FIELD_qvel, 0)), 1e-3);
}
static void wheel_on_its_axle(void **state) {
  (void)state;
  each_width("<mujoco><worldbody><geom type='plane' size='5 5 .1'/><body pos='0 0 .0995'>"
             "<joint axis='0 1 0' damping='.1'/><geom size='.1'/></body></worldbody></mujoco>",
             comes_to_rest);
}

/* Gravity is a parameter of each world. */
static void falls_on_the_moon(experiment *e) {
  set(e, MYR_FIELD_gravity, 2, -1.62);
  set(e, MYR_FIELD_gravity, 0, 0.5);
  commit_all(e->batch);
  run(e, 500);
  near_to(e, "velocity", get(e, MYR_FIELD_qvel, 2), -1.62, 1e-5);
  near_to(e, "velocity aside", get(e, MYR_FIELD_qvel, 0), 0.5, 1e-5);
  near_to(e, "the neighbour's velocity", value_of(e->batch, MYR_FIELD_qvel, e->lanes, 2), -9.81, 3e-5);
}
static void own_gravity(void **state) {
  (void)state;
  each_width("<mujoco><option timestep='.002'/><worldbody><body pos='0 0 2'><freejoint/>"
             "<geom size='.1' mass='.7'/></body></worldbody></mujoco>",
             falls_on_the_moon);
}

/* Under a wrench about a principal axis, F = m a and torque = I alpha. */
static void is_pushed(experiment *e) {
  const double force[3] = {2, -3, 5};
  for (int k = 0; k < 3; k++) set(e, MYR_FIELD_xfrc_applied, 6 + k, force[k]);
  set(e, MYR_FIELD_xfrc_applied, 6 + 5, 0.02);
  run(e, 1000);
  for (int k = 0; k < 3; k++) near_to(e, "velocity", get(e, MYR_FIELD_qvel, k), force[k] / 2, 1e-4);
  near_to(e, "rate of turn", get(e, MYR_FIELD_qvel, 5), 0.02 / 0.05, 1e-4);
  near_to(e, "rate about another axis", get(e, MYR_FIELD_qvel, 3), 0, 1e-5);
}
static void wrench(void **state) {
  (void)state;
  each_width("<mujoco><option timestep='.001' gravity='0 0 0'/><worldbody><body><freejoint/>"
             "<inertial pos='0 0 0' mass='2' diaginertia='.03 .04 .05'/></body></worldbody></mujoco>",
             is_pushed);
}

/* ------------------------------------------------------------------------------------------------ oscillators */
/* Returns half a period: the time between the first and the last passage through zero, over the number of intervals. A
 * passage is found between two steps by linear interpolation. */
static double half_period(const experiment *e, double dt, int passages) {
  double before = get(e, MYR_FIELD_qpos, 0), first = 0, last = 0;
  int found = 0;
  for (int step = 0; found < passages && step < 100000; step++) {
    run(e, 1);
    double now = get(e, MYR_FIELD_qpos, 0);
    if ((before < 0) != (now < 0)) {
      last = (step + before / (before - now)) * dt;
      if (found++ == 0) first = last;
    }
    before = now;
  }
  assert_int_equal(found, passages);
  return (last - first) / (passages - 1);
}

static double arithmetic_geometric_mean(double a, double b) {
  for (int i = 0; i < 20; i++) {
    double mean = (a + b) / 2;
    b = sqrt(a * b), a = mean;
  }
  return a;
}

/* A pendulum has the period T = 4 K(sin(amplitude / 2)) sqrt(I / (m g l)), with K(k) = pi / (2 agm(1, sqrt(1 -
 * k^2))). */
static void swings(experiment *e) {
  static const double amplitudes[] = {0.02, 1, 2.8};
  const double dt = 0.001, mass = 0.5, length = 0.4, inertia = 0.003 + mass * length * length;
  for (size_t i = 0; i < sizeof amplitudes / sizeof *amplitudes; i++) {
    myr_batch_reset(e->batch, e->world, -1);
    set(e, MYR_FIELD_qpos, 0, amplitudes[i]);
    commit_all(e->batch);
    double slow = 1 / arithmetic_geometric_mean(1, cos(amplitudes[i] / 2));
    double expected = PI * slow * sqrt(inertia / (mass * 9.81 * length));
    near_to(e, "half a period", half_period(e, dt, 7), expected, 1e-4 * expected);
  }
}
static void pendulum(void **state) {
  (void)state;
  each_width("<mujoco><option timestep='.001'/><worldbody><body><joint axis='0 1 0'/>"
             "<inertial pos='0 0 -.4' mass='.5' diaginertia='.001 .003 .002'/></body></worldbody></mujoco>",
             swings);
}

static void bounces_on_its_spring(experiment *e) {
  set(e, MYR_FIELD_qpos, 0, 0.3);
  double expected = PI * sqrt((2 + 0.5) / 90);
  near_to(e, "half a period", half_period(e, 0.001, 9), expected, 1e-4 * expected);
}
static void spring(void **state) {
  (void)state;
  each_width("<mujoco><option timestep='.001' gravity='0 0 0'/><worldbody><body><joint type='slide' axis='1 0 0' "
             "stiffness='90' armature='.5'/><geom size='.1' mass='2'/></body></worldbody></mujoco>",
             bounces_on_its_spring);
}

/* Damping is implicit: each step divides the velocity by 1 + dt d / m. */
static void slows_down(experiment *e) {
  set(e, MYR_FIELD_qvel, 0, 2);
  run(e, 1000);
  near_to(e, "velocity", get(e, MYR_FIELD_qvel, 0), 2 * pow(1 + 0.002 * 3 / 2, -1000), 1e-5);
}
static void damper(void **state) {
  (void)state;
  static const char *const texts[] = {
      "<mujoco><option timestep='.002' gravity='0 0 0'/><worldbody><body><joint type='slide' damping='3'/>"
      "<geom size='.1' mass='2'/></body></worldbody></mujoco>",
      "<mujoco><option timestep='.002' gravity='0 0 0' integrator='implicitfast'/><worldbody><body><joint type='slide' "
      "damping='3'/><geom size='.1' mass='2'/></body></worldbody></mujoco>"};
  for (int i = 0; i < 2; i++) each_width(texts[i], slows_down);
}

/* ------------------------------------------------------------------------------------------------ momentum */
typedef struct vector {
  double x[3];
} vector;

static vector cross(vector a, vector b) {
  return (vector){
      {a.x[1] * b.x[2] - a.x[2] * b.x[1], a.x[2] * b.x[0] - a.x[0] * b.x[2], a.x[0] * b.x[1] - a.x[1] * b.x[0]}};
}
static vector plus(vector a, double scale, vector b) {
  for (int k = 0; k < 3; k++) a.x[k] += scale * b.x[k];
  return a;
}
static double length(vector a) { return sqrt(a.x[0] * a.x[0] + a.x[1] * a.x[1] + a.x[2] * a.x[2]); }

/* Returns v rotated by the unit quaternion w x y z, or with `back` by its inverse. */
static vector turn(const double q[4], vector v, int back) {
  vector axis = {{q[1], q[2], q[3]}};
  vector twice = cross(axis, v);
  for (int k = 0; k < 3; k++) twice.x[k] *= 2;
  return plus(plus(v, back ? -q[0] : q[0], twice), 1, cross(axis, twice));
}

typedef struct momentum {
  vector linear, angular; /* the latter about the world's origin */
  double energy;          /* kinetic, of the rigid bodies */
} momentum;

enum { MOST_BODIES = 8 };
typedef struct body_motion {
  vector position, velocity, turning;
  double rotation[4];
} body_motion;

static vector three(const experiment *e, enum myr_field field, int first) {
  return (vector){{get(e, field, first), get(e, field, first + 1), get(e, field, first + 2)}};
}

/* Computes velocities by the recursion of textbooks, from the labels of positions. Each body has one free, ball or
 * hinge joint at its origin. */
static void move_body(const experiment *e, int b, body_motion motions[]) {
  const myr_model *m = e->model;
  body_motion *motion = &motions[b];
  const body_motion *parent = &motions[m->body_parent[b]];
  motion->position = three(e, MYR_FIELD_body_position, 3 * b);
  for (int k = 0; k < 4; k++) motion->rotation[k] = get(e, MYR_FIELD_body_rotation, 4 * b + k);
  motion->turning = parent->turning;
  motion->velocity = plus(parent->velocity, 1, cross(parent->turning, plus(motion->position, -1, parent->position)));
  int joint = m->body_jnt_start[b], dof = m->body_dof_start[b];
  if (joint < 0) return;
  const double *axis = m->jnt_axis + 3 * joint;
  switch (m->jnt_type[joint]) {
  case MYR_JOINT_FREE:
    motion->velocity = three(e, MYR_FIELD_qvel, dof);
    dof += 3; /* and its turning is a ball's */
    __attribute__((fallthrough));
  case MYR_JOINT_BALL:
    motion->turning = plus(motion->turning, 1, turn(motion->rotation, three(e, MYR_FIELD_qvel, dof), 0));
    break;
  default:
    motion->turning = plus(motion->turning, get(e, MYR_FIELD_qvel, dof),
                           turn(motion->rotation, (vector){{axis[0], axis[1], axis[2]}}, 0));
  }
}

static momentum measure_momentum(const experiment *e) {
  const myr_model *m = e->model;
  body_motion motions[MOST_BODIES] = {0};
  momentum sum = {0};
  motions[0].rotation[0] = 1;
  look(e);
  for (int b = 1; b < m->nbody; b++) {
    move_body(e, b, motions);
    const body_motion *motion = &motions[b];
    const double *ipos = m->body_ipos + 3 * b, *inertia = m->body_inertia + 3 * b, mass = m->body_mass[b];
    vector arm = turn(motion->rotation, (vector){{ipos[0], ipos[1], ipos[2]}}, 0);
    vector velocity = plus(motion->velocity, 1, cross(motion->turning, arm));
    vector spin = turn(m->body_iquat + 4 * b, turn(motion->rotation, motion->turning, 1), 1);
    for (int k = 0; k < 3; k++) {
      sum.energy += 0.5 * (mass * velocity.x[k] * velocity.x[k] + inertia[k] * spin.x[k] * spin.x[k]);
      spin.x[k] *= inertia[k];
    }
    spin = turn(motion->rotation, turn(m->body_iquat + 4 * b, spin, 0), 0);
    sum.linear = plus(sum.linear, mass, velocity);
    sum.angular = plus(plus(sum.angular, 1, spin), mass, cross(plus(motion->position, 1, arm), velocity));
  }
  return sum;
}

static void drawn_velocities(const experiment *e, double scale) {
  for (int i = 0; i < e->model->nv; i++) set(e, MYR_FIELD_qvel, i, scale * sin(1 + 2.3 * i));
}

/* Returns the drift of the momentum. Springs, dampers, motors and contacts between the parts add none, because action
 * equals reaction. */
static double momentum_drift(const char *body, const char *rest, double dt, int lanes, experiment *e) {
  char text[4096];
  snprintf(text, sizeof text, "<mujoco><option timestep='%g' gravity='0 0 0'/><worldbody>%s</worldbody>%s</mujoco>", dt,
           body, rest);
  *e = (experiment){.model = model_of_text(text), .lanes = lanes, .world = lanes / 2};
  e->batch = batch_of(e->model, lanes + 1, lanes);
  double drift = NAN;
  if (e->batch) {
    drawn_velocities(e, 1.5);
    momentum before = measure_momentum(e);
    near_to(e, "kinetic energy", get(e, MYR_FIELD_energy, 0), before.energy, 1e-5 * before.energy);
    for (int i = 0; i < e->model->nu; i++) set(e, MYR_FIELD_ctrl, i, 0.3);
    run(e, (int)(1 / dt + 0.5));
    momentum after = measure_momentum(e);
    near_to(e, "kinetic energy, later", get(e, MYR_FIELD_energy, 0), after.energy, 1e-5 * after.energy);
    drift = fmax(length(plus(after.linear, -1, before.linear)) / length(before.linear),
                 length(plus(after.angular, -1, before.angular)) / length(before.angular));
  }
  myr_batch_destroy(e->batch);
  myr_model_free(e->model);
  return drift;
}

/* The integrator is of first order, so a tenth of the timestep makes a tenth of the drift. An unbalanced force would
 * leave a drift that no small timestep removes. */
static void conserves_momentum(const char *body, const char *rest) {
  static const int widths[] = {1, 4, 8, 16};
  const double rounding = 0x1p-25; /* of a velocity, at each of the 5000 short steps */
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
    experiment e;
    double coarse = momentum_drift(body, rest, 0.002, widths[i], &e);
    double fine = momentum_drift(body, rest, 0.0002, widths[i], &e);
    if (isnan(coarse)) continue;
    at_most(&e, "the drift of momentum", coarse, 0.03);
    at_most(&e, "the drift of momentum with short steps", fine, fmax(0.15 * coarse, 5000 * rounding));
  }
}

static void momentum_of_a_robot(void **state) {
  (void)state;
  conserves_momentum("<body pos='0 0 1'><freejoint/><geom type='box' size='.2 .1 .05' density='300'/>"
                     "<body pos='.2 .1 0'><joint name='a' axis='0 1 0' stiffness='3' damping='.2'/>"
                     "<geom type='capsule' fromto='0 0 0 .3 0 -.1' size='.03'/>"
                     "<body pos='.3 0 -.1'><joint name='b' axis='1 0 1' frictionloss='.05' range='-.4 .4' "
                     "limited='true'/>"
                     "<geom type='capsule' fromto='0 0 0 .2 .1 0' size='.03'/></body></body>"
                     "<body pos='-.2 -.1 0'><joint type='ball' damping='.01'/>"
                     "<geom type='capsule' fromto='0 0 0 -.3 0 -.1' size='.04'/></body></body>",
                     "<tendon><fixed name='t' stiffness='2'><joint joint='a' coef='1'/><joint joint='b' coef='-1'/>"
                     "</fixed></tendon><actuator><motor joint='a'/><position joint='b' kp='4'/>"
                     "<motor tendon='t'/></actuator>");
}

/* Two bodies collide, slide along each other and part. */
static void momentum_of_a_collision(void **state) {
  (void)state;
  conserves_momentum("<body pos='0 0 1'><freejoint/><geom type='capsule' size='.1 .3' friction='.5'/></body>"
                     "<body pos='.18 .05 1.1'><freejoint/><geom size='.1' condim='6' friction='.8 .1 .1'/></body>",
                     "");
}

/* Free rotation about a fixed point conserves angular momentum and energy, to a share, looked at 40 times. */
static void rotates_freely(experiment *e, int steps, double share) {
  set(e, MYR_FIELD_qvel, 0, 0.3); /* mostly about the middle axis, where rotation is unstable and the body tumbles */
  set(e, MYR_FIELD_qvel, 1, 6);
  set(e, MYR_FIELD_qvel, 2, -0.2);
  momentum before = measure_momentum(e);
  double slowest = INFINITY;
  for (int i = 0; i < 40; i++) {
    run(e, steps);
    momentum now = measure_momentum(e);
    near_to(e, "angular momentum", length(plus(now.angular, -1, before.angular)), 0, share * length(before.angular));
    near_to(e, "energy", now.energy, before.energy, share * before.energy);
    slowest = fmin(slowest, get(e, MYR_FIELD_qvel, 1));
    double norm = 0;
    for (int k = 0; k < 4; k++) norm += pow(get(e, MYR_FIELD_qpos, k), 2);
    near_to(e, "the quaternion's length", sqrt(norm), 1, 1e-6);
  }
  at_most(e, "the rate about the middle axis, once tumbled over", slowest, -4);
}
static void rotates_in_small_steps(experiment *e) { rotates_freely(e, 500, 5e-3); }
static void rotates_in_stages(experiment *e) { rotates_freely(e, 25, 1e-4); }

#define TUMBLING(option)                                                              \
  "<mujoco><option " option " gravity='0 0 0'/><worldbody><body><joint type='ball'/>" \
  "<inertial pos='0 0 0' mass='1' diaginertia='.01 .02 .03'/></body></worldbody></mujoco>"
static void free_rotation(void **state) {
  (void)state;
  each_width(TUMBLING("timestep='.0001'"), rotates_in_small_steps);
  each_width(TUMBLING("timestep='.002' integrator='RK4'"), rotates_in_stages);
}

/* ------------------------------------------------------------------------------------------------ contact */
#define BLOCK(option, friction)                                                                                \
  "<mujoco><option timestep='.001' " option "/><worldbody><geom type='plane' size='0 0 1' friction='" friction \
  "'/><body pos='0 0 .05'><freejoint/><geom type='box' size='.1 .15 .05' mass='3' friction='" friction         \
  "'/></body></worldbody></mujoco>"

/* At rest, the contacts carry exactly the weight, and nothing moves for any length of time. */
static void rests_within(experiment *e, double creep) {
  run(e, 1000);
  double start[7];
  for (int i = 0; i < 7; i++) start[i] = get(e, MYR_FIELD_qpos, i);
  run(e, 4000);
  for (int i = 0; i < 7; i++) near_to(e, "a coordinate at rest", get(e, MYR_FIELD_qpos, i), start[i], 4 * creep);
  for (int i = 0; i < 6; i++) near_to(e, "a velocity at rest", get(e, MYR_FIELD_qvel, i), 0, 4 * creep);
  look(e);
  near_to(e, "the contacts' force", get(e, MYR_FIELD_body_contact_force, 3 + 2), 3 * 9.81, 1e-3);
  near_to(e, "the contacts' force aside", get(e, MYR_FIELD_body_contact_force, 3), 0, 1e-3);
  near_to(e, "the ground's share", get(e, MYR_FIELD_body_contact_force, 2), -3 * 9.81, 1e-3);
  near_to(e, "contacts", get(e, MYR_FIELD_contact_count, 0), 4, 0);
  at_most(e, "penetration", -get(e, MYR_FIELD_contact_distance, 0), 1e-3);
}
static void rests(experiment *e) { rests_within(e, 1e-6); }
/* The stiffer the friction is, the faster a creep the solver's tolerance accepts. */
static void nearly_rests(experiment *e) { rests_within(e, 4e-5); }
static void box_at_rest(void **state) {
  (void)state;
  each_width(BLOCK("", "1"), rests);
  each_width(BLOCK("cone='elliptic'", "1"), rests);
  each_width(BLOCK("cone='elliptic' integrator='implicitfast' impratio='10'", "1"), nearly_rests);
}

/* A block that starts with speed v stops after v^2 / (2 mu g); with a round cone, in any direction. */
static void slides_to_a_stop(experiment *e) {
  const double speed = 2, mu = 0.5;
  for (int i = 0; i < 3; i++) {
    double direction = 0.6 * i;
    myr_batch_reset(e->batch, e->world, -1);
    commit_all(e->batch);
    run(e, 500);
    double x = get(e, MYR_FIELD_qpos, 0), y = get(e, MYR_FIELD_qpos, 1);
    set(e, MYR_FIELD_qvel, 0, speed * cos(direction));
    set(e, MYR_FIELD_qvel, 1, speed * sin(direction));
    run(e, 1500);
    double dx = get(e, MYR_FIELD_qpos, 0) - x, dy = get(e, MYR_FIELD_qpos, 1) - y;
    near_to(e, "the way to stop", hypot(dx, dy), speed * speed / (2 * mu * 9.81), 0.005);
    near_to(e, "the direction", atan2(dy, dx), direction, 0.01);
    near_to(e, "the velocity after", hypot(get(e, MYR_FIELD_qvel, 0), get(e, MYR_FIELD_qvel, 1)), 0, 1e-4);
  }
}
static void sliding_block(void **state) {
  (void)state;
  each_width(BLOCK("cone='elliptic' impratio='10'", ".5"), slides_to_a_stop);
}

/* Tilts gravity by an angle, which is the same as tilting the plane. */
/* Two fingers hold a box by 8 times the force that its weight needs. Soft friction creeps, the less the stiffer it is: in a
 * minute by 10 mm with impratio 10, by 0.1 mm with 1000 and by 0.03 mm with 3000, which README.md recommends. Rigid friction
 * creeps 0.5 um in two seconds after five sweeps and 5 nm after twenty, but 3.5 um with the default tolerance, which ends
 * the sweeps early. */
static void is_held(experiment *e) {
  enum { HEIGHT = 4 }; /* of the box in qpos */
  set(e, MYR_FIELD_ctrl, 0, 8 * .1 * 9.81);
  run(e, 500);
  double start = get(e, MYR_FIELD_qpos, HEIGHT);
  run(e, 1000); /* 2 s */
  near_to(e, "the height of a held box", get(e, MYR_FIELD_qpos, HEIGHT), start, 2 * 1e-4 / 60);
}
#define GRIPPER(option)                                                          \
  "<mujoco><option timestep='.002' " option "/><worldbody>"                      \
  "<body pos='-.04 0 0'><joint name='l' type='slide' axis='1 0 0' damping='5'/>" \
  "<geom type='box' size='.01 .02 .03' mass='.1'/></body>"                       \
  "<body pos='.04 0 0'><joint name='r' type='slide' axis='-1 0 0' damping='5'/>" \
  "<geom type='box' size='.01 .02 .03' mass='.1'/></body>"                       \
  "<body><joint type='slide' axis='1 0 0'/><joint type='slide' axis='0 1 0'/>"   \
  "<joint type='slide' axis='0 0 1'/><joint type='ball'/>"                       \
  "<geom type='box' size='.03 .02 .02' mass='.1'/></body></worldbody>"           \
  "<equality><joint joint1='l' joint2='r'/></equality><actuator><motor joint='r'/></actuator></mujoco>"
static void gripper(void **state) {
  (void)state;
  each_width(GRIPPER("cone='elliptic' impratio='3000'"), is_held);
  each_width(GRIPPER("cone='elliptic' noslip_iterations='5' noslip_tolerance='0'"), is_held);
  each_width(GRIPPER("noslip_iterations='5' noslip_tolerance='0'"), is_held);
}

static void tilt(const experiment *e, double angle) {
  myr_batch_reset(e->batch, e->world, -1);
  commit_all(e->batch);
  run(e, 300); /* settled on a level plane first */
  set(e, MYR_FIELD_gravity, 0, 9.81 * sin(angle));
  set(e, MYR_FIELD_gravity, 2, -9.81 * cos(angle));
  commit_all(e->batch);
  run(e, 300);
}

/* Below atan(mu) a block stays, but for the creep of regularized friction. Above it slides with g (sin - mu cos). */
static void holds_and_slides(experiment *e) {
  const double mu = 0.6, angle_of_repose = atan(mu);
  tilt(e, angle_of_repose - 0.03);
  double start = get(e, MYR_FIELD_qpos, 0);
  run(e, 1000);
  at_most(e, "the creep of a second", get(e, MYR_FIELD_qpos, 0) - start, 2e-3);
  tilt(e, angle_of_repose + 0.1);
  double speed = get(e, MYR_FIELD_qvel, 0);
  run(e, 500);
  double expected = 9.81 * (sin(angle_of_repose + 0.1) - mu * cos(angle_of_repose + 0.1));
  near_to(e, "the acceleration", (get(e, MYR_FIELD_qvel, 0) - speed) / 0.5, expected, 0.01 * expected);
}
static void incline(void **state) {
  (void)state;
  each_width(BLOCK("cone='elliptic' impratio='100'", ".6"), holds_and_slides);
}

static double total_energy(const experiment *e) {
  look(e);
  return get(e, MYR_FIELD_energy, 0) + get(e, MYR_FIELD_energy, 1);
}

/* Nothing drives the chain, so it may only lose energy, but for the energy that soft contacts store and for the
 * integrator's error. */
static void only_loses_energy(experiment *e) {
  set(e, MYR_FIELD_qvel, 0, 1);
  set(e, MYR_FIELD_qvel, 4, 3);
  double start = total_energy(e), least = start;
  int touched = 0;
  for (int i = 0; i < 400; i++) {
    run(e, 10);
    double now = total_energy(e);
    at_most(e, "energy", now, start + 0.002 * fabs(start));
    at_most(e, "energy, against the least so far", now, least + 0.02 * fabs(start));
    least = fmin(least, now);
    touched += get(e, MYR_FIELD_contact_count, 0) > 1;
  }
  at_most(e, "energy left", least, 0.25 * start);
  assert_true(touched > 200);
  at_most(e, "motion left", get(e, MYR_FIELD_energy, 0), 0.01 * start);
}
static void passive_chain(void **state) {
  (void)state;
#define LINK(axis)                                                                 \
  "<body pos='.3 0 0'><joint axis='" axis "' damping='.05'/><geom type='capsule' " \
  "fromto='0 0 0 .3 0 0' size='.04'/>"
  each_width(
      "<mujoco><option timestep='.001'/><worldbody><geom type='plane' size='0 0 1'/>"
      "<body pos='0 0 .8' euler='0 30 0'><freejoint/><geom type='capsule' fromto='0 0 0 .3 0 0' size='.04'/>" LINK(
          "0 1 0") LINK("0 0 1") LINK("0 1 0") LINK("0 1 1") "</body></body></body></body></body></worldbody></mujoco>",
      only_loses_energy);
#undef LINK
}

/* ------------------------------------------------------------------------------------------------ joints */
#define ARM(joint, rest)                                                                                             \
  "<mujoco><compiler angle='radian'/><option timestep='.001'/><worldbody><body><joint name='j' axis='0 -1 0' " joint \
  "/><inertial pos='0 0 -.4' mass='.5' diaginertia='.001 .003 .002'/></body></worldbody>" rest "</mujoco>"
static const double ARM_TORQUE = 0.5 * 9.81 * 0.4; /* times the angle's sine */

/* The spring of a servo balances the weight: kp (target - angle) = m g l sin(angle). */
static void reaches_its_target(experiment *e) {
  set(e, MYR_FIELD_ctrl, 0, 1.2);
  run(e, 6000);
  double angle = get(e, MYR_FIELD_qpos, 0);
  near_to(e, "the servo's balance", 40 * (1.2 - angle), ARM_TORQUE * sin(angle), 1e-3);
  near_to(e, "the servo's velocity", get(e, MYR_FIELD_qvel, 0), 0, 1e-4);
  for (int k = 0; k < 3; k++) set(e, MYR_FIELD_gravity, k, 0);
  set(e, MYR_FIELD_ctrl, 0, -0.7);
  commit_all(e->batch);
  run(e, 6000);
  near_to(e, "the servo's angle without weight", get(e, MYR_FIELD_qpos, 0), -0.7, 1e-5);
  set(e, MYR_FIELD_actuator_strength, 0, 0); /* a dead servo keeps the velocity it has */
  set(e, MYR_FIELD_qvel, 0, 0.1);
  commit_all(e->batch);
  run(e, 1000);
  near_to(e, "the dead servo's angle", get(e, MYR_FIELD_qpos, 0), -0.6, 1e-4);
}
static void servo(void **state) {
  (void)state;
  each_width(ARM("", "<actuator><position joint='j' kp='40' kv='3'/></actuator>"), reaches_its_target);
}

/* A servo with a filter of one time constant: act(t) = ctrl (1 - exp(-t / tau)), exactly at every step. */
static void filters(experiment *e) {
  set(e, MYR_FIELD_ctrl, 0, 0.8);
  run(e, 100);
  near_to(e, "the activation", get(e, MYR_FIELD_act, 0), 0.8 * (1 - exp(-0.1 / 0.05)), 1e-5);
}
static void activation(void **state) {
  (void)state;
  each_width(ARM("", "<actuator><general joint='j' dyntype='filterexact' dynprm='.05'/></actuator>"), filters);
}

static void stays_within_its_range(experiment *e) {
  set(e, MYR_FIELD_qpos, 0, 0.6);
  set(e, MYR_FIELD_qvel, 0, 8);
  double largest = 0;
  for (int i = 0; i < 200; i++) {
    run(e, 5);
    largest = fmax(largest, get(e, MYR_FIELD_qpos, 0));
  }
  /* A limit is a critically damped spring with the time constant 0.02 s. It yields by v times the time constant over e,
   * which is 0.059. */
  at_most(e, "the largest angle", largest, 0.7 + 8 * 0.02 / 2.71828);
  set(e, MYR_FIELD_ctrl, 0, 30); /* and holds against a steady torque */
  run(e, 3000);
  double angle = get(e, MYR_FIELD_qpos, 0);
  at_most(e, "the held angle", angle, 0.7 + 0.02);
  at_most(e, "minus the held angle", -angle, -0.7);
  run(e, 1000);
  near_to(e, "the held angle, later", get(e, MYR_FIELD_qpos, 0), angle, 1e-5);
}
static void joint_limit(void **state) {
  (void)state;
  each_width(ARM("range='-1 .7' limited='true'", "<actuator><motor joint='j'/></actuator>"), stays_within_its_range);
}

/* Dry friction above the weight's torque holds, but for its creep; less friction does not. */
static void holds_by_friction(experiment *e) {
  set(e, MYR_FIELD_qpos, 0, 0.9); /* weighs 1.54 N m; friction 2 */
  run(e, 1000);
  near_to(e, "the held angle", get(e, MYR_FIELD_qpos, 0), 0.9, 0.05);
  at_most(e, "the speed of creep", fabs(get(e, MYR_FIELD_qvel, 0)), 0.05);
  set(e, MYR_FIELD_dof_frictionloss, 0, 1.2);
  commit_all(e->batch);
  run(e, 200);
  at_most(e, "the angle let go", get(e, MYR_FIELD_qpos, 0), 0.87);
}
static void friction_holds(void **state) {
  (void)state;
  each_width(ARM("frictionloss='2'", ""), holds_by_friction);
}

/* Dry friction stops a slide after m v^2 / (2 f). */
static void stops_by_friction(experiment *e) {
  set(e, MYR_FIELD_qvel, 0, 3);
  run(e, 2000);
  near_to(e, "the way to stop", get(e, MYR_FIELD_qpos, 0), 2 * 9 / (2 * 10.), 0.01);
  near_to(e, "the velocity after", get(e, MYR_FIELD_qvel, 0), 0, 1e-5);
}
static void friction_stops(void **state) {
  (void)state;
  each_width("<mujoco><option timestep='.001' gravity='0 0 0'/><worldbody><body><joint type='slide' axis='1 0 0' "
             "frictionloss='10'/><geom size='.1' mass='2'/></body></worldbody></mujoco>",
             stops_by_friction);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(free_fall),
      cmocka_unit_test(slow_motion_far_away),
      cmocka_unit_test(singular_inertia),
      cmocka_unit_test(wheel_on_its_axle),
      cmocka_unit_test(own_gravity),
      cmocka_unit_test(wrench),
      cmocka_unit_test(pendulum),
      cmocka_unit_test(spring),
      cmocka_unit_test(damper),
      cmocka_unit_test(momentum_of_a_robot),
      cmocka_unit_test(momentum_of_a_collision),
      cmocka_unit_test(free_rotation),
      cmocka_unit_test(box_at_rest),
      cmocka_unit_test(gripper),
      cmocka_unit_test(sliding_block),
      cmocka_unit_test(incline),
      cmocka_unit_test(passive_chain),
      cmocka_unit_test(servo),
      cmocka_unit_test(activation),
      cmocka_unit_test(joint_limit),
      cmocka_unit_test(friction_holds),
      cmocka_unit_test(friction_stops),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
