/* kernels/collide.h against mj_collision, against its own geometry, and its widths against each other.
 *
 * Positions, sizes and margins are floats, so that all builds get the very same ones; rotations are rounded for the
 * float builds only, because a rounded matrix is not quite a rotation and formulas part over it. Where MuJoCo's own
 * answer jumps when a geom is moved by the tolerance (ties between faces, a contact at the margin), there is nothing to
 * compare; such cases are counted and must stay few.
 *
 * MuJoCo up to 3.3.7 halves the distance of box-box contacts on a face's axis and loses or invents deep ones
 * (google-deepmind/mujoco_warp pull request 822, google-deepmind/mujoco issues 1800 and 3476), so two boxes are judged
 * by their own geometry, and by mj_collision only for a share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include <mujoco/mujoco.h>

#include "collide_lanes.h"
#include "kernels/collide_kind.h"

enum { BATCH = 64, ROUNDS = 60, RESULT_NUMBERS = COLLIDE_MOST_SLOTS * COLLIDE_POINT_NUMBERS };

static const struct { int type1, type2; const char *name; } kinds[COLLIDE_KIND_COUNT] = {
    [COLLIDE_PLANE_SPHERE] = {mjGEOM_PLANE, mjGEOM_SPHERE, "plane-sphere"},
    [COLLIDE_PLANE_CAPSULE] = {mjGEOM_PLANE, mjGEOM_CAPSULE, "plane-capsule"},
    [COLLIDE_PLANE_ELLIPSOID] = {mjGEOM_PLANE, mjGEOM_ELLIPSOID, "plane-ellipsoid"},
    [COLLIDE_PLANE_CYLINDER] = {mjGEOM_PLANE, mjGEOM_CYLINDER, "plane-cylinder"},
    [COLLIDE_PLANE_BOX] = {mjGEOM_PLANE, mjGEOM_BOX, "plane-box"},
    [COLLIDE_SPHERE_SPHERE] = {mjGEOM_SPHERE, mjGEOM_SPHERE, "sphere-sphere"},
    [COLLIDE_SPHERE_CAPSULE] = {mjGEOM_SPHERE, mjGEOM_CAPSULE, "sphere-capsule"},
    [COLLIDE_SPHERE_CYLINDER] = {mjGEOM_SPHERE, mjGEOM_CYLINDER, "sphere-cylinder"},
    [COLLIDE_SPHERE_BOX] = {mjGEOM_SPHERE, mjGEOM_BOX, "sphere-box"},
    [COLLIDE_CAPSULE_CAPSULE] = {mjGEOM_CAPSULE, mjGEOM_CAPSULE, "capsule-capsule"},
    [COLLIDE_CAPSULE_BOX] = {mjGEOM_CAPSULE, mjGEOM_BOX, "capsule-box"},
    [COLLIDE_BOX_BOX] = {mjGEOM_BOX, mjGEOM_BOX, "box-box"}};

/* ------------------------------------------------------------------------------------------------ configurations */

