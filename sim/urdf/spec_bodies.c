/* Links and joints as MuJoCo's bodies and joints. Every link is a body of its name, fixed ones too, because names are
 * what scenarios, cameras and records refer to; MuJoCo's own reader of URDF fuses fixed links with their parents. */
#include <stdio.h>
#include <string.h>

#include "sim/urdf/spec.h"

/* ------------------------------------------------------------------------------------------------ inertia */
/* No body's largest moment exceeds the sum of the others, and MuJoCo's compiler refuses one that does. Many files have
 * such links, mostly small fixed ones, whose numbers nobody measured; the nearest possible body is taken, and told. */
static void judge_moments(const spec_build *build, const urdf_link *link, mjtNum moments[3]) {
  double excess = moments[0] - moments[1] - moments[2];
  if (!(excess > 0) || build->robot.compiler.balance_inertia) return;
  if (excess > 1e-6 * moments[0])
    finding_add(build->findings, MYR_NOTICE, urdf_place(&build->robot, link->inertial_line),
                "no body has such moments: the largest is taken as that sum; correct <inertia>",
                "link \"%s\": of its moments of inertia %.4g, %.4g and %.4g one exceeds the sum of the others",
                link->name, moments[0], moments[1], moments[2]);
  moments[0] = moments[1] + moments[2];
}

/* Principal moments and their axes, those of the file turned by the inertial frame's rpy. */
static void set_inertia(const spec_build *build, const urdf_link *link, mjsBody *body) {
  const double *I = link->inertia;
  const mjtNum matrix[9] = {I[0], I[3], I[4], I[3], I[1], I[5], I[4], I[5], I[2]};
  mjtNum axes[9], turn[4];
  mju_eig3(body->inertia, axes, turn, matrix);
  judge_moments(build, link, body->inertia);
  mju_mulQuat(body->iquat, link->inertial.quaternion, turn);
}

static void set_mass(const spec_build *build, const urdf_link *link, mjsBody *body) {
  bool any = false;
  for (int i = 0; i < 6; i++) any |= link->inertia[i] != 0;
  body->explicitinertial = 1;
  body->mass = link->mass;
  memcpy(body->ipos, link->inertial.position, sizeof link->inertial.position);
  if (any) set_inertia(build, link, body);
}

/* ------------------------------------------------------------------------------------------------ joints */
static mjsJoint *add_joint(mjsBody *body, mjtJoint type, const char *name, const char *suffix, const double *axis) {
  char text[320];
  snprintf(text, sizeof text, "%.300s%s", name, suffix);
  mjsJoint *joint = mjs_addJoint(body, NULL);
  joint->type = type;
  if (axis) memcpy(joint->axis, axis, sizeof joint->axis);
  mjs_setName(joint->element, text);
  return joint;
}

static void set_dynamics(const urdf_joint *from, mjsJoint *joint) {
  joint->damping[0] = from->damping;
  joint->frictionloss = from->friction;
}

static void add_scalar(const urdf_joint *from, mjsBody *body) {
  mjsJoint *joint =
      add_joint(body, from->type == URDF_PRISMATIC ? mjJNT_SLIDE : mjJNT_HINGE, from->name, "", from->axis);
  set_dynamics(from, joint);
  joint->limited = from->limited ? mjLIMITED_TRUE : mjLIMITED_FALSE;
  joint->range[0] = from->lower;
  joint->range[1] = from->upper;
  if (from->effort <= 0) return;
  joint->actfrclimited = mjLIMITED_TRUE;
  joint->actfrcrange[0] = -from->effort;
  joint->actfrcrange[1] = from->effort;
}

static const double directions[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};

/* Free motion below a moving parent, where MuJoCo has no free joint: three slides and a ball. */
static void add_floating(const urdf_joint *from, mjsBody *body) {
  static const char *const suffixes[3] = {"_TX", "_TY", "_TZ"};
  for (int i = 0; i < 3; i++) set_dynamics(from, add_joint(body, mjJNT_SLIDE, from->name, suffixes[i], directions[i]));
  set_dynamics(from, add_joint(body, mjJNT_BALL, from->name, "_RXYZ", NULL));
}

