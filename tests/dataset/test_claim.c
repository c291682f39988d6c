/* Tests claims of episodes in a folder: who may work beside whom. tests/tools/test_claims.py races real runs. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dataset/claim.h"
#include "dataset/process.h"
#include "tests/dataset/synthetic.h"

static claim_job job(const char *seed, int64_t first, int64_t last) {
  claim_job job = {.first = first, .last = last};
  for (int key = 0; key < IDENTITY_COUNT; key++) snprintf(job.identity.values[key], IDENTITY_BYTES, "%d", key);
  snprintf(job.identity.values[IDENTITY_seed], IDENTITY_BYTES, "%s", seed);
  return job;
}

static int count_claims(const char *directory) {
  DIR *listing = opendir(directory);
  int count = 0;
  assert_non_null(listing);
  for (struct dirent *entry; (entry = readdir(listing));) count += strstr(entry->d_name, ".claim") != NULL;
  closedir(listing);
  return count;
}

/* Tasks of one dataset with other ranges share a folder. */
static void ranges_share_a_folder(void **state) {
  (void)state;
  char *directory = synthetic_directory();
  int folder = open(directory, O_RDONLY | O_DIRECTORY);
  claim *claims[4], *none;
  myr_error error = {0};
  for (int i = 0; i < 4; i++) {
    claim_job task = job("0", 10 * i, 10 * i + 9);
    assert_int_equal(claim_take(folder, directory, &task, &claims[i], &error), MYR_OK);
  }
  assert_int_equal(count_claims(directory), 4);
  const claim_job overlapping = job("0", 39, 60), other = job("1", 40, 49);
  assert_int_equal(claim_take(folder, directory, &overlapping, &none, &error), MYR_BUSY);
  assert_non_null(strstr(error.message, "episodes 30 to 39"));
  assert_int_equal(claim_take(folder, directory, &other, &none, &error), MYR_INVALID);
  assert_non_null(strstr(error.message, "its seed is 0, this run's seed is 1"));
  assert_int_equal(count_claims(directory), 4); /* those that were refused left nothing */
  claim_release(claims[3], false);
  assert_int_equal(claim_take(folder, directory, &overlapping, &claims[3], &error), MYR_OK);
  for (int i = 0; i < 4; i++) {
    assert_int_equal(claim_check(claims[i], &error), MYR_OK);
    claim_release(claims[i], false);
  }
  assert_int_equal(count_claims(directory), 0);
  assert_int_equal(claim_take(folder, directory, &other, &none, &error), MYR_OK);
  claim_release(none, false);
  assert_int_equal(rmdir(directory), 0); /* nothing is left */
  close(folder);
  free(directory);
}

/* What a run that ended without a file leaves is no living claim, tells readers, and goes with the next run. */
static void an_ended_claim_tells_what_was_asked_for(void **state) {
  (void)state;
  char *directory = synthetic_directory();
  int folder = open(directory, O_RDONLY | O_DIRECTORY);
  const claim_job first = job("0", 0, 9), other = job("1", 5, 9);
  claim_job found;
  claim *claim;
  bool living;
  myr_error error = {0};
  assert_false(claim_find(folder, &found, &living));
  assert_int_equal(claim_take(folder, directory, &first, &claim, &error), MYR_OK);
  assert_true(claim_find(folder, &found, &living) && living);
  claim_release(claim, true);
  assert_true(claim_find(folder, &found, &living) && !living);
  assert_true(found.last == 9 && !strcmp(found.identity.values[IDENTITY_seed], "0"));
  assert_int_equal(claim_take(folder, directory, &other, &claim, &error), MYR_OK);
  assert_int_equal(count_claims(directory), 1);
  claim_release(claim, false);
  assert_false(claim_find(folder, &found, &living));
  assert_int_equal(rmdir(directory), 0);
  close(folder);
  free(directory);
}

static void a_process_is_its_number_and_its_start(void **state) {
  (void)state;
  process_identity self, other;
  process_describe_self(&self);
  assert_true(self.start > 0 && self.boot[0] && self.space[0] && self.host[0]);
  assert_int_equal(process_state(&self), PROCESS_ALIVE);
  other = self;
  other.start--; /* another process had the number */
  assert_int_equal(process_state(&other), PROCESS_DEAD);
  other = self;
  other.pid = 0x7ffffffe; /* beyond the largest number that Linux gives */
  assert_int_equal(process_state(&other), PROCESS_DEAD);
  other = self;
  other.boot[0] ^= 1; /* of another host, of which nothing is known here */
  assert_int_equal(process_state(&other), PROCESS_UNKNOWN);
  other = self;
  other.space[0] ^= 1; /* in another container */
  assert_int_equal(process_state(&other), PROCESS_UNKNOWN);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ranges_share_a_folder),
      cmocka_unit_test(an_ended_claim_tells_what_was_asked_for),
      cmocka_unit_test(a_process_is_its_number_and_its_start),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
