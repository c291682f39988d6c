#include "sim/bullet/bullet_scene.h"

#include <stdlib.h>

#include "sim/bullet/mapping.h"
#include "sim/bullet/rigid_frame.h"
#include "sim/options.h"

/* ------------------------------------------------------------------------------------------------ refusals */
static const char *name_of(char *const *names, int i) { return names[i] && names[i][0] ? names[i] : "(nameless)"; }

static myr_status check_free_joint(const myr_model *m, int j, myr_error *error) {
  bool used = m->jnt_stiffness[j] != 0 || m->jnt_stiffnesspoly[2 * j] != 0 || m->jnt_stiffnesspoly[2 * j + 1] != 0;
  for (int k = 0; k < 6; k++) {
    int dof = m->jnt_dof_start[j] + k;
    used |= m->dof_dampingpoly[2 * dof] != 0 || m->dof_dampingpoly[2 * dof + 1] != 0;
    used |= m->dof_damping[dof] != 0 || m->dof_armature[dof] != 0 || m->dof_frictionloss[dof] != 0;
  }
  if (!used) return MYR_OK;
  return myr_fail(
      error, MYR_INVALID,
      "body \"%s\": a free joint with damping, armature, dry friction or a spring is not simulated by engine "
      "bullet: leave these out or use engine cpu",
      name_of(m->body_name, m->jnt_body[j]));
}

/* Bullet steps in its own way, which is of first order. */
static myr_status check_options(const myr_model *m, myr_error *error) {
  enum myr_integrator integrator = m->options.integrator;
  if (m->options.noslip_iterations > 0)
    return myr_fail(error, MYR_UNAVAILABLE,
                    "noslip_iterations is not simulated by engine bullet: set it to 0, or use "
                    "engine cpu");
  if (integrator == MYR_EULER || integrator == MYR_IMPLICITFAST) return MYR_OK;
  char text[OPTION_TEXT_BYTES];
  return myr_fail(error, MYR_INVALID,
                  "integrator %s is not simulated by engine bullet: use Euler or implicitfast, or engine cpu",
                  option_text(MYR_OPTION_integrator, &m->options, text));
}

static bool has_contacts(const myr_model *m) {
  return !(m->options.disable & (MYR_DISABLE_CONTACT | MYR_DISABLE_CONSTRAINT));
}

static myr_status check_pair(const myr_model *m, int p, myr_error *error) {
  const char *one = name_of(m->geom_name, m->pair_geom1[p]), *two = name_of(m->geom_name, m->pair_geom2[p]);
  const double *friction = m->pair_friction + 5 * p;
  if (m->pair_solreffriction[2 * p] != 0 || m->pair_solreffriction[2 * p + 1] != 0)
    return myr_fail(
        error, MYR_INVALID,
        "geoms \"%s\" and \"%s\": solreffriction is not simulated by engine bullet: remove it or use engine cpu", one,
        two);
  if (m->pair_margin[p] != 0 || m->pair_gap[p] != 0)
    return myr_fail(
        error, MYR_INVALID,
        "geoms \"%s\" and \"%s\": a contact margin is not simulated by engine bullet: set margin and gap to 0 "
        "or use engine cpu",
        one, two);
  if (m->pair_friction_rule[p] == MYR_FRICTION_OWN && (friction[0] != friction[1] || friction[3] != friction[4]))
    return myr_fail(
        error, MYR_INVALID,
        "geoms \"%s\" and \"%s\": friction that differs by direction is not simulated by engine bullet: make it "
        "equal or use engine cpu",
        one, two);
  return MYR_OK;
}

static myr_status check_surface(const myr_model *m, int g, myr_error *error) {
  for (int k = 0; k < 6; k++)
    if (m->geom_surfacevel[6 * g + k] != 0)
      return myr_fail(error, MYR_INVALID,
                      "geom \"%s\": surfacevel is not simulated by engine bullet: set it to 0 or use engine cpu",
                      name_of(m->geom_name, g));
  return MYR_OK;
}

static int tree_of_joint(const bullet_scene *scene, int j) { return scene->bodies[scene->model->jnt_body[j]].tree; }

