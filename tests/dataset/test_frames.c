/* Tests compressed frames: libhdf5 reads them back for any number of rows, and verify and the digest treat them
 * right. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libdeflate.h>

#include "dataset/dataset.h"
#include "dataset/deflate_ids.h"
#include "tests/dataset/synthetic.h"

enum { TALL_ROWS = 5000 }; /* an index of three levels: 64 * 64 chunks fill two */

static void write_one(synthetic_contents *synthetic, const char *directory, episode *episode) {
  shard *shard;
  int64_t bytes;
  assert_int_equal(shard_create(&synthetic->contents, directory, "frames", episode->index, 1, &shard, NULL), MYR_OK);
  assert_int_equal(shard_add(shard, episode, NULL), MYR_OK);
  assert_int_equal(shard_finish(shard, &bytes, NULL), MYR_OK);
}

typedef struct faults {
  int count;
  char first[512];
} faults;

static void keep_fault(void *context, const char *file, const char *message) {
  (void)file;
  faults *faults = context;
  if (!faults->count++) snprintf(faults->first, sizeof faults->first, "%s", message);
}

static faults verify(const char *directory) {
  myr_dataset *dataset;
  faults faults = {0};
  int64_t count;
  assert_int_equal(myr_dataset_open(directory, &dataset, NULL), MYR_OK);
  assert_int_equal(myr_dataset_verify(dataset, keep_fault, &faults, &count, NULL), MYR_OK);
  myr_dataset_close(dataset);
  return faults;
}

/* Compares every row of every array of frames, reading the rows one by one and all together. */
static void compare_frames(const episode_schema *schema, const char *directory, int64_t index, int64_t steps) {
  myr_dataset *dataset;
  assert_int_equal(myr_dataset_open(directory, &dataset, NULL), MYR_OK);
  for (int i = 0; i < schema->array_count; i++) {
    const array_info *info = &schema->arrays[i];
    if (!info->frames || !array_present(info, index)) continue;
    myr_array all, one;
    assert_int_equal(myr_dataset_read(dataset, index, info->path, &all, NULL), MYR_OK);
    bool last = info->extent == EXTENT_FIXED;
    int64_t rows = last ? 1 : steps;
    size_t bytes = array_row_bytes(info);
    assert_int_equal(all.shape[0], rows);
    assert_int_equal(all.count * (int64_t)myr_array_type_bytes(info->type), rows * (int64_t)bytes);
    unsigned char *expected = malloc(bytes);
    for (int64_t t = 0; t < rows; t++) {
      synthetic_row(info, index, last ? steps : t, expected);
      assert_memory_equal((unsigned char *)all.data + (size_t)t * bytes, expected, bytes);
      if (t % 61 && t != rows - 1) continue;
      assert_int_equal(myr_dataset_read_rows(dataset, index, info->path, t, 1, &one, NULL), MYR_OK);
      assert_memory_equal(one.data, expected, bytes);
      assert_int_equal(one.shape[0], 1);
      assert_int_equal(one.rows, rows);
      myr_array_free(&one);
    }
    free(expected);
    myr_array_free(&all);
  }
  myr_dataset_close(dataset);
}

static void frames_come_back(void **state) {
  (void)state;
  synthetic_contents synthetic;
  synthetic_contents_create(&synthetic);
  content_digest *digest = content_digest_create();
  static const int steps[] = {1, 63, 64, 65, 128, 129, 4096, 4097, TALL_ROWS};
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    char *directory = synthetic_directory();
    episode episode = {0};
    synthetic_fill(&synthetic.schema, &episode, 0, steps[i], digest);
    write_one(&synthetic, directory, &episode);
    compare_frames(&synthetic.schema, directory, 0, steps[i]);
    faults faults = verify(directory);
    if (faults.count) fail_msg("%d rows: %s", steps[i], faults.first);
    synthetic_clear(&synthetic.schema, &episode);
    synthetic_directory_remove(directory);
  }
  content_digest_destroy(digest);
  schema_free(&synthetic.schema);
}

