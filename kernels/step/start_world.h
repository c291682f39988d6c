/* Starts an episode in one world (start.h). The items of the world share the work. */
#ifndef MYR_START_WORLD_H
#define MYR_START_WORLD_H

#include "kernels/far_out.h"
#include "kernels/rotation.h"
#include "kernels/shape.h"
#include "kernels/step/draw.h"

KERNEL double number_of(const myr_number *number, const double *values) {
  return number->offset < 0 ? number->constant : values[number->offset];
}

KERNEL float *element_of(const myr_world_fields *world, int field, int element) {
  return world->data[field] + (ptrdiff_t)element * world->stride;
}

/* The field that holds what rounding has left of a field's positions, or -1. */
KERNEL int rest_of_field(int field) {
  return field == MYR_FIELD_qpos ? MYR_FIELD_qpos_rest : field == MYR_FIELD_mocap_pos ? MYR_FIELD_mocap_pos_rest : -1;
}

/* A number of a world. Those of positions are precise far out too. */
KERNEL double read_number(const myr_world_fields *world, int field, int element) {
  int rest = rest_of_field(field);
  return (double)*element_of(world, field, element) + (rest < 0 ? 0 : (double)*element_of(world, rest, element));
}

KERNEL void write_number(const myr_world_fields *world, int field, int element, double value) {
  int rest = rest_of_field(field);
  *element_of(world, field, element) = (float)value;
  if (rest >= 0) *element_of(world, rest, element) = (float)myr_stated_rest(value);
}

/* ------------------------------------------------------------------------------------------------ rotations */
KERNEL void turn_by_vector(double x, double y, double z, double q[4]) {
  double angle = square_root(x * x + y * y + z * z);
  double scale = angle > 0 ? lane_sin(0.5 * angle) / angle : 0.5;
  const double rotation[4] = {lane_cos(0.5 * angle), scale * x, scale * y, scale * z};
  myr_quaternion_multiply(rotation, q, q);
}

/* The vertical in the axes of a frame turned by q: the last row of its matrix. */
KERNEL void vertical_of(const double q[4], double up[3]) {
  double m[9];
  myr_quaternion_matrix(q, m);
  for (int i = 0; i < 3; i++) up[i] = m[6 + i];
}

/* ------------------------------------------------------------------------------------------------ the lowest point */
/* The extent of a geom from its centre along a direction given in its own axes. */
KERNEL double reach_of(const myr_start_geom *geom, const double d[3]) {
  const double *s = geom->size;
  double flat = square_root(d[0] * d[0] + d[1] * d[1]);
  switch (geom->type) {
  case MYR_GEOM_SPHERE: return s[0];
  case MYR_GEOM_CAPSULE: return s[0] + s[1] * absolute(d[2]);
  case MYR_GEOM_CYLINDER: return s[0] * flat + s[1] * absolute(d[2]);
  case MYR_GEOM_BOX: return s[0] * absolute(d[0]) + s[1] * absolute(d[1]) + s[2] * absolute(d[2]);
  case MYR_GEOM_ELLIPSOID:
    return square_root(s[0] * s[0] * d[0] * d[0] + s[1] * s[1] * d[1] * d[1] + s[2] * s[2] * d[2] * d[2]);
  default: return 0;
  }
}

/* Height of an entity's lowest point above its root (m), with the root turned by q. */
STAGE double lowest_point(const myr_start_geom *geoms, int count, const double q[4]) {
  double up[3], lowest = 0;
  vertical_of(q, up);
  for (int g = 0; g < count; g++) {
    const myr_start_geom *geom = geoms + g;
    double d[3];
    for (int i = 0; i < 3; i++) d[i] = up[0] * geom->axes[i] + up[1] * geom->axes[3 + i] + up[2] * geom->axes[6 + i];
    double height =
        up[0] * geom->position[0] + up[1] * geom->position[1] + up[2] * geom->position[2] - reach_of(geom, d);
    if (g == 0 || height < lowest) lowest = height;
  }
  return lowest;
}

/* ------------------------------------------------------------------------------------------------ placing, editing */
KERNEL void place_root(const myr_start *start, const myr_placement *p, const double *values,
                       const myr_world_fields *world) {
  const myr_start_geom *geoms = start->geoms + p->geom_start;
  double z = p->z, turned[4];
  for (int i = 0; i < 4; i++) turned[i] = p->base[i];
  if (p->turned) {
    turn_by_vector(0, 0, number_of(&p->yaw, values), turned);
    if (p->tilt >= 0) turn_by_vector(values[p->tilt], values[p->tilt + 1], 0, turned);
    z += lowest_point(geoms, p->geom_count, p->base) - lowest_point(geoms, p->geom_count, turned);
  }
  if (p->has_height) z = number_of(&p->height, values);
  write_number(world, p->position, p->place + 2, z + number_of(&p->lift, values));
  for (int i = 0; i < 4; i++) *element_of(world, p->orientation, p->turn + i) = (float)turned[i];
}

KERNEL double edited(const myr_edit *edit, double value, double amount) {
  if (edit->operation == MYR_EDIT_SCALE) return value * amount;
  return edit->operation == MYR_EDIT_ADD ? value + amount : amount;
}

KERNEL void make_edit(const myr_edit *edit, const double *values, const myr_world_fields *world) {
  double before = read_number(world, edit->field, edit->element);
  double after = within(edited(edit, before, number_of(&edit->amount, values)), edit->low, edit->high);
  if (edit->field == MYR_FIELD_body_mass) {
    if (!(before > 0)) return;
    for (int i = 0; i < 3; i++) {
      float *inertia = element_of(world, MYR_FIELD_body_inertia, 3 * edit->element + i);
      *inertia = (float)(*inertia * (after / before));
    }
  }
  write_number(world, edit->field, edit->element, after);
}

/* ------------------------------------------------------------------------------------------------ a world */
KERNEL void draw_values(const myr_start *start, int64_t episode, double *values) {
  EACH(i, start->draws_count) draw_element(start, start->draws + i, episode, values);
}

/* Places roots and makes edits. Every item must already see the values and the reset world. */
KERNEL void write_world(const myr_start *start, const double *values, const myr_world_fields *world) {
  EACH(i, start->placements_count) place_root(start, start->placements + i, values, world);
  for (int round = 0, first = 0; round < start->rounds_count; round++) {
    SYNC(); /* an edit may change a value that a placement or an earlier round wrote */
    EACH(i, start->rounds[round] - first) make_edit(start->edits + first + i, values, world);
    first = start->rounds[round];
  }
}

/* Draws and writes a whole start; the items share the draws too. The world must have been reset; a SYNC after the reset
 * is not needed. */
KERNEL void start_world(const myr_start *start, int64_t episode, double *values, const myr_world_fields *world) {
  draw_values(start, episode, values);
  SYNC();
  write_world(start, values, world);
}

#endif
