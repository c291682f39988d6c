/* The rows of one MuJoCo model, into their places in the joined model: an expansion of model.def. */
#include "sim/mujoco/import.h"

#include <string.h>

#include "kernels/model.h"

/* Values of enumerations are copied as they are. */
#define NUMBERED_ALIKE(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), #theirs " is numbered otherwise")
NUMBERED_ALIKE(MYR_JOINT_FREE, mjJNT_FREE);
NUMBERED_ALIKE(MYR_JOINT_BALL, mjJNT_BALL);
NUMBERED_ALIKE(MYR_JOINT_SLIDE, mjJNT_SLIDE);
NUMBERED_ALIKE(MYR_JOINT_HINGE, mjJNT_HINGE);
NUMBERED_ALIKE(MYR_GEOM_PLANE, mjGEOM_PLANE);
NUMBERED_ALIKE(MYR_GEOM_HFIELD, mjGEOM_HFIELD);
NUMBERED_ALIKE(MYR_GEOM_SPHERE, mjGEOM_SPHERE);
NUMBERED_ALIKE(MYR_GEOM_CAPSULE, mjGEOM_CAPSULE);
NUMBERED_ALIKE(MYR_GEOM_ELLIPSOID, mjGEOM_ELLIPSOID);
NUMBERED_ALIKE(MYR_GEOM_CYLINDER, mjGEOM_CYLINDER);
NUMBERED_ALIKE(MYR_GEOM_BOX, mjGEOM_BOX);
NUMBERED_ALIKE(MYR_GEOM_MESH, mjGEOM_MESH);
NUMBERED_ALIKE(MYR_WRAP_JOINT, mjWRAP_JOINT);
NUMBERED_ALIKE(MYR_WRAP_PULLEY, mjWRAP_PULLEY);
NUMBERED_ALIKE(MYR_WRAP_SITE, mjWRAP_SITE);
NUMBERED_ALIKE(MYR_WRAP_SPHERE, mjWRAP_SPHERE);
NUMBERED_ALIKE(MYR_WRAP_CYLINDER, mjWRAP_CYLINDER);
NUMBERED_ALIKE(MYR_INPUT_POSITION, mjINPUT_POS);
NUMBERED_ALIKE(MYR_INPUT_VELOCITY, mjINPUT_VEL);
NUMBERED_ALIKE(MYR_INPUT_FORCE, mjINPUT_FF);
NUMBERED_ALIKE(MYR_INPUT_VOLTAGE, mjINPUT_VOLTAGE);
#define ACTUATOR_TRANSMISSION(name, member, target, word) NUMBERED_ALIKE(MYR_TRANSMISSION_##name, member);
#define ACTUATOR_DYNAMICS(name, member, word) NUMBERED_ALIKE(MYR_DYNAMICS_##name, member);
#define ACTUATOR_GAIN(name, member, word) NUMBERED_ALIKE(MYR_GAIN_##name, member);
#define ACTUATOR_GAIN_LACKING(name, member) NUMBERED_ALIKE(MYR_GAIN_##name, member);
#define ACTUATOR_BIAS(name, member, word) NUMBERED_ALIKE(MYR_BIAS_##name, member);
#include "kernels/actuator.def"

/* ------------------------------------------------------------------------------------------------ rows */
/* The rows of an element that a part brings: all, but the world body is no part's own. */
static int first_row(enum myr_element element) { return element == MYR_ELEMENT_body; }

static void copy_names(const import_part *part, enum myr_element element, int object, char **names, bool *complete) {
  for (int i = first_row(element); i < part->count[element]; i++) {
    int to = import_number_of(part, element, i);
    if (to >= 0) names[to] = import_name(part, object, i, complete);
  }
}

/* The first `width` of `stride` numbers in each row. */
static void copy_reals(const import_part *part, enum myr_element element, int64_t width, double *to, const mjtNum *from,
                       int stride) {
  for (int i = first_row(element); i < part->count[element]; i++) {
    int row = import_number_of(part, element, i);
    if (row >= 0) memcpy(to + width * row, from + (int64_t)stride * i, (size_t)width * sizeof *to);
  }
}

static void copy_floats(const import_part *part, enum myr_element element, int64_t width, double *to, const float *from,
                        int stride) {
  for (int i = first_row(element); i < part->count[element]; i++) {
    int row = import_number_of(part, element, i);
    for (int64_t k = 0; row >= 0 && k < width; k++) to[width * row + k] = (double)from[(int64_t)stride * i + k];
  }
}

