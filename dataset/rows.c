#include "dataset/rows.h"

#include <string.h>

#include "kernels/fields.h"
#include "kernels/model.h"

/* ---------------------------------------------------------------------------------------------------- from fields */

static void gather(float *out, myr_span span, int first, int count) {
  const float *in = span.data + (ptrdiff_t)first * span.stride;
  for (int i = 0; i < count; i++) out[i] = in[(ptrdiff_t)i * span.stride];
}

static void fill_field(const row_source *source, const recorded_row *row, int field, float *out) {
  const row_definition *definition = row->definition;
  int count = definition->element == ELEMENT_contact ? source->contact_count : row->count;
  gather(out, source->fields[field], row->first * definition->width, count * definition->width);
}

static void fill_wide_field(const row_source *source, const recorded_row *row, int field, double *out) {
  const row_definition *definition = row->definition;
  int count = definition->element == ELEMENT_contact ? source->contact_count : row->count;
  myr_span span = source->fields[field];
  for (int i = 0; i < count * definition->width; i++)
    out[i] = (double)span.data[(ptrdiff_t)(row->first * definition->width + i) * span.stride];
}

/* m: field + rest. */
static void fill_positions(const row_source *source, const recorded_row *row, int field, int rest_field, double *out) {
  const row_definition *definition = row->definition;
  int count = definition->element == ELEMENT_contact ? source->contact_count : row->count;
  myr_span rest = source->fields[rest_field];
  fill_wide_field(source, row, field, out);
  for (int i = 0; i < count * definition->width; i++)
    out[i] += (double)rest.data[(ptrdiff_t)(row->first * definition->width + i) * rest.stride];
}

/* Files hold quaternions as x y z w. */
static void gather_quaternion(float out[4], myr_span wxyz, int first) {
  for (int i = 0; i < 4; i++) out[i] = wxyz.data[(ptrdiff_t)(first + (i + 1) % 4) * wxyz.stride];
}

/* Quaternions of ball joints, and of free joints other than the root's, lie among the coordinates. */
static void fill_coordinates(const row_source *source, const recorded_row *row, int field, float *out) {
  const myr_model *model = source->model;
  fill_field(source, row, field, out);
  for (int i = 0; i < row->entity->joint_count; i++) {
    int joint = row->entity->joint_start + i, type = model->jnt_type[joint];
    if (type != MYR_JOINT_BALL && type != MYR_JOINT_FREE) continue;
    int at = model->jnt_qpos_start[joint] + (type == MYR_JOINT_FREE ? 3 : 0);
    if (at >= row->first) gather_quaternion(out + at - row->first, source->fields[field], at);
  }
}

/* m: a coordinate of a position, with its rounding error (qpos_rest) added back. */
static double precise_coordinate(const row_source *source, int coordinate) {
  myr_span q = source->fields[MYR_FIELD_qpos], rest = source->fields[MYR_FIELD_qpos_rest];
  return (double)q.data[(ptrdiff_t)coordinate * q.stride] + (double)rest.data[(ptrdiff_t)coordinate * rest.stride];
}

static void fill_body_orientation(const row_source *source, const recorded_row *row, float *out) {
  for (int i = 0; i < row->count; i++)
    gather_quaternion(out + 4 * i, source->fields[MYR_FIELD_body_rotation], 4 * (row->first + i));
}

static void fill_contact_geoms(const row_source *source, const recorded_row *row, int32_t *out) {
  (void)row;
  myr_span pairs = source->fields[MYR_FIELD_contact_pair];
  for (int i = 0; i < source->contact_count; i++) {
    int pair = (int)pairs.data[(ptrdiff_t)i * pairs.stride];
    out[2 * i] = source->model->pair_geom1[pair];
    out[2 * i + 1] = source->model->pair_geom2[pair];
  }
}

/* ---------------------------------------------------------------------------------------------------- roots */

/* m, in the world: of the root body's origin. */
static void fill_root_position(const row_source *source, const recorded_row *row, double *out) {
  const myr_entity_info *entity = row->entity;
  for (int i = 0; i < 3; i++)
    out[i] = entity->floating ? precise_coordinate(source, entity->qpos_start + i)
                              : source->model->body_pos[3 * entity->root_body + i];
}

static void fill_root_quaternion(const row_source *source, const recorded_row *row, float *out) {
  const myr_entity_info *entity = row->entity;
  if (entity->floating) {
    gather_quaternion(out, source->fields[MYR_FIELD_qpos], entity->qpos_start + 3);
    return;
  }
  for (int i = 0; i < 4; i++) out[i] = (float)source->model->body_quat[4 * entity->root_body + (i + 1) % 4];
}

static void fill_root_pose(const row_source *source, const recorded_row *row, double *out) {
  float quaternion[4];
  fill_root_position(source, row, out);
  fill_root_quaternion(source, row, quaternion);
  for (int i = 0; i < 4; i++) out[3 + i] = (double)quaternion[i];
}

