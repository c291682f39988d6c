/* Scenes that use a warp in every way: they have every kind of pair, more elements of each kind than a warp has items,
 * or nothing to compute. */
#ifndef MYR_TESTS_WARP_SCENES_H
#define MYR_TESTS_WARP_SCENES_H

#include <ctype.h>

#include "kernels/pair_kind.h"
#include "tests/sim/random_model.h"

/* Shapes that tumble into a funnel and over a block, with nearly all kinds of pairs. The bits of contype: 1 collides
 * with the funnel; 2 lets shapes collide with each other; 4 lets cylinders collide with the sphere, and with no other
 * shape. */
#define HEAP(options)                                                                                               \
  "<mujoco>" options "<default><geom friction='.8 .01 .002' density='600' contype='2' conaffinity='3'/></default>"  \
  "<worldbody>"                                                                                                     \
  "<geom type='plane' size='0 0 1' contype='1' conaffinity='0' euler='12 0 0' pos='0 -.1 0' condim='1'/>"           \
  "<geom type='plane' size='0 0 1' contype='1' conaffinity='0' euler='-12 0 0' pos='0 .1 0' condim='4'/>"           \
  "<geom type='plane' size='0 0 1' contype='1' conaffinity='0' euler='0 12 0' pos='.1 0 0' condim='6'/>"            \
  "<geom type='plane' size='0 0 1' contype='1' conaffinity='0' euler='0 -12 0' pos='-.1 0 0'/>"                     \
  "<geom type='box' size='.1 .1 .05' pos='0 0 .05' euler='10 5 0'/>"                                                \
  "<body pos='.02 .01 .2'><freejoint/><geom type='box' size='.08 .07 .06'/></body>"                                 \
  "<body pos='-.03 .02 .36' euler='20 10 0'><freejoint/><geom type='box' size='.06 .05 .05' condim='6'/></body>"    \
  "<body pos='.13 0 .2'><freejoint/><geom size='.06' contype='6' condim='4'/></body>"                               \
  "<body pos='.16 .1 .24'><freejoint/><geom size='.05' contype='6' margin='.03' gap='.01'/></body>"                 \
  "<body pos='0 .2 .15' euler='90 0 0'><freejoint/><geom type='capsule' size='.04 .07' condim='1'/></body>"         \
  "<body pos='0 .2 .22' euler='90 30 0'><freejoint/><geom type='capsule' size='.04 .06'/></body>"                   \
  "<body pos='.22 .02 .2' euler='40 0 20'><freejoint/>"                                                             \
  "<geom type='cylinder' size='.06 .04' contype='0' conaffinity='5'/></body>"                                       \
  "<body pos='-.2 0 .2'><freejoint/><geom type='ellipsoid' size='.06 .05 .04' contype='0' conaffinity='1'/></body>" \
  "</worldbody></mujoco>"

/* Writes two geoms of a kind of pair (enum myr_pair_kind). One lies inside the other and hangs still. Returns their
 * names. */
static inline const char *write_pair_of_kind(random_model *r, int kind) {
  static const struct {
    const char *first, *second, *both;
  } shapes[MYR_PAIR_KIND_COUNT] = {
#define GEOM_PAIR(first, second, function, contacts) {#first, #second, #first " and " #second},
#include "kernels/collide.def"
  };
  char first[16] = "", second[16] = "";
  for (int i = 0; shapes[kind].first[i]; i++) first[i] = (char)tolower(shapes[kind].first[i]);
  for (int i = 0; shapes[kind].second[i]; i++) second[i] = (char)tolower(shapes[kind].second[i]);
  *r = (random_model){.random = 1};
  random_write(r,
               "<mujoco><option timestep='.002'/><asset><hfield name='h' nrow='3' ncol='4' size='.2 .15 .08 .06' "
               "elevation='0 1 .5 0 1 .2 .9 1 0 .4 1 .3'/>"
               "<mesh name='m' vertex='.1 0 0 -.1 .02 0 0 .1 0 .02 -.1 0 0 0 .1 "
               ".03 .03 -.1 .05 .06 .07'/></asset><worldbody><geom type='%s' %s/>"
               "<body pos='.02 .01 .05' euler='20 10 0'><freejoint/><geom type='%s' %s/></body>"
               "</worldbody></mujoco>",
               first,
               first[0] == 'm'   ? "mesh='m'"
               : first[0] == 'h' ? "hfield='h'"
                                 : "size='.1 .08 .06'",
               second, second[0] == 'm' ? "mesh='m'" : "size='.1 .08 .06'");
  return shapes[kind].both;
}

/* Writes a body on more legs than a warp has items. Each leg has two joints, legs touch the ground and one another, and
 * tendons tie neighbours. It has more than 64 dofs. */
