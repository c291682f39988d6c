/* Floor 4, public: the scenario language and its runtime. This floor knows nothing of HDF5 or of command lines.
 *
 *   A. The document.  scenario.yaml ──► myr_scenario: checked, defaults filled, in SI; or a list of errors.
 *   B. The runtime.   myr_plan binds a scenario to a model: the draws of every episode, the start of a world, its
 *                     controllers and events, the judgement of its state, and its look.
 *
 *   myr_diagnostics diagnostics = {0};
 *   if (myr_scenario_load(path, NULL, 0, &scenario, &diagnostics)) { myr_diagnostics_print(&diagnostics, stderr); ... }
 *   if (myr_plan_create(scenario, seed, &plan, &diagnostics)) ...
 *   const myr_plan_info *info = myr_plan_describe(plan);          model, steps, draws, entities
 *   for episodes in any order, in the worlds of any group of a batch of info->model and info->start:
 *     myr_plan_begin(plan, batch, group, worlds, episodes, count, values, states, &error);
 *     myr_plan_look_values(plan, values, look_values);                  if info->look is not NULL: see render/render.h
 *     for (step = 0;; step++) {
 *       myr_plan_control(plan, batch, world, &state, step, actions);
 *       myr_batch_step(batch, group, thread, info->substeps, MYR_OBSERVE, ...);
 *       myr_plan_judge(plan, batch, world, &state, step, &judgement);   of the state at the beginning of this step
 *       if (judgement.terminated || judgement.truncated) break;         after `step` actions; this one does not count
 *       if (myr_plan_diverged(batch, world)) break;   after step + 1 actions
 *     }
 *
 * Nothing in part B allocates, looks up a name or touches a string after myr_plan_create; a plan is immutable, so
 * threads may share it. */
#ifndef MYR_SCENARIOS_H
#define MYR_SCENARIOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "kernels/status.h"
#include "render/render.h"
#include "sim/sim.h"

/* ================================================================================================ A. the document */

/* One error, warning or notice. Strings belong to the list. */
typedef struct myr_diagnostic {
  bool warning;        /* the scenario may run, but probably not as it was meant */
  bool notice;         /* something in a file has no effect, and all else is right */
  bool of_looks;       /* of a notice: it matters only where pictures are drawn */
  const char *file;    /* the path as given, or "--set" for an override; a model's file */
  int line, column;    /* from 1, the column in characters; 0 when the file as a whole is meant */
  const char *message; /* one line */
  const char *hint;    /* the remedy, or NULL */
  const char *source;  /* the source line, shortened around the column when long; or NULL */
  int caret;           /* column of the caret in `source`, from 1 */
} myr_diagnostic;

/* All errors found, sorted by file, line and column. Zero-initialise it. At most 100 are kept; omitted counts the
 * rest. */
typedef struct myr_diagnostics {
  myr_diagnostic *items;
  int count, omitted;
  int64_t capacity;
} myr_diagnostics;

/* Prints errors as compilers do: `file:line:column: error: message`, the line, a caret, a hint; `warning` for a warning. */
void myr_diagnostics_print(const myr_diagnostics *diagnostics, FILE *stream);
/* Prints one JSON object for each, on a line: {"file", "line", "column", "severity", "message", "hint", "source"}; the
 * severity is "error", "warning" or "notice". */
void myr_diagnostics_print_json(const myr_diagnostics *diagnostics, FILE *stream);
void myr_diagnostics_free(myr_diagnostics *diagnostics);
/* Adds the findings of a model's files, with their lines. Each finding comes in once. `model` is the file
 * of those that name none. */
void myr_diagnostics_add_findings(myr_diagnostics *diagnostics, const myr_findings *findings, const char *model);

/* Edits that turn one word into the other: characters inserted, deleted or changed, and neighbours swapped (the optimal
 * string alignment distance). INT_MAX where a word has more than MYR_EDIT_LENGTH characters. */
enum { MYR_EDIT_LENGTH = 64 };
int myr_edit_distance(const char *a, const char *b);

typedef struct myr_scenario myr_scenario;

/* Reads and checks one scenario. overrides: "path=value" as for --set, such as "duration=2 s" or
 * "events.push.at={uniform: [0, 1]}"; the value is YAML. On failure *scenario is NULL and diagnostics lists every
 * error. The status is MYR_IO when the scenario itself cannot be read, else MYR_INVALID. */
myr_status myr_scenario_load(const char *path, const char *const *overrides, int override_count,
                             myr_scenario **scenario, myr_diagnostics *diagnostics);
void myr_scenario_free(myr_scenario *scenario);

/* The words of `record`. */
enum myr_record {
  MYR_RECORD_JOINTS = 1 << 0,   /* positions and velocities of every joint as observations; controls */
  MYR_RECORD_ROOT = 1 << 1,     /* pose and velocity of every entity's root body as privileged observations */
  MYR_RECORD_CONTACTS = 1 << 2, /* points, normals and forces of contacts */
  MYR_RECORD_ENERGY = 1 << 3,   /* kinetic and potential energy */
  MYR_RECORD_BODIES = 1 << 4,   /* pose of every body */
  MYR_RECORD_NEXT_OBS = 1 << 5, /* every observation once more, of the next row */
  MYR_RECORD_SENSORS = 1 << 6,  /* the sensors that model files name */
};

