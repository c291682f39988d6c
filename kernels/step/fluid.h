/* Forces of the medium, which fills the world and moves with the wind (MuJoCo, "Computation: Fluid forces"). A body of
 * which no geom has fluidshape="ellipsoid" is a box with the body's inertia; the others' geoms are ellipsoids with drag,
 * lift, the Magnus force and the mass of the medium that moves along. Rates, the derivatives by the velocity, follow from
 * the forces by the product rule; the implicit integrators use them.
 *
 * Lengths of an ellipsoid are taken in units of its largest, because eighth powers of millimetres leave a float's
 * range. */
#ifndef MYR_FLUID_H
#define MYR_FLUID_H

#include "kernels/step/gravity_compensation.h"
#include "kernels/step/rates.h"

#define FLUID_PI ((scalar)3.14159265358979323846)
#define FLUID_TINY ((scalar)1e-30) /* keeps divisors from zero where nothing moves */

typedef struct medium {
  real density, viscosity;
  vec3 wind;
} medium;

KERNEL medium medium_load(const fields *f) {
  medium fluid;
  fluid.density = f->density[0];
  fluid.viscosity = f->viscosity[0];
  fluid.wind = v3_load(f->wind);
  return fluid;
}

/* 1 where a world has a medium. The whole tile skips it if none has. */
KERNEL int has_medium(const constants *m, const fields *f) {
  if (passive_is_off(m)) return 0;
  return any_lane(mask_not(eq(f->density[0], zero())) | mask_not(eq(f->viscosity[0], zero())));
}

/* A frame in the medium: its axes, its origin from the centre of mass of the tree, and its velocity in its own axes,
 * against the medium. */
typedef struct immersed {
  mat3 axes;
  vec3 arm, turning, moving;
} immersed;

KERNEL immersed immerse(const constants *m, const fields *f, medium fluid, int b, vec3 point, quat orientation) {
  immersed i;
  spatial v = s6_load(f->cvel + 6 * b);
  i.axes = m3_from_quat(orientation);
  i.arm = v3_sub(point, v3_load(f->subtree_com + 3 * m->body_root[b]));
  i.turning = m3_apply_transposed(i.axes, v.rotation);
  i.moving = m3_apply_transposed(i.axes, v3_sub(s6_at(v, i.arm), fluid.wind));
  return i;
}

/* The force at the tree's centre of mass. */
KERNEL spatial force_of_immersed(immersed i, vec3 torque, vec3 force) {
  vec3 pull = m3_apply(i.axes, force);
  return s6(v3_add(m3_apply(i.axes, torque), v3_cross(i.arm, pull)), pull);
}

/* ------------------------------------------------------------------------------------------------ the box */
KERNEL real edge_of_box(real one, real two, real less, real mass) {
  return square_root(maximum(one + two - less, splat((scalar)1e-15)) / mass * splat(6));
}

/* Factors of the velocity and of its square, by component. */
typedef struct box_drag {
  vec3 linear_torque, square_torque, linear_force, square_force;
} box_drag;

KERNEL box_drag drag_of_box(const fields *f, medium fluid, int b) {
  real mass = maximum(f->body_mass[b], splat((scalar)1e-15));
  vec3 I = v3_load(f->body_inertia + 3 * b);
  real x = edge_of_box(I.y, I.z, I.x, mass), y = edge_of_box(I.x, I.z, I.y, mass), z = edge_of_box(I.x, I.y, I.z, mass);
  real diameter = ((x + y) + z) * splat((scalar)(1.0 / 3));
  real torque = fluid.viscosity * splat(FLUID_PI) * (diameter * diameter * diameter);
  real force = fluid.viscosity * splat(3 * FLUID_PI) * diameter;
  real x4 = (x * x) * (x * x), y4 = (y * y) * (y * y), z4 = (z * z) * (z * z);
  box_drag drag;
  drag.linear_torque = v3(torque, torque, torque);
  drag.linear_force = v3(force, force, force);
  drag.square_torque =
      v3_scale(v3(x * (y4 + z4), y * (x4 + z4), z * (x4 + y4)), fluid.density * splat((scalar)(1.0 / 64)));
  drag.square_force = v3_scale(v3(y * z, x * z, x * y), fluid.density * splat((scalar)0.5));
  return drag;
}

