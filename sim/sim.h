/* Floor 2, public: models and batches of worlds.
 *
 * A scene is a list of entities: a ground plane, or a robot read from an MJCF or URDF file. myr_scene_build joins them
 * into one model whose names carry the entity: "robot.torso". A batch holds many worlds of one model and steps them
 * with an engine. Groups of worlds are independent: different threads may step, read and write different groups at the
 * same time, and a world's motion does not depend on its group, batch or thread. */
#ifndef MYR_SIM_H
#define MYR_SIM_H

#include <stdbool.h>

#include "kernels/model.h"
#include "kernels/table.h"

#ifdef __cplusplus
extern "C" {
#endif

struct myr_start; /* kernels/start.h */

/* ------------------------------------------------------------------------------------------------ findings */
/* The findings of a model file: faults, because of which it is refused, and notices, which name unused parts. */
enum myr_severity { MYR_FAULT = 0, MYR_NOTICE, MYR_LOOK_NOTICE /* of use only where pictures are drawn */ };
typedef struct myr_finding {
  enum myr_severity severity;
  const char *model; /* the model's file, as the caller named it; its memory is the caller's. NULL: of a whole scene */
  char *file;        /* where it stands: the model's file, or one that it includes; NULL: of no file */
  int line, column;  /* from 1; 0: the file as a whole */
  char *message;     /* one line */
  char *remedy;      /* or the consequence; NULL: none */
} myr_finding;

/* All findings, in the order of the files and then of their lines. Zero-initialise it. */
typedef struct myr_findings {
  myr_finding *items;
  int count, omitted;
  int64_t capacity;
} myr_findings;
void myr_findings_free(myr_findings *findings);

/* ------------------------------------------------------------------------------------------------ models */
/* Reads one MJCF (.xml, .mjcf) or URDF (.urdf) file as a complete model: names without prefix, the file's own options.
 * A feature that Myriad does not simulate and that would change the motion is MYR_INVALID, and the message names the
 * element and the feature. A missing or unreadable file is MYR_IO. The caller frees the model with myr_model_free. */
myr_status myr_model_load(const char *path, myr_model **model, myr_error *error);
/* The same, and adds everything that was found to the findings, with status MYR_INVALID or without an error. */
myr_status myr_model_check(const char *path, myr_model **model, myr_findings *findings, myr_error *error);

/* Whether the file's first element is <robot>, which makes it a URDF file. False where it cannot be read. */
bool myr_is_urdf(const char *path);

/* Folders, separated by colons, in which package://NAME/... of URDF files is looked for, before those of the environment
 * variable ROS_PACKAGE_PATH. Holds for the process; NULL: none. Not to be called while files are read. */
void myr_package_path_set(const char *folders);
/* The file that a URDF file means by a name: relative to it, file://, package:// or model://. False: it is not found. */
bool myr_find_named_file(const char *file, const char *name, char *path, size_t bytes);

/* The use of meshes that are collision shapes of a URDF file. */
enum myr_collision_meshes {
  MYR_COLLISION_MESHES_HULL = 0, /* they collide as their convex hulls */
  MYR_COLLISION_MESHES_BOX,      /* the box along the axes of its file that holds the mesh collides in its place */
  MYR_COLLISION_MESHES_NONE,     /* they are left out */
};

/* How a URDF file is to be read, where the file itself cannot say it. */
typedef struct myr_urdf_choices {
  bool floating; /* its base moves freely; else it is fixed to the world */
  enum myr_collision_meshes collision_meshes;
} myr_urdf_choices;

typedef struct myr_entity {
  const char *name; /* prefix of its names */
  const char *path; /* model file; NULL for a ground plane through the origin, normal +z */
  myr_urdf_choices urdf;
  double friction[3]; /* ground only: sliding, torsional (m), rolling (m). A contact with the ground has this sliding
                         friction; all else combines as with a plane that states nothing more */
} myr_entity;

/* The compiled files of a list of entities, read once for all that need them. */
typedef struct myr_scene_files myr_scene_files;

typedef struct myr_scene {
  const myr_entity *entities;
  int entity_count;
  const myr_options *options;   /* NULL: the scene states none */
  unsigned stated;              /* the options that `options` states: bits 1 << enum myr_option */
  const myr_scene_files *files; /* those of `entities`; NULL: they are read when they are needed */
  myr_findings *findings;       /* myr_scene_build adds faults of the scene as a whole; NULL: not wanted */
} myr_scene;

/* Reads and compiles the files of the scene's entities, and adds all that it finds in them to the findings (NULL: not
 * wanted). errors (entity_count), all zero, gets the message of each entity that has a fault; the status is that of the
 * first. The caller frees with myr_scene_close; NULL after an error. */
myr_status myr_scene_open(const myr_scene *scene, myr_scene_files **files, myr_findings *findings, myr_error *errors);
void myr_scene_close(myr_scene_files *files);

/* An option that the scene does not state and on which two of its files disagree. */
typedef struct myr_option_conflict {
  const char *name;    /* as in kernels/option.def, or "headlight" */
  bool seen;           /* it concerns pictures only */
  int entities[2];     /* the first entity with a file, and the first of another value */
  char values[2][128]; /* as the language writes them */
} myr_option_conflict;
enum { MYR_OPTION_CONFLICTS = MYR_OPTION_COUNT + 1 };

/* The options that hold in the scene: those it states, else those of its files, which must agree; MuJoCo's defaults if it
 * has no file. Where files disagree the value is the first's, and conflicts (MYR_OPTION_CONFLICTS) tells; conflicts may be
 * NULL. The errors are those of reading the files. */
myr_status myr_scene_options(const myr_scene *scene, myr_options *options, myr_option_conflict *conflicts,
                             int *conflict_count, myr_error *error);

/* Joins the entities into one model, in their order, with the options of myr_scene_options; files that disagree on one
 * that acts on bodies are MYR_INVALID. The model holds the keyframes of every entity, named "entity.key"; in these, other
 * entities have their qpos0 and zero control. The errors are those of myr_model_load; their messages also name the
 * entity. */
myr_status myr_scene_build(const myr_scene *scene, myr_model **model, myr_error *error);

/* The element of that kind (enum myr_element) and name, or -1. */
int myr_model_find(const myr_model *model, int element, const char *name);

/* A coordinate or a control of a keyframe, or of qpos0, that lies outside its range by more than a hundredth of it. */
typedef struct myr_key_doubt {
  int keyframe;             /* -1: qpos0 */
  enum myr_element element; /* MYR_ELEMENT_joint or MYR_ELEMENT_actuator */
  int index;                /* of the joint or actuator */
  double value, low, high;  /* a ball joint's value is its angle */
  const char *unit;         /* "rad", "m" or "" */
  bool degrees; /* a hinge's angle that is no angle in radians, and lies in its range if taken for degrees */
} myr_key_doubt;
/* Writes the first `most` doubts about a keyframe, or about qpos0 (-1), and returns their number, which may be larger. */
int myr_model_doubt_key(const myr_model *model, int keyframe, myr_key_doubt *doubts, int most);

/* The version of the reader that compiled the models, such as "MuJoCo 4.0.1"; part of the determinism contract. */
const char *myr_reader_version(void);

/* ------------------------------------------------------------------------------------------------ batches */
typedef struct myr_batch myr_batch;

/* One line of engines.def, which explains each trait. */
typedef struct myr_engine_traits {
  const char *name;
  bool in_build; /* its device may still be missing: ask myr_engine_find */
  bool on_device, has_lanes, own_physics;
} myr_engine_traits;
/* All engines, the preferred one first, including those that are not in this build. NULL if index is not below their
 * number. */
const myr_engine_traits *myr_engine_at(int index);
/* NULL: there is no engine of that name. */
const myr_engine_traits *myr_engine_traits_of(const char *name);
/* The engine that a batch of that name gets; name NULL: the first of the build whose device answers. MYR_UNAVAILABLE
 * names the missing thing: an engine that is not in the build, or its device. */
myr_status myr_engine_find(const char *name, const char **found, myr_error *error);

typedef struct myr_batch_description {
  const myr_model *model;         /* must outlive the batch */
  const char *engine;             /* see myr_engine_find */
  int worlds;                     /* at least 1 */
  int lanes;                      /* cpu only; 0: the widest; see myr_kernels_find */
  const bool *unread;             /* (MYR_FIELD_COUNT) true: nobody will read this label; NULL: all may be read */
  enum myr_world_mapping mapping; /* cuda only; 0: by the rule in cuda_engine.c */
  int threads;                    /* 0: as many as OpenMP offers */
  size_t picture_bytes;           /* cuda only: memory of the GPU that must remain for pictures */
  int thread_groups;              /* cuda only: groups that each thread will take in turn; 0: 1 */
  const struct myr_start *start;  /* for myr_batch_start; must outlive the batch. NULL: no episodes */
} myr_batch_description;

typedef struct myr_batch_info {
  const char *engine; /* "cpu", "cuda", "bullet" */
  const myr_engine_traits *traits;
  const char *kernels; /* "avx512", ...; cuda: how worlds are mapped to threads; bullet: its version */
  char device[96];     /* the GPU's name; "" for the cpu */
  char pci_bus_id[32]; /* of that GPU, "0000:3b:00.0" */
  int worlds, groups, group_worlds, lanes, threads;
  int thread_groups; /* groups that a thread should take in turn, see myr_batch_begin_step: the description's number
                        on a device, else 1 */
  size_t bytes;      /* memory of all worlds and scratch, where they are stepped */
  size_t host_bytes; /* memory of the host: for the cpu the same as bytes, for a GPU the host's copies of fields */
  size_t chip_bytes, chip_wish;      /* scratch of a warp in a GPU's shared memory, and the most it could use there; the
                                        difference is in cached memory, which is slower */
  size_t sent_bytes, returned_bytes; /* copied to a GPU and back in a control step of one world */
  /* Of an estimate for a GPU, else 0: */
  size_t device_free_bytes; /* free on the GPU */
  int fitting_worlds;       /* as many as fit, at most `worlds`; myr_batch_create refuses more */
} myr_batch_info;

/* Allocates everything the batch will ever need; all worlds are reset to key -1. Too little memory is MYR_ERROR with
 * the bytes asked for, or with the number of worlds that fit a GPU; an unknown engine is
 * MYR_UNAVAILABLE. */
myr_status myr_batch_create(const myr_batch_description *description, myr_batch **batch, myr_error *error);
/* Describes the batch that myr_batch_create would make, and allocates nothing. A batch that is too large for a GPU is no
 * error: see fitting_worlds. */
myr_status myr_batch_estimate(const myr_batch_description *description, myr_batch_info *info, myr_error *error);
void myr_batch_destroy(myr_batch *batch);
void myr_batch_describe(const myr_batch *batch, myr_batch_info *info);

/* A world's elements of one field: element e is at data[e * stride]. The span is empty for SCRATCH and for labels that
 * the description calls unread. It is valid until the batch is destroyed. For an engine on a device it is a host copy,
 * which each step with MYR_OBSERVE brings up to date; after other steps, a call of this function does. */
typedef struct myr_span {
  float *data;
  int stride, count;
} myr_span;
myr_span myr_batch_field(myr_batch *batch, int field, int world);

/* Sets one world back to the model's parameters and keyframe key (-1: qpos0 at rest). The caller may then change
 * parameters or state through myr_batch_field, and calls myr_batch_commit for the group before stepping it. */
void myr_batch_reset(myr_batch *batch, int world, int key);
/* Recomputes the derived parameters of the group's worlds. Engine bullet reads the worlds' states here and nowhere
 * else. */
myr_status myr_batch_commit(myr_batch *batch, int group, myr_error *error);

/* Begins episodes[i] in world worlds[i] of the group, for i below count. worlds are any worlds of the group, counted
 * from 0 in the group, none twice; NULL: the first count. For each, the engine draws the episode's values, resets the
 * world, applies the edits and commits it. The draws are written to row worlds[i] of values, which has the shape
 * (worlds of the group, value_count of the description's start). The group's other worlds keep every bit; values that
 * were written to them since their last commit must be committed first. MYR_INVALID while a step of the group is under
 * way, without a start in the description, or for worlds that the group does not have; MYR_STOPPED as for
 * myr_batch_finish. */
myr_status myr_batch_start(myr_batch *batch, int group, const int32_t *worlds, const int64_t *episodes, int count,
                           double *values, myr_error *error);

/* Steps the worlds of one group by substeps timesteps on the calling thread, with flags of enum myr_step_flags.
 * substeps 0 only computes forces and labels. thread, 0 .. threads-1, selects the scratch; calls at the same time need
 * different ones. profile may be NULL. */
myr_status myr_batch_step(myr_batch *batch, int group, int thread, int substeps, unsigned flags, myr_profile *profile,
                          myr_error *error);

/* Begins a step. An engine on a device queues the step, and with MYR_OBSERVE the copy of its results, and returns at
 * once, so that the caller can work on another group meanwhile. Other engines return after the step. Until
 * myr_batch_finish has returned, the caller must not read or write the group's fields or reset its worlds; stepping or
 * committing the group is MYR_INVALID. */
myr_status myr_batch_begin_step(myr_batch *batch, int group, int thread, int substeps, unsigned flags,
                                myr_error *error);

/* Waits for the group's begun step, and for its steps without MYR_OBSERVE, which an engine on a device may only have
 * queued. Returns their error. MYR_STOPPED: the device failed; results that were read before are right. */
myr_status myr_batch_finish(myr_batch *batch, int group, myr_error *error);

/* ------------------------------------------------------------------------------------------------ the oracle */
/* Runs MuJoCo beside Myriad on the same model and states, and measures the differences. Never used for data. */
typedef struct myr_comparison_stage {
  const char *name; /* "positions", "mass_matrix", ... */
  double floor;     /* in the stage's unit: smaller numbers count as this large, because they are rounding errors */
  double largest_absolute; /* over all states compared */
  double
      largest_relative; /* largest absolute error of a state, divided by that state's largest magnitude or the floor */
  double median_relative; /* median over the states of a state's relative error */
  int states;             /* states in which the stage was compared */
} myr_comparison_stage;

enum { MYR_COMPARISON_STAGES = 18, MYR_COMPARISON_DIFFERENCES = 7 };
typedef struct myr_comparison {
  myr_comparison_stage stages[MYR_COMPARISON_STAGES];
  int stage_count;
  int states;                       /* states compared */
  int contacts, unmatched_contacts; /* MuJoCo's contacts; those without a counterpart in Myriad, or the reverse */
  int rows, unmatched_rows;         /* the same two counts, of constraint rows */
  double mean_contacts, mean_rows;
  double dropped_contacts; /* Myriad's, in all states: beyond what a world may hold */
  int trajectory_steps;
  /* Where Myriad parts from MuJoCo on purpose, or not yet follows it, in this model: one sentence each. */
  const char *differences[MYR_COMPARISON_DIFFERENCES];
  int difference_count;
  double trajectory_error; /* median over the states of the largest absolute difference of qpos after trajectory_steps
                              steps from the same state */
} myr_comparison;

typedef struct myr_comparison_description {
  const char *path;       /* a model file */
  const myr_scene *scene; /* or a scene, when path is NULL */
  int states;             /* number; half are reached by simulation, half are chosen because they have many contacts */
  int trajectory_steps;
  int lanes; /* 0: the widest; MYR_LANES_DOUBLE: the double-precision reference */
  uint64_t seed;
} myr_comparison_description;
myr_status myr_compare_mujoco(const myr_comparison_description *description, myr_comparison *result, myr_error *error);

/* ------------------------------------------------------------------------------------------------ two engines */
/* Steps the same worlds with the cpu and another engine, and compares every field of every world in every bit. */
typedef struct myr_engine_comparison_description {
  const myr_model *model;
  const char *against; /* the other engine */
  int worlds, steps;   /* control steps; 0: defaults */
  int lanes;           /* of the cpu; 0: the widest */
  enum myr_world_mapping mapping;
  uint64_t seed; /* of poses and controls */
} myr_engine_comparison_description;

typedef struct myr_engine_difference {
  const char *field;
  int world, step, element;
  float values[2]; /* the cpu's, the other's */
} myr_engine_difference;

typedef struct myr_engine_comparison {
  myr_batch_info sides[2];
  int worlds, steps, substeps; /* steps: those compared, up to the first difference */
  int64_t contacts;            /* of all worlds and steps together */
  bool differs;
  myr_engine_difference first; /* valid if differs */
} myr_engine_comparison;
/* A difference is a result, not an error. */
myr_status myr_compare_engines(const myr_engine_comparison_description *description, myr_engine_comparison *result,
                               myr_error *error);

#ifdef __cplusplus
}
#endif
#endif
