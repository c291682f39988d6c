/* Tests the writer: episodes that arrive in any order become the same files, and a failure leaves only whole files. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "dataset/dataset.h"
#include "dataset/writer.h"
#include "tests/dataset/synthetic.h"

enum { EPISODES = 50, SHARD_EPISODES = 8 };

static const myr_episode_range all_episodes = {0, EPISODES - 1};

static writer_description describe(const synthetic_contents *synthetic, const char *directory) {
  return (writer_description){.contents = synthetic->contents,
                              .directory = directory,
                              .name = "synthetic",
                              .ranges = &all_episodes,
                              .range_count = 1,
                              .shard_episodes = SHARD_EPISODES,
                              .pending_bytes = 1 << 20};
}

static void submit(writer *writer, const synthetic_contents *synthetic, int64_t index, content_digest *digest) {
  episode *episode = writer_borrow(writer);
  assert_non_null(episode);
  synthetic_fill(&synthetic->schema, episode, index, 20 + index % 5, digest);
  writer_submit(writer, episode);
}

static void any_order_gives_the_same_files(void **state) {
  (void)state;
  synthetic_contents synthetic;
  synthetic_contents_create(&synthetic);
  uint64_t digests[3];
  char *directories[3];
  for (int order = 0; order < 3; order++) {
    directories[order] = synthetic_directory();
    writer_description description = describe(&synthetic, directories[order]);
    writer *writer;
    assert_int_equal(writer_create(&description, &writer, NULL), MYR_OK);
    content_digest *digest = content_digest_create();
    for (int i = 0; i < EPISODES; i++) {
      int block = i / 10 * 10, within = i % 10;
      int index = order == 0 ? i : order == 1 ? block + 9 - within : block + within * 7 % 10;
      submit(writer, &synthetic, index, digest);
    }
    writer_totals totals;
    assert_int_equal(writer_finish(writer, &totals, NULL), MYR_OK);
    assert_int_equal(totals.episodes, EPISODES);
    assert_int_equal(totals.shards, (EPISODES + SHARD_EPISODES - 1) / SHARD_EPISODES);
    digests[order] = totals.digest;
    content_digest_destroy(digest);
  }
  for (int order = 1; order < 3; order++) {
    assert_int_equal(digests[order], digests[0]);
    char command[1200];
    snprintf(command, sizeof command, "diff -r '%s' '%s'", directories[0], directories[order]);
    assert_int_equal(system(command), 0);
  }
  myr_dataset *dataset;
  uint64_t read;
  assert_int_equal(myr_dataset_open(directories[0], &dataset, NULL), MYR_OK);
  assert_int_equal(myr_dataset_digest(dataset, &read, NULL), MYR_OK);
  assert_int_equal(read, digests[0]);
  myr_dataset_close(dataset);
  for (int order = 0; order < 3; order++) synthetic_directory_remove(directories[order]);
  schema_free(&synthetic.schema);
}

static int count_names(const char *directory, const char *end) {
  int count = 0;
  DIR *stream = opendir(directory);
  for (struct dirent *entry; (entry = readdir(stream));) {
    size_t length = strlen(entry->d_name), end_length = strlen(end);
    count += length > end_length && !strcmp(entry->d_name + length - end_length, end);
  }
  closedir(stream);
  return count;
}

static void an_early_end_leaves_whole_files(void **state) {
  (void)state;
  synthetic_contents synthetic;
  synthetic_contents_create(&synthetic);
  char *directory = synthetic_directory();
  writer_description description = describe(&synthetic, directory);
  writer *writer;
  assert_int_equal(writer_create(&description, &writer, NULL), MYR_OK);
  content_digest *digest = content_digest_create();
  for (int i = 0; i < 21; i++)
    if (i != 18) submit(writer, &synthetic, i, digest); /* so 19 and 20 wait in vain */
  writer_totals totals;
  assert_int_equal(writer_finish(writer, &totals, NULL), MYR_OK);
  assert_int_equal(totals.episodes, 2 * SHARD_EPISODES);
  assert_int_equal(count_names(directory, ".h5"), 2);
  assert_int_equal(count_names(directory, ".part"), 0);
  content_digest_destroy(digest);
  synthetic_directory_remove(directory);
  schema_free(&synthetic.schema);
}