/* splitmix64 (Steele, Lea and Flood 2014) */
static uint64_t random_state;
static uint64_t random_bits(void) {
  uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
static double random_between(double low, double high) {
  return low + (high - low) * ((double)(random_bits() >> 11) * 0x1p-53);
}
static int random_below(int n) { return (int)(random_bits() % (uint64_t)n); }

typedef struct { double position[3], rotation[9], size[3]; } geom;
typedef struct { geom geoms[2]; double margin; } configuration;

enum attitude { ANY_ATTITUDE, NEARLY_ALIGNED, ALIGNED };
static const char *const attitude_names[] = {"any", "nearly aligned", "aligned"};

static void random_rotation(enum attitude attitude, double rotation[9]) {
  double q[4];
  if (attitude == ANY_ATTITUDE) {
    for (int i = 0; i < 4; i++) q[i] = random_between(-1, 1) + random_between(-1, 1) + random_between(-1, 1);
  } else { /* one of the quarter turns, perhaps tilted a little */
    double tilt = attitude == NEARLY_ALIGNED ? 0.03 : 0;
    for (int i = 0; i < 4; i++) q[i] = tilt * random_between(-1, 1);
    int main_axis = random_below(4);
    q[main_axis] += 1;
    if (random_below(2)) q[(main_axis + 1 + random_below(3)) % 4] += 1;
  }
  mju_normalize4(q);
  mju_quat2Mat(rotation, q);
}

static double round_to_float(double x) { return (double)(float)x; }

/* How far a geom reaches from its centre, m. */
static double reach(int type, const double size[3]) {
  switch (type) {
    case mjGEOM_PLANE: return 0;
    case mjGEOM_SPHERE: return size[0];
    case mjGEOM_CAPSULE: return size[0] + size[1];
    case mjGEOM_CYLINDER: return sqrt(size[0] * size[0] + size[1] * size[1]);
    default: return sqrt(size[0] * size[0] + size[1] * size[1] + size[2] * size[2]);
  }
}

static configuration random_configuration(int kind, enum attitude attitude) {
  configuration c;
  int types[2] = {kinds[kind].type1, kinds[kind].type2};
  double offset[3], length;
  for (int g = 0; g < 2; g++) {
    for (int i = 0; i < 3; i++) c.geoms[g].size[i] = round_to_float(random_between(0.05, 0.5));
    random_rotation(g ? attitude : attitude == ALIGNED ? ALIGNED : ANY_ATTITUDE, c.geoms[g].rotation);
    for (int i = 0; i < 3; i++) c.geoms[g].position[i] = random_between(-0.5, 0.5);
  }
  if (attitude != ANY_ATTITUDE) { /* the second relative to the first */
    double relative[9];
    memcpy(relative, c.geoms[1].rotation, sizeof relative);
    mju_mulMatMat(c.geoms[1].rotation, c.geoms[0].rotation, relative, 3, 3, 3);
  }
  do {
    for (int i = 0; i < 3; i++) offset[i] = random_between(-1, 1);
    length = mju_norm3(offset);
  } while (length < 0.05 || length > 1);
  double farthest = reach(types[0], c.geoms[0].size) + reach(types[1], c.geoms[1].size);
  double apart = random_between(0, 1.1) * farthest / length;
  if (types[0] == mjGEOM_PLANE) { /* height counts, not distance */
    mju_copy3(offset, (double[3]){c.geoms[0].rotation[2], c.geoms[0].rotation[5], c.geoms[0].rotation[8]});
    apart = random_between(-0.3, 1.2) * farthest;
  }
  mju_addScl3(c.geoms[1].position, c.geoms[0].position, offset, apart);
  const double margins[3] = {0, 0.02, 0.1};
  c.margin = round_to_float(margins[random_below(3)]);
  for (int g = 0; g < 2; g++)
    for (int i = 0; i < 3; i++) c.geoms[g].position[i] = round_to_float(c.geoms[g].position[i]);
  return c;
}

static void write_pair(const configuration *c, double *numbers) {
  for (int g = 0; g < 2; g++, numbers += COLLIDE_GEOM_NUMBERS) {
    memcpy(numbers, c->geoms[g].position, 3 * sizeof(double));
    memcpy(numbers + 3, c->geoms[g].rotation, 9 * sizeof(double));
    memcpy(numbers + 12, c->geoms[g].size, 3 * sizeof(double));
  }
  numbers[0] = c->margin;
  numbers[1] = 1;
}

/* ------------------------------------------------------------------------------------------------------- MuJoCo */

typedef struct { double distance, position[3], normal[3], tangent[3]; } contact;
typedef struct { int count; contact contacts[16]; } contacts;

typedef struct { mjModel *model; mjData *data; } oracle;

static oracle oracle_create(int kind) {
  const char *names[7] = {"plane", "hfield", "sphere", "capsule", "ellipsoid", "cylinder", "box"};
  char text[1024], error[512] = "";
  snprintf(text, sizeof text,
           "<mujoco><worldbody><body %s>%s<geom type='%s' size='1 1 1' mass='1'/></body>"
           "<body><freejoint/><geom type='%s' size='1 1 1' mass='1'/></body></worldbody></mujoco>",
           kinds[kind].type1 == mjGEOM_PLANE ? "mocap='true'" : "",
           kinds[kind].type1 == mjGEOM_PLANE ? "" : "<freejoint/>", names[kinds[kind].type1], names[kinds[kind].type2]);
  mjVFS files;
  mj_defaultVFS(&files);
  mj_addBufferVFS(&files, "pair.xml", text, (int)strlen(text));
  oracle o = {mj_loadXML("pair.xml", &files, error, sizeof error), NULL};
  mj_deleteVFS(&files);
  if (!o.model) fail_msg("MuJoCo could not read the pair: %s", error);
  o.model->opt.disableflags |= mjDSBL_MIDPHASE;
  for (int g = 0; g < 2; g++) { /* leave the choice of pairs to the narrow phase */
    if (o.model->geom_type[g] != mjGEOM_PLANE) o.model->geom_rbound[g] = 1e3;
    for (int i = 3; i < 6; i++) o.model->geom_aabb[6 * g + i] = 1e3;
  }
  o.data = mj_makeData(o.model);
  mj_forward(o.model, o.data);
  return o;
}

static void oracle_destroy(oracle o) {
  mj_deleteData(o.data);
  mj_deleteModel(o.model);
}

static contacts oracle_collide(oracle o, const configuration *c) {
  for (int g = 0; g < 2; g++) {
    memcpy(o.model->geom_size + 3 * g, c->geoms[g].size, 3 * sizeof(double));
    memcpy(o.data->geom_xpos + 3 * g, c->geoms[g].position, 3 * sizeof(double));
    memcpy(o.data->geom_xmat + 9 * g, c->geoms[g].rotation, 9 * sizeof(double));
  }
  o.model->geom_margin[0] = c->margin;
  mj_collision(o.model, o.data);
  contacts result = {0};
  for (int i = 0; i < o.data->ncon && i < 16; i++) {
    const mjContact *from = o.data->contact + i;
    contact *to = result.contacts + result.count++;
    to->distance = from->dist;
    mju_copy3(to->position, from->pos);
    mju_copy3(to->normal, from->frame);
    mju_copy3(to->tangent, from->frame + 3);
  }
  return result;
}

/* ----------------------------------------------------------------------------------------------------------- ours */

/* The first friction direction, by MuJoCo's rule: the wish made orthogonal to the normal, or else y, or z where the
 * normal is close to y. */
static void complete_tangent(contact *c) {
  double *t = c->tangent;
  if (mju_dot3(t, t) < 0.25) {
    mju_zero3(t);
    t[fabs(c->normal[1]) < 0.5 ? 1 : 2] = 1;
  }
  mju_addToScl3(t, c->normal, -mju_dot3(t, c->normal));
  mju_normalize3(t);
}

static contacts read_contacts(const double *numbers) {
  contacts result = {0};
  for (int slot = 0; slot < COLLIDE_MOST_SLOTS; slot++, numbers += COLLIDE_POINT_NUMBERS) {
    if (numbers[0] >= 1e10) continue;
    contact *to = result.contacts + result.count++;
    to->distance = numbers[0];
    mju_copy3(to->position, numbers + 1);
    mju_copy3(to->normal, numbers + 4);
    mju_copy3(to->tangent, numbers + 7);
    complete_tangent(to);
  }
  return result;
}

static void collide_batch_double(int kind, const configuration *batch, contacts *results) {
  double pairs[BATCH * COLLIDE_PAIR_NUMBERS], numbers[BATCH * RESULT_NUMBERS];
  for (int i = 0; i < BATCH; i++) write_pair(batch + i, pairs + i * COLLIDE_PAIR_NUMBERS);
  collide_lanes_double(kind, BATCH, pairs, numbers);
  for (int i = 0; i < BATCH; i++) results[i] = read_contacts(numbers + i * RESULT_NUMBERS);
}

static void collide_batch_float(int kind, const configuration *batch, contacts *results) {
  double pairs[BATCH * COLLIDE_PAIR_NUMBERS], numbers[BATCH * RESULT_NUMBERS];
  float pairs_float[BATCH * COLLIDE_PAIR_NUMBERS], numbers_float[BATCH * RESULT_NUMBERS];
  for (int i = 0; i < BATCH; i++) write_pair(batch + i, pairs + i * COLLIDE_PAIR_NUMBERS);
  for (int i = 0; i < BATCH * COLLIDE_PAIR_NUMBERS; i++) pairs_float[i] = (float)pairs[i];
  collide_lanes_1(kind, BATCH, pairs_float, numbers_float);
  for (int i = 0; i < BATCH * RESULT_NUMBERS; i++) numbers[i] = numbers_float[i];
  for (int i = 0; i < BATCH; i++) results[i] = read_contacts(numbers + i * RESULT_NUMBERS);
}

/* ------------------------------------------------------------------------------------------------------- comparing */

static double apart(const double a[3], const double b[3]) {
  double d[3];
  mju_sub3(d, a, b);
  return mju_norm3(d);
}

static int contact_agrees(const contact *a, const contact *b, double tolerance, double angle_tolerance) {
  return fabs(a->distance - b->distance) <= tolerance && apart(a->position, b->position) <= angle_tolerance &&
         apart(a->normal, b->normal) <= angle_tolerance && apart(a->tangent, b->tangent) <= 10 * angle_tolerance;
}

/* Every contact has its equal in the other list, those at the margin excepted. */
static int lists_agree(const contacts *a, const contacts *b, double margin, double tolerance, double angle_tolerance) {
  for (int side = 0; side < 2; side++) {
    const contacts *from = side ? b : a, *in = side ? a : b;
    for (int i = 0; i < from->count; i++) {
      int found = fabs(from->contacts[i].distance - margin) <= tolerance;
      for (int j = 0; j < in->count && !found; j++)
        found = contact_agrees(from->contacts + i, in->contacts + j, tolerance, angle_tolerance);
      if (!found) return 0;
    }
  }
  return 1;
}

/* Both in one order: the i-th of one is the i-th of the other. */
static int orders_agree(const contacts *a, const contacts *b, double tolerance, double angle_tolerance) {
  if (a->count != b->count) return 1; /* a contact at the margin: lists_agree has judged it */
  for (int i = 0; i < a->count; i++)
    if (!contact_agrees(a->contacts + i, b->contacts + i, tolerance, angle_tolerance)) return 0;
  return 1;
}

static const contact *deepest(const contacts *list) {
  const contact *best = list->contacts;
  for (int i = 1; i < list->count; i++)
    if (list->contacts[i].distance < best->distance) best = list->contacts + i;
  return best;
}

/* What geometry alone determines: whether there is contact, how deep, and in which direction. */
static int deepest_agrees(const contacts *a, const contacts *b, double margin, double tolerance,
                          double angle_tolerance) {
  if (!a->count || !b->count) {
    const contacts *other = a->count ? a : b;
    return !other->count || fabs(deepest(other)->distance - margin) <= tolerance;
  }
  return fabs(deepest(a)->distance - deepest(b)->distance) <= tolerance &&
         apart(deepest(a)->normal, deepest(b)->normal) <= angle_tolerance;
}

typedef int agreement(const contacts *, const contacts *, double, double, double);

/* Whether MuJoCo's own answer holds when the second geom is shifted by the tolerance in some direction. */
static int oracle_is_steady(oracle o, const configuration *c, agreement *agree, double tolerance,
                            double angle_tolerance) {
  contacts here = oracle_collide(o, c);
  for (int attempt = 0; attempt < 40; attempt++) {
    configuration moved = *c;
    for (int i = 0; i < 3; i++) moved.geoms[1].position[i] += random_between(-1, 1) * tolerance;
    for (int i = 0; i < 9; i++) moved.geoms[1].rotation[i] += random_between(-1, 1) * tolerance;
    contacts there = oracle_collide(o, &moved);
    if (!agree(&here, &there, c->margin, 4 * tolerance, 0.7 * angle_tolerance)) return 0;
  }
  return 1;
}

static void print_contacts(const char *whose, const contacts *list) {
  for (int i = 0; i < list->count; i++) {
    const contact *c = list->contacts + i;
    print_message("    %-6s %.9g at %.7g %.7g %.7g normal %.6g %.6g %.6g tangent %.6g %.6g %.6g\n", whose, c->distance,
                  c->position[0], c->position[1], c->position[2], c->normal[0], c->normal[1], c->normal[2],
                  c->tangent[0], c->tangent[1], c->tangent[2]);
  }
}

static void print_configuration(const configuration *c) {
  for (int g = 0; g < 2; g++) {
    const geom *x = c->geoms + g;
    double q[4];
    mju_mat2Quat(q, x->rotation);
    print_message("    size %.9g %.9g %.9g position %.9g %.9g %.9g quaternion %.9g %.9g %.9g %.9g\n", x->size[0],
                  x->size[1], x->size[2], x->position[0], x->position[1], x->position[2], q[0], q[1], q[2], q[3]);
  }
  print_message("    margin %g\n", c->margin);
}

/* ------------------------------------------------------------------------------------- the geometry of each shape */

/* Signed distance of a point from a capsule's or a box's surface, m. */
static double surface_distance(int type, const geom *g, const double point[3]) {
  double d[3], p[3];
  mju_sub3(d, point, g->position);
  mju_mulMatTVec(p, g->rotation, d, 3, 3);
  if (type == mjGEOM_CAPSULE) {
    p[2] -= fmax(-g->size[1], fmin(g->size[1], p[2]));
    return mju_norm3(p) - g->size[0];
  }
  double outside = 0, inside = -INFINITY;
  for (int i = 0; i < 3; i++) {
    double beyond = fabs(p[i]) - g->size[i];
    if (beyond > 0) outside += beyond * beyond;
    inside = fmax(inside, beyond);
  }
  return outside > 0 ? sqrt(outside) : inside;
}

/* How far a capsule or a box reaches from its centre in a direction, m. */
static double extent(int type, const geom *g, const double direction[3]) {
  double d[3];
  mju_mulMatTVec(d, g->rotation, direction, 3, 3);
  if (type == mjGEOM_CAPSULE) return g->size[0] + g->size[1] * fabs(d[2]);
  return g->size[0] * fabs(d[0]) + g->size[1] * fabs(d[1]) + g->size[2] * fabs(d[2]);
}

/* The gap between the two geoms along a direction, negative where they overlap, m. */
static double gap_along(int kind, const configuration *c, const double normal[3]) {
  double d[3];
  mju_sub3(d, c->geoms[1].position, c->geoms[0].position);
  return mju_dot3(d, normal) - extent(kinds[kind].type1, c->geoms, normal) -
         extent(kinds[kind].type2, c->geoms + 1, normal);
}

static void column(const double matrix[9], int i, double out[3]) {
  for (int k = 0; k < 3; k++) out[k] = matrix[3 * k + i];
}

/* The largest gap along any direction: along the axes that can separate faces and edges, and some at random. */
static double widest_gap(int kind, const configuration *c) {
  double best = -INFINITY, axis[3], first[3], second[3];
  for (int i = 0; i < 15 + 30; i++) {
    if (i < 6)
      column(c->geoms[i / 3].rotation, i % 3, axis);
    else if (i < 15) {
      column(c->geoms[0].rotation, i % 3, first);
      column(c->geoms[1].rotation, (i - 6) / 3, second);
      mju_cross(axis, first, second);
    } else
      for (int k = 0; k < 3; k++) axis[k] = random_between(-1, 1);
    if (mju_normalize3(axis) < 1e-6) continue;
    best = fmax(best, gap_along(kind, c, axis));
    mju_scl3(axis, axis, -1);
    best = fmax(best, gap_along(kind, c, axis));
  }
  return best;
}

/* The surface of geom 1 lies half the distance behind the contact, that of geom 2 half before it. The second contact of
 * a capsule is that of a sphere inside it, whose surface may lie deeper. */
static int touches_both_surfaces(int kind, const configuration *c, const contact *k, int second, double tolerance) {
  double on1[3], on2[3];
  mju_addScl3(on1, k->position, k->normal, -0.5 * k->distance);
  mju_addScl3(on2, k->position, k->normal, 0.5 * k->distance);
  double from1 = surface_distance(kinds[kind].type1, c->geoms, on1);
  int inside1 = kind == COLLIDE_CAPSULE_BOX && second;
  return (inside1 ? from1 : fabs(from1)) <= tolerance &&
         fabs(surface_distance(kinds[kind].type2, c->geoms + 1, on2)) <= tolerance;
}

/* About the least signed distance of the capsule's axis from the box, m, exact to AXIS_ACCURACY. */
static const double AXIS_ACCURACY = 0.003;
static double axis_distance(const configuration *c) {
  double least = INFINITY, axis[3], point[3];
  column(c->geoms[0].rotation, 2, axis);
  for (int i = 0; i <= 200; i++) {
    mju_addScl3(point, c->geoms[0].position, axis, c->geoms[0].size[1] * (i / 100.0 - 1));
    least = fmin(least, surface_distance(mjGEOM_BOX, c->geoms + 1, point));
  }
  return least;
}

/* ----------------------------------------------------------------------------------------------------------- tests */

/* Where MuJoCo's answer and ours need not be equal: a capsule's axis in the box or all but touching it; in float, axes
 * of capsules so nearly parallel that we take them for parallel, or so close that their normal is lost in rounding. */
static int may_differ(int kind, int in_double, const configuration *c, const contacts *theirs) {
  if (kind == COLLIDE_CAPSULE_BOX) return axis_distance(c) < AXIS_ACCURACY;
  if (kind != COLLIDE_CAPSULE_CAPSULE || in_double) return 0;
  double axis1[3], axis2[3], across[3];
  column(c->geoms[0].rotation, 2, axis1);
  column(c->geoms[1].rotation, 2, axis2);
  mju_cross(across, axis1, axis2);
  double sine = mju_norm3(across);
  int nearly_parallel = sine > 1e-8 && sine < 3.3e-4;
  double radii = c->geoms[0].size[0] + c->geoms[1].size[0];
  int nearly_crossing = theirs->count && theirs->contacts[0].distance + radii < 5e-4;
  return nearly_parallel || nearly_crossing;
}

/* A capsule upright on a plane points its friction nowhere. */
static int tangent_is_arbitrary(const configuration *c) {
  double normal[3], axis[3];
  column(c->geoms[0].rotation, 2, normal);
  column(c->geoms[1].rotation, 2, axis);
  return fabs(mju_dot3(normal, axis)) > 1 - 1e-6;
}
static void forget_tangents(contacts *a, contacts *b) {
  for (int i = 0; i < 16; i++) {
    mju_zero3(a->contacts[i].tangent);
    mju_zero3(b->contacts[i].tangent);
  }
}

static void compare_with_mujoco(int kind, int in_double, enum attitude attitude) {
  oracle o = oracle_create(kind);
  int by_deepest = kind == COLLIDE_CAPSULE_BOX; /* which points MuJoCo takes besides is a matter of choice */
  agreement *agree = by_deepest ? deepest_agrees : lists_agree;
  double tolerance = in_double ? 1e-9 : 1e-5, angle_tolerance = in_double ? 1e-6 : 1e-3;
  int compared = 0, with_contact = 0, skipped = 0, same_count = 0;
  random_state = 1000 * (uint64_t)kind + (uint64_t)attitude;
  for (int round = 0; round < ROUNDS; round++) {
    configuration batch[BATCH];
    contacts ours[BATCH];
    for (int i = 0; i < BATCH; i++) batch[i] = random_configuration(kind, attitude);
    (in_double ? collide_batch_double : collide_batch_float)(kind, batch, ours);
    for (int i = 0; i < BATCH; i++) {
      contacts theirs = oracle_collide(o, batch + i);
      if (may_differ(kind, in_double, batch + i, &theirs)) continue;
      if (kind == COLLIDE_PLANE_CAPSULE && tangent_is_arbitrary(batch + i)) forget_tangents(&theirs, ours + i);
      compared++;
      with_contact += theirs.count > 0;
      same_count += theirs.count == ours[i].count;
      int agrees = agree(&theirs, ours + i, batch[i].margin, tolerance, angle_tolerance) &&
                   (by_deepest || orders_agree(&theirs, ours + i, tolerance, angle_tolerance));
      if (agrees) continue;
      if (!oracle_is_steady(o, batch + i, agree, tolerance, angle_tolerance)) {
        skipped++;
        continue;
      }
      print_configuration(batch + i);
      print_contacts("MuJoCo", &theirs);
      print_contacts("ours", ours + i);
      oracle_destroy(o);
      fail_msg("%s differs", kinds[kind].name);
    }
  }
  oracle_destroy(o);
  print_message("  %-16s %s %s: %d compared, %d in contact, %d of equal number, %d undetermined\n", kinds[kind].name,
                in_double ? "double" : "float ", attitude_names[attitude], compared, with_contact, same_count, skipped);
  assert_true(with_contact * 5 > compared);
  assert_true(skipped * 50 < compared);
}

static void equals_mujoco(enum attitude attitude) {
  for (int kind = 0; kind < COLLIDE_BOX_BOX; kind++)
    for (int in_double = 1; in_double >= 0; in_double--) compare_with_mujoco(kind, in_double, attitude);
}
static void equals_mujoco_in_any_attitude(void **state) {
  (void)state;
  equals_mujoco(ANY_ATTITUDE);
}
static void equals_mujoco_when_nearly_aligned(void **state) {
  (void)state;
  equals_mujoco(NEARLY_ALIGNED);
}
static void equals_mujoco_when_aligned(void **state) {
  (void)state;
  equals_mujoco(ALIGNED);
}

/* What is wrong with the contacts of two shapes with faces: they must lie within margin, none deeper than the geoms
 * overlap along its normal, that normal be the shortest way out, and each contact join two points of the surfaces.
 * NULL when nothing is. */
static const char *fault_of(int kind, const configuration *c, const contacts *ours, double tolerance) {
  double widest = widest_gap(kind, c);
  double axis = kind == COLLIDE_CAPSULE_BOX ? axis_distance(c) : 0;
  int by_distance = axis > AXIS_ACCURACY; /* the shortest way is then judged by MuJoCo */
  int by_axes = kind == COLLIDE_BOX_BOX || axis < -AXIS_ACCURACY;
  if (widest > c->margin + tolerance && ours->count) return "a contact beyond the margin";
  if (widest < -tolerance && by_axes && !ours->count) return "no contact of geoms that penetrate";
  for (int k = 0; k < ours->count; k++) {
    const contact *point = ours->contacts + k;
    if (fabs(mju_norm3(point->normal) - 1) > tolerance) return "a normal that is not a unit vector";
    if (point->distance > c->margin) return "a contact beyond the margin";
    if (point->distance < gap_along(kind, c, point->normal) - tolerance) return "a contact deeper than the overlap";
    if ((kind == COLLIDE_BOX_BOX || by_distance) && !touches_both_surfaces(kind, c, point, k, tolerance))
      return "a contact off the surfaces";
  }
  if (widest < -tolerance && by_axes) {
    double gap = gap_along(kind, c, deepest(ours)->normal);
    /* faces are preferred to edges by these shares of the depth */
    double slack = tolerance + (kind == COLLIDE_CAPSULE_BOX ? 1.1e-3 : 10 * tolerance) * fabs(widest);
    if (gap < widest - slack) return "a normal that is not the shortest way out";
    if (kind == COLLIDE_BOX_BOX && fabs(deepest(ours)->distance - gap) > slack) return "no contact at full depth";
  }
  return NULL;
}

/* Whether MuJoCo's deepest contact is ours, but for the factor two. */
static int deepest_as_in_mujoco(const contacts *theirs, const contacts *ours, double tolerance) {
  if (!theirs->count || !ours->count) return theirs->count == ours->count;
  double a = deepest(theirs)->distance, b = deepest(ours)->distance;
  return apart(deepest(theirs)->normal, deepest(ours)->normal) < 1e-3 &&
         (fabs(a - b) < tolerance || fabs(2 * a - b) < tolerance);
}

static void judge_geometry(int kind, int in_double, enum attitude attitude) {
  oracle o = oracle_create(kind);
  double tolerance = in_double ? 1e-9 : 2e-5;
  int in_contact = 0, like_mujoco = 0;
  random_state = 77 + 1000 * (uint64_t)kind + (uint64_t)attitude;
  for (int round = 0; round < ROUNDS; round++) {
    configuration batch[BATCH];
    contacts ours[BATCH];
    for (int i = 0; i < BATCH; i++) batch[i] = random_configuration(kind, attitude);
    (in_double ? collide_batch_double : collide_batch_float)(kind, batch, ours);
    for (int i = 0; i < BATCH; i++) {
      contacts theirs = oracle_collide(o, batch + i);
      in_contact += ours[i].count > 0;
      like_mujoco += deepest_as_in_mujoco(&theirs, ours + i, 2 * tolerance);
      const char *fault = fault_of(kind, batch + i, ours + i, tolerance);
      if (!fault) continue;
      print_configuration(batch + i);
      print_contacts("ours", ours + i);
      oracle_destroy(o);
      fail_msg("%s: %s", kinds[kind].name, fault);
    }
  }
  oracle_destroy(o);
  print_message("  %-16s %s %s: %d of %d in contact, %d as mj_collision\n", kinds[kind].name,
                in_double ? "double" : "float ", attitude_names[attitude], in_contact, BATCH * ROUNDS, like_mujoco);
  assert_true(in_contact * 3 > BATCH * ROUNDS);
  if (kind == COLLIDE_BOX_BOX && attitude != ALIGNED) assert_true(like_mujoco > 0.97 * BATCH * ROUNDS);
}

static void faces_meet_by_their_geometry(void **state) {
  (void)state;
  for (int kind = COLLIDE_CAPSULE_BOX; kind <= COLLIDE_BOX_BOX; kind++)
    for (int attitude = ANY_ATTITUDE; attitude <= ALIGNED; attitude++)
      for (int in_double = 1; in_double >= 0; in_double--) judge_geometry(kind, in_double, (enum attitude)attitude);
}

/* ------------------------------------------------------------------------------------------- chosen configurations */

static configuration upright(double size1, double size2, double size3, double other1, double other2, double other3) {
  configuration c = {{{{0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}, {size1, size2, size3}},
                      {{0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}, {other1, other2, other3}}}, 0};
  return c;
}

static contacts collide_one(int kind, const configuration *c) {
  configuration batch[BATCH];
  contacts ours[BATCH];
  for (int i = 0; i < BATCH; i++) batch[i] = *c;
  collide_batch_float(kind, batch, ours);
  return ours[0];
}

static void turn(geom *g, double w, double x, double y, double z) {
  double q[4] = {w, x, y, z};
  mju_normalize4(q);
  mju_quat2Mat(g->rotation, q);
}

/* Whether some contact lies at (x, y, z) with that distance. */
static int has_contact(const contacts *list, double x, double y, double z, double distance) {
  for (int i = 0; i < list->count; i++)
    if (apart(list->contacts[i].position, (double[3]){x, y, z}) < 1e-5 &&
        fabs(list->contacts[i].distance - distance) < 1e-5)
      return 1;
  return 0;
}

static void equal_boxes_stack_on_four_corners(void **state) {
  (void)state;
  configuration c = upright(0.3, 0.2, 0.1, 0.3, 0.2, 0.1);
  const double shifts[4] = {0, 1e-7, -3e-6, 1e-2};
  for (int i = 0; i < 4; i++) {
    c.geoms[1].position[0] = round_to_float(shifts[i]);
    c.geoms[1].position[2] = round_to_float(0.199);
    contacts ours = collide_one(COLLIDE_BOX_BOX, &c);
    assert_int_equal(ours.count, 4);
    double left = fmax(-0.3, shifts[i] - 0.3), right = fmin(0.3, shifts[i] + 0.3);
    for (int corner = 0; corner < 4; corner++)
      assert_true(has_contact(&ours, corner & 1 ? left : right, corner & 2 ? 0.2 : -0.2, 0.0995, -0.001));
  }
}

/* Turns a configuration as a whole, and gives the place of a point of it. */
static configuration turned(const configuration *c, const double rotation[9]) {
  configuration result = *c;
  for (int g = 0; g < 2; g++) {
    mju_mulMatVec3(result.geoms[g].position, rotation, c->geoms[g].position);
    mju_mulMatMat(result.geoms[g].rotation, rotation, c->geoms[g].rotation, 3, 3, 3);
  }
  return result;
}
static int has_turned_contact(const contacts *list, const double rotation[9], double x, double y, double z,
                              double distance) {
  double place[3];
  mju_mulMatVec3(place, rotation, (double[3]){x, y, z});
  return has_contact(list, place[0], place[1], place[2], distance);
}

/* What rests on what, in any attitude of the whole: rounding must neither lose a point nor double one. */
static void resting_does_not_depend_on_attitude(void **state) {
  (void)state;
  random_state = 5;
  configuration stacks[4] = {upright(0.3, 0.2, 0.1, 0.3, 0.2, 0.1), upright(0.3, 0.2, 0.1, 0.4, 0.3, 0.1),
                             upright(0.3, 0.2, 0.1, 0.4, 0.2, 0.1), upright(0.3, 0.2, 0.1, 0.3, 0.3, 0.1)};
  for (int i = 0; i < 4; i++) stacks[i].geoms[1].position[2] = 0.199;
  configuration along_x = upright(0.1, 0.5, 0, 0.4, 0.3, 0.5), along_y = along_x;
  turn(along_x.geoms, 0.70710678118654752, 0, 0.70710678118654752, 0);
  turn(along_y.geoms, 0.70710678118654752, 0.70710678118654752, 0, 0);
  along_x.geoms[0].position[2] = along_y.geoms[0].position[2] = 0.59;
  for (int attempt = 0; attempt < 500; attempt++) {
    double rotation[9];
    random_rotation(ANY_ATTITUDE, rotation);
    for (int i = 0; i < 4; i++) {
      configuration c = turned(stacks + i, rotation);
      contacts ours = collide_one(COLLIDE_BOX_BOX, &c);
      assert_int_equal(ours.count, 4);
      for (int corner = 0; corner < 4; corner++) {
        double x = corner & 1 ? 0.3 : -0.3, y = corner & 2 ? 0.2 : -0.2;
        assert_true(has_turned_contact(&ours, rotation, x, y, 0.0995, -0.001));
      }
    }
    configuration turned_x = turned(&along_x, rotation), turned_y = turned(&along_y, rotation);
    contacts lying_x = collide_one(COLLIDE_CAPSULE_BOX, &turned_x);
    contacts lying_y = collide_one(COLLIDE_CAPSULE_BOX, &turned_y);
    assert_int_equal(lying_x.count, 2);
    assert_int_equal(lying_y.count, 2);
    for (int end = -1; end < 2; end += 2) {
      assert_true(has_turned_contact(&lying_x, rotation, 0.4 * end, 0, 0.495, -0.01));
      assert_true(has_turned_contact(&lying_y, rotation, 0, 0.3 * end, 0.495, -0.01));
    }
  }
}

/* Whichever box comes first, the polygon in which their faces meet is the same. */
static void swapping_the_boxes_turns_the_normal(void **state) {
  (void)state;
  random_state = 6;
  for (int round = 0; round < ROUNDS; round++) {
    configuration batch[BATCH], swapped[BATCH];
    contacts ours[BATCH], others[BATCH];
    for (int i = 0; i < BATCH; i++) {
      batch[i] = swapped[i] = random_configuration(COLLIDE_BOX_BOX, round % 2 ? NEARLY_ALIGNED : ANY_ATTITUDE);
      swapped[i].geoms[0] = batch[i].geoms[1];
      swapped[i].geoms[1] = batch[i].geoms[0];
    }
    collide_batch_double(COLLIDE_BOX_BOX, batch, ours);
    collide_batch_double(COLLIDE_BOX_BOX, swapped, others);
    for (int i = 0; i < BATCH; i++) {
      assert_int_equal(ours[i].count, others[i].count);
      for (int k = 0; k < others[i].count; k++) {
        mju_scl3(others[i].contacts[k].normal, others[i].contacts[k].normal, -1);
        mju_copy3(others[i].contacts[k].tangent, ours[i].contacts[k].tangent);
      }
      assert_true(lists_agree(ours + i, others + i, batch[i].margin, 1e-9, 1e-7));
    }
  }
}

static void octagon_of_boxes_has_eight_corners(void **state) {
  (void)state;
  configuration c = upright(0.2, 0.2, 0.1, 0.2, 0.2, 0.1);
  turn(c.geoms + 1, 0.92387953, 0, 0, 0.38268343);
  c.geoms[1].position[2] = round_to_float(0.19);
  contacts ours = collide_one(COLLIDE_BOX_BOX, &c);
  assert_int_equal(ours.count, 8);
  for (int i = 0; i < 8; i++)
    assert_true(fabs(ours.contacts[i].distance + 0.01) < 1e-6 && ours.contacts[i].normal[2] > 0.999999);
}

static void a_lying_capsule_rests_on_both_ends(void **state) {
  (void)state;
  configuration c = upright(0.1, 0.5, 0, 0.4, 0.4, 0.5);
  turn(c.geoms, 0.70710678, 0, 0.70710678, 0);
  c.geoms[0].position[2] = round_to_float(0.59);
  contacts ours = collide_one(COLLIDE_CAPSULE_BOX, &c); /* overhangs on both sides */
  assert_int_equal(ours.count, 2);
  assert_true(has_contact(&ours, 0.4, 0, 0.495, -0.01) && has_contact(&ours, -0.4, 0, 0.495, -0.01));
  c.geoms[0].position[0] = round_to_float(0.5); /* one end on the box, the other out in the air */
  ours = collide_one(COLLIDE_CAPSULE_BOX, &c);
  assert_int_equal(ours.count, 2);
  assert_true(has_contact(&ours, 0.4, 0, 0.495, -0.01) && has_contact(&ours, 0, 0, 0.495, -0.01));
  c = upright(0.1, 0.3, 0, 0.4, 0.4, 0.5); /* along an edge, half way between two faces */
  turn(c.geoms, 0.70710678, 0, 0.70710678, 0);
  c.geoms[0].position[1] = round_to_float(0.45);
  c.geoms[0].position[2] = round_to_float(0.55);
  ours = collide_one(COLLIDE_CAPSULE_BOX, &c);
  assert_int_equal(ours.count, 2);
  assert_true(fabs(fabs(ours.contacts[0].position[0]) - 0.3) < 1e-5);
  assert_true(fabs(ours.contacts[0].position[0] + ours.contacts[1].position[0]) < 1e-5);
}

static void a_capsule_through_a_box_leaves_sideways(void **state) {
  (void)state;
  configuration c = upright(0.03, 1, 0, 0.3, 0.2, 0.4);
  c.geoms[0].position[1] = round_to_float(0.15);
  contacts ours = collide_one(COLLIDE_CAPSULE_BOX, &c);
  assert_int_equal(ours.count, 2);
  for (int i = 0; i < 2; i++) {
    assert_true(fabs(ours.contacts[i].distance + 0.08) < 1e-6);
    assert_true(ours.contacts[i].normal[1] < -0.999999);
    assert_true(fabs(ours.contacts[i].position[1] - 0.16) < 1e-6);
    assert_true(fabs(fabs(ours.contacts[i].position[2]) - 0.4) < 1e-6);
  }
}

static void parallel_capsules_have_two_contacts(void **state) {
  (void)state;
  configuration c = upright(0.1, 0.5, 0, 0.1, 0.3, 0);
  c.geoms[1].position[0] = round_to_float(0.19);
  c.geoms[1].position[2] = round_to_float(0.1);
  contacts ours = collide_one(COLLIDE_CAPSULE_CAPSULE, &c);
  assert_int_equal(ours.count, 2);
  assert_true(has_contact(&ours, 0.095, 0, 0.4, -0.01) && has_contact(&ours, 0.095, 0, -0.2, -0.01));
}

static void coincident_centres_have_a_normal(void **state) {
  (void)state;
  const int alike[] = {COLLIDE_SPHERE_SPHERE, COLLIDE_SPHERE_CAPSULE, COLLIDE_SPHERE_CYLINDER, COLLIDE_SPHERE_BOX,
                       COLLIDE_CAPSULE_CAPSULE, COLLIDE_CAPSULE_BOX, COLLIDE_BOX_BOX};
  for (size_t i = 0; i < sizeof alike / sizeof alike[0]; i++) {
    configuration c = upright(0.1, 0.2, 0.3, 0.25, 0.15, 0.2);
    contacts ours = collide_one(alike[i], &c);
    assert_true(ours.count > 0);
    for (int k = 0; k < ours.count; k++) {
      assert_true(ours.contacts[k].distance < 0);
      assert_true(fabs(mju_norm3(ours.contacts[k].normal) - 1) < 1e-6);
    }
  }
}

/* ---------------------------------------------------------------------------------------------------------- lanes */

typedef void collider(int, int, const float *, float *);

/* Fills a batch with ordinary configurations, some of whose numbers are replaced by what a diverging world may hold. */
static void hostile_pairs(int kind, float *pairs) {
  const float poison[6] = {NAN, INFINITY, -INFINITY, 1e30f, 0, -1e-40f};
  for (int i = 0; i < BATCH; i++) {
    double numbers[COLLIDE_PAIR_NUMBERS];
    configuration c = random_configuration(kind, (enum attitude)random_below(3));
    write_pair(&c, numbers);
    for (int k = 0; k < COLLIDE_PAIR_NUMBERS; k++) pairs[i * COLLIDE_PAIR_NUMBERS + k] = (float)numbers[k];
    if (i % 4 == 0) pairs[i * COLLIDE_PAIR_NUMBERS + random_below(COLLIDE_PAIR_NUMBERS - 1)] = poison[random_below(6)];
    if (i % 5 == 0) pairs[i * COLLIDE_PAIR_NUMBERS + COLLIDE_PAIR_NUMBERS - 1] = 0; /* not needed */
  }
}

static int same_number(float a, float b) {
  uint32_t bits_a, bits_b;
  memcpy(&bits_a, &a, sizeof a);
  memcpy(&bits_b, &b, sizeof b);
  return bits_a == bits_b || (isnan(a) && isnan(b));
}

static void assert_lanes_agree(collider *wide, int lanes) {
  random_state = 4711;
  for (int kind = 0; kind < COLLIDE_KIND_COUNT; kind++) {
    for (int round = 0; round < ROUNDS; round++) {
      float pairs[BATCH * COLLIDE_PAIR_NUMBERS], one[BATCH * RESULT_NUMBERS], many[BATCH * RESULT_NUMBERS];
      hostile_pairs(kind, pairs);
      collide_lanes_1(kind, BATCH, pairs, one);
      wide(kind, BATCH, pairs, many);
      for (int i = 0; i < BATCH * RESULT_NUMBERS; i++)
        if (!same_number(one[i], many[i]))
          fail_msg("%s: %.9g with 1 lane, %.9g with %d", kinds[kind].name, one[i], many[i], lanes);
    }
  }
}

static void widths_agree(void **state) {
  (void)state;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    assert_lanes_agree(collide_lanes_8, 8);
  else
    print_message("  this CPU has no AVX2 and FMA: 8 lanes not compared\n");
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw"))
    assert_lanes_agree(collide_lanes_16, 16);
  else
    print_message("  this CPU has no AVX-512: 16 lanes not compared\n");
#elif defined(__aarch64__)
  assert_lanes_agree(collide_lanes_4, 4);
#endif
}

/* A slot either holds a contact within margin or nothing at all; lanes that nobody needs hold nothing. */
static void empty_slots_are_empty(void **state) {
  (void)state;
  random_state = 99;
  for (int kind = 0; kind < COLLIDE_KIND_COUNT; kind++) {
    for (int round = 0; round < ROUNDS; round++) {
      float pairs[BATCH * COLLIDE_PAIR_NUMBERS], numbers[BATCH * RESULT_NUMBERS];
      hostile_pairs(kind, pairs);
      collide_lanes_1(kind, BATCH, pairs, numbers);
      for (int i = 0; i < BATCH; i++) {
        float margin = pairs[i * COLLIDE_PAIR_NUMBERS + 30], needed = pairs[i * COLLIDE_PAIR_NUMBERS + 31];
        for (int slot = 0; slot < COLLIDE_MOST_SLOTS; slot++) {
          const float *point = numbers + i * RESULT_NUMBERS + slot * COLLIDE_POINT_NUMBERS;
          assert_false(isnan(point[0]));
          if (slot >= collide_kind_slots(kind) || needed == 0) assert_true(point[0] == 1e10f);
          if (point[0] == 1e10f)
            for (int k = 1; k < COLLIDE_POINT_NUMBERS; k++) assert_true(point[k] == 0 || margin >= 1e10f);
          else
            assert_true(point[0] <= margin);
        }
      }
    }
  }
}

static void kinds_follow_the_types(void **state) {
  (void)state;
  for (int type1 = 0; type1 < 8; type1++)
    for (int type2 = 0; type2 < 8; type2++) {
      int wanted = -1;
      for (int kind = 0; kind < COLLIDE_KIND_COUNT; kind++)
        if (kinds[kind].type1 == type1 && kinds[kind].type2 == type2) wanted = kind;
      assert_int_equal(collide_kind_of(type1, type2), wanted);
    }
  for (int kind = 0; kind < COLLIDE_KIND_COUNT; kind++)
    assert_true(collide_kind_slots(kind) > 0 && collide_kind_slots(kind) <= COLLIDE_MOST_SLOTS);
  assert_int_equal(collide_kind_slots(-1), 0);
  assert_int_equal(collide_kind_slots(COLLIDE_KIND_COUNT), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kinds_follow_the_types),
      cmocka_unit_test(equals_mujoco_in_any_attitude),
      cmocka_unit_test(equals_mujoco_when_nearly_aligned),
      cmocka_unit_test(equals_mujoco_when_aligned),
      cmocka_unit_test(faces_meet_by_their_geometry),
      cmocka_unit_test(equal_boxes_stack_on_four_corners),
      cmocka_unit_test(resting_does_not_depend_on_attitude),
      cmocka_unit_test(swapping_the_boxes_turns_the_normal),
      cmocka_unit_test(octagon_of_boxes_has_eight_corners),
      cmocka_unit_test(a_lying_capsule_rests_on_both_ends),
      cmocka_unit_test(a_capsule_through_a_box_leaves_sideways),
      cmocka_unit_test(parallel_capsules_have_two_contacts),
      cmocka_unit_test(coincident_centres_have_a_normal),
      cmocka_unit_test(empty_slots_are_empty),
      cmocka_unit_test(widths_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
