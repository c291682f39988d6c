/* Joining compiled MuJoCo models and ground planes into one Myriad model. */
#ifndef MYR_MUJOCO_IMPORT_H
#define MYR_MUJOCO_IMPORT_H

#include "kernels/kernels.h"
#include "sim/mujoco/version.h"

/* One entity on its way into the joined model. The caller gives the first block; import_number fills the second. */
typedef struct import_part {
  const char *prefix; /* of its names, without the dot; NULL: none */
  const char *path;   /* for messages; NULL: a ground plane */
  mjModel *mujoco;    /* NULL: a ground plane */
  double friction[3]; /* ground only */

  int body;                                             /* what to add to a body's number, the world's excepted */
  int jnt, dof, qpos, act, actuator, tendon, wrap, key; /* likewise, of the other elements */
  int *geom;                                            /* (ngeom) number in the joined model, -1 for a dropped one */
} import_part;

/* The number in the joined model of a body of one part. */
static inline int import_body(const import_part *part, int body) { return body == 0 ? 0 : body + part->body; }

/* Options and flags come from options_from, or are MuJoCo's defaults when it is NULL. timestep and gravity may be NULL.
 * The parts have passed supported_check. */
myr_status import_join(import_part *parts, int count, const mjModel *options_from, const double *timestep,
                       const double *gravity, myr_model **model, myr_error *error);

/* Gives every element of the parts its number in the joined model, and the model its counts, which must be 0 before.
 * false: out of memory. The caller frees with import_release in either case. */
bool import_number(import_part *parts, int count, myr_model *model);
/* Frees what import_number stored in the parts, not the MuJoCo models. */
void import_release(import_part *parts, int count);

/* Copies one part's elements into their places (import_elements.c, import_actuators.c). false: out of memory. */
bool import_elements(const import_part *part, myr_model *model);
bool import_tendons(const import_part *part, myr_model *model);
bool import_actuators(const import_part *part, myr_model *model);
bool import_keyframes(const import_part *part, myr_model *model);

/* A copy of "prefix.name", of "name", or NULL for a nameless element. *complete becomes false when memory runs out. */
char *import_name(const import_part *part, int object, int id, bool *complete);
/* Likewise "prefix.ground", for the geom of a ground plane. */
char *import_ground_name(const import_part *part, bool *complete);

/* m; the third size of a ground plane, of use to nothing but a drawn grid */
#define IMPORT_GROUND_SPACING 0.05

#endif