static inline void write_centipede(random_model *r) {
  enum { LEGS = 36 };
  *r = (random_model){.random = 1};
  random_write(r, "<mujoco><option timestep='.002'/><default><joint limited='true' range='-.3 .3' damping='.2' "
                  "armature='.01'/></default><worldbody><geom type='plane' size='0 0 1'/>"
                  "<body pos='0 0 .26'><freejoint/><geom type='box' size='.9 .05 .03' contype='0' conaffinity='0'/>\n");
  for (int leg = 0; leg < LEGS; leg++) {
    double x = -.85 + 1.7 * (leg / 2) / (LEGS / 2 - 1), side = leg % 2 ? -1 : 1;
    random_write(r,
                 "<body pos='%.3f %.2f 0'><joint name='hip%d' axis='1 .2 0' frictionloss='.05'/>"
                 "<geom type='capsule' fromto='0 0 0 0 %.2f -.1' size='.02' contype='0' conaffinity='0'/>"
                 "<body pos='0 %.2f -.1'><joint name='knee%d' axis='0 1 0'/>"
                 "<geom type='capsule' fromto='0 0 0 0 0 -.15' size='.046'/></body></body>\n",
                 x, side * .06, leg, side * .1, side * .1, leg);
  }
  random_write(r, "</body></worldbody><tendon>");
  for (int leg = 0; leg + 2 < LEGS; leg++)
    random_write(r,
                 "<fixed name='t%d' limited='true' range='-.1 .1' stiffness='3' damping='.1'%s "
                 "actuatorfrcrange='-.3 .3'><joint joint='hip%d' coef='1'/><joint joint='knee%d' coef='-1'/></fixed>\n",
                 leg, leg % 3 ? "" : " frictionloss='.1'", leg, leg + 2);
  random_write(r, "</tendon><equality>");
  for (int leg = 0; leg + 1 < LEGS; leg++)
    random_write(r, "<joint joint1='knee%d' joint2='hip%d' polycoef='0 .3 .5 0 0'/>\n", leg, leg + 1);
  random_write(r, "</equality><actuator>");
  for (int leg = 0; leg < LEGS; leg++) {
    random_write(r, "<motor joint='hip%d' ctrllimited='true' ctrlrange='-1 1'/><motor tendon='t%d'/>\n", leg,
                 leg % (LEGS - 2));
  }
  random_write(r, "</actuator></mujoco>");
}

/* Writes a chain of more hinges than a warp has items. Every link is tied to the world, where a tie acts on as many dofs, or to
 * the link before the last one. */
static inline void write_tied_chain(random_model *r) {
  enum { LINKS = 40 };
  *r = (random_model){.random = 1};
  random_write(r, "<mujoco><option timestep='.002'/><worldbody><body name='b0' pos='0 0 2'>"
                  "<geom size='.02' contype='0' conaffinity='0'/>\n");
  for (int link = 1; link <= LINKS; link++)
    random_write(r,
                 "<body name='b%d' pos='%s'><joint axis='%s' damping='.05' armature='.01'/>"
                 "<geom type='capsule' fromto='0 0 0 .05 0 0' size='.02' contype='0' conaffinity='0'/>\n",
                 link, link > 1 ? ".05 0 0" : "0 0 0", link % 2 ? "0 1 0" : "0 0 1");
  for (int link = 0; link <= LINKS; link++) random_write(r, "</body>");
  random_write(r, "</worldbody><equality>");
  for (int link = 1; link <= LINKS; link++) {
    random_write(r, "<%s body1='b%d' anchor='.05 0 0' solref='.1 1'", link % 3 ? "connect" : "weld", link);
    if (link > 2 && link % 2) random_write(r, " body2='b%d'", link - 2);
    random_write(r, "/>\n");
  }
  random_write(r, "</equality></mujoco>");
}

/* Writes a floor of balls, in more clusters of fixed geoms than a warp has items, on which three bodies fall apart. */
static inline void write_balls(random_model *r) {
  enum { ROW = 18 };
  *r = (random_model){.random = 1};
  random_write(r, "<mujoco><option timestep='.002'/><worldbody>");
  for (int i = 0; i < ROW * ROW; i++)
    random_write(r, "<geom size='.2' pos='%.1f %.1f 0'/>\n", .3 * (i % ROW - ROW / 2), .3 * (i / ROW - ROW / 2));
  random_write(r, "<body pos='0 0 .27'><freejoint/><geom size='.1'/><body pos='.3 0 0'><joint axis='0 1 0'/>"
                  "<geom type='capsule' size='.08 .1'/></body></body><body pos='.6 .3 .28'><freejoint/>"
                  "<geom type='capsule' size='.1 .2' margin='.05'/></body></worldbody></mujoco>");
}

/* A model without any constraint. */
#define PENDULUM                                               \
  "<mujoco><worldbody><body pos='0 0 1'><joint axis='0 1 0'/>" \
  "<geom type='capsule' size='.02' fromto='0 0 0 .3 0 0'/>"    \
  "<body pos='.3 0 0'><joint type='ball'/><geom size='.05'/></body></body></worldbody></mujoco>"

/* A body that slides so far that its position, and no other number, leaves all bounds. One item of the warp integrates
 * the position, and another one notices. */
#define RUNAWAY                                                                                                      \
  "<mujoco><option timestep='.01'/><worldbody><body><joint type='slide' axis='1 0 0' ref='9.9e9'/><geom size='.1'/>" \
  "</body><body pos='0 1 0'><joint type='ball'/><geom size='.1'/></body>"                                            \
  "<body pos='0 2 0'><joint name='runaway' type='slide' axis='1 0 0' ref='9.9e9'/><geom size='.1'/></body>"          \
  "</worldbody></mujoco>"

#endif
