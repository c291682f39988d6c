/* Feeds any bytes as a shard: it must be refused, or all of it can be read, verified and digested. libhdf5 reads the
 * file first and has faults of its own; tools/fuzz looks up in whose code an input failed. */
#include "tests/fuzz/fuzz_file.h"

#include "dataset/dataset.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  fuzz_make("tiny-000000000-000000000.h5");
  return 0;
}

static void ignore(void *context, const char *file, const char *message) {
  (void)context;
  EXPECT(file && message && message[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  fuzz_write(bytes, size);
  myr_error error = {0};
  myr_dataset *dataset = NULL;
  myr_status status = myr_dataset_open(fuzz_path, &dataset, &error);
  EXPECT((status == MYR_OK) == (dataset != NULL));
  EXPECT((status == MYR_OK) == (error.message[0] == 0));
  if (!dataset) return 0;
  int64_t faults;
  uint64_t digest;
  myr_dataset_verify(dataset, ignore, NULL, &faults, &error);
  myr_dataset_digest(dataset, &digest, &error);
  for (int i = 0; i < 2; i++) {
    myr_array array;
    if (myr_dataset_read(dataset, 0, i ? "actions" : "obs/camera_rgb", &array, &error) == MYR_OK)
      myr_array_free(&array);
  }
  myr_dataset_close(dataset);
  return 0;
}
