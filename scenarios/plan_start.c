/* The start of an episode: keyframe, pose and velocity of the root, noise on the joints. */
#include <math.h>
#include <string.h>

#include "kernels/model.h"
#include "kernels/rotation.h"
#include "scenarios/plan.h"
#include "scenarios/plan_world.h"

/* ------------------------------------------------------------------------------------------------ binding */

/* The entity's keyframe in the model, or -1 for none; it then starts in qpos0 at rest. */
static int find_keyframe(plan_builder *builder, int index) {
  const text_value *keyframe = &builder->plan->entities[index].section->start.keyframe;
  if (!keyframe->text) return -1;
  const char *path =
      arena_format(&builder->plan->arena, "%s.%s", builder->plan->entity_infos[index].name, keyframe->text);
  return path ? plan_find(builder, MYR_ELEMENT_keyframe, index, path, keyframe->node->where) : -1;
}

/* Adds constants that set elements start .. start + count - 1 of a field to a row of the keyframes, or to zero if row
 * is NULL. */
static void add_constants(plan_builder *builder, enum myr_field field, int start, int count, const double *row) {
  myr_start_constant *constants = plan_append(builder, &builder->start.constants, count, sizeof *constants);
  for (int i = 0; constants && i < count; i++)
    constants[i] = (myr_start_constant){.field = field, .element = start + i, .value = row ? row[start + i] : 0};
}

/* Whether equality e ties one joint to another, in proportion: a mimic joint of URDF. */
static bool is_proportional(const myr_model *model, int e) {
  const double *p = model->equality_polynomial + 5 * (size_t)e;
  return model->equality_active[e] && model->equality_joint1[e] >= 0 && model->equality_joint2[e] >= 0 && p[2] == 0 &&
         p[3] == 0 && p[4] == 0;
}

/* The zero pose of a URDF file, in which its mimic joints are where their offset puts them. A follower may follow a
 * follower, so all take their places once for each joint at most. */
static const double *zero_pose(plan_builder *builder, int index) {
  const myr_model *model = builder->plan->model;
  const myr_entity_info *info = &builder->plan->entity_infos[index];
  const char *path = builder->plan->entities[index].section->model_path;
  if (!path || !myr_is_urdf(path) || !model->neq) return model->qpos0;
  double *qpos = plan_take(builder, (size_t)model->nq, sizeof *qpos);
  if (!qpos) return model->qpos0;
  memcpy(qpos, model->qpos0, (size_t)model->nq * sizeof *qpos);
  bool moved = true;
  for (int pass = 0; moved && pass < info->joint_count; pass++) {
    moved = false;
    for (int e = 0; e < model->neq; e++) {
      int joint = model->equality_joint1[e];
      if (!is_proportional(model, e) || joint < info->joint_start || joint >= info->joint_start + info->joint_count)
        continue;
      int follower = model->jnt_qpos_start[joint], leader = model->jnt_qpos_start[model->equality_joint2[e]];
      const double *tie = model->equality_polynomial + 5 * (size_t)e;
      double place = model->qpos0[follower] + tie[0] + tie[1] * (qpos[leader] - model->qpos0[leader]);
      moved |= place != qpos[follower];
      qpos[follower] = place;
    }
  }
  return qpos;
}

