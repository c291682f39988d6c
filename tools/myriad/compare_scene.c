#include "compare_scene.h"

#include <math.h>
#include <stdio.h>

#include "episode_pairs.h"

static double success_of(const episode_course *c) { return c->success ? 1 : -1; }
static double ends_early(const episode_course *c) { return c->reason == MYR_REASON_TERMINATE ? c->end : -1; }
static double diverges(const episode_course *c) { return c->reason == MYR_REASON_DIVERGED ? c->end : -1; }
static double fall_of(const episode_course *c) { return c->fall; }
static double touch_of(const episode_course *c) { return c->touch; }
static double contacts_of(const episode_course *c) { return c->contacts; }
static double force_of(const episode_course *c) { return c->force; }
static double peak_of(const episode_course *c) { return c->peak; }

/* Events that happen in some of the episodes; time is in s, negative in an episode where the event does not happen. */
static const struct {
  const char *name, *json;
  course_number time;
} events[] = {{"fall", "fall", fall_of},
              {"first contact beside the feet", "first_contact", touch_of},
              {"terminate", "terminate", ends_early},
              {"divergence", "divergence", diverges}};
static const struct {
  const char *name, *json;
  course_number number;
} forces[] = {{"contacts", "contacts", contacts_of},
              {"contact force, N", "contact_force", force_of},
              {"largest contact force, N", "largest_contact_force", peak_of}};
enum { EVENTS = sizeof events / sizeof *events, FORCES = sizeof forces / sizeof *forces, TABLE_ROWS = 10 };

/* Returns the number of episodes in which both engines succeed or both fail. */
static int agreements(const episode_pairs *p) {
  int count = 0;
  for (int e = 0; e < p->episodes; e++) count += p->sides[0].courses[e].success == p->sides[1].courses[e].success;
  return count;
}

/* ------------------------------------------------------------------------------------------------ text */
static void print_cell(double value, const char *format) {
  if (isnan(value))
    printf("%12s", "-");
  else
    printf(format, value);
}

static void print_distances(const episode_pairs *p) {
  printf("%8s %9s | %35s | %35s\n", "", "", "distance of the roots, m", "mean distance of all bodies, m");
  printf("%8s %9s | %11s%12s%12s | %11s%12s%12s\n", "time, s", "episodes", "mean", "median", "90 %", "mean", "median",
         "90 %");
  int last = 0; /* the last step that any episode reaches in both engines */
  while (last + 1 < p->steps && p->going_on[last + 1]) last++;
  for (int row = 1; row <= TABLE_ROWS; row++) {
    int step = last * row / TABLE_ROWS;
    const distance_quantiles *roots = &p->roots[step], *all = &p->all[step];
    printf("%8.2f %9d |", step * p->period, p->going_on[step]);
    const double cells[] = {roots->mean, roots->median, roots->high, all->mean, all->median, all->high};
    for (int i = 0; i < 6; i++) {
      if (i == 3) printf(" |");
      print_cell(cells[i], "%12.2e");
    }
    putchar('\n');
  }
}

static void print_events(const episode_pairs *p, const char *const names[2]) {
  printf("\n%-32s %12s %12s %12s %18s\n", "event", names[0], names[1], "in both", "median difference");
  for (int i = 0; i < EVENTS; i++) {
    int both, counts[2] = {course_count(p, 0, events[i].time), course_count(p, 1, events[i].time)};
    double difference = course_difference(p, events[i].time, &both);
    if (!counts[0] && !counts[1]) continue;
    printf("%-32s %12d %12d %12d", events[i].name, counts[0], counts[1], both);
    if (isnan(difference))
      printf(" %18s\n", "-");
    else
      printf(" %16.3f s\n", difference);
    printf("%-32s", "  mean time, s");
    for (int s = 0; s < 2; s++) putchar(' '), print_cell(course_mean(p, s, events[i].time), "%12.3f");
    putchar('\n');
  }
}

static void print_forces(const episode_pairs *p, const char *const names[2]) {
  printf("\n%-32s %12s %12s %12s\n", "mean over episodes", names[0], names[1], "ratio");
  for (int i = 0; i < FORCES; i++) {
    double a = course_mean(p, 0, forces[i].number), b = course_mean(p, 1, forces[i].number);
    printf("%-32s %12.3f %12.3f", forces[i].name, a, b);
    putchar(' ');
    print_cell(a > 0 ? b / a : NAN, "%12.3f");
    putchar('\n');
  }
}

