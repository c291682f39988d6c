/* The arguments of a GPU's kernels, and the binding of a world's fields. Both mappings share them. */
#ifndef MYR_DEVICE_WORLD_H
#define MYR_DEVICE_WORLD_H

#include "kernels/device.h"
#include "kernels/step/lists.h"

typedef struct device_launch {
  constants model; /* its arrays lie in device memory */
  myr_device_layout layout;
  float *section[MYR_SECTION_OF_WORLDS]; /* each begins at the group's first world */
  char *scratch;        /* in device memory: the warps' lists and cached fields, one warp after the other */
  size_t scratch_bytes; /* of one warp */
  int worlds;           /* of the group, or of the list */
  const int32_t *list;  /* (worlds) the only worlds that the kernel works on, counted in the group; NULL: all */
  int substeps;
  unsigned flags; /* enum myr_step_flags */
} device_launch;

/* f->lists must point to a struct. own: on-chip scratch; cached: the warp's part of device_launch.scratch. */
KERNEL void bind_scratch(const device_launch *launch, float *own, char *cached, fields *f) {
  const myr_device_layout *layout = &launch->layout;
  float *cached_fields = (float *)(cached + myr_whole_cache_lines((size_t)layout->lists_bytes));
#define SCRATCH_FIELD(name, element, width, unit, stage, doc)                                 \
  f->name = (layout->section[MYR_FIELD_##name] == MYR_SECTION_SHARED ? own : cached_fields) + \
            layout->offset[MYR_FIELD_##name];
#include "kernels/fields.def"
  place_lists(f->lists, &launch->model, cached);
}

KERNEL void bind_world(const device_launch *launch, int index, fields *f) {
  const int world = launch->list ? launch->list[index] : index;
  const myr_device_layout *layout = &launch->layout;
  float *section[MYR_SECTION_OF_WORLDS];
  for (int s = 0; s < MYR_SECTION_OF_WORLDS; s++)
    section[s] = launch->section[s] + (size_t)world * (size_t)layout->elements[s];
#define FIELD(name, element, width, unit, kind, stage, start, doc) \
  f->name = section[layout->section[MYR_FIELD_##name]] + layout->offset[MYR_FIELD_##name];
#define SCRATCH_FIELD(name, element, width, unit, stage, doc)
#include "kernels/fields.def"
}

/* A warp's on-chip memory begins with the struct of its fields and the struct of its lists. */
#define WARP_HEAD_BYTES myr_whole_cache_lines(sizeof(fields) + sizeof(tile_lists))

#endif
