/* Floor 1, public: the model, one immutable description of a scene (model.def). sim/ builds it; worlds that are stepped
 * share it. */
#ifndef MYR_MODEL_H
#define MYR_MODEL_H

#include <stdint.h>

#include "kernels/elements.h"
#include "kernels/shape.h"
#include "kernels/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum myr_joint_type { MYR_JOINT_FREE = 0, MYR_JOINT_BALL, MYR_JOINT_SLIDE, MYR_JOINT_HINGE };
enum myr_integrator {
#define OPTION_INTEGRATOR(name, member, word) MYR_##name,
#include "kernels/option.def"
};
enum myr_cone {
#define OPTION_CONE(name, member, word) MYR_##name,
#include "kernels/option.def"
};
enum myr_solver {
#define OPTION_SOLVER(name, member, word) MYR_##name,
#include "kernels/option.def"
};
/* An object along the path of a tendon; numbered as MuJoCo's mjtWrap. */
enum myr_wrap_type { MYR_WRAP_JOINT = 1, MYR_WRAP_PULLEY, MYR_WRAP_SITE, MYR_WRAP_SPHERE, MYR_WRAP_CYLINDER };
enum myr_transmission {
#define ACTUATOR_TRANSMISSION(name, member, target, word) MYR_TRANSMISSION_##name,
#include "kernels/actuator.def"
  MYR_TRANSMISSION_COUNT
};
enum myr_dynamics {
#define ACTUATOR_DYNAMICS(name, member, word) MYR_DYNAMICS_##name,
#include "kernels/actuator.def"
  MYR_DYNAMICS_COUNT
};
enum myr_gain {
#define ACTUATOR_GAIN(name, member, word) MYR_GAIN_##name,
#define ACTUATOR_GAIN_LACKING(name, member) MYR_GAIN_##name,
#include "kernels/actuator.def"
  MYR_GAIN_COUNT
};
enum myr_bias {
#define ACTUATOR_BIAS(name, member, word) MYR_BIAS_##name,
#include "kernels/actuator.def"
  MYR_BIAS_COUNT
};
/* How a delay line interpolates between its numbers; numbered as MuJoCo does. */
enum myr_delay_interpolation { MYR_DELAY_HOLD = 0, MYR_DELAY_LINEAR, MYR_DELAY_CUBIC };
/* The quantity that is the control of a PID controller or of a DC motor; numbered as MuJoCo's mjtInput. */
enum myr_input {
  MYR_INPUT_POSITION = 1,
  MYR_INPUT_VELOCITY = 2,
  MYR_INPUT_FORCE = 4,
  MYR_INPUT_VOLTAGE = 8,
};
enum myr_sensor {
#define SENSOR(name, ...) MYR_SENSOR_##name, /* without expanding the other columns, whose words others may define */
#define SENSOR_UNREAD(name, ...) MYR_SENSOR_##name,
#include "kernels/sensor.def"
  MYR_SENSOR_COUNT
};
/* The stages that a sensor's numbers follow from. */
enum myr_sensor_need {
  MYR_NEEDS_NOTHING = 0,
  MYR_NEEDS_POSITION,
  MYR_NEEDS_VELOCITY,
  MYR_NEEDS_FORCE,
  MYR_NEEDS_ACCELERATION
};
/* How sensor_cutoff bounds a sensor's numbers. */
enum myr_cutoff_rule {
  MYR_CUTOFF_NONE = 0,
  MYR_CUTOFF_BOTH,  /* of either sign */
  MYR_CUTOFF_ABOVE, /* from above: they are never negative */
  MYR_CUTOFF_COUNT
};
enum myr_equality_type { MYR_EQUALITY_CONNECT = 0, MYR_EQUALITY_WELD, MYR_EQUALITY_JOINT, MYR_EQUALITY_TENDON };
enum myr_friction_rule {
  MYR_FRICTION_OWN = 0, /* pair_friction */
  MYR_FRICTION_MAX,     /* elementwise maximum of both geoms */
  MYR_FRICTION_GEOM1,   /* the first geom has the higher priority */
  MYR_FRICTION_GEOM2,
  MYR_FRICTION_GROUND, /* sliding friction of the first geom, a scene's ground; else the maximum of both */
};
/* Parts of the physics that may be switched off, and their bits in myr_options.disable. */
enum myr_disable_part {
#define OPTION_DISABLE(name, member, word) MYR_DISABLE_PART_##name,
#include "kernels/option.def"
};
enum myr_disable {
#define OPTION_DISABLE(name, member, word) MYR_DISABLE_##name = 1 << MYR_DISABLE_PART_##name,
#include "kernels/option.def"
};

