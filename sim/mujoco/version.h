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
static inline int mujoco_activation(const mjModel *m, int a) { return m->actuator_actadr[a]; }
static inline int mujoco_stated_nconmax(const mjModel *m) { return m->nconmax; }
static inline bool mujoco_equality_active(const mjModel *m, int e) { return m->eq_active0[e]; }
static inline int mujoco_iterations(const mjData *d) {
  int n = d->nisland > 0 ? d->nisland : 1, most = 0; /* islands are solved side by side: the slowest counts */
  for (int i = 0; i < n && i < mjNISLAND; i++) most = d->solver_niter[i] > most ? d->solver_niter[i] : most;
  return most;
}

/* The texture of a material's base colour, or -1; other maps are not drawn. */
static inline int mujoco_material_texture(const mjModel *m, int material) {
  const int *roles = m->mat_texid + mjNTEXROLE * material;
  return roles[mjTEXROLE_RGB] >= 0 ? roles[mjTEXROLE_RGB] : roles[mjTEXROLE_RGBA];
}
static inline float mujoco_material_metallic(const mjModel *m, int material) { return m->mat_metallic[material]; }
static inline float mujoco_material_roughness(const mjModel *m, int material) { return m->mat_roughness[material]; }
static inline int mujoco_texture_channels(const mjModel *m, int texture) { return m->tex_nchannel[texture]; }
static inline const mjtByte *mujoco_texture_pixels(const mjModel *m, int texture) {
  return m->tex_data + m->tex_adr[texture];
}
static inline bool mujoco_light_is_directional(const mjModel *m, int light) {
  return m->light_type[light] == mjLIGHT_DIRECTIONAL;
}
static inline bool mujoco_light_is_point(const mjModel *m, int light) { return m->light_type[light] == mjLIGHT_POINT; }
static inline bool mujoco_light_is_image(const mjModel *m, int light) { return m->light_type[light] == mjLIGHT_IMAGE; }
static inline float mujoco_light_radius(const mjModel *m, int light) { return m->light_bulbradius[light]; }
static inline bool mujoco_camera_is_orthographic(const mjModel *m, int camera) { return m->cam_orthographic[camera]; }
static inline int mujoco_camera_resolution(const mjModel *m, int camera, int axis) {
  return m->cam_resolution[2 * camera + axis];
}
/* Size of the sensor, focal length and principal point along an axis, in one unit of length; sensor 0: not stated. */
static inline float mujoco_camera_sensor(const mjModel *m, int camera, int axis) {
  return m->cam_sensorsize[2 * camera + axis];
}
static inline float mujoco_camera_focal(const mjModel *m, int camera, int axis) {
  return m->cam_intrinsic[4 * camera + axis];
}
static inline float mujoco_camera_principal(const mjModel *m, int camera, int axis) {
  return m->cam_intrinsic[4 * camera + 2 + axis];
}
static inline int mujoco_mesh_normal_start(const mjModel *m, int mesh) { return m->mesh_normaladr[mesh]; }
static inline int mujoco_mesh_normals(const mjModel *m, int mesh) { return m->mesh_normalnum[mesh]; }
static inline int mujoco_mesh_texcoords(const mjModel *m, int mesh) { return m->mesh_texcoordnum[mesh]; }
static inline const int *mujoco_mesh_face_normals(const mjModel *m) { return m->mesh_facenormal; }
static inline const int *mujoco_mesh_face_texcoords(const mjModel *m) { return m->mesh_facetexcoord; }

#else

static inline int mujoco_ls_iterations(const mjModel *m) {
  (void)m;
  return 50;
}
static inline bool mujoco_is_implicitfast(const mjModel *m) {
  (void)m;
  return false;
}
static inline int mujoco_activation(const mjModel *m, int a) {
  int stateless = m->nu - m->na; /* actuators with an activation come last */
  return a >= stateless ? a - stateless : -1;
}
static inline int mujoco_stated_nconmax(const mjModel *m) {
  (void)m;
  return 0;
} /* always set, by a guess */
static inline bool mujoco_equality_active(const mjModel *m, int e) { return m->eq_active[e]; }
static inline int mujoco_iterations(const mjData *d) { return d->solver_iter; }

static inline int mujoco_material_texture(const mjModel *m, int material) { return m->mat_texid[material]; }
static inline float mujoco_material_metallic(const mjModel *m, int material) {
  (void)m, (void)material;
  return -1;
}
static inline float mujoco_material_roughness(const mjModel *m, int material) {
  (void)m, (void)material;
  return -1;
}
static inline int mujoco_texture_channels(const mjModel *m, int texture) {
  (void)m, (void)texture;
  return 3;
}
static inline const mjtByte *mujoco_texture_pixels(const mjModel *m, int texture) {
  return m->tex_rgb + m->tex_adr[texture];
}
static inline bool mujoco_light_is_directional(const mjModel *m, int light) { return m->light_directional[light]; }
static inline bool mujoco_light_is_point(const mjModel *m, int light) {
  (void)m, (void)light;
  return false;
}
static inline bool mujoco_light_is_image(const mjModel *m, int light) {
  (void)m, (void)light;
  return false;
}
static inline float mujoco_light_radius(const mjModel *m, int light) {
  (void)m, (void)light;
  return 0;
}
static inline bool mujoco_camera_is_orthographic(const mjModel *m, int camera) {
  (void)m, (void)camera;
  return false;
}
static inline int mujoco_camera_resolution(const mjModel *m, int camera, int axis) {
  (void)m, (void)camera, (void)axis;
  return 1;
}
static inline float mujoco_camera_sensor(const mjModel *m, int camera, int axis) {
  (void)m, (void)camera, (void)axis;
  return 0;
}
static inline float mujoco_camera_focal(const mjModel *m, int camera, int axis) {
  (void)m, (void)camera, (void)axis;
  return 0;
}
static inline float mujoco_camera_principal(const mjModel *m, int camera, int axis) {
  (void)m, (void)camera, (void)axis;
  return 0;
}
/* Normals and texture coordinates are numbered as the vertices are. */
static inline int mujoco_mesh_normal_start(const mjModel *m, int mesh) { return m->mesh_vertadr[mesh]; }
static inline int mujoco_mesh_normals(const mjModel *m, int mesh) { return m->mesh_vertnum[mesh]; }
static inline int mujoco_mesh_texcoords(const mjModel *m, int mesh) { return m->mesh_vertnum[mesh]; }
static inline const int *mujoco_mesh_face_normals(const mjModel *m) { return m->mesh_face; }
static inline const int *mujoco_mesh_face_texcoords(const mjModel *m) { return m->mesh_face; }

#endif
#endif
