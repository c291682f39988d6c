/* Refuses numbers of a model that double precision holds and single precision, in which worlds are stepped, does not: an
 * expansion of model.def. Those that are no finite numbers at all are refused before (finite.h). */
#include "sim/mujoco/supported_numbers.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MOST_TOLD = 10 };

typedef struct number_check {
  const mjModel *m;
  model_source *source;
  myr_findings *findings;
  int told;
} number_check;

/* Rows of an array: so many, of so many numbers, which belong to objects of MuJoCo's; UNKNOWN: to none that has a place. */
typedef struct number_rows {
  const char *name;
  int object, count;
  const int *owner; /* (count) of each row, the object's number; NULL: that of the row itself */
} number_rows;

/* A range may be infinite, which is how files write that there is none. */
static bool fits(const char *name, double number) {
  return strstr(name, "range") || !isfinite(number) || fabs(number) <= FLT_MAX;
}

static void tell(number_check *check, const number_rows *rows, int row, double number) {
  if (check->told++ == MOST_TOLD) return;
  int id = rows->owner ? rows->owner[row] : row;
  bool known = rows->object != mjOBJ_UNKNOWN;
  char name[ELEMENT_NAME_BYTES] = "";
  finding_place place = {0};
  if (known) {
    element_name(check->m, rows->object, id, name);
    place = model_source_place(check->source, check->m, rows->object, id, NULL);
  }
  finding_add(check->findings, MYR_FAULT, place, "single precision ends at 3e38", "%s%s%s: %s is %g",
              known ? mju_type2Str(rows->object) : "model", name[0] ? " " : "", name, rows->name, number);
}

static void check_rows(number_check *check, number_rows rows, const mjtNum *numbers, int stride) {
  for (int i = 0; i < rows.count; i++)
    for (int k = 0; k < stride; k++) {
      double number = numbers[(mjtSize)stride * i + k];
      if (fits(rows.name, number)) continue;
      tell(check, &rows, i, number);
      break;
    }
}

/* Single precision holds them as they are. */
static void pass_floats(number_check *check, number_rows rows, const float *numbers, int stride) {
  (void)check, (void)rows, (void)numbers, (void)stride;
}

#define ROWS_body mjOBJ_BODY, m->nbody, NULL
#define ROWS_joint mjOBJ_JOINT, m->njnt, NULL
#define ROWS_dof mjOBJ_JOINT, m->nv, m->dof_jntid
#define ROWS_qpos mjOBJ_UNKNOWN, m->nq, NULL
#define ROWS_geom mjOBJ_GEOM, m->ngeom, NULL
#define ROWS_site mjOBJ_SITE, m->nsite, NULL
#define ROWS_hull mjOBJ_UNKNOWN, 0, NULL /* from the meshes */
#define ROWS_hull_vertex ROWS_hull
#define ROWS_hull_face ROWS_hull
#define ROWS_hfield mjOBJ_HFIELD, m->nhfield, NULL
#define ROWS_hfield_point mjOBJ_UNKNOWN, 0, NULL /* floats */
#define ROWS_fluid mjOBJ_UNKNOWN, 0, NULL        /* only of source OWN */
#define ROWS_delay_line ROWS_fluid
#define ROWS_tendon mjOBJ_TENDON, m->ntendon, NULL
#define ROWS_wrap mjOBJ_UNKNOWN, m->nwrap, NULL
#define ROWS_actuator mjOBJ_ACTUATOR, m->nactuator, NULL
#define ROWS_equality mjOBJ_EQUALITY, m->neq, NULL
#define ROWS_keyframe mjOBJ_KEY, m->nkey, NULL
#define ROWS_pair mjOBJ_PAIR, m->npair, NULL
#define ROWS_sensor mjOBJ_SENSOR, m->nsensor, NULL
#define ROWS_mocap mjOBJ_UNKNOWN, m->nmocap, NULL

void supported_check_numbers(const mjModel *m, model_source *source, myr_findings *findings) {
  number_check check = {.m = m, .source = source, .findings = findings};
#define CHECK_OWN
#define CHECK_MUJOCO(member) \
  _Generic(m->member, mjtNum * : check_rows, float * : pass_floats)(&check, rows, m->member, wide);
#define CHECK_MUJOCO_FIRST(member, stride) check_rows(&check, rows, m->member, stride);
#define CHECK_MUJOCO_ROWS(member, element) check_rows(&check, rows, m->member, wide);
  const int nq = m->nq, nv = m->nv, na = m->na, nu = m->nu, nmocap = m->nmocap; /* widths of keyframes' arrays */
  (void)nq, (void)nv, (void)na, (void)nu, (void)nmocap;
#define MODEL_REAL(name, element, width, unit, source, doc) \
  {                                                         \
    const number_rows rows = {#name, ROWS_##element};       \
    const int wide = (int)(width);                          \
    (void)rows, (void)wide;                                 \
    CHECK_##source                                          \
  }
#include "kernels/model.def"
}
