/* The state with which test_energy controls the answers of the fake NVML. */
#ifndef MYR_TESTS_ENERGY_MODULE_H
#define MYR_TESTS_ENERGY_MODULE_H

typedef struct fake_nvml {
  int init_code, energy_code; /* the results of these calls; 0: success */
  unsigned long long millijoules;
  int users; /* initializations less shutdowns */
} fake_nvml;

/* The one GPU that it knows. */
#define FAKE_NVML_GPU "0000:3b:00.0"

/* The module's function "fake_nvml_state". */
typedef fake_nvml *fake_nvml_state_function(void);

#endif
