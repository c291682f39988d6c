/* Floor 1, public: the worlds of one model on a GPU: the places of their data, copies and launches. kernels.h describes
 * models and worlds. This is compiled in only where nvcc is found; device_layout.c always is.
 *
 * One warp steps one world. A world's fields lie in sections, by the time at which they are copied: inputs before each
 * step, results after it, parameters when an episode begins. Each section is one array, world after world, with a copy
 * in pinned host memory, so that every transfer of a group of worlds is one copy. Scratch belongs to warps, not to
 * worlds. As much of it as fits lies in shared memory on the chip, the rest in device memory that the caches hold. */
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

/* ------------------------------------------------------------------------------------------------ places of fields */
enum myr_section {
  MYR_SECTION_INPUT = 0,  /* copied to the device before every step */
  MYR_SECTION_RESULT,     /* state and labels: copied back after a step or a start, and to the device at a commit */
  MYR_SECTION_PARAMETER,  /* parameters and derived fields: copied to the device at a commit; a start computes them
                             there */
  MYR_SECTION_TRAVELLING, /* number of sections with a copy on the host */
  MYR_SECTION_UNREAD = MYR_SECTION_TRAVELLING, /* labels that nobody will read */
  MYR_SECTION_OF_WORLDS,                       /* number of sections with a row for each world, not for each warp */
  MYR_SECTION_SHARED = MYR_SECTION_OF_WORLDS,  /* scratch on the chip */
  MYR_SECTION_CACHED,                          /* scratch in device memory */
  MYR_SECTION_COUNT
};

/* Element e of a field of world w lies at [w * elements[section] + offset + e] of the section's array. For a scratch
 * field, w is the number of the warp. */
typedef struct myr_device_layout {
  int32_t offset[MYR_FIELD_COUNT];
  uint8_t section[MYR_FIELD_COUNT];
  int32_t elements[MYR_SECTION_COUNT];
  int32_t lists_bytes; /* of the lists of a warp, in device memory */
} myr_device_layout;

/* The model as one world on a GPU needs it: its lists and fields have room for the contacts that a world keeps, and not for
 * those of all pairs at once. The arrays are the model's own. */
myr_model myr_device_model(const myr_model *model);

/* unread: (MYR_FIELD_COUNT) true for labels that stay on the device, or NULL. shared_bytes: the most scratch of a warp
 * on the chip. The fields that a step of the solver reads most often are placed there first (device_layout.c); a field
 * that no longer fits goes to device memory. */
void myr_device_layout_compute(const myr_model *model, const bool *unread, size_t shared_bytes,
                               myr_device_layout *layout);

/* The most scratch of one warp that can be on the chip: all but the lists of contacts and constraints. Those are as
 * long as the worst case needs, but a step usually uses only a small part of them. */
size_t myr_device_shared_wish(const myr_model *model);

/* ------------------------------------------------------------------------------------------------ the device */
typedef struct myr_device myr_device;

typedef struct myr_device_description {
  const myr_model *model;   /* must outlive the device worlds */
  int groups, group_worlds; /* group g holds worlds g * group_worlds .. ; each group has a stream of its own */
  int worlds;
  const bool *unread;             /* as for myr_device_layout_compute */
  enum myr_world_mapping mapping; /* not CHOSEN */
  const myr_start *start;         /* NULL: no episode will start. Only create reads it */
  const float *prototype;         /* (tile_elements) a world just reset, with the start's constants, in the layout of
                                     myr_layout_compute. Only create reads it */
} myr_device_description;

/* Bytes of scratch that a warp will have on the chip; 0 if each thread steps a world of its own. */
size_t myr_device_chip_bytes(const myr_device_description *description, const myr_device_info *info);

/* Bytes that create will allocate on the device: for the worlds, all warps' scratch and the model. */
size_t myr_device_bytes(const myr_device_description *description, const myr_device_info *info);

/* Allocates all memory; nothing is allocated afterwards. MYR_ERROR when the device refuses. */
myr_status myr_device_create(const myr_device_description *description, const myr_device_info *info,
                             myr_device **device, myr_error *error);
void myr_device_destroy(myr_device *device);

const myr_device_layout *myr_device_layout_of(const myr_device *device);
/* The host's copy of a travelling section: (worlds, elements[section]), pinned. */
float *myr_device_host(myr_device *device, enum myr_section section);

/* The functions below queue work on a group's worlds, in the order of the calls, and return before it is done. A
 * failure of the device is MYR_STOPPED; results that were read before are right.
 *
 * upload of INPUT has read the host's copy when it returns; upload of other sections reads it until myr_device_wait. */
myr_status myr_device_upload(myr_device *device, int group, enum myr_section section, myr_error *error);
myr_status myr_device_download(myr_device *device, int group, enum myr_section section, myr_error *error);
myr_status myr_device_derive(myr_device *device, int group, myr_error *error);
myr_status myr_device_step(myr_device *device, int group, int substeps, unsigned flags, myr_error *error);
/* Begins episodes[i] in the group's world worlds[i], for i below count, which is at least 1. It draws into
 * myr_device_values, writes RESULT and PARAMETER on the device, and derives; other worlds do not change. It copies the
 * values to the host, but not the sections. The caller writes the inputs. */
myr_status myr_device_start(myr_device *device, int group, const int32_t *worlds, const int64_t *episodes, int count,
                            myr_error *error);
/* The draws of a group's worlds, (its worlds, value_count), pinned; valid after myr_device_wait. */
const double *myr_device_values(const myr_device *device, int group);
/* Returns when all queued work of the group is done. */
myr_status myr_device_wait(myr_device *device, int group, myr_error *error);

#ifdef __cplusplus
}
#endif
#endif
