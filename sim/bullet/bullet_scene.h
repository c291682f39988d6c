/* A model in Bullet's terms: the multibody and link of each body, and Bullet worlds built from a world's parameters. */
#ifndef MYR_BULLET_SCENE_H
#define MYR_BULLET_SCENE_H

#include "kernels/kernels.h"
#include "sim/bullet/bullet_c.h"

enum { BULLET_TENDON_JOINTS = 64 }; /* most joints of a tendon with limits or dry friction */

/* A tree of the model becomes a multibody. Its coordinates are contiguous in qpos and qvel, in the same order. */
typedef struct bullet_tree {
  bool floating;
  int root; /* body */
  int joint_start, joint_count;
  int qpos_start, dof_start, dof_count, link_count;
} bullet_tree;

typedef struct bullet_place {
  int tree, link;     /* tree -1: the world; link -1: the base */
  bullet_frame frame; /* in the link's frame, or the world */
} bullet_place;

/* Immutable; shared by all worlds of a batch. */
typedef struct bullet_scene {
  const myr_model *model;
  const myr_kernels *kernels; /* in double precision, like Bullet */
  void *constants;            /* of these kernels */
  myr_layout layout;          /* of a world's fields: floats for the caller, doubles for the kernels */
  int tree_count;
  bullet_tree *trees;
  bullet_place *bodies;  /* (nbody) */
  int *joint_link;       /* (njnt) link of its tree; -1: the base */
  bullet_shape **shapes; /* (ngeom) NULL: collides with nothing */
  int *colliders;        /* (ngeom) -1: collides with nothing */
} bullet_scene;

/* MYR_INVALID names the feature that Bullet cannot simulate. */
myr_status bullet_scene_create(const myr_model *model, bullet_scene **scene, myr_error *error);
void bullet_scene_destroy(bullet_scene *scene);

/* Element 0 of a field in a world's block of floats. */
static inline const float *bullet_field(const bullet_scene *scene, const float *world, enum myr_field field) {
  return world + scene->layout.offset[field];
}

/* Makes a Bullet world with the parameters, including derived ones, of a world's fields. */
myr_status bullet_scene_build(const bullet_scene *scene, const float *fields, bullet_world **world, myr_error *error);

/* Friction of a pair: sliding, torsional (m), rolling (m). */
void bullet_scene_friction(const bullet_scene *scene, const float *fields, int pair, double friction[3]);

#endif
