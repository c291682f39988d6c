/* The attributes that explain a file to people and programs: units, names, conventions; see record.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset/dataset.h"
#include "dataset/record.h"

void myr_json_string(FILE *stream, const char *string) {
  fputc('"', stream);
  for (const unsigned char *c = (const unsigned char *)string; *c; c++) {
    if (*c == '"' || *c == '\\')
      fprintf(stream, "\\%c", *c);
    else if (*c == '\n')
      fputs("\\n", stream);
    else if (*c < 0x20)
      fprintf(stream, "\\u%04x", *c);
    else
      fputc(*c, stream);
  }
  fputc('"', stream);
}

char *record_units_json(const record_layout *layout) {
  char *text = NULL;
  size_t size;
  FILE *stream = open_memstream(&text, &size);
  if (!stream) return NULL;
  fputc('{', stream);
  for (int i = 0; i < layout->schema.array_count; i++) {
    const array_info *info = &layout->schema.arrays[i];
    if (i) fputs(", ", stream);
    myr_json_string(stream, info->path);
    fputs(": ", stream);
    myr_json_string(stream, info->unit && *info->unit ? info->unit : "1");
  }
  fputc('}', stream);
  return fclose(stream) ? NULL : text;
}

/* A name, or kind_number for a nameless element; suffix such as ".x" for one of several columns. */
static void put_name(FILE *stream, const char *name, const char *kind, int number, const char *suffix) {
  char text[1024];
  if (name && *name)
    snprintf(text, sizeof text, "%s%s", name, suffix);
  else
    snprintf(text, sizeof text, "%s_%d%s", kind, number, suffix);
  myr_json_string(stream, text);
}

static void put_names(FILE *stream, const char *key, char **names, const char *kind, int first, int count) {
  fprintf(stream, "\"%s\": [", key);
  for (int i = first; i < count; i++) {
    if (i > first) fputs(", ", stream);
    put_name(stream, names[i], kind, i, "");
  }
  fputs("]", stream);
}

/* The columns of joint_pos (velocities false) or joint_vel. */
static void put_columns(FILE *stream, const myr_model *model, const myr_entity_info *entity, bool velocities) {
  static const char *const position_suffixes[][7] = {[MYR_JOINT_FREE] = {".x", ".y", ".z", ".qw", ".qx", ".qy", ".qz"},
                                                     [MYR_JOINT_BALL] = {".qw", ".qx", ".qy", ".qz"},
                                                     [MYR_JOINT_SLIDE] = {""},
                                                     [MYR_JOINT_HINGE] = {""}};
  static const char *const velocity_suffixes[][7] = {[MYR_JOINT_FREE] = {".vx", ".vy", ".vz", ".wx", ".wy", ".wz"},
                                                     [MYR_JOINT_BALL] = {".wx", ".wy", ".wz"},
                                                     [MYR_JOINT_SLIDE] = {""},
                                                     [MYR_JOINT_HINGE] = {""}};
  bool first = true;
  for (int i = entity->floating ? 1 : 0; i < entity->joint_count; i++) {
    int joint = entity->joint_start + i;
    const char *const *suffixes = (velocities ? velocity_suffixes : position_suffixes)[model->jnt_type[joint]];
    for (int k = 0; k < 7 && suffixes[k]; k++) {
      if (!first) fputs(", ", stream);
      first = false;
      put_name(stream, model->jnt_name[joint], "joint", joint, suffixes[k]);
    }
  }
}

static void put_draws(FILE *stream, const myr_plan_info *info) {
  for (int i = 0; i < info->draw_count; i++) {
    const myr_draw_info *draw = &info->draws[i];
    if (i) fputs(", ", stream);
    myr_json_string(stream, draw->path);
    fputs(": {\"distribution\": ", stream);
    myr_json_string(stream, draw->distribution);
    fputs(", \"elements\": [", stream);
    for (int k = 0; draw->elements && k < draw->count; k++) {
      if (k) fputs(", ", stream);
      myr_json_string(stream, draw->elements[k]);
    }
    fputs("]}", stream);
  }
}

char *record_names_json(const record_layout *layout) {
  const myr_plan_info *info = layout->info;
  const myr_model *model = info->model;
  char *text = NULL;
  size_t size;
  FILE *stream = open_memstream(&text, &size);
  if (!stream) return NULL;
  fputs("{", stream);
  put_names(stream, "bodies", model->body_name, "body", 1, model->nbody);
  fputs(", ", stream);
  put_names(stream, "geoms", model->geom_name, "geom", 0, model->ngeom);
  fputs(", ", stream);
  put_names(stream, "actuators", model->actuator_name, "actuator", 0, model->nu);
  fputs(", \"entities\": {", stream);
  for (int i = 0, first = 1; i < info->entity_count; i++) {
    if (info->entities[i].ground) continue;
    if (!first) fputs(", ", stream);
    first = 0;
    myr_json_string(stream, info->entities[i].name);
    fputs(": {\"joint_pos\": [", stream);
    put_columns(stream, model, &info->entities[i], false);
    fputs("], \"joint_vel\": [", stream);
    put_columns(stream, model, &info->entities[i], true);
    fputs("]}", stream);
  }
  fputs("}, \"randomization\": {", stream);
  put_draws(stream, info);
  fputs("}}", stream);
  return fclose(stream) ? NULL : text;
}

const char *record_conventions_json(void) {
  return "{\"units\": \"SI: metres, kilograms, seconds, radians; each array's in units_json\", "
         "\"world\": \"right-handed, z up\", "
         "\"quaternions\": \"x y z w, body to world; ball joints within joint_pos keep w x y z\", "
         "\"root_vel\": \"velocity of the root body's origin, then angular velocity, both in world axes\", "
         "\"rows\": \"row t: obs, states and labels are of time[t]; actions[t] acts from then to the next row; "
         "rewards, "
         "success, terminated and truncated judge the state at time[t]\", "
         "\"final_obs\": \"after the last action; the last row again where the world diverged\", "
         "\"actions\": \"-1 .. 1 of each actuator's range; labels/control has its own unit\", "
         "\"labels/energy\": \"kinetic; potential of gravity and springs\", "
         "\"labels/contacts\": \"rows contact_start[t] .. contact_start[t] + contact_count[t] - 1 belong to row t; "
         "geom "
         "indexes names_json geoms; normal points from the first geom to the second; force acts on the second; "
         "distance "
         "is negative when they overlap\", "
         "\"labels/body_*\": \"names_json bodies, the world itself left out\", "
         "\"mask\": \"valid: every tenth episode (episode_index % 10 == 9), train: the others; success and failure by "
         "the "
         "episode's success\", "
         "\"content_xxh3\": \"XXH3-64 of all attributes and arrays of the episode; see myriad verify\"}";
}