static void bind_keyframe(plan_builder *builder, int index) {
  const myr_model *model = builder->plan->model;
  const myr_entity_info *info = &builder->plan->entity_infos[index];
  int key = builder->plan->entities[index].key = find_keyframe(builder, index);
  const double *qvel = key < 0 ? NULL : model->key_qvel + (size_t)key * model->nv,
               *ctrl = key < 0 ? NULL : model->key_ctrl + (size_t)key * model->nu,
               *act = key < 0 ? NULL : model->key_act + (size_t)key * model->na;
  const double *qpos = key < 0 ? zero_pose(builder, index) : model->key_qpos + (size_t)key * model->nq;
  builder->plan->entities[index].start_qpos = qpos;
  add_constants(builder, MYR_FIELD_qpos, info->qpos_start, info->qpos_count, qpos);
  add_constants(builder, MYR_FIELD_qvel, info->dof_start, info->dof_count, qvel);
  add_constants(builder, MYR_FIELD_ctrl, info->actuator_start, info->actuator_count, ctrl);
  for (int b = info->body_start; b < info->body_start + info->body_count; b++) {
    int mocap = model->body_mocap[b];
    if (mocap < 0) continue;
    size_t before = (size_t)(key < 0 ? 0 : key) * (size_t)model->nmocap;
    add_constants(builder, MYR_FIELD_mocap_pos, 3 * mocap, 3,
                  key < 0 ? model->mocap_pos0 : model->key_mpos + 3 * before);
    add_constants(builder, MYR_FIELD_mocap_quat, 4 * mocap, 4,
                  key < 0 ? model->mocap_quat0 : model->key_mquat + 4 * before);
  }
  for (int u = info->actuator_start; u < info->actuator_start + info->actuator_count; u++)
    add_constants(builder, MYR_FIELD_act, model->actuator_act_start[u], model->actuator_actnum[u], act);
}

static const char *start_path(plan_builder *builder, int index, const char *key) {
  return arena_format(&builder->plan->arena, "entities.%s.start.%s", builder->plan->entity_infos[index].name, key);
}

static bool follows(const myr_model *model, int joint) {
  for (int e = 0; e < model->neq; e++)
    if (is_proportional(model, e) && model->equality_joint1[e] == joint) return true;
  return false;
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
    if (plan->model->jnt_type[j] != type || follows(plan->model, j))
      continue; /* noise of followers is their leader's */
    texts[*count] = plan->model->jnt_name[j] ? plan->model->jnt_name[j] : "";
    joints[(*count)++] = j;
  }
  return joints;
}

/* Moves the joints that follow a joint in proportion to its noise, and those that follow them. The edits of one element
 * are made one after the other: the noise, times the factor, plus the value before. depth ends a ring of ties. */
static void move_followers(plan_builder *builder, int entity, enum myr_field field, int leader, myr_number noise,
                           double factor, int depth) {
  const myr_model *model = builder->plan->model;
  int key = builder->plan->entities[entity].key;
  const double *qvel = key < 0 ? NULL : model->key_qvel + (size_t)key * model->nv;
  for (int e = 0; e < model->neq && depth < model->njnt; e++) {
    if (!is_proportional(model, e) || model->equality_joint2[e] != leader) continue;
    int joint = model->equality_joint1[e];
    bool position = field == MYR_FIELD_qpos;
    int element = position ? model->jnt_qpos_start[joint] : model->jnt_dof_start[joint];
    double own = factor * model->equality_polynomial[5 * (size_t)e + 1];
    double before = position ? builder->plan->entities[entity].start_qpos[element] : qvel ? qvel[element] : 0;
    plan_add_edit(builder, field, element, MYR_EDIT_SET, noise, -INFINITY, INFINITY);
    plan_add_edit(builder, field, element, MYR_EDIT_SCALE, (myr_number){own, -1}, -INFINITY, INFINITY);
    plan_add_edit(builder, field, element, MYR_EDIT_ADD, (myr_number){before, -1}, -INFINITY, INFINITY);
    move_followers(builder, entity, field, joint, noise, own, depth + 1);
  }
}

/* Adds noise to a coordinate of each joint; the coordinate stays in its range. field: qpos or qvel. */
static void add_noise_edits(plan_builder *builder, int entity, const draw_site *site, enum myr_field field,
                            const int *joints, int count) {
  const myr_model *model = builder->plan->model;
  if (site->offset < 0 && site->constant == 0) return;
  for (int i = 0; joints && i < count; i++) {
    bool position = field == MYR_FIELD_qpos, limited = position && model->jnt_limited[joints[i]];
    const double *range = model->jnt_range + 2 * joints[i];
    int element = position ? model->jnt_qpos_start[joints[i]] : model->jnt_dof_start[joints[i]];
    plan_add_edit(builder, field, element, MYR_EDIT_ADD, site_number(site, i), limited ? range[0] : -INFINITY,
                  limited ? range[1] : INFINITY);
    move_followers(builder, entity, field, joints[i], site_number(site, i), 1, 0);
  }
}