typedef struct myr_scenario_info {
  const char *path; /* as given */
  const char *name;
  int64_t episodes;                            /* at least 1 */
  double duration;                             /* s */
  double timestep;                             /* s */
  double control_period;                       /* s, a whole number of timesteps */
  int substeps;                                /* timesteps in a control step */
  int control_steps;                           /* control steps in an episode */
  uint64_t seed;                               /* the scenario's own; a command line may choose another */
  unsigned record;                             /* enum myr_record bits */
  bool has_success, has_terminate, has_reward; /* whether the scenario gives them */
  const char *resolved; /* the canonical form: YAML, defaults filled, SI, asset hashes; a valid scenario itself */
  /* XXH3-64 of the canonical form without its lines `episodes` and `seed`, because these two choose episodes but do not
   * change an episode. Equal hash, seed, episode index and version give equal bytes. */
  uint64_t identity;
} myr_scenario_info;
const myr_scenario_info *myr_scenario_describe(const myr_scenario *scenario);
/* Writes myr_scenario_info.resolved. */
void myr_scenario_print_resolved(const myr_scenario *scenario, FILE *stream);

/* Print the JSON Schema (draft-07) of the language, for editors, and its reference as Markdown. Both come from the
 * table that the reader uses. */
void myr_schema_print(FILE *stream);
void myr_schema_print_reference(FILE *stream);

/* ================================================================================================ B. the runtime */

typedef struct myr_plan myr_plan;

/* One parameter that the scenario draws: count values, at values[offset] of myr_plan_draw. Constants are not listed. */
typedef struct myr_draw_info {
  const char *path;         /* "events.push.at", "randomize.robot.body.mass"; its random numbers depend on this name */
  const char *unit;         /* SI: "s", "1", "N s" */
  const char *distribution; /* canonical text: "{uniform: [0.5, 1.5]}" */
  const char *const *elements; /* (count) the owner of each value: "robot.torso" or "x"; NULL when count is 1 */
  int offset, count;
} myr_draw_info;

/* The place of one entity in the model. Ranges are contiguous; start is -1 if count is 0. */
typedef struct myr_entity_info {
  const char *name;
  bool ground;   /* a plane: one geom, nothing else */
  bool floating; /* its root body has a free joint */
  int root_body; /* first body; 0 for a ground */
  int body_start, body_count, joint_start, joint_count, qpos_start, qpos_count, dof_start, dof_count;
  int geom_start, geom_count, actuator_start, actuator_count, sensor_start, sensor_count;
  double start_height; /* m: of the root body in its start keyframe, before lift */
} myr_entity_info;

typedef struct myr_plan_info {
  const myr_scenario *scenario;
  const myr_model *model;        /* of the whole scene; lives as long as the plan */
  const myr_scene *scene;        /* the model's entities, for engines that read files themselves; lives like model */
  const struct myr_start *start; /* for the description of a batch; lives like model */
  uint64_t seed;
  int control_steps;               /* of a full episode */
  int substeps;                    /* timesteps in a control step */
  double timestep, control_period; /* s */
  int value_count;                 /* values one episode draws */
  int draw_count;
  const myr_draw_info *draws; /* (draw_count) */
  int entity_count;
  const myr_entity_info *entities; /* (entity_count) in the scenario's order */
  /* ctrl = action_center + action_scale * action. A limited actuator's range is [-1, 1]; one without limits has
   * centre 0 and as scale the largest control of its keyframes, at least 1, and is clamped to it. */
  const double *action_center, *action_scale; /* (nu) */
  /* The look that the scenario's cameras and sensors see. Its cameras are first those of `cameras`, then those of
   * `sensors`, in the scenario's order. NULL when the scenario has neither and myr_plan_require_look was not called.
   * Lives as long as the plan. */
  const myr_look *look;
  const myr_diagnostics
      *notices; /* parts of the scenario and its models that have no effect; lives as long as the plan */
} myr_plan_info;

/* Builds the scene's model and binds every name in the scenario to it. scenario must outlive the plan. Errors point
 * at the scenario's lines. On success diagnostics may hold warnings: keyframes outside their ranges, and what
 * cannot happen within an episode. */
myr_status myr_plan_create(const myr_scenario *scenario, uint64_t seed, myr_plan **plan, myr_diagnostics *diagnostics);
void myr_plan_destroy(myr_plan *plan);
/* Computes the contacts at the start of the first MYR_PLAN_STARTS episodes, on one lane of the cpu, and adds a warning for
 * pairs of geoms that overlap by more than MYR_PLAN_OVERLAP, or than half of what the smaller geom measures from its middle
 * to its nearest side. The errors are those of myr_batch_create and myr_plan_begin. */
