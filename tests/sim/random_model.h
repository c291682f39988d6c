/* Random models for tests, the same ones for the same seed: trees of every joint, geom, tendon and actuator that Myriad
 * knows, on a ground plane. Sizes and masses are those of robots, so that the mass matrix is as well conditioned as
 * theirs. */
#ifndef MYR_TESTS_RANDOM_MODEL_H
#define MYR_TESTS_RANDOM_MODEL_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The assets that random geoms name where every geom may touch every other. */
#define RANDOM_ASSETS                                                                                                 \
  "<asset><mesh name='rock' vertex='.1 0 0 -.1 .02 0 0 .08 0 .02 -.1 0 0 0 .07 .03 .03 -.08 .05 .06 .05 -.05 "        \
  "-.05 .04 .07 -.03 -.04'/>"                                                                                         \
  "<hfield name='hills' nrow='5' ncol='4' size='.5 .4 .12 .1' elevation='0 .2 .4 .3 .5 1 .6 .2 .3 .8 .7 .1 .3 .3 .3 " \
  ".3 "                                                                                                               \
  "0 .5 0 .4'/></asset>\n"

enum random_flavour {
  /* Every geom may touch every other. */
  RANDOM_ALL,
  /* Without the features that Myriad computes differently from MuJoCo on purpose. Boxes collide with no boxes and no
   * capsules, because MuJoCo may list one of their contacts twice, or choose a normal that is not the shortest way
   * out. Tendons do not pass through the inside of geoms, because MuJoCo ends that iteration at an error of 1e-6. */
  RANDOM_LIKE_MUJOCO,
};

typedef struct random_model {
  const char *cone, *integrator; /* those of the text */
  char text[32768];
  int length;
  uint64_t random, other; /* streams of draws, of which random_switch() changes the one in use */
  enum random_flavour flavour;
  int plain_balls; /* 1: balls without growing stiffness and damping */
  int scalar_joints, balls, tendons, actuators, bodies, free_bodies; /* so far */
  int limited_joint, limited_tendon;                                 /* 1 + the last one's number; 0: none */
  int frees;                                                         /* so far: free joints */
  int wrapped;                                                       /* so far: geoms that tendons may wrap around */
} random_model;

/* splitmix64. Draw into a variable of its own before a call, an initializer or an operator takes it: C leaves it to the
 * compiler in which order these evaluate their operands (gcc evaluates arguments from the right, clang from the left),
 * so two draws among them would make another model with each compiler. */
