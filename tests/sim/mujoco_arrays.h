/* Every array of model.def that has a source in MuJoCo, held against a model that MuJoCo compiled, number by number. An
 * expansion of the list: a new array is compared without another line here. To be included after cmocka.h. */
#ifndef MYR_TESTS_MUJOCO_ARRAYS_H
#define MYR_TESTS_MUJOCO_ARRAYS_H

#include <stdlib.h>

#include <mujoco/mujoco.h>

#include "kernels/model.h"

/* One file or scene, read by both. */
typedef struct pair_of_models {
  const mjModel *theirs;
  const myr_model *ours;
  long numbers;      /* compared so far */
  const char *label; /* for messages */
} pair_of_models;

static inline void compare_with_mujoco(pair_of_models *p, const char *name, int64_t row, int64_t column, double ours,
                                       double theirs) {
  p->numbers++;
  if (ours != theirs)
    fail_msg("%s: %s[%d, %d] is %.17g, MuJoCo has %.17g", p->label, name, (int)row, (int)column, ours, theirs);
}

/* One array by its source: `ours` has `rows` rows of `wide` numbers for each `element`. Integers are compared as doubles,
 * which hold them exactly. */
#define COMPARE_ROWS(member, stride)       \
  for (int64_t row = 0; row < rows; row++) \
    for (int64_t k = 0; k < wide; k++)     \
      compare_with_mujoco(p, text, row, k, (double)ours[wide * row + k], (double)m->member[(stride)*row + k]);
#define COMPARE_OWN
#define COMPARE_MUJOCO(member) COMPARE_ROWS(member, wide)
#define COMPARE_MUJOCO_FIRST(member, stride) COMPARE_ROWS(member, stride)
#define COMPARE_MUJOCO_ROWS(member, columns) COMPARE_ROWS(member, wide)
#define COMPARE_ARRAY(name, its_element, width, source)         \
  {                                                             \
    const char *text = #name;                                   \
    const int64_t rows = size_of_##its_element, wide = (width); \
    const __typeof__(*model->name) *ours = model->name;         \
    (void)text, (void)rows, (void)wide, (void)ours;             \
    COMPARE_##source                                            \
  }

static inline void compare_all_with_mujoco(pair_of_models *p) {
  const myr_model *model = p->ours;
  const mjModel *m = p->theirs;
#include "kernels/sizes.def"
#define MODEL_INT(name, element, width, refers, source, doc) COMPARE_ARRAY(name, element, width, source)
#define MODEL_REAL(name, element, width, unit, source, doc) COMPARE_ARRAY(name, element, width, source)
#define MODEL_TABLE(name, element, width, refers, doc)
#include "kernels/model.def"
}

static inline void add_scaled(mjtNum *to, const mjtNum *from, int count, mjtNum scale) {
  for (int k = 0; k < count; k++) to[k] += scale * from[k];
}

/* Adds the damping and the armature of actuators to those of their joints and tendons, as Myriad's import does; MuJoCo adds
 * them in each step. */
static inline void add_drives_of_actuators(mjModel *m) {
  for (int a = 0; a < m->nactuator; a++) {
    int target = m->actuator_trnid[2 * a], type = m->actuator_trntype[a];
    mjtNum gear = m->actuator_gear[6 * m->actuator_outadr[a]], square = gear * gear;
    const mjtNum *damping = m->actuator_damping + a, *growth = m->actuator_dampingpoly + mjNPOLY * a;
    if (type == mjTRN_TENDON) {
      add_scaled(m->tendon_damping + target, damping, 1, square);
      add_scaled(m->tendon_dampingpoly + mjNPOLY * target, growth, mjNPOLY, square);
    }
    if (type != mjTRN_JOINT && type != mjTRN_JOINTINPARENT) continue;
    for (int dof = 0; dof < m->nv; dof++) {
      if (m->dof_jntid[dof] != target) continue;
      add_scaled(m->dof_damping + dof, damping, 1, square);
      add_scaled(m->dof_dampingpoly + mjNPOLY * dof, growth, mjNPOLY, square);
      add_scaled(m->dof_armature + dof, m->actuator_armature + a, 1, square);
    }
  }
}

/* Fails at the first number that differs; returns how many were compared. No geom of the model may have been dropped. */
static inline long compare_model_with_mujoco(const myr_model *ours, const mjModel *compiled, const char *label) {
  mjModel *theirs = mj_copyModel(NULL, compiled);
  add_drives_of_actuators(theirs);
  pair_of_models p = {.theirs = theirs, .ours = ours, .label = label};
#define ELEMENT(name, size, doc)
#define ELEMENT_JOINED(name, size, doc) assert_int_equal(ours->size, theirs->size);
#include "kernels/elements.def"
  assert_int_equal(ours->ngeom, theirs->ngeom);
  compare_all_with_mujoco(&p);
  mj_deleteModel(theirs);
  return p.numbers;
}

#endif
