/* Where an episode begins: keyframe, pose and velocity of the floating root, noise on the joints. */
#include <math.h>
#include <string.h>

#include "sim/deterministic_math.h"
#include "scenarios/plan.h"
#include "scenarios/plan_world.h"

/* ------------------------------------------------------------------------------------------------ rotations */
/* Quaternions are w x y z; a matrix's rows are the outer frame's axes. */

static void quaternion_multiply(const double a[4], const double b[4], double out[4]) {
  double r[4] = {
      a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3], a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
      a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1], a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0]};
  memcpy(out, r, sizeof r);
}

static void quaternion_matrix(const double q[4], double m[9]) {
  double w = q[0], x = q[1], y = q[2], z = q[3];
  const double r[9] = {1 - 2 * (y * y + z * z), 2 * (x * y - w * z),     2 * (x * z + w * y),
                       2 * (x * y + w * z),     1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
                       2 * (x * z - w * y),     2 * (y * z + w * x),     1 - 2 * (x * x + y * y)};
  memcpy(m, r, sizeof r);
}

static void rotation_quaternion(const double rotation[3], double q[4]) {
  double angle = portable_sqrt(rotation[0] * rotation[0] + rotation[1] * rotation[1] + rotation[2] * rotation[2]);
  double scale = angle > 0 ? portable_sin(0.5 * angle) / angle : 0.5;
  q[0] = portable_cos(0.5 * angle);
  for (int i = 0; i < 3; i++) q[1 + i] = scale * rotation[i];
}

/* ------------------------------------------------------------------------------------------------ lowest point */

/* How far a geom reaches from its centre along a direction given in its own axes. */
static double reach(const start_geom *geom, const double d[3]) {
  const double *s = geom->size;
  double flat = portable_sqrt(d[0] * d[0] + d[1] * d[1]);
  switch (geom->type) {
  case MYR_GEOM_SPHERE:
    return s[0];
  case MYR_GEOM_CAPSULE:
    return s[0] + s[1] * fabs(d[2]);
  case MYR_GEOM_CYLINDER:
    return s[0] * flat + s[1] * fabs(d[2]);
  case MYR_GEOM_BOX:
    return s[0] * fabs(d[0]) + s[1] * fabs(d[1]) + s[2] * fabs(d[2]);
  case MYR_GEOM_ELLIPSOID:
    return portable_sqrt(s[0] * s[0] * d[0] * d[0] + s[1] * s[1] * d[1] * d[1] + s[2] * s[2] * d[2] * d[2]);
  default:
    return 0;
  }
}

/* Height of the entity's lowest point over its root, the root turned by q. */
static double lowest_point(const entity_plan *entity, const double q[4]) {
  double m[9], lowest = 0;
  quaternion_matrix(q, m);
  const double *up = m + 6; /* the vertical in the root's axes */
  for (int g = 0; g < entity->start_geom_count; g++) {
    const start_geom *geom = &entity->start_geoms[g];
    double d[3];
    for (int i = 0; i < 3; i++) d[i] = up[0] * geom->axes[i] + up[1] * geom->axes[3 + i] + up[2] * geom->axes[6 + i];
    double height = up[0] * geom->position[0] + up[1] * geom->position[1] + up[2] * geom->position[2] - reach(geom, d);
    if (g == 0 || height < lowest) lowest = height;
  }
  return lowest;
}

/* ------------------------------------------------------------------------------------------------ binding */

/* Coordinates and controls of the whole model with every entity in its own keyframe; slices of it are the entities'. */
static void bind_keyframe(plan_builder *builder, int index) {
  myr_plan *plan = builder->plan;
  const myr_model *model = plan->model;
  start_plan *start = &plan->entities[index].start;
  const text_value *keyframe = &plan->entities[index].section->start.keyframe;
  static const double none[1];
  double *qvel = plan_take(builder, (size_t)model->nv, sizeof *qvel),
         *act = plan_take(builder, (size_t)model->na, sizeof *act);
  double *ctrl = plan_take(builder, (size_t)model->nu, sizeof *ctrl);
  start->qpos = model->nq ? model->qpos0 : none;
  start->qvel = qvel;
  start->act = act;
  start->ctrl = ctrl;
  if (builder->failed || !keyframe->text) return;
  char path[256];
  snprintf(path, sizeof path, "%s.%s", plan->entity_infos[index].name, keyframe->text);
  int key = plan_find(builder, MYR_OBJECT_KEY, index, path, keyframe->node->where);
  if (key < 0) return;
  start->qpos = model->key_qpos + (size_t)key * model->nq;
  start->qvel = model->key_qvel + (size_t)key * model->nv;
  start->act = model->key_act + (size_t)key * model->na;
  start->ctrl = model->key_ctrl + (size_t)key * model->nu;
}