/* Frames that the filters would make larger are stored without them; all other frames are compressed. */
static void noise_is_stored_plain(void **state) {
  (void)state;
  synthetic_contents synthetic;
  synthetic_contents_create(&synthetic);
  const episode_schema *schema = &synthetic.schema;
  content_digest *digest = content_digest_create();
  episode episode = {0};
  synthetic_fill(schema, &episode, 0, 10, digest);
  int image = schema_find(schema, "obs/front_image");
  for (int t = 0; t < 10; t++) {
    const stored_frame *frame = &episode.frames.lists[image].frames[t];
    assert_int_equal(frame->plain, t % 2);
    if (frame->plain)
      assert_int_equal(frame->bytes, array_row_bytes(&schema->arrays[image]));
    else
      assert_true(frame->bytes < array_row_bytes(&schema->arrays[image]) / 2);
  }
  synthetic_clear(schema, &episode);
  content_digest_destroy(digest);
  schema_free(&synthetic.schema);
}

/* The digest is the same whether frames are compressed as they come or kept whole in memory until the end. */
static void the_digest_does_not_see_how_frames_are_stored(void **state) {
  (void)state;
  synthetic_contents synthetic;
  synthetic_contents_create(&synthetic);
  const episode_schema *schema = &synthetic.schema;
  content_digest *digest = content_digest_create();
  episode episode = {0};
  synthetic_fill(schema, &episode, 0, 7, digest);
  for (int i = 0; i < schema->array_count; i++) {
    const array_info *info = &schema->arrays[i];
    if (!info->frames || info->extent != EXTENT_STEPS) continue;
    int64_t shape[MYR_ARRAY_RANK];
    array_shape(info, 7, 0, shape);
    size_t bytes = array_row_bytes(info);
    unsigned char *whole = malloc(7 * bytes);
    for (int t = 0; t < 7; t++) synthetic_row(info, 0, t, whole + (size_t)t * bytes);
    uint64_t before = array_digest(info->type, info->rank, shape, whole);
    assert_int_equal(before, array_digest_of_rows(info->type, info->rank, shape, episode.frames.lists[i].digest));
    whole[3 * bytes + 5] ^= 1;
    assert_int_not_equal(before, array_digest(info->type, info->rank, shape, whole));
    free(whole);
  }
  synthetic_clear(schema, &episode);
  content_digest_destroy(digest);
  schema_free(&synthetic.schema);
}

static void numbers_of_frames_are_canonical(void **state) {
  (void)state;
  synthetic_contents synthetic;
  synthetic_contents_create(&synthetic);
  const episode_schema *schema = &synthetic.schema;
  int depth = schema_find(schema, "obs/front_depth");
  float *row = calloc(1, array_row_bytes(&schema->arrays[depth]));
  frame_compressor *compressor = frame_compressor_create(array_row_bytes(&schema->arrays[depth]));
  uint64_t digests[5];
  for (int i = 0; i < 5; i++) {
    frame_store store = {0};
    assert_true(frame_store_begin(&store, schema));
    row[9] = (const float[]){0.0f, -0.0f, NAN, -INFINITY, 1.0f}[i];
    assert_true(frame_append(compressor, schema, &store, depth, row, 1));
    digests[i] = store.lists[depth].digest;
    frame_store_free(&store, schema);
  }
  assert_int_equal(digests[0], digests[1]);
  assert_int_equal(digests[0], digests[2]);
  assert_int_equal(digests[0], digests[3]);
  assert_int_not_equal(digests[0], digests[4]);
  frame_compressor_destroy(compressor);
  free(row);
  schema_free(&synthetic.schema);
}

