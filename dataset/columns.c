#include "dataset/columns.h"

#include <stdlib.h>
#include <string.h>

#include "dataset/dataset.h"
#include "kernels/model.h"

/* ---------------------------------------------------------------------------------------------------- joints */

enum { MOST_COLUMNS = 7 }; /* of a joint */

typedef struct joint_columns {
  const char *suffixes[MOST_COLUMNS + 1]; /* of the names; NULL ends them */
  const char *units[MOST_COLUMNS];
} joint_columns;

static const joint_columns coordinates_of[] = {
    [MYR_JOINT_FREE] = {{".x", ".y", ".z", ".qx", ".qy", ".qz", ".qw"}, {"m", "m", "m", "1", "1", "1", "1"}},
    [MYR_JOINT_BALL] = {{".qx", ".qy", ".qz", ".qw"}, {"1", "1", "1", "1"}},
    [MYR_JOINT_SLIDE] = {{""}, {"m"}},
    [MYR_JOINT_HINGE] = {{""}, {"rad"}}};
static const joint_columns dofs_of[] = {
    [MYR_JOINT_FREE] = {{".vx", ".vy", ".vz", ".wx", ".wy", ".wz"}, {"m/s", "m/s", "m/s", "rad/s", "rad/s", "rad/s"}},
    [MYR_JOINT_BALL] = {{".wx", ".wy", ".wz"}, {"rad/s", "rad/s", "rad/s"}},
    [MYR_JOINT_SLIDE] = {{""}, {"m/s"}},
    [MYR_JOINT_HINGE] = {{""}, {"rad/s"}}};

/* Writes the names, or the units, of the columns of an entity's joints; the joint that lets its root float is left
 * out. */
static void put_joints(FILE *stream, const recorded_row *row, const myr_model *model, bool units) {
  const myr_entity_info *entity = row->entity;
  const char *separator = "";
  for (int i = entity->floating ? 1 : 0; i < entity->joint_count; i++) {
    int joint = entity->joint_start + i;
    const joint_columns *columns = &(row->columns == DOFS ? dofs_of : coordinates_of)[model->jnt_type[joint]];
    for (int k = 0; k < MOST_COLUMNS && columns->suffixes[k]; k++) {
      fputs(separator, stream);
      separator = ", ";
      if (units)
        fputs(columns->units[k], stream);
      else
        put_element_name(stream, model->jnt_name[joint], "joint", joint, columns->suffixes[k]);
    }
  }
}

/* ---------------------------------------------------------------------------------------------------- actuators */

const char *actuator_length_unit(const myr_model *model, int actuator) {
  const double *wrench = model->actuator_wrench + 6 * (ptrdiff_t)actuator;
  switch (myr_transmission_target[model->actuator_transmission[actuator]]) {
  case MYR_ELEMENT_joint: {
    int type = model->jnt_type[model->actuator_target[actuator]];
    return type == MYR_JOINT_SLIDE || type == MYR_JOINT_FREE ? "m" : "rad";
  }
  case MYR_ELEMENT_site: return wrench[0] == 0 && wrench[1] == 0 && wrench[2] == 0 ? "rad" : "m";
  default: return "m"; /* fixed tendons mix joints: their lengths count as metres */
  }
}

static const char *unit_of_input(int input, bool metres) {
  switch (input) {
  case MYR_INPUT_POSITION: return metres ? "m" : "rad";
  case MYR_INPUT_VELOCITY: return metres ? "m/s" : "rad/s";
  case MYR_INPUT_FORCE: return metres ? "N" : "N m";
  case MYR_INPUT_VOLTAGE: return "V";
  default: return "1";
  }
}

/* A servo's control is the position or velocity that it holds, that of a motor whose gain is 1 its force, both before the
 * gear. "1": the file states no more than a factor. */
const char *control_unit(const myr_model *model, int actuator) {
  const double *gain = model->actuator_gainprm + MYR_ACTUATOR_PARAMETERS * (ptrdiff_t)actuator,
               *bias = model->actuator_biasprm + MYR_ACTUATOR_PARAMETERS * (ptrdiff_t)actuator;
  bool metres = !strcmp(actuator_length_unit(model, actuator), "m");
  if (model->actuator_gain[actuator] == MYR_GAIN_PID || model->actuator_gain[actuator] == MYR_GAIN_DC_MOTOR)
    return unit_of_input(model->actuator_input[actuator], metres);
  if (model->actuator_gain[actuator] != MYR_GAIN_FIXED || gain[0] == 0) return "1";
  if (model->actuator_bias[actuator] == MYR_BIAS_AFFINE) {
    bool rate = model->actuator_dynamics[actuator] == MYR_DYNAMICS_INTEGRATOR; /* the control is its set point's rate */
    if (bias[1] == -gain[0] && !rate) return metres ? "m" : "rad";
    if (bias[1] == -gain[0]) return metres ? "m/s" : "rad/s";
    if (bias[1] == 0 && bias[2] == -gain[0]) return metres ? "m/s" : "rad/s";
    return "1";
  }
  if (gain[0] != 1) return "1";
  return metres ? "N" : "N m";
}

