/* Tests that stepping allocates and frees no memory. The functions malloc, free, mmap and their kin of this file
 * replace those of the C library in the whole program, and count their calls while a flag is set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "kernels/model.h"
#include "kernels/stages.h"
#include "tests/sim/random_model.h"
#include "tests/sim/worlds.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

#if defined(SANITIZED) || !defined(__GLIBC__)
/* The test is skipped under a sanitizer, which has its own malloc, and without the GNU C library, because only that one
 * offers its functions under second names. */
int main(void) { return 77; }
#else
#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void *memory);

static atomic_int counting, calls;

static void count_call(void) {
  if (counting) calls++;
}

/* ------------------------------------------------------------------------------------------------ the substitutes */
void *malloc(size_t bytes) {
  count_call();
  return __libc_malloc(bytes);
}
void *calloc(size_t count, size_t bytes) {
  count_call();
  return __libc_calloc(count, bytes);
}
void *realloc(void *memory, size_t bytes) {
  count_call();
  return __libc_realloc(memory, bytes);
}
void *aligned_alloc(size_t alignment, size_t bytes) {
  count_call();
  return __libc_memalign(alignment, bytes);
}
void *memalign(size_t alignment, size_t bytes) {
  count_call();
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void **memory, size_t alignment, size_t bytes) {
  count_call();
  void *found = __libc_memalign(alignment, bytes);
  if (!found) return ENOMEM;
  *memory = found;
  return 0;
}
void free(void *memory) {
  count_call();
  __libc_free(memory);
}
void *mmap(void *address, size_t bytes, int protection, int flags, int file, off_t offset) {
  count_call();
  return (void *)syscall(SYS_mmap, address, bytes, protection, flags, file, offset);
}
int munmap(void *address, size_t bytes) {
  count_call();
  return (int)syscall(SYS_munmap, address, bytes);
}

static void begin_count(void) {
  calls = 0;
  counting = 1;
}
static int end_count(void) {
  counting = 0;
  return calls;
}

/* ------------------------------------------------------------------------------------------------ tests */
static void the_count_counts(void **state) {
  (void)state;
  void *volatile memory; /* so that no call is optimized away */
  begin_count();
  memory = malloc(100);
  memory = realloc(memory, 1000);
  free(memory);
  memory = aligned_alloc(64, 128);
  free(memory);
  memory = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(memory, 4096);
  assert_int_equal(end_count(), 7);
}

/* Checks steps from the very first one on, with contacts, labels, a profile, resets, changed parameters and worlds that
 * diverge. */
static void check_model(myr_model *model, int lanes) {
  enum { WORLDS = 21 };
  myr_batch *batch = batch_of(model, WORLDS, lanes);
  if (batch) {
    myr_profile profile = {0};
    float contacts = 0;
    myr_span spoiled = myr_batch_field(batch, MYR_FIELD_qvel, 3);
    myr_span seen = myr_batch_field(batch, MYR_FIELD_contact_count, 0);
    myr_batch_info info;
    myr_batch_describe(batch, &info);
    begin_count();
    for (int i = 0; i < 40; i++) {
      if (i == 20) spoiled.data[0] = INFINITY;
      if (i == 30) myr_batch_reset(batch, 3, -1);
      for (int group = 0; group < info.groups; group++) {
        if (i % 10 == 0) myr_batch_commit(batch, group, NULL);
        myr_batch_step(batch, group, 0, 10, MYR_OBSERVE, &profile, NULL);
      }
      contacts += seen.data[0];
    }
    int called = end_count();
    if (called) fail_msg("%d lanes: memory was asked for or given back %d times", lanes, called);
    assert_true(contacts > 0);
  }
  myr_batch_destroy(batch);
  myr_model_free(model);
}

static void stepping_allocates_nothing(void **state) {
  (void)state;
  static const int widths[] = {1, 4, 8, 16};
  static random_model random;
  random_model_write(&random, 504, RANDOM_ALL);
  for (int w = 0; w < 4; w++) {
    check_model(model_of_robot(MYRIAD_SOURCE_DIR "/scenarios/assets/biped.xml"), widths[w]);
    check_model(model_of_robot(MYRIAD_SOURCE_DIR "/scenarios/assets/quadruped.xml"), widths[w]);
    check_model(model_of_text(random.text), widths[w]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_count_counts),
      cmocka_unit_test(stepping_allocates_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
