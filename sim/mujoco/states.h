/* States in which the engines are compared: states that a simulation passes through, and states with more contacts than
 * it usually meets. */
#ifndef MYR_MUJOCO_STATES_H
#define MYR_MUJOCO_STATES_H

#include "sim/mujoco/oracle.h"

/* Every number is exactly a float, so that engines of either precision start from the same state. */
typedef struct compared_state {
  double *qpos, *qvel, *act, *ctrl, *warmstart; /* (nq), (nv), (na), (nu), (nv) */
  double *wrench;                               /* (nbody, 6) force and torque on each body */
  double *mocap_pos, *mocap_quat;               /* (nmocap, 3) and (nmocap, 4) */
  double *delayed;                              /* of MYR_FIELD_delayed */
  double *time;                                 /* (1) s */
} compared_state;

typedef struct compared_states {
  compared_state *states;
  double *numbers; /* all arrays of all states */
  int count;
} compared_states;

/* The first half of the states is reached by simulation with random controls. The second half is random poses, pressed a
 * little into the ground. They depend on the seed alone. The caller releases them, after an error too. */
myr_status states_create(const myr_model *model, const oracle *oracle, int count, uint64_t seed,
                         compared_states *result, myr_error *error);
void states_release(compared_states *states);

/* Gives MuJoCo the state. */
void states_apply(const mjModel *m, mjData *d, const compared_state *state);

#endif
