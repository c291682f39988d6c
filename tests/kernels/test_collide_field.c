/* Tests the pairs of kernels/step/collide_field.h: by the surface of the whole solid in double precision, triangle by
 * triangle, and by MuJoCo where it finds the same. */
#include "collide_oracle.h"

/* ------------------------------------------------------------------------------------------------ the solid */
enum { CELLS = (TEST_FIELD_ROWS - 1) * (TEST_FIELD_COLUMNS - 1), MOST_TRIANGLES = 4 * CELLS + 8 * 20 };
typedef struct {
  int count;
  double corners[MOST_TRIANGLES][3][3]; /* in the field's frame, m */
} surface;

static double height_at(int row, int column) {
  return (double)collide_test_field.size[2] * (double)collide_test_field.elevation[row * TEST_FIELD_COLUMNS + column];
}

static void grid_point(int row, int column, int top, double out[3]) {
  const float *size = collide_test_field.size;
  out[0] = (double)size[0] * (2.0 * column / (TEST_FIELD_COLUMNS - 1) - 1);
  out[1] = (double)size[1] * (2.0 * row / (TEST_FIELD_ROWS - 1) - 1);
  out[2] = top ? height_at(row, column) : -(double)size[3];
}

static void add(surface *s, const int at[3][3]) {
  for (int k = 0; k < 3; k++) grid_point(at[k][0], at[k][1], at[k][2], s->corners[s->count][k]);
  s->count++;
}

static void add_wall(surface *s, int row1, int column1, int row2, int column2) {
  add(s, (const int[3][3]){{row1, column1, 0}, {row2, column2, 0}, {row2, column2, 1}});
  add(s, (const int[3][3]){{row1, column1, 0}, {row2, column2, 1}, {row1, column1, 1}});
}

static const surface *solid(void) {
  static surface s;
  if (s.count) return &s;
  const int rows = TEST_FIELD_ROWS - 1, columns = TEST_FIELD_COLUMNS - 1;
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < columns; c++)
      for (int top = 0; top < 2; top++) {
        add(&s, (const int[3][3]){{r, c, top}, {r, c + 1, top}, {r + 1, c + 1, top}});
        add(&s, (const int[3][3]){{r, c, top}, {r + 1, c + 1, top}, {r + 1, c, top}});
      }
  for (int c = 0; c < columns; c++) {
    add_wall(&s, 0, c, 0, c + 1);
    add_wall(&s, rows, c, rows, c + 1);
  }
  for (int r = 0; r < rows; r++) {
    add_wall(&s, r, 0, r + 1, 0);
    add_wall(&s, r, columns, r + 1, columns);
  }
  return &s;
}

/* The nearest point of a segment to another point. */
static double on_segment(const double a[3], const double b[3], const double p[3], double out[3]) {
  double ab[3], ap[3];
  mju_sub3(ab, b, a);
  mju_sub3(ap, p, a);
  mju_addScl3(out, a, ab, fmax(0, fmin(1, mju_dot3(ab, ap) / mju_dot3(ab, ab))));
  return apart(out, p);
}

/* The nearest point of a triangle: the foot of the point if it lies within, else a point of a side. */
static double on_triangle(const double t[3][3], const double p[3], double out[3]) {
  double u[3], v[3], n[3], ap[3], foot[3], best = INFINITY;
  mju_sub3(u, t[1], t[0]);
  mju_sub3(v, t[2], t[0]);
  mju_cross(n, u, v);
  mju_normalize3(n);
  mju_sub3(ap, p, t[0]);
  mju_addScl3(foot, p, n, -mju_dot3(ap, n));
  int inside = 1;
  for (int k = 0; k < 3; k++) {
    double side[3], from[3], in[3], point[3];
    mju_sub3(side, t[(k + 1) % 3], t[k]);
    mju_sub3(from, foot, t[k]);
    mju_cross(in, n, side);
    inside &= mju_dot3(in, from) >= 0;
    double distance = on_segment(t[k], t[(k + 1) % 3], p, point);
    if (distance >= best) continue;
    best = distance;
    mju_copy3(out, point);
  }
  if (!inside) return best;
  mju_copy3(out, foot);
  return apart(foot, p);
}

/* The surface's height over a place within the grid. */
static double surface_height(double x, double y) {
  const float *size = collide_test_field.size;
  double u = (x / (double)size[0] + 1) / 2 * (TEST_FIELD_COLUMNS - 1),
         v = (y / (double)size[1] + 1) / 2 * (TEST_FIELD_ROWS - 1);
  int c = (int)fmax(0, fmin(TEST_FIELD_COLUMNS - 2, floor(u))), r = (int)fmax(0, fmin(TEST_FIELD_ROWS - 2, floor(v)));
  u -= c, v -= r;
  double here = height_at(r, c), across = height_at(r + 1, c + 1);
  double corner = u > v ? height_at(r, c + 1) : height_at(r + 1, c);
  return u > v ? here + u * (corner - here) + v * (across - corner)
               : here + v * (corner - here) + u * (across - corner);
}

static int is_inside(const double p[3]) {
  const float *size = collide_test_field.size;
  return fabs(p[0]) < (double)size[0] && fabs(p[1]) < (double)size[1] && p[2] > -(double)size[3] &&
         p[2] < surface_height(p[0], p[1]);
}

/* The distance of a point from the solid, m, negative inside; the nearest point of its surface. */
static double outside_solid(const double p[3], double nearest[3]) {
  const surface *s = solid();
  double best = INFINITY, point[3];
  for (int i = 0; i < s->count; i++) {
    double distance = on_triangle((const double(*)[3])s->corners[i], p, point);
    if (distance >= best) continue;
    best = distance;
    mju_copy3(nearest, point);
  }
  return is_inside(p) ? -best : best;
}

