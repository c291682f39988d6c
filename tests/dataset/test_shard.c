/* Tests shards as libhdf5 and our reader see them: whole files are good, and every kind of damage is reported. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "dataset/dataset.h"
#include "tests/dataset/synthetic.h"
#include "tests/effort.h"

enum { EPISODES = 12 };

/* Hides leaks of libhdf5 from AddressSanitizer, because libhdf5 itself leaks when it reads a damaged file. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libhdf5"; }

typedef struct fixture {
  synthetic_contents synthetic;
  char *directory;
} fixture;

static void write_shard(const synthetic_contents *synthetic, const char *directory, int64_t first, int episodes) {
  shard *shard;
  myr_error error = {0};
  content_digest *digest = content_digest_create();
  episode episode = {0};
  assert_int_equal(shard_create(&synthetic->contents, directory, "synthetic", first, episodes, &shard, &error), MYR_OK);
  for (int i = 0; i < episodes; i++) {
    synthetic_fill(&synthetic->schema, &episode, first + i, 40 + (first + i) % 3, digest);
    assert_int_equal(shard_add(shard, &episode, &error), MYR_OK);
  }
  int64_t bytes;
  assert_int_equal(shard_finish(shard, &bytes, &error), MYR_OK);
  synthetic_clear(&synthetic->schema, &episode);
  content_digest_destroy(digest);
}

static void write_dataset(const synthetic_contents *synthetic, const char *directory, int shard_episodes) {
  for (int first = 0; first < EPISODES; first += shard_episodes) {
    int left = EPISODES - first;
    write_shard(synthetic, directory, first, left < shard_episodes ? left : shard_episodes);
  }
}

static int set_up(void **state) {
  fixture *fixture = calloc(1, sizeof *fixture);
  synthetic_contents_create(&fixture->synthetic);
  fixture->synthetic.contents.dataset_episodes = EPISODES;
  fixture->directory = synthetic_directory();
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  fixture *fixture = *state;
  schema_free(&fixture->synthetic.schema);
  synthetic_directory_remove(fixture->directory);
  free(fixture);
  return 0;
}

static void first_file(const fixture *fixture, char path[512], int episodes) {
  snprintf(path, 512, "%s/synthetic-%09d-%09d.h5", fixture->directory, 0, episodes - 1);
}

static void print_fault(void *context, const char *file, const char *message) {
  (void)file;
  if (context) print_message("fault: %s\n", message);
}

/* Returns the number of faults that verify finds; -1 if the dataset cannot be opened. */
static int64_t count_faults(const char *path, bool print) {
  myr_dataset *dataset;
  myr_error error = {0};
  if (myr_dataset_open(path, &dataset, &error)) {
    assert_true(error.message[0]);
    return -1;
  }
  int64_t faults = 0;
  assert_int_equal(myr_dataset_verify(dataset, print_fault, print ? dataset : NULL, &faults, &error), MYR_OK);
  myr_dataset_close(dataset);
  return faults;
}

static void whole_files_are_good(void **state) {
  fixture *fixture = *state;
  write_dataset(&fixture->synthetic, fixture->directory, 5);
  assert_int_equal(count_faults(fixture->directory, true), 0);
  myr_dataset *dataset;
  assert_int_equal(myr_dataset_open(fixture->directory, &dataset, NULL), MYR_OK);
  const myr_dataset_info *info = myr_dataset_describe(dataset);
  assert_string_equal(info->name, "synthetic");
  assert_int_equal(info->episodes, EPISODES);
  assert_int_equal(info->shards, 3);
  assert_int_equal(info->successes, 4);
  assert_int_equal(info->steps, 40 * EPISODES + EPISODES);
  assert_int_equal(info->seed, 7);
  assert_int_equal(info->episodes_total, EPISODES);
  assert_int_equal(info->missing_count, 0);
  assert_int_equal(info->reason_count, 1);
  assert_int_equal(info->reasons[0].episodes, EPISODES);
  assert_int_equal(info->array_count, fixture->synthetic.schema.array_count);
  myr_dataset_close(dataset);
}

static uint64_t digest_of(const char *path) {
  myr_dataset *dataset;
  uint64_t digest = 0;
  assert_int_equal(myr_dataset_open(path, &dataset, NULL), MYR_OK);
  assert_int_equal(myr_dataset_digest(dataset, &digest, NULL), MYR_OK);
  myr_dataset_close(dataset);
  return digest;
}

