/* A library that answers like NVIDIA's management library (NVML) for one GPU, whose counter test_energy advances. */
#include <string.h>

#include "tests/sim/energy_module.h"

enum { NVML_INVALID_ARGUMENT = 2, NVML_NOT_FOUND = 6 };

static fake_nvml state;
fake_nvml *fake_nvml_state(void) { return &state; }

int nvmlInit_v2(void) {
  if (!state.init_code) state.users++;
  return state.init_code;
}

int nvmlShutdown(void) {
  state.users--;
  return 0;
}

int nvmlDeviceGetHandleByPciBusId_v2(const char *pci_bus_id, void **device) {
  if (strcmp(pci_bus_id, FAKE_NVML_GPU)) return NVML_NOT_FOUND;
  *device = &state;
  return 0;
}

int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *millijoules) {
  if (device != &state) return NVML_INVALID_ARGUMENT;
  *millijoules = state.millijoules;
  return state.energy_code;
}
