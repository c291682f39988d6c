/* The way of a tendon around a sphere or a cylinder. In the plane across the cylinder, or through the sphere's centre and
 * both ends, it is an arc of a circle between two tangents; around the inside of a circle it touches one point. Which of
 * them, and where there is none, MuJoCo decides ("Modeling: Tendons", and mju_wrap), so that lengths agree in every pose. */
#ifndef MYR_WRAP_H
#define MYR_WRAP_H

#include "kernels/lane/algebra.h"
#include "kernels/lane/elementary.h"

typedef struct vec2 {
  real x, y;
} vec2;

KERNEL vec2 v2(real x, real y) {
  vec2 v;
  v.x = x;
  v.y = y;
  return v;
}
KERNEL vec2 v2_sub(vec2 a, vec2 b) { return v2(a.x - b.x, a.y - b.y); }
KERNEL vec2 v2_scale(vec2 a, real s) { return v2(a.x * s, a.y * s); }
KERNEL vec2 v2_madd(vec2 a, real s, vec2 b) { return v2(fmadd(a.x, s, b.x), fmadd(a.y, s, b.y)); }
KERNEL real v2_dot(vec2 a, vec2 b) { return fmadd(a.y, b.y, a.x * b.x); }
KERNEL real v2_cross(vec2 a, vec2 b) { return fmsub(a.x, b.y, a.y * b.x); }
KERNEL vec2 v2_choose(mask m, vec2 a, vec2 b) { return v2(choose(m, a.x, b.x), choose(m, a.y, b.y)); }
KERNEL vec2 v2_normalize(vec2 a) {
  real length = square_root(v2_dot(a, a));
  mask none = lt(length, splat((scalar)1e-15));
  return v2_choose(none, v2(splat(1), zero()), v2_scale(a, splat(1) / choose(none, splat(1), length)));
}

KERNEL mask mask_choose(mask m, mask a, mask b) { return (m & a) | (mask_not(m) & b); }

/* The arc in the plane of the circle: the lanes that have one, its ends and its length. */
typedef struct arc {
  mask exists;
  vec2 start, end;
  real length;
} arc;

/* ------------------------------------------------------------------------------------------------ outside */
/* The point where a tangent from p touches the circle; turn is 1 where the way around is clockwise from p, else -1. */
KERNEL vec2 tangent_point(vec2 p, real square, scalar radius, real turn) {
  real along = splat(radius * radius), inverse = splat(1) / square;
  real across = turn * (splat(radius) * square_root(maximum(square - along, zero())));
  return v2(fmadd(across, p.y, along * p.x) * inverse, fnmadd(across, p.x, along * p.y) * inverse);
}

/* The point of the segment between the ends that is nearest to the circle's centre. */
KERNEL vec2 nearest_to_centre(const vec2 *ends, vec2 way, real square) {
  real share = clamp(-(v2_dot(way, ends[0]) / choose(eq(square, zero()), splat(1), square)), zero(), splat(1));
  return v2_madd(way, share, ends[0]);
}

/* Whether the straight way between the ends passes the centre on the side that is opposite to `side`. */
KERNEL mask passes_opposite(const vec2 *ends, real turn, vec2 side) {
  return lt(v2_cross(side, ends[1]) * turn, zero()) & lt(v2_cross(ends[0], side) * turn, zero());
}

/* The way around is the short one, and only where the straight way would cut the circle; but where the straight way passes
 * on the wrong side of the centre, it is the other way around. (MuJoCo 4.0.1 decides so: in a sweep of the side, its answer
 * changes where the centre, the side and an end lie in one line.) */
KERNEL arc arc_outside(const vec2 *ends, mask sided, vec2 side, scalar radius) {
  arc a;
  vec2 way = v2_sub(ends[1], ends[0]);
  real square = v2_dot(way, way), turn = v2_cross(ends[0], ends[1]), least = splat(radius * radius), squares[2];
  vec2 nearest = nearest_to_centre(ends, way, square);
  mask wrong_side = sided & passes_opposite(ends, turn, side);
  mask clear = gt(v2_dot(nearest, nearest), least) & mask_not(wrong_side), inside = lt(square, splat((scalar)1e-15));
  for (int k = 0; k < 2; k++) {
    squares[k] = v2_dot(ends[k], ends[k]);
    inside = inside | lt(squares[k], least);
    squares[k] = choose(lt(squares[k], least), splat(1), squares[k]);
  }
  a.exists = mask_not(inside | clear);
  real clockwise = choose(mask_choose(wrong_side, gt(turn, zero()), le(turn, zero())), splat(1), splat(-1));
  a.start = tangent_point(ends[0], squares[0], radius, clockwise);
  a.end = tangent_point(ends[1], squares[1], radius, -clockwise);
  real angle = lane_atan2(clockwise * v2_cross(a.end, a.start), v2_dot(a.start, a.end));
  a.length = splat(radius) * choose(lt(angle, zero()), angle + splat((scalar)6.28318530717958648), angle);
  return a;
}