static void in_field(const configuration *c, const double world[3], double out[3]) {
  double d[3];
  mju_sub3(d, world, c->geoms[0].position);
  mju_mulMatTVec(out, c->geoms[0].rotation, d, 3, 3);
}

/* ------------------------------------------------------------------------------------------------ balls and capsules */
/* The distance of a segment from the solid: along it the distance from each triangle is convex. 0 if it passes through. */
static double segment_distance(const double a[3], const double b[3]) {
  const surface *s = solid();
  double best = INFINITY, axis[3], p[3], q[3];
  mju_sub3(axis, b, a);
  for (int i = 0; i < s->count; i++) {
    double low = 0, high = 1;
    for (int step = 0; step < 120; step++) {
      double one = low + (high - low) / 3, two = high - (high - low) / 3;
      mju_addScl3(p, a, axis, one);
      double at_one = on_triangle((const double(*)[3])s->corners[i], p, q);
      mju_addScl3(p, a, axis, two);
      if (at_one < on_triangle((const double(*)[3])s->corners[i], p, q))
        high = two;
      else
        low = one;
    }
    mju_addScl3(p, a, axis, (low + high) / 2);
    best = fmin(best, on_triangle((const double(*)[3])s->corners[i], p, q));
  }
  return is_inside(a) || is_inside(b) ? 0 : best;
}

/* The core of a ball or a capsule, whose ends are equal for a ball, in the field's frame. */
static void core_of(int kind, const configuration *c, double a[3], double b[3]) {
  double axis[3], end[3];
  column(c->geoms[1].rotation, 2, axis);
  double half = kinds[kind].type2 == mjGEOM_CAPSULE ? c->geoms[1].size[1] : 0;
  mju_addScl3(end, c->geoms[1].position, axis, half);
  in_field(c, end, a);
  mju_addScl3(end, c->geoms[1].position, axis, -half);
  in_field(c, end, b);
}

static double core_distance(int kind, const configuration *c) {
  double a[3], b[3], nearest[3];
  core_of(kind, c, a, b);
  return kinds[kind].type2 == mjGEOM_SPHERE ? outside_solid(a, nearest) : segment_distance(a, b);
}

static void fail_with(const configuration *c, const contacts *ours, const char *fault) {
  print_configuration(c);
  print_contacts("ours", ours);
  fail_msg("%s", fault);
}

/* The least distance of MuJoCo's contacts, which are one for each prism; NAN if there are none, or as many as it may have. */
static double mujocos_distance(oracle o, const configuration *c) {
  double least = INFINITY;
  oracle_collide(o, c);
  for (int i = 0; i < o.data->ncon; i++) least = fmin(least, o.data->contact[i].dist);
  return o.data->ncon && o.data->ncon < mjMAXCONPAIR ? least : NAN;
}

/* Where the core of a ball or a capsule lies outside, the deepest contact is that of its nearest point, and MuJoCo's. */
static void round_shapes_touch_at_the_nearest_point(void **state) {
  (void)state;
  for (int kind = MYR_PAIR_HFIELD_SPHERE; kind <= MYR_PAIR_HFIELD_CAPSULE; kind++)
    for (int in_double = 1; in_double >= 0; in_double--) {
      oracle o = oracle_create(kind);
      int touching = 0, known = 0, like_mujoco = 0, inside = 0, missed = 0, other = 0;
      double worst = 0;
      random_state = 1000 * (uint64_t)kind;
      for (int round = 0; round < 8; round++) {
        configuration batch[BATCH];
        contacts ours[BATCH];
        collide_random_batch(kind, in_double, ANY_ATTITUDE, batch, ours);
        for (int i = 0; i < BATCH; i++) {
          const double tolerance = in_double ? 1e-8 : 2e-6;
          double away = core_distance(kind, batch + i), expected = away - batch[i].geoms[1].size[0];
          if (away <= 1e-3) {
            inside++;
            missed += !ours[i].count;
            continue;
          }
          if (fabs(expected - batch[i].margin) < tolerance) continue;
          if ((expected < batch[i].margin) != (ours[i].count > 0))
            fail_with(batch + i, ours + i, expected < batch[i].margin ? "no contact" : "a contact");
          missed += (expected < batch[i].margin) != (ours[i].count > 0);
          if (!ours[i].count) continue;
          touching++;
          double error = fabs(deepest(ours + i)->distance - expected);
          other += error > tolerance;
          if (error <= tolerance) worst = fmax(worst, error);
          if (error > tolerance) {
            print_message("%s %s: expected %.10g\n", kinds[kind].name, in_double ? "double" : "float", expected);
            fail_with(batch + i, ours + i, "another depth");
          }
          double theirs = mujocos_distance(o, batch + i);
          known += isfinite(theirs);
          like_mujoco += fabs(theirs - expected) < 1e-5;
        }
      }
      oracle_destroy(o);
      print_message(
          "  %s %s: %d touch, %d of %d as in MuJoCo, worst error %g m; %d lie inside; %d missed, %d of another depth\n",
          kinds[kind].name, in_double ? "double" : "float ", touching, like_mujoco, known, worst, inside, missed,
          other);
      assert_true(missed == 0 && other == 0);
      assert_true(touching > 60 && inside > 5);
      assert_true(like_mujoco * 100 >= known * 98 && known * 2 > touching);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(round_shapes_touch_at_the_nearest_point),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