static myr_status check_tendon(const bullet_scene *scene, int t, myr_error *error) {
  const myr_model *m = scene->model;
  bool limited = m->tendon_limited[t] && !(m->options.disable & MYR_DISABLE_LIMIT);
  bool dry = m->tendon_frictionloss[t] > 0 && !(m->options.disable & MYR_DISABLE_FRICTIONLOSS);
  if (m->tendon_armature[t] != 0)
    return myr_fail(error, MYR_INVALID,
                    "tendon \"%s\": armature is not simulated by engine bullet: give the joints armature, or use "
                    "engine cpu",
                    name_of(m->tendon_name, t));
  if ((!limited && !dry) || m->options.disable & MYR_DISABLE_CONSTRAINT) return MYR_OK;
  int first = m->tendon_wrap_start[t];
  if (m->tendon_leg_start[t] < m->tendon_leg_start[t + 1])
    return myr_fail(error, MYR_INVALID,
                    "tendon \"%s\": a limit or dry friction of a spatial tendon is not simulated by engine bullet: use "
                    "engine cpu",
                    name_of(m->tendon_name, t));
  if (m->tendon_wrap_count[t] > BULLET_TENDON_JOINTS)
    return myr_fail(error, MYR_INVALID,
                    "tendon \"%s\": a limit or dry friction on more than %d joints is not simulated by "
                    "engine bullet: use engine cpu",
                    name_of(m->tendon_name, t), BULLET_TENDON_JOINTS);
  for (int w = first + 1; w < first + m->tendon_wrap_count[t]; w++)
    if (tree_of_joint(scene, m->wrap_target[w]) != tree_of_joint(scene, m->wrap_target[first]))
      return myr_fail(
          error, MYR_INVALID,
          "tendon \"%s\": a limit or dry friction between two robots is not simulated by engine bullet: use "
          "engine cpu",
          name_of(m->tendon_name, t));
  return MYR_OK;
}

static myr_status check_mocap(const myr_model *m, int b, myr_error *error) {
  if (m->body_mocap[b] < 0) return MYR_OK;
  return myr_fail(error, MYR_INVALID, "mocap body \"%s\" is not simulated by engine bullet: use engine cpu",
                  name_of(m->body_name, b));
}

static myr_status refuse_equality(const myr_model *m, int e, myr_error *error) {
  static const char *const kinds[] = {[MYR_EQUALITY_CONNECT] = "connect",
                                      [MYR_EQUALITY_WELD] = "weld",
                                      [MYR_EQUALITY_TENDON] = "an equality of tendons"};
  return myr_fail(error, MYR_INVALID,
                  "equality \"%s\": %s is not simulated by engine bullet: use engine cpu, or set active=\"false\"",
                  name_of(m->equality_name, e), kinds[m->equality_type[e]]);
}

static myr_status check_equality(const bullet_scene *scene, int e, myr_error *error) {
  const myr_model *m = scene->model;
  int one = m->equality_joint1[e], two = m->equality_joint2[e];
  if (!m->equality_active[e] || m->options.disable & (MYR_DISABLE_EQUALITY | MYR_DISABLE_CONSTRAINT)) return MYR_OK;
  if (m->equality_type[e] != MYR_EQUALITY_JOINT) return refuse_equality(m, e, error);
  if (two < 0 || tree_of_joint(scene, one) == tree_of_joint(scene, two)) return MYR_OK;
  return myr_fail(
      error, MYR_INVALID,
      "joints \"%s\" and \"%s\": an equality between two trees of bodies is not simulated by engine bullet, "
      "to which each branch of a fixed base is a tree: use engine cpu",
      name_of(m->jnt_name, one), name_of(m->jnt_name, two));
}

static myr_status check(const bullet_scene *scene, myr_error *error) {
  const myr_model *m = scene->model;
  myr_status status = check_options(m, error);
  for (int b = 1; b < m->nbody && !status; b++) status = check_mocap(m, b, error);
  for (int j = 0; j < m->njnt && !status; j++)
    if (m->jnt_type[j] == MYR_JOINT_FREE) status = check_free_joint(m, j, error);
  for (int p = 0; p < m->npair && has_contacts(m) && !status; p++) status = check_pair(m, p, error);
  for (int g = 0; g < m->ngeom && has_contacts(m) && !status; g++) status = check_surface(m, g, error);
  for (int t = 0; t < m->ntendon && !status; t++) status = check_tendon(scene, t, error);
  for (int e = 0; e < m->neq && !status; e++) status = check_equality(scene, e, error);
  return status;
}