/* Bits of a set of options: 1 << MYR_OPTION_timestep, and so on, in the order of option.def. */
enum myr_option {
#define OPTION_NUMBER(name, unit, rule, low, high, doc) MYR_OPTION_##name,
#define OPTION_VECTOR(name, unit, doc) MYR_OPTION_##name,
#define OPTION_COUNT(name, low, high, doc) MYR_OPTION_##name,
#define OPTION_CHOICE(name, doc) MYR_OPTION_##name,
#define OPTION_SET(name, doc) MYR_OPTION_##name,
#include "kernels/option.def"
  MYR_OPTION_COUNT
};

/* Everything in option.def. */
typedef struct myr_options {
#define OPTION_NUMBER(name, unit, rule, low, high, doc) double name;
#define OPTION_VECTOR(name, unit, doc) double name[3];
#define OPTION_COUNT(name, low, high, doc) int name;
#define OPTION_CHOICE(name, doc) int name;   /* of the enum of that name */
#define OPTION_SET(name, doc) uint32_t name; /* enum myr_disable bits */
#include "kernels/option.def"
} myr_options;

/* s. A contact's time constant is two timesteps at least, so the penetration at rest grows with the square of the
 * timestep; it is g (2 timesteps)^2, 10 cm, at this bound. */
#define MYR_LONGEST_TIMESTEP 0.05

/* Geoms that cannot move are culled in groups of so many, if there are at least twice as many; see step/contact.h. */
enum { MYR_CLUSTER_GEOMS = 8 };

enum { MYR_ACTUATOR_PARAMETERS = 10 }; /* of its gain, of its bias and of its dynamics, as in MuJoCo */

/* Arrays of numbers: MYR_MODEL_body_pos, and so on, in the order of model.def. */
enum myr_model_array {
#define MODEL_ARRAY(name, element, width) MYR_MODEL_##name,
#include "kernels/model.def"
  MYR_MODEL_COUNT
};

/* Everything in model.def; arrays are double here, and each kernel table keeps a copy in its own precision. */
typedef struct myr_model {
  myr_options options;
#define ELEMENT(name, size, doc) int size;
#include "kernels/elements.def"
#define MODEL_INTEGERS(name, element, width) int32_t *name;
#define MODEL_REAL(name, element, width, unit, source, doc) double *name;
#define MODEL_NAMES(name, element, object) char **name;
#include "kernels/model.def"
} myr_model;

/* The element of which actuator_target is an index, by the transmission. */
extern const enum myr_element myr_transmission_target[];

/* Allocates every given array of a model whose sizes are set, zero-filled; names start as NULL. */
myr_status myr_model_allocate(myr_model *model, myr_error *error);
/* Computes the tables from the given arrays, and checks that indices stay inside their ranges (MYR_INVALID if not). */
myr_status myr_model_finish(myr_model *model, myr_error *error);
/* The model's number of elements of a kind; 1 for the world. */
int myr_model_size(const myr_model *model, enum myr_element element);
/* The number of numbers in an array. */
int64_t myr_model_count(const myr_model *model, enum myr_model_array array);
/* The names of all elements of a kind, NULL or "" for a nameless one; NULL for a kind without names. */
char *const *myr_model_names(const myr_model *model, enum myr_element element);
/* Frees a model made by malloc or calloc and all it holds. NULL is fine. */
void myr_model_free(myr_model *model);

#ifdef __cplusplus
}
#endif
#endif
