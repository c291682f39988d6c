/* The functions of a model: allocation, range checks, the tables that follow from the given arrays, and the layout of
 * fields. */
#include <stdlib.h>
#include <string.h>

#include "kernels/step/actuator_tables.h"
#include "kernels/step/dof_chain.h"
#include "kernels/kernels.h"
#include "kernels/step/block_bounds.h"
#include "kernels/step/equality_chains.h"
#include "kernels/pair_kind.h"
#include "kernels/step/tendon_tables.h"

const char *const myr_element_names[MYR_ELEMENT_COUNT] = {
#define ELEMENT_ONE(name, doc) #name,
#define ELEMENT(name, size, doc) #name,
#include "kernels/elements.def"
};

const enum myr_element myr_transmission_target[] = {
#define ACTUATOR_TRANSMISSION(name, member, target, word) MYR_ELEMENT_##target,
#include "kernels/actuator.def"
};

/* NOLINTNEXTLINE(readability-function-size): as long as the list */
int myr_model_size(const myr_model *model, enum myr_element element) {
#define ELEMENT(name, size, doc) \
  if (element == MYR_ELEMENT_##name) return model->size;
#include "kernels/elements.def"
  return 1;
}

/* NOLINTNEXTLINE(readability-function-size): as long as the list */
int64_t myr_model_count(const myr_model *model, enum myr_model_array array) {
#include "kernels/sizes.def"
#define MODEL_ARRAY(name, element, width) \
  if (array == MYR_MODEL_##name) return size_of_##element * (width);
#include "kernels/model.def"
  return 0;
}

char *const *myr_model_names(const myr_model *model, enum myr_element element) {
#define MODEL_NAMES(name, its_element, object) \
  if (element == MYR_ELEMENT_##its_element) return model->name;
#include "kernels/model.def"
  return NULL;
}

/* ------------------------------------------------------------------------------------------------ memory */
/* Zero-filled, and never NULL for a count of zero, so that an empty array needs no special case. */
static void *allocate(int64_t count, size_t size) { return calloc(count > 0 ? (size_t)count : 1, size); }

myr_status myr_model_allocate(myr_model *model, myr_error *error) {
  int complete = 1;
#define ALLOCATE(name, count) complete &= (model->name = allocate(count, sizeof *model->name)) != NULL;
#define MODEL_NAMES(name, element, object) ALLOCATE(name, myr_model_size(model, MYR_ELEMENT_##element))
#define MODEL_ARRAY(name, element, width) ALLOCATE(name, myr_model_count(model, MYR_MODEL_##name))
#define MODEL_TABLE(name, element, width, refers, doc)
#include "kernels/model.def"
  return complete ? MYR_OK : myr_fail(error, MYR_ERROR, "out of memory for a model of %d bodies", model->nbody);
}

static myr_status allocate_tables(myr_model *model, myr_error *error) {
  int complete = 1;
#define MODEL_TABLE(name, element, width, refers, doc) ALLOCATE(name, myr_model_count(model, MYR_MODEL_##name))
#include "kernels/model.def"
  if (complete) return MYR_OK;
  return myr_fail(error, MYR_ERROR, "out of memory for the tables of a model of %d bodies", model->nbody);
}

static void free_names(char **names, int count) {
  for (int i = 0; names && i < count; i++) free(names[i]);
  free(names);
}

void myr_model_free(myr_model *model) {
  if (!model) return;
#define MODEL_NAMES(name, element, object) free_names(model->name, myr_model_size(model, MYR_ELEMENT_##element));
#define MODEL_ARRAY(name, element, width) free(model->name);
#include "kernels/model.def"
  free(model);
}

/* ------------------------------------------------------------------------------------------------ checks */
static myr_status check_range(const char *array, const int32_t *values, int64_t count, int64_t low, int64_t last,
                              myr_error *error) {
  for (int64_t i = 0; i < count; i++)
    if (values[i] < low || values[i] > last)
      return myr_fail(error, MYR_INVALID, "model: %s[%d] is %d, outside %d..%d", array, (int)i, values[i], (int)low,
                      (int)last);
  return MYR_OK;
}

/* The lowest and last value for each word of the column `refers`. */
#define RANGE_INDEX(element) 0, size_of_##element - 1
#define RANGE_INDEX_FROM_1(element) 1, size_of_##element - 1
#define RANGE_INDEX_OR_NONE(element) -1, size_of_##element - 1
#define RANGE_ENDS(element) 0, size_of_##element
#define RANGE_ENUM(last) 0, last
#define RANGE_TARGET 0, INT32_MAX /* check_order knows the last */
#define RANGE_FLAG 0, 1
#define RANGE_COUNT 0, INT32_MAX
#define RANGE_NUMBER INT32_MIN, INT32_MAX
#define RANGE_BITS INT32_MIN, INT32_MAX
#define CHECK_RANGE(name, element, width, refers) \
  if (status == MYR_OK) status = check_range(#name, model->name, size_of_##element * (width), RANGE_##refers, error);

/* NOLINTNEXTLINE(readability-function-size): as long as the list */
static myr_status check_ranges(const myr_model *model, myr_error *error) {
  myr_status status = MYR_OK;
#include "kernels/sizes.def"
#define MODEL_INT(name, element, width, refers, source, doc) CHECK_RANGE(name, element, width, refers)
#define MODEL_TABLE(name, element, width, refers, doc)
#include "kernels/model.def"
  return status;
}

/* If a table is outside its range, the given arrays contradict each other; no check of a single array sees that. */
/* NOLINTNEXTLINE(readability-function-size): as long as the list */
static myr_status check_tables(const myr_model *model, myr_error *error) {
  myr_status status = MYR_OK;
#include "kernels/sizes.def"
#define MODEL_TABLE(name, element, width, refers, doc) CHECK_RANGE(name, element, width, refers)
#include "kernels/model.def"
  return status;
}

/* Checks that a range cannot express. */
static myr_status check_order(const myr_model *m, myr_error *error) {
  myr_status status = MYR_OK;
  for (int i = 0; status == MYR_OK && i < m->nv; i++)
    if (m->dof_parent[i] >= i)
      status =
          myr_fail(error, MYR_INVALID, "model: dof %d has parent %d, which does not precede it", i, m->dof_parent[i]);
  for (int b = 1; status == MYR_OK && b < m->nbody; b++)
    if (m->body_parent[b] >= b)
      status =
          myr_fail(error, MYR_INVALID, "model: body %d has parent %d, which does not precede it", b, m->body_parent[b]);
  for (int p = 0; status == MYR_OK && p < m->npair; p++) {
    int dim = m->pair_condim[p];
    if (dim != 1 && dim != 3 && dim != 4 && dim != 6)
      status = myr_fail(error, MYR_INVALID, "model: pair %d has condim %d; 1, 3, 4 and 6 exist", p, dim);
  }
  for (int i = 0; status == MYR_OK && i < m->nu; i++) {
    int limit = myr_model_size(m, myr_transmission_target[m->actuator_transmission[i]]);
    if (m->actuator_target[i] < 0 || m->actuator_target[i] >= limit)
      status = myr_fail(error, MYR_INVALID, "model: actuator %d has target %d of %d", i, m->actuator_target[i], limit);
    if (status == MYR_OK && m->actuator_transmission[i] == MYR_TRANSMISSION_SLIDER_CRANK &&
        m->actuator_reference[i] < 0)
      status = myr_fail(error, MYR_INVALID, "model: actuator %d has no slider", i);
  }
  return status;
}

/* ------------------------------------------------------------------------------------------------ tables */
/* The number of dofs from dof to the root, including itself. */
static int count_chain(const myr_model *m, int dof) {
  int count = 0;
  for (; dof >= 0; dof = m->dof_parent[dof]) count++;
  return count;
}

static void write_chain(const myr_model *m, int dof, int32_t *out, int count) {
  for (int i = count - 1; i >= 0; i--, dof = m->dof_parent[dof]) out[i] = dof;
}

static int depth_of(const myr_model *m, int b) {
  int depth = 0;
  for (; b > 0; b = m->body_parent[b]) depth++;
  return depth;
}

static void build_levels(myr_model *m) {
  int at = 0;
  for (int level = 0; level < m->nlevel; level++) {
    m->level_start[level] = at;
    for (int b = 0; b < m->nbody; b++)
      if (depth_of(m, b) == level) m->level_body[at++] = b;
  }
  m->level_start[m->nlevel] = at;
  at = 0;
  for (int b = 0; b < m->nbody; b++) {
    m->child_start[b] = at;
    for (int c = b + 1; c < m->nbody; c++)
      if (m->body_parent[c] == b) m->child_body[at++] = c;
  }
  m->child_start[m->nbody] = at;
}

static void build_chains(myr_model *m) {
  int at = 0;
  for (int b = 0; b < m->nbody; b++) {
    int dof = last_dof(m, b), count = count_chain(m, dof);
    m->chain_start[b] = at;
    write_chain(m, dof, m->chain_dof + at, count);
    at += count;
  }
  m->chain_start[m->nbody] = at;
  at = 0;
  for (int i = 0; i < m->nv; i++) {
    int parent = m->dof_parent[i], count = count_chain(m, parent);
    m->ancestor_start[i] = at;
    write_chain(m, parent, m->ancestor_dof + at, count);
    at += count;
  }
  m->ancestor_start[m->nv] = at;
}

static void build_ancestor_bits(myr_model *m) {
  const int words = (m->nv + 31) / 32;
  for (int i = 0; i < m->nv; i++)
    for (int a = m->ancestor_start[i]; a < m->ancestor_start[i + 1]; a++) {
      int dof = m->ancestor_dof[a];
      m->ancestor_bits[i * words + dof / 32] |= (int32_t)(1u << (dof % 32));
    }
}

/* Builds the descendants from the ancestors: counts them, and then gives each dof, in ascending order, to its
 * ancestors. */
static void build_descendants(myr_model *m) {
  int32_t *start = m->descendant_start;
  for (int a = 0; a < m->ancestor_start[m->nv]; a++) start[m->ancestor_dof[a] + 1]++;
  for (int i = 0; i < m->nv; i++) start[i + 1] += start[i];
  for (int k = 0; k < m->nv; k++)
    for (int a = m->ancestor_start[k]; a < m->ancestor_start[k + 1]; a++)
      m->descendant_dof[start[m->ancestor_dof[a]]++] = k;
  for (int i = m->nv; i > 0; i--) start[i] = start[i - 1]; /* each had come to its end */
  start[0] = 0;
}

/* The dofs that move exactly one of two bodies, ascending, with the side they move. A dof that moves both bodies moves
 * the two sides of a contact equally and cannot change it. */
static int relative_chain(const myr_model *m, int body1, int body2, int32_t *dofs, int32_t *sides) {
  int i = m->chain_start[body1], i_end = m->chain_start[body1 + 1];
  int j = m->chain_start[body2], j_end = m->chain_start[body2 + 1];
  int count = 0;
  while (i < i_end || j < j_end) {
    int a = i < i_end ? m->chain_dof[i] : m->nv, b = j < j_end ? m->chain_dof[j] : m->nv;
    i += a <= b;
    j += b <= a;
    if (a == b) continue;
    dofs[count] = a < b ? a : b;
    sides[count++] = a < b ? -1 : 1;
  }
  return count;
}

static void build_pairs(myr_model *m) {
  int at = 0;
  for (int p = 0; p < m->npair; p++) {
    m->pair_chain_start[p] = at;
    at += relative_chain(m, m->geom_body[m->pair_geom1[p]], m->geom_body[m->pair_geom2[p]], m->pair_chain_dof + at,
                         m->pair_chain_side + at);
    m->pair_slots[p] = myr_pair_kind_contacts(m->pair_kind[p]);
    for (int k = m->pair_chain_start[p] + 1; k < at; k++)
      m->pair_branches[p] |= m->pair_chain_side[k] != m->pair_chain_side[k - 1];
  }
  m->pair_chain_start[m->npair] = at;
}

/* Whether the joint is free, and no other joint hangs from its body. */
static int is_alone(const myr_model *m, int joint) {
  int last = m->jnt_dof_start[joint] + 5;
  return m->jnt_type[joint] == MYR_JOINT_FREE && m->descendant_start[last] == m->descendant_start[last + 1];
}

/* Groups the leading geoms that cannot move, unless they are few or one of the others has no bound. */
static void count_clusters(myr_model *m) {
  m->nfixed = m->ncluster = 0;
  while (m->nfixed < m->ngeom && m->body_weld[m->geom_body[m->nfixed]] == 0) m->nfixed++;
  for (int g = m->nfixed; g < m->ngeom; g++)
    if (m->geom_type[g] == MYR_GEOM_PLANE) return;
  if (m->nfixed < 2 * MYR_CLUSTER_GEOMS || m->nfixed == m->ngeom) return;
  m->ncluster = (m->nfixed + MYR_CLUSTER_GEOMS - 1) / MYR_CLUSTER_GEOMS;
}

static void build_fluids(myr_model *m) {
  int at = 0;
  for (int b = 0; b < m->nbody; b++) {
    m->fluid_start[b] = at;
    while (at < m->nfluid && m->fluid_body[at] == b) at++;
  }
  m->fluid_start[m->nbody] = at;
}

/* The elements whose fields only sensors need. */
static void count_sensed(myr_model *m) {
  m->nsensed = 0, m->nclock = 0;
  for (int s = 0; s < m->nsensor; s++) {
    if (m->sensor_need[s] == MYR_NEEDS_ACCELERATION) m->nsensed = m->nbody;
    if (m->sensor_need[s] && m->sensor_type[s] == MYR_SENSOR_CLOCK) m->nclock = 1;
  }
}

myr_status myr_model_finish(myr_model *model, myr_error *error) {
  myr_model *m = model;
  myr_status status = check_ranges(m, error);
  if (status == MYR_OK) status = check_order(m, error);
  if (status != MYR_OK) return status;

  m->nlevel = 0, m->nchain = 0, m->nancestor = 0, m->npairchain = 0, m->nslot = 0;
  m->ndrive = 0;
  count_sensed(m);
  for (int b = 0; b < m->nbody; b++) {
    int depth = depth_of(m, b);
    if (depth >= m->nlevel) m->nlevel = depth + 1;
    m->nchain += count_chain(m, last_dof(m, b));
  }
  for (int i = 0; i < m->nv; i++) m->nancestor += count_chain(m, m->dof_parent[i]);
  for (int p = 0; p < m->npair; p++) /* an upper bound until the chains exist */
    m->npairchain += count_chain(m, last_dof(m, m->geom_body[m->pair_geom1[p]])) +
                     count_chain(m, last_dof(m, m->geom_body[m->pair_geom2[p]]));

  status = count_tendons(m, error);
  m->nequalitychain = bound_equality_chains(m);
  if (status == MYR_OK) status = count_levers(m, error);
  if (status == MYR_OK) status = allocate_tables(m, error);
  if (status != MYR_OK) return status;
  build_levels(m);
  build_chains(m);
  build_ancestor_bits(m);
  build_descendants(m);
  build_pairs(m);
  count_clusters(m);
  build_fluids(m);
  status = build_tendons(m, error);
  if (status == MYR_OK) build_equality_chains(m);
  count_blocks(m); /* reads the tables of pairs, tendons and equalities */
  if (status == MYR_OK) status = build_levers(m, error);
  if (status == MYR_OK) build_drives(m);
  for (int j = 0; j < m->njnt; j++) m->jnt_alone[j] = is_alone(m, j);
  return status == MYR_OK ? check_tables(m, error) : status;
}

/* ------------------------------------------------------------------------------------------------ fields */
const myr_field_info myr_field_infos[MYR_FIELD_COUNT] = {
#define ALWAYS 0
#define RECORDED 1
#define INFO(name, unit, doc, kind, stage, element, reader) \
  {#name, unit, doc, MYR_KIND_##kind, MYR_STAGE_##stage, MYR_ELEMENT_##element, reader},
#define FIELD(name, element, width, unit, kind, stage, start, doc) INFO(name, unit, doc, kind, stage, element, 0)
#define LABEL_FIELD(name, element, width, unit, reader, doc) INFO(name, unit, doc, LABEL, observe, element, reader)
#include "kernels/fields.def"
};

/* NOLINTNEXTLINE(readability-function-size): as long as the list */
void myr_layout_compute(const myr_model *model, myr_layout *layout) {
#include "kernels/sizes.def"
  memset(layout, 0, sizeof *layout);
  int64_t count;
#define FIELD(name, element, width, unit, kind, stage, start, doc) \
  count = size_of_##element * (width);                             \
  layout->count[MYR_FIELD_##name] = count;                         \
  if (MYR_KIND_##kind == MYR_KIND_SCRATCH) {                       \
    layout->offset[MYR_FIELD_##name] = layout->scratch_elements;   \
    layout->scratch_elements += count;                             \
  } else {                                                         \
    layout->offset[MYR_FIELD_##name] = layout->tile_elements;      \
    layout->tile_elements += count;                                \
  }
#include "kernels/fields.def"
}