enum { MYR_PLAN_STARTS = 4 };
#define MYR_PLAN_OVERLAP 0.01 /* m */
myr_status myr_plan_check_starts(const myr_plan *plan, myr_diagnostics *diagnostics, myr_error *error);
const myr_plan_info *myr_plan_describe(const myr_plan *plan);

/* All draws of one episode into values (value_count): a pure function of (scenario, seed, episode). */
void myr_plan_draw(const myr_plan *plan, int64_t episode, double *values);

/* A number for the runner of an episode, for example to choose an engine: uniform in [0, 1), keyed by seed and path
 * like every draw, so that it changes no other draw. */
double myr_plan_number(const myr_plan *plan, const char *path, int64_t episode);

/* Writes the look of one episode into look_values (value_count of myr_look_describe): the defaults of
 * myr_plan_info.look, which must not be NULL, changed by this episode's draws. A pure function of the draws. */
void myr_plan_look_values(const myr_plan *plan, const double *values, float *look_values);

/* Makes myr_plan_info.look also for a scenario without cameras and sensors, so that any scenario can be drawn. Its
 * cameras are then those of the model files, or one called "overview". Call it before threads share the plan. The
 * errors are those of myr_look_create. */
myr_status myr_plan_require_look(myr_plan *plan, myr_error *error);

/* The history of one world's episode so far. myr_plan_states makes it and myr_plan_begin sets it; it may be read
 * between steps. */
typedef struct myr_episode_state {
  int64_t episode;
  const double *values; /* as given to myr_plan_begin; must live as long as the episode */
  /* (entity_count) s: first contact of the entity with a ground, not counting its feet; -1 before */
  double *first_nonfoot_contact_time;
  double *fall_time; /* (entity_count) s: first time the floating entity was fallen; -1 */
  double *captured;  /* private: joint state at the beginning of the control step */
  double *memory;    /* private: since when the conditions of `ever` and `held` hold, s; -1 */
} myr_episode_state;

/* Allocates the states of `worlds` worlds in one block; the caller frees it with free(). NULL: too little memory. */
myr_episode_state *myr_plan_states(const myr_plan *plan, int worlds);

/* Begins episodes[i] in world worlds[i] of a group (NULL: the first count), as myr_batch_start does; the worlds can
 * then be stepped. The batch's description must have myr_plan_info.start. Fills rows worlds[i] of values (worlds of the
 * group, value_count) and states (worlds of the group); both must live as long as the episodes. The errors are those of
 * myr_batch_start. */
myr_status myr_plan_begin(const myr_plan *plan, myr_batch *batch, int group, const int32_t *worlds,
                          const int64_t *episodes, int count, double *values, myr_episode_state *states,
                          myr_error *error);

/* Call it before control step `step`. It writes ctrl and xfrc_applied of the coming control period, and the normalized
 * action of every actuator into actions (nu; NULL if not wanted). */
void myr_plan_control(const myr_plan *plan, myr_batch *batch, int world, myr_episode_state *state, int step,
                      float *actions);

enum myr_reason { MYR_REASON_NONE = 0, MYR_REASON_TIMEOUT, MYR_REASON_TERMINATE, MYR_REASON_DIVERGED };

/* fallen, for a floating entity: its up axis (the axis that points up in the model's zero pose) leans more than 60
 * degrees, or its root is lower than half its start height. */
typedef struct myr_judgement {
  double time; /* s, of the state that is judged */
  float reward;
  bool success;           /* the success expression holds; false when there is none */
  bool terminated;        /* the terminate expression holds, or the world diverged */
  bool truncated;         /* the state after the last action of a full episode, and not terminated */
  bool fallen;            /* any floating entity is fallen */
  enum myr_reason reason; /* of the episode's end, if it ends here */
} myr_judgement;

/* Call it after control step `step` with MYR_OBSERVE. It judges the state at the beginning of that step, at time = step
 * * control_period, because labels describe that state. The state follows action step - 1, so the judgement belongs to
 * that action, and an episode's success is that of its last judgement. Judge every state once, in order, also the one at
 * the start: it ends nothing, because no action has led to it. For the state after the last action of a full episode take
 * a step of 0 substeps, with step = control_steps. */
void myr_plan_judge(const myr_plan *plan, myr_batch *batch, int world, myr_episode_state *state, int step,
                    myr_judgement *judgement);

/* After the same step: whether the world diverged in it. */
bool myr_plan_diverged(myr_batch *batch, int world);
/* The judgement of action `step`, in which the world diverged: the episode is terminated, without success or reward. It
 * also ends an episode of which a label or a reward is infinite, although the world's own numbers are not. */
void myr_plan_divergence(const myr_plan *plan, int step, myr_judgement *judgement);

/* "timeout", "diverged", "terminate: height(robot.torso) < 0.5 m", ... */
const char *myr_plan_reason(const myr_plan *plan, enum myr_reason reason);

#endif
