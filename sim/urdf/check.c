/* Binds the names of a URDF file, makes its tree, and finds contradictions and links that cannot move. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/urdf/urdf.h"

/* ------------------------------------------------------------------------------------------------ names */
static int find_link(const urdf_robot *robot, const char *name) {
  for (int i = 0; i < robot->link_count; i++)
    if (!strcmp(robot->links[i].name, name)) return i;
  return -1;
}

static int find_joint(const urdf_robot *robot, const char *name) {
  for (int i = 0; i < robot->joint_count; i++)
    if (!strcmp(robot->joints[i].name, name)) return i;
  return -1;
}

static void check_names(const urdf_robot *robot, myr_findings *findings) {
  for (int i = 0; i < robot->link_count; i++) {
    int first = find_link(robot, robot->links[i].name);
    if (first < i && *robot->links[i].name)
      finding_add(findings, MYR_FAULT, urdf_place(robot, robot->links[i].line), "rename one",
                  "two links are called \"%s\", the first in line %d", robot->links[i].name, robot->links[first].line);
  }
  for (int i = 0; i < robot->joint_count; i++) {
    int first = find_joint(robot, robot->joints[i].name);
    if (first < i && *robot->joints[i].name)
      finding_add(findings, MYR_FAULT, urdf_place(robot, robot->joints[i].line), "rename one",
                  "two joints are called \"%s\", the first in line %d", robot->joints[i].name,
                  robot->joints[first].line);
  }
}

/* ------------------------------------------------------------------------------------------------ the tree */
static int bind_link(const urdf_robot *robot, const urdf_joint *joint, const char *name, const char *end,
                     myr_findings *findings) {
  int link = find_link(robot, name);
  if (link < 0 && *name)
    finding_add(findings, MYR_FAULT, urdf_place(robot, joint->line), "define the link, or correct its name",
                "joint \"%s\": its %s link \"%s\" is not in the file", joint->name, end, name);
  return link;
}

static void bind_links(urdf_robot *robot, myr_findings *findings) {
  for (int i = 0; i < robot->joint_count; i++) {
    urdf_joint *joint = &robot->joints[i];
    joint->parent = bind_link(robot, joint, joint->parent_name, "parent", findings);
    joint->child = bind_link(robot, joint, joint->child_name, "child", findings);
    if (joint->child < 0) continue;
    urdf_link *child = &robot->links[joint->child];
    if (child->joint >= 0)
      finding_add(findings, MYR_FAULT, urdf_place(robot, joint->line), "URDF is a tree: leave one of the joints out",
                  "link \"%s\" is the child of joints \"%s\" and \"%s\"", child->name, robot->joints[child->joint].name,
                  joint->name);
    else
      child->joint = i;
  }
}

/* Whether the link's chain of parents comes to an end. */
static bool is_rooted(const urdf_robot *robot, int link) {
  for (int steps = 0; steps <= robot->link_count; steps++) {
    int joint = robot->links[link].joint;
    if (joint < 0) return true;
    link = robot->joints[joint].parent;
    if (link < 0) return true; /* told already */
  }
  return false;
}

static void find_root(urdf_robot *robot, myr_findings *findings) {
  for (int i = 0; i < robot->link_count; i++) {
    const urdf_link *link = &robot->links[i];
    if (!is_rooted(robot, i)) {
      finding_add(findings, MYR_FAULT, urdf_place(robot, link->line), "leave out one joint of the ring",
                  "link \"%s\" is its own ancestor", link->name);
      return;
    }
    if (link->joint >= 0) continue;
    if (robot->root >= 0)
      finding_add(findings, MYR_FAULT, urdf_place(robot, link->line),
                  "join it to the tree by a joint, of type fixed if it does not move",
                  "link \"%s\" has no parent, and neither has \"%s\"", link->name, robot->links[robot->root].name);
    else
      robot->root = i;
  }
  if (!robot->link_count)
    finding_add(findings, MYR_FAULT, urdf_place(robot, robot->xml->root->line), "a robot has at least one <link>",
                "no links");
}

/* ------------------------------------------------------------------------------------------------ joints */
static void check_range(urdf_robot *robot, urdf_joint *joint, myr_findings *findings) {
  if (!joint->limited) return;
  if (joint->lower > joint->upper)
    finding_add(findings, MYR_FAULT, urdf_place(robot, joint->limit_line), "exchange them",
                "joint \"%s\": lower %g is above upper %g", joint->name, joint->lower, joint->upper);
  if (joint->lower != joint->upper) return;
  finding_add(findings, MYR_NOTICE, urdf_place(robot, joint->limit_line), "it is fixed, at its zero",
              "joint \"%s\" cannot move: lower and upper are both %g", joint->name, joint->lower);
  joint->type = URDF_FIXED;
  joint->limited = false;
}

