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
  double settle_seconds;      /* simulated between the first phase and the settled one; 0: no settled phase */
  int rounds;                 /* the engines take turns this many times; 0: default */
  int key;                    /* keyframe to start from; -1: qpos0 */
  uint64_t seed;              /* of the starts and the random controls, the same for both engines */
} myr_benchmark_description;

/* One side of a benchmark in one phase. */
typedef struct myr_benchmark_side {
  double steps_per_second;                          /* median over rounds; world steps */
  double mean_contacts, mean_rows, mean_iterations; /* per world step */
} myr_benchmark_side;
typedef struct myr_benchmark_phase {
  myr_benchmark_side own, other;       /* other: MuJoCo or the other engine, with the same threads; 0 without */
  double mean_dropped_contacts;        /* per world step: beyond what a world may hold */
  double mean_union_rows;              /* rows of a tile's lanes together, per tile step */
  double stage_share[MYR_STAGE_COUNT]; /* share of the time */
  double joules_per_million_steps;     /* energy of the GPU that steps, or else of all processor packages, in the timed
                                          rounds, including idling and other programs; NAN without a counter */
  double ratio;                        /* median of the rounds' ratios */
  double ratio_low, ratio_high;        /* smallest and largest of the rounds' ratios */
} myr_benchmark_phase;
typedef struct myr_benchmark {
  myr_batch_info batch;
  bool has_mujoco;   /* the other side is MuJoCo */
  const char *rival; /* the other engine's kernels; NULL: none was run */
  /* In the first phase every round begins with the workload's start. In the settled one the worlds go on, from
   * settle_seconds after the end of a round of the first. */
  myr_benchmark_phase first, settled;
  bool has_settled;
} myr_benchmark;
myr_status myr_benchmark_run(const myr_benchmark_description *description, myr_benchmark *result, myr_error *error);

#ifdef __cplusplus
}
#endif
#endif
