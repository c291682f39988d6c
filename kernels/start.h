/* Floor 1, public: the start of an episode, as data that any engine can carry out: a list of random draws, and a list
 * of changes that the drawn values make to a world that was just reset. Elements hold no pointers, only indices into
 * other arrays, so that all arrays can be copied to a device unchanged.
 *
 *   myr_start_draw(start, episode, values);           all draws of an episode
 *   kernels->reset(constants, tile, lane, -1);
 *   myr_start_prepare(start, &world);                 the same for every episode: keyframes
 *   myr_start_write(start, values, &world);           the drawn values: poses of roots, then edits
 *   kernels->derive(constants, tile, scratch);
 *
 * All values are doubles, and are rounded to a world's floats where they are stored. Far out, a second float holds the rest
 * of a position (far_out.h). The host and a GPU give the same bits, because start_world.h is compiled for
 * both. */
#ifndef MYR_START_H
#define MYR_START_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------------------------ draws */
/* The key of a draw names its purpose; its counter is (episode, element, step). A draw therefore depends neither on
 * which other draws there are nor on their order. The counter's words are the episode's low word, its high word,
 * element, step. For draws made once per episode, `step` counts the rejected tries of a limited normal. */
typedef struct myr_draw_key {
  uint32_t low, high;
} myr_draw_key;

enum myr_distribution_kind {
  MYR_DISTRIBUTION_CONSTANT = 0,
  MYR_DISTRIBUTION_UNIFORM,
  MYR_DISTRIBUTION_LOG_UNIFORM,
  MYR_DISTRIBUTION_NORMAL,
  MYR_DISTRIBUTION_CHOICE,
  MYR_DISTRIBUTION_INTEGER,
};

typedef struct myr_distribution {
  double a, b;      /* the constant; low and high; mean and deviation */
  double low, high; /* a normal's bounds */
  int32_t kind;     /* enum myr_distribution_kind */
  int32_t choice_count;
  int32_t choices, weights; /* index of the first in numbers; weights -1: equal */
} myr_distribution;

enum myr_draw_kind {
  MYR_DRAW_NUMBER = 0, /* 1 value */
  MYR_DRAW_SPHERE,     /* 3: in a direction uniform on the sphere, as long as the number */
  MYR_DRAW_CONE,       /* 2: the horizontal rotation vector (rad) that tilts the vertical to a direction uniform on
                          the cap whose half angle is the number */
  MYR_DRAW_TRIPLE,     /* 3: the triple of that number */
};

/* One element of a scenario's draws. A draw made for each of several joints is one of these for each joint. */
typedef struct myr_draw {
  int32_t kind;                /* enum myr_draw_kind */
  int32_t distribution;        /* of the number */
  int32_t triples;             /* index of the first in numbers: (choices, 3) */
  int32_t value;               /* index of the first in values */
  uint32_t element;            /* of the counter */
  myr_draw_key key, inner_key; /* inner: of a sphere's or a cone's number */
} myr_draw;

/* ------------------------------------------------------------------------------------------------ a world */
/* values[offset]; or, where offset is -1, the constant. */
typedef struct myr_number {
  double constant;
  int32_t offset;
} myr_number;

/* A value with which every episode starts. Only these change inputs. */
typedef struct myr_start_constant {
  double value;
  int32_t field, element;
} myr_start_constant;

/* An entity that floats, or whose root is a mocap body, turned by tilt after yaw and moved up or down so that its lowest point stays as high as it was. */
typedef struct myr_placement {
  double base[4];                 /* orientation of its root before, w x y z */
  double z;                       /* m, height of its root before */
  myr_number yaw, height, lift;   /* rad, m, m; lift is added */
  int32_t tilt;                   /* index in values of x and y of a rotation vector (rad); -1: none */
  int32_t turned;                 /* 0: neither yaw nor tilt */
  int32_t has_height;             /* 1: height replaces z */
  int32_t position, place;        /* enum myr_field and element of the root's x */
  int32_t orientation, turn;      /* the same of its w */
  int32_t geom_start, geom_count; /* in geoms */
} myr_placement;

/* A geom in the frame of its entity's root. */
typedef struct myr_start_geom {
  double size[3], position[3], axes[9]; /* axes: rows are the root's, columns the geom's */
  int32_t type;                         /* enum myr_geom_type */
} myr_start_geom;

enum myr_edit_operation { MYR_EDIT_SET = 0, MYR_EDIT_ADD, MYR_EDIT_SCALE };

/* Sets an element of a world, adds to it or scales it, and keeps the result within bounds. A change of a body's mass
 * scales its moments of inertia by the same factor; a body without mass stays without mass. */
typedef struct myr_edit {
  myr_number amount;
  double low, high;
  int32_t field, element;
  int32_t operation; /* enum myr_edit_operation */
} myr_edit;

/* ARRAY(type, name): myr_start has a pointer of that name, and name_count. rounds[i] is the end of round i in edits.
 * The edits of a round change different elements, so they may be made in any order, or at once. */
#define MYR_START_ARRAYS(ARRAY)          \
  ARRAY(myr_distribution, distributions) \
  ARRAY(myr_draw, draws)                 \
  ARRAY(myr_start_constant, constants)   \
  ARRAY(myr_placement, placements)       \
  ARRAY(myr_start_geom, geoms)           \
  ARRAY(myr_edit, edits)                 \
  ARRAY(int32_t, rounds)                 \
  ARRAY(double, numbers)

typedef struct myr_start {
#define MYR_START_ARRAY(type, name) \
  const type *name;                 \
  int32_t name##_count;
  MYR_START_ARRAYS(MYR_START_ARRAY)
#undef MYR_START_ARRAY
  int32_t value_count; /* values that an episode draws */
} myr_start;

/* The fields of kinds STATE, INPUT and PARAMETER are needed; others may be NULL. */
struct myr_world_fields;

/* Makes all draws of an episode, into values (value_count). */
void myr_start_draw(const myr_start *start, int64_t episode, double *values);
/* Writes the constants into a world that was just reset. */
void myr_start_prepare(const myr_start *start, const struct myr_world_fields *world);
/* Writes the drawn values into a world that has the constants: first placements, then edits. */
void myr_start_write(const myr_start *start, const double *values, const struct myr_world_fields *world);

/* ------------------------------------------------------------------------------------------------ single draws */
/* A draw that is uniform on [0, 1), and one from the standard normal. They are for draws made during an episode, where
 * `step` counts the episode's steps. */
double myr_draw_uniform(myr_draw_key key, int64_t episode, uint32_t element, uint32_t step);
double myr_draw_normal(myr_draw_key key, int64_t episode, uint32_t element, uint32_t step);

#ifdef __cplusplus
}
#endif
#endif