/* Every inflater gives back any image of ids, whatever areas it has. */
static void ids_come_back(void **state) {
  (void)state;
  struct libdeflate_decompressor *inflate = libdeflate_alloc_decompressor();
  static const struct {
    int width, height;
  } sizes[] = {{1, 1024}, {33, 32}, {64, 64}, {129, 65}, {1023, 7}, {8192, 3}, {8193, 3}, {16384, 2}};
  uint64_t random = 1;
  int fitted = 0;
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    size_t count = (size_t)sizes[s].width * (size_t)sizes[s].height, bytes = 4 * count;
    int32_t *ids = malloc(bytes), *back = malloc(bytes);
    unsigned char *out = malloc(2 * bytes);
    for (int kind = 0; kind < 12; kind++) {
      int32_t id = 0;
      for (size_t i = 0; i < count; i++) { /* from one area to noise, with ids of any size */
        random = random * 6364136223846793005u + 1442695040888963407u;
        bool another = kind >= 10 || random >> 33 < UINT64_C(1) << (20 + kind);
        if (another) id = (int32_t)(random >> (kind % 2 ? 32 : 60));
        ids[i] = kind >= 4 && i % 3 && i >= (size_t)sizes[s].width ? ids[i - (size_t)sizes[s].width] : id;
      }
      for (size_t capacity = 2 * bytes;; capacity = 150) {
        memset(out, 0xAA, 2 * bytes);
        size_t length = deflate_ids(ids, count, (size_t)sizes[s].width, out, capacity), inflated = 0;
        assert_true(length <= capacity);
        for (size_t i = capacity; i < 2 * bytes; i++) assert_int_equal(out[i], 0xAA);
        if (length) {
          fitted += capacity == 150;
          assert_int_equal(libdeflate_zlib_decompress(inflate, out, length, back, bytes, &inflated), 0);
          assert_int_equal(inflated, bytes);
          assert_memory_equal(ids, back, bytes);
        } else {
          assert_int_equal(capacity, 150);
        }
        if (capacity == 150) break;
      }
    }
    free(ids);
    free(back);
    free(out);
  }
  assert_true(fitted > 0);
  libdeflate_free_decompressor(inflate);
}

/* A camera that records every third episode leaves no arrays in the others, and verify accepts that. */
static void unseen_episodes_lack_their_frames(void **state) {
  (void)state;
  synthetic_contents synthetic;
  synthetic_contents_create(&synthetic);
  content_digest *digest = content_digest_create();
  for (int index = 2; index < 4; index++) {
    char *directory = synthetic_directory();
    episode episode = {0};
    synthetic_fill(&synthetic.schema, &episode, index, 5, digest);
    write_one(&synthetic, directory, &episode);
    assert_int_equal(verify(directory).count, 0);
    compare_frames(&synthetic.schema, directory, index, 5);
    myr_dataset *dataset;
    myr_array array;
    assert_int_equal(myr_dataset_open(directory, &dataset, NULL), MYR_OK);
    assert_int_equal(myr_dataset_describe(dataset)->camera_count, index == 3 ? 2 : 1);
    assert_int_equal(myr_dataset_read(dataset, index, "obs/side_depth", &array, NULL),
                     index == 3 ? MYR_OK : MYR_INVALID);
    myr_array_free(&array);
    myr_dataset_close(dataset);
    synthetic_clear(&synthetic.schema, &episode);
    synthetic_directory_remove(directory);
  }
  content_digest_destroy(digest);
  schema_free(&synthetic.schema);
}