/* ------------------------------------------------------------------------------------------------ inside */
/* The equation of the touching point: f(x) = asin(A sin x) + asin(B sin x) - 2 x + G, where x is the angle between the
 * radius and either piece of the tendon. f falls, and is concave, so that Newton's method comes from the right. */
typedef struct touching {
  real A, B, G;
} touching;

enum { TOUCHING_ITERATIONS = 20 };

/* The terms of asin(factor sin x) in f and in its slope. */
KERNEL void add_bend(real factor, real s, real c, real *error, real *slope) {
  real sine = factor * s, cosine = square_root(maximum(fnmadd(sine, sine, splat(1)), zero()));
  *error = *error + lane_asin(sine);
  *slope = *slope + (factor * c) / maximum(cosine, splat((scalar)1e-15));
}

KERNEL real touching_error(touching t, real x, real *slope) {
  real s, c, error = t.G - (x + x);
  lane_sincos(x, &s, &c);
  *slope = splat(-2);
  add_bend(t.A, s, c, &error, slope);
  add_bend(t.B, s, c, &error, slope);
  return error;
}

/* The angle that solves the equation; MuJoCo stops its iteration at an error of 1e-6, we where rounding ends it. Writes the
 * lanes that have a solution. */
KERNEL real touching_angle(touching t, mask *exists) {
  const real tolerance = splat(BY_PRECISION(2e-7, 1e-15));
  real slope, x = splat((scalar)1.57079632679489662), error = touching_error(t, x, &slope);
  *exists = le(error, zero());
  mask working = lt(error, -tolerance);
  for (int i = 0; i < TOUCHING_ITERATIONS && any_lane(working); i++) {
    x = choose(working, maximum(x - error / minimum(slope, splat((scalar)-1e-6)), zero()), x);
    error = touching_error(t, x, &slope);
    working = working & lt(error, -tolerance);
  }
  return x;
}

KERNEL vec2 turned_by(vec2 a, real angle) {
  real s, c;
  lane_sincos(angle, &s, &c);
  return v2(fmsub(c, a.x, s * a.y), fmadd(s, a.x, c * a.y));
}

/* Where no point is found, the tendon touches the circle midway between its ends. */
KERNEL arc arc_inside(const vec2 *ends, scalar radius) {
  arc a;
  vec2 way = v2_sub(ends[1], ends[0]);
  real square = v2_dot(way, way), lengths[2];
  for (int k = 0; k < 2; k++) lengths[k] = square_root(v2_dot(ends[k], ends[k]));
  mask within = le(lengths[0], splat(radius)) | le(lengths[1], splat(radius));
  mask apart = gt(square, splat((scalar)1e-15));
  real share = -(v2_dot(way, ends[0]) / choose(apart, square, splat(1)));
  vec2 nearest = v2_madd(way, share, ends[0]);
  mask crosses = apart & gt(share, zero()) & lt(share, splat(1)) & le(v2_dot(nearest, nearest), splat(radius * radius));
  for (int k = 0; k < 2; k++) lengths[k] = choose(within, splat(1), lengths[k]);
  real cosine =
      (fmadd(lengths[0], lengths[0], lengths[1] * lengths[1]) - square) / (splat(2) * lengths[0] * lengths[1]);
  mask opposite = lt(cosine, splat((scalar)(-1 + 1e-15)));
  mask equal = gt(cosine, splat((scalar)(1 - 1e-15))) | within | crosses | opposite;
  touching t;
  t.A = choose(equal, zero(), splat(radius) / lengths[0]);
  t.B = choose(equal, zero(), splat(radius) / lengths[1]);
  t.G = lane_acos(clamp(cosine, splat(-1), splat(1)));
  mask found;
  real x = touching_angle(t, &found);
  mask left = gt(v2_cross(ends[0], ends[1]), zero());
  real angle = x - lane_asin(choose(left, t.A, t.B) * lane_sin(x));
  vec2 point = turned_by(v2_normalize(v2_choose(left, ends[0], ends[1])), angle);
  vec2 middle = v2_normalize(v2_scale(v2(ends[0].x + ends[1].x, ends[0].y + ends[1].y), splat((scalar)0.5)));
  a.exists = mask_not(within | crosses | opposite);
  a.start = a.end = v2_scale(v2_choose(found & mask_not(equal), point, middle), splat(radius));
  a.length = zero();
  return a;
}

