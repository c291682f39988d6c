/* The visuals of files, then the scenario's props, and their numbers in labels. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/far_out.h"
#include "kernels/model.h"
#include "render/look.h"
#include "render/mesh.h"
#include "sim/threads.h"

static bool background(const myr_visual *visual) { return visual->body == 0 && visual->shape == MYR_GEOM_PLANE; }

static int entity_count(const myr_appearance *appearance) {
  int count = 0;
  for (int i = 0; i < appearance->visual_count; i++)
    if (appearance->visuals[i].entity >= count) count = appearance->visuals[i].entity + 1;
  return count;
}

void look_count_visuals(myr_look *look, const look_sources *sources) {
  const myr_appearance *a = sources->appearance;
  look->info.visual_count = sources->description->prop_count;
  for (int i = 0; i < a->visual_count; i++) look->info.visual_count += myr_visual_is_seen(&a->visuals[i]);
  look->info.part_count = look->model->nbody - 1;
}

/* ------------------------------------------------------------------------------------------------ meshes */
static void mesh_box(const myr_visual_mesh *mesh, float box[6]) {
  for (int k = 0; k < 3; k++) {
    float low = mesh->positions[k], high = low;
    for (int v = 1; v < mesh->vertex_count; v++) {
      float x = mesh->positions[3 * v + k];
      if (x < low) low = x;
      if (x > high) high = x;
    }
    box[k] = 0.5f * (low + high);
    box[3 + k] = 0.5f * (high - low);
  }
}

static myr_status build_mesh(const myr_visual_mesh *m, myr_mesh *mesh, myr_error *error) {
  mesh_source source = {.positions = m->positions,
                        .normals = m->normals,
                        .uv = m->uv,
                        .triangles = m->triangles,
                        .normal_index = m->triangle_normals,
                        .uv_index = m->triangle_uv,
                        .vertex_count = m->vertex_count,
                        .normal_count = m->normal_count,
                        .uv_count = m->uv_count,
                        .triangle_count = m->triangle_count};
  myr_error own = {0};
  myr_status status = mesh_build(&source, mesh, &own);
  return status ? myr_fail(error, status, "mesh \"%s\": %s", m->name ? m->name : "", own.message) : MYR_OK;
}

/* Builds all meshes on all threads, because the levels of detail of a large mesh take a second. Of several errors it
 * reports that of the first mesh. */
static myr_status fill_meshes(myr_look *look, const myr_appearance *a, myr_error *error) {
  look->meshes = look_allocate(look, (size_t)a->mesh_count, sizeof *look->meshes);
  look->mesh_boxes = look_allocate(look, (size_t)a->mesh_count, sizeof *look->mesh_boxes);
  if (!look->meshes || !look->mesh_boxes) return myr_fail(error, MYR_ERROR, "out of memory");
  look->mesh_count = a->mesh_count; /* unbuilt meshes are zero and can be freed */
  int failed = a->mesh_count;
  int threads = myr_thread_count(0) < a->mesh_count ? myr_thread_count(0) : a->mesh_count;
  myr_status status = myr_threads_check(threads, error);
  if (status || !threads) return status;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (int i = 0; i < a->mesh_count; i++) {
    myr_error own = {0};
    myr_status built = build_mesh(&a->meshes[i], &look->meshes[i], &own);
    if (!built) mesh_box(&a->meshes[i], look->mesh_boxes[i]);
#pragma omp critical(look_meshes)
    if (built && i < failed) {
      failed = i;
      status = built;
      if (error) *error = own;
    }
  }
  return status;
}

/* ------------------------------------------------------------------------------------------------ names */
/* Instances and classes while they are numbered; 0 is the background of both. */
typedef struct numbering {
  const char **instance_names, **semantic_names;
  int *instance_semantic;
  int instances, semantics;
} numbering;

static bool start_numbering(myr_look *look, const look_sources *sources, numbering *n) {
  size_t most = (size_t)entity_count(sources->appearance) + (size_t)sources->description->prop_count + 1;
  n->instance_names = look_allocate(look, most, sizeof *n->instance_names);
  n->semantic_names = look_allocate(look, most, sizeof *n->semantic_names);
  n->instance_semantic = look_allocate(look, most, sizeof *n->instance_semantic);
  look->instance_body = look_allocate(look, most, sizeof *look->instance_body);
  if (!n->instance_names || !n->semantic_names || !n->instance_semantic || !look->instance_body) return false;
  n->instance_names[0] = n->semantic_names[0] = "background";
  return true;
}

/* The number of a class, a new one for a new name; -1 when memory runs out. */
static int number_class(myr_look *look, numbering *n, const char *name) {
  for (int i = 1; i <= n->semantics; i++)
    if (strcmp(n->semantic_names[i], name) == 0) return i;
  char *copy = look_string(look, name);
  if (!copy) return -1;
  n->semantic_names[++n->semantics] = copy;
  return n->semantics;
}

static int number_instance(myr_look *look, numbering *n, const char *name, int semantic, int body) {
  char *copy = look_string(look, name);
  if (!copy) return -1;
  int i = ++n->instances;
  n->instance_names[i] = copy;
  n->instance_semantic[i] = semantic;
  look->instance_body[i] = body;
  return i;
}