/* ------------------------------------------------------------------------------------------------ trees */
static bool has_free_joint(const myr_model *m, int b) {
  return m->body_jnt_count[b] > 0 && m->jnt_type[m->body_jnt_start[b]] == MYR_JOINT_FREE;
}

/* A jointless body is part of its parent's link; a body with joints begins a tree where its parent does not move. */
static void place_body(bullet_scene *scene, int b) {
  const myr_model *m = scene->model;
  const bullet_place *parent = &scene->bodies[m->body_parent[b]];
  bullet_place *place = &scene->bodies[b];
  bullet_frame own = frame_at(m->body_pos + 3 * b, m->body_quat + 4 * b);
  int joints = m->body_jnt_count[b], first = m->body_jnt_start[b];
  if (!joints) {
    *place = (bullet_place){parent->tree, parent->link, frame_compose(&parent->frame, &own)};
    return;
  }
  if (parent->tree < 0)
    scene->trees[scene->tree_count++] = (bullet_tree){.floating = has_free_joint(m, b),
                                                      .root = b,
                                                      .joint_start = first,
                                                      .qpos_start = m->jnt_qpos_start[first],
                                                      .dof_start = m->jnt_dof_start[first]};
  *place = (bullet_place){parent->tree < 0 ? scene->tree_count - 1 : parent->tree, -1, frame_identity()};
  bullet_tree *tree = &scene->trees[place->tree];
  for (int k = 0; k < joints; k++)
    scene->joint_link[first + k] = m->jnt_type[first + k] == MYR_JOINT_FREE ? -1 : tree->link_count++;
  place->link = scene->joint_link[first + joints - 1];
  tree->joint_count += joints;
  tree->dof_count += m->body_dof_count[b];
}

/* ------------------------------------------------------------------------------------------------ shapes */
static const enum bullet_shape_kind shape_kinds[] = {
    [MYR_GEOM_PLANE] = BULLET_PLANE,       [MYR_GEOM_SPHERE] = BULLET_SPHERE,
    [MYR_GEOM_CAPSULE] = BULLET_CAPSULE,   [MYR_GEOM_ELLIPSOID] = BULLET_ELLIPSOID,
    [MYR_GEOM_CYLINDER] = BULLET_CYLINDER, [MYR_GEOM_BOX] = BULLET_BOX,
    [MYR_GEOM_MESH] = BULLET_HULL,         [MYR_GEOM_HFIELD] = BULLET_HEIGHT_FIELD,
};

/* Its vertices are counted from the hull's inner point, Bullet's from the geom. */
static myr_status create_hull(const myr_model *m, int hull, bullet_shape_description *description, bullet_shape **shape,
                              myr_error *error) {
  int count = m->hull_vertex_count[hull];
  const double *from = m->hull_vertex + (ptrdiff_t)3 * m->hull_vertex_start[hull];
  double *points = calloc((size_t)count, 3 * sizeof *points);
  if (!points) return myr_fail(error, MYR_ERROR, "out of memory for a hull of %d vertices", count);
  for (int i = 0; i < 3 * count; i++) points[i] = from[i] + m->hull_center[3 * hull + i % 3];
  description->points = points;
  description->point_count = count;
  myr_status status = bullet_shape_create(description, shape, error);
  free(points);
  return status;
}

static myr_status create_height_field(const myr_model *m, int field, bullet_shape_description *description,
                                      bullet_shape **shape, myr_error *error) {
  const double *size = m->hfield_size + (ptrdiff_t)4 * field, *elevation = m->hfield_elevation + m->hfield_start[field];
  description->rows = m->hfield_rows[field];
  description->columns = m->hfield_columns[field];
  size_t count = (size_t)description->rows * (size_t)description->columns;
  float *heights = malloc(count * sizeof *heights);
  if (!heights) return myr_fail(error, MYR_ERROR, "out of memory for a height field of %zu points", count);
  for (size_t i = 0; i < count; i++) heights[i] = (float)(size[2] * elevation[i]);
  memcpy(description->size, size, 2 * sizeof *size);
  description->heights = heights;
  myr_status status = bullet_shape_create(description, shape, error);
  free(heights);
  return status;
}