/* ------------------------------------------------------------------------------------------------ in space */
/* The tendon's way around a geom: the lanes in which it touches the geom, where it does first and last, and the length
 * of the way between. Points are in the geom's frame. */
typedef struct wrapping {
  mask touches;
  vec3 start, end;
  real length;
} wrapping;

/* The second axis of the plane through the sphere's centre and both ends; the first points to the start. */
KERNEL vec3 second_axis(vec3 first, vec3 start, vec3 end) {
  vec3 normal = v3_cross(start, end);
  mask aligned = lt(v3_length(normal), splat((scalar)1e-15));
  real x = absolute(first.x), y = absolute(first.y), z = absolute(first.z);
  mask y_leads = gt(y, x) & gt(y, z), z_leads = gt(z, x) & gt(z, y), x_leads = mask_not(y_leads | z_leads);
  vec3 other = v3(mask_to_real(mask_not(x_leads)), mask_to_real(mask_not(y_leads)), mask_to_real(mask_not(z_leads)));
  normal = v3_normalize(v3_choose(aligned, v3_cross(first, other), normal));
  return v3_normalize(v3_cross(normal, first));
}

/* A cylinder's arc rises evenly along its axis, which is z. */
KERNEL void rise(wrapping *w, vec3 start, vec3 end) {
  vec2 before = v2(start.x - w->start.x, start.y - w->start.y), after = v2(end.x - w->end.x, end.y - w->end.y);
  real first = square_root(v2_dot(before, before)), last = square_root(v2_dot(after, after));
  real whole = (first + w->length) + last, height = end.z - start.z;
  real inverse = splat(1) / choose(gt(whole, zero()), whole, splat(1));
  w->start.z = fmadd(height, first * inverse, start.z);
  w->end.z = fmadd(height, (first + w->length) * inverse, start.z);
  real rise = w->end.z - w->start.z;
  w->length = square_root(fmadd(rise, rise, w->length * w->length));
}

/* start, end: the sites before and behind the geom; side: the site on whose side the tendon passes, if `sided` */
STAGE wrapping wrap_around(vec3 start, vec3 end, int is_sphere, scalar radius, int sided, vec3 side) {
  vec3 x = v3(splat(1), zero(), zero()), y = v3(zero(), splat(1), zero());
  if (is_sphere) {
    x = v3_normalize(start);
    y = second_axis(x, start, end);
  }
  vec2 ends[2];
  ends[0] = v2(v3_dot(start, x), v3_dot(start, y));
  ends[1] = v2(v3_dot(end, x), v3_dot(end, y));
  vec2 at_side = v2_scale(v2_normalize(v2(v3_dot(side, x), v3_dot(side, y))), splat(radius));
  mask inside = sided ? lt(v3_length(side), splat(radius)) : mask_splat(0);
  arc a = arc_outside(ends, mask_splat(sided), at_side, radius);
  if (any_lane(inside)) {
    arc inner = arc_inside(ends, radius);
    a.exists = mask_choose(inside, inner.exists, a.exists);
    a.start = v2_choose(inside, inner.start, a.start);
    a.end = v2_choose(inside, inner.end, a.end);
    a.length = choose(inside, inner.length, a.length);
  }
  wrapping w;
  mask at_centre = lt(v3_length(start), splat((scalar)1e-15)) | lt(v3_length(end), splat((scalar)1e-15));
  w.touches = a.exists & mask_not(at_centre) & mask_splat(radius >= (scalar)1e-15);
  w.start = v3_madd(y, a.start.y, v3_scale(x, a.start.x));
  w.end = v3_madd(y, a.end.y, v3_scale(x, a.end.x));
  w.length = a.length;
  if (!is_sphere) rise(&w, start, end);
  return w;
}

#endif
