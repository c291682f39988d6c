/* MuJoCo's header, of the one version that Myriad reads with and is compared to. Another version compiles the same file to
 * other numbers, and may have features that the importer would not know to refuse. To follow a new one: read its changelog,
 * decide about each of its new members of mjModel in tests/sim/mujoco_members.h (a test fails until all are listed),
 * extend supported.c, then change the number here, in CMakeLists.txt and in tools/install-deps. */
#ifndef MYR_MUJOCO_VERSION_H
#define MYR_MUJOCO_VERSION_H

#include <mujoco/mujoco.h>

#include <stdbool.h>
#include <string.h>

#if mjVERSION_HEADER != 4000001
#error "sim/mujoco reads with MuJoCo 4.0.1 and no other version: run tools/install-deps"
#endif

/* exclude_signature packs two body numbers. */
static inline void mujoco_exclude_bodies(const mjModel *m, int exclude, int *body1, int *body2) {
  *body1 = m->exclude_signature[exclude] >> 16;
  *body2 = m->exclude_signature[exclude] & 0xFFFF;
}

/* Iterations of the last step. Islands are solved side by side: the slowest counts. */
static inline int mujoco_iterations(const mjData *d) {
  int n = d->nisland > 0 ? d->nisland : 1, most = 0;
  for (int i = 0; i < n && i < mjNISLAND; i++) most = d->solver_niter[i] > most ? d->solver_niter[i] : most;
  return most;
}

/* The texture of a material's base colour, or -1; other maps are not drawn. */
static inline int mujoco_material_texture(const mjModel *m, int material) {
  const int *roles = m->mat_texid + mjNTEXROLE * material;
  return roles[mjTEXROLE_RGB] >= 0 ? roles[mjTEXROLE_RGB] : roles[mjTEXROLE_RGBA];
}

/* The colour of geoms that state none. MuJoCo cannot tell it from the same colour stated, so the material's colour is used
 * for both. */
static const float mujoco_default_color[4] = {0.5F, 0.5F, 0.5F, 1};

/* (4) rgba */
static inline const float *mujoco_geom_color(const mjModel *m, int geom) {
  const float *own = m->geom_rgba + 4 * geom;
  int material = m->geom_matid[geom];
  /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): these four have one representation each */
  bool stated = memcmp(own, mujoco_default_color, sizeof mujoco_default_color) != 0;
  return material >= 0 && !stated ? m->mat_rgba + 4 * material : own;
}

#endif
