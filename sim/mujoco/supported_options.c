/* Refuses options beyond the bounds of option.def. The language has the same bounds, and the resolved form of a scenario
 * states the options of its models: beyond them nobody could read it again. */
#include "sim/mujoco/supported_options.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "sim/mujoco/supported_xml.h"

#define OPTION_ABOVE_LOW 1
#define LARGEST_ACCELERATION 1e10 /* m/s^2; scenarios/bounds.h has the same */

typedef struct option_range {
  const char *name, *unit; /* unit "1": none */
  bool above_low;          /* low itself is not allowed */
  double low, high;
} option_range;

/* Rounded as worlds are stepped. finite.h refuses NaN and infinity. */
static bool is_within(const option_range *range, double number) {
  if (!isfinite(number)) return true;
  bool low = range->above_low ? (double)(float)number > range->low : number >= range->low;
  return low && number <= range->high;
}

static void check(const option_range *range, double number, model_source *source, myr_findings *findings) {
  if (is_within(range, number)) return;
  char remedy[120];
  bool has_unit = range->unit[0] != '1';
  snprintf(remedy, sizeof remedy, "give a number %s %g, %g%s%s at most", range->above_low ? "above" : "of at least",
           range->low, range->high, has_unit ? " " : "", has_unit ? range->unit : "");
  finding_place place = {0};
  if (source) place = supported_xml_place(source->xml, "option", range->name);
  finding_add(findings, MYR_FAULT, place, remedy, "option: %s is %g", range->name, number);
}

void supported_check_options(const mjModel *m, model_source *source, myr_findings *findings) {
#define OPTION_NUMBER(name, unit, rule, low, high, doc) \
  check(&(option_range){#name, unit, rule, low, high}, m->opt.name, source, findings);
#define OPTION_COUNT(name, low, high, doc) \
  check(&(option_range){#name, "1", false, low, high}, m->opt.name, source, findings);
#define OPTION_VECTOR(name, unit, doc)                                                                              \
  for (int i = 0; i < 3; i++)                                                                                       \
    check(&(option_range){#name, unit, false, -LARGEST_ACCELERATION, LARGEST_ACCELERATION}, m->opt.name[i], source, \
          findings);
#include "kernels/option.def"
}