/* -(linear + square |v|) v, and how it changes with v. */
KERNEL vec3 drag_force(vec3 linear, vec3 square, vec3 v) {
  return v3_negate(v3_times(v3_add(linear, v3_times(square, v3_absolute(v))), v));
}
KERNEL mat3 drag_rate(vec3 linear, vec3 square, vec3 v) {
  return m3_diagonal(v3_negate(v3_add(linear, v3_scale(v3_times(square, v3_absolute(v)), splat(2)))));
}

KERNEL immersed immerse_box(const constants *m, const fields *f, medium fluid, int b) {
  quat axes = q4_multiply(q4_load(f->xquat + 4 * b), q4_splat(m->body_iquat + 4 * b));
  return immerse(m, f, fluid, b, v3_load(f->xipos + 3 * b), axes);
}

KERNEL spatial force_on_box(const constants *m, const fields *f, medium fluid, int b) {
  box_drag drag = drag_of_box(f, fluid, b);
  immersed i = immerse_box(m, f, fluid, b);
  return force_of_immersed(i, drag_force(drag.linear_torque, drag.square_torque, i.turning),
                           drag_force(drag.linear_force, drag.square_force, i.moving));
}

KERNEL rates rates_of_box(const constants *m, const fields *f, medium fluid, int b) {
  box_drag drag = drag_of_box(f, fluid, b);
  immersed i = immerse_box(m, f, fluid, b);
  rates r = rates_zero();
  r.torque_turning = drag_rate(drag.linear_torque, drag.square_torque, i.turning);
  r.force_moving = drag_rate(drag.linear_force, drag.square_force, i.moving);
  return rates_placed(r, i.axes, i.arm);
}

/* ------------------------------------------------------------------------------------------------ the ellipsoid */
/* The constants of an ellipsoid, which follow from its shape and its five coefficients. */
typedef struct ellipsoid {
  scalar largest;                       /* m; the largest half axis */
  scalar a[3];                          /* squared product of the other two half axes, in units of the largest */
  scalar area;                          /* m^2; the largest cross section */
  scalar stokes;                        /* m; the diameter of the sphere of Stokes' law */
  scalar moment[3];                     /* m^5; of the drag that opposes turning */
  scalar blunt, slender, kutta, magnus; /* coefficients; that of the Magnus force times the volume */
  const scalar *added_mass, *added_inertia;
} ellipsoid;

KERNEL ellipsoid ellipsoid_of(const constants *m, int k) {
  const scalar *s = m->fluid_axes + 3 * k, *c = m->fluid_coef + 12 * k;
  ellipsoid e;
  scalar least = smaller(smaller(s[0], s[1]), s[2]);
  e.largest = larger(larger(s[0], s[1]), s[2]);
  scalar middle = s[0] + s[1] + s[2] - e.largest - least;
  scalar fourth = (e.largest * e.largest) * (e.largest * e.largest);
  scalar most = (scalar)(8.0 / 15) * FLUID_PI * middle * fourth;
  for (int i = 0; i < 3; i++) {
    scalar one = s[(i + 1) % 3], two = s[(i + 2) % 3], side = one / e.largest * (two / e.largest);
    scalar wide = larger(one, two);
    scalar moment = (scalar)(8.0 / 15) * FLUID_PI * s[i] * ((wide * wide) * (wide * wide));
    e.a[i] = side * side;
    e.moment[i] = c[3] * moment + c[2] * (most - moment);
  }
  e.area = FLUID_PI * e.largest * middle;
  e.stokes = (scalar)(2.0 / 3) * (s[0] + s[1] + s[2]);
  e.blunt = c[1], e.slender = c[2], e.kutta = c[4];
  e.magnus = c[5] * (scalar)(4.0 / 3) * FLUID_PI * s[0] * s[1] * s[2];
  e.added_mass = c + 6, e.added_inertia = c + 9;
  return e;
}

/* The flow of the medium past an ellipsoid that moves with the linear velocity v. */
typedef struct flow {
  vec3 shape, normal, steep; /* a, a v, a a v */
  real squared, speed;       /* v v and |v| */
  real across, deep;         /* v normal and v steep, above zero */
  real area;                 /* m^2; the cross section that the flow meets */
  real area_drag;            /* m^2; that times the drag's coefficients */
  real lift;                 /* of Kutta's force: kg/m, over the units of `shape` */
} flow;

