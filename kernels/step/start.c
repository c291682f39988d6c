/* Starts episodes on the host. */
#define LANES 1
#define MYR_DOUBLE
#include "kernels/step/start_world.h"

void myr_start_draw(const myr_start *start, int64_t episode, double *values) { draw_values(start, episode, values); }

void myr_start_prepare(const myr_start *start, const myr_world_fields *world) {
  for (int i = 0; i < start->constants_count; i++) {
    const myr_start_constant *constant = start->constants + i;
    write_number(world, constant->field, constant->element, constant->value);
  }
}

void myr_start_write(const myr_start *start, const double *values, const myr_world_fields *world) {
  write_world(start, values, world);
}

double myr_draw_uniform(myr_draw_key key, int64_t episode, uint32_t element, uint32_t step) {
  return first_uniform(draw_words(key, episode, element, step));
}

double myr_draw_normal(myr_draw_key key, int64_t episode, uint32_t element, uint32_t step) {
  return normal_of_words(draw_words(key, episode, element, step));
}
