/* Floor 2, private: what an engine is. batch.c picks one of the tables by name and passes every call on. */
#ifndef MYR_ENGINE_H
#define MYR_ENGINE_H

#include "sim/sim.h"

/* Functions mean what their namesakes in sim.h mean; state is the engine's own. field is not asked for what is hidden,
 * and a group is one that there is. */
typedef struct myr_engine {
  const char *name;
  /* Whether this machine has what the engine needs; MYR_UNAVAILABLE says what it looked for. */
  myr_status (*find)(myr_error *error);
  myr_status (*create)(const myr_batch_description *description, void **state, myr_error *error);
  myr_status (*estimate)(const myr_batch_description *description, myr_batch_info *info, myr_error *error);
  void (*destroy)(void *state);
  void (*describe)(const void *state, myr_batch_info *info);
  myr_span (*field)(void *state, int field, int world);
  void (*reset)(void *state, int world, int key);
  myr_status (*commit)(void *state, int group, myr_error *error);
  /* May return before the step is done, with MYR_OBSERVE too, unless there is a profile to fill. */
  myr_status (*step)(void *state, int group, int thread, int substeps, unsigned flags, myr_profile *profile,
                     myr_error *error);
  /* NULL: batch.c does it on the host, by the functions above. Between 1 and all of the group's worlds. */
  myr_status (*start)(void *state, int group, const int64_t *episodes, int count, double *values, myr_error *error);
  /* NULL: a step is done when it returns. */
  myr_status (*finish)(void *state, int group, myr_error *error);
} myr_engine;

extern const myr_engine myr_cpu_engine;
extern const myr_engine myr_cuda_engine;   /* where MYRIAD_HAS_CUDA is defined */
extern const myr_engine myr_bullet_engine; /* where MYRIAD_HAS_BULLET is defined */

#endif
