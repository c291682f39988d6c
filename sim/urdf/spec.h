/* From the structure of a URDF file to MuJoCo's specification, piece by piece. */
#ifndef MYR_URDF_SPEC_H
#define MYR_URDF_SPEC_H

#include "sim/mujoco/version.h"
#include "sim/urdf/urdf.h"

/* A mesh file at one scale, as one or more meshes of MuJoCo: a COLLADA file has one for each of its materials. */
typedef struct mesh_asset {
  char *path;
  double scale[3];
  int first, count; /* in spec_build.meshes */
} mesh_asset;

typedef struct spec_mesh {
  char name[160];
  bool has_color;
  float color[4];
} spec_mesh;

typedef struct spec_build {
  urdf_robot robot;
  myr_urdf_choices choices;
  bool draws_collisions; /* the file has no visual */
  myr_findings *findings;
  mjSpec *spec;
  mjsBody **bodies; /* of the links */
  mesh_asset *assets;
  spec_mesh *meshes;
  int asset_count, mesh_count;
  int64_t asset_capacity, mesh_capacity;
  bool out_of_memory;
} spec_build;

/* Reads the file from its XML and makes build->spec, which mj_compile takes. MYR_INVALID where it has faults, which are among the
 * findings. It calls MuJoCo, so it belongs inside guard_run with the build in the context; release it in any case. The
 * caller may take the spec away by setting it to NULL. */
myr_status spec_make(const char *path, xml_tree *xml, const myr_urdf_choices *choices, myr_findings *findings,
                     spec_build *build, myr_error *error);
void spec_release(spec_build *build);

/* The pieces. */
void spec_add_bodies(spec_build *build);
void spec_add_shapes(spec_build *build, int link); /* visuals and collisions of a link, into its body */
void spec_add_mimics(spec_build *build);
void spec_add_motors(spec_build *build);
void spec_add_excludes(spec_build *build);
void spec_add_home(spec_build *build);

/* The meshes of a file, made when first asked for. NULL after a fault, which is among the findings. */
const mesh_asset *spec_mesh_asset(spec_build *build, const urdf_link *link, const urdf_shape *shape);
struct package_search; /* package.h */
void spec_refuse_missing(spec_build *build, const urdf_link *link, const urdf_shape *shape,
                         const struct package_search *search);

/* The topmost link to which a link is rigidly attached. */
int spec_group(const urdf_robot *robot, int link);
static inline bool spec_is_scalar(const urdf_joint *joint) {
  return joint->type == URDF_REVOLUTE || joint->type == URDF_CONTINUOUS || joint->type == URDF_PRISMATIC;
}

#endif