static myr_status create_shape(bullet_scene *scene, int g, myr_error *error) {
  const myr_model *m = scene->model;
  if (scene->shapes[g]) return MYR_OK;
  bullet_shape_description description = {.kind = shape_kinds[m->geom_type[g]]};
  memcpy(description.size, m->geom_size + 3 * g, sizeof description.size);
  if (m->geom_hull[g] >= 0) return create_hull(m, m->geom_hull[g], &description, &scene->shapes[g], error);
  if (m->geom_hfield[g] >= 0) return create_height_field(m, m->geom_hfield[g], &description, &scene->shapes[g], error);
  return bullet_shape_create(&description, &scene->shapes[g], error);
}

static myr_status create_shapes(bullet_scene *scene, myr_error *error) {
  const myr_model *m = scene->model;
  myr_status status = MYR_OK;
  for (int p = 0; p < m->npair && !status; p++) {
    status = create_shape(scene, m->pair_geom1[p], error);
    if (!status) status = create_shape(scene, m->pair_geom2[p], error);
  }
  for (int g = 0, next = 0; g < m->ngeom; g++) scene->colliders[g] = scene->shapes[g] ? next++ : -1;
  return status;
}

/* ------------------------------------------------------------------------------------------------ scenes */
static myr_status fill(bullet_scene *scene, myr_error *error) {
  const myr_model *m = scene->model;
  myr_status status = myr_kernels_find(MYR_LANES_DOUBLE, &scene->kernels, error);
  if (!status) status = scene->kernels->constants_create(m, &scene->constants, error);
  if (status) return status;
  myr_layout_compute(m, &scene->layout);
  scene->trees = calloc((size_t)m->nbody, sizeof *scene->trees);
  scene->bodies = calloc((size_t)m->nbody, sizeof *scene->bodies);
  scene->joint_link = calloc((size_t)m->njnt + 1, sizeof *scene->joint_link);
  scene->shapes = calloc((size_t)m->ngeom + 1, sizeof *scene->shapes);
  scene->colliders = calloc((size_t)m->ngeom + 1, sizeof *scene->colliders);
  if (!scene->trees || !scene->bodies || !scene->joint_link || !scene->shapes || !scene->colliders)
    return myr_fail(error, MYR_ERROR, "out of memory for a model of %d bodies", m->nbody);
  scene->bodies[0] = (bullet_place){-1, -1, frame_identity()};
  for (int b = 1; b < m->nbody; b++) place_body(scene, b);
  status = check(scene, error);
  return status ? status : create_shapes(scene, error);
}

myr_status bullet_scene_create(const myr_model *model, bullet_scene **scene, myr_error *error) {
  *scene = calloc(1, sizeof **scene);
  if (!*scene) return myr_fail(error, MYR_ERROR, "out of memory for a model of %d bodies", model->nbody);
  (*scene)->model = model;
  myr_status status = fill(*scene, error);
  if (status) {
    bullet_scene_destroy(*scene);
    *scene = NULL;
  }
  return status;
}

void bullet_scene_destroy(bullet_scene *scene) {
  if (!scene) return;
  for (int g = 0; scene->shapes && g < scene->model->ngeom; g++) bullet_shape_destroy(scene->shapes[g]);
  if (scene->constants) scene->kernels->constants_destroy(scene->constants);
  free(scene->trees);
  free(scene->bodies);
  free(scene->joint_link);
  free(scene->shapes);
  free(scene->colliders);
  free(scene);
}

/* ------------------------------------------------------------------------------------------------ masses */
typedef struct part {
  double mass, center[3], inertia[6]; /* about its own centre, in the link's axes */
} part;