static void what_is_not_there_cannot_be_read(void **state) {
  (void)state;
  synthetic_contents synthetic;
  synthetic_contents_create(&synthetic);
  content_digest *digest = content_digest_create();
  char *directory = synthetic_directory();
  episode episode = {0};
  synthetic_fill(&synthetic.schema, &episode, 6, 5, digest);
  write_one(&synthetic, directory, &episode);
  myr_dataset *dataset;
  myr_array array;
  assert_int_equal(myr_dataset_open(directory, &dataset, NULL), MYR_OK);
  const myr_dataset_camera *cameras = myr_dataset_describe(dataset)->cameras;
  assert_string_equal(cameras[0].name, "front");
  assert_string_equal(cameras[0].pictures, "seg depth image");
  assert_int_equal(cameras[0].height, SYNTHETIC_HEIGHT);
  assert_int_equal(myr_dataset_read(dataset, 5, "time", &array, NULL), MYR_INVALID);
  assert_int_equal(myr_dataset_read(dataset, 7, "time", &array, NULL), MYR_INVALID);
  assert_int_equal(myr_dataset_read(dataset, 6, "obs", &array, NULL), MYR_INVALID);
  assert_int_equal(myr_dataset_read_rows(dataset, 6, "time", 3, 3, &array, NULL), MYR_INVALID);
  assert_int_equal(myr_dataset_read_rows(dataset, 6, "time", -1, 1, &array, NULL), MYR_INVALID);
  assert_int_equal(myr_dataset_read_rows(dataset, 6, "time", 3, 2, &array, NULL), MYR_OK);
  assert_int_equal(array.type, MYR_ARRAY_F64);
  assert_true(((double *)array.data)[1] == 0.02 * 4);
  myr_array_free(&array);
  assert_int_equal(myr_dataset_read(dataset, 6, "randomization/robot.draw1", &array, NULL), MYR_OK);
  assert_int_equal(array.count, 1);
  myr_array_free(&array);
  myr_dataset_close(dataset);
  synthetic_clear(&synthetic.schema, &episode);
  synthetic_directory_remove(directory);
  content_digest_destroy(digest);
  schema_free(&synthetic.schema);
}

/* Writes wrong labels with the right digest, so only verify's rules can find them. */
static void labels_must_agree_with_ids(void **state) {
  (void)state;
  synthetic_contents synthetic;
  synthetic_contents_create(&synthetic);
  const episode_schema *schema = &synthetic.schema;
  content_digest *digest = content_digest_create();
  static const struct {
    const char *path;
    int element, value; /* of row 0 */
    const char *told;
  } wrong[] = {{"labels/front_box_tight", 2, 5, "front_seg"},      {"labels/front_box_tight", 0, -1, "outside"},
               {"labels/front_visible_pixels", 1, 3, "front_seg"}, {"labels/front_covered_pixels", 1, 3, "disagree"},
               {"labels/front_box_loose", 3, 33, "outside"},       {"labels/front_frame_step", 0, 1, "future"},
               {"labels/front_visible_fraction", 0, 0, "disagree"}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char *directory = synthetic_directory();
    episode episode = {0};
    synthetic_fill(schema, &episode, 0, 5, digest);
    ((int32_t *)synthetic_array(schema, &episode, wrong[i].path))[wrong[i].element] = wrong[i].value;
    episode_seal(schema, &episode, false, digest);
    write_one(&synthetic, directory, &episode);
    faults faults = verify(directory);
    if (!faults.count) fail_msg("%s: verify found nothing", wrong[i].path);
    bool told = strstr(faults.first, wrong[i].told) || (i < 3 && strstr(faults.first, "disagree"));
    if (!told) fail_msg("%s: verify found \"%s\"", wrong[i].path, faults.first);
    synthetic_clear(schema, &episode);
    synthetic_directory_remove(directory);
  }
  content_digest_destroy(digest);
  schema_free(&synthetic.schema);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(frames_come_back),
      cmocka_unit_test(noise_is_stored_plain),
      cmocka_unit_test(the_digest_does_not_see_how_frames_are_stored),
      cmocka_unit_test(numbers_of_frames_are_canonical),
      cmocka_unit_test(ids_come_back),
      cmocka_unit_test(unseen_episodes_lack_their_frames),
      cmocka_unit_test(what_is_not_there_cannot_be_read),
      cmocka_unit_test(labels_must_agree_with_ids),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
