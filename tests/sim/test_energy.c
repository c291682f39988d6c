/* Tests energy counters with a made-up machine: a folder stands in for its processor packages, and a fake NVML for its
 * GPU. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/energy.h"
#include "tests/sim/energy_module.h"

/* J, the rounding of sums of microjoules in double precision. */
static const double rounding = 1e-9;

/* ------------------------------------------------------------------------------------------------ a fake powercap */
typedef struct machine {
  char folder[64];
  energy_sources sources;
} machine;

static void write_attribute(const machine *m, const char *zone, const char *attribute, const char *text) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", m->folder, zone);
  mkdir(path, 0700);
  snprintf(path, sizeof path, "%s/%s/%s", m->folder, zone, attribute);
  FILE *file = fopen(path, "w");
  if (!file) fail_msg("cannot write %s", path);
  fprintf(file, "%s\n", text);
  fclose(file);
}

static void set_energy(const machine *m, const char *zone, const char *microjoules) {
  write_attribute(m, zone, "energy_uj", microjoules);
}

static void add_zone(const machine *m, const char *zone, const char *name, const char *microjoules) {
  write_attribute(m, zone, "name", name);
  write_attribute(m, zone, "max_energy_range_uj", "262143328850");
  set_energy(m, zone, microjoules);
}

static int create_machine(void **state) {
  machine *m = calloc(1, sizeof *m);
  if (!m) return -1;
  strcpy(m->folder, "/tmp/myriad-test-powercap-XXXXXX");
  m->sources = (energy_sources){.powercap = m->folder, .nvml = MYRIAD_TEST_MODULE};
  *state = m;
  return mkdtemp(m->folder) ? 0 : -1;
}

static int remove_machine(void **state) {
  machine *m = *state;
  char command[128];
  snprintf(command, sizeof command, "rm -r '%s'", m->folder);
  int code = system(command);
  free(m);
  return code;
}

static energy_meter *open_good(const machine *m, const char *device) {
  energy_meter *meter = NULL;
  myr_error error = {0};
  if (energy_open(device, &m->sources, &meter, &error)) fail_msg("%s", error.message);
  assert_non_null(meter);
  return meter;
}

static void assert_unavailable(const char *device, const energy_sources *sources, const char *message) {
  energy_meter *meter = (energy_meter *)-1;
  myr_error error = {0};
  assert_int_equal(energy_open(device, sources, &meter, &error), MYR_UNAVAILABLE);
  assert_null(meter);
  if (!strstr(error.message, message)) fail_msg("\"%s\" does not say \"%s\"", error.message, message);
}

/* ------------------------------------------------------------------------------------------------ processors */
static void packages_are_summed_and_nothing_else(void **state) {
  machine *m = *state;
  add_zone(m, "intel-rapl:0", "package-0", "1000000");
  add_zone(m, "intel-rapl:1", "package-1", "5000000000");
  add_zone(m, "intel-rapl:0:0", "core", "10");
  add_zone(m, "intel-rapl:0:1", "dram", "10");
  add_zone(m, "intel-rapl:2", "psys", "10");
  add_zone(m, "intel-rapl-mmio:0", "package-0", "10");
  energy_meter *meter = open_good(m, "cpu");
  assert_float_equal(energy_joules(meter), 0, rounding);
  set_energy(m, "intel-rapl:0", "3500000");
  static const char *const others[] = {"intel-rapl:0:0", "intel-rapl:0:1", "intel-rapl:2", "intel-rapl-mmio:0"};
  for (int i = 0; i < 4; i++) set_energy(m, others[i], "99000000");
  assert_float_equal(energy_joules(meter), 2.5, rounding);
  set_energy(m, "intel-rapl:1", "5040000000");
  assert_float_equal(energy_joules(meter), 42.5, rounding);
  assert_float_equal(energy_joules(meter), 42.5, rounding);
  energy_close(meter);
}

static void counters_start_again_from_zero(void **state) {
  machine *m = *state;
  add_zone(m, "intel-rapl:0", "package-0", "262143000000");
  energy_meter *meter = open_good(m, "cpu");
  set_energy(m, "intel-rapl:0", "671150"); /* 328850 to the end of the range, and these */
  assert_float_equal(energy_joules(meter), 1, rounding);
  set_energy(m, "intel-rapl:0", "262143000000");
  assert_float_equal(energy_joules(meter), 262143.32885, 1e-6);
  set_energy(m, "intel-rapl:0", "671150");
  assert_float_equal(energy_joules(meter), 262144.32885, 1e-6);
  energy_close(meter);
}

static void a_lost_counter_is_not_a_number(void **state) {
  machine *m = *state;
  add_zone(m, "intel-rapl:0", "package-0", "1");
  energy_meter *meter = open_good(m, "cpu");
  set_energy(m, "intel-rapl:0", "");
  assert_true(isnan(energy_joules(meter)));
  set_energy(m, "intel-rapl:0", "1000001");
  assert_true(isnan(energy_joules(meter)));
  energy_close(meter);
  assert_true(isnan(energy_joules(NULL)));
  energy_close(NULL);
}

