/* Cameras, lidars and range finders. */
#include <math.h>
#include <string.h>

#include "scenarios/plan_look.h"

#define PI 3.14159265358979323846

/* ------------------------------------------------------------------------------------------------ poses */

static void bind_view_pose(look_builder *look, const view_pose *s, bool kept, const char *path, int element,
                           myr_camera_description *view) {
  plan_builder *builder = look->plan;
  look_writer *writer = look_writer_add(look, WRITE_POSE, MYR_LOOK_camera_position);
  if (!writer) return;
  pose_plan *pose = &writer->pose;
  pose->optical = true;
  pose_bind(builder, pose, &s->position, &s->orientation, path);
  pose->aim = kept ? AIM_KEPT : s->look_at.given ? AIM_POINT : s->direction.given ? AIM_DIRECTION : AIM_ANGLES;
  if (s->look_at.given)
    plan_add_vector(builder, &pose->target, &s->look_at, NULL, look_path(look, path, "look_at"), 0, NULL);
  if (s->direction.given)
    plan_add_vector(builder, &pose->target, &s->direction, NULL, look_path(look, path, "direction"), 0, NULL);
  plan_add_vector(builder, &pose->up, &s->up, NULL, look_path(look, path, "up"), 0, NULL);
  plan_add_vector(builder, &pose->shift, &s->shift, NULL, look_path(look, path, "shift"), 0, NULL);
  pose_bind_angles(builder, pose->turn, &s->turn, look_path(look, path, "turn"));
  /* A file's pose is not known yet, so an offset to it is written for every episode, even if it is constant. */
  writer->always = kept && (s->shift.given || s->turn.head.node);
  view->body = look_body(look, &s->body);
  double position[3], quaternion[4];
  pose_value(pose, NULL, position, quaternion);
  memcpy(view->position, position, sizeof view->position);
  for (int i = 0; i < 4; i++) view->quaternion[i] = (float)quaternion[i];
  look_target(look, writer, element);
}

static void bind_timing(const view_timing *timing, myr_camera_description *view) {
  view->every = timing->every;
  view->episodes_every = (int)timing->episodes_every.value;
}

/* ------------------------------------------------------------------------------------------------ cameras */

static void check_from(look_builder *look, const camera_section *section) {
  const myr_appearance *files = look->appearance;
  const text_value *from = &section->from;
  suggestion suggestion = {.wanted = from->text};
  char list[240] = "";
  size_t prefix = strcspn(from->text, ".") + 1;
  for (int i = 0; i < files->camera_count; i++) {
    const char *name = files->cameras[i].name;
    if (!name) continue;
    if (!strcmp(name, from->text)) {
      if (files->cameras[i].focal[1] > 0 && section->fov.given) {
        diagnose_hint(diagnose(look->plan->diagnostics, section->fov.node->where,
                               "`%s` states a focal length, so that its angle of view is fixed", from->text),
                      "write `focal` instead");
      }
      return;
    }
    suggestion_offer(&suggestion, name);
    size_t used = strlen(list);
    if (!strncmp(name, from->text, prefix) && used + strlen(name) + 2 < sizeof list)
      snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", name);
  }
  myr_diagnostic *d =
      diagnose(look->plan->diagnostics, from->node->where, "no model has a camera `%.100s`", from->text);
  if (suggestion_hint(&suggestion, d)) return;
  if (list[0])
    diagnose_hint(d, "there are: %s", list);
  else
    diagnose_hint(d, "its model names no camera");
}

/* Keypoints are the sites of models. */
static void note_missing_keypoints(look_builder *look, const camera_section *section, unsigned outputs) {
  if (!(outputs & MYR_OUTPUT_BIT(keypoints)) || look->appearance->site_count) return;
  const node *place = section->outputs.node ? section->outputs.node : section->head.node;
  diagnose_hint(diagnose_notice(&look->plan->plan->notices, place->where,
                                "camera `%.100s` has no keypoints, because no model has a site", section->head.name),
                "add <site name=\"...\"/> to the bodies of a model, or leave `keypoints` out");
}