static const char *start_path(plan_builder *builder, int index, const char *key) {
  return arena_format(&builder->plan->arena, "entities.%s.start.%s", builder->plan->entity_infos[index].name, key);
}

/* The joints of a type, and their names for the record. */
static const int *list_joints(plan_builder *builder, int index, int type, int *count, const char *const **names) {
  const myr_plan *plan = builder->plan;
  const myr_entity_info *info = &plan->entity_infos[index];
  int *joints = plan_take(builder, (size_t)info->joint_count, sizeof *joints);
  const char **texts = plan_take(builder, (size_t)info->joint_count, sizeof *texts);
  *count = 0;
  *names = texts;
  for (int j = info->joint_start; joints && texts && j < info->joint_start + info->joint_count; j++) {
    if (plan->model->jnt_type[j] != type) continue;
    texts[*count] = plan->model->jnt_name[j] ? plan->model->jnt_name[j] : "";
    joints[(*count)++] = j;
  }
  return joints;
}

static void add_noise(plan_builder *builder, int index, draw_site *site, const quantity *quantity, const char *key,
                      int count, const char *const *names) {
  /* No noise is no error: the canonical form says so of every robot. */
  bool none = quantity->kind == DISTRIBUTION_CONSTANT && quantity->a == 0;
  if (!count && quantity->node && !none) {
    diagnose(builder->diagnostics, quantity->node->where, "`%s` has no such joints",
             builder->plan->entity_infos[index].name);
  }
  plan_add_quantity(builder, site, quantity, count ? start_path(builder, index, key) : NULL, count, names);
}

static void bind_sites(plan_builder *builder, int index) {
  entity_plan *entity = &builder->plan->entities[index];
  const start_section *section = &entity->section->start;
  start_plan *start = &entity->start;
  const node *root_keys[] = {section->height.node, section->lift.node,     section->yaw.node,
                             section->tilt.node,   section->velocity.node, section->angular_velocity.node};
  for (size_t i = 0; i < sizeof root_keys / sizeof *root_keys && !builder->plan->entity_infos[index].floating; i++) {
    if (!root_keys[i]) continue;
    diagnose(builder->diagnostics, root_keys[i]->key->where,
             "`%s` is fixed to the world: only a floating robot can be placed",
             builder->plan->entity_infos[index].name);
  }
  start->has_height = section->height.given;
  start->has_tilt = section->tilt.given;
  if (start->has_height)
    plan_add_quantity(builder, &start->height, &section->height, start_path(builder, index, "height"), 0, NULL);
  plan_add_quantity(builder, &start->lift, &section->lift, start_path(builder, index, "lift"), 0, NULL);
  plan_add_quantity(builder, &start->yaw, &section->yaw, start_path(builder, index, "yaw"), 0, NULL);
  if (start->has_tilt) plan_add_cone(builder, &start->tilt, &section->tilt, start_path(builder, index, "tilt"));
  start->turned = start->has_tilt || start->yaw.offset >= 0 || start->yaw.constant != 0;
  plan_add_vector(builder, &start->velocity, &section->velocity, NULL, start_path(builder, index, "velocity"), 0, NULL);
  plan_add_vector(builder, &start->angular_velocity, &section->angular_velocity, NULL,
                  start_path(builder, index, "angular_velocity"), 0, NULL);
  const char *const *hinges, *const *slides;
  start->hinges = list_joints(builder, index, MYR_JOINT_HINGE, &start->hinge_count, &hinges);
  start->slides = list_joints(builder, index, MYR_JOINT_SLIDE, &start->slide_count, &slides);
  add_noise(builder, index, &start->joint_noise, &section->joint_noise, "joint_noise", start->hinge_count, hinges);
  add_noise(builder, index, &start->slide_noise, &section->slide_noise, "slide_noise", start->slide_count, slides);
  add_noise(builder, index, &start->joint_velocity_noise, &section->joint_velocity_noise, "joint_velocity_noise",
            start->hinge_count, hinges);
  add_noise(builder, index, &start->slide_velocity_noise, &section->slide_velocity_noise, "slide_velocity_noise",
            start->slide_count, slides);
}