static void put_actuators(FILE *stream, const myr_model *model, bool units) {
  for (int i = 0; i < model->nu; i++) {
    if (i) fputs(", ", stream);
    if (units)
      fputs(control_unit(model, i), stream);
    else
      put_element_name(stream, model->actuator_name[i], "actuator", i, "");
  }
}

/* ---------------------------------------------------------------------------------------------------- all */

void put_element_name(FILE *stream, const char *name, const char *kind, int number, const char *suffix) {
  char text[1024];
  if (name && *name)
    snprintf(text, sizeof text, "%s%s", name, suffix);
  else
    snprintf(text, sizeof text, "%s_%d%s", kind, number, suffix);
  myr_json_string(stream, text);
}

/* Calls put for each entry of a list with ", " between them. */
static void for_each_entry(FILE *stream, const char *list, void (*put)(FILE *stream, const char *entry)) {
  char entry[64];
  for (const char *at = list; *at;) {
    const char *end = strstr(at, ", ");
    size_t length = end ? (size_t)(end - at) : strlen(at);
    snprintf(entry, sizeof entry, "%.*s", (int)length, at);
    put(stream, entry);
    at += length;
    if (end) {
      fputs(", ", stream);
      at += 2;
    }
  }
}

static void put_column_names(FILE *stream, const char *names) {
  if (!*names) return;
  fputs("[", stream);
  for_each_entry(stream, names, myr_json_string);
  fputs("]", stream);
}

static bool all_are_equal(const char *list) {
  const char *end = strstr(list, ", ");
  size_t length = end ? (size_t)(end - list) : strlen(list);
  for (const char *at = list; (end = strstr(at, ", ")); at = end + 2) {
    const char *next = strstr(end + 2, ", ");
    size_t next_length = next ? (size_t)(next - end - 2) : strlen(end + 2);
    if (next_length != length || strncmp(end + 2, list, length)) return false;
  }
  return true;
}

void put_column_units(FILE *stream, const char *units) {
  char one[64];
  if (!all_are_equal(units)) {
    fputs("[", stream);
    for_each_entry(stream, units, myr_json_string);
    fputs("]", stream);
    return;
  }
  snprintf(one, sizeof one, "%.*s", (int)strcspn(units, ","), units);
  myr_json_string(stream, *one ? one : "1");
}

static void put_names(FILE *stream, const recorded_row *row, const myr_model *model) {
  if (*row->definition->columns || row->columns == NOTHING) {
    put_column_names(stream, row->definition->columns);
    return;
  }
  fputs("[", stream);
  if (row->columns == CONTROLS)
    put_actuators(stream, model, false);
  else
    put_joints(stream, row, model, false);
  fputs("]", stream);
}

static void put_units(FILE *stream, const recorded_row *row, const myr_model *model) {
  if (*row->definition->unit)
    fputs(row->definition->unit, stream);
  else if (row->columns == CONTROLS)
    put_actuators(stream, model, true);
  else if (row->columns != NOTHING)
    put_joints(stream, row, model, true);
}

char *column_names(const char *names) {
  char *text = NULL;
  size_t size;
  FILE *stream = open_memstream(&text, &size);
  if (!stream) return NULL;
  put_column_names(stream, names);
  return fclose(stream) ? NULL : text;
}

static char *written(void (*put)(FILE *stream, const recorded_row *row, const myr_model *model),
                     const recorded_row *row, const myr_model *model) {
  char *text = NULL;
  size_t size;
  FILE *stream = open_memstream(&text, &size);
  if (!stream) return NULL;
  put(stream, row, model);
  return fclose(stream) ? NULL : text;
}

char *row_column_names(const recorded_row *row, const myr_model *model) { return written(put_names, row, model); }

char *row_column_units(const recorded_row *row, const myr_model *model) { return written(put_units, row, model); }