/* Rows with `each` columns for each `column`: the part's own columns of the joined model's. */
static void copy_columns(const import_part *part, enum myr_element element, int64_t width, double *to,
                         const mjtNum *from, enum myr_element column, int64_t each) {
  int64_t count = each * part->count[column];
  for (int i = 0; i < part->count[element]; i++)
    memcpy(to + width * import_number_of(part, element, i) + each * part->start[column], from + count * i,
           (size_t)count * sizeof *to);
}

/* refers: the element that the integers are indices of, or MYR_ELEMENT_world: they are none. */
static int32_t joined(const import_part *part, enum myr_element refers, int value) {
  return refers == MYR_ELEMENT_world ? value : import_number_of(part, refers, value);
}
static void copy_integers(const import_part *part, enum myr_element element, int64_t width, int32_t *to,
                          const int *from, enum myr_element refers) {
  for (int i = first_row(element); i < part->count[element]; i++) {
    int row = import_number_of(part, element, i);
    for (int64_t k = 0; row >= 0 && k < width; k++) to[width * row + k] = joined(part, refers, from[width * i + k]);
  }
}
static void copy_flags(const import_part *part, enum myr_element element, int64_t width, int32_t *to,
                       const mjtBool *from, enum myr_element refers) {
  for (int i = first_row(element); i < part->count[element]; i++) {
    int row = import_number_of(part, element, i);
    for (int64_t k = 0; row >= 0 && k < width; k++) to[width * row + k] = joined(part, refers, from[width * i + k]);
  }
}
static void copy_bytes(const import_part *part, enum myr_element element, int64_t width, int32_t *to,
                       const mjtByte *from, enum myr_element refers) {
  for (int i = first_row(element); i < part->count[element]; i++) {
    int row = import_number_of(part, element, i);
    for (int64_t k = 0; row >= 0 && k < width; k++) to[width * row + k] = joined(part, refers, from[width * i + k]);
  }
}

/* ------------------------------------------------------------------------------------------------ the list */
#define REFERS_INDEX(element) MYR_ELEMENT_##element
#define REFERS_INDEX_FROM_1(element) MYR_ELEMENT_##element
#define REFERS_INDEX_OR_NONE(element) MYR_ELEMENT_##element
#define REFERS_TARGET MYR_ELEMENT_world /* only of source OWN */
#define REFERS_ENUM(last) MYR_ELEMENT_world
#define REFERS_FLAG MYR_ELEMENT_world
#define REFERS_COUNT MYR_ELEMENT_world
#define REFERS_NUMBER MYR_ELEMENT_world

/* One array, by its source. `row` is the element, `wide` its width, `to` the array, `refers_to` as joined() takes it. */
#define INTEGERS_OWN
#define INTEGERS_MUJOCO(member) \
  _Generic(m->member, int * : copy_integers, mjtBool * : copy_flags, mjtByte * : copy_bytes)(part, row, wide, to, m->member, refers_to);
#define REALS_OWN
#define REALS_MUJOCO(member) \
  _Generic(m->member, mjtNum * : copy_reals, float * : copy_floats)(part, row, wide, to, m->member, (int)wide);
#define REALS_MUJOCO_FIRST(member, stride) copy_reals(part, row, wide, to, m->member, stride);
#define REALS_MUJOCO_ROWS(member, element) \
  copy_columns(part, row, wide, to, m->member, MYR_ELEMENT_##element, size_of_##element ? wide / size_of_##element : 0);

bool import_arrays(const import_part *part, myr_model *model) {
  const mjModel *m = part->mujoco;
  bool complete = true;
#include "kernels/sizes.def"
#define MODEL_NAMES(name, element, object) copy_names(part, MYR_ELEMENT_##element, object, model->name, &complete);
#define MODEL_INT(name, element, width, refers, source, doc)                         \
  {                                                                                  \
    const enum myr_element row = MYR_ELEMENT_##element, refers_to = REFERS_##refers; \
    const int64_t wide = (width);                                                    \
    int32_t *to = model->name;                                                       \
    (void)row, (void)refers_to, (void)wide, (void)to;                                \
    INTEGERS_##source                                                                \
  }
#define MODEL_REAL(name, element, width, unit, source, doc) \
  {                                                         \
    const enum myr_element row = MYR_ELEMENT_##element;     \
    const int64_t wide = (width);                           \
    double *to = model->name;                               \
    (void)row, (void)wide, (void)to;                        \
    REALS_##source                                          \
  }
#define MODEL_TABLE(name, element, width, refers, doc)
#include "kernels/model.def"
  return complete;
}
