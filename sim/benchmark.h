/* Floor 2, public: the speed of engines, and of MuJoCo beside them. Apart from sim.h, because a result has a number for
 * each stage of a step: a new stage compiles nobody anew who asks for no speed. */
#ifndef MYR_SIM_BENCHMARK_H
#define MYR_SIM_BENCHMARK_H

#include "kernels/stages.h"
#include "sim/sim.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct myr_benchmark_description {
  const myr_model *model; /* for Myriad */
  const char *path;       /* the same model's file for MuJoCo, or NULL */
  const myr_scene *scene; /* or its scene for MuJoCo; both NULL: MuJoCo is not run */
  const char *engine;     /* see myr_engine_find */
  const char *against;    /* another engine to run beside it, or NULL; not with MuJoCo */
  enum myr_world_mapping mapping;
  int worlds, lanes, threads; /* 0: defaults */
  int steps;                  /* per world and round; 0: default */
  int rounds;                 /* the engines take turns this many times; 0: default */
  int key;                    /* keyframe to start from; -1: qpos0 */
  uint64_t seed;              /* of the random controls, the same for both engines */
} myr_benchmark_description;
typedef struct myr_benchmark {
  myr_batch_info batch;
  double steps_per_second;                          /* median over rounds; world steps */
  double mean_contacts, mean_rows, mean_iterations; /* per world step */
  double mean_union_rows;                           /* rows of a tile's lanes together, per tile step */
  double stage_share[MYR_STAGE_COUNT];              /* share of the time */
  double joules_per_million_steps; /* energy of the GPU that steps, or else of all processor packages, in the timed
                                      rounds, including idling and other programs; NAN without a counter */
  bool has_mujoco;
  double mujoco_steps_per_second; /* median over rounds, same threads */
  double mujoco_mean_contacts, mujoco_mean_rows, mujoco_mean_iterations;
  const char *rival;             /* the other engine's kernels; NULL: none was run */
  double rival_steps_per_second; /* as for MuJoCo */
  double rival_mean_contacts, rival_mean_rows, rival_mean_iterations;
  double ratio;                 /* median of the rounds' ratios */
  double ratio_low, ratio_high; /* smallest and largest of the rounds' ratios */
} myr_benchmark;
myr_status myr_benchmark_run(const myr_benchmark_description *description, myr_benchmark *result, myr_error *error);

#ifdef __cplusplus
}
#endif
#endif
