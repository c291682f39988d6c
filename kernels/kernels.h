/* Floor 1, public: the data of Myriad and the functions that step it.
 *
 * A model (myr_model) is one immutable description of a scene. A world is one independent copy of its changing data.
 * Worlds live in tiles of LANES worlds, one world per vector lane; a tile is one block of scalars, laid out by
 * myr_layout from the list in fields.def. A kernel table (myr_kernels) steps one tile at a time; there is one table per
 * vector width, all compiled from the same headers. Nothing here allocates while stepping, reads a file or prints.
 *
 *   myr_model *model;                                  built by sim/
 *   const myr_kernels *kernels;  myr_kernels_find(0, &kernels, &error);     the widest this machine has
 *   void *constants; kernels->constants_create(model, &constants, &error);
 *   tile = aligned_alloc(64, kernels->tile_bytes(model)); scratch likewise, one per thread
 *   kernels->reset(constants, tile, lane, key); ... kernels->derive(constants, tile, scratch);
 *   kernels->control_step(constants, tile, scratch, substeps, MYR_OBSERVE);
 */
#ifndef MYR_KERNELS_H
#define MYR_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum myr_joint_type { MYR_JOINT_FREE = 0, MYR_JOINT_BALL, MYR_JOINT_SLIDE, MYR_JOINT_HINGE };
/* Numbered as MuJoCo numbers them. */
enum myr_geom_type {
  MYR_GEOM_PLANE = 0,
  MYR_GEOM_SPHERE = 2,
  MYR_GEOM_CAPSULE = 3,
  MYR_GEOM_ELLIPSOID = 4,
  MYR_GEOM_CYLINDER = 5,
  MYR_GEOM_BOX = 6,
};
enum myr_integrator { MYR_EULER = 0, MYR_IMPLICITFAST };
enum myr_cone { MYR_PYRAMIDAL = 0, MYR_ELLIPTIC };
enum myr_transmission { MYR_TRANSMISSION_JOINT = 0, MYR_TRANSMISSION_TENDON };
enum myr_dynamics { MYR_DYNAMICS_NONE = 0, MYR_DYNAMICS_INTEGRATOR, MYR_DYNAMICS_FILTER, MYR_DYNAMICS_FILTER_EXACT };
enum myr_gain { MYR_GAIN_FIXED = 0, MYR_GAIN_AFFINE };
enum myr_bias { MYR_BIAS_NONE = 0, MYR_BIAS_AFFINE };
enum myr_friction_rule {
  MYR_FRICTION_OWN = 0, /* pair_friction */
  MYR_FRICTION_MAX,     /* elementwise maximum of both geoms */
  MYR_FRICTION_GEOM1,   /* the first geom has the higher priority */
  MYR_FRICTION_GEOM2,
};
/* Parts of the physics that a model may switch off. */
enum myr_disable {
  MYR_DISABLE_CONSTRAINT = 1 << 0,
  MYR_DISABLE_FRICTIONLOSS = 1 << 1,
  MYR_DISABLE_LIMIT = 1 << 2,
  MYR_DISABLE_CONTACT = 1 << 3,
  MYR_DISABLE_SPRING = 1 << 4,
  MYR_DISABLE_DAMPER = 1 << 5,
  MYR_DISABLE_GRAVITY = 1 << 6,
  MYR_DISABLE_CLAMPCTRL = 1 << 7,
  MYR_DISABLE_WARMSTART = 1 << 8,
  MYR_DISABLE_ACTUATION = 1 << 9,
  MYR_DISABLE_REFSAFE = 1 << 10,
  MYR_DISABLE_EULERDAMP = 1 << 11,
};

typedef struct myr_options {
  double timestep;   /* s */
  double gravity[3]; /* m/s^2 */
  double impratio;   /* 1: frictional to normal impedance of elliptic contacts */
  double tolerance;  /* 1: the solver stops when a step would improve the scaled cost by less */
  int iterations;    /* Newton iterations at most */
  int ls_iterations; /* line search evaluations at most */
  int integrator;    /* enum myr_integrator */
  int cone;          /* enum myr_cone */
  uint32_t disable;  /* enum myr_disable bits */
} myr_options;

/* Everything in model.def; arrays are double here, and each kernel table keeps a copy in its own precision. */
typedef struct myr_model {
  myr_options options;
#define MODEL_SIZE(name, doc) int name;
#define MODEL_TABLE_SIZE(name, doc) int name;
#define MODEL_INT(name, count, doc) int32_t *name;
#define MODEL_REAL(name, count, unit, doc) double *name;
#define MODEL_NAMES(name, count) char **name;
#define MODEL_TABLE(name, count, doc) int32_t *name;
#include "kernels/model.def"
} myr_model;

/* Allocates every given array of a model whose sizes are set, zero-filled; names start as NULL. */
myr_status myr_model_allocate(myr_model *model, myr_error *error);
/* Computes the tables from what was given, and checks that indices stay inside their ranges (MYR_INVALID if not). */
myr_status myr_model_finish(myr_model *model, myr_error *error);
/* Frees a model made by malloc or calloc and all it holds. NULL is fine. */
void myr_model_free(myr_model *model);

/* ------------------------------------------------------------------------------------------------ fields */
enum myr_field {
#define FIELD(name, count, unit, kind, stage, doc) MYR_FIELD_##name,
#include "kernels/fields.def"
  MYR_FIELD_COUNT
};
enum myr_field_kind {
  MYR_KIND_STATE,
  MYR_KIND_INPUT,
  MYR_KIND_PARAMETER,
  MYR_KIND_DERIVED,
  MYR_KIND_LABEL,
  MYR_KIND_SCRATCH,
};
typedef struct myr_field_info {
  const char *name, *unit, *stage, *doc;
  int kind; /* enum myr_field_kind */
} myr_field_info;
extern const myr_field_info myr_field_infos[MYR_FIELD_COUNT];