/* Whether a key states its default, 0. Where it can do nothing this is no error, because the canonical form writes it for
 * every robot. */
static bool states_zero(const quantity *quantity) {
  return quantity->kind == DISTRIBUTION_CONSTANT && quantity->a == 0;
}

static void bind_noise(plan_builder *builder, int index, const quantity *quantity, const char *key, int type,
                       enum myr_field field) {
  int count;
  const char *const *names;
  const int *joints = list_joints(builder, index, type, &count, &names);
  if (!count && quantity->node && !states_zero(quantity)) {
    diagnose(builder->diagnostics, quantity->node->where, "`%s` has no such joints",
             builder->plan->entity_infos[index].name);
  }
  draw_site site;
  plan_add_quantity(builder, &site, quantity, count ? start_path(builder, index, key) : NULL, count, names);
  add_noise_edits(builder, index, &site, field, joints, count);
}

static void bind_velocity(plan_builder *builder, int index, const vector_quantity *velocity, const char *key,
                          int first_dof) {
  vector_site site;
  myr_number numbers[3];
  plan_add_vector(builder, &site, velocity, NULL, start_path(builder, index, key), 0, NULL);
  if (!site.given || !builder->plan->entity_infos[index].floating) return;
  vector_site_numbers(&site, 0, numbers);
  for (int i = 0; i < 3; i++)
    plan_add_edit(builder, MYR_FIELD_qvel, first_dof + i, MYR_EDIT_SET, numbers[i], -INFINITY, INFINITY);
}

/* Whether the entity's root stands where the start places it: it floats, or is a mocap body. */
static bool is_placed(const myr_plan *plan, int index) {
  return plan->entity_infos[index].floating || plan->entities[index].root_mocap >= 0;
}

/* The root's pose at the start. */
static const double *start_of_root(const plan_builder *builder, int index, const double **orientation,
                                   myr_placement *placement) {
  const myr_model *model = builder->plan->model;
  const entity_plan *entity = &builder->plan->entities[index];
  int mocap = entity->root_mocap;
  if (mocap < 0) {
    int q = model->jnt_qpos_start[entity->root_joint];
    placement->position = placement->orientation = MYR_FIELD_qpos;
    placement->place = q, placement->turn = q + 3;
    *orientation = entity->start_qpos + q + 3;
    return entity->start_qpos + q;
  }
  size_t before = (size_t)(entity->key < 0 ? 0 : entity->key) * (size_t)model->nmocap + (size_t)mocap;
  placement->position = MYR_FIELD_mocap_pos, placement->place = 3 * mocap;
  placement->orientation = MYR_FIELD_mocap_quat, placement->turn = 4 * mocap;
  *orientation = (entity->key < 0 ? model->mocap_quat0 : model->key_mquat) + 4 * before;
  return (entity->key < 0 ? model->mocap_pos0 : model->key_mpos) + 3 * before;
}

/* The placement of such a root, without its geoms, whose poses are not known yet. */
static void bind_placement(plan_builder *builder, int index) {
  const myr_plan *plan = builder->plan;
  const start_section *section = &plan->entities[index].section->start;
  draw_site height = {.offset = -1}, lift, yaw, tilt = {.offset = -1};
  if (section->height.given)
    plan_add_quantity(builder, &height, &section->height, start_path(builder, index, "height"), 0, NULL);
  plan_add_quantity(builder, &lift, &section->lift, start_path(builder, index, "lift"), 0, NULL);
  plan_add_quantity(builder, &yaw, &section->yaw, start_path(builder, index, "yaw"), 0, NULL);
  if (section->tilt.given) plan_add_cone(builder, &tilt, &section->tilt, start_path(builder, index, "tilt"));
  if (!is_placed(plan, index)) return;
  myr_placement *placement = plan_append(builder, &builder->start.placements, 1, sizeof *placement);
  if (!placement) return;
  *placement = (myr_placement){.yaw = site_number(&yaw, 0),
                               .height = site_number(&height, 0),
                               .lift = site_number(&lift, 0),
                               .tilt = tilt.offset,
                               .turned = section->tilt.given || yaw.offset >= 0 || yaw.constant != 0,
                               .has_height = section->height.given};
  const double *orientation;
  placement->z = start_of_root(builder, index, &orientation, placement)[2];
  memcpy(placement->base, orientation, sizeof placement->base);
}