KERNEL flow flow_past(ellipsoid e, medium fluid, vec3 v) {
  flow w;
  real tiny = splat(FLUID_TINY), section = splat(FLUID_PI * e.largest * e.largest);
  w.shape = v3_splat(e.a);
  w.normal = v3_times(w.shape, v);
  w.steep = v3_times(w.shape, w.normal);
  w.squared = v3_dot(v, v);
  w.speed = square_root(w.squared);
  w.across = maximum(v3_dot(v, w.normal), tiny);
  w.deep = v3_dot(v, w.steep);
  w.area = section * square_root(w.deep / w.across);
  w.deep = maximum(w.deep, tiny);
  w.area_drag = fmadd(w.area, splat(e.blunt), splat(e.slender) * (splat(e.area) - w.area));
  real circulation = square_root(w.across / maximum(w.deep * w.squared, tiny));
  w.lift = fluid.density * splat(e.kutta) * section * circulation;
  return w;
}

/* Kutta's force, lift (normal x v) x v, over the lift's factor. */
KERNEL vec3 kutta_direction(flow w, vec3 v) { return v3_sub(v3_scale(v, w.across), v3_scale(w.normal, w.squared)); }

KERNEL real drag_factor(ellipsoid e, medium fluid, flow w) {
  real stokes = fluid.viscosity * splat(3 * FLUID_PI * e.stokes);
  return fmadd(fluid.density * w.speed, w.area_drag, stokes);
}

/* The drag that opposes turning by w, over -w. */
KERNEL real turning_drag(ellipsoid e, medium fluid, vec3 w) {
  real stokes = fluid.viscosity * splat(FLUID_PI * e.stokes * e.stokes * e.stokes);
  return fmadd(fluid.density, v3_length(v3_times(v3_splat(e.moment), w)), stokes);
}

/* The momentum of the medium that moves along. */
KERNEL vec3 added_momentum(medium fluid, const scalar *added, vec3 v) {
  return v3_scale(v3_times(v3_splat(added), v), fluid.density);
}

KERNEL immersed immerse_ellipsoid(const constants *m, const fields *f, medium fluid, int k) {
  int b = m->fluid_body[k];
  quat turned = q4_load(f->xquat + 4 * b);
  vec3 point = v3_add(v3_load(f->xpos + 3 * b), q4_rotate(turned, v3_splat(m->fluid_pos + 3 * k)));
  return immerse(m, f, fluid, b, point, q4_multiply(turned, q4_splat(m->fluid_quat + 4 * k)));
}

KERNEL spatial force_on_ellipsoid(const constants *m, const fields *f, medium fluid, int k) {
  ellipsoid e = ellipsoid_of(m, k);
  immersed i = immerse_ellipsoid(m, f, fluid, k);
  vec3 v = i.moving, w = i.turning;
  flow past = flow_past(e, fluid, v);
  vec3 momentum = added_momentum(fluid, e.added_mass, v), spin = added_momentum(fluid, e.added_inertia, w);
  vec3 force = v3_add(v3_cross(momentum, w), v3_scale(v3_cross(w, v), fluid.density * splat(e.magnus)));
  force = v3_add(force, v3_scale(kutta_direction(past, v), past.lift));
  force = v3_sub(force, v3_scale(v, drag_factor(e, fluid, past)));
  vec3 torque = v3_add(v3_cross(momentum, v), v3_cross(spin, w));
  torque = v3_sub(torque, v3_scale(w, turning_drag(e, fluid, w)));
  real share = splat(m->fluid_coef[12 * k]);
  return force_of_immersed(i, v3_scale(torque, share), v3_scale(force, share));
}

/* ------------------------------------------------------------------------------------------------ its rates */
KERNEL mat3 drag_rate_of_ellipsoid(ellipsoid e, medium fluid, flow w, vec3 v) {
  real tiny = splat(FLUID_TINY), slope = fluid.density * w.speed * splat(e.blunt - e.slender) * w.area;
  vec3 narrowing = v3_sub(v3_scale(w.steep, splat(1) / w.deep), v3_scale(w.normal, splat(1) / w.across));
  vec3 change = v3_scale(v, fluid.density * w.area_drag / maximum(w.speed, tiny));
  real drag = -drag_factor(e, fluid, w);
  return m3_sub(m3_diagonal(v3(drag, drag, drag)), m3_outer(v, v3_madd(narrowing, slope, change)));
}

KERNEL mat3 kutta_rate(flow w, vec3 v) {
  real tiny = splat(FLUID_TINY);
  vec3 growth = v3_sub(v3_scale(w.normal, splat(1) / w.across), v3_scale(w.steep, splat(1) / w.deep));
  growth = v3_sub(growth, v3_scale(v, splat(1) / maximum(w.squared, tiny)));
  vec3 same = v3_sub(v3(w.across, w.across, w.across), v3_scale(w.shape, w.squared));
  mat3 twist = m3_sub(m3_outer(v, w.normal), m3_outer(w.normal, v));
  mat3 sum = m3_add(m3_diagonal(same), m3_scale(twist, splat(2)));
  return m3_scale(m3_add(sum, m3_outer(kutta_direction(w, v), growth)), w.lift);
}

