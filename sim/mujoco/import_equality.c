/* The things that MuJoCo's equalities tie, and their places: eq_data and sites in one form. */
#include <string.h>

#include "kernels/model.h"
#include "sim/mujoco/import.h"

_Static_assert((int)MYR_EQUALITY_CONNECT == (int)mjEQ_CONNECT && (int)MYR_EQUALITY_WELD == (int)mjEQ_WELD &&
                   (int)MYR_EQUALITY_JOINT == (int)mjEQ_JOINT && (int)MYR_EQUALITY_TENDON == (int)mjEQ_TENDON,
               "MuJoCo numbers its equalities otherwise");

/* The places in eq_data of a weld and of a connect of bodies. */
enum {
  ANCHOR_1_OF_CONNECT = 0,
  ANCHOR_2_OF_CONNECT = 3,
  ANCHOR_2_OF_WELD = 0,
  ANCHOR_1_OF_WELD = 3,
  RELATIVE_POSE = 6,
  TORQUE_SCALE = 10
};

/* An end of a tie between bodies. Sites have a place in their body; for bodies, eq_data has the anchors, and the first
 * frame is the orientation of the second body in the first that a weld keeps. */
static int set_end(const mjModel *m, int e, int side, double anchor[3], double frame[4]) {
  static const double identity[4] = {1, 0, 0, 0};
  const mjtNum *data = m->eq_data + (mjtSize)mjNEQDATA * e;
  bool weld = m->eq_type[e] == mjEQ_WELD;
  int object = side ? m->eq_obj2id[e] : m->eq_obj1id[e];
  if (m->eq_objtype[e] == mjOBJ_SITE) {
    memcpy(anchor, m->site_pos + (mjtSize)3 * object, 3 * sizeof *anchor);
    memcpy(frame, m->site_quat + (mjtSize)4 * object, 4 * sizeof *frame);
    return m->site_bodyid[object];
  }
  int place = weld ? (side ? ANCHOR_2_OF_WELD : ANCHOR_1_OF_WELD) : (side ? ANCHOR_2_OF_CONNECT : ANCHOR_1_OF_CONNECT);
  memcpy(anchor, data + place, 3 * sizeof *anchor);
  memcpy(frame, weld && !side ? data + RELATIVE_POSE : identity, 4 * sizeof *frame);
  return object;
}

static void set_bodies(const import_part *part, int e, int to, myr_model *model) {
  const mjModel *m = part->mujoco;
  double *anchor = model->equality_anchor + (ptrdiff_t)6 * to, *frame = model->equality_frame + (ptrdiff_t)8 * to;
  model->equality_body1[to] = import_body(part, set_end(m, e, 0, anchor, frame));
  model->equality_body2[to] = import_body(part, set_end(m, e, 1, anchor + 3, frame + 4));
  model->equality_torquescale[to] = m->eq_data[(mjtSize)mjNEQDATA * e + TORQUE_SCALE];
}

void import_equality(const import_part *part, int e, myr_model *model) {
  const mjModel *m = part->mujoco;
  int to = import_number_of(part, MYR_ELEMENT_equality, e), type = m->eq_type[e];
  bool known = type <= mjEQ_TENDON;
  model->equality_active[to] = known && m->eq_active0[e];
  model->equality_type[to] = known ? type : MYR_EQUALITY_CONNECT;
  model->equality_body1[to] = model->equality_body2[to] = -1;
  model->equality_joint1[to] = model->equality_joint2[to] = -1;
  model->equality_tendon1[to] = model->equality_tendon2[to] = -1;
  if (type == mjEQ_CONNECT || type == mjEQ_WELD) set_bodies(part, e, to, model);
  if (type == mjEQ_JOINT) {
    model->equality_joint1[to] = import_number_of(part, MYR_ELEMENT_joint, m->eq_obj1id[e]);
    model->equality_joint2[to] = import_number_of(part, MYR_ELEMENT_joint, m->eq_obj2id[e]);
  }
  if (type == mjEQ_TENDON) {
    model->equality_tendon1[to] = import_number_of(part, MYR_ELEMENT_tendon, m->eq_obj1id[e]);
    model->equality_tendon2[to] = import_number_of(part, MYR_ELEMENT_tendon, m->eq_obj2id[e]);
  }
}