/* writer_has_room tells a thread whether it would have to wait. The thread must know, because it may hold the episode
 * that the writer itself waits for. */
static void says_whether_there_is_room(void **state) {
  (void)state;
  synthetic_contents synthetic;
  synthetic_contents_create(&synthetic);
  char *directory = synthetic_directory();
  writer_description description = describe(&synthetic, directory);
  description.pending_bytes = 1;
  writer *writer;
  assert_int_equal(writer_create(&description, &writer, NULL), MYR_OK);
  content_digest *digest = content_digest_create();
  assert_true(writer_has_room(writer));
  submit(writer, &synthetic, 1, digest);
  assert_false(writer_has_room(writer));
  submit(writer, &synthetic, 0, digest);
  assert_true(writer_wait(writer));
  assert_true(writer_has_room(writer));
  writer_totals totals;
  assert_int_equal(writer_finish(writer, &totals, NULL), MYR_OK);
  content_digest_destroy(digest);
  synthetic_directory_remove(directory);
  schema_free(&synthetic.schema);
}

static void a_full_disk_is_told(void **state) {
  (void)state;
  signal(SIGXFSZ, SIG_IGN);
  synthetic_contents synthetic;
  synthetic_contents_create(&synthetic);
  char *directory = synthetic_directory();
  writer_description description = describe(&synthetic, directory);
  description.shard_episodes = 2;
  writer *writer;
  struct rlimit before, small;
  content_digest *digest = content_digest_create();
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  small = before;
  small.rlim_cur = 600000; /* two short episodes fit, two long ones do not */
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  assert_int_equal(writer_create(&description, &writer, NULL), MYR_OK);
  for (int i = 0; i < EPISODES; i++) {
    episode *episode = writer_borrow(writer);
    synthetic_fill(&synthetic.schema, episode, i, i < 4 ? 20 : 100, digest);
    writer_submit(writer, episode);
    if (!writer_wait(writer)) break;
  }
  writer_totals totals;
  myr_error error = {0};
  assert_int_equal(writer_finish(writer, &totals, &error), MYR_IO);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  assert_non_null(strstr(error.message, directory));
  assert_int_equal(totals.episodes, 4);
  assert_int_equal(count_names(directory, ".h5"), 2);
  assert_int_equal(count_names(directory, ".part"), 0);
  content_digest_destroy(digest);
  synthetic_directory_remove(directory);
  schema_free(&synthetic.schema);
}

/* A run that goes on makes the missing episodes only. Its files end where others begin. */
static void only_missing_episodes_are_written(void **state) {
  (void)state;
  synthetic_contents synthetic;
  synthetic_contents_create(&synthetic);
  char *directory = synthetic_directory();
  static const myr_episode_range missing[] = {{3, 9}, {16, 17}, {30, 49}};
  writer_description description = describe(&synthetic, directory);
  description.ranges = missing;
  description.range_count = 3;
  writer *writer;
  assert_int_equal(writer_create(&description, &writer, NULL), MYR_OK);
  content_digest *digest = content_digest_create();
  for (int range = 2; range >= 0; range--)
    for (int64_t i = missing[range].first; i <= missing[range].last; i++) submit(writer, &synthetic, i, digest);
  writer_totals totals;
  assert_int_equal(writer_finish(writer, &totals, NULL), MYR_OK);
  assert_int_equal(totals.episodes, 7 + 2 + 20);
  static const char *const names[] = {"003-000000007", "008-000000009", "016-000000017", "030-000000031",
                                      "032-000000039", "040-000000047", "048-000000049"};
  assert_int_equal(totals.shards, 7);
  for (int i = 0; i < 7; i++) {
    char name[64];
    snprintf(name, sizeof name, "synthetic-000000%s.h5", names[i]);
    assert_int_equal(count_names(directory, name + 1), 1);
  }
  content_digest_destroy(digest);
  synthetic_directory_remove(directory);
  schema_free(&synthetic.schema);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(any_order_gives_the_same_files),    cmocka_unit_test(an_early_end_leaves_whole_files),
      cmocka_unit_test(says_whether_there_is_room),        cmocka_unit_test(a_full_disk_is_told),
      cmocka_unit_test(only_missing_episodes_are_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