/* The geoms of an entity in its root's frame, from the poses of bodies in the start keyframes. */
static void bind_geoms(plan_builder *builder, int index, myr_span position, myr_span rotation) {
  const myr_model *model = builder->plan->model;
  const myr_entity_info *info = &builder->plan->entity_infos[index];
  entity_plan *entity = &builder->plan->entities[index];
  start_geom *geoms = plan_take(builder, (size_t)info->geom_count, sizeof *geoms);
  if (!geoms) return;
  double root_position[3], root_quaternion[4], root[9];
  span_read(position, 3 * info->root_body, 3, root_position);
  span_read(rotation, 4 * info->root_body, 4, root_quaternion);
  quaternion_matrix(root_quaternion, root);
  for (int g = info->geom_start; g < info->geom_start + info->geom_count; g++) {
    double body_position[3], body_quaternion[4], geom_quaternion[4], body[9], axes[9], offset[3];
    span_read(position, 3 * model->geom_body[g], 3, body_position);
    span_read(rotation, 4 * model->geom_body[g], 4, body_quaternion);
    quaternion_matrix(body_quaternion, body);
    quaternion_multiply(body_quaternion, model->geom_quat + 4 * g, geom_quaternion);
    quaternion_matrix(geom_quaternion, axes);
    const double *p = model->geom_pos + 3 * g;
    for (int i = 0; i < 3; i++) {
      offset[i] =
          body_position[i] - root_position[i] + body[3 * i] * p[0] + body[3 * i + 1] * p[1] + body[3 * i + 2] * p[2];
    }
    start_geom *geom = &geoms[entity->start_geom_count++];
    geom->type = model->geom_type[g];
    memcpy(geom->size, model->geom_size + 3 * g, sizeof geom->size);
    for (int i = 0; i < 3; i++) {
      geom->position[i] = root[i] * offset[0] + root[3 + i] * offset[1] + root[6 + i] * offset[2];
      for (int k = 0; k < 3; k++) {
        geom->axes[3 * i + k] = root[i] * axes[k] + root[3 + i] * axes[3 + k] + root[6 + i] * axes[6 + k];
      }
    }
  }
  entity->start_geoms = geoms;
}

static void write_keyframes(const myr_plan *plan, myr_batch *batch, int world) {
  myr_span qpos = myr_batch_field(batch, MYR_FIELD_qpos, world), qvel = myr_batch_field(batch, MYR_FIELD_qvel, world);
  myr_span act = myr_batch_field(batch, MYR_FIELD_act, world), ctrl = myr_batch_field(batch, MYR_FIELD_ctrl, world);
  const myr_model *model = plan->model;
  for (int i = 0; i < plan->entity_count; i++) {
    if (!plan->entities[i].robot) continue;
    const myr_entity_info *info = &plan->entity_infos[i];
    const start_plan *start = &plan->entities[i].start;
    for (int k = 0, q = info->qpos_start; k < info->qpos_count; k++, q++) span_set(qpos, q, start->qpos[q]);
    for (int k = 0, v = info->dof_start; k < info->dof_count; k++, v++) span_set(qvel, v, start->qvel[v]);
    for (int k = 0, u = info->actuator_start; k < info->actuator_count; k++, u++) {
      span_set(ctrl, u, start->ctrl[u]);
      int a = model->actuator_act_start[u];
      if (a >= 0) span_set(act, a, start->act[a]);
    }
  }
}

/* One world stands in its keyframes, to see where every body is. */
static void bind_poses(plan_builder *builder) {
  myr_plan *plan = builder->plan;
  myr_batch *batch = NULL;
  myr_error error = {0};
  const myr_batch_description description = {
      .model = plan->model, .engine = "cpu", .worlds = 1, .lanes = 1, .threads = 1};
  myr_status status = myr_batch_create(&description, &batch, &error);
  if (!status) {
    write_keyframes(plan, batch, 0);
    status = myr_batch_commit(batch, 0, &error);
  }
  if (!status) status = myr_batch_step(batch, 0, 0, 0, MYR_OBSERVE, NULL, &error);
  if (status) {
    diagnose(builder->diagnostics, (position){0}, "%s", error.message);
  } else {
    myr_span position = myr_batch_field(batch, MYR_FIELD_body_position, 0);
    myr_span rotation = myr_batch_field(batch, MYR_FIELD_body_rotation, 0);
    for (int i = 0; i < plan->entity_count; i++) {
      myr_entity_info *info = &plan->entity_infos[i];
      if (!plan->entities[i].robot || !info->root_body) continue;
      info->start_height = span_get(position, 3 * info->root_body + 2);
      plan->entities[i].fall_height = 0.5 * info->start_height;
      bind_geoms(builder, i, position, rotation);
    }
  }
  myr_batch_destroy(batch);
}

