#include "sim/mujoco/pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/model.h"
#include "kernels/pair_kind.h"
#include "sim/grow.h"
#include "sim/sim.h"

/* A geom as the filters see it; bodies and the geom are numbered as in the joined model. */
typedef struct contact_geom {
  const import_part *part;
  int source; /* number in the part's own model */
  int geom, type, weld, weld_parent;
  bool moves; /* by a dof, as a mocap body does not */
  int contype, conaffinity, condim, priority;
  double solmix, solref[2], solimp[5], margin, gap;
} contact_geom;

typedef struct pair_builder {
  contact_geom *geoms; /* by joined number */
  int geom_count;
  bool filter_parent;
  const import_part *parts;
  int part_count;
  contact_pairs *out;
  myr_error *error;
} pair_builder;

static const double default_solref[2] = {0.02, 1};
static const double default_solimp[5] = {0.9, 0.95, 0.001, 0.5, 2};

/* The geom that MuJoCo makes of a plane that states nothing. Its sliding friction alone is the contact's, or randomizing
 * it would do nothing below the robot's own (of equal geoms the larger friction counts). */
static contact_geom ground_geom(const import_part *part) {
  contact_geom geom = {.part = part,
                       .geom = part->geom[0],
                       .type = mjGEOM_PLANE,
                       .contype = 1,
                       .conaffinity = 1,
                       .condim = 3,
                       .solmix = 1};
  memcpy(geom.solref, default_solref, sizeof geom.solref);
  memcpy(geom.solimp, default_solimp, sizeof geom.solimp);
  return geom;
}

static contact_geom model_geom(const import_part *part, int g) {
  const mjModel *m = part->mujoco;
  int body = m->geom_bodyid[g], weld = m->body_weldid[body], weld_parent = m->body_weldid[m->body_parentid[weld]];
  contact_geom geom = {.part = part,
                       .source = g,
                       .geom = part->geom[g],
                       .type = m->geom_type[g],
                       .weld = import_body(part, weld),
                       .weld_parent = import_body(part, weld_parent),
                       .moves = m->body_dofnum[weld] > 0,
                       .contype = m->geom_contype[g],
                       .conaffinity = m->geom_conaffinity[g],
                       .condim = m->geom_condim[g],
                       .priority = m->geom_priority[g],
                       .solmix = m->geom_solmix[g],
                       .margin = m->geom_margin[g],
                       .gap = m->geom_gap[g]};
  memcpy(geom.solref, m->geom_solref + mjNREF * g, sizeof geom.solref);
  memcpy(geom.solimp, m->geom_solimp + mjNIMP * g, sizeof geom.solimp);
  return geom;
}

/* ------------------------------------------------------------------------------------------------ parameters */
static double mixing_weight(double solmix1, double solmix2) {
  if (solmix1 >= mjMINVAL && solmix2 >= mjMINVAL) return solmix1 / (solmix1 + solmix2);
  if (solmix1 < mjMINVAL && solmix2 < mjMINVAL) return 0.5;
  return solmix1 < mjMINVAL ? 0 : 1;
}

static void take_parameters(contact_pair *pair, const contact_geom *from, int friction_rule) {
  pair->condim = from->condim;
  pair->friction_rule = friction_rule;
  memcpy(pair->solref, from->solref, sizeof pair->solref);
  memcpy(pair->solimp, from->solimp, sizeof pair->solimp);
}

static void mix_parameters(contact_pair *pair, const contact_geom *one, const contact_geom *two) {
  double mix = mixing_weight(one->solmix, two->solmix);
  bool standard = one->solref[0] > 0 && two->solref[0] > 0; /* else stiffness and damping, negated: the stiffer wins */
  pair->condim = one->condim > two->condim ? one->condim : two->condim;
  pair->friction_rule = MYR_FRICTION_MAX;
  for (int i = 0; i < 2; i++)
    pair->solref[i] =
        standard ? mix * one->solref[i] + (1 - mix) * two->solref[i] : fmin(one->solref[i], two->solref[i]);
  for (int i = 0; i < 5; i++) pair->solimp[i] = mix * one->solimp[i] + (1 - mix) * two->solimp[i];
}

static bool is_ground(const contact_geom *geom) { return !geom->part->mujoco; }