static void print_text(const episode_pairs *p, const char *path, const char *const names[2]) {
  printf("%s: %s (%s) against %s (%s), %d episodes of %d control steps, %d bodies\n\n", path, names[0],
         p->sides[0].info.kernels, names[1], p->sides[1].info.kernels, p->episodes, p->steps, p->bodies);
  print_distances(p);
  print_events(p, names);
  print_forces(p, names);
  printf("\nsuccess: %s %.1f %%, %s %.1f %%; alike in %.1f %% of the episodes\n", names[0],
         100.0 * course_count(p, 0, success_of) / p->episodes, names[1],
         100.0 * course_count(p, 1, success_of) / p->episodes, 100.0 * agreements(p) / p->episodes);
  printf("time: %s %.2f s, %s %.2f s\n", names[0], p->sides[0].seconds, names[1], p->sides[1].seconds);
}

/* ------------------------------------------------------------------------------------------------ JSON */
static void print_quantiles(const episode_pairs *p, const char *name, const distance_quantiles *q) {
  static const char *const parts[] = {"mean", "low", "median", "high"};
  printf(", \"%s\": {", name);
  for (int k = 0; k < 4; k++) {
    printf("%s\"%s\": [", k ? ", " : "", parts[k]);
    for (int step = 0; step < p->steps; step++) {
      const double values[] = {q[step].mean, q[step].low, q[step].median, q[step].high};
      if (step) printf(", ");
      print_json_number("%.6g", values[k]);
    }
    putchar(']');
  }
  putchar('}');
}

static void print_pair(const episode_pairs *p, course_number number) {
  putchar('[');
  print_json_number("%.6g", course_mean(p, 0, number));
  printf(", ");
  print_json_number("%.6g", course_mean(p, 1, number));
  putchar(']');
}

static void print_json(const episode_pairs *p, const char *path, const char *const names[2]) {
  printf("{\"scene\": ");
  myr_json_string(stdout, path);
  printf(
      ", \"engines\": [\"%s\", \"%s\"], \"kernels\": [\"%s\", \"%s\"], \"episodes\": %d, \"control_steps\": %d"
      ", \"control_period\": %.9g, \"bodies\": %d, \"seconds\": [%.3f, %.3f], \"successes\": [%d, %d], \"alike\": %d",
      names[0], names[1], p->sides[0].info.kernels, p->sides[1].info.kernels, p->episodes, p->steps, p->period,
      p->bodies, p->sides[0].seconds, p->sides[1].seconds, course_count(p, 0, success_of),
      course_count(p, 1, success_of), agreements(p));
  printf(", \"events\": {");
  for (int i = 0; i < EVENTS; i++) {
    int both;
    double difference = course_difference(p, events[i].time, &both);
    printf("%s\"%s\": {\"count\": [%d, %d], \"both\": %d, \"mean_time\": ", i ? ", " : "", events[i].json,
           course_count(p, 0, events[i].time), course_count(p, 1, events[i].time), both);
    print_pair(p, events[i].time);
    printf(", \"median_difference\": ");
    print_json_number("%.6g", difference);
    putchar('}');
  }
  printf("}, \"means\": {");
  for (int i = 0; i < FORCES; i++) {
    printf("%s\"%s\": ", i ? ", " : "", forces[i].json);
    print_pair(p, forces[i].number);
  }
  printf("}, \"going_on\": [");
  for (int step = 0; step < p->steps; step++) printf("%s%d", step ? ", " : "", p->going_on[step]);
  putchar(']');
  print_quantiles(p, "roots", p->roots);
  print_quantiles(p, "all_bodies", p->all);
  puts("}");
}

/* ------------------------------------------------------------------------------------------------ together */
int compare_scene(const compare_scene_options *options, const char *path, const loaded_scene *scene) {
  enum { DEFAULT_EPISODES = 64 };
  const char *const names[2] = {"cpu", options->against};
  const episode_pairs_description description = {.plan = scene->plan,
                                                 .engines = {names[0], names[1]},
                                                 .episodes = options->episodes ? options->episodes : DEFAULT_EPISODES,
                                                 .threads = options->threads};
  episode_pairs pairs;
  myr_error error = {0};
  myr_status status = episode_pairs_run(&description, &pairs, &error);
  if (status) return report_failure(&compare_command, status, &error);
  if (options->json)
    print_json(&pairs, path, names);
  else
    print_text(&pairs, path, names);
  if (options->picture) {
    char title[160];
    snprintf(title, sizeof title, "%s: distance between %s and %s, %d episodes", scene->info->name, names[0], names[1],
             pairs.episodes);
    status = episode_pairs_plot(&pairs, title, options->picture, &error);
  }
  episode_pairs_free(&pairs);
  return status ? report_failure(&compare_command, status, &error) : EXIT_DONE;
}
