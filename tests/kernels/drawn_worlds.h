/* Worlds of a batch that all differ and depend only on their numbers, and ways to spoil one of them. Include it after
 * cmocka.h. */
#ifndef MYR_TESTS_DRAWN_WORLDS_H
#define MYR_TESTS_DRAWN_WORLDS_H

#include "kernels/fields.h"
#include "kernels/model.h"
#include "tests/sim/random_model.h"
#include "tests/sim/worlds.h"

static inline double draw(random_model *random, double low, double high) { return random_between(random, low, high); }

static inline void scale_field(myr_batch *batch, enum myr_field field, int world, double factor) {
  myr_span span = myr_batch_field(batch, field, world);
  for (int e = 0; e < span.count; e++) span.data[e * span.stride] *= (float)factor;
}

static inline void draw_field(myr_batch *batch, enum myr_field field, int world, random_model *random, double range) {
  myr_span span = myr_batch_field(batch, field, world);
  for (int e = 0; e < span.count; e++) span.data[e * span.stride] = (float)draw(random, -range, range);
}

/* Lifts every free body and turns every joint a little. Quaternions may stay unnormalized. */
static inline void draw_pose(myr_batch *batch, const myr_model *model, int world, random_model *random) {
  for (int j = 0; j < model->njnt; j++) {
    int type = model->jnt_type[j], first = model->jnt_qpos_start[j];
    int count = type == MYR_JOINT_FREE ? 7 : type == MYR_JOINT_BALL ? 4 : 1;
    for (int k = 0; k < count; k++) {
      double range = type == MYR_JOINT_FREE && k < 3 ? 0.1 : 0.3;
      double value = value_of(batch, MYR_FIELD_qpos, world, first + k) + draw(random, -range, range);
      set_value(batch, MYR_FIELD_qpos, world, first + k, value);
    }
  }
}

static inline void move_mocaps(myr_batch *batch, const myr_model *model, int world, random_model *random) {
  for (int e = 0; e < 3 * model->nmocap; e++)
    set_value(batch, MYR_FIELD_mocap_pos, world, e,
              value_of(batch, MYR_FIELD_mocap_pos, world, e) + draw(random, -.1, .1));
  for (int e = 0; e < 4 * model->nmocap; e++)
    set_value(batch, MYR_FIELD_mocap_quat, world, e,
              value_of(batch, MYR_FIELD_mocap_quat, world, e) + draw(random, -.3, .3));
}

/* Sets everything that may differ between worlds, depending only on the world's number. One world of five stays at rest
 * in the model's pose, because many of its numbers stay zero, and the sign of a zero must be the same too. */
static inline void start_world(myr_batch *batch, const myr_model *model, int world, int number) {
  static random_model random;
  random = (random_model){.random = (uint64_t)number};
  myr_batch_reset(batch, world, model->nkey > 0 ? number % (model->nkey + 1) - 1 : -1);
  if (number % 5 == 4) return;
  draw_pose(batch, model, world, &random);
  move_mocaps(batch, model, world, &random);
  draw_field(batch, MYR_FIELD_qvel, world, &random, 1.5);
  draw_field(batch, MYR_FIELD_ctrl, world, &random, 1);
  if (number % 3 == 0) draw_field(batch, MYR_FIELD_xfrc_applied, world, &random, 3);
  scale_field(batch, MYR_FIELD_body_mass, world, draw(&random, 0.8, 1.2));
  scale_field(batch, MYR_FIELD_geom_friction, world, draw(&random, 0.5, 1.5));
  scale_field(batch, MYR_FIELD_dof_damping, world, draw(&random, 0.5, 1.5));
  scale_field(batch, MYR_FIELD_dof_frictionloss, world, draw(&random, 0, 1.5));
  scale_field(batch, MYR_FIELD_jnt_stiffness, world, draw(&random, 0.5, 1.5));
  scale_field(batch, MYR_FIELD_dof_armature, world, draw(&random, 0.8, 1.5));
  scale_field(batch, MYR_FIELD_actuator_strength, world, draw(&random, 0, 1));
}

/* ------------------------------------------------------------------------------------------------ divergence */
static inline void huge_velocity(myr_batch *batch, int world) { set_value(batch, MYR_FIELD_qvel, world, 4, 1e12); }
static inline void infinite_place(myr_batch *batch, int world) { set_value(batch, MYR_FIELD_qpos, world, 2, INFINITY); }
static inline void nan_rotation(myr_batch *batch, int world) { set_value(batch, MYR_FIELD_qpos, world, 4, NAN); }
static inline void nan_control(myr_batch *batch, int world) { set_value(batch, MYR_FIELD_ctrl, world, 3, NAN); }
static inline void nan_wrench(myr_batch *batch, int world) { set_value(batch, MYR_FIELD_xfrc_applied, world, 8, NAN); }
static inline void nan_warmstart(myr_batch *batch, int world) {
  set_value(batch, MYR_FIELD_qacc_warmstart, world, 0, NAN);
}
static inline void infinite_gravity(myr_batch *batch, int world) {
  set_value(batch, MYR_FIELD_gravity, world, 2, -INFINITY);
}
static inline void no_mass(myr_batch *batch, int world) {
  scale_field(batch, MYR_FIELD_body_mass, world, 0);
  scale_field(batch, MYR_FIELD_body_inertia, world, 0);
  scale_field(batch, MYR_FIELD_dof_armature, world, 0);
}
static inline void negative_mass(myr_batch *batch, int world) {
  scale_field(batch, MYR_FIELD_body_mass, world, -1);
  set_value(batch, MYR_FIELD_qvel, world, 0, 1e15);
}

static const struct disaster {
  const char *name;
  void (*spoil)(myr_batch *batch, int world);
} disasters[] = {{"huge velocity", huge_velocity},
                 {"infinite place", infinite_place},
                 {"NaN in a rotation", nan_rotation},
                 {"NaN control", nan_control},
                 {"NaN wrench", nan_wrench},
                 {"NaN warm start", nan_warmstart},
                 {"infinite gravity", infinite_gravity},
                 {"no mass", no_mass},
                 {"negative mass", negative_mass}};
enum { DISASTERS = sizeof disasters / sizeof *disasters };

#endif
