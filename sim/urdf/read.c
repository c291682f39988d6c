/* From a URDF file's XML to the structure of urdf.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/deterministic_math.h"
#include "sim/regular_file.h"
#include "sim/sim.h"
#include "sim/urdf/urdf.h"

typedef struct reader {
  urdf_robot *robot;
  myr_findings *findings;
} reader;

/* ------------------------------------------------------------------------------------------------ values */
static void fault(const reader *r, int line, const char *remedy, const char *message) {
  finding_add(r->findings, MYR_FAULT, urdf_place(r->robot, line), remedy, "%s", message);
}

/* Numbers of an attribute, separated by spaces. Without the attribute they keep their values. */
static bool read_numbers(const reader *r, const xml_node *node, const char *name, double *numbers, int count) {
  const char *text = xml_attribute_of(node, name);
  if (!text) return false;
  const char *at = text;
  double found[6];
  int read = 0;
  for (char *end; read < count; read++, at = end) {
    found[read] = strtod(at, &end);
    if (end == at || !isfinite(found[read])) break;
  }
  at += strspn(at, " \t\r\n");
  if (read == count && !*at) {
    memcpy(numbers, found, (size_t)count * sizeof *found);
    return true;
  }
  char remedy[80];
  snprintf(remedy, sizeof remedy, "write %d number%s%s", count, count > 1 ? "s" : "",
           count > 1 ? ", separated by spaces" : "");
  finding_add(r->findings, MYR_FAULT, urdf_place(r->robot, node->line), remedy, "<%s %s=\"%.80s\">", node->tag, name,
              text);
  return false;
}

/* Fixed-axis roll, pitch and yaw: turned about x, then y, then z of the outer frame. */
static void from_rpy(const double rpy[3], double q[4]) {
  double s[3], c[3];
  for (int i = 0; i < 3; i++) s[i] = portable_sin(rpy[i] / 2), c[i] = portable_cos(rpy[i] / 2);
  q[0] = c[0] * c[1] * c[2] + s[0] * s[1] * s[2];
  q[1] = s[0] * c[1] * c[2] - c[0] * s[1] * s[2];
  q[2] = c[0] * s[1] * c[2] + s[0] * c[1] * s[2];
  q[3] = c[0] * c[1] * s[2] - s[0] * s[1] * c[2];
}

static urdf_pose read_origin(const reader *r, const xml_node *parent) {
  urdf_pose pose = {.quaternion = {1}};
  const xml_node *origin = xml_child(parent, "origin");
  double rpy[3] = {0}, xyzw[4];
  if (!origin) return pose;
  read_numbers(r, origin, "xyz", pose.position, 3);
  if (read_numbers(r, origin, "quat_xyzw", xyzw, 4)) {
    double length = portable_sqrt(xyzw[0] * xyzw[0] + xyzw[1] * xyzw[1] + xyzw[2] * xyzw[2] + xyzw[3] * xyzw[3]);
    for (int i = 0; i < 4 && length > 0; i++) pose.quaternion[i] = xyzw[(i + 3) % 4] / length;
  } else if (read_numbers(r, origin, "rpy", rpy, 3)) {
    from_rpy(rpy, pose.quaternion);
  }
  return pose;
}

/* The attribute, or "" with a fault. */
static const char *expect_text(const reader *r, const xml_node *node, const char *name) {
  const char *text = xml_attribute_of(node, name);
  if (text && *text) return text;
  finding_add(r->findings, MYR_FAULT, urdf_place(r->robot, node->line), "give it one", "<%s> has no %s", node->tag,
              name);
  return "";
}

static int count_children(const xml_node *parent, const char *tag) {
  int count = 0;
  for (const xml_node *node = xml_child(parent, tag); node; node = xml_next(node, tag)) count++;
  return count;
}

static void *take(const reader *r, int count, size_t size) {
  return xml_tree_take(r->robot->xml, ((size_t)count + 1) * size);
}

/* ------------------------------------------------------------------------------------------------ materials */
static void read_color(const reader *r, const xml_node *node, urdf_material *material) {
  const xml_node *color = xml_child(node, "color");
  material->name = xml_attribute_of(node, "name") ? xml_attribute_of(node, "name") : "";
  material->line = node->line;
  if (color) material->has_color = read_numbers(r, color, "rgba", material->color, 4);
}

