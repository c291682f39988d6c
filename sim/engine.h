/* Floor 2, private: the table of functions of an engine. engines.c finds engines by name; batch.c calls them. */
#ifndef MYR_ENGINE_H
#define MYR_ENGINE_H

#include "sim/sim.h"

/* Each function does the work of its namesake in sim.h, on the engine's own state. batch.c has checked the arguments:
 * field never gets a hidden field, and every group exists. batch.c fills the name and traits after describe and
 * estimate. */
typedef struct myr_engine {
  /* Whether this machine can run the engine; MYR_UNAVAILABLE names the missing thing. */
  myr_status (*find)(myr_error *error);
  myr_status (*create)(const myr_batch_description *description, void **state, myr_error *error);
  myr_status (*estimate)(const myr_batch_description *description, myr_batch_info *info, myr_error *error);
  void (*destroy)(void *state);
  void (*describe)(const void *state, myr_batch_info *info);
  myr_span (*field)(void *state, int field, int world);
  void (*reset)(void *state, int world, int key);
  myr_status (*commit)(void *state, int group, myr_error *error);
  /* May return before the step is done, even with MYR_OBSERVE, unless there is a profile to fill. */
  myr_status (*step)(void *state, int group, int thread, int substeps, unsigned flags, myr_profile *profile,
                     myr_error *error);
  /* NULL: batch.c starts worlds on the host with the functions above. worlds is not NULL, and all are in the group. */
  myr_status (*start)(void *state, int group, const int32_t *worlds, const int64_t *episodes, int count, double *values,
                      myr_error *error);
  /* NULL: step returns only after the step is done. */
  myr_status (*finish)(void *state, int group, myr_error *error);
} myr_engine;

/* The engine that myr_engine_find names, with its traits. */
myr_status myr_engine_choose(const char *name, const myr_engine **engine, const myr_engine_traits **traits,
                             myr_error *error);

/* An engine is defined only if its flag in engines.def is. */
#define ENGINE(name, in_build, on_device, has_lanes, own_physics) extern const myr_engine myr_##name##_engine;
#include "sim/engines.def"

#endif