static void the_digest_does_not_depend_on_files(void **state) {
  fixture *fixture = *state;
  uint64_t digests[3];
  for (int i = 0; i < 3; i++) {
    char *directory = synthetic_directory();
    write_dataset(&fixture->synthetic, directory, (const int[]){1, 5, EPISODES}[i]);
    digests[i] = digest_of(directory);
    synthetic_directory_remove(directory);
  }
  assert_int_equal(digests[0], digests[1]);
  assert_int_equal(digests[0], digests[2]);
}

static unsigned char *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  struct stat info;
  assert_int_equal(fstat(fileno(file), &info), 0);
  *size = (size_t)info.st_size;
  unsigned char *data = malloc(*size);
  assert_int_equal(fread(data, 1, *size, file), *size);
  fclose(file);
  return data;
}

static void write_file(const char *path, const void *data, size_t size) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, size, file), size);
  fclose(file);
}

static void bytes_are_reproducible(void **state) {
  fixture *fixture = *state;
  char path[512];
  size_t sizes[2];
  first_file(fixture, path, EPISODES);
  write_dataset(&fixture->synthetic, fixture->directory, EPISODES);
  unsigned char *first = read_file(path, &sizes[0]);
  sleep(1);     /* so that files with a time in them would differ */
  unlink(path); /* no file is written over */
  write_dataset(&fixture->synthetic, fixture->directory, EPISODES);
  unsigned char *second = read_file(path, &sizes[1]);
  assert_int_equal(sizes[0], sizes[1]);
  assert_memory_equal(first, second, sizes[0]);
  free(first);
  free(second);
}

/* Some checksum guards every byte: verify notices each of many flipped bytes all over the file. */
static void every_flipped_byte_is_found(void **state) {
  fixture *fixture = *state;
  char path[512];
  size_t size;
  write_shard(&fixture->synthetic, fixture->directory, 0, 2);
  first_file(fixture, path, 2);
  unsigned char *data = read_file(path, &size);
  const size_t of_head = (size_t)(7 * 8 / effort(8)), of_rest = size / (size_t)effort(1009) + 1;
  for (size_t i = 0; i < size; i += i < 2048 ? of_head : of_rest) {
    data[i] ^= 1u << (i % 8);
    write_file(path, data, size);
    if (count_faults(path, false) == 0) fail_msg("the flip at byte %zu of %zu went unnoticed", i, size);
    data[i] ^= 1u << (i % 8);
  }
  write_file(path, data, size);
  assert_int_equal(count_faults(path, true), 0);
  free(data);
}

static void cut_and_lengthened_files_are_found(void **state) {
  fixture *fixture = *state;
  char path[512];
  size_t size;
  write_shard(&fixture->synthetic, fixture->directory, 0, 2);
  first_file(fixture, path, 2);
  unsigned char *data = read_file(path, &size);
  for (size_t cut = 0; cut < size; cut += size / 37 + 1) {
    write_file(path, data, cut);
    assert_int_not_equal(count_faults(path, false), 0);
  }
  write_file(path, data, size - 1);
  assert_int_not_equal(count_faults(path, false), 0);
  unsigned char *longer = calloc(size + 1, 1);
  memcpy(longer, data, size);
  write_file(path, longer, size + 1);
  assert_int_not_equal(count_faults(path, false), 0);
  free(longer);
  free(data);
}

static void foreign_files_are_refused(void **state) {
  fixture *fixture = *state;
  char path[512];
  first_file(fixture, path, 1);
  write_file(path, "not hdf5 at all", 15);
  myr_dataset *dataset;
  myr_error error = {0};
  assert_int_equal(myr_dataset_open(fixture->directory, &dataset, &error), MYR_ERROR);
  assert_non_null(strstr(error.message, path));
  assert_int_equal(myr_dataset_open("/nonexistent/place", &dataset, &error), MYR_IO);
  unlink(path);
  assert_int_equal(myr_dataset_open(fixture->directory, &dataset, &error), MYR_INVALID);
}

