/* The edits that begin an episode. The parts of the scenario add them; at the end this file sorts them and completes
 * the start. */
#include "scenarios/plan.h"

void plan_add_edit(plan_builder *builder, enum myr_field field, int element, enum myr_edit_operation operation,
                   myr_number amount, double low, double high) {
  myr_edit *edit = plan_append(builder, &builder->start.edits, 1, sizeof *edit);
  if (!edit) return;
  *edit = (myr_edit){
      .field = field, .element = element, .operation = operation, .amount = amount, .low = low, .high = high};
}

/* ------------------------------------------------------------------------------------------------ rounds */

/* The edit's round, from 1: the round after the last earlier edit that changes the same values. last: the last round of
 * each element, laid out as a tile. */
static int take_round(const myr_layout *layout, const myr_edit *edit, int *last) {
  int *of_element = last + layout->offset[edit->field] + edit->element, round = *of_element;
  int inertias = edit->field == MYR_FIELD_body_mass ? 3 : 0;
  int *of_inertia = last + layout->offset[MYR_FIELD_body_inertia] + 3 * edit->element;
  for (int i = 0; i < inertias; i++) round = of_inertia[i] > round ? of_inertia[i] : round;
  *of_element = ++round;
  for (int i = 0; i < inertias; i++) of_inertia[i] = round;
  return round;
}

/* Sorts the edits by rounds; within a round they stay in their order. */
static void sort_edits(plan_builder *builder) {
  const arena_list *list = &builder->start.edits;
  const myr_edit *edits = list->items;
  myr_layout layout;
  myr_layout_compute(builder->plan->model, &layout);
  int *last = plan_take(builder, (size_t)layout.tile_elements, sizeof *last);
  int *rounds = plan_take(builder, (size_t)list->count, sizeof *rounds);
  myr_edit *sorted = plan_take(builder, (size_t)list->count, sizeof *sorted);
  if (builder->failed) return;
  int count = 0, placed = 0;
  for (int i = 0; i < list->count; i++) {
    rounds[i] = take_round(&layout, &edits[i], last);
    if (rounds[i] > count) count = rounds[i];
  }
  int32_t *ends = plan_append(builder, &builder->start.rounds, count, sizeof *ends);
  for (int round = 1; ends && round <= count; round++) {
    for (int i = 0; i < list->count; i++)
      if (rounds[i] == round) sorted[placed++] = edits[i];
    ends[round - 1] = placed;
  }
  builder->start.edits.items = sorted;
}

void plan_finish_start(plan_builder *builder) {
  start_lists *lists = &builder->start;
  myr_start *start = &builder->plan->start;
  sort_edits(builder);
#define FILL(type, name)           \
  start->name = lists->name.items; \
  start->name##_count = lists->name.count;
  MYR_START_ARRAYS(FILL)
#undef FILL
  start->value_count = lists->value_count;
}