static const urdf_material *find_material(const urdf_robot *robot, const char *name) {
  for (int i = 0; *name && i < robot->material_count; i++)
    if (!strcmp(robot->materials[i].name, name)) return &robot->materials[i];
  return NULL;
}

/* Materials of the robot; and those that a visual defines by a name and others use by it, as ROS reads them. */
static bool read_materials(const reader *r, const xml_node *root) {
  urdf_robot *robot = r->robot;
  int most = count_children(root, "material");
  for (const xml_node *link = xml_child(root, "link"); link; link = xml_next(link, "link"))
    for (const xml_node *v = xml_child(link, "visual"); v; v = xml_next(v, "visual"))
      most += count_children(v, "material");
  robot->materials = take(r, most, sizeof *robot->materials);
  if (!robot->materials) return false;
  for (const xml_node *node = xml_child(root, "material"); node; node = xml_next(node, "material"))
    read_color(r, node, &robot->materials[robot->material_count++]);
  for (const xml_node *link = xml_child(root, "link"); link; link = xml_next(link, "link"))
    for (const xml_node *v = xml_child(link, "visual"); v; v = xml_next(v, "visual")) {
      const xml_node *node = xml_child(v, "material");
      urdf_material own = {0};
      if (node) read_color(&(reader){robot, NULL}, node, &own);
      if (own.has_color && *own.name && !find_material(robot, own.name))
        robot->materials[robot->material_count++] = own;
    }
  return true;
}

