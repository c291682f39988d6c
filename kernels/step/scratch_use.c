/* See kernels/scratch_use.h. The width of a lane does not matter here, only the lists' types do. */
#define LANES 1
#include "kernels/scratch_use.h"

#include "kernels/elements.h"
#include "kernels/stages.h"
#include "kernels/step/lists.h"

enum { PAGE = 4096, FOUND_FOR_EACH_KEPT = 4 };

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

void myr_bound_blocks(const myr_model *m, int lanes, int *blocks, int *bounded_reals) {
  const int64_t contacts = (int64_t)lanes * m->ncon;
  int64_t all = 0, widest = 0;
  for (int p = 0; p < m->npair; p++) {
    const int64_t reals = (int64_t)m->pair_condim[p] * (m->pair_chain_start[p + 1] - m->pair_chain_start[p]);
    all += m->pair_slots[p] * reals;
    if (reals > widest) widest = reals;
  }
  *blocks = (int)(m->nblock - m->nslot + least(m->nslot, contacts));
  *bounded_reals = (int)(m->njacobian - all + least(all, contacts * widest));
}

/* Rows of the elements that contacts need, in all lanes of a tile together. */
typedef struct row_bounds {
  int64_t slots;
  int blocks, reals;
} row_bounds;

static row_bounds bounds_of(const myr_model *m, int lanes) {
  row_bounds bounds = {.slots = least(m->nslot, FOUND_FOR_EACH_KEPT * (int64_t)lanes * m->ncon)};
  myr_bound_blocks(m, lanes, &bounds.blocks, &bounds.reals);
  return bounds;
}

/* Of `count` numbers that an array has for all rows of an element, those that can be in use. */
static int64_t used(const myr_model *m, const row_bounds *bounds, enum myr_element element, int64_t count) {
  switch (element) {
  case MYR_ELEMENT_slot: return m->nslot ? count / m->nslot * bounds->slots : 0;
  case MYR_ELEMENT_block: return m->nblock ? count / m->nblock * bounds->blocks : 0;
  case MYR_ELEMENT_jacobian: return bounds->reals;
  default: return count;
  }
}

/* An array begins and ends within a page. */
static size_t pages(size_t bytes) { return bytes ? (bytes + PAGE - 1) / PAGE * PAGE + PAGE : 0; }

/* Pages of a lower triangle by rows, in which a row has the entries of its dof's ancestors. */
static size_t tree_pages(const myr_model *m, size_t entry_bytes) {
  size_t count = 0, last = (size_t)-1;
  for (int i = 0; i < m->nv; i++)
    for (int a = m->ancestor_start[i]; a <= m->ancestor_start[i + 1]; a++) {
      const int64_t column = a < m->ancestor_start[i + 1] ? m->ancestor_dof[a] : i;
      const size_t page = ((size_t)i * ((size_t)i + 1) / 2 + (size_t)column) * entry_bytes / PAGE;
      count += page != last;
      last = page;
    }
  return (count + 1) * PAGE;
}

static size_t field_bytes(const myr_model *m, const row_bounds *bounds, const myr_layout *layout, int field,
                          size_t entry_bytes) {
  const int64_t count = layout->count[field];
  if (field == MYR_FIELD_qM || field == MYR_FIELD_qLD) {
    const size_t whole = pages((size_t)count * entry_bytes), tree = tree_pages(m, entry_bytes);
    return tree < whole ? tree : whole;
  }
  return pages((size_t)used(m, bounds, (enum myr_element)myr_field_infos[field].element, count) * entry_bytes);
}

static int derive_needs(int field) {
  const int stage = myr_field_infos[field].stage;
  return stage == MYR_STAGE_kinematics || stage == MYR_STAGE_inertia || stage == MYR_STAGE_derive ||
         field == MYR_FIELD_search || field == MYR_FIELD_gradient;
}

static size_t list_pages(const myr_model *model, const row_bounds *bounds) {
#include "kernels/sizes.def"
  size_t sum = pages(sizeof(tile_lists));
#define LIST(name, type, element, width, doc) \
  sum += pages((size_t)used(model, bounds, MYR_ELEMENT_##element, size_of_##element * (width)) * sizeof(type));
#include "kernels/lists.def"
  return sum;
}

myr_scratch_use myr_scratch_use_of(const myr_model *model, int lanes, int scalar_bytes) {
  const row_bounds bounds = bounds_of(model, lanes);
  const size_t entry_bytes = (size_t)lanes * (size_t)scalar_bytes;
  myr_scratch_use use = {.step = list_pages(model, &bounds), .derive = pages(sizeof(tile_lists))};
  myr_layout layout;
  myr_layout_compute(model, &layout);
  for (int field = 0; field < MYR_FIELD_COUNT; field++) {
    if (myr_field_infos[field].kind != MYR_KIND_SCRATCH) continue;
    const size_t bytes = field_bytes(model, &bounds, &layout, field, entry_bytes);
    use.step += bytes;
    if (derive_needs(field)) use.derive += bytes;
  }
  return use;
}
