/* Tells of keyframes outside the ranges of their joints and actuators, before a run. */
#include <string.h>

#include "kernels/model.h"
#include "scenarios/plan.h"

enum { TOLD_DOUBTS = 8, LISTED_DOUBTS = 64 };

static const double degree = 0.017453292519943295;

static bool belongs(const myr_entity_info *info, const myr_key_doubt *doubt) {
  bool joint = doubt->element == MYR_ELEMENT_joint;
  int start = joint ? info->joint_start : info->actuator_start,
      count = joint ? info->joint_count : info->actuator_count;
  return doubt->index >= start && doubt->index < start + count;
}

/* The part of an element's name after the entity. */
static const char *own_name(const myr_model *model, enum myr_element element, int index) {
  char *const *names = myr_model_names(model, element);
  const char *dot = names[index] ? strchr(names[index], '.') : NULL;
  return dot ? dot + 1 : "without name";
}

static void hint_doubt(myr_diagnostic *d, const myr_key_doubt *doubt, bool used) {
  if (doubt->degrees)
    diagnose_hint(d, "keyframes are in radians, whatever the compiler's angle: %g deg is %.4g rad", doubt->value,
                  doubt->value * degree);
  else if (!used)
    diagnose_hint(d, "nothing here uses this keyframe");
  else if (doubt->element == MYR_ELEMENT_actuator)
    diagnose_hint(d, "the control is clamped to its range; correct the keyframe, or the ctrlrange");
  else if (doubt->keyframe < 0)
    diagnose_hint(d, "the limit throws it back; start it in a keyframe: `start: {keyframe: NAME}`");
  else
    diagnose_hint(d, "the limit throws it back; correct the keyframe, or the range");
}

/* An angle of degrees that is used is an error, because no run can be meant with it. */
static void tell_doubt(plan_builder *builder, int entity, const myr_key_doubt *doubt, position where, bool used) {
  const myr_model *model = builder->plan->model;
  const char *name = builder->plan->entity_infos[entity].name;
  bool joint = doubt->element == MYR_ELEMENT_joint;
  char pose[128];
  if (doubt->keyframe < 0)
    snprintf(pose, sizeof pose, "the zero pose");
  else
    snprintf(pose, sizeof pose, "keyframe `%.80s`", own_name(model, MYR_ELEMENT_keyframe, doubt->keyframe));
  myr_diagnostic *(*tell)(myr_diagnostics *, position, const char *, ...) =
      used && doubt->degrees ? diagnose : diagnose_warning;
  myr_diagnostic *d = tell(
      builder->diagnostics, where, "%s of `%s`: %s `%.80s` %s %g%s%s, outside its range of %g to %g", pose, name,
      joint ? "joint" : "actuator", own_name(model, doubt->element, doubt->index), joint ? "is at" : "has the control",
      doubt->value, doubt->unit[0] ? " " : "", doubt->unit, doubt->low, doubt->high);
  hint_doubt(d, doubt, used);
}

/* Where the scenario uses a keyframe of an entity; NULL: nowhere. */
typedef struct key_use {
  const node *pose, *controls;
} key_use;

static key_use use_of_key(const myr_plan *plan, int entity, const char *own) {
  const myr_scenario *scenario = plan->scenario;
  const text_value *start = &plan->entities[entity].section->start.keyframe;
  key_use use = {0};
  if (start->text && !strcmp(start->text, own)) use.pose = use.controls = start->node;
  size_t length = strlen(plan->entity_infos[entity].name);
  for (int i = 0; i < scenario->controllers.count; i++) {
    const controller_section *section = scenario_controller(scenario, i);
    const char *name = section->head.name;
    if (strncmp(name, plan->entity_infos[entity].name, length) || (name[length] && name[length] != '.')) continue;
    const text_value *keys[] = {&section->hold, &section->random.around};
    for (int k = 0; k < 2; k++)
      if (keys[k]->text && !strcmp(keys[k]->text, own)) use.controls = keys[k]->node;
  }
  return use;
}

/* key -1: the zero pose. */
static void doubt_key(plan_builder *builder, int entity, int key, key_use use) {
  const myr_plan *plan = builder->plan;
  const node *model_place = plan->entities[entity].section->model.node;
  myr_key_doubt doubts[LISTED_DOUBTS];
  int count = myr_model_doubt_key(plan->model, key, doubts, LISTED_DOUBTS), told = 0;
  for (int i = 0; i < count && i < LISTED_DOUBTS && told < TOLD_DOUBTS; i++) {
    if (!belongs(&plan->entity_infos[entity], &doubts[i])) continue;
    const node *own = doubts[i].element == MYR_ELEMENT_joint ? use.pose : use.controls;
    const node *place = own ? own : model_place;
    if (!place) continue;
    tell_doubt(builder, entity, &doubts[i], place->where, own != NULL);
    told++;
  }
}

void plan_doubt_keyframes(plan_builder *builder) {
  const myr_plan *plan = builder->plan;
  const myr_model *model = plan->model;
  for (int e = 0; e < plan->entity_count; e++) {
    const entity_section *section = plan->entities[e].section;
    if (!plan->entities[e].robot) continue;
    if (plan->entities[e].key < 0) doubt_key(builder, e, -1, (key_use){.pose = section->model.node});
    size_t length = strlen(section->head.name);
    for (int k = 0; k < model->nkey; k++) {
      const char *name = model->key_name[k];
      if (!name || strncmp(name, section->head.name, length) || name[length] != '.') continue;
      doubt_key(builder, e, k, use_of_key(plan, e, name + length + 1));
    }
  }
}
