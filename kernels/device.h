/* Floor 1, public: the worlds of one model on a GPU. What is stepped there is described by kernels.h; this is where its
 * data lie and how they travel. Compiled in only where nvcc is found; device_layout.c always is.
 *
 * One warp steps one world. A world's fields lie in sections by the way they take: what the caller writes before each
 * step, what a step gives back, what changes only when an episode begins. Each section is one array, world after world,
 * with a copy in pinned host memory, so that every transfer of a group of worlds is one copy. Scratch belongs to warps,
 * not to worlds: as much of it as fits lies on the chip, the rest in memory that the caches hold. */
#ifndef MYR_DEVICE_H
#define MYR_DEVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/fields.h"
#include "kernels/gpu.h"
#include "kernels/model.h"
#include "kernels/start.h"
#include "kernels/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------------------------ where fields lie */
enum myr_section {
  MYR_SECTION_INPUT = 0,  /* to the device before every step */
  MYR_SECTION_RESULT,     /* state and labels: back after a step or a start; to the device when worlds are committed */
  MYR_SECTION_PARAMETER,  /* parameters and what follows from them: to the device when worlds are committed; made there
                             when episodes start */
  MYR_SECTION_TRAVELLING, /* so many of these have a copy on the host */
  MYR_SECTION_UNREAD = MYR_SECTION_TRAVELLING, /* labels that nobody will read */
  MYR_SECTION_OF_WORLDS,                       /* so many of these are arrays of worlds; scratch is of warps */
  MYR_SECTION_SHARED = MYR_SECTION_OF_WORLDS,  /* scratch on the chip */
  MYR_SECTION_CACHED,                          /* scratch in device memory */
  MYR_SECTION_COUNT
};

/* Element e of a field of world w lies at [w * elements[section] + offset + e] of the section's array; of a scratch
 * field, warps take the place of worlds. */
typedef struct myr_device_layout {
  int32_t offset[MYR_FIELD_COUNT];
  uint8_t section[MYR_FIELD_COUNT];
  int32_t elements[MYR_SECTION_COUNT];
  int32_t lists_bytes; /* of the lists of a warp, in device memory */
} myr_device_layout;

/* unread: (MYR_FIELD_COUNT) true for labels that stay on the device, or NULL. shared_bytes: how much scratch a warp may
 * have on the chip. Fields go there in the order of how often a step of the solver reads them (device_layout.c), each
 * that still fits. */
void myr_device_layout_compute(const myr_model *model, const bool *unread, size_t shared_bytes,
                               myr_device_layout *layout);

/* Scratch that one warp would like on the chip: all but the lists of contacts and constraints, whose length is that of
 * the worst case while their use is short. */
size_t myr_device_shared_wish(const myr_model *model);

/* ------------------------------------------------------------------------------------------------ the device */
typedef struct myr_device myr_device;

typedef struct myr_device_description {
  const myr_model *model;   /* must outlive the device worlds */
  int groups, group_worlds; /* group g holds worlds g * group_worlds .. ; each group has a stream of its own */
  int worlds;
  const bool *unread;             /* as for myr_device_layout_compute */
  enum myr_world_mapping mapping; /* not CHOSEN */
  const myr_start *start;         /* how episodes start; NULL: none will. Read by create alone, as is the next */
  const float *prototype;         /* (tile_elements) what they start from: a world just reset, with the constants, as
                                     myr_layout_compute lays it out; create alone needs it */
} myr_device_description;

/* Scratch that a warp would have on the chip; 0 where threads step worlds of their own. */
size_t myr_device_chip_bytes(const myr_device_description *description, const myr_device_info *info);

/* Bytes that create will allocate on the device, for a number of worlds: theirs, all warps' scratch, the model. */
size_t myr_device_bytes(const myr_device_description *description, const myr_device_info *info);

/* Allocates all memory; nothing is allocated afterwards. MYR_ERROR when the device refuses. */
myr_status myr_device_create(const myr_device_description *description, const myr_device_info *info,
                             myr_device **device, myr_error *error);
void myr_device_destroy(myr_device *device);

const myr_device_layout *myr_device_layout_of(const myr_device *device);
/* The host's copy of a travelling section: (worlds, elements[section]), pinned. */
float *myr_device_host(myr_device *device, enum myr_section section);

/* The functions below ask for work on a group's worlds, in the order of the calls, and return before it is done. A
 * failure of the device is MYR_STOPPED: what was read before it is right.
 *
 * upload reads the host's copy before it returns if the section is INPUT, and until myr_device_wait otherwise. */
myr_status myr_device_upload(myr_device *device, int group, enum myr_section section, myr_error *error);
myr_status myr_device_download(myr_device *device, int group, enum myr_section section, myr_error *error);
myr_status myr_device_derive(myr_device *device, int group, myr_error *error);
myr_status myr_device_step(myr_device *device, int group, int substeps, unsigned flags, myr_error *error);
/* Begins episodes[i] in the group's world worlds[i], for i below count, at least 1: draws into myr_device_values,
 * writes RESULT and PARAMETER on the device, and derives; other worlds stay. The values come back, the sections do not.
 * Inputs are the caller's to write. */
myr_status myr_device_start(myr_device *device, int group, const int32_t *worlds, const int64_t *episodes, int count,
                            myr_error *error);
/* The draws of a group's worlds, (its worlds, value_count), pinned; to be read after myr_device_wait. */
const double *myr_device_values(const myr_device *device, int group);
/* Returns when all that was asked for of the group is done. */
myr_status myr_device_wait(myr_device *device, int group, myr_error *error);

#ifdef __cplusplus
}
#endif
#endif
