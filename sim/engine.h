/* Floor 2, private: what an engine is. engines.c knows them by name, and batch.c passes every call on to one of them. */
#ifndef MYR_ENGINE_H
#define MYR_ENGINE_H

#include "sim/sim.h"

/* Functions mean what their namesakes in sim.h mean; state is the engine's own. field is not asked for what is hidden,
 * and a group is one that there is. describe and estimate leave the engine's name and traits to batch.c. */
typedef struct myr_engine {
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
  /* NULL: batch.c does it on the host, by the functions above. worlds is given, and all of it is in the group. */
  myr_status (*start)(void *state, int group, const int32_t *worlds, const int64_t *episodes, int count, double *values,
                      myr_error *error);
  /* NULL: a step is done when it returns. */
  myr_status (*finish)(void *state, int group, myr_error *error);
} myr_engine;

/* The engine of a name, or without a name the first whose device answers; traits as of myr_engine_traits_of. */
myr_status myr_engine_choose(const char *name, const myr_engine **engine, const myr_engine_traits **traits,
                             myr_error *error);

/* Each is defined where its flag in engines.def is. */
#define ENGINE(name, in_build, on_device, has_lanes, own_physics) extern const myr_engine myr_##name##_engine;
#include "sim/engines.def"

#endif
