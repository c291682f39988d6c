/* The places of a world's fields on a GPU, and the choice of scratch that lies on the chip. */
#define LANES 1
#include <string.h>

#include "kernels/device.h"
#include "kernels/scratch_use.h"
#include "kernels/step/lists.h"

/* Scratch is placed on the chip in this order of the stages that compute it. The solver's loop reads its own vectors
 * and factors many times, and the mass matrix once per iteration; only later stages read positions. */
static const enum myr_stage dearest_first[] = {MYR_STAGE_solve,     MYR_STAGE_inertia,      MYR_STAGE_velocity,
                                               MYR_STAGE_actuation, MYR_STAGE_acceleration, MYR_STAGE_kinematics,
                                               MYR_STAGE_derive};
enum { RANKS = sizeof dearest_first / sizeof *dearest_first };

/* Whether a field is as long as the longest list of contacts or constraints that the model can have, or belongs to the
 * stages of an integrator or to sensors, which read it a few times in a step. Such fields stay in device memory, but those of the solver
 * only if they have several numbers for each block. */
static int stays_in_memory(const myr_model *model, const myr_layout *counts, enum myr_field field) {
  const myr_field_info *info = &myr_field_infos[field];
  return info->stage == MYR_STAGE_collide || info->stage == MYR_STAGE_constraint ||
         info->stage == MYR_STAGE_integrate || info->stage == MYR_STAGE_observe ||
         (info->element == MYR_ELEMENT_block && counts->count[field] > model->nblock);
}

static void place(myr_device_layout *layout, enum myr_field field, enum myr_section section, int64_t count) {
  layout->section[field] = (uint8_t)section;
  layout->offset[field] = layout->elements[section];
  layout->elements[section] += (int32_t)count;
}

static void place_scratch(const myr_model *model, const myr_layout *counts, size_t shared_bytes,
                          myr_device_layout *layout) {
  for (int rank = 0; rank < RANKS; rank++)
    for (int field = 0; field < MYR_FIELD_COUNT; field++) {
      const myr_field_info *info = &myr_field_infos[field];
      if (info->kind != MYR_KIND_SCRATCH || stays_in_memory(model, counts, field) ||
          info->stage != (int)dearest_first[rank])
        continue;
      size_t end = ((size_t)layout->elements[MYR_SECTION_SHARED] + (size_t)counts->count[field]) * sizeof(float);
      place(layout, field, end <= shared_bytes ? MYR_SECTION_SHARED : MYR_SECTION_CACHED, counts->count[field]);
    }
  for (int field = 0; field < MYR_FIELD_COUNT; field++)
    if (myr_field_infos[field].kind == MYR_KIND_SCRATCH && stays_in_memory(model, counts, field))
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

myr_model myr_device_model(const myr_model *model) {
  myr_model bounded = *model;
  myr_bound_blocks(model, 1, &bounded.nblock, &bounded.njacobian);
  return bounded;
}

void myr_device_layout_compute(const myr_model *all, const bool *unread, size_t shared_bytes,
                               myr_device_layout *layout) {
  const myr_model bounded = myr_device_model(all), *model = &bounded;
  myr_layout counts;
  myr_layout_compute(model, &counts);
  memset(layout, 0, sizeof *layout);
  for (int field = 0; field < MYR_FIELD_COUNT; field++) {
    int kind = myr_field_infos[field].kind;
    if (kind == MYR_KIND_SCRATCH) continue;
    bool stays = unread && unread[field] && kind == MYR_KIND_LABEL;
    place(layout, field, stays ? MYR_SECTION_UNREAD : section_of_kind(kind), counts.count[field]);
  }
  place_scratch(model, &counts, shared_bytes, layout);
  layout->lists_bytes = (int32_t)lists_bytes(model);
}

size_t myr_device_shared_wish(const myr_model *model) {
  myr_device_layout all;
  myr_device_layout_compute(model, NULL, SIZE_MAX, &all);
  return (size_t)all.elements[MYR_SECTION_SHARED] * sizeof(float);
}
