/* One world of the engine: its fields, its Bullet world, and what one timestep needs. */
#ifndef MYR_BULLET_STATE_H
#define MYR_BULLET_STATE_H

#include "sim/bullet/bullet_scene.h"

/* Bullet computes in double, and so does what is around it; fields are floats. */
typedef struct bullet_state {
  float *fields;                           /* a tile of one lane */
  bullet_world *world;                     /* NULL until the first commit */
  double *qpos, *qvel, *act;               /* the state itself; the fields of these names are copies */
  double *force;                           /* (nv) generalized, of a timestep */
  double *added;                           /* (nv) added inertia of a timestep */
  double *rotors;                          /* (nv) armature */
  double *coordinates;                     /* (nq) positions as the API counts them */
  double *act_dot;                         /* (na) */
  double *tendon_length, *tendon_velocity; /* (ntendon) */
} bullet_state;

/* How many doubles the arrays take together; and their places in a block of that many. */
size_t bullet_state_doubles(const myr_model *model);
void bullet_state_place(const myr_model *model, bullet_state *state, double *block);

/* From the fields qpos, qvel, act into the Bullet world; and back after a timestep. */
void bullet_state_load(const bullet_scene *scene, bullet_state *state);
void bullet_state_apply(const bullet_scene *scene, bullet_state *state);
void bullet_state_fetch(const bullet_scene *scene, bullet_state *state);
void bullet_state_store(const bullet_scene *scene, bullet_state *state);

/* Where a body's frame is, and its centre of mass, as of the last detection. */
bullet_frame bullet_state_body(const bullet_scene *scene, const bullet_state *state, int body);
void bullet_state_center(const bullet_scene *scene, const bullet_state *state, int body, double center[3]);

/* Forces of springs, dampers, actuators and the caller, rows of limits and dry friction, softness of contacts:
 * everything of the coming timestep. After detection. */
myr_status bullet_forces_prepare(const bullet_scene *scene, bullet_state *state, myr_error *error);
/* Activations after a timestep. */
void bullet_forces_activate(const bullet_scene *scene, bullet_state *state);
myr_status bullet_rows_add(const bullet_scene *scene, const bullet_state *state, myr_error *error);
void bullet_contacts_soften(const bullet_scene *scene, bullet_state *state);

/* Labels: poses and energies after detection, contacts after the step that followed it. */
void bullet_labels_state(const bullet_scene *scene, bullet_state *state);
void bullet_labels_contacts(const bullet_scene *scene, bullet_state *state);
void bullet_labels_no_contacts(const bullet_scene *scene, bullet_state *state);

#endif