static void check_signs(const urdf_robot *robot, const urdf_joint *joint, myr_findings *findings) {
  const struct {
    const char *name;
    double value;
  } values[] = {{"damping", joint->damping}, {"friction", joint->friction}, {"effort", joint->effort}};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++)
    if (values[i].value < 0)
      finding_add(findings, MYR_FAULT, urdf_place(robot, joint->line), "it is 0 or more", "joint \"%s\": %s %g",
                  joint->name, values[i].name, values[i].value);
}

static bool is_scalar(const urdf_joint *joint) {
  return joint->type == URDF_REVOLUTE || joint->type == URDF_CONTINUOUS || joint->type == URDF_PRISMATIC;
}

static void bind_mimic(urdf_robot *robot, urdf_joint *joint, myr_findings *findings) {
  if (!joint->mimic_name || joint->type == URDF_FIXED) return;
  finding_place place = urdf_place(robot, joint->mimic_line);
  int other = find_joint(robot, joint->mimic_name);
  if (other < 0)
    finding_add(findings, MYR_FAULT, place, "correct its name", "joint \"%s\" mimics \"%s\", which is not in the file",
                joint->name, joint->mimic_name);
  else if (&robot->joints[other] == joint)
    finding_add(findings, MYR_FAULT, place, "name another joint", "joint \"%s\" mimics itself", joint->name);
  else if (!is_scalar(joint) || (robot->joints[other].type != URDF_FIXED && !is_scalar(&robot->joints[other])))
    finding_add(findings, MYR_FAULT, place, "only revolute, continuous and prismatic joints can",
                "joint \"%s\" mimics \"%s\"", joint->name, joint->mimic_name);
  else
    joint->mimic = other;
}

/* ------------------------------------------------------------------------------------------------ inertia */
static void check_inertia(const urdf_robot *robot, const urdf_link *link, myr_findings *findings) {
  if (!link->inertial_line) return;
  finding_place place = urdf_place(robot, link->inertial_line);
  const double *I = link->inertia;
  bool any = false;
  for (int i = 0; i < 6; i++) any |= I[i] != 0;
  if (link->mass < 0)
    finding_add(findings, MYR_FAULT, place, "a mass is above 0", "link \"%s\": mass %g kg", link->name, link->mass);
  if (!any || link->mass < 0) return;
  double minor = I[0] * I[1] - I[3] * I[3];
  double determinant =
      I[0] * (I[1] * I[2] - I[5] * I[5]) - I[3] * (I[3] * I[2] - I[5] * I[4]) + I[4] * (I[3] * I[5] - I[1] * I[4]);
  if (I[0] < 0 || I[1] < 0 || I[2] < 0 || minor < 0 || determinant < 0)
    finding_add(findings, MYR_FAULT, place, "correct ixx to izz: no body of any shape has such moments",
                "link \"%s\": its inertia is not positive", link->name);
}

/* Whether the link, or one fixed to it, has mass and moments of inertia. */
static bool has_inertia(const urdf_robot *robot, int link) {
  const double *I = robot->links[link].inertia;
  if (robot->links[link].mass > 0 && I[0] > 0 && I[1] > 0 && I[2] > 0) return true;
  for (int i = 0; i < robot->joint_count; i++)
    if (robot->joints[i].parent == link && robot->joints[i].type == URDF_FIXED && robot->joints[i].child >= 0 &&
        has_inertia(robot, robot->joints[i].child))
      return true;
  return false;
}

static void check_moving_links(const urdf_robot *robot, myr_findings *findings) {
  if (robot->compiler.least_mass > 0 && robot->compiler.least_inertia > 0) return;
  for (int i = 0; i < robot->joint_count; i++) {
    const urdf_joint *joint = &robot->joints[i];
    if (joint->type == URDF_FIXED || joint->child < 0 || has_inertia(robot, joint->child)) continue;
    const urdf_link *link = &robot->links[joint->child];
    finding_add(findings, MYR_FAULT, urdf_place(robot, link->line),
                "give it an <inertial> with <mass value=\"...\"/> and <inertia ixx=\"...\" .../>",
                "link \"%s\" moves by joint \"%s\" and has no %s", link->name, joint->name,
                link->mass > 0 ? "moments of inertia" : "mass");
  }
}

/* ------------------------------------------------------------------------------------------------ all */
void urdf_check(urdf_robot *robot, myr_findings *findings) {
  check_names(robot, findings);
  bind_links(robot, findings);
  find_root(robot, findings);
  for (int i = 0; i < robot->joint_count; i++) {
    check_range(robot, &robot->joints[i], findings);
    check_signs(robot, &robot->joints[i], findings);
  }
  for (int i = 0; i < robot->joint_count; i++) bind_mimic(robot, &robot->joints[i], findings);
  for (int i = 0; i < robot->link_count; i++) check_inertia(robot, &robot->links[i], findings);
  if (!findings_status(findings, robot->first_finding, NULL)) check_moving_links(robot, findings);
}
