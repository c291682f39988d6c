/* Joining the looks of compiled MuJoCo models and ground planes into one appearance. */
#ifndef MYR_MUJOCO_APPEARANCE_H
#define MYR_MUJOCO_APPEARANCE_H

#include "sim/appearance.h"
#include "sim/mujoco/import.h"

/* One entity on its way into the joined appearance. */
typedef struct appearance_part {
  const import_part *import;
  int entity;
  int visual, light, camera, site; /* of the appearance: the part's first */
  /* Number in the appearance of each mesh, height field, texture and material of the part; -1: nothing uses it. */
  int *mesh, *height_field, *texture, *material;
} appearance_part;

/* The headlight comes from headlight_from, or is MuJoCo's default when it is NULL. The parts have passed
 * supported_check. MYR_INVALID when model is not of these parts, or for a light or camera that cannot be drawn. The
 * caller frees with myr_appearance_free. */
myr_status appearance_join(import_part *parts, int count, const mjModel *headlight_from, const myr_model *model,
                           myr_appearance **appearance, myr_error *error);

/* Refuses elements that would be drawn wrongly. */
myr_status appearance_check(const import_part *part, myr_error *error);

/* Copy one part's elements into their places. false: out of memory. */
bool appearance_ground(const appearance_part *part, myr_appearance *appearance);
bool appearance_visuals(const appearance_part *part, myr_appearance *appearance);
bool appearance_materials(const appearance_part *part, myr_appearance *appearance);
bool appearance_sites(const appearance_part *part, myr_appearance *appearance);
bool appearance_meshes(const appearance_part *part, myr_appearance *appearance);
bool appearance_textures(const appearance_part *part, myr_appearance *appearance);
bool appearance_lights(const appearance_part *part, myr_appearance *appearance);
bool appearance_cameras(const appearance_part *part, myr_appearance *appearance);

/* The closed surface of a height field, without its name. false: out of memory. */
bool appearance_height_field(const mjModel *m, int height_field, myr_visual_mesh *mesh);

static inline void appearance_reals(float *to, const mjtNum *from, int count) {
  for (int i = 0; i < count; i++) to[i] = (float)from[i];
}

#endif
