/* The same episodes in two engines: how far bodies part over time, when things happen, how hard contacts push. */
#ifndef MYR_TOOLS_EPISODE_PAIRS_H
#define MYR_TOOLS_EPISODE_PAIRS_H

#include "scenarios/scenarios.h"

typedef struct episode_pairs_description {
  const myr_plan *plan;
  const char *engines[2];
  int episodes, threads; /* threads 0: all */
} episode_pairs_description;

/* How one episode went in one engine. */
typedef struct episode_course {
  int rows; /* states that were judged: control steps until its end */
  bool success;
  enum myr_reason reason;
  double end, fall,
      touch; /* s: its last state; the first fall and first contact of a robot's other part than its feet, -1: none */
  double contacts, force; /* means over its states: contacts; N, the sum of their magnitudes */
  double peak;            /* N, the largest such sum */
} episode_course;

typedef struct episode_side {
  myr_batch_info info;     /* strings are valid while the program runs; a device's name is not given */
  double seconds;          /* that the episodes took */
  episode_course *courses; /* (episodes) */
  float *positions;        /* (episodes, steps, bodies, 3) m */
} episode_side;

/* Of the episodes that are still going on in both engines. m; NaN where there are none. */
typedef struct distance_quantiles {
  double mean, low, median, high; /* 10 %, 50 %, 90 % */
} distance_quantiles;

typedef struct episode_pairs {
  int episodes, steps, bodies; /* bodies: that can move */
  double period;               /* s of a control step */
  episode_side sides[2];
  int *going_on;             /* (steps) episodes that are in both */
  distance_quantiles *roots; /* (steps) of an episode's mean over the roots of its robots */
  distance_quantiles *all;   /* (steps) likewise over all bodies */
} episode_pairs;

myr_status episode_pairs_run(const episode_pairs_description *description, episode_pairs *pairs, myr_error *error);
void episode_pairs_free(episode_pairs *pairs);

/* Statistics over the episodes of one number of their courses, those left out in which it is negative. */
typedef double (*course_number)(const episode_course *course);
double course_mean(const episode_pairs *pairs, int side, course_number number);
int course_count(const episode_pairs *pairs, int side, course_number number);
/* The median of the absolute difference between the engines, where both have it; NaN where none does. */
double course_difference(const episode_pairs *pairs, course_number number, int *both);

/* The distances over time as a picture. */
myr_status episode_pairs_plot(const episode_pairs *pairs, const char *title, const char *path, myr_error *error);

#endif
