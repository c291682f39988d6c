/* A robot as its URDF file says it: links and joints in the file's own terms, each with its line. Lengths are metres,
 * angles radians, masses kilograms; quaternions are w x y z. The way of a file: read.c (this structure), check.c (what
 * contradicts itself), spec*.c (MuJoCo's specification, which its compiler turns into a model). */
#ifndef MYR_URDF_H
#define MYR_URDF_H

#include "sim/findings.h"
#include "sim/xml_tree.h"

typedef struct urdf_pose {
  double position[3], quaternion[4];
} urdf_pose;

enum urdf_shape_kind { URDF_BOX = 0, URDF_CYLINDER, URDF_SPHERE, URDF_CAPSULE, URDF_MESH, URDF_SHAPE_KINDS };
enum urdf_joint_type {
  URDF_REVOLUTE = 0,
  URDF_CONTINUOUS,
  URDF_PRISMATIC,
  URDF_FIXED,
  URDF_FLOATING,
  URDF_PLANAR,
  URDF_JOINT_TYPES
};

typedef struct urdf_material {
  const char *name; /* "": it has none */
  int line;
  bool has_color;
  double color[4]; /* rgba, 0..1 */
} urdf_material;

/* A <visual> or a <collision>. */
typedef struct urdf_shape {
  const char *name; /* NULL: none */
  int line;
  bool stated; /* it has a geometry that could be read */
  enum urdf_shape_kind kind;
  urdf_pose pose;   /* in the link's frame */
  double size[3];   /* box: whole extents; cylinder and capsule: radius, length; sphere: radius */
  const char *mesh; /* as the file names it */
  double scale[3];
  const urdf_material *material; /* NULL: none */
} urdf_shape;

typedef struct urdf_link {
  const char *name;
  int line, inertial_line; /* 0: it states no inertia, or none but zeros */
  urdf_pose inertial;
  double mass, inertia[6]; /* xx yy zz xy xz yz, about the axes of `inertial` */
  urdf_shape *visuals, *collisions;
  int visual_count, collision_count;
  int joint; /* that joins it to its parent; -1: the root */
} urdf_link;

typedef struct urdf_joint {
  const char *name, *parent_name, *child_name;
  int line, limit_line, mimic_line; /* 0: it has no such element */
  enum urdf_joint_type type;
  int parent, child; /* links */
  urdf_pose origin;  /* of the child's frame, in the parent's */
  double axis[3];    /* of length 1, in the child's frame */
  bool limited;
  double lower, upper, effort, velocity; /* velocity and effort: 0 where they are not stated */
  double damping, friction;
  const char *mimic_name;
  int mimic; /* joint that it follows, or -1 */
  double multiplier, offset;
  bool driven; /* a transmission or ros2_control names it */
} urdf_joint;

/* The options of MuJoCo's own extension, <mujoco><compiler>. */
typedef struct urdf_compiler {
  const char *mesh_folder; /* NULL: none */
  bool balance_inertia;
  double least_mass, least_inertia;
} urdf_compiler;

typedef struct urdf_robot {
  const char *path, *name;
  xml_tree *xml; /* the file; holds all memory */
  urdf_link *links;
  urdf_joint *joints;
  urdf_material *materials; /* of the robot, by name */
  int link_count, joint_count, material_count;
  int root;          /* link */
  int first_finding; /* of this file */
  bool has_transmissions;
  urdf_compiler compiler;
} urdf_robot;

/* Reads the file from its XML, which must be whole and outlive the robot. Faults and notices go to findings: look at them
 * before the robot is used. */
myr_status urdf_read(const char *path, xml_tree *xml, urdf_robot *robot, myr_findings *findings, myr_error *error);

/* Binds names, makes the tree, and finds contradictions. */
void urdf_check(urdf_robot *robot, myr_findings *findings);

/* Names the parts of the file that nothing uses. */
void urdf_note_unused(const urdf_robot *robot, myr_findings *findings);

static inline finding_place urdf_place(const urdf_robot *robot, int line) {
  return (finding_place){robot->path, line, line > 0}; /* the line's first column: lines alone are kept */
}

#endif
