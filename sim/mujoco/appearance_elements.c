/* Copies visuals, materials and sites of one MuJoCo model into their places in the joined appearance. */
#include "sim/mujoco/appearance.h"

#include <string.h>

#include "kernels/shape.h"

static bool is_primitive(int type) { return type != mjGEOM_HFIELD && type <= mjGEOM_BOX; }

static void set_shape(const appearance_part *part, int geom, myr_visual *visual) {
  const mjModel *m = part->import->mujoco;
  int type = m->geom_type[geom], data = m->geom_dataid[geom];
  visual->shape = type; /* numbered as MuJoCo numbers them */
  visual->mesh = -1;
  if (is_primitive(type)) return; /* one that was fitted to a mesh still names it */
  visual->shape = MYR_VISUAL_MESH;
  visual->mesh = type == mjGEOM_HFIELD ? part->height_field[data] : part->mesh[data];
}

bool appearance_visuals(const appearance_part *part, myr_appearance *appearance) {
  const mjModel *m = part->import->mujoco;
  bool complete = true;
  for (int g = 0; g < m->ngeom; g++) {
    myr_visual *visual = &appearance->visuals[part->visual + g];
    visual->name = import_name(part->import, mjOBJ_GEOM, g, &complete);
    set_shape(part, g, visual);
    visual->body = import_body(part->import, m->geom_bodyid[g]);
    visual->geom = part->import->geom[g];
    visual->entity = part->entity;
    visual->group = m->geom_group[g];
    visual->material = m->geom_matid[g] < 0 ? -1 : part->material[m->geom_matid[g]];
    appearance_reals(visual->size, m->geom_size + 3 * g, 3);
    memcpy(visual->position, m->geom_pos + 3 * g, sizeof visual->position);
    appearance_reals(visual->quaternion, m->geom_quat + 4 * g, 4);
    memcpy(visual->color, mujoco_geom_color(m, g), sizeof visual->color);
  }
  return complete;
}

bool appearance_ground(const appearance_part *part, myr_appearance *appearance) {
  bool complete = true;
  myr_visual *visual = &appearance->visuals[part->visual];
  *visual = (myr_visual){
      .name = import_ground_name(part->import, &complete),
      .shape = MYR_GEOM_PLANE,
      .mesh = -1,
      .geom = part->import->geom[0],
      .entity = part->entity,
      .material = -1,
      .size = {0, 0, (float)IMPORT_GROUND_SPACING},
      .quaternion = {1, 0, 0, 0},
  };
  memcpy(visual->color, mujoco_default_color, sizeof visual->color);
  return complete;
}

bool appearance_materials(const appearance_part *part, myr_appearance *appearance) {
  const mjModel *m = part->import->mujoco;
  bool complete = true;
  for (int i = 0; i < m->nmat; i++) {
    if (part->material[i] < 0) continue;
    int texture = mujoco_material_texture(m, i);
    myr_visual_material *material = &appearance->materials[part->material[i]];
    *material = (myr_visual_material){
        .name = import_name(part->import, mjOBJ_MATERIAL, i, &complete),
        .metallic = m->mat_metallic[i],
        .roughness = m->mat_roughness[i],
        .specular = m->mat_specular[i],
        .shininess = m->mat_shininess[i],
        .emission = m->mat_emission[i],
        .texture = texture < 0 ? -1 : part->texture[texture],
        .repeat = {m->mat_texrepeat[2 * i], m->mat_texrepeat[2 * i + 1]},
        .uniform = m->mat_texuniform[i],
    };
    memcpy(material->color, m->mat_rgba + 4 * i, sizeof material->color);
  }
  return complete;
}

bool appearance_sites(const appearance_part *part, myr_appearance *appearance) {
  const mjModel *m = part->import->mujoco;
  bool complete = true;
  for (int s = 0; s < m->nsite; s++) {
    myr_visual_site *site = &appearance->sites[part->site + s];
    site->name = import_name(part->import, mjOBJ_SITE, s, &complete);
    site->body = import_body(part->import, m->site_bodyid[s]);
    site->entity = part->entity;
    site->group = m->site_group[s];
    memcpy(site->position, m->site_pos + 3 * s, sizeof site->position);
  }
  return complete;
}