/* A ground, being a plane, is the first of the two. */
static contact_pair combine(const contact_geom *one, const contact_geom *two) {
  contact_pair pair = {
      .geom1 = one->geom, .geom2 = two->geom, .margin = one->margin + two->margin, .gap = one->gap + two->gap};
  if (one->priority > two->priority)
    take_parameters(&pair, one, MYR_FRICTION_GEOM1);
  else if (one->priority < two->priority)
    take_parameters(&pair, two, MYR_FRICTION_GEOM2);
  else
    mix_parameters(&pair, one, two);
  if (is_ground(one)) pair.friction_rule = MYR_FRICTION_GROUND;
  return pair;
}

static contact_pair explicit_pair(const mjModel *m, int p, const contact_geom *one, const contact_geom *two) {
  contact_pair pair = {.geom1 = one->geom,
                       .geom2 = two->geom,
                       .condim = m->pair_dim[p],
                       .friction_rule = MYR_FRICTION_OWN,
                       .margin = m->pair_margin[p],
                       .gap = m->pair_gap[p]};
  memcpy(pair.solref, m->pair_solref + mjNREF * p, sizeof pair.solref);
  memcpy(pair.solimp, m->pair_solimp + mjNIMP * p, sizeof pair.solimp);
  const mjtNum *own = m->pair_solreffriction + mjNREF * p;
  if ((own[0] > 0) == (own[1] > 0))
    memcpy(pair.solreffriction, own, sizeof pair.solreffriction); /* else MuJoCo warns */
  memcpy(pair.friction, m->pair_friction + 5 * p, sizeof pair.friction);
  return pair;
}

static const mjModel *overriding(const contact_geom *geom) {
  const mjModel *m = geom->part->mujoco;
  return m && m->opt.enableflags & mjENBL_OVERRIDE ? m : NULL;
}

static bool are_equal(const mjtNum *one, const mjtNum *two, int count) {
  for (int i = 0; i < count; i++)
    if (one[i] != two[i]) return false;
  return true;
}

static bool overrides_alike(const mjOption *one, const mjOption *two) {
  return one->o_margin == two->o_margin && are_equal(one->o_solref, two->o_solref, mjNREF) &&
         are_equal(one->o_solimp, two->o_solimp, mjNIMP) && are_equal(one->o_friction, two->o_friction, 5);
}