static void no_folder_or_no_package(void **state) {
  machine *m = *state;
  assert_unavailable("cpu", &(energy_sources){.powercap = "/nowhere/powercap"}, "/nowhere/powercap");
  assert_unavailable("cpu", &m->sources, "no package");
  add_zone(m, "intel-rapl:0", "psys", "1");
  assert_unavailable("cpu", &m->sources, "no package");
}

/* If one package cannot be read, nothing is measured, because half of a machine is no measurement of it. */
static void all_packages_or_none(void **state) {
  machine *m = *state;
  add_zone(m, "intel-rapl:0", "package-0", "1");
  write_attribute(m, "intel-rapl:1", "name", "package-1");
  assert_unavailable("cpu", &m->sources, "may not be read");
  write_attribute(m, "intel-rapl:1", "max_energy_range_uj", "1000");
  assert_unavailable("cpu", &m->sources, "may not be read");
  set_energy(m, "intel-rapl:1", "secret");
  assert_unavailable("cpu", &m->sources, "may not be read");
  set_energy(m, "intel-rapl:1", "7");
  energy_close(open_good(m, "cpu"));
  write_attribute(m, "intel-rapl:1", "max_energy_range_uj", "0");
  assert_unavailable("cpu", &m->sources, "may not be read");
}

/* ------------------------------------------------------------------------------------------------ GPUs */
/* Loads the fake NVML here too, so that its state outlives the meters. */
static fake_nvml *load_nvml(void **library) {
  *library = dlopen(MYRIAD_TEST_MODULE, RTLD_NOW);
  if (!*library) fail_msg("%s", dlerror());
  fake_nvml_state_function *function;
  void *symbol = dlsym(*library, "fake_nvml_state");
  memcpy(&function, &symbol, sizeof symbol);
  fake_nvml *nvml = function();
  *nvml = (fake_nvml){0};
  return nvml;
}

static void a_gpu_is_read_in_joules(void **state) {
  machine *m = *state;
  void *library;
  fake_nvml *nvml = load_nvml(&library);
  nvml->millijoules = 123456789;
  energy_meter *meter = open_good(m, FAKE_NVML_GPU);
  assert_int_equal(nvml->users, 1);
  assert_float_equal(energy_joules(meter), 0, rounding);
  nvml->millijoules += 2500;
  assert_float_equal(energy_joules(meter), 2.5, 1e-6);
  nvml->energy_code = 15; /* the GPU fell off the bus */
  assert_true(isnan(energy_joules(meter)));
  energy_close(meter);
  assert_int_equal(nvml->users, 0);
  dlclose(library);
}

static void a_gpu_that_cannot_be_read(void **state) {
  machine *m = *state;
  void *library;
  fake_nvml *nvml = load_nvml(&library);
  assert_unavailable("0000:ff:00.0", &m->sources, "0000:ff:00.0");
  nvml->energy_code = 3; /* older than Volta */
  assert_unavailable(FAKE_NVML_GPU, &m->sources, "keeps no counter");
  nvml->init_code = 9; /* no driver */
  assert_unavailable(FAKE_NVML_GPU, &m->sources, "does not start");
  assert_int_equal(nvml->users, 0);
  dlclose(library);
  assert_unavailable(FAKE_NVML_GPU, &(energy_sources){.nvml = "/nowhere/libnvidia-ml.so.1"}, "/nowhere");
  assert_unavailable(FAKE_NVML_GPU, &(energy_sources){.nvml = "libm.so.6"}, "libm.so.6");
}

/* On any machine, the counters that exist are opened, and a message names the others. */
static void the_real_places_do_no_harm(void **state) {
  (void)state;
  static const char *const devices[] = {"cpu", "0000:00:00.0"};
  for (int i = 0; i < 2; i++) {
    energy_meter *meter = NULL;
    myr_error error = {0};
    if (energy_open(devices[i], NULL, &meter, &error) == MYR_OK)
      assert_true(energy_joules(meter) >= 0);
    else
      assert_true(!meter && error.message[0]);
    energy_close(meter);
  }
}

#define ON_A_MACHINE(test) cmocka_unit_test_setup_teardown(test, create_machine, remove_machine)

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_A_MACHINE(packages_are_summed_and_nothing_else),
      ON_A_MACHINE(counters_start_again_from_zero),
      ON_A_MACHINE(a_lost_counter_is_not_a_number),
      ON_A_MACHINE(no_folder_or_no_package),
      ON_A_MACHINE(all_packages_or_none),
      ON_A_MACHINE(a_gpu_is_read_in_joules),
      ON_A_MACHINE(a_gpu_that_cannot_be_read),
      cmocka_unit_test(the_real_places_do_no_harm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