KERNEL mat3 turning_rate(ellipsoid e, medium fluid, vec3 w) {
  vec3 moment = v3_splat(e.moment), resisted = v3_times(moment, w);
  real size = maximum(v3_length(resisted), splat(FLUID_TINY)), drag = -turning_drag(e, fluid, w);
  vec3 change = v3_scale(v3_times(moment, resisted), fluid.density / size);
  return m3_sub(m3_diagonal(v3(drag, drag, drag)), m3_outer(w, change));
}

/* The rate by v of (added v) x u, where u does not change. */
KERNEL mat3 added_rate(medium fluid, const scalar *added, vec3 u) {
  return m3_multiply(m3_cross(v3_scale(u, -fluid.density)), m3_diagonal(v3_splat(added)));
}

KERNEL rates rates_of_ellipsoid(const constants *m, const fields *f, medium fluid, int k) {
  ellipsoid e = ellipsoid_of(m, k);
  immersed i = immerse_ellipsoid(m, f, fluid, k);
  vec3 v = i.moving, w = i.turning;
  flow past = flow_past(e, fluid, v);
  vec3 momentum = added_momentum(fluid, e.added_mass, v), spin = added_momentum(fluid, e.added_inertia, w);
  real magnus = fluid.density * splat(e.magnus);
  rates r;
  r.torque_turning = m3_add(m3_add(added_rate(fluid, e.added_inertia, w), m3_cross(spin)), turning_rate(e, fluid, w));
  r.torque_moving = m3_add(added_rate(fluid, e.added_mass, v), m3_cross(momentum));
  r.force_turning = m3_sub(m3_cross(momentum), m3_cross(v3_scale(v, magnus)));
  r.force_moving = m3_add(added_rate(fluid, e.added_mass, w), m3_cross(v3_scale(w, magnus)));
  r.force_moving = m3_add(r.force_moving, m3_add(kutta_rate(past, v), drag_rate_of_ellipsoid(e, fluid, past, v)));
  return rates_placed(rates_scale(r, splat(m->fluid_coef[12 * k])), i.axes, i.arm);
}

/* ------------------------------------------------------------------------------------------------ bodies */
/* The lanes in which the medium acts on a body: MuJoCo leaves bodies without mass alone. */
KERNEL mask is_immersed(const fields *f, int b) { return mask_not(lt(f->body_mass[b], splat((scalar)1e-15))); }

KERNEL spatial fluid_force_on_body(const constants *m, const fields *f, medium fluid, int b) {
  int first = m->fluid_start[b], end = m->fluid_start[b + 1];
  spatial sum = first == end ? force_on_box(m, f, fluid, b) : s6_zero();
  for (int k = first; k < end; k++) sum = s6_add(sum, force_on_ellipsoid(m, f, fluid, k));
  mask acts = is_immersed(f, b);
  return s6(v3_choose(acts, sum.rotation, v3_zero()), v3_choose(acts, sum.translation, v3_zero()));
}

/* The rates of that force, about the tree's centre of mass. */
KERNEL rates fluid_rates_of_body(const constants *m, const fields *f, medium fluid, int b) {
  int first = m->fluid_start[b], end = m->fluid_start[b + 1];
  rates sum = first == end ? rates_of_box(m, f, fluid, b) : rates_zero();
  for (int k = first; k < end; k++) sum = rates_add(sum, rates_of_ellipsoid(m, f, fluid, k));
  real share = choose(is_immersed(f, b), splat(1), zero());
  return rates_scale(sum, share);
}

/* Adds the medium's forces to qfrc_passive. */
KERNEL void add_fluid_force(const constants *m, fields *f) {
  if (!has_medium(m, f)) return;
  medium fluid = medium_load(f);
  EACH(b, m->nbody) s6_store(f->body_force + 6 * b, b ? fluid_force_on_body(m, f, fluid, b) : s6_zero());
  SYNC();
  sum_to_root(m, f->body_force);
  EACH(i, m->nv) f->qfrc_passive[i] = f->qfrc_passive[i] + force_on_dof(m, f, f->body_force, i);
  SYNC(); /* body_force is free again */
}

#endif
