/* Tests that steps and derive() touch no more of their scratch than is stated, and that the statement is not far above. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sys/mman.h>

#include "kernels/kernels.h"
#include "kernels/memory.h"
#include "kernels/model.h"
#include "kernels/scratch_use.h"
#include "tests/sim/worlds.h"

enum { PAGE = 4096 };

/* Spheres in a grid, `apart` from centre to centre, a tenth of a metre wide. */
static myr_model *spheres(int count, int side, double apart, const char *size) {
  char *text = NULL;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  fprintf(out, "<mujoco>%s<worldbody><geom type='plane' size='5 5 .1'/>", size);
  for (int i = 0; i < count; i++)
    fprintf(out, "<body pos='%g %g %g'><freejoint/><geom size='.05'/></body>", apart * (i % side),
            apart * (i / side % side), 0.049 + apart * (i / side / side));
  fprintf(out, "</worldbody></mujoco>");
  fclose(out);
  myr_model *model = model_of_text(text);
  free(text);
  return model;
}

static char *fresh(size_t bytes) {
  char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  assert_true(memory != MAP_FAILED);
  madvise(memory, bytes, MADV_NOHUGEPAGE);
  return memory;
}

static size_t touched(char *memory, size_t bytes) {
  const size_t count = (bytes + PAGE - 1) / PAGE;
  unsigned char *in_memory = malloc(count);
  size_t sum = 0;
  assert_non_null(in_memory);
  assert_int_equal(mincore(memory, bytes, in_memory), 0);
  for (size_t i = 0; i < count; i++) sum += (in_memory[i] & 1) * (size_t)PAGE;
  free(in_memory);
  return sum;
}

static void compare(const char *what, int lanes, size_t found, size_t stated, double most) {
  if (found > stated || (double)stated > most * (double)found)
    fail_msg("%s, %d lanes: %zu bytes touched, %zu stated", what, lanes, found, stated);
}

/* most: how far the statements may lie above what is found. */
static void check(const char *what, myr_model *model, double step_most, double derive_most) {
  static const int widths[] = {1, 4, 8, 16};
  for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
    const myr_kernels *kernels;
    void *constants;
    if (myr_kernels_find(widths[w], &kernels, NULL)) continue;
    const size_t bytes = kernels->scratch_bytes(model), tile_bytes = kernels->tile_bytes(model);
    const myr_scratch_use use = myr_scratch_use_of(model, kernels->lanes, kernels->scalar_bytes);
    char *tile = aligned_alloc(MYR_CACHE_LINE, myr_whole_cache_lines(tile_bytes)), *derive = fresh(bytes),
         *step = fresh(bytes);
    assert_non_null(tile);
    memset(tile, 0, tile_bytes);
    assert_int_equal(kernels->constants_create(model, &constants, NULL), MYR_OK);
    for (int lane = 0; lane < kernels->lanes; lane++) kernels->reset(constants, tile, lane, -1);
    kernels->derive(constants, tile, derive);
    kernels->control_step(constants, tile, step, 3, MYR_OBSERVE, NULL);
    compare(what, kernels->lanes, touched(derive, bytes), use.derive, derive_most);
    compare(what, kernels->lanes, touched(step, bytes), use.step, step_most);
    kernels->constants_destroy(constants);
    free(tile);
    munmap(derive, bytes);
    munmap(step, bytes);
  }
  myr_model_free(model);
}

static void few_pages_are_touched(void **state) {
  (void)state;
  /* Everything overlaps, so that nearly all pairs touch. */
  check("a clump", spheres(64, 4, 0.02, ""), 3, 3);
  /* Each rests alone: contacts and couplings could be many. */
  check("a field", spheres(100, 10, 0.2, ""), 40, 3);
  /* Few contacts may be held. */
  check("a few contacts", spheres(64, 4, 0.0995, "<size nconmax='40'/>"), 3, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(few_pages_are_touched)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