static void gaps_are_counted_and_strangers_refused(void **state) {
  fixture *fixture = *state;
  write_shard(&fixture->synthetic, fixture->directory, 2, 2);
  write_shard(&fixture->synthetic, fixture->directory, 6, 2);
  myr_dataset *dataset;
  myr_error error = {0};
  assert_int_equal(myr_dataset_open(fixture->directory, &dataset, &error), MYR_OK);
  const myr_dataset_info *info = myr_dataset_describe(dataset);
  assert_int_equal(info->episodes, 4);
  assert_int_equal(info->missing_count, 3);
  const int64_t missing[3][2] = {{0, 1}, {4, 5}, {8, EPISODES - 1}};
  for (int i = 0; i < 3; i++) {
    assert_int_equal(info->missing[i].first, missing[i][0]);
    assert_int_equal(info->missing[i].last, missing[i][1]);
  }
  myr_array array;
  assert_int_equal(myr_dataset_read(dataset, 7, "actions", &array, &error), MYR_OK);
  myr_array_free(&array);
  assert_int_equal(myr_dataset_read(dataset, 5, "actions", &array, &error), MYR_INVALID);
  assert_non_null(strstr(error.message, "unfinished"));
  myr_dataset_close(dataset);
  write_shard(&fixture->synthetic, fixture->directory, 3, 3);
  assert_int_equal(myr_dataset_open(fixture->directory, &dataset, &error), MYR_INVALID);
  assert_non_null(strstr(error.message, "the same episodes"));
  char path[512];
  snprintf(path, sizeof path, "%s/synthetic-000000003-000000005.h5", fixture->directory);
  unlink(path);
  fixture->synthetic.root[4].value = "8"; /* the seed */
  write_shard(&fixture->synthetic, fixture->directory, 4, 2);
  assert_int_equal(myr_dataset_open(fixture->directory, &dataset, &error), MYR_ERROR);
  assert_non_null(strstr(error.message, "different runs"));
}

/* A file is never written over, and the file that gets the name is the one that was written. */
static void names_are_taken_once(void **state) {
  fixture *fixture = *state;
  const synthetic_contents *synthetic = &fixture->synthetic;
  char part[520], final[512];
  snprintf(final, sizeof final, "%s/synthetic-000000000-000000000.h5", fixture->directory);
  snprintf(part, sizeof part, "%s.part", final);
  myr_error error = {0};
  shard *shard;
  for (int found = 0; found < 3; found++) {
    content_digest *digest = content_digest_create();
    episode episode = {0};
    int64_t bytes;
    assert_int_equal(shard_create(&synthetic->contents, fixture->directory, "synthetic", 0, 1, &shard, &error), MYR_OK);
    synthetic_fill(&synthetic->schema, &episode, 0, 40, digest);
    assert_int_equal(shard_add(shard, &episode, &error), MYR_OK);
    if (found == 0) write_file(final, "mine", 4);
    if (found == 1) {
      unlink(part);
      write_file(part, "theirs", 6);
    }
    myr_status status = shard_finish(shard, &bytes, &error);
    struct stat info;
    if (found == 0) {
      assert_int_equal(status, MYR_IO);
      assert_non_null(strstr(error.message, "nothing was replaced"));
      assert_int_equal(stat(final, &info), 0);
      assert_int_equal(info.st_size, 4);
      assert_int_equal(stat(part, &info), -1);
      unlink(final);
    } else if (found == 1) { /* the file that was written is gone, and another is not published in its place */
      assert_int_equal(status, MYR_IO);
      assert_int_equal(stat(final, &info), -1);
      assert_int_equal(stat(part, &info), 0);
      assert_int_equal(info.st_size, 6);
      assert_int_equal(shard_create(&synthetic->contents, fixture->directory, "synthetic", 0, 1, &shard, &error),
                       MYR_IO);
      unlink(part);
    } else {
      assert_int_equal(status, MYR_OK);
    }
    synthetic_clear(&synthetic->schema, &episode);
    content_digest_destroy(digest);
  }
}

static int files_in(const char *directory) {
  char command[600];
  int count = -1;
  snprintf(command, sizeof command, "ls -A '%s' | wc -l", directory);
  FILE *pipe = popen(command, "r");
  assert_int_equal(fscanf(pipe, "%d", &count), 1);
  pclose(pipe);
  return count;
}