void plan_bind_starts(plan_builder *builder) {
  for (int i = 0; i < builder->plan->entity_count && !builder->failed; i++) {
    if (!builder->plan->entities[i].robot) continue;
    bind_keyframe(builder, i);
    bind_sites(builder, i);
  }
  if (!builder->failed && !builder->diagnostics->count) bind_poses(builder);
}

/* ------------------------------------------------------------------------------------------------ reset */

static void place_root(const myr_plan *plan, int index, myr_span qpos, myr_span qvel, const double *values) {
  const entity_plan *entity = &plan->entities[index];
  const start_plan *start = &entity->start;
  int q = plan->model->jnt_qpos_start[entity->root_joint], v = plan->model->jnt_dof_start[entity->root_joint];
  double z = start->qpos[q + 2], base[4], turned[4];
  memcpy(base, start->qpos + q + 3, sizeof base);
  memcpy(turned, base, sizeof turned);
  if (start->turned) {
    double rotation[4];
    rotation_quaternion((double[]){0, 0, site_value(&start->yaw, values, 0)}, rotation);
    quaternion_multiply(rotation, turned, turned);
    if (start->has_tilt) {
      const double *tilt = values + start->tilt.offset;
      rotation_quaternion((double[]){tilt[0], tilt[1], 0}, rotation);
      quaternion_multiply(rotation, turned, turned);
    }
    z += lowest_point(entity, base) - lowest_point(entity, turned);
  }
  if (start->has_height) z = site_value(&start->height, values, 0);
  span_set(qpos, q + 2, z + site_value(&start->lift, values, 0));
  for (int i = 0; i < 4; i++) span_set(qpos, q + 3 + i, turned[i]);
  const vector_site *velocities[] = {&start->velocity, &start->angular_velocity};
  for (int k = 0; k < 2; k++) {
    double vector[3];
    if (!velocities[k]->given) continue;
    vector_site_value(velocities[k], values, 0, vector);
    for (int i = 0; i < 3; i++) span_set(qvel, v + 3 * k + i, vector[i]);
  }
}

static void add_joint_noise(const myr_plan *plan, const draw_site *position, const draw_site *velocity,
                            const int *joints, int count, myr_span qpos, myr_span qvel, const double *values) {
  const myr_model *model = plan->model;
  bool still = velocity->offset < 0 && velocity->constant == 0, fixed = position->offset < 0 && position->constant == 0;
  for (int i = 0; i < count; i++) {
    int joint = joints[i], q = model->jnt_qpos_start[joint], v = model->jnt_dof_start[joint];
    if (!fixed) {
      double angle = span_get(qpos, q) + site_value(position, values, i);
      if (model->jnt_limited[joint])
        angle = fmin(fmax(angle, model->jnt_range[2 * joint]), model->jnt_range[2 * joint + 1]);
      span_set(qpos, q, angle);
    }
    if (!still) span_set(qvel, v, span_get(qvel, v) + site_value(velocity, values, i));
  }
}

void plan_write_start(const myr_plan *plan, myr_batch *batch, int world, const double *values) {
  write_keyframes(plan, batch, world);
  myr_span qpos = myr_batch_field(batch, MYR_FIELD_qpos, world), qvel = myr_batch_field(batch, MYR_FIELD_qvel, world);
  for (int i = 0; i < plan->entity_count; i++) {
    const start_plan *start = &plan->entities[i].start;
    if (!plan->entities[i].robot) continue;
    if (plan->entity_infos[i].floating) place_root(plan, i, qpos, qvel, values);
    add_joint_noise(plan, &start->joint_noise, &start->joint_velocity_noise, start->hinges, start->hinge_count, qpos,
                    qvel, values);
    add_joint_noise(plan, &start->slide_noise, &start->slide_velocity_noise, start->slides, start->slide_count, qpos,
                    qvel, values);
  }
}