/* Two slides in the plane and a turn about its normal, the axis. */
static void add_planar(const urdf_joint *from, mjsBody *body) {
  mjtNum turn[4], along[3];
  mju_quatZ2Vec(turn, from->axis);
  static const char *const suffixes[2] = {"_TX", "_TY"};
  for (int i = 0; i < 2; i++) {
    mju_rotVecQuat(along, directions[i], turn);
    set_dynamics(from, add_joint(body, mjJNT_SLIDE, from->name, suffixes[i], along));
  }
  set_dynamics(from, add_joint(body, mjJNT_HINGE, from->name, "_RZ", from->axis));
}

static void add_joints(const urdf_joint *from, bool below_world, mjsBody *body) {
  switch (from->type) {
  case URDF_FIXED: break;
  case URDF_PLANAR: add_planar(from, body); break;
  case URDF_FLOATING:
    if (below_world)
      mjs_setName(mjs_addFreeJoint(body)->element, from->name);
    else
      add_floating(from, body);
    break;
  default: add_scalar(from, body);
  }
}

/* ------------------------------------------------------------------------------------------------ the tree */
static urdf_pose compose(const urdf_pose *a, const urdf_pose *b) {
  urdf_pose out;
  mju_mulPose(out.position, out.quaternion, a->position, a->quaternion, b->position, b->quaternion);
  return out;
}

static void add_link(spec_build *build, int link, mjsBody *parent, urdf_pose pose);

/* A floating link hangs from the world where its parent does not move, so that it gets a free joint. from_world: the
 * parent's pose in the world, or NULL where it moves. */
static void add_children(spec_build *build, int link, const urdf_pose *from_world) {
  const urdf_robot *robot = &build->robot;
  for (int j = 0; j < robot->joint_count; j++) {
    const urdf_joint *joint = &robot->joints[j];
    if (joint->parent != link) continue;
    if (joint->type == URDF_FLOATING && from_world)
      add_link(build, joint->child, mjs_findBody(build->spec, "world"), compose(from_world, &joint->origin));
    else
      add_link(build, joint->child, build->bodies[link], joint->origin);
  }
}

/* The pose in the world of a link that does not move; false: it does. */
static bool static_pose(const spec_build *build, int link, urdf_pose *pose) {
  const urdf_robot *robot = &build->robot;
  *pose = (urdf_pose){.quaternion = {1}};
  if (build->choices.floating) return false;
  for (int joint; (joint = robot->links[link].joint) >= 0; link = robot->joints[joint].parent) {
    if (robot->joints[joint].type != URDF_FIXED) return false;
    *pose = compose(&robot->joints[joint].origin, pose);
  }
  return true;
}

static void add_link(spec_build *build, int index, mjsBody *parent, urdf_pose pose) {
  const urdf_link *link = &build->robot.links[index];
  mjsBody *world = mjs_findBody(build->spec, "world");
  bool is_world = !strcmp(link->name, "world"), empty = !link->visual_count && !link->collision_count;
  if (is_world && link->joint < 0 && empty && !build->choices.floating) {
    build->bodies[index] = world;
  } else {
    mjsBody *body = build->bodies[index] = mjs_addBody(parent, NULL);
    mjs_setName(body->element, is_world ? "world_link" : link->name);
    memcpy(body->pos, pose.position, sizeof body->pos);
    memcpy(body->quat, pose.quaternion, sizeof body->quat);
    set_mass(build, link, body);
    if (link->joint >= 0)
      add_joints(&build->robot.joints[link->joint], parent == world, body);
    else if (build->choices.floating)
      mjs_addFreeJoint(body);
    spec_add_shapes(build, index);
  }
  urdf_pose from_world;
  bool is_static = static_pose(build, index, &from_world);
  add_children(build, index, is_static ? &from_world : NULL);
}

void spec_add_bodies(spec_build *build) {
  add_link(build, build->robot.root, mjs_findBody(build->spec, "world"), (urdf_pose){.quaternion = {1}});
}