static inline uint64_t random_bits(random_model *r) {
  uint64_t z = (r->random += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}
static inline int random_below(random_model *r, int n) { return (int)(random_bits(r) % (uint64_t)n); }
static inline double random_between(random_model *r, double low, double high) {
  return low + (high - low) * (double)(random_bits(r) >> 11) / 9007199254740992.0;
}

/* Features that came later draw from another stream, so that the rest of a model stays as it was. */
static inline void random_switch(random_model *r) {
  uint64_t random = r->random;
  r->random = r->other, r->other = random;
}

__attribute__((format(printf, 2, 3))) static inline void random_write(random_model *r, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int left = (int)sizeof r->text - r->length;
  int written = vsnprintf(r->text + r->length, (size_t)left, format, arguments);
  va_end(arguments);
  if (written >= left) abort();
  r->length += written;
}

static inline void random_impedance(random_model *r, const char *reference, const char *impedance) {
  switch (random_below(r, 4)) {
  case 0: {
    double ratio = random_between(r, .7, 1.3), time = random_between(r, .02, .06);
    random_write(r, " %s='%.3f %.2f'", reference, time, ratio);
    break;
  }
  case 1: {
    double damping = random_between(r, 15, 60), stiffness = random_between(r, 300, 1500);
    random_write(r, " %s='-%.0f -%.1f'", reference, stiffness, damping);
    break;
  }
  default: break;
  }
  if (random_below(r, 3)) return;
  int power = 1 + random_below(r, 3);
  double midpoint = random_between(r, .3, .7), width = random_between(r, .002, .02);
  double most = random_between(r, .9, .98), least = random_between(r, .6, .85);
  random_write(r, " %s='%.2f %.2f %.3f %.1f %d'", impedance, least, most, width, midpoint, power);
}

/* How a contact takes its parameters from two geoms, and the velocity of a surface. */
static inline void random_mix(random_model *r) {
  random_switch(r);
  double mix = random_between(r, 0, 2), x = random_between(r, -1, 1), y = random_between(r, -1, 1);
  double z = random_between(r, -1, 1), turning = random_between(r, -2, 2);
  if (random_below(r, 4) == 0) random_write(r, " solmix='%.2f'", mix < .3 ? 0 : mix);
  if (random_below(r, 6) == 0) random_write(r, " priority='%d'", 1 + random_below(r, 2));
  if (random_below(r, 8) == 0) random_write(r, " surfacevel='%.2f %.2f %.2f %.2f .5 -.3'", x, y, z, turning);
  random_switch(r);
}

static inline void random_surface(random_model *r) {
  static const int dimensions[] = {1, 3, 3, 3, 4, 6};
  double rolling = random_between(r, .0005, .01), spinning = random_between(r, .005, .05);
  double sliding = random_between(r, .2, 1.4);
  int dimension = dimensions[random_below(r, 6)];
  random_write(r, " condim='%d' friction='%.2f %.3f %.4f'", dimension, sliding, spinning, rolling);
  if (random_below(r, 6) == 0) random_write(r, " margin='%.3f' gap='.002'", random_between(r, .004, .02));
  random_impedance(r, "solref", "solimp");
  random_mix(r);
}

/* Returns the bits of boxes that collide only with the plane and with spheres. */
static inline const char *random_bits_of_box(const random_model *r) {
  return r->flavour == RANDOM_ALL ? "" : " contype='4' conaffinity='0'";
}

/* Writes a geom. Cylinders and ellipsoids collide only with the plane, because they have no other narrow phase. */
static inline void random_geom(random_model *r) {
  double a = random_between(r, .04, .1), b = random_between(r, .05, .15), c = random_between(r, .04, .1);
  double yaw = random_between(r, -90, 90), pitch = random_between(r, -90, 90), roll = random_between(r, -90, 90);
  double z = random_between(r, -.08, 0), y = random_between(r, -.03, .03), x = random_between(r, -.03, .03);
  double density = random_between(r, 300, 2000);
  random_write(r, "<geom density='%.0f' pos='%.3f %.3f %.3f' euler='%.1f %.1f %.1f'", density, x, y, z, roll, pitch,
               yaw);
  switch (random_below(r, 8)) {
  case 0:
  case 1: random_write(r, " type='sphere' size='%.3f' conaffinity='5'", a); break;
  case 2:
  case 3:
  case 4: random_write(r, " type='capsule' size='%.3f %.3f'", a, b); break;
  case 5:
    if (r->flavour == RANDOM_ALL) {
      random_write(r, " type='mesh' mesh='rock'");
      break;
    }
    /* fall through */
  case 6: random_write(r, " type='box' size='%.3f %.3f %.3f'%s", a, b, c, random_bits_of_box(r)); break;
  default:
    random_write(r, " type='%s' size='%.3f %.3f %.3f' contype='2' conaffinity='0'",
                 random_below(r, 2) ? "ellipsoid" : "cylinder", a, b, c);
  }
  random_surface(r);
  random_switch(r);
  if (random_below(r, 3) == 0) random_write(r, " fluidshape='ellipsoid'");
  random_switch(r);
  random_write(r, "/>\n");
}

/* Writes, to a stiffness or damping, what it gains with deflection or speed. */
static inline void random_growth(random_model *r, double most) {
  random_switch(r);
  double first = random_between(r, -.2, 1), second = random_between(r, 0, 1);
  if (random_below(r, 3) == 0) random_write(r, " %.3f %.3f", first * most, second * most);
  random_switch(r);
}

static inline void random_scalar_joint(random_model *r) {
  int slide = random_below(r, 3) == 0;
  double damping = random_between(r, .05, 1), z = random_between(r, 0, .05), x = random_between(r, -.05, .05);
  double axis_y = random_between(r, -2, 2), axis_x = random_between(r, -2, 2);
  random_write(r, "<joint name='j%d' type='%s' axis='%.2f %.2f 1' pos='%.3f 0 %.3f' damping='%.2f", r->scalar_joints++,
               slide ? "slide" : "hinge", axis_x, axis_y, x, z, damping);
  random_growth(r, .3);
  random_write(r, "'");
  random_switch(r);
  if (random_below(r, 3) == 0) random_write(r, " actuatorgravcomp='true'");
  random_switch(r);
  if (random_below(r, 2)) {
    double high = random_between(r, .1, slide ? .2 : 1), low = -random_between(r, .1, slide ? .2 : 1);
    random_write(r, " limited='true' range='%.2f %.2f'", low, high);
    r->limited_joint = r->scalar_joints;
  }
  if (random_below(r, 8) == 0) random_write(r, " margin='.01'");
  random_impedance(r, "solreflimit", "solimplimit");
  if (random_below(r, 3) == 0) {
    double reference = random_between(r, -.2, .2), stiffness = random_between(r, 1, 40);
    random_write(r, " springref='%.2f' stiffness='%.1f", reference, stiffness);
    random_growth(r, 40);
    random_write(r, "'");
  }
  /* The inertia of a motor's rotor, because without it the drawn damping would be too much for the explicit step. */
  if (!slide || random_below(r, 3) == 0) random_write(r, " armature='%.3f'", random_between(r, .03, .15));
  if (random_below(r, 3) == 0) {
    random_write(r, " frictionloss='%.2f'", random_between(r, .05, 1));
    random_impedance(r, "solreffriction", "solimpfriction");
  }
  if (random_below(r, 5) == 0) random_write(r, " ref='%.2f'", random_between(r, -.1, .1));
  if (random_below(r, 5) == 0) random_write(r, " actuatorfrclimited='true' actuatorfrcrange='-3 2'");
  random_write(r, "/>\n");
}

static inline void random_growth_of_ball(random_model *r, double most) {
  if (!r->plain_balls) random_growth(r, most);
}

static inline void random_ball(random_model *r) {
  double damping = random_between(r, .02, .3);
  random_write(r, "<joint name='ball%d' type='ball' armature='.01' damping='%.2f", r->balls++, damping);
  random_growth_of_ball(r, .1);
  random_write(r, "'");
  if (random_below(r, 2)) random_write(r, " limited='true' range='0 %.2f'", random_between(r, .4, 1.5));
  if (random_below(r, 2)) {
    random_write(r, " stiffness='%.1f", random_between(r, .5, 5));
    random_growth_of_ball(r, 5);
    random_write(r, "'");
  }
  if (random_below(r, 3) == 0) random_write(r, " frictionloss='%.2f'", random_between(r, .02, .3));
  random_write(r, "/>\n");
}

/* Writes a geom for tendons to wrap around, and a site at its side or within it. The draws leave the rest of the model as it
 * is. */
static inline void random_obstacle(random_model *r) {
  uint64_t kept = r->random;
  r->random ^= 0x5DEECE66Du;
  double size = random_between(r, .02, .06), height = random_between(r, -.1, .1), pitch = random_between(r, -60, 60);
  double side = size * (random_below(r, 2) || r->flavour == RANDOM_LIKE_MUJOCO ? 1.5 : .4);
  random_write(r,
               "<geom name='w%d' type='%s' size='%.3f .1' pos='.02 0 %.3f' euler='%.1f 20 0' contype='0' "
               "conaffinity='0' density='200'/><site name='side%d' pos='%.3f %.3f %.3f'/>\n",
               r->wrapped, random_below(r, 2) ? "sphere" : "cylinder", size, height, pitch, r->wrapped, .02 + side,
               side * .3, height);
  r->wrapped++;
  r->random = kept;
}

/* Writes a body and its children. */
static inline void random_body(random_model *r, int depth) {
  static const char *const site_types[] = {"box", "sphere", "capsule", "ellipsoid", "cylinder"};
  int root = depth == 0;
  double x = root ? .6 * r->free_bodies++ : random_between(r, -.15, .15), y = random_between(r, -.15, .15);
  double z = root ? random_between(r, .4, .8) : random_between(r, -.35, -.25);
  double pitch = random_between(r, -30, 30), roll = random_between(r, -30, 30);
  random_write(r, "<body name='b%d' pos='%.3f %.3f %.3f' euler='%.1f %.1f 0'", r->bodies, x, y, z, roll, pitch);
  random_switch(r);
  if (random_below(r, 4) == 0) random_write(r, " gravcomp='%.2f'", random_between(r, .3, 1.2));
  random_switch(r);
  random_write(r, ">\n<site name='s%d' type='%s' pos='%.3f .02 %.3f' euler='%.1f 20 %.1f' size='.12 .1 .15'/>\n",
               r->bodies, site_types[r->bodies % 5], y / 4, y / 3, roll, pitch);
  r->bodies++;
  int joint = random_below(r, 8);
  if (root && joint < 6)
    random_write(r, "<freejoint name='f%d'/>\n", r->frees++);
  else if (joint == 7)
    random_ball(r);
  else if (joint > 0 || root)
    for (int i = 0, count = 1 + (random_below(r, 4) == 0); i < count; i++) random_scalar_joint(r);
  for (int i = 0, count = 1 + (random_below(r, 4) == 0); i < count; i++) random_geom(r);
  if (r->bodies % 2) random_obstacle(r);
  int children = depth >= 3 ? 0 : random_below(r, depth ? 2 : 3);
  if (root && children == 0) children = 1;
  for (int i = 0; i < children; i++) random_body(r, depth + 1);
  random_write(r, "</body>\n");
}

/* Writes a path through sites: past a geom or not, and sometimes in two branches behind a pulley. */
static inline void random_path(random_model *r) {
  int site = random_below(r, r->bodies);
  random_write(r, "<site site='s%d'/>", site);
  for (int i = 0, count = 1 + random_below(r, 3); i < count; i++) {
    int geom = random_below(r, r->wrapped + 1);
    if (geom < r->wrapped && random_below(r, 4)) {
      random_write(r, "<geom geom='w%d'", geom);
      if (random_below(r, 2)) random_write(r, " sidesite='side%d'", geom);
      random_write(r, "/>");
    }
    site = (site + 1 + random_below(r, r->bodies - 1)) % r->bodies; /* MuJoCo refuses the same one again */
    random_write(r, "<site site='s%d'/>", site);
  }
}

static inline void random_spatial(random_model *r) {
  uint64_t kept = r->random;
  r->random ^= 0xB5026F5Au;
  random_write(r, "<spatial name='t%d'", r->tendons++);
  if (random_below(r, 2)) {
    double high = random_between(r, .35, 1), low = random_between(r, .1, .3);
    random_write(r, " limited='true' range='%.2f %.2f' margin='.01'", low, high);
  }
  random_impedance(r, "solreflimit", "solimplimit");
  if (random_below(r, 2)) random_write(r, " stiffness='%.1f'", random_between(r, 1, 30));
  if (random_below(r, 2)) random_write(r, " springlength='.1 %.2f'", random_between(r, .15, .4));
  if (random_below(r, 2)) random_write(r, " damping='%.2f'", random_between(r, .05, 1));
  if (random_below(r, 3) == 0) random_write(r, " frictionloss='%.2f'", random_between(r, .05, .5));
  random_write(r, ">");
  int branches = random_below(r, 3) == 0;
  if (branches) random_write(r, "<pulley divisor='2'/>");
  random_path(r);
  if (branches) {
    random_write(r, "<pulley divisor='%.1f'/>", random_between(r, 1, 3));
    random_path(r);
  }
  random_write(r, "</spatial>\n");
  r->random = kept;
}

static inline void random_tendon(random_model *r) {
  random_write(r, "<fixed name='t%d'", r->tendons++);
  if (random_below(r, 2)) {
    double high = random_between(r, .05, .5), low = -random_between(r, .05, .5);
    random_write(r, " limited='true' range='%.2f %.2f'", low, high);
    r->limited_tendon = r->tendons;
  }
  random_impedance(r, "solreflimit", "solimplimit");
  if (random_below(r, 2)) {
    random_write(r, " springlength='-.05 .05' stiffness='%.1f", random_between(r, 1, 30));
    random_growth(r, 30);
    random_write(r, "'");
  }
  if (random_below(r, 2)) {
    random_write(r, " damping='%.2f", random_between(r, .05, 1));
    random_growth(r, .3);
    random_write(r, "'");
  }
  random_switch(r);
  double armature = random_between(r, .01, .1), force = random_between(r, 1, 4);
  if (random_below(r, 3) == 0) random_write(r, " armature='%.3f'", armature);
  if (random_below(r, 2) == 0) random_write(r, " actuatorfrcrange='-%.1f %.1f'", force, force);
  random_switch(r);
  if (random_below(r, 3) == 0) random_write(r, " frictionloss='%.2f'", random_between(r, .05, .5));
  int first = random_below(r, r->scalar_joints - 1), second = first + 1 + random_below(r, r->scalar_joints - first - 1);
  double share_of_first = random_between(r, .3, 1.5), share_of_second = random_between(r, -1.5, 1.5);
  random_write(r, "><joint joint='j%d' coef='%.2f'/><joint joint='j%d' coef='%.2f'/></fixed>\n", second,
               share_of_second, first, share_of_first);
}

/* Ties a joint to an earlier or a later one, or to a constant. Small coefficients keep both near their ranges. */
static inline void random_equality(random_model *r) {
  int first = random_below(r, r->scalar_joints), second = random_below(r, r->scalar_joints);
  random_write(r, "<joint joint1='j%d'", first);
  if (second != first) random_write(r, " joint2='j%d'", second);
  double fourth = random_between(r, -.2, .2), third = random_between(r, -.3, .3), square = random_between(r, -.4, .4);
  double factor = random_between(r, -1.2, 1.2), constant = random_between(r, -.1, .1);
  random_write(r, " polycoef='%.3f %.2f %.2f %.2f %.2f'", constant, factor, square, third, fourth);
  random_impedance(r, "solref", "solimp");
  if (random_below(r, 8) == 0) random_write(r, " active='false'");
  random_write(r, "/>\n");
}

/* Ties two bodies or sites, or a body to the world. Those that are apart at the start are tied softly, because flung bodies
 * would say more of rounding than of ties. */
static inline void random_tie(random_model *r) {
  int first = random_below(r, r->bodies), second = random_below(r, r->bodies), weld = random_below(r, 2), apart = 1;
  random_write(r, "<%s", weld ? "weld" : "connect");
  if (second != first && random_below(r, 3) == 0) {
    random_write(r, " site1='s%d' site2='s%d'", first, second);
  } else {
    random_write(r, " body1='b%d'", first);
    if (second != first) random_write(r, " body2='b%d'", second);
    double z = random_between(r, -.05, .05), y = random_between(r, -.05, .05), x = random_between(r, -.05, .05);
    if (!weld || random_below(r, 2)) random_write(r, " anchor='%.3f %.3f %.3f'", x, y, z);
    apart = weld && random_below(r, 2);
    if (apart) random_write(r, " relpose='%.3f %.3f %.3f .9 %.2f .1 -.2'", z, x, y, 5 * x);
  }
  if (weld && random_below(r, 2)) random_write(r, " torquescale='%.2f'", random_between(r, .1, 2));
  if (apart)
    random_write(r, " solref='%.2f 1'", random_between(r, .08, .3));
  else
    random_impedance(r, "solref", "solimp");
  if (random_below(r, 8) == 0) random_write(r, " active='false'");
  random_write(r, "/>\n");
}

static inline void random_tendon_equality(random_model *r) {
  int first = random_below(r, r->tendons), second = random_below(r, r->tendons);
  random_write(r, "<tendon tendon1='t%d'", first);
  if (second != first) random_write(r, " tendon2='t%d'", second);
  double square = random_between(r, -.4, .4), factor = random_between(r, -1.2, 1.2);
  random_write(r, " polycoef='%.3f %.2f %.2f %.2f 0'/>\n", random_between(r, -.1, .1), factor, square, -square);
}

static inline void random_ties(random_model *r) {
  random_write(r, "<equality>");
  for (int i = 0, count = 1 + random_below(r, 2); i < count; i++) random_tie(r);
  if (r->tendons && random_below(r, 2)) random_tendon_equality(r);
  random_write(r, "</equality>\n");
}

/* Writes the damping and the inertia of a drive. Its draws leave the rest of the model as it is, and it has no inertia on a
 * tendon, where Myriad knows none. */
static inline void random_drive(random_model *r, int on_tendon) {
  uint64_t kept = r->random;
  r->random ^= 0x9E6C63D0u;
  double constant = random_between(r, .01, .3), first = random_between(r, -.05, .2), second = random_between(r, 0, .2);
  double armature = random_between(r, .001, .05);
  if (random_below(r, 3) == 0) random_write(r, " damping='%.3f %.3f %.3f'", constant, first, second);
  if (!on_tendon && random_below(r, 4) == 0) random_write(r, " armature='%.4f'", armature);
  r->random = kept;
}

/* Delays a control. A delay is no multiple of half a timestep, where MuJoCo's rounding decides which sample it reads. */
static inline void random_delay(random_model *r) {
  static const char *const interpolations[] = {"zoh", "linear", "cubic"};
  uint64_t kept = r->random;
  r->random ^= 0x3C6EF372u;
  double delay = random_between(r, .001, .03);
  int samples = 3 + random_below(r, 8);
  const char *interpolation = interpolations[random_below(r, 3)];
  if (random_below(r, 4) == 0)
    random_write(r, " delay='%.4f3' nsample='%d' interp='%s'", delay, samples, interpolation);
  r->random = kept;
}

static inline void random_target(random_model *r) {
  random_write(r, " name='a%d'", r->actuators++);
  int on_tendon = r->tendons && random_below(r, 4) == 0;
  if (on_tendon)
    random_write(r, " tendon='t%d'", random_below(r, r->tendons));
  else
    random_write(r, " joint='j%d'", random_below(r, r->scalar_joints));
  random_write(r, " gear='%.2f'", random_between(r, .5, 2));
  random_drive(r, on_tendon);
  random_delay(r);
  if (random_below(r, 2)) random_write(r, " ctrllimited='true' ctrlrange='-.8 .7'");
  int limited = random_below(r, 3) == 0;
  if (limited) random_write(r, " forcelimited='true' forcerange='-4 5'");
}

static inline void random_actuator(random_model *r) {
  static const char *const dynamics[] = {
#define ACTUATOR_DYNAMICS(name, member, word) word,
#define ACTUATOR_CONTROLLER(name, member, word)
#include "kernels/actuator.def"
  };
  switch (random_below(r, 5)) {
  case 0:
    random_write(r, "<motor");
    random_target(r);
    break;
  case 1: {
    double damping = random_between(r, 0, 1), stiffness = random_between(r, 5, 60);
    random_write(r, "<position kp='%.1f' kv='%.2f'", stiffness, damping);
    random_target(r);
    break;
  }
  case 2:
    random_write(r, "<velocity kv='%.2f'", random_between(r, .1, 1.5));
    random_target(r);
    break;
  default: {
    const char *kind = dynamics[random_below(r, (int)(sizeof dynamics / sizeof *dynamics))];
    random_write(r, "<general dyntype='%s'", kind);
    random_target(r);
    if (kind[0] == 'm') random_write(r, " dynprm='.02 .05 %.1f'", random_below(r, 2) ? .3 : 0);
    if (kind[0] == 'f') random_write(r, " dynprm='%.3f'", random_between(r, .02, .1));
    if (kind[0] != 'n' && random_below(r, 2)) random_write(r, " actlimited='true' actrange='-.5 .6'");
    if (kind[0] != 'n' && random_below(r, 2)) random_write(r, " actearly='true'");
    if (random_below(r, 2))
      random_write(r, " gaintype='affine' gainprm='%.1f .5 %s'", random_between(r, 1, 10), "-.1");
    else
      random_write(r, " gainprm='%.1f'", random_between(r, 1, 10));
    if (random_below(r, 2)) {
      double damping = random_between(r, .1, 1), stiffness = random_between(r, 1, 20);
      random_write(r, " biastype='affine' biasprm='.2 -%.1f -%.2f'", stiffness, damping);
    }
  }
  }
  random_write(r, "/>\n");
}

/* Sensors of each kind that Myriad computes, where the model has something that it measures. */
static inline void random_sensor_of_frame(random_model *r, const char *word) {
  int site = random_below(r, r->bodies);
  if (word[0] != 'f' || word[1] != 'r') { /* neither framepos nor its kin */
    random_write(r, "<%s site='s%d'/>", word, site);
    return;
  }
  static const char *const objects[] = {"body' objname='b", "xbody' objname='b", "site' objname='s"};
  static const char *const references[] = {"body' refname='b", "xbody' refname='b", "site' refname='s"};
  random_write(r, "<%s objtype='%s%d'", word, objects[random_below(r, 3)], site);
  if (random_below(r, 2) && !strstr(word, "acc")) {
    const char *reference = references[random_below(r, 3)];
    random_write(r, " reftype='%s%d'", reference, random_below(r, r->bodies));
  }
  random_write(r, "/>");
}
static inline void random_sensor_of_joint(random_model *r, const char *word) {
  if (strstr(word, "ball")) {
    if (r->balls) random_write(r, "<%s joint='ball%d'/>", word, random_below(r, r->balls));
  } else if (strstr(word, "limit")) {
    if (r->limited_joint) random_write(r, "<%s joint='j%d'/>", word, r->limited_joint - 1);
  } else if (r->scalar_joints) {
    random_write(r, "<%s joint='j%d'/>", word, random_below(r, r->scalar_joints));
  }
}
static inline void random_sensor_of_tendon(random_model *r, const char *word) {
  if (strstr(word, "limit")) {
    if (r->limited_tendon) random_write(r, "<%s tendon='t%d'/>", word, r->limited_tendon - 1);
  } else if (r->tendons) {
    random_write(r, "<%s tendon='t%d'/>", word, random_below(r, r->tendons));
  }
}
static inline void random_sensor(random_model *r, const char *word, const char *of) {
  if (!strcmp(of, "FRAME") || !strcmp(of, "ZONE")) random_sensor_of_frame(r, word);
  /* without a cutoff, a float's rounding moves the end of a ray along the floor by metres */
  if (!strcmp(of, "RAY")) random_write(r, "<%s site='s%d' cutoff='3'/>", word, random_below(r, r->bodies));
  if (!strcmp(of, "IMAGE")) random_write(r, "<%s site='s%d' camera='eye'/>", word, random_below(r, r->bodies));
  if (!strcmp(of, "ROOM"))
    random_write(r, "<%s objtype='xbody' objname='b%d' site='s%d'/>", word, random_below(r, r->bodies),
                 random_below(r, r->bodies));
  if (!strcmp(of, "JOINT")) random_sensor_of_joint(r, word);
  if (!strcmp(of, "TENDON")) random_sensor_of_tendon(r, word);
  if (!strcmp(of, "ACTUATOR") && r->actuators)
    random_write(r, "<%s actuator='a%d'/>", word, random_below(r, r->actuators));
  if (!strcmp(of, "SUBTREE")) random_write(r, "<%s body='b%d'/>", word, random_below(r, r->bodies));
  if (!strcmp(of, "WORLD")) random_write(r, "<%s/>", word);
  random_write(r, "\n");
}
static inline void random_sensors(random_model *r) {
  random_write(r,
               "<worldbody><camera name='eye' pos='1 2 30' euler='4 -5 30' fovy='40' resolution='640 480'/></worldbody>"
               "<sensor>");
#define SENSOR(name, word, needs, of, ...) random_sensor(r, #word, #of);
#include "kernels/sensor.def"
  random_write(r, "</sensor>\n");
}

/* Writes a muscle. Its length range is stated, because MuJoCo else finds it by a simulation. */
static inline void random_muscle(random_model *r) {
  double force = random_between(r, 2, 20), smoothing = random_below(r, 2) ? random_between(r, .1, .5) : 0;
  double shortest = random_between(r, -.5, .1), longest = random_between(r, .3, 1);
  int joint = random_below(r, r->scalar_joints);
  if (random_below(r, 3) == 0) force = -1; /* as the acceleration of a unit force says */
  random_write(r, "<muscle joint='j%d' lengthrange='%.2f %.2f' force='%.1f' tausmooth='%.2f'/>\n", joint, shortest,
               longest, force, smoothing);
}

/* Writes an actuator that acts on several dofs. */
static inline void random_levers(random_model *r) {
  double torque = random_between(r, -1, 1), force = random_between(r, -1, 1), stiffness = random_between(r, 2, 20);
  int which = random_below(r, 6), other = random_below(r, r->bodies), in_parent = random_below(r, 2);
  int site = (other + 1 + random_below(r, r->bodies - 1)) % r->bodies;
  const char *const joint = in_parent ? "jointinparent" : "joint";
  if (which == 0 && r->balls)
    random_write(r, "<position %s='ball%d' gear='%.2f .5 -.3' kp='%.1f' kv='.2'/>\n", joint, random_below(r, r->balls),
                 force, stiffness);
  else if (which == 1 && r->frees)
    random_write(r, "<motor %s='f%d' gear='%.2f .4 -.3 %.2f .1 .2'/>\n", joint, random_below(r, r->frees), force,
                 torque);
  else if (which == 2)
    random_write(r, "<motor site='s%d' gear='%.2f .4 -.3 %.2f .1 .2'/>\n", site, force, torque);
  else if (which == 3)
    random_write(r, "<position site='s%d' refsite='s%d' gear='%.2f .4 -.3 %.2f .1 .2' kp='%.1f' kv='.1'/>\n", site,
                 other, force, torque, stiffness);
  else if (which == 4)
    random_write(r, "<position cranksite='s%d' slidersite='s%d' cranklength='%.2f' gear='1.5' kp='%.1f' kv='.1'/>\n",
                 site, other, random_between(r, 2, 3),
                 stiffness); /* long, because a crank at its dead point magnifies rounding */
  else
    random_write(r, "<adhesion body='b%d' ctrlrange='0 1' gain='%.1f'/>\n", random_below(r, r->bodies), stiffness);
}

static inline void random_pid(random_model *r) {
  static const char *const inputs[] = {"pos", "pos", "vel", "ff"};
  const char *input = inputs[random_below(r, 4)];
  double stiffness = random_between(r, 5, 40), damping = random_between(r, 0, 1), integral = random_between(r, 1, 20);
  double bound = random_between(r, .05, .5), rate = random_between(r, .3, 3);
  if (r->balls && random_below(r, 3) == 0)
    random_write(r, "<pid joint='ball%d' gear='.3 .5 -.4'", random_below(r, r->balls));
  else if (r->tendons && random_below(r, 4) == 0)
    random_write(r, "<pid tendon='t%d'", random_below(r, r->tendons));
  else
    random_write(r, "<pid joint='j%d' gear='1.3'", random_below(r, r->scalar_joints));
  random_write(r, " input='%s' kp='%.1f' kv='%.2f'", input, stiffness, damping);
  if (random_below(r, 2)) random_write(r, " posrange='-.5 .6' velrange='-.4 .5' ffrange='-2 3'");
  if (random_below(r, 4) == 0) random_write(r, " forcelimited='true' forcerange='-5 4'");
  int whole = random_below(r, 2), follows = random_below(r, 2), bounded = random_below(r, 2);
  if (input[0] == 'p' && whole) random_write(r, " ki='%.1f'", integral);
  if (input[0] == 'p' && whole && bounded) random_write(r, " imax='%.2f'", bound);
  if (input[0] == 'p' && follows) random_write(r, " slewmax='%.2f'", rate);
  random_write(r, "/>\n");
}

/* Writes the coil, the bristles and the cogging of a DC motor. */
static inline void random_motor_physics(random_model *r) {
  double time = random_between(r, .002, .02), friction = random_between(r, .05, .3), sticking = random_between(r, 1, 2);
  double stiffness = random_between(r, 20, 200), damping = random_between(r, .02, .3),
         speed = random_between(r, .05, .3);
  double ambient = random_between(r, 10, 30), capacity = random_between(r, .5, 4), cogging = random_between(r, .02, .2);
  if (random_below(r, 2)) random_write(r, " inductance='0 %.4f'", time);
  if (random_below(r, 2)) random_write(r, " thermal='1.5 %.2f 0 .004 25 %.1f'", capacity, ambient);
  if (random_below(r, 2))
    random_write(r, " lugre='%.1f %.3f %.3f %.3f %.3f'", stiffness, damping, friction, friction * sticking, speed);
  if (random_below(r, 3) == 0) random_write(r, " cogging='%.3f 5 .4'", cogging);
}

static inline void random_dc_motor(random_model *r) {
  static const char *const inputs[] = {"voltage", "pos", "vel", "ff"};
  const char *input = inputs[random_below(r, 4)];
  double constant = random_between(r, .2, 1), resistance = random_between(r, .5, 3),
         stiffness = random_between(r, 2, 20);
  double integral = random_below(r, 2) ? random_between(r, 1, 10) : 0, damping = random_between(r, 0, .5);
  double rate = random_below(r, 2) ? random_between(r, .3, 3) : 0, bound = random_below(r, 2) ? .2 : 0;
  double voltage = random_below(r, 2) ? random_between(r, 3, 12) : 0, force = random_between(r, 1, 4);
  random_write(r, "<dcmotor joint='j%d' gear='1.4' motorconst='%.2f' resistance='%.2f' input='%s'",
               random_below(r, r->scalar_joints), constant, resistance, input);
  if (random_below(r, 3) == 0)
    random_write(r, " saturation='%.1f 0 %.0f'", force, 200 * force);
  else if (random_below(r, 2))
    random_write(r, " ctrllimited='true' ctrlrange='-.8 .7'");
  if (input[0] == 'p')
    random_write(r, " controller='%.1f %.1f %.2f %.1f %.1f %.1f'", stiffness, integral, damping, rate, bound, voltage);
  else if (input[1] == 'e' || input[1] == 'f')
    random_write(r, " controller='%.1f 0 %.2f %.1f 0 %.1f'", stiffness, damping, rate, voltage);
  random_motor_physics(r);
  random_write(r, "/>\n");
}

/* Their draws leave the rest of the model as it is. */
static inline void random_further_actuators(random_model *r) {
  uint64_t kept = r->random;
  r->random ^= 0x2545F491u;
  for (int i = 0, count = random_below(r, 3); i < count && r->scalar_joints; i++) random_muscle(r);
  for (int i = 0, count = random_below(r, 4); i < count && r->bodies > 1; i++) random_levers(r);
  for (int i = 0, count = random_below(r, 3); i < count && r->scalar_joints; i++) random_pid(r);
  for (int i = 0, count = random_below(r, 3); i < count && r->scalar_joints; i++) random_dc_motor(r);
  r->random = kept;
}

/* A mocap body among the trees, by draws of its own. Ties may hold to it by its number. */
static inline void random_mocap(random_model *r, uint64_t seed) {
  uint64_t others = r->random;
  r->random = ~seed;
  double z = random_between(r, .1, .6), y = random_between(r, -.2, .2), x = random_between(r, -.1, .6);
  random_write(r, "<body name='b%d' mocap='true' pos='%.3f %.3f %.3f' euler='20 -30 %.1f'>\n", r->bodies, x, y, z,
               90 * y);
  random_write(r, "<site name='s%d' pos='.02 0 .03'/>", r->bodies++);
  random_write(r, "<geom %s/></body>\n", seed % 2 ? "size='.08' conaffinity='5'" : "type='capsule' size='.08 .1'");
  r->random = others;
}

/* A height field that the trees fall on, in every fifth model. */
static inline void random_hills(random_model *r, uint64_t seed) {
  random_switch(r);
  double x = random_between(r, -.2, .4), y = random_between(r, -.2, .2), turn = random_between(r, -90, 90);
  if (seed % 5 == 1)
    random_write(r, "<geom type='hfield' hfield='hills' conaffinity='7' pos='%.2f %.2f .05' euler='4 -3 %.0f'/>\n", x,
                 y, turn);
  random_switch(r);
}

/* Every third world is under water or in a thick oil. */
static inline void random_medium(random_model *r) {
  random_switch(r);
  double density = random_between(r, 1, 1000), viscosity = random_between(r, .01, 1);
  double x = random_between(r, -1, 1), y = random_between(r, -1, 1), z = random_between(r, -1, 1);
  int kind = random_below(r, 9);
  if (kind < 2) random_write(r, " density='%.1f'", density);
  if (kind == 1 || kind == 2) random_write(r, " viscosity='%.2f'", viscosity);
  if (kind < 3) random_write(r, " wind='%.2f %.2f %.2f'", x, y, z);
  random_switch(r);
}

static inline void random_model_write(random_model *r, uint64_t seed, enum random_flavour flavour) {
  *r = (random_model){.random = seed,
                      .other = seed + 0x5851F42D4C957F2Du,
                      .flavour = flavour,
                      .cone = seed & 1 ? "elliptic" : "pyramidal",
                      .integrator = seed & 2    ? "implicitfast"
                                    : seed & 8  ? "RK4"
                                    : seed & 16 ? "implicit"
                                                : "Euler"};
  double impedance_ratio = random_below(r, 2) ? 1 : random_between(r, 1, 5), timestep = random_between(r, .002, .005);
  random_write(r, "<mujoco><option timestep='%.4f' cone='%s' integrator='%s' impratio='%.1f'", timestep, r->cone,
               r->integrator, impedance_ratio);
  random_medium(r);
  random_write(r, "/>\n");
  if (flavour == RANDOM_ALL) random_write(r, RANDOM_ASSETS);
  double pitch = random_between(r, -6, 6), roll = random_between(r, -6, 6);
  random_write(r, "<worldbody><geom type='plane' size='0 0 1' contype='3' conaffinity='7' euler='%.1f %.1f 0'", roll,
               pitch);
  random_surface(r);
  random_write(r, "/>\n");
  if (flavour == RANDOM_ALL) random_hills(r, seed);
  for (int i = 0, trees = 1 + random_below(r, 3); i < trees; i++) random_body(r, 0);
  if (seed % 4 == 0) random_mocap(r, seed);
  random_write(r, "</worldbody>\n");
  if (r->scalar_joints > 1) {
    random_write(r, "<tendon>");
    for (int i = 0, count = 1 + random_below(r, 2); i < count; i++) random_tendon(r);
    for (int i = 0, count = (int)(seed % 3); i < count && r->bodies > 1; i++) random_spatial(r);
    random_write(r, "</tendon>\n");
  }
  if (r->scalar_joints > 0) {
    random_write(r, "<actuator>");
    for (int i = 0, count = 1 + random_below(r, 5); i < count; i++) random_actuator(r);
    random_further_actuators(r);
    random_write(r, "</actuator>\n");
  }
  if (r->scalar_joints > 0 && random_below(r, 3) == 0) {
    random_write(r, "<equality>");
    for (int i = 0, count = 1 + random_below(r, 2); i < count; i++) random_equality(r);
    random_write(r, "</equality>\n");
  }
  random_sensors(r); /* last, so that no other part of the model depends on their draws */
  random_write(r, "</mujoco>\n");
}

#endif
