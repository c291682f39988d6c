/* Lights of files and of the scenario; a sun if there are none. */
#include <string.h>

#include "render/look.h"
#include "render/rigid.h"

/* The number of lights from each source. */
typedef struct light_plan {
  int files;      /* active lights of files, unless the scenario replaces them */
  bool headlight; /* MuJoCo's light at the camera, which belongs to the files' lights */
  bool sun;       /* added because there is no other light */
} light_plan;

static light_plan plan_lights(const look_sources *sources) {
  const myr_appearance *a = sources->appearance;
  const myr_look_description *d = sources->description;
  light_plan plan = {0};
  if (!d->replace_lights)
    for (int i = 0; i < a->light_count; i++) plan.files += a->lights[i].active;
  plan.sun = plan.files == 0 && d->light_count == 0;
  plan.headlight =
      plan.files > 0 && a->headlight && a->headlight_diffuse[0] + a->headlight_diffuse[1] + a->headlight_diffuse[2] > 0;
  return plan;
}

void look_count_lights(myr_look *look, const look_sources *sources) {
  light_plan plan = plan_lights(sources);
  look->info.light_count = plan.files + sources->description->light_count + plan.sun + plan.headlight;
}

typedef struct light_values {
  float *direction, *color, *intensity, *radius;
} light_values;

static light_values values_of(myr_look *look, int i) {
  return (light_values){look_value(look, look->defaults, MYR_LOOK_light_direction, i),
                        look_value(look, look->defaults, MYR_LOOK_light_color, i),
                        look_value(look, look->defaults, MYR_LOOK_light_intensity, i),
                        look_value(look, look->defaults, MYR_LOOK_light_radius, i)};
}

/* The size of a light whose file states none. It gives a lamp over a robot a visible but narrow penumbra; the sun's own
 * is 4.7 mrad, which a small picture cannot show. */
static const float usual_radius = 0.03f, usual_half_angle = 0.01f;

static void fill_file_light(myr_look *look, int i, const myr_visual_light *from) {
  look_light *light = &look->lights[i];
  light_values v = values_of(look, i);
  static const int kinds[] = {[MYR_VISUAL_SPOT] = MYR_LIGHT_SPOT,
                              [MYR_VISUAL_DIRECTIONAL] = MYR_LIGHT_DIRECTIONAL,
                              [MYR_VISUAL_POINT] = MYR_LIGHT_POINT};
  light->mount = (look_mount){from->mount.body, from->mount.tracking, from->mount.target};
  light->kind = kinds[from->kind];
  light->shadows = from->shadows;
  memcpy(light->attenuation, from->attenuation, sizeof light->attenuation);
  light->cone_outer = (float)portable_cos(from->cutoff);
  light->cone_inner = (float)portable_cos(0.7 * from->cutoff);
  bool tracks = from->mount.tracking == MYR_TRACK_BODY || from->mount.tracking == MYR_TRACK_BODY_COM;
  float turn[9];
  rotation_of_quaternion(tracks ? from->mount.global_quaternion : from->mount.quaternion, turn);
  double offset[3];
  for (int k = 0; k < 3; k++) offset[k] = (double)from->mount.offset[k];
  myr_look_set_position(look, look->defaults, MYR_LOOK_light_position, i, tracks ? offset : from->mount.position);
  for (int k = 0; k < 3; k++) v.direction[k] = -turn[3 * k + 2];
  memcpy(v.color, from->diffuse, 3 * sizeof(float));
  *v.intensity = 1;
  *v.radius = from->radius > 0 ? from->radius : light->kind == MYR_LIGHT_DIRECTIONAL ? usual_half_angle : usual_radius;
}

static myr_status fill_described_light(myr_look *look, int i, const myr_light_description *from, myr_error *error) {
  look_light *light = &look->lights[i];
  light_values v = values_of(look, i);
  if (dot(from->direction, from->direction) == 0 && from->kind != MYR_LIGHT_POINT)
    return myr_fail(error, MYR_INVALID, "light \"%s\": its direction is zero", from->name);
  light->mount = (look_mount){from->body, MYR_TRACK_FIXED, -1};
  light->kind = from->kind;
  light->shadows = from->shadows;
  memcpy(light->attenuation, from->attenuation, sizeof light->attenuation);
  light->cone_inner = (float)portable_cos(from->cone_inner);
  light->cone_outer = (float)portable_cos(from->cone_outer);
  myr_look_set_position(look, look->defaults, MYR_LOOK_light_position, i, from->position);
  memcpy(v.direction, from->direction, 3 * sizeof(float));
  memcpy(v.color, from->color, 3 * sizeof(float));
  *v.intensity = from->intensity;
  *v.radius = from->radius;
  return look_check_body(look, from->body, "light", from->name, error);
}

static const myr_light_description sun = {.name = "sun",
                                          .kind = MYR_LIGHT_DIRECTIONAL,
                                          .direction = {-0.4f, 0.5f, -1},
                                          .color = {1, 0.97f, 0.92f},
                                          .intensity = 0.9f,
                                          .radius = 0.01f,
                                          .attenuation = {1, 0, 0},
                                          .shadows = true};

static void fill_headlight(myr_look *look, int i, const myr_appearance *a) {
  look_light *light = &look->lights[i];
  light_values v = values_of(look, i);
  light->mount.target = -1;
  light->kind = MYR_LIGHT_DIRECTIONAL;
  light->headlight = true;
  light->attenuation[0] = 1;
  v.direction[2] = -1;
  memcpy(v.color, a->headlight_diffuse, 3 * sizeof(float));
  *v.intensity = 1;
}

myr_status look_fill_lights(myr_look *look, const look_sources *sources, myr_error *error) {
  const myr_appearance *a = sources->appearance;
  const myr_look_description *d = sources->description;
  light_plan plan = plan_lights(sources);
  const char **names = look_allocate(look, (size_t)look->info.light_count, sizeof *names);
  if (!names) return myr_fail(error, MYR_ERROR, "out of memory");
  myr_status status = MYR_OK;
  int i = 0;
  for (int k = 0; k < a->light_count && plan.files > 0; k++)
    if (a->lights[k].active) {
      fill_file_light(look, i, &a->lights[k]);
      names[i++] = look_string(look, a->lights[k].name ? a->lights[k].name : "");
    }
  for (int k = 0; k < d->light_count && !status; k++) {
    status = fill_described_light(look, i, &d->lights[k], error);
    names[i++] = look_string(look, d->lights[k].name);
  }
  if (plan.sun && !status) {
    status = fill_described_light(look, i, &sun, error);
    names[i++] = "sun";
  }
  if (plan.headlight && !status) {
    fill_headlight(look, i, a);
    names[i++] = "headlight";
  }
  for (int k = 0; k < i && !status; k++)
    if (!names[k]) status = myr_fail(error, MYR_ERROR, "out of memory");
  look->info.light_names = names;
  return status;
}