static const char *entity_name(const myr_look_description *d, int entity, char buffer[32]) {
  if (d->entity_names && entity < d->entity_count && d->entity_names[entity]) return d->entity_names[entity];
  snprintf(buffer, 32, "entity%d", entity + 1);
  return buffer;
}

/* ------------------------------------------------------------------------------------------------ visuals */
static myr_status set_material(myr_look *look, int visual, const char *name, const char *owner, myr_error *error) {
  int material = myr_look_find(look, MYR_LOOK_MATERIAL, name);
  if (material < 0) return myr_fail(error, MYR_INVALID, "\"%s\": there is no material \"%s\"", owner, name);
  *look_value(look, look->defaults, MYR_LOOK_visual_material, visual) = (float)material;
  return MYR_OK;
}

static void set_pose(myr_look *look, int visual, const double position[3], const float quaternion[4],
                     const float size[3]) {
  myr_look_set_position(look, look->defaults, MYR_LOOK_visual_position, visual, position);
  memcpy(look_value(look, look->defaults, MYR_LOOK_visual_orientation, visual), quaternion, 4 * sizeof(float));
  memcpy(look_value(look, look->defaults, MYR_LOOK_visual_size, visual), size, 3 * sizeof(float));
  *look_value(look, look->defaults, MYR_LOOK_visual_shown, visual) = 1;
}

/* A visual takes its entity's instance, numbered when the entity is first met. */
static myr_status fill_file_visual(myr_look *look, const look_sources *sources, const myr_visual *v, int i,
                                   numbering *n, int *entity_instance, myr_error *error) {
  const myr_look_description *d = sources->description;
  char buffer[32];
  const char *entity = entity_name(d, v->entity, buffer);
  bool listed = v->entity < d->entity_count;
  const char *class_name =
      listed && d->entity_semantic && d->entity_semantic[v->entity] ? d->entity_semantic[v->entity] : entity;
  look_visual *visual = &look->visuals[i];
  visual->shape = v->shape, visual->mesh = v->mesh, visual->body = visual->part = v->body;
  visual->semantic = number_class(look, n, class_name);
  if (visual->semantic < 0) return myr_fail(error, MYR_ERROR, "out of memory");
  if (!background(v)) {
    int *instance = &entity_instance[v->entity];
    if (*instance == 0) *instance = number_instance(look, n, entity, visual->semantic, look->model->body_root[v->body]);
    if (*instance < 0) return myr_fail(error, MYR_ERROR, "out of memory");
    visual->instance = *instance;
  }
  set_pose(look, i, v->position, v->quaternion, v->size);
  float *color = look_value(look, look->defaults, MYR_LOOK_visual_color, i);
  memcpy(color, v->color, 3 * sizeof(float));
  *look_value(look, look->defaults, MYR_LOOK_visual_material, i) = (float)v->material;
  if (listed && d->entity_material && d->entity_material[v->entity]) {
    myr_status status = set_material(look, i, d->entity_material[v->entity], entity, error);
    if (status) return status;
    color[0] = color[1] = color[2] = -1;
  }
  if (listed && d->entity_color && d->entity_color[v->entity][0] >= 0)
    memcpy(color, d->entity_color[v->entity], 3 * sizeof(float));
  return MYR_OK;
}

/* The number of the three sizes that a shape needs; 0 if a prop cannot have the shape. */
static int sizes_of(int shape) {
  switch (shape) {
  case MYR_GEOM_SPHERE: return 1;
  case MYR_GEOM_CAPSULE:
  case MYR_GEOM_CYLINDER: return 2;
  case MYR_GEOM_ELLIPSOID:
  case MYR_GEOM_BOX: return 3;
  default: return 0;
  }
}

static myr_status check_prop(const myr_look *look, const myr_prop_description *p, myr_error *error) {
  int sizes = sizes_of(p->shape);
  if (p->shape != MYR_GEOM_PLANE && sizes == 0)
    return myr_fail(error, MYR_INVALID, "prop \"%s\": a shape of number %d does not exist", p->name, p->shape);
  for (int k = 0; k < 3; k++)
    if (!(k < sizes ? p->size[k] > 0 : p->size[k] >= 0) || p->size[k] - p->size[k] != 0)
      return myr_fail(error, MYR_INVALID,
                      "prop \"%s\": a size of %g m in single precision; it must be finite and greater than 0", p->name,
                      (double)p->size[k]);
  return look_check_body(look, p->body, "prop", p->name, error);
}