static void a_refused_write_leaves_nothing(void **state) {
  fixture *fixture = *state;
  signal(SIGXFSZ, SIG_IGN);
  struct rlimit before, small;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  small = before;
  small.rlim_cur = 100000;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  shard *shard;
  myr_error error = {0};
  content_digest *digest = content_digest_create();
  episode episode = {0};
  myr_status status =
      shard_create(&fixture->synthetic.contents, fixture->directory, "full", 0, EPISODES, &shard, &error);
  for (int i = 0; !status && i < EPISODES; i++) {
    synthetic_fill(&fixture->synthetic.schema, &episode, i, 40, digest);
    status = shard_add(shard, &episode, &error);
  }
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  assert_int_equal(status, MYR_IO);
  assert_non_null(strstr(error.message, "ulimit"));
  shard_discard(shard);
  assert_int_equal(files_in(fixture->directory), 0);
  synthetic_clear(&fixture->synthetic.schema, &episode);
  content_digest_destroy(digest);
}

static void minus_zero_is_zero(void **state) {
  fixture *fixture = *state;
  const episode_schema *schema = &fixture->synthetic.schema;
  content_digest *digest = content_digest_create();
  episode episode = {0};
  synthetic_fill(schema, &episode, 0, 4, digest);
  float *rewards = (void *)(episode.data + episode.offsets[schema_find(schema, "rewards")]);
  uint64_t digests[3];
  for (int i = 0; i < 3; i++) {
    rewards[0] = (const float[]){0.0f, -0.0f, 1e-30f}[i];
    episode_seal(schema, &episode, false, digest);
    digests[i] = episode.digest;
  }
  assert_int_equal(digests[0], digests[1]);
  assert_int_not_equal(digests[0], digests[2]);
  rewards[0] = -0.0f;
  episode_seal(schema, &episode, false, digest);
  uint32_t bits;
  memcpy(&bits, &rewards[0], 4);
  assert_int_equal(bits, 0);
  synthetic_clear(schema, &episode);
  content_digest_destroy(digest);
}

static void the_digest_sees_attributes_and_names(void **state) {
  fixture *fixture = *state;
  episode_schema *schema = &fixture->synthetic.schema;
  content_digest *digest = content_digest_create();
  episode episode = {0};
  synthetic_fill(schema, &episode, 0, 4, digest);
  uint64_t before = episode.digest;
  episode.attributes[schema_find_attribute(schema, "success")].integer ^= 1;
  episode_seal(schema, &episode, false, digest);
  assert_int_not_equal(episode.digest, before);
  episode.attributes[schema_find_attribute(schema, "success")].integer ^= 1;
  schema->arrays[0].path[0] ^= 1;
  episode_seal(schema, &episode, false, digest);
  assert_int_not_equal(episode.digest, before);
  schema->arrays[0].path[0] ^= 1;
  synthetic_clear(schema, &episode);
  content_digest_destroy(digest);
}

static void names_of_shards(void **state) {
  (void)state;
  shard_name name;
  assert_true(shard_name_parse("falls-000000256-000000511.h5", &name));
  assert_int_equal(name.name_length, 5);
  assert_int_equal(name.first, 256);
  assert_int_equal(name.last, 511);
  assert_false(name.unfinished);
  assert_true(shard_name_parse("a-b-1000000000-1000000255.h5.part", &name));
  assert_int_equal(name.name_length, 3);
  assert_true(name.unfinished);
  static const char *const wrong[] = {"falls.h5",
                                      "-000000000-000000001.h5",
                                      "falls-00000000-000000001.h5",
                                      "falls-000000002-000000001.h5",
                                      "falls-000000000-000000001.hdf5",
                                      "falls-000000000-000000001.h5.partial",
                                      ".h5",
                                      "000000000-000000001.h5"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) assert_false(shard_name_parse(wrong[i], &name));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(whole_files_are_good),
      TEST(the_digest_does_not_depend_on_files),
      TEST(bytes_are_reproducible),
      TEST(every_flipped_byte_is_found),
      TEST(cut_and_lengthened_files_are_found),
      TEST(foreign_files_are_refused),
      TEST(gaps_are_counted_and_strangers_refused),
      TEST(names_are_taken_once),
      TEST(a_refused_write_leaves_nothing),
      TEST(minus_zero_is_zero),
      TEST(the_digest_sees_attributes_and_names),
      TEST(names_of_shards),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
