/* Copies the used meshes and textures of one MuJoCo model into their places in the joined appearance. */
#include "sim/mujoco/appearance.h"

#include <stdlib.h>
#include <string.h>

#include "sim/mujoco/model_source.h"

/* A copy, or NULL when memory runs out. */
static void *copy(const void *from, size_t count, size_t bytes) {
  void *to = malloc(count * bytes + 1);
  return to ? memcpy(to, from, count * bytes) : NULL;
}

/* ------------------------------------------------------------------------------------------------ meshes */
static bool set_surface(const mjModel *m, int i, myr_visual_mesh *mesh) {
  size_t face = 3 * (size_t)m->mesh_faceadr[i];
  mesh->vertex_count = m->mesh_vertnum[i];
  mesh->triangle_count = m->mesh_facenum[i];
  mesh->positions = copy(m->mesh_vert + 3 * (size_t)m->mesh_vertadr[i], 3 * (size_t)mesh->vertex_count, sizeof(float));
  mesh->triangles = copy(m->mesh_face + face, 3 * (size_t)mesh->triangle_count, sizeof(int32_t));
  return mesh->positions && mesh->triangles;
}

/* Whether MuJoCo's normals are to be drawn: the source of the mesh states normals, or asks for smooth ones. Otherwise MuJoCo
 * makes one for each vertex, which rounds the edges of a cube; the renderer makes better ones, with creases. */
static bool has_own_normals(const appearance_part *part, int i) {
  const mjModel *m = part->import->mujoco;
  const xml_element *element = model_source_element(part->import->source, m, mjOBJ_MESH, i);
  if (element) {
    const xml_attribute *smooth = xml_find(element, "smoothnormal");
    if (xml_find(element, "normal") || (smooth && !strcmp(smooth->value, "true"))) return true;
  }
  if (m->mesh_pathadr[i] < 0) return !element; /* written in the XML, or of unknown origin */
  const mesh_file *files = part->import->source ? part->import->source->mesh_files : NULL;
  return !files || !files[i].known || files[i].normals;
}

/* An OBJ file may give some corners a normal and others none, whose index is then -1. */
static bool all_corners_have_normals(const mjModel *m, int i) {
  const int *corner = m->mesh_facenormal + 3 * (size_t)m->mesh_faceadr[i];
  for (int k = 0; k < 3 * m->mesh_facenum[i]; k++)
    if (corner[k] < 0 || corner[k] >= m->mesh_normalnum[i]) return false;
  return true;
}

static bool set_normals(const appearance_part *part, int i, myr_visual_mesh *mesh) {
  const mjModel *m = part->import->mujoco;
  if (!all_corners_have_normals(m, i) || !has_own_normals(part, i)) return true;
  size_t first = 3 * (size_t)m->mesh_normaladr[i], face = 3 * (size_t)m->mesh_faceadr[i];
  mesh->normal_count = m->mesh_normalnum[i];
  mesh->normals = copy(m->mesh_normal + first, 3 * (size_t)mesh->normal_count, sizeof(float));
  mesh->triangle_normals = copy(m->mesh_facenormal + face, 3 * (size_t)mesh->triangle_count, sizeof(int32_t));
  return mesh->normals && mesh->triangle_normals;
}

/* MuJoCo flips the v of an OBJ file when it reads it, and takes the v of an MJCF file as it is. Here, as in its renderer,
 * v grows downwards because bitmaps begin with their top row. */
static bool set_uv(const mjModel *m, int i, myr_visual_mesh *mesh) {
  if (m->mesh_texcoordadr[i] < 0) return true;
  size_t first = 2 * (size_t)m->mesh_texcoordadr[i], face = 3 * (size_t)m->mesh_faceadr[i];
  mesh->uv_count = m->mesh_texcoordnum[i];
  mesh->uv = copy(m->mesh_texcoord + first, 2 * (size_t)mesh->uv_count, sizeof(float));
  mesh->triangle_uv = copy(m->mesh_facetexcoord + face, 3 * (size_t)mesh->triangle_count, sizeof(int32_t));
  return mesh->uv && mesh->triangle_uv;
}

bool appearance_meshes(const appearance_part *part, myr_appearance *appearance) {
  const mjModel *m = part->import->mujoco;
  bool complete = true;
  for (int i = 0; i < m->nmesh; i++) {
    if (part->mesh[i] < 0) continue;
    myr_visual_mesh *mesh = &appearance->meshes[part->mesh[i]];
    mesh->name = import_name(part->import, mjOBJ_MESH, i, &complete);
    complete = complete && set_surface(m, i, mesh) && set_normals(part, i, mesh) && set_uv(m, i, mesh);
  }
  for (int i = 0; i < m->nhfield; i++) {
    if (part->height_field[i] < 0) continue;
    myr_visual_mesh *mesh = &appearance->meshes[part->height_field[i]];
    mesh->name = import_name(part->import, mjOBJ_HFIELD, i, &complete);
    complete = complete && appearance_height_field(m, i, mesh);
  }
  return complete;
}

/* ------------------------------------------------------------------------------------------------ textures */
enum { CUBE_FACES = 6 };

/* MuJoCo stacks the six faces of a cube; a single square is used for all six. */
static bool set_pixels(const mjModel *m, int i, myr_visual_texture *texture) {
  bool cube = texture->kind != MYR_TEXTURE_PLANE, repeated = cube && m->tex_height[i] == m->tex_width[i];
  texture->width = m->tex_width[i];
  texture->height = cube ? m->tex_width[i] : m->tex_height[i];
  texture->channels = m->tex_nchannel[i];
  const mjtByte *pixels = m->tex_data + m->tex_adr[i];
  size_t face = (size_t)texture->width * (size_t)texture->height * (size_t)texture->channels;
  if (!repeated) {
    texture->pixels = copy(pixels, cube ? CUBE_FACES : 1, face);
    return texture->pixels != NULL;
  }
  texture->pixels = malloc(CUBE_FACES * face);
  for (int f = 0; texture->pixels && f < CUBE_FACES; f++) memcpy(texture->pixels + (size_t)f * face, pixels, face);
  return texture->pixels != NULL;
}

bool appearance_textures(const appearance_part *part, myr_appearance *appearance) {
  const mjModel *m = part->import->mujoco;
  bool complete = true;
  for (int i = 0; i < m->ntex; i++) {
    if (part->texture[i] < 0) continue;
    myr_visual_texture *texture = &appearance->textures[part->texture[i]];
    texture->name = import_name(part->import, mjOBJ_TEXTURE, i, &complete);
    texture->kind = m->tex_type[i]; /* both enumerations are plane, cube, skybox */
    complete = complete && set_pixels(m, i, texture);
  }
  return complete;
}
