/* Joining compiled MuJoCo models and ground planes into one Myriad model. */
#ifndef MYR_MUJOCO_IMPORT_H
#define MYR_MUJOCO_IMPORT_H

#include "kernels/elements.h"
#include "kernels/status.h"
#include "sim/mujoco/version.h"

struct myr_model;   /* kernels/model.h */
struct myr_options; /* the same */

/* One entity on its way into the joined model. The caller gives the first block; import_number fills the second. */
typedef struct import_part {
  const char *prefix;          /* of its names, without the dot; NULL: none */
  const char *path;            /* for messages; NULL: a ground plane */
  mjModel *mujoco;             /* NULL: a ground plane */
  double friction[3];          /* ground only */
  bool borrowed;               /* somebody else frees mujoco and source */
  struct model_source *source; /* where its elements stand (sim/mujoco/model_source.h); NULL: unknown */

  int count[MYR_ELEMENT_COUNT]; /* of each kind in the part's own model; 0 for kinds that it does not know */
  int start[MYR_ELEMENT_COUNT]; /* what to add to an element's number, but for geoms and the world body */
  int *geom;                    /* (ngeom) number in the joined model, -1 for a dropped one */
} import_part;

/* The number in the joined model of a part's element; -1 for one that is none or was dropped. All parts share body 0. */
static inline int import_number_of(const import_part *part, enum myr_element element, int number) {
  if (number < 0 || (element == MYR_ELEMENT_body && number == 0)) return number;
  return element == MYR_ELEMENT_geom ? part->geom[number] : number + part->start[element];
}
static inline int import_body(const import_part *part, int body) {
  return import_number_of(part, MYR_ELEMENT_body, body);
}

/* The parts have passed supported_check. */
myr_status import_join(import_part *parts, int count, const struct myr_options *options, struct myr_model **model,
                       myr_error *error);

/* Gives every element of the parts its number in the joined model, and the model its counts, which must be 0 before.
 * false: out of memory. The caller frees with import_release in either case. */
bool import_number(import_part *parts, int count, struct myr_model *model);
/* Frees what import_number stored in the parts, not the MuJoCo models. */
void import_release(import_part *parts, int count);

/* Copies all that model.def takes from MuJoCo, of one part, into its places (import_arrays.c). Names are
 * "prefix.name". false: out of memory. */
bool import_arrays(const import_part *part, struct myr_model *model);

/* Sets the model's own arrays of one equality of a part (import_equality.c). */
void import_equality(const import_part *part, int equality, struct myr_model *model);

/* A copy of "prefix.name", of "name", or NULL for a nameless element. *complete becomes false when memory runs out. */
char *import_name(const import_part *part, int object, int id, bool *complete);
/* The same for "prefix.ground", the geom of a ground plane. */
char *import_ground_name(const import_part *part, bool *complete);

/* m; the third size of a ground plane, of use to nothing but a drawn grid */
#define IMPORT_GROUND_SPACING 0.05

#endif
