/* Feeds any bytes as a model file: it must become a model, or be refused with a message. MuJoCo's compiler reads the
 * file first and has faults of its own; tools/fuzz looks up in whose code an input failed. */
#include "tests/fuzz/fuzz_file.h"

#include "kernels/kernels.h"
#include "sim/appearance.h"
#include "sim/sim.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  fuzz_make("model.xml");
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  fuzz_write(bytes, size);
  myr_error error = {0};
  myr_model *model = NULL;
  myr_status status = myr_model_load(fuzz_path, &model, &error);
  EXPECT((status == MYR_OK) == (model != NULL));
  EXPECT((status == MYR_OK) == (error.message[0] == 0));
  if (model) {
    myr_appearance *appearance = NULL;
    status = myr_appearance_load(fuzz_path, model, &appearance, &error);
    EXPECT((status == MYR_OK) == (appearance != NULL));
    myr_appearance_free(appearance);
  }
  myr_model_free(model);
  return 0;
}