/* Where each field lies, the same for every width: element e of a field of lane l is the scalar number
 * (offset[field] + e) * lanes + l of the tile, or of the scratch block for MYR_KIND_SCRATCH. */
typedef struct myr_layout {
  int64_t offset[MYR_FIELD_COUNT];
  int64_t count[MYR_FIELD_COUNT];
  int64_t tile_elements;
  int64_t scratch_elements;
} myr_layout;
void myr_layout_compute(const myr_model *model, myr_layout *layout);

enum myr_world_status {
  MYR_WORLD_DIVERGED = 1,         /* a position, velocity or acceleration became infinite, NaN or beyond 1e10;
                                      the world was reset to qpos0 at rest and stays there until it is reset */
  MYR_WORLD_DROPPED_CONTACTS = 2, /* more contacts than ncon: the deepest were kept */
};

/* ------------------------------------------------------------------------------------------------ kernels */
/* How a GPU maps worlds to its threads. */
enum myr_world_mapping {
  MYR_WORLDS_CHOSEN = 0,
  MYR_WORLDS_BY_WARP,   /* 32 threads step one world together */
  MYR_WORLDS_BY_THREAD, /* each thread steps a world of its own */
};

enum myr_step_flags {
  MYR_OBSERVE = 1, /* write the labels, from the state at the beginning of the control step */
};

/* One world's constraint rows and contacts as MuJoCo would list them, for comparison. Filled by inspect(); arrays
 * belong to the caller and hold row_capacity rows of nv and contact_capacity contacts. Counts say how many there are,
 * even where they exceed the capacity. */
typedef struct myr_inspection {
  int row_capacity, contact_capacity;
  int rows, contacts;
  int *row_type;         /* enum myr_row_type */
  int *row_id;           /* dof, joint or tendon; for a contact, its slot in the tile */
  double *row_jacobian;  /* (rows, nv) */
  double *row_position;  /* violation minus margin */
  double *row_d;         /* 1/R */
  double *row_reference; /* aref */
  double *row_force;
  int *contact_pair;
  double *contact_distance; /* (contacts) */
  double *contact_position; /* (contacts, 3) */
  double *contact_frame;    /* (contacts, 9) normal, tangents as rows */
} myr_inspection;
enum myr_row_type {
  MYR_ROW_FRICTION_DOF = 0,
  MYR_ROW_FRICTION_TENDON,
  MYR_ROW_LIMIT_JOINT,
  MYR_ROW_LIMIT_TENDON,
  MYR_ROW_CONTACT_FRICTIONLESS,
  MYR_ROW_CONTACT_PYRAMIDAL,
  MYR_ROW_CONTACT_ELLIPTIC,
};

/* Cumulative cost of each stage, for `bench`; filled only by control steps that are given one. */
enum myr_stage {
  MYR_STAGE_KINEMATICS,
  MYR_STAGE_INERTIA,
  MYR_STAGE_COLLIDE,
  MYR_STAGE_VELOCITY,
  MYR_STAGE_CONSTRAINT,
  MYR_STAGE_SOLVE,
  MYR_STAGE_INTEGRATE,
  MYR_STAGE_OBSERVE,
  MYR_STAGE_COUNT
};
typedef struct myr_profile {
  uint64_t nanoseconds[MYR_STAGE_COUNT];
  uint64_t steps; /* world steps */
  uint64_t tile_steps;
  uint64_t union_rows;                 /* rows of the lanes' union, summed over tile steps */
  uint64_t rows, contacts, iterations; /* each world's own, summed over world steps */
  uint64_t tile_iterations;            /* Newton iterations of the slowest lane, summed over tile steps */
} myr_profile;

typedef struct myr_kernels {
  const char *name; /* "avx512", "avx2", "neon", "plain", "double" */
  int lanes;        /* worlds in a tile */
  int scalar_bytes; /* 4, or 8 for the reference build */
  size_t (*tile_bytes)(const myr_model *model);
  size_t (*scratch_bytes)(const myr_model *model);
  /* The model in this table's precision. */
  myr_status (*constants_create)(const myr_model *model, void **constants, myr_error *error);
  void (*constants_destroy)(void *constants);
  /* Sets one lane to the model's parameters and keyframe key (-1: qpos0 at rest), all inputs zero but the keyframe's
   * controls. derive() must run before the next step. */
  void (*reset)(const void *constants, void *tile, int lane, int key);
  /* Computes the DERIVED fields of all lanes from their parameters. */
  void (*derive)(const void *constants, void *tile, void *scratch);
  /* Advances all lanes by substeps timesteps; with 0 it only computes forces and labels of the present state.
   * flags: enum myr_step_flags. profile may be NULL. */
  void (*control_step)(const void *constants, void *tile, void *scratch, int substeps, unsigned flags,
                       myr_profile *profile);
  /* After control_step, the rows and contacts of one lane's last forward pass, from the scratch it used. */
  void (*inspect)(const void *constants, const void *tile, const void *scratch, int lane, myr_inspection *out);
} myr_kernels;

/* lanes 0: the widest this machine runs; 1, 4, 8 or 16: that width, MYR_UNAVAILABLE if it is not compiled in or the
 * processor lacks it; MYR_LANES_DOUBLE: the double-precision reference. */
#define MYR_LANES_DOUBLE (-1)
myr_status myr_kernels_find(int lanes, const myr_kernels **kernels, myr_error *error);

#ifdef __cplusplus
}
#endif
#endif