/* Of the root body's origin m/s, then angular rad/s, both in world axes; 0 where the root is fixed. */
static void fill_root_velocity(const row_source *source, const recorded_row *row, float *out) {
  const myr_entity_info *entity = row->entity;
  memset(out, 0, 6 * sizeof *out);
  if (!entity->floating) return;
  float quaternion[4], local[3];
  fill_root_quaternion(source, row, quaternion);
  gather(out, source->fields[MYR_FIELD_qvel], entity->dof_start, 3);
  gather(local, source->fields[MYR_FIELD_qvel], entity->dof_start + 3, 3);
  /* A free joint turns in its own axes; v + 2 w (u x v) + 2 u x (u x v) for the unit quaternion (w, u). */
  const float *u = quaternion, w = quaternion[3];
  float c[3] = {u[1] * local[2] - u[2] * local[1], u[2] * local[0] - u[0] * local[2],
                u[0] * local[1] - u[1] * local[0]};
  float d[3] = {u[1] * c[2] - u[2] * c[1], u[2] * c[0] - u[0] * c[2], u[0] * c[1] - u[1] * c[0]};
  for (int i = 0; i < 3; i++) out[3 + i] = local[i] + 2 * (w * c[i] + d[i]);
}

/* ---------------------------------------------------------------------------------------------------- the list */

#define ARRAY_TYPE(name, c_type, numpy) typedef c_type number_##name;
#include "dataset/array_type.def"

/* One function for each row of the list: fill_GROUP_NAME. */
#define FILL_FIELD(field) \
  _Generic(out, double * : fill_wide_field, default : fill_field)(source, row, MYR_FIELD_##field, destination)
#define FILL_COORDINATES(field) fill_coordinates(source, row, MYR_FIELD_##field, out)
#define FILL_POSITIONS(field) fill_positions(source, row, MYR_FIELD_##field, MYR_FIELD_##field##_rest, out)
#define FILL_VALUE(expression) *out = (expression)
#define FILL_FILL(function) function(source, row, out)
#define FILL_CALLER
#define ROW(name, group, owner, moment, type, element, width, columns, unit, frame, record, second, how)    \
  static void fill_##group##_##name(const row_source *source, const recorded_row *row, void *destination) { \
    number_##type *out = destination;                                                                       \
    (void)source, (void)row, (void)out;                                                                     \
    FILL_##how;                                                                                             \
  }
#include "dataset/rows.def"

const char *const row_groups[GROUP_COUNT] = {
#define ROW_GROUP(name, path) path,
#include "dataset/rows.def"
};

enum { SCENE, ROBOT };
enum { MYR_RECORD_ALWAYS };
#define SECOND_OWN_NAME NULL
#define SECOND_STATE(name) #name
#define SHOWN_FIELD(field) MYR_FIELD_##field
#define SHOWN_COORDINATES(field) MYR_FIELD_##field
#define SHOWN_POSITIONS(field) MYR_FIELD_##field
#define SHOWN_VALUE(expression) (-1)
#define SHOWN_FILL(function) (-1)
#define SHOWN_CALLER (-1)
#define REST_FIELD(field) (-1)
#define REST_COORDINATES(field) (-1)
#define REST_POSITIONS(field) MYR_FIELD_##field##_rest
#define REST_VALUE(expression) (-1)
#define REST_FILL(function) (-1)
#define REST_CALLER (-1)
const row_definition row_definitions[ROW_COUNT] = {
#define ROW(name, group, owner, moment, type, element, width, columns, unit, frame, record, second, how) \
  {#name,                                                                                                \
   GROUP_##group,                                                                                        \
   owner == ROBOT,                                                                                       \
   moment,                                                                                               \
   MYR_ARRAY_##type,                                                                                     \
   ELEMENT_##element,                                                                                    \
   width,                                                                                                \
   columns,                                                                                              \
   unit,                                                                                                 \
   frame,                                                                                                \
   MYR_RECORD_##record,                                                                                  \
   SECOND_##second,                                                                                      \
   SHOWN_##how,                                                                                          \
   REST_##how,                                                                                           \
   fill_##group##_##name},
#include "dataset/rows.def"
};

bool field_changes_with_time(int field) {
  int kind = myr_field_infos[field].kind;
  return kind == MYR_KIND_STATE || kind == MYR_KIND_INPUT || kind == MYR_KIND_LABEL;
}

enum row_dimension { NO_DIMENSION, DIMENSION, KEPT };
typedef struct row_extent {
  int count, first;
  enum row_dimension dimension;
  enum row_columns columns;
} row_extent;

/* entity is only read for elements of robots, so it must not be NULL for those. */
static row_extent extent_of(enum row_element element, const myr_model *model, const myr_entity_info *entity) {
#define ROW_ELEMENT(name, count, first, dimension, of) \
  if (element == ELEMENT_##name) return (row_extent){count, first, dimension, of};
#include "dataset/rows.def"
  return (row_extent){0};
}

bool row_bind(const row_definition *definition, const myr_model *model, const myr_entity_info *entity,
              recorded_row *row) {
  row_extent extent = extent_of(definition->element, model, entity);
  *row = (recorded_row){.definition = definition,
                        .entity = entity,
                        .count = extent.count,
                        .first = extent.first,
                        .dimension = extent.dimension != NO_DIMENSION,
                        .columns = extent.columns,
                        .array = -1,
                        .final = -1,
                        .next = -1,
                        .initial = -1};
  row->bytes =
      (size_t)(row->dimension ? row->count : 1) * (size_t)definition->width * myr_array_type_bytes(definition->type);
  return extent.count || extent.dimension != DIMENSION;
}