/* One body as part of its link. */
static part part_of(const bullet_scene *scene, const float *fields, int b) {
  const myr_model *m = scene->model;
  const bullet_frame *frame = &scene->bodies[b].frame;
  const float *ipos = bullet_field(scene, fields, MYR_FIELD_body_ipos) + 3 * b;
  const float *moments = bullet_field(scene, fields, MYR_FIELD_body_inertia) + 3 * b;
  part p = {.mass = (double)bullet_field(scene, fields, MYR_FIELD_body_mass)[b]};
  frame_point(frame, (const double[]){(double)ipos[0], (double)ipos[1], (double)ipos[2]}, p.center);
  double axes[4], r[9];
  myr_quaternion_multiply(frame->rotation, m->body_iquat + 4 * b, axes);
  quaternion_normalize(axes);
  myr_quaternion_matrix(axes, r);
  static const int rows[] = {0, 1, 2, 0, 0, 1}, columns[] = {0, 1, 2, 1, 2, 2};
  for (int e = 0; e < 6; e++)
    for (int k = 0; k < 3; k++) p.inertia[e] += r[3 * rows[e] + k] * (double)moments[k] * r[3 * columns[e] + k];
  return p;
}

/* Adds the inertia of a mass at distance arm from the axes' origin (Steiner). */
static void add_point(double inertia[6], double mass, const double arm[3]) {
  double x = arm[0], y = arm[1], z = arm[2];
  inertia[0] += mass * (y * y + z * z), inertia[1] += mass * (x * x + z * z), inertia[2] += mass * (x * x + y * y);
  inertia[3] -= mass * x * y, inertia[4] -= mass * x * z, inertia[5] -= mass * y * z;
}

static bullet_mass mass_of(const bullet_scene *scene, const float *fields, int tree, int link) {
  bullet_mass sum = {0};
  for (int pass = 0; pass < 2; pass++) /* first the centre, then the inertia about it */
    for (int b = 1; b < scene->model->nbody; b++) {
      if (scene->bodies[b].tree != tree || scene->bodies[b].link != link) continue;
      part p = part_of(scene, fields, b);
      if (pass == 0) {
        for (int k = 0; k < 3; k++)
          sum.center[k] =
              (sum.center[k] * sum.mass + p.center[k] * p.mass) / (sum.mass + p.mass > 0 ? sum.mass + p.mass : 1);
        sum.mass += p.mass;
        continue;
      }
      double arm[3] = {p.center[0] - sum.center[0], p.center[1] - sum.center[1], p.center[2] - sum.center[2]};
      for (int e = 0; e < 6; e++) sum.inertia[e] += p.inertia[e];
      add_point(sum.inertia, p.mass, arm);
    }
  return sum;
}

/* ------------------------------------------------------------------------------------------------ worlds */
static bullet_link link_of(const bullet_scene *scene, const float *fields, int tree, int j) {
  static const enum bullet_joint kinds[] = {
      [MYR_JOINT_BALL] = BULLET_BALL, [MYR_JOINT_SLIDE] = BULLET_SLIDE, [MYR_JOINT_HINGE] = BULLET_HINGE};
  const myr_model *m = scene->model;
  int b = m->jnt_body[j];
  bool first = j == m->body_jnt_start[b];
  const bullet_place *parent = &scene->bodies[m->body_parent[b]];
  bullet_frame own = frame_at(m->body_pos + 3 * b, m->body_quat + 4 * b);
  bullet_link link = {.parent = first ? (parent->tree < 0 ? -1 : parent->link) : scene->joint_link[j - 1],
                      .joint = kinds[m->jnt_type[j]],
                      .frame = first ? frame_compose(&parent->frame, &own) : frame_identity(),
                      .mass = mass_of(scene, fields, tree, scene->joint_link[j])};
  memcpy(link.anchor, m->jnt_pos + 3 * j, sizeof link.anchor);
  memcpy(link.axis, m->jnt_axis + 3 * j, sizeof link.axis);
  return link;
}

