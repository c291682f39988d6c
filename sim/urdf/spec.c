/* The way from a URDF file to MuJoCo's specification. */
#include "sim/urdf/spec.h"

#include <stdlib.h>
#include <string.h>

/* MuJoCo's compiler takes inertia from the file alone, and angles as radians. */
static void set_compiler(spec_build *build) {
  mjsCompiler *compiler = &build->spec->compiler;
  compiler->autolimits = 1;
  compiler->degree = 0;
  compiler->inertiafromgeom = mjINERTIAFROMGEOM_FALSE;
  compiler->balanceinertia = build->robot.compiler.balance_inertia;
  compiler->boundmass = build->robot.compiler.least_mass;
  compiler->boundinertia = build->robot.compiler.least_inertia;
  compiler->fusestatic = 0;
  compiler->discardvisual = 0;
}

static bool has_visuals(const urdf_robot *robot) {
  for (int i = 0; i < robot->link_count; i++)
    if (robot->links[i].visual_count) return true;
  return false;
}

static void add_materials(spec_build *build) {
  for (int i = 0; i < build->robot.material_count; i++) {
    const urdf_material *from = &build->robot.materials[i];
    if (!from->has_color || !*from->name) continue;
    if (mjs_findElement(build->spec, mjOBJ_MATERIAL, from->name)) continue; /* the first of a name holds */
    mjsMaterial *material = mjs_addMaterial(build->spec, NULL);
    mjs_setName(material->element, from->name);
    for (int k = 0; k < 4; k++) material->rgba[k] = (float)from->color[k];
  }
}

/* Tells of a base that cannot float, and of one that is fixed although it could float. */
static void judge_base(spec_build *build) {
  const urdf_robot *robot = &build->robot;
  const urdf_link *root = &robot->links[robot->root];
  bool heavy = false;
  for (int i = 0; i < robot->link_count; i++)
    heavy |= spec_group(robot, i) == robot->root && robot->links[i].mass > 0 && robot->links[i].inertia[0] > 0;
  if (build->choices.floating && !heavy)
    finding_add(build->findings, MYR_FAULT, urdf_place(robot, root->line),
                "give it an <inertial>, or leave `base: floating` out",
                "link \"%s\" would float by `base: floating`, and has no mass", root->name);
  if (!build->choices.floating && heavy && strcmp(root->name, "world") != 0)
    finding_add(build->findings, MYR_NOTICE, urdf_place(robot, root->line),
                "`base: floating` in the scenario's entity lets it move", "link \"%s\" is fixed to the world",
                root->name);
}

static void build_spec(spec_build *build) {
  set_compiler(build);
  if (build->robot.name && *build->robot.name) mjs_setString(build->spec->modelname, build->robot.name);
  build->draws_collisions = !has_visuals(&build->robot);
  add_materials(build);
  judge_base(build);
  spec_add_bodies(build);
  spec_add_mimics(build);
  spec_add_motors(build);
  spec_add_excludes(build);
  spec_add_home(build);
}

myr_status spec_make(const char *path, xml_tree *xml, const myr_urdf_choices *choices, myr_findings *findings,
                     spec_build *build, myr_error *error) {
  *build = (spec_build){.choices = *choices, .findings = findings};
  int first = findings->count;
  myr_status status = urdf_read(path, xml, &build->robot, findings, error);
  if (status) return status;
  if (!findings_status(findings, first, NULL)) urdf_check(&build->robot, findings);
  status = findings_status(findings, first, error);
  if (status) return status;
  urdf_note_unused(&build->robot, findings);
  build->bodies = calloc((size_t)build->robot.link_count + 1, sizeof *build->bodies);
  build->spec = build->bodies ? mj_makeSpec() : NULL;
  if (build->spec) build_spec(build);
  if (!build->spec || build->out_of_memory) return myr_fail(error, MYR_ERROR, "out of memory for %s", path);
  return findings_status(findings, first, error);
}

void spec_release(spec_build *build) {
  if (build->spec) mj_deleteSpec(build->spec);
  for (int i = 0; i < build->asset_count; i++) free(build->assets[i].path);
  free(build->assets);
  free(build->meshes);
  free(build->bodies);
  *build = (spec_build){0};
}

int spec_group(const urdf_robot *robot, int link) {
  for (int joint; (joint = robot->links[link].joint) >= 0 && robot->joints[joint].type == URDF_FIXED;)
    link = robot->joints[joint].parent;
  return link;
}
