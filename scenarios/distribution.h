/* A number of a scenario, or the distribution from which it is drawn.
 *
 *   5 cm                                            constant
 *   {uniform: [low, high]}                          every value of [low, high) equally likely
 *   {log_uniform: [low, high]}                      its logarithm uniform; both positive
 *   {normal: [mean, deviation], limits: [low, high]} limits optional: values outside are drawn again
 *   {choice: [a, b, c], weights: [1, 2, 1]}         one of the list; weights optional
 *   {integer: [low, high]}                          every whole number of the range, both ends included
 *
 * Every number may carry its own unit. A normal is always limited to the range that its key allows. */
#ifndef MYR_SCENARIOS_DISTRIBUTION_H
#define MYR_SCENARIOS_DISTRIBUTION_H

#include "scenarios/units.h"

enum distribution_kind {
  DISTRIBUTION_CONSTANT = 0,
  DISTRIBUTION_UNIFORM,
  DISTRIBUTION_LOG_UNIFORM,
  DISTRIBUTION_NORMAL,
  DISTRIBUTION_CHOICE,
  DISTRIBUTION_INTEGER,
  DISTRIBUTION_KINDS
};
extern const char *const distribution_names[DISTRIBUTION_KINDS];

typedef struct quantity {
  bool given; /* false: an optional key without default was left out */
  enum distribution_kind kind;
  double a, b;      /* SI. The constant; low and high; mean and deviation */
  bool limited;     /* written limits of a normal */
  double low, high; /* a normal's bounds: the limits or the key's range */
  int choice_count;
  const double *choices, *weights; /* weights NULL: equal */
  dimension dimension;
  const node *node; /* NULL for a default */
} quantity;

/* Three components along the world's axes, each a quantity of its own; or a direction uniform on the sphere with a
 * magnitude. */
typedef struct vector_quantity {
  bool given, sphere;
  quantity parts[3];
  quantity magnitude;
  const node *node;
} vector_quantity;

/* The values that a key allows. */
typedef struct quantity_rule {
  dimension dimension;
  double low, high;
  bool above_low; /* low itself is not allowed */
  bool constant;  /* no distributions */
} quantity_rule;

bool quantity_read(arena *arena, const node *node, const quantity_rule *rule, quantity *quantity,
                   myr_diagnostics *diagnostics);
/* {sphere: magnitude} or [x, y, z]. The rule holds for the components, or for the magnitude, which is not negative. */
bool vector_read(arena *arena, const node *node, const quantity_rule *rule, vector_quantity *vector,
                 myr_diagnostics *diagnostics);
/* {cone: half angle} */
bool cone_read(arena *arena, const node *node, quantity *angle, myr_diagnostics *diagnostics);

/* Reads the weights of a choice: one number for each of the choices, none negative, with a positive sum. */
bool weights_read(arena *arena, const node *list, quantity *quantity, myr_diagnostics *diagnostics);

/* The least and the greatest value that can be drawn; both are the constant itself if it is one. */
double quantity_least(const quantity *quantity);
double quantity_greatest(const quantity *quantity);
/* A value in the middle of the distribution. It is used where no particular episode is meant. */
double quantity_typical(const quantity *quantity);

/* Canonical text in SI. */
const char *numbers_text(arena *arena, const double *values, int count); /* "[1, 2]" */
const char *quantity_text(arena *arena, const quantity *quantity);
const char *vector_text(arena *arena, const vector_quantity *vector);

#endif