static bool same_color(const double a[4], const double b[4]) {
  return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

/* A shape's own colour comes before that of the same name. */
static const urdf_material *read_shape_material(const reader *r, const xml_node *shape) {
  const xml_node *node = xml_child(shape, "material");
  if (!node) return NULL;
  urdf_material own = {0};
  read_color(r, node, &own);
  const urdf_material *known = find_material(r->robot, own.name);
  bool same = known && (!own.has_color || same_color(known->color, own.color));
  if (same) return known;
  if (!own.has_color) {
    if (!xml_child(node, "texture"))
      finding_add(r->findings, MYR_LOOK_NOTICE, urdf_place(r->robot, node->line), "give it a <color>",
                  "material \"%s\" is not defined", own.name);
    return NULL;
  }
  urdf_material *kept = xml_tree_take(r->robot->xml, sizeof *kept);
  if (!kept) return NULL;
  *kept = own;
  kept->name = ""; /* another has it already */
  return kept;
}

/* ------------------------------------------------------------------------------------------------ shapes */
static bool read_mesh(const reader *r, const xml_node *node, urdf_shape *shape) {
  shape->mesh = expect_text(r, node, "filename");
  for (int i = 0; i < 3; i++) shape->scale[i] = 1;
  read_numbers(r, node, "scale", shape->scale, 3);
  if (shape->scale[0] == 0 || shape->scale[1] == 0 || shape->scale[2] == 0) fault(r, node->line, NULL, "a scale of 0");
  return *shape->mesh;
}

static bool read_round(const reader *r, const xml_node *node, urdf_shape *shape) {
  bool complete = read_numbers(r, node, "radius", shape->size, 1);
  if (shape->kind != URDF_SPHERE) complete &= read_numbers(r, node, "length", shape->size + 1, 1);
  if (!complete) fault(r, node->line, "state radius, and the length of all but spheres", "a shape without a size");
  return complete;
}

static bool read_geometry(const reader *r, const xml_node *parent, urdf_shape *shape) {
  static const char *const tags[URDF_SHAPE_KINDS] = {"box", "cylinder", "sphere", "capsule", "mesh"};
  const xml_node *geometry = xml_child(parent, "geometry"), *node = NULL;
  int kind = 0;
  for (; kind < URDF_SHAPE_KINDS; kind++)
    if ((node = xml_child(geometry, tags[kind]))) break;
  if (!node) {
    if (geometry && geometry->first)
      finding_add(r->findings, MYR_FAULT, urdf_place(r->robot, geometry->first->line),
                  "URDF has box, cylinder, sphere, capsule and mesh", "shape <%s>", geometry->first->tag);
    else
      finding_add(r->findings, MYR_NOTICE, urdf_place(r->robot, parent->line), NULL, "<%s> has no geometry: left out",
                  parent->tag);
    return false;
  }
  shape->kind = (enum urdf_shape_kind)kind;
  if (kind == URDF_MESH) return read_mesh(r, node, shape);
  if (kind != URDF_BOX) {
    if (!read_round(r, node, shape)) return false;
  } else if (!read_numbers(r, node, "size", shape->size, 3)) {
    fault(r, node->line, "state its whole extents: size=\"x y z\"", "a box without a size");
    return false;
  }
  for (int i = 0, count = kind == URDF_BOX ? 3 : kind == URDF_SPHERE ? 1 : 2; i < count; i++)
    if (shape->size[i] <= 0) {
      finding_add(r->findings, MYR_FAULT, urdf_place(r->robot, node->line), "sizes are above 0", "a size of %g m",
                  shape->size[i]);
      return false;
    }
  return true;
}

static urdf_shape *read_shapes(const reader *r, const xml_node *link, const char *tag, int *count) {
  urdf_shape *shapes = take(r, count_children(link, tag), sizeof *shapes);
  *count = 0;
  for (const xml_node *node = xml_child(link, tag); node && shapes; node = xml_next(node, tag)) {
    urdf_shape *shape = &shapes[*count];
    *shape = (urdf_shape){.name = xml_attribute_of(node, "name"), .line = node->line};
    shape->pose = read_origin(r, node);
    shape->stated = read_geometry(r, node, shape);
    shape->material = read_shape_material(r, node);
    if (shape->stated) ++*count;
  }
  return shapes;
}

/* ------------------------------------------------------------------------------------------------ links */
static void read_inertial(const reader *r, const xml_node *node, urdf_link *link) {
  static const char *const names[6] = {"ixx", "iyy", "izz", "ixy", "ixz", "iyz"};
  link->inertial = read_origin(r, node);
  const xml_node *mass = xml_child(node, "mass"), *inertia = xml_child(node, "inertia");
  if (mass && !read_numbers(r, mass, "value", &link->mass, 1)) expect_text(r, mass, "value");
  bool any = link->mass != 0;
  for (int i = 0; i < 6 && inertia; i++) {
    read_numbers(r, inertia, names[i], &link->inertia[i], 1);
    any |= link->inertia[i] != 0;
  }
  if (any) link->inertial_line = node->line;
}

static bool read_links(const reader *r, const xml_node *root) {
  urdf_robot *robot = r->robot;
  robot->links = take(r, count_children(root, "link"), sizeof *robot->links);
  for (const xml_node *node = xml_child(root, "link"); node && robot->links; node = xml_next(node, "link")) {
    urdf_link *link = &robot->links[robot->link_count++];
    *link =
        (urdf_link){.name = expect_text(r, node, "name"), .line = node->line, .joint = -1, .inertial.quaternion = {1}};
    const xml_node *inertial = xml_child(node, "inertial");
    if (inertial) read_inertial(r, inertial, link);
    link->visuals = read_shapes(r, node, "visual", &link->visual_count);
    link->collisions = read_shapes(r, node, "collision", &link->collision_count);
    if (!link->visuals || !link->collisions) return false;
  }
  return robot->links != NULL;
}

/* ------------------------------------------------------------------------------------------------ joints */
static enum urdf_joint_type read_type(const reader *r, const xml_node *node) {
  static const char *const types[URDF_JOINT_TYPES] = {"revolute", "continuous", "prismatic",
                                                      "fixed",    "floating",   "planar"};
  const char *text = expect_text(r, node, "type");
  for (int i = 0; i < URDF_JOINT_TYPES; i++)
    if (!strcasecmp(text, types[i])) return (enum urdf_joint_type)i;
  if (*text)
    finding_add(r->findings, MYR_FAULT, urdf_place(r->robot, node->line),
                "it is one of revolute, continuous, prismatic, fixed, floating and planar", "joint type \"%.60s\"",
                text);
  return URDF_FIXED;
}

static void read_axis(const reader *r, const xml_node *node, urdf_joint *joint) {
  joint->axis[0] = 1;
  const xml_node *axis = xml_child(node, "axis");
  if (axis) read_numbers(r, axis, "xyz", joint->axis, 3);
  double *a = joint->axis, length = portable_sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
  if (length < 1e-9 && joint->type != URDF_FIXED && joint->type != URDF_FLOATING)
    finding_add(r->findings, MYR_FAULT, urdf_place(r->robot, (axis ? axis : node)->line),
                "write a direction, such as xyz=\"0 0 1\"", "joint \"%s\": an axis of length 0", joint->name);
  for (int i = 0; i < 3; i++) a[i] = length < 1e-9 ? i == 0 : a[i] / length;
}

static void read_limit(const reader *r, const xml_node *node, urdf_joint *joint) {
  const xml_node *limit = xml_child(node, "limit");
  bool has_range = joint->type == URDF_REVOLUTE || joint->type == URDF_PRISMATIC;
  if (limit) {
    joint->limit_line = limit->line;
    bool lower = read_numbers(r, limit, "lower", &joint->lower, 1);
    bool upper = read_numbers(r, limit, "upper", &joint->upper, 1);
    joint->limited = has_range && (lower || upper);
    read_numbers(r, limit, "effort", &joint->effort, 1);
    read_numbers(r, limit, "velocity", &joint->velocity, 1);
  }
  if (has_range && !joint->limited)
    finding_add(r->findings, MYR_NOTICE, urdf_place(r->robot, joint->line), NULL,
                "joint \"%s\" states no lower and upper limit: it moves without end", joint->name);
}

static void read_mimic(const reader *r, const xml_node *node, urdf_joint *joint) {
  const xml_node *mimic = xml_child(node, "mimic");
  joint->mimic = -1;
  if (!mimic) return;
  joint->mimic_line = mimic->line;
  joint->mimic_name = expect_text(r, mimic, "joint");
  joint->multiplier = 1;
  read_numbers(r, mimic, "multiplier", &joint->multiplier, 1);
  read_numbers(r, mimic, "offset", &joint->offset, 1);
}

static const char *link_of(const reader *r, const xml_node *joint, const char *tag) {
  const xml_node *node = xml_child(joint, tag);
  if (node) return expect_text(r, node, "link");
  finding_add(r->findings, MYR_FAULT, urdf_place(r->robot, joint->line), "a joint names <parent link> and <child link>",
              "a joint without <%s>", tag);
  return "";
}

static bool read_joints(const reader *r, const xml_node *root) {
  urdf_robot *robot = r->robot;
  robot->joints = take(r, count_children(root, "joint"), sizeof *robot->joints);
  for (const xml_node *node = xml_child(root, "joint"); node && robot->joints; node = xml_next(node, "joint")) {
    urdf_joint *joint = &robot->joints[robot->joint_count++];
    *joint = (urdf_joint){.name = expect_text(r, node, "name"), .line = node->line, .parent = -1, .child = -1};
    joint->type = read_type(r, node);
    joint->parent_name = link_of(r, node, "parent");
    joint->child_name = link_of(r, node, "child");
    joint->origin = read_origin(r, node);
    read_axis(r, node, joint);
    read_limit(r, node, joint);
    const xml_node *dynamics = xml_child(node, "dynamics");
    if (dynamics) {
      read_numbers(r, dynamics, "damping", &joint->damping, 1);
      read_numbers(r, dynamics, "friction", &joint->friction, 1);
    }
    read_mimic(r, node, joint);
  }
  return robot->joints != NULL;
}

/* ------------------------------------------------------------------------------------------------ drives */
static void drive(const reader *r, const xml_node *node, const char *by) {
  const char *name = expect_text(r, node, "name");
  for (int i = 0; i < r->robot->joint_count; i++)
    if (!strcmp(r->robot->joints[i].name, name)) {
      r->robot->joints[i].driven = true;
      return;
    }
  if (*name)
    finding_add(r->findings, MYR_NOTICE, urdf_place(r->robot, node->line), NULL,
                "%s of joint \"%s\", which there is not", by, name);
}

/* <transmission> of ros_control, and <ros2_control>, of which each joint with a command has a motor. */
static void read_drives(const reader *r, const xml_node *root) {
  for (const xml_node *node = xml_child(root, "transmission"); node; node = xml_next(node, "transmission")) {
    r->robot->has_transmissions = true;
    for (const xml_node *joint = xml_child(node, "joint"); joint; joint = xml_next(joint, "joint"))
      drive(r, joint, "a transmission");
  }
  for (const xml_node *node = xml_child(root, "ros2_control"); node; node = xml_next(node, "ros2_control"))
    for (const xml_node *joint = xml_child(node, "joint"); joint; joint = xml_next(joint, "joint")) {
      if (!xml_child(joint, "command_interface")) continue;
      r->robot->has_transmissions = true;
      drive(r, joint, "ros2_control");
    }
}

static bool is_true(const char *text) { return text && !strcmp(text, "true"); }

static void read_compiler(const reader *r, const xml_node *root) {
  const xml_node *node = xml_child(xml_child(root, "mujoco"), "compiler");
  urdf_compiler *compiler = &r->robot->compiler;
  if (!node) return;
  compiler->mesh_folder = xml_attribute_of(node, "meshdir");
  if (!compiler->mesh_folder) compiler->mesh_folder = xml_attribute_of(node, "assetdir");
  compiler->balance_inertia = is_true(xml_attribute_of(node, "balanceinertia"));
  read_numbers(r, node, "boundmass", &compiler->least_mass, 1);
  read_numbers(r, node, "boundinertia", &compiler->least_inertia, 1);
}

/* ------------------------------------------------------------------------------------------------ xacro */
/* The first place that only xacro understands: an element of its, or a substitution. NULL: none. */
static const xml_node *find_macro(const xml_node *node) {
  if (!strncmp(node->tag, "xacro:", 6)) return node;
  for (int i = 0; i < node->attribute_count; i++)
    if (strstr(node->attributes[i].value, "${") || strstr(node->attributes[i].value, "$(")) return node;
  for (const xml_node *child = node->first; child; child = child->next) {
    const xml_node *found = find_macro(child);
    if (found) return found;
  }
  return NULL;
}

static bool refuse_macros(const reader *r) {
  const xml_node *macro = find_macro(r->robot->xml->root);
  if (!macro) return false;
  finding_add(r->findings, MYR_FAULT, urdf_place(r->robot, macro->line),
              "expand it first: `xacro FILE.xacro > FILE.urdf`; xacro comes with ROS, and with pip",
              "<%.60s> is xacro, from which a URDF file is made", macro->tag);
  return true;
}

/* ------------------------------------------------------------------------------------------------ the file */
bool myr_is_urdf(const char *path) {
  FILE *stream;
  if (myr_regular_file_stream(path, &stream, NULL)) return false;
  char text[4096];
  size_t length = fread(text, 1, sizeof text - 1, stream);
  fclose(stream);
  text[length] = 0;
  const char *at = text;
  while ((at = strchr(at, '<')) && (at[1] == '?' || at[1] == '!')) {
    bool comment = !strncmp(at, "<!--", 4);
    const char *end = strstr(at, comment ? "-->" : ">");
    if (!end) { /* a comment that is longer than what was read: the suffix decides */
      const char *dot = strrchr(path, '.');
      return dot && (!strcasecmp(dot, ".urdf") || !strcasecmp(dot, ".xacro"));
    }
    at = end;
  }
  return at && !strncmp(at, "<robot", 6) && strchr(" \t\r\n>/", at[6]);
}

myr_status urdf_read(const char *path, xml_tree *xml, urdf_robot *robot, myr_findings *findings, myr_error *error) {
  *robot = (urdf_robot){.path = path, .xml = xml, .root = -1, .first_finding = findings->count};
  const reader r = {robot, findings};
  const xml_node *root = xml->root;
  robot->name = xml_attribute_of(root, "name");
  if (refuse_macros(&r)) return MYR_OK;
  if (!read_materials(&r, root) || !read_links(&r, root) || !read_joints(&r, root))
    return myr_fail(error, MYR_ERROR, "out of memory for %s", path);
  read_drives(&r, root);
  read_compiler(&r, root);
  return MYR_OK;
}
