/* Values that are chosen rather than measured: colours and names.
 *
 *   [0.8, 0.3, 0.1]                                  red, green, blue of sRGB, 0..1; each may be a distribution
 *   "#cc4d1a"                                        the same, in quotes: # begins a comment
 *   {uniform: ["#806040", "#c0a080"]}                each component between the two
 *   {choice: ["#ff0000", "#0000ff"], weights: [1, 2]} one of the list; weights optional
 *
 *   oak                                              a name
 *   {choice: [oak, tiles], weights: [1, 2]}          one of the list; weights optional */
#ifndef MYR_SCENARIOS_CHOICE_H
#define MYR_SCENARIOS_CHOICE_H

#include "scenarios/distribution.h"

typedef struct color_quantity {
  bool given;
  quantity parts[3];     /* red, green, blue */
  int choice_count;      /* 0: the parts give the colour */
  const double *choices; /* (choice_count, 3) */
  quantity index;        /* draws one of the choices */
  const node *node;      /* NULL for a default */
} color_quantity;

typedef struct name_quantity {
  int count; /* 0: an optional key without default was left out */
  const char *const *names;
  const node *const *nodes; /* where each name stands */
  quantity index;           /* index of a name: the constant 0, or a choice of all */
  const node *node;         /* NULL for a default */
} name_quantity;

bool color_read(arena *arena, const node *node, color_quantity *color, myr_diagnostics *diagnostics);
bool name_read(arena *arena, const node *node, name_quantity *name, myr_diagnostics *diagnostics);

/* Canonical text. */
const char *color_text(arena *arena, const color_quantity *color);
const char *name_text(arena *arena, const name_quantity *name);

#endif
