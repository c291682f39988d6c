/* What acts on the joints of a URDF file, and between its links: followers, motors, pairs that do not collide, and a pose
 * inside all limits. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/urdf/spec.h"

/* ------------------------------------------------------------------------------------------------ followers */
/* An equality of joints, stiffer than MuJoCo's default, because a gear or a belt hardly gives: of the acceleration that
 * would part the joints, one hundredth is left against a spring of 1e4/s^2. */
void spec_add_mimics(spec_build *build) {
  const urdf_robot *robot = &build->robot;
  for (int j = 0; j < robot->joint_count; j++) {
    const urdf_joint *joint = &robot->joints[j];
    if (joint->mimic < 0) continue;
    bool leads = robot->joints[joint->mimic].type != URDF_FIXED; /* one that cannot move stays at 0 */
    mjsEquality *equality = mjs_addEquality(build->spec, NULL);
    equality->type = mjEQ_JOINT;
    equality->objtype = mjOBJ_JOINT;
    mjs_setName(equality->element, joint->name);
    mjs_setString(equality->name1, joint->name);
    if (leads) mjs_setString(equality->name2, robot->joints[joint->mimic].name);
    equality->data[0] = joint->offset;
    equality->data[1] = leads ? joint->multiplier : 0;
    for (int k = 2; k < 5; k++) equality->data[k] = 0;
    const double impedance[5] = {0.99, 0.999, 0.001, 0.5, 2};
    equality->solref[0] = 0.01;
    memcpy(equality->solimp, impedance, sizeof impedance);
  }
}

/* ------------------------------------------------------------------------------------------------ motors */
/* A joint has a motor if a transmission or ros2_control names it; in a file without any, if it states an effort. A
 * follower has none, because what it follows drives it. */
static bool has_motor(const urdf_robot *robot, const urdf_joint *joint) {
  if (!spec_is_scalar(joint) || joint->mimic >= 0) return false;
  return robot->has_transmissions ? joint->driven : joint->effort > 0;
}

/* Whether the joint can move faster than its limit: with damping of effort / velocity its motor reaches that speed at most. */
static bool exceeds_its_velocity(const urdf_robot *robot, const urdf_joint *joint) {
  if (!(joint->velocity > 0) || !has_motor(robot, joint)) return false;
  return !(joint->effort > 0) || joint->damping * joint->velocity < 0.99 * joint->effort; /* of three digits */
}

static void note_velocity_limits(spec_build *build) {
  const urdf_robot *robot = &build->robot;
  const urdf_joint *first = NULL;
  int count = 0;
  for (int j = 0; j < robot->joint_count; j++)
    if (exceeds_its_velocity(robot, &robot->joints[j])) {
      if (!count++) first = &robot->joints[j];
    }
  if (!first) return;
  char more[40] = "", remedy[160];
  if (count > 1) snprintf(more, sizeof more, ", nor of %d other joint%s", count - 1, count == 2 ? "" : "s");
  if (first->effort > 0)
    snprintf(remedy, sizeof remedy,
             "with <dynamics damping=\"%.3g\"/>, its effort / velocity, its motor reaches that speed at most",
             first->effort / first->velocity);
  else
    snprintf(remedy, sizeof remedy, "state <limit effort=\"...\"/>, and a <dynamics damping> of effort / velocity");
  finding_add(build->findings, MYR_NOTICE, urdf_place(robot, first->limit_line), remedy,
              "joint \"%s\": its limit of velocity is not kept%s", first->name, more);
}

/* The control is the force or torque at the joint, in N or N m, within the joint's effort. */
void spec_add_motors(spec_build *build) {
  const urdf_robot *robot = &build->robot;
  int moving = 0, motors = 0;
  for (int j = 0; j < robot->joint_count; j++) {
    const urdf_joint *joint = &robot->joints[j];
    moving += spec_is_scalar(joint);
    if (!has_motor(robot, joint)) continue;
    motors++;
    mjsActuator *motor = mjs_addActuator(build->spec, NULL);
    mjs_setToMotor(motor);
    mjs_setName(motor->element, joint->name);
    motor->trntype = mjTRN_JOINT;
    mjs_setString(motor->target, joint->name);
    motor->gear[0] = 1;
    motor->ctrllimited = joint->effort > 0 ? mjLIMITED_TRUE : mjLIMITED_FALSE;
    motor->ctrlrange[0] = -joint->effort;
    motor->ctrlrange[1] = joint->effort;
    if (!(joint->effort > 0))
      finding_add(build->findings, MYR_NOTICE, urdf_place(robot, joint->line), "state <limit effort=\"...\"/>",
                  "joint \"%s\" has a motor without a limit of its effort", joint->name);
  }
  if (moving && !motors)
    finding_add(build->findings, MYR_NOTICE, urdf_place(robot, robot->xml->root->line),
                "state <limit effort=\"...\"/> above 0, or a <transmission>", "no joint has a motor");
  note_velocity_limits(build);
}

