/* Where a world's fields lie on a GPU, and which scratch lies on its chip. */
#define LANES 1
#include <string.h>

#include "kernels/device.h"
#include "kernels/step/lists.h"

/* Scratch by the stage that computes it, in the order in which it deserves a place on the chip: the solver's loop reads
 * its own vectors and factors over and over, the mass matrix once per iteration; positions are read by later stages. */
static const char *const dearest_first[] = {"solve",        "inertia",    "velocity", "actuation",
                                            "acceleration", "kinematics", "derive"};
enum { RANKS = sizeof dearest_first / sizeof *dearest_first };

/* Fields as long as the longest lists of contacts or constraints that a model can have. */
static int is_list(const myr_field_info *info) {
  return !strcmp(info->stage, "collide") || !strcmp(info->stage, "constraint");
}

static int is_solver_list(enum myr_field field) {
  switch (field) {
  case MYR_FIELD_block_residual:
  case MYR_FIELD_block_change:
  case MYR_FIELD_block_force:
  case MYR_FIELD_block_weight: return 1;
  default: return 0;
  }
}

static int stays_in_memory(enum myr_field field) { return is_list(&myr_field_infos[field]) || is_solver_list(field); }

static void place(myr_device_layout *layout, enum myr_field field, enum myr_section section, int64_t count) {
  layout->section[field] = (uint8_t)section;
  layout->offset[field] = layout->elements[section];
  layout->elements[section] += (int32_t)count;
}

static void place_scratch(const myr_layout *counts, size_t shared_bytes, myr_device_layout *layout) {
  for (int rank = 0; rank < RANKS; rank++)
    for (int field = 0; field < MYR_FIELD_COUNT; field++) {
      const myr_field_info *info = &myr_field_infos[field];
      if (info->kind != MYR_KIND_SCRATCH || stays_in_memory(field) || strcmp(info->stage, dearest_first[rank]))
        continue;
      size_t end = ((size_t)layout->elements[MYR_SECTION_SHARED] + (size_t)counts->count[field]) * sizeof(float);
      place(layout, field, end <= shared_bytes ? MYR_SECTION_SHARED : MYR_SECTION_CACHED, counts->count[field]);
    }
  for (int field = 0; field < MYR_FIELD_COUNT; field++)
    if (myr_field_infos[field].kind == MYR_KIND_SCRATCH && stays_in_memory(field))
      place(layout, field, MYR_SECTION_CACHED, counts->count[field]);
}

static enum myr_section section_of_kind(int kind) {
  switch (kind) {
  case MYR_KIND_INPUT: return MYR_SECTION_INPUT;
  case MYR_KIND_PARAMETER:
  case MYR_KIND_DERIVED: return MYR_SECTION_PARAMETER;
  default: return MYR_SECTION_RESULT;
  }
}

void myr_device_layout_compute(const myr_model *model, const bool *unread, size_t shared_bytes,
                               myr_device_layout *layout) {
  myr_layout counts;
  myr_layout_compute(model, &counts);
  memset(layout, 0, sizeof *layout);
  for (int field = 0; field < MYR_FIELD_COUNT; field++) {
    int kind = myr_field_infos[field].kind;
    if (kind == MYR_KIND_SCRATCH) continue;
    bool stays = unread && unread[field] && kind == MYR_KIND_LABEL;
    place(layout, field, stays ? MYR_SECTION_UNREAD : section_of_kind(kind), counts.count[field]);
  }
  place_scratch(&counts, shared_bytes, layout);
  layout->lists_bytes = (int32_t)lists_bytes(model->nv, model->npair, model->nslot, model->nblock);
}

size_t myr_device_shared_wish(const myr_model *model) {
  myr_device_layout all;
  myr_device_layout_compute(model, NULL, SIZE_MAX, &all);
  return (size_t)all.elements[MYR_SECTION_SHARED] * sizeof(float);
}