static void bind_entity(plan_builder *builder, int index) {
  const myr_plan *plan = builder->plan;
  const entity_plan *entity = &plan->entities[index];
  const start_section *section = &entity->section->start;
  bool floating = plan->entity_infos[index].floating, placed = is_placed(plan, index);
  enum { KEYS_OF_PLACE = 4 }; /* the first of these */
  const node *root_keys[] = {section->height.node,
                             states_zero(&section->lift) ? NULL : section->lift.node,
                             states_zero(&section->yaw) ? NULL : section->yaw.node,
                             section->tilt.node,
                             section->velocity.node,
                             section->angular_velocity.node};
  for (size_t i = 0; i < sizeof root_keys / sizeof *root_keys && !floating; i++) {
    if (!root_keys[i] || (placed && i < KEYS_OF_PLACE)) continue;
    if (placed)
      diagnose(builder->diagnostics, root_keys[i]->key->where, "`%s` is a mocap body, whose velocity is zero",
               plan->entity_infos[index].name);
    else
      diagnose(builder->diagnostics, root_keys[i]->key->where,
               "`%s` is fixed to the world: only a floating robot can be placed", plan->entity_infos[index].name);
  }
  bind_placement(builder, index);
  int dof = floating ? plan->model->jnt_dof_start[entity->root_joint] : -1;
  bind_velocity(builder, index, &section->velocity, "velocity", dof);
  bind_velocity(builder, index, &section->angular_velocity, "angular_velocity", dof + 3);
  bind_noise(builder, index, &section->joint_noise, "joint_noise", MYR_JOINT_HINGE, MYR_FIELD_qpos);
  bind_noise(builder, index, &section->slide_noise, "slide_noise", MYR_JOINT_SLIDE, MYR_FIELD_qpos);
  bind_noise(builder, index, &section->joint_velocity_noise, "joint_velocity_noise", MYR_JOINT_HINGE, MYR_FIELD_qvel);
  bind_noise(builder, index, &section->slide_velocity_noise, "slide_velocity_noise", MYR_JOINT_SLIDE, MYR_FIELD_qvel);
}

/* A mesh counts as the vertices of its hull, which are balls without a size. */
static int start_geom_count(const myr_model *model, int geom) {
  return model->geom_hull[geom] < 0 ? 1 : model->hull_vertex_count[model->geom_hull[geom]];
}

/* Writes the vertices of a mesh, from what would be its geom. */
static void write_vertices(const myr_model *model, int hull, const myr_start_geom *mesh, myr_start_geom *out) {
  const double *vertices = model->hull_vertex + (ptrdiff_t)3 * model->hull_vertex_start[hull];
  const double *center = model->hull_center + (ptrdiff_t)3 * hull;
  for (int v = 0; v < model->hull_vertex_count[hull]; v++) {
    out[v] = (myr_start_geom){.type = MYR_GEOM_SPHERE};
    for (int i = 0; i < 3; i++) {
      out[v].position[i] = mesh->position[i];
      for (int k = 0; k < 3; k++) out[v].position[i] += mesh->axes[3 * i + k] * (center[k] + vertices[3 * v + k]);
    }
  }
}