static myr_status add_tree(const bullet_scene *scene, const float *fields, int t, bullet_world *world,
                           myr_error *error) {
  const bullet_tree *tree = &scene->trees[t];
  bullet_link *links = calloc((size_t)tree->link_count + 1, sizeof *links);
  if (!links) return myr_fail(error, MYR_ERROR, "out of memory for %d links", tree->link_count);
  for (int j = tree->joint_start; j < tree->joint_start + tree->joint_count; j++)
    if (scene->joint_link[j] >= 0) links[scene->joint_link[j]] = link_of(scene, fields, t, j);
  const bullet_multibody_description description = {.floating = tree->floating,
                                                    .base = mass_of(scene, fields, t, -1),
                                                    .links = links,
                                                    .link_count = tree->link_count};
  int number;
  myr_status status = bullet_multibody_add(world, &description, &number, error);
  free(links);
  return status;
}

static myr_status add_collider(const bullet_scene *scene, int g, bullet_world *world, myr_error *error) {
  const myr_model *m = scene->model;
  if (scene->colliders[g] < 0) return MYR_OK;
  const bullet_place *place = &scene->bodies[m->geom_body[g]];
  bullet_frame own = frame_at(m->geom_pos + 3 * g, m->geom_quat + 4 * g);
  const bullet_collider_description description = {.shape = scene->shapes[g],
                                                   .multibody = place->tree,
                                                   .link = place->link,
                                                   .frame = frame_compose(&place->frame, &own)};
  int number;
  return bullet_collider_add(world, &description, &number, error);
}

void bullet_scene_friction(const bullet_scene *scene, const float *fields, int p, double friction[3]) {
  static const int of_pair[3] = {0, 2, 3}; /* indices into a pair's five coefficients, which are one for each axis */
  const myr_model *m = scene->model;
  const float *geoms = bullet_field(scene, fields, MYR_FIELD_geom_friction);
  const float *one = geoms + 3 * m->pair_geom1[p], *two = geoms + 3 * m->pair_geom2[p];
  for (int k = 0; k < 3; k++) {
    switch (m->pair_friction_rule[p]) {
    case MYR_FRICTION_OWN: friction[k] = m->pair_friction[5 * p + of_pair[k]]; break;
    case MYR_FRICTION_GEOM1: friction[k] = (double)one[k]; break;
    case MYR_FRICTION_GEOM2: friction[k] = (double)two[k]; break;
    case MYR_FRICTION_GROUND: friction[k] = (double)(k == 0 || one[k] > two[k] ? one[k] : two[k]); break;
    default: friction[k] = (double)(one[k] > two[k] ? one[k] : two[k]);
    }
    if (friction[k] < 0) friction[k] = 0;
  }
}

static myr_status enable_pair(const bullet_scene *scene, const float *fields, int p, bullet_world *world,
                              myr_error *error) {
  const myr_model *m = scene->model;
  double friction[3];
  bullet_scene_friction(scene, fields, p, friction);
  int condim = m->pair_condim[p];
  const bullet_material material = {.friction = condim > 1 ? friction[0] : 0,
                                    .torsional = condim > 3 ? friction[1] : 0,
                                    .rolling = condim > 4 ? friction[2] : 0};
  return bullet_pair_enable(world, scene->colliders[m->pair_geom1[p]], scene->colliders[m->pair_geom2[p]], &material,
                            error);
}

static myr_status furnish(const bullet_scene *scene, const float *fields, bullet_world *world, myr_error *error) {
  const myr_model *m = scene->model;
  myr_status status = MYR_OK;
  for (int t = 0; t < scene->tree_count && !status; t++) status = add_tree(scene, fields, t, world, error);
  if (!has_contacts(m)) return status;
  for (int g = 0; g < m->ngeom && !status; g++) status = add_collider(scene, g, world, error);
  for (int p = 0; p < m->npair && !status; p++) status = enable_pair(scene, fields, p, world, error);
  return status;
}

myr_status bullet_scene_build(const bullet_scene *scene, const float *fields, bullet_world **world, myr_error *error) {
  const myr_options *options = &scene->model->options;
  bullet_world_description description = {.timestep = options->timestep, .iterations = BULLET_ITERATIONS};
  for (int k = 0; k < 3; k++) description.gravity[k] = (double)bullet_field(scene, fields, MYR_FIELD_gravity)[k];
  myr_status status = bullet_world_create(&description, world, error);
  if (!status) status = furnish(scene, fields, *world, error);
  if (status) {
    bullet_world_destroy(*world);
    *world = NULL;
  }
  return status;
}