/* ------------------------------------------------------------------------------------------------ neighbours */
static bool collides(const urdf_robot *robot, int link) { return robot->links[link].collision_count > 0; }

/* Links that a joint connects do not touch each other, nor do the links fixed to them. MuJoCo leaves such pairs out
 * unless the parent does not move, so these are excluded here. */
void spec_add_excludes(spec_build *build) {
  const urdf_robot *robot = &build->robot;
  if (build->choices.floating) return;
  for (int a = 0; a < robot->link_count; a++) {
    if (!collides(robot, a) || spec_group(robot, a) != robot->root) continue;
    for (int b = 0; b < robot->link_count; b++) {
      int joint = robot->links[spec_group(robot, b)].joint;
      if (!collides(robot, b) || joint < 0 || spec_group(robot, robot->joints[joint].parent) != robot->root) continue;
      mjsExclude *exclude = mjs_addExclude(build->spec);
      mjs_setString(exclude->bodyname1, mjs_getString(mjs_getName(build->bodies[a]->element)));
      mjs_setString(exclude->bodyname2, mjs_getString(mjs_getName(build->bodies[b]->element)));
    }
  }
}

/* ------------------------------------------------------------------------------------------------ home */
/* The positions nearest to 0 within the limits, followers where their leaders put them. true: not all are 0. */
static bool find_home(const urdf_robot *robot, double *home) {
  bool away = false;
  for (int j = 0; j < robot->joint_count; j++) {
    const urdf_joint *joint = &robot->joints[j];
    home[j] = joint->limited ? fmin(fmax(0, joint->lower), joint->upper) : 0;
  }
  for (int pass = 0; pass < robot->joint_count; pass++)
    for (int j = 0; j < robot->joint_count; j++) {
      const urdf_joint *joint = &robot->joints[j];
      if (joint->mimic < 0) continue;
      bool leads = robot->joints[joint->mimic].type != URDF_FIXED;
      home[j] = joint->offset + (leads ? joint->multiplier * home[joint->mimic] : 0);
    }
  for (int j = 0; j < robot->joint_count; j++) away |= spec_is_scalar(&robot->joints[j]) && home[j] != 0;
  return away;
}

/* Writes the joints below a link in the order of MuJoCo's qpos, which is that of the bodies; returns the next place. */
static int write_home(const spec_build *build, int link, const double *home, double *qpos, int at) {
  const urdf_robot *robot = &build->robot;
  for (int j = 0; j < robot->joint_count; j++) {
    const urdf_joint *joint = &robot->joints[j];
    if (joint->parent != link) continue;
    if (spec_is_scalar(joint)) qpos[at++] = home[j];
    if (joint->type == URDF_PLANAR) at += 3;
    at = write_home(build, joint->child, home, qpos, at);
  }
  return at;
}

/* A keyframe "home", if a joint's 0 is outside its limits or a follower's is not its leader's. Files with floating joints
 * get none: the place of these would have to be stated too. */
void spec_add_home(spec_build *build) {
  const urdf_robot *robot = &build->robot;
  for (int j = 0; j < robot->joint_count; j++)
    if (robot->joints[j].type == URDF_FLOATING) return;
  double *home = calloc((size_t)robot->joint_count + 1, sizeof *home);
  double *qpos = calloc(3 * (size_t)robot->joint_count + 8, sizeof *qpos);
  build->out_of_memory |= !home || !qpos;
  if (home && qpos && find_home(robot, home)) {
    if (build->choices.floating) qpos[3] = 1;
    int count = write_home(build, robot->root, home, qpos, build->choices.floating ? 7 : 0);
    mjsKey *key = mjs_addKey(build->spec);
    mjs_setName(key->element, "home");
    mjs_setDouble(key->qpos, qpos, count);
    finding_add(build->findings, MYR_NOTICE, urdf_place(robot, robot->xml->root->line),
                "`start: {keyframe: home}` begins inside them", "some joints' zero is outside their limits");
  }
  free(home);
  free(qpos);
}