/* The geoms of an entity in its root's frame, from the poses of bodies in the start keyframes. */
static void bind_geoms(plan_builder *builder, int index, myr_placement *placement, const position_spans *positions,
                       myr_span rotation) {
  const myr_model *model = builder->plan->model;
  const myr_entity_info *info = &builder->plan->entity_infos[index];
  placement->geom_start = builder->start.geoms.count;
  placement->geom_count = 0;
  for (int g = info->geom_start; g < info->geom_start + info->geom_count; g++)
    placement->geom_count += start_geom_count(model, g);
  myr_start_geom *geoms = plan_append(builder, &builder->start.geoms, placement->geom_count, sizeof *geoms);
  if (!geoms) return;
  double root_position[3], root_quaternion[4], root[9];
  position_read(positions, info->root_body, root_position);
  span_read(rotation, 4 * info->root_body, 4, root_quaternion);
  myr_quaternion_matrix(root_quaternion, root);
  for (int g = info->geom_start; g < info->geom_start + info->geom_count; g++) {
    double body_position[3], body_quaternion[4], geom_quaternion[4], body[9], axes[9], offset[3];
    position_read(positions, model->geom_body[g], body_position);
    span_read(rotation, 4 * model->geom_body[g], 4, body_quaternion);
    myr_quaternion_matrix(body_quaternion, body);
    myr_quaternion_multiply(body_quaternion, model->geom_quat + 4 * g, geom_quaternion);
    myr_quaternion_matrix(geom_quaternion, axes);
    const double *p = model->geom_pos + 3 * g;
    for (int i = 0; i < 3; i++) {
      offset[i] =
          body_position[i] - root_position[i] + body[3 * i] * p[0] + body[3 * i + 1] * p[1] + body[3 * i + 2] * p[2];
    }
    myr_start_geom one = {.type = model->geom_type[g]}, *geom = &one;
    memcpy(geom->size, model->geom_size + 3 * g, sizeof geom->size);
    for (int i = 0; i < 3; i++) {
      geom->position[i] = root[i] * offset[0] + root[3 + i] * offset[1] + root[6 + i] * offset[2];
      for (int k = 0; k < 3; k++) {
        geom->axes[3 * i + k] = root[i] * axes[k] + root[3 + i] * axes[3 + k] + root[6 + i] * axes[6 + k];
      }
    }
    if (model->geom_hull[g] >= 0)
      write_vertices(model, model->geom_hull[g], geom, geoms);
    else
      *geoms = one;
    geoms += start_geom_count(model, g);
  }
}

/* Sets one world to its keyframes and reads the poses of all bodies from it. */
static void bind_poses(plan_builder *builder) {
  myr_plan *plan = builder->plan;
  myr_batch *batch = NULL;
  myr_error error = {0};
  const myr_batch_description description = {
      .model = plan->model, .engine = "cpu", .worlds = 1, .lanes = 1, .threads = 1};
  myr_status status = myr_batch_create(&description, &batch, &error);
  if (!status) {
    const myr_start_constant *constants = builder->start.constants.items;
    for (int i = 0; i < builder->start.constants.count; i++) {
      const myr_start_constant *c = &constants[i];
      span_set(myr_batch_field(batch, c->field, 0), c->element, c->value);
      if (c->field == MYR_FIELD_qpos)
        span_set(myr_batch_field(batch, MYR_FIELD_qpos_rest, 0), c->element, myr_stated_rest(c->value));
      if (c->field == MYR_FIELD_mocap_pos)
        span_set(myr_batch_field(batch, MYR_FIELD_mocap_pos_rest, 0), c->element, myr_stated_rest(c->value));
    }
    status = myr_batch_commit(batch, 0, &error);
  }
  if (!status) status = myr_batch_step(batch, 0, 0, 0, MYR_OBSERVE, NULL, &error);
  if (status) {
    diagnose(builder->diagnostics, (position){0}, "%s", error.message);
  } else {
    const position_spans positions = positions_of_world(batch, 0);
    myr_span rotation = myr_batch_field(batch, MYR_FIELD_body_rotation, 0);
    myr_placement *placement = builder->start.placements.items;
    for (int i = 0; i < plan->entity_count; i++) {
      myr_entity_info *info = &plan->entity_infos[i];
      if (!plan->entities[i].robot || !info->root_body) continue;
      info->start_height = position_get(&positions, 3 * info->root_body + 2);
      plan->entities[i].fall_height = 0.5 * info->start_height;
      if (is_placed(plan, i)) bind_geoms(builder, i, placement++, &positions, rotation);
    }
  }
  myr_batch_destroy(batch);
}

void plan_bind_starts(plan_builder *builder) {
  for (int i = 0; i < builder->plan->entity_count && !builder->failed; i++) {
    if (!builder->plan->entities[i].robot) continue;
    bind_keyframe(builder, i);
    bind_entity(builder, i);
  }
  if (!builder->failed && !builder->diagnostics->count) bind_poses(builder);
}