static void bind_camera(look_builder *look, const camera_section *section, int element, myr_camera_description *view) {
  const char *path = look_path(look, "cameras", section->head.name);
  bool kept = section->from.text, fisheye = section->projection.index == MYR_FISHEYE;
  if (kept) check_from(look, section);
  *view = (myr_camera_description){.name = section->head.name,
                                   .from = section->from.text,
                                   .projection = section->projection.index,
                                   .width = (int)section->size.items[0].a,
                                   .height = (int)section->size.items[1].a,
                                   .near_limit = (float)section->near.a,
                                   .far_limit = (float)section->far.a,
                                   .samples = (int)section->samples.value,
                                   .shadows = section->shadows.index,
                                   .patterns = section->textures.index,
                                   .outputs = asked_outputs(&section->outputs, false)};
  note_missing_keypoints(look, section, view->outputs);
  bind_timing(&section->timing, view);
  bind_view_pose(look, &section->pose, kept, path, element, view);
  for (int i = 0; i < section->focal.count; i++) view->focal[i] = (float)section->focal.items[i].a;
  for (int i = 0; i < section->center.count; i++) view->center[i] = (float)section->center.items[i].a;
  if (!kept) view->fov = (float)(fisheye ? PI : PI / 3);
  look_bind_number(look, &section->fov, look_path(look, path, "fov"), 1, MYR_LOOK_camera_fov, element, &view->fov);
}

/* ------------------------------------------------------------------------------------------------ sensors */

/* Writes the elevations from the top row down. */
static void set_elevations(look_builder *look, const sensor_section *section, myr_camera_description *view) {
  const quantity *range = section->elevation.items;
  double low = range ? range[0].a : -PI / 12, high = range ? range[1].a : PI / 12;
  int rows = section->channels.node ? (int)section->channels.value : SENSOR_CHANNELS;
  if (section->elevations.given) rows = section->elevations.count;
  if (section->type.index == SENSOR_RAY) rows = 1, low = high = 0;
  if (low > high) {
    double swapped = low;
    low = high;
    high = swapped;
  }
  float *elevations = plan_take(look->plan, (size_t)rows, sizeof *elevations);
  for (int j = 0; elevations && j < rows; j++) {
    double share = rows > 1 ? (double)j / (rows - 1) : 0.5;
    elevations[j] = (float)(section->elevations.given ? section->elevations.items[j].a : high + share * (low - high));
  }
  view->height = rows;
  view->elevations = elevations;
}

/* Writes the azimuths. A whole turn does not include its first direction twice. */
static void set_azimuths(const sensor_section *section, myr_camera_description *view) {
  const quantity *range = section->azimuth.items;
  double first = range ? range[0].a : PI, last = range ? range[1].a : -PI, step = 0;
  int columns = section->columns.node ? (int)section->columns.value : SENSOR_COLUMNS;
  if (section->type.index == SENSOR_RAY) columns = 1, first = last = 0;
  bool whole = fabs(last - first) > 2 * PI * (1 - 1e-9);
  if (columns == 1)
    first = 0.5 * (first + last);
  else
    step = (last - first) / (whole ? columns : columns - 1);
  view->width = columns;
  view->azimuth_first = (float)first;
  view->azimuth_step = (float)step;
}

static void bind_sensor(look_builder *look, const sensor_section *section, int element, myr_camera_description *view) {
  const char *path = look_path(look, "sensors", section->head.name);
  *view = (myr_camera_description){.name = section->head.name,
                                   .projection = MYR_BEAMS,
                                   .near_limit = (float)section->range.items[0].a,
                                   .far_limit = (float)section->range.items[1].a,
                                   .samples = 1,
                                   .patterns = true, /* intensity depends on the colour that is hit */
                                   .outputs = asked_outputs(&section->outputs, true)};
  bind_timing(&section->timing, view);
  bind_view_pose(look, &section->pose, false, path, element, view);
  set_elevations(look, section, view);
  set_azimuths(section, view);
  if (section->spinning.node && section->spinning.index) {
    double turn = fmin(fabs((double)view->azimuth_step) * view->width / (2 * PI), 1);
    view->scan_time = (float)(turn * view->every * look->plan->plan->scenario->info.control_period);
  }
}

void look_bind_views(look_builder *look) {
  const myr_scenario *scenario = look->plan->plan->scenario;
  myr_look_description *d = &look->description;
  int cameras = scenario->cameras.count, sensors = scenario->sensors.count;
  myr_camera_description *views = plan_take(look->plan, (size_t)(cameras + sensors), sizeof *views);
  if (!views) return;
  d->cameras = views;
  d->camera_count = cameras + sensors;
  for (int i = 0; i < cameras && !look->plan->failed; i++) {
    bind_camera(look, scenario_camera(scenario, i), i, &views[i]);
  }
  for (int i = 0; i < sensors && !look->plan->failed; i++) {
    bind_sensor(look, scenario_sensor(scenario, i), cameras + i, &views[cameras + i]);
  }
}