static myr_status fill_prop(myr_look *look, const myr_prop_description *p, int i, numbering *n, myr_error *error) {
  myr_status status = check_prop(look, p, error);
  if (status) return status;
  look_visual *visual = &look->visuals[i];
  visual->shape = p->shape, visual->mesh = -1, visual->body = p->body;
  visual->semantic = number_class(look, n, p->semantic ? p->semantic : "prop");
  visual->instance = p->instance ? number_instance(look, n, p->name, visual->semantic, -1) : 0;
  if (visual->semantic < 0 || visual->instance < 0) return myr_fail(error, MYR_ERROR, "out of memory");
  set_pose(look, i, p->position, p->quaternion, p->size);
  memcpy(look_value(look, look->defaults, MYR_LOOK_visual_color, i), p->color, 3 * sizeof(float));
  *look_value(look, look->defaults, MYR_LOOK_visual_material, i) = -1;
  return p->material ? set_material(look, i, p->material, p->name, error) : MYR_OK;
}

static myr_status fill_keypoints(myr_look *look, const myr_appearance *a, myr_error *error) {
  size_t count = (size_t)a->site_count;
  const char **names = look_allocate(look, count, sizeof *names);
  int *bodies = look_allocate(look, count, sizeof *bodies);
  look->keypoint_position = look_allocate(look, count, sizeof *look->keypoint_position);
  if (!names || !bodies || !look->keypoint_position) return myr_fail(error, MYR_ERROR, "out of memory");
  for (int i = 0; i < a->site_count; i++) {
    names[i] = look_string(look, a->sites[i].name ? a->sites[i].name : "");
    if (!names[i]) return myr_fail(error, MYR_ERROR, "out of memory");
    bodies[i] = a->sites[i].body;
    for (int k = 0; k < 3; k++) {
      look->keypoint_position[i][k] = (float)a->sites[i].position[k];
      look->keypoint_position[i][3 + k] = (float)myr_stated_rest(a->sites[i].position[k]);
    }
  }
  look->info.keypoint_count = a->site_count;
  look->info.keypoint_names = names;
  look->info.keypoint_body = bodies;
  return MYR_OK;
}

static myr_status fill_part_names(myr_look *look, myr_error *error) {
  const char **names = look_allocate(look, (size_t)look->model->nbody, sizeof *names);
  if (!names) return myr_fail(error, MYR_ERROR, "out of memory");
  names[0] = "background";
  for (int b = 1; b < look->model->nbody; b++) {
    names[b] = look_string(look, look->model->body_name[b] ? look->model->body_name[b] : "");
    if (!names[b]) return myr_fail(error, MYR_ERROR, "out of memory");
  }
  look->info.part_names = names;
  return MYR_OK;
}

/* Visuals are listed as those of entities, then those of props. Their drawables have the order of the scenario, because
 * the later one wins where surfaces coincide. seen_entity: (visual_count) the entity of each visual of a file. */
static void order_visuals(myr_look *look, const look_sources *sources, const int *seen_entity) {
  const myr_look_description *d = sources->description;
  const int files = look->info.visual_count - d->prop_count, models = entity_count(sources->appearance);
  const int entities = d->entity_count > models ? d->entity_count : models;
  int count = 0;
  for (int entity = 0; entity <= entities; entity++) {
    for (int p = 0; p < d->prop_count; p++)
      if (entities - d->props[p].entities_after == entity) look->drawing_order[count++] = files + p;
    for (int i = 0; i < files; i++)
      if (seen_entity[i] == entity) look->drawing_order[count++] = i;
  }
}

myr_status look_fill_visuals(myr_look *look, const look_sources *sources, myr_error *error) {
  const myr_appearance *a = sources->appearance;
  const myr_look_description *d = sources->description;
  numbering n = {0};
  const char **names = look_allocate(look, (size_t)look->info.visual_count, sizeof *names);
  int *entity_instance = look_allocate(look, (size_t)entity_count(a), sizeof *entity_instance);
  int *seen_entity = look_allocate(look, (size_t)look->info.visual_count, sizeof *seen_entity);
  look->drawing_order = look_allocate(look, (size_t)look->info.visual_count, sizeof *look->drawing_order);
  if (!names || !entity_instance || !seen_entity || !look->drawing_order || !start_numbering(look, sources, &n))
    return myr_fail(error, MYR_ERROR, "out of memory");
  myr_status status = fill_meshes(look, a, error);
  int i = 0;
  for (int v = 0; v < a->visual_count && !status; v++) {
    if (!myr_visual_is_seen(&a->visuals[v])) continue;
    seen_entity[i] = a->visuals[v].entity;
    status = fill_file_visual(look, sources, &a->visuals[v], i, &n, entity_instance, error);
    names[i++] = look_string(look, a->visuals[v].name ? a->visuals[v].name : "");
  }
  for (int p = 0; p < d->prop_count && !status; p++) {
    status = fill_prop(look, &d->props[p], i, &n, error);
    names[i++] = look_string(look, d->props[p].name);
  }
  for (int k = 0; k < i && !status; k++)
    if (!names[k]) status = myr_fail(error, MYR_ERROR, "out of memory");
  if (status) return status;
  order_visuals(look, sources, seen_entity);
  look->info.visual_names = names;
  look->info.instance_count = n.instances, look->info.instance_names = n.instance_names;
  look->info.instance_semantic = n.instance_semantic;
  look->info.semantic_count = n.semantics, look->info.semantic_names = n.semantic_names;
  status = fill_keypoints(look, a, error);
  return status ? status : fill_part_names(look, error);
}