/* A file that overrides contact parameters does so for all contacts of its geoms. */
static myr_status override_parameters(const pair_builder *b, contact_pair *pair, const contact_geom *one,
                                      const contact_geom *two) {
  const mjModel *m = overriding(one), *other = overriding(two);
  if (m && other && !overrides_alike(&m->opt, &other->opt))
    return myr_fail(b->error, MYR_INVALID,
                    "%s and %s override contact parameters (flag override, o_margin, o_solref, o_solimp, o_friction) "
                    "differently: give both the same",
                    one->part->path, two->part->path);
  if (!m) m = other;
  if (!m) return MYR_OK;
  pair->margin = m->opt.o_margin;
  pair->friction_rule = MYR_FRICTION_OWN;
  memset(pair->solreffriction, 0, sizeof pair->solreffriction);
  memcpy(pair->solref, m->opt.o_solref, sizeof pair->solref);
  memcpy(pair->solimp, m->opt.o_solimp, sizeof pair->solimp);
  memcpy(pair->friction, m->opt.o_friction, sizeof pair->friction);
  return MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ filters */
/* Whether no force between them could move anything. */
static bool cannot_move(const contact_geom *one, const contact_geom *two) {
  return one->weld == two->weld || (!one->moves && !two->moves);
}

/* Rigidly connected, or, unless the world is one of them, parent and child: never a contact. */
static bool bodies_filtered(const pair_builder *b, const contact_geom *one, const contact_geom *two) {
  if (cannot_move(one, two)) return true;
  if (!b->filter_parent || one->weld == 0 || two->weld == 0) return false;
  return one->weld == two->weld_parent || two->weld == one->weld_parent;
}

static bool masks_filtered(const contact_geom *one, const contact_geom *two) {
  return !(one->contype & two->conaffinity) && !(two->contype & one->conaffinity);
}

static bool bodies_excluded(const contact_geom *one, const contact_geom *two) {
  if (one->part != two->part || !one->part->mujoco) return false;
  const mjModel *m = one->part->mujoco;
  int body1 = m->geom_bodyid[one->source], body2 = m->geom_bodyid[two->source];
  for (int e = 0; e < m->nexclude; e++) {
    int first, second;
    mujoco_exclude_bodies(m, e, &first, &second);
    if ((first == body1 && second == body2) || (first == body2 && second == body1)) return true;
  }
  return false;
}

/* A pair stated in the file replaces what the filters would have made of its geoms. */
static bool stated_explicitly(const contact_geom *one, const contact_geom *two) {
  if (one->part != two->part || !one->part->mujoco) return false;
  const mjModel *m = one->part->mujoco;
  for (int p = 0; p < m->npair; p++) {
    int first = m->pair_geom1[p], second = m->pair_geom2[p];
    if ((first == one->source && second == two->source) || (first == two->source && second == one->source)) return true;
  }
  return false;
}

/* ------------------------------------------------------------------------------------------------ building */
static myr_status append(pair_builder *b, const contact_pair *pair) {
  contact_pairs *out = b->out;
  contact_pair *pairs = myr_grow(out->pairs, out->count, &out->capacity, sizeof *pairs);
  if (!pairs) return myr_fail(b->error, MYR_ERROR, "out of memory for more than %d pairs of geoms", out->count);
  out->pairs = pairs;
  out->pairs[out->count++] = *pair;
  out->slots += myr_pair_kind_contacts(pair->kind);
  return MYR_OK;
}

/* The kind of the pair, or -1 for two planes, which never move; swaps the two where the narrow phase takes them the other way round. */
static int order_by_kind(const contact_geom **one, const contact_geom **two) {
  int swapped, kind = myr_pair_kind_of((*one)->type, (*two)->type, &swapped);
  if (swapped) {
    const contact_geom *first = *two;
    *two = *one;
    *one = first;
  }
  return kind;
}

static myr_status add_explicit(pair_builder *b, const import_part *part, int p) {
  const mjModel *m = part->mujoco;
  int geom1 = part->geom[m->pair_geom1[p]], geom2 = part->geom[m->pair_geom2[p]];
  if (geom1 < 0 || geom2 < 0) return MYR_OK; /* supported_check has refused it */
  const contact_geom *one = &b->geoms[geom1], *two = &b->geoms[geom2];
  if (cannot_move(one, two)) return MYR_OK;
  int kind = order_by_kind(&one, &two);
  if (kind < 0) return MYR_OK;
  contact_pair pair = explicit_pair(m, p, one, two);
  pair.kind = kind;
  myr_status status = override_parameters(b, &pair, one, two);
  return status ? status : append(b, &pair);
}

static myr_status add_dynamic(pair_builder *b, const contact_geom *one, const contact_geom *two) {
  if (masks_filtered(one, two) || bodies_filtered(b, one, two) || bodies_excluded(one, two) ||
      stated_explicitly(one, two))
    return MYR_OK;
  int kind = order_by_kind(&one, &two);
  if (kind < 0) return MYR_OK;
  contact_pair pair = combine(one, two);
  pair.kind = kind;
  myr_status status = override_parameters(b, &pair, one, two);
  return status ? status : append(b, &pair);
}

static myr_status build(pair_builder *b) {
  for (int i = 0; i < b->part_count; i++)
    for (int p = 0; b->parts[i].mujoco && p < b->parts[i].mujoco->npair; p++) {
      myr_status status = add_explicit(b, &b->parts[i], p);
      if (status) return status;
    }
  for (int one = 0; one < b->geom_count; one++)
    for (int two = one + 1; two < b->geom_count; two++) {
      myr_status status = add_dynamic(b, &b->geoms[one], &b->geoms[two]);
      if (status) return status;
    }
  return MYR_OK;
}

static int part_geoms(const import_part *part) { return part->mujoco ? part->mujoco->ngeom : 1; }

myr_status pairs_generate(const import_part *parts, int count, bool filter_parent, contact_pairs *result,
                          myr_error *error) {
  *result = (contact_pairs){0};
  int most = 1;
  for (int i = 0; i < count; i++) most += part_geoms(&parts[i]);
  contact_geom *geoms = calloc((size_t)most, sizeof *geoms);
  if (!geoms) return myr_fail(error, MYR_ERROR, "out of memory for %d geoms", most);
  pair_builder b = {geoms, 0, filter_parent, parts, count, result, error};
  for (int i = 0; i < count; i++)
    for (int g = 0; g < part_geoms(&parts[i]); g++) {
      if (parts[i].geom[g] < 0) continue;
      geoms[parts[i].geom[g]] = parts[i].mujoco ? model_geom(&parts[i], g) : ground_geom(&parts[i]);
      b.geom_count++;
    }
  myr_status status = build(&b);
  free(geoms);
  return status;
}
