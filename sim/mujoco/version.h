/* MuJoCo's header, and everything that differs between the versions Myriad can read with: 3.3.6, 3.3.7 (what
 * tools/install-deps brings) and 2.2.2 (Debian's libmujoco-dev). Another version may have features that the importer
 * would not know to refuse, hence the #error: read its changelog, extend supported.c, then extend the range here. */
#ifndef MYR_MUJOCO_VERSION_H
#define MYR_MUJOCO_VERSION_H

#include <mujoco/mujoco.h>

#include <stdbool.h>

#if mjVERSION_HEADER >= 336 && mjVERSION_HEADER <= 337
#define MYR_MUJOCO_3 1
#elif mjVERSION_HEADER == 222
#define MYR_MUJOCO_3 0
#else
#error "sim/mujoco/version.h knows MuJoCo 2.2.2, 3.3.6 and 3.3.7: run tools/install-deps for the right one"
#endif

/* exclude_signature packs two body numbers. */
static inline void mujoco_exclude_bodies(const mjModel *m, int exclude, int *body1, int *body2) {
  int shift = MYR_MUJOCO_3 ? 0 : 1; /* 2.2.2 stores the numbers plus one */
  *body1 = (m->exclude_signature[exclude] >> 16) - shift;
  *body2 = (m->exclude_signature[exclude] & 0xFFFF) - shift;
}

#if MYR_MUJOCO_3

static inline int mujoco_ls_iterations(const mjModel *m) { return m->opt.ls_iterations; }
static inline bool mujoco_is_implicitfast(const mjModel *m) { return m->opt.integrator == mjINT_IMPLICITFAST; }
static inline bool mujoco_is_filter_exact(const mjModel *m, int a) {
  return m->actuator_dyntype[a] == mjDYN_FILTEREXACT;
}
static inline int mujoco_activation(const mjModel *m, int a) { return m->actuator_actadr[a]; }
static inline bool mujoco_actearly(const mjModel *m, int a) { return m->actuator_actearly[a]; }
static inline bool mujoco_jnt_actfrclimited(const mjModel *m, int j) { return m->jnt_actfrclimited[j]; }
static inline double mujoco_jnt_actfrcrange(const mjModel *m, int j, int side) {
  return m->jnt_actfrcrange[2 * j + side];
}
static inline double mujoco_tendon_lengthspring(const mjModel *m, int t, int side) {
  return m->tendon_lengthspring[2 * t + side];
}
static inline int mujoco_stated_nconmax(const mjModel *m) { return m->nconmax; }
static inline bool mujoco_equality_active(const mjModel *m, int e) { return m->eq_active0[e]; }
static inline int mujoco_iterations(const mjData *d) {
  int n = d->nisland > 0 ? d->nisland : 1, most = 0; /* islands are solved side by side: the slowest counts */
  for (int i = 0; i < n && i < mjNISLAND; i++) most = d->solver_niter[i] > most ? d->solver_niter[i] : most;
  return most;
}

#else

static inline int mujoco_ls_iterations(const mjModel *m) {
  (void)m;
  return 50;
}
static inline bool mujoco_is_implicitfast(const mjModel *m) {
  (void)m;
  return false;
}
static inline bool mujoco_is_filter_exact(const mjModel *m, int a) {
  (void)m, (void)a;
  return false;
}
static inline int mujoco_activation(const mjModel *m, int a) {
  int stateless = m->nu - m->na; /* actuators with an activation come last */
  return a >= stateless ? a - stateless : -1;
}
static inline bool mujoco_actearly(const mjModel *m, int a) {
  (void)m, (void)a;
  return false;
}
static inline bool mujoco_jnt_actfrclimited(const mjModel *m, int j) {
  (void)m, (void)j;
  return false;
}
static inline double mujoco_jnt_actfrcrange(const mjModel *m, int j, int side) {
  (void)m, (void)j, (void)side;
  return 0;
}
static inline double mujoco_tendon_lengthspring(const mjModel *m, int t, int side) {
  (void)side; /* no dead band yet */
  return m->tendon_lengthspring[t];
}
static inline int mujoco_stated_nconmax(const mjModel *m) {
  (void)m;
  return 0;
} /* always set, by a guess */
static inline bool mujoco_equality_active(const mjModel *m, int e) { return m->eq_active[e]; }
static inline int mujoco_iterations(const mjData *d) { return d->solver_iter; }

#endif
#endif
