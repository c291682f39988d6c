/* Floor 1, public: the table of functions that steps a tile of worlds, one table per vector width. This header does not
 * include the lists of a model's arrays and a world's fields, so code that only passes models on does not depend on
 * them. */
#ifndef MYR_TABLE_H
#define MYR_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct myr_model;
struct myr_inspection;
typedef struct myr_profile myr_profile; /* stages.h */

/* How a GPU maps worlds to its threads. */
enum myr_world_mapping {
  MYR_WORLDS_CHOSEN = 0,
  MYR_WORLDS_BY_WARP,   /* 32 threads step one world together */
  MYR_WORLDS_BY_THREAD, /* each thread steps a world of its own */
};

enum myr_step_flags {
  MYR_OBSERVE = 1, /* write the labels, from the state at the beginning of the control step */
};

typedef struct myr_kernels {
  const char *name; /* "avx512", "avx2", "neon", "plain", "double" */
  int lanes;        /* worlds in a tile */
  int scalar_bytes; /* 4, or 8 for the reference build */
  size_t (*tile_bytes)(const struct myr_model *model);
  size_t (*scratch_bytes)(const struct myr_model *model);
  /* The model in this table's precision. */
  myr_status (*constants_create)(const struct myr_model *model, void **constants, myr_error *error);
  void (*constants_destroy)(void *constants);
  /* Sets one lane to the model's parameters and keyframe key (-1: qpos0 at rest). Inputs become zero, except the
   * keyframe's controls. derive() must run before the next step. */
  void (*reset)(const void *constants, void *tile, int lane, int key);
  /* Computes the DERIVED fields of all lanes from their parameters. */
  void (*derive)(const void *constants, void *tile, void *scratch);
  /* Advances all lanes by substeps timesteps; with 0 it only computes forces and labels of the present state.
   * flags: enum myr_step_flags. profile may be NULL. */
  void (*control_step)(const void *constants, void *tile, void *scratch, int substeps, unsigned flags,
                       myr_profile *profile);
  /* For engines with inertia, contacts, constraints and integration of their own. Computes qfrc_smooth of springs,
   * dampers, actuators and applied forces, with qfrc_bias zero; with MYR_OBSERVE also the labels of bodies' poses and
   * energy. */
  void (*smooth_forces)(const void *constants, void *tile, void *scratch, unsigned flags);
  /* After smooth_forces, advances the activations and the delay lines by one timestep. */
  void (*integrate_activations)(const void *constants, void *tile, void *scratch);
  /* Call after control_step with the same scratch. Lists the rows and contacts of one lane's last forward pass. */
  void (*inspect)(const void *constants, const void *tile, const void *scratch, int lane, struct myr_inspection *out);
} myr_kernels;

/* lanes 0: the widest this machine runs; 1, 4, 8 or 16: that width, MYR_UNAVAILABLE if it is not compiled in or the
 * processor lacks it; MYR_LANES_DOUBLE: the double-precision reference. */
#define MYR_LANES_DOUBLE (-1)
myr_status myr_kernels_find(int lanes, const myr_kernels **kernels, myr_error *error);

#ifdef __cplusplus
}
#endif
#endif
