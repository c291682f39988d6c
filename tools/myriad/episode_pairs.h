/* Runs the same episodes in two engines, and compares how far bodies part over time, when events happen, and how hard
 * contacts push. */
#ifndef MYR_TOOLS_EPISODE_PAIRS_H
#define MYR_TOOLS_EPISODE_PAIRS_H

#include "scenarios/scenarios.h"

typedef struct episode_pairs_description {
  const myr_plan *plan;
  const char *engines[2];
  int episodes, threads; /* threads: 0 for all processors */
} episode_pairs_description;

/* The course of one episode in one engine. */
typedef struct episode_course {
  int rows; /* the number of states that were judged, one for each control step until the end */
  bool success;
  enum myr_reason reason;
  /* s: the time of its last state; the first fall of a robot; the first contact of any part of a robot but its feet. -1
   * if there is none. */
  double end, fall, touch;
  double contacts, force; /* means over the states: the number of contacts; N, the sum of the forces' magnitudes */
  double peak;            /* N, the largest such sum of any state */
} episode_course;

typedef struct episode_side {
  myr_batch_info info;     /* its strings are valid while the program runs; the device's name is missing */
  double seconds;          /* the time that the episodes took */
  episode_course *courses; /* (episodes) */
  float *positions;        /* (episodes, steps, bodies, 3) m */
} episode_side;

/* Distances in m over the episodes that are still going on in both engines. NaN if there are none. */
typedef struct distance_quantiles {
  double mean, low, median, high; /* low, median, high: the quantiles 10 %, 50 %, 90 % */
} distance_quantiles;

typedef struct episode_pairs {
  int episodes, steps, bodies; /* bodies: those that can move */
  double period;               /* s, one control step */
  episode_side sides[2];
  int *going_on;             /* (steps) the number of episodes that are going on in both engines */
  distance_quantiles *roots; /* (steps) of the mean over the roots of an episode's robots */
  distance_quantiles *all;   /* (steps) of the mean over all bodies of an episode */
} episode_pairs;

myr_status episode_pairs_run(const episode_pairs_description *description, episode_pairs *pairs, myr_error *error);
void episode_pairs_free(episode_pairs *pairs);

/* Statistics of one number of the courses, over the episodes. Episodes in which the number is negative are left out. */
typedef double (*course_number)(const episode_course *course);
double course_mean(const episode_pairs *pairs, int side, course_number number);
int course_count(const episode_pairs *pairs, int side, course_number number);
/* Returns the median of the absolute difference between the engines, over the episodes in which both have the number;
 * NaN if there are none. */
double course_difference(const episode_pairs *pairs, course_number number, int *both);

/* Draws the distances over time into a PNG file. */
myr_status episode_pairs_plot(const episode_pairs *pairs, const char *title, const char *path, myr_error *error);

#endif
