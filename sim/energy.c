#include "sim/energy.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ------------------------------------------------------------------------------------------------ NVML
 * These declarations of NVIDIA's management library follow its API reference. With them, neither its header nor the
 * library is needed to build or start. */
typedef struct nvml_device *nvml_device;
enum { NVML_SUCCESS = 0 };

typedef struct nvml {
  void *library; /* NULL: not loaded */
  int (*init)(void);
  int (*shutdown)(void);
  int (*find)(const char *pci_bus_id, nvml_device *device);
  int (*energy)(nvml_device device, unsigned long long *millijoules); /* since the driver was loaded; Volta or newer */
  nvml_device device;
} nvml;

/* Copies dlsym's object pointer into a function pointer; C has no cast for this, but POSIX guarantees the copy. */
static bool resolve(void *library, const char *name, void *function) {
  void *symbol = dlsym(library, name);
  memcpy(function, &symbol, sizeof symbol);
  return symbol != NULL;
}

static void nvml_unload(nvml *n) {
  if (n->library) dlclose(n->library);
  n->library = NULL;
}

static myr_status nvml_load(nvml *n, const char *path, myr_error *error) {
  n->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!n->library) return myr_fail(error, MYR_UNAVAILABLE, "no energy of a GPU: %s", dlerror());
  if (resolve(n->library, "nvmlInit_v2", &n->init) && resolve(n->library, "nvmlShutdown", &n->shutdown) &&
      resolve(n->library, "nvmlDeviceGetHandleByPciBusId_v2", &n->find) &&
      resolve(n->library, "nvmlDeviceGetTotalEnergyConsumption", &n->energy))
    return MYR_OK;
  nvml_unload(n);
  return myr_fail(error, MYR_UNAVAILABLE, "no energy of a GPU: %s has no counter of it", path);
}

/* Joules since the driver was loaded, or NAN. */
static double nvml_joules(const nvml *n) {
  unsigned long long millijoules;
  return n->energy(n->device, &millijoules) == NVML_SUCCESS ? 1e-3 * (double)millijoules : NAN;
}

static void nvml_close(nvml *n) {
  if (n->library) n->shutdown();
  nvml_unload(n);
}

static myr_status nvml_open(nvml *n, const char *pci_bus_id, const char *path, myr_error *error) {
  myr_status status = nvml_load(n, path, error);
  if (status) return status;
  int code = n->init();
  if (code != NVML_SUCCESS) {
    nvml_unload(n);
    return myr_fail(error, MYR_UNAVAILABLE, "no energy of GPU %s: NVML does not start (code %d)", pci_bus_id, code);
  }
  code = n->find(pci_bus_id, &n->device);
  if (code == NVML_SUCCESS && !isnan(nvml_joules(n))) return MYR_OK;
  nvml_close(n);
  if (code == NVML_SUCCESS)
    return myr_fail(error, MYR_UNAVAILABLE, "no energy of GPU %s: it keeps no counter", pci_bus_id);
  return myr_fail(error, MYR_UNAVAILABLE, "no energy of GPU %s: NVML does not know it (code %d)", pci_bus_id, code);
}

/* ------------------------------------------------------------------------------------------------ RAPL
 * The kernel's documentation of power zones: Documentation/power/powercap/powercap.rst. */
typedef struct package {
  int file;             /* energy_uj, open */
  uint64_t range, last; /* microjoules: the largest value before it starts again from zero; the last one read */
} package;

enum { PATH_BYTES = 512, MOST_PACKAGES = 64 };
typedef struct rapl {
  package packages[MOST_PACKAGES];
  int count;
} rapl;

/* Reads a decimal number from the beginning of a file in /sys. */
static bool read_number(int file, uint64_t *number) {
  char text[32];
  ssize_t length = pread(file, text, sizeof text - 1, 0);
  if (length <= 0) return false;
  text[length] = 0;
  return sscanf(text, "%" SCNu64, number) == 1;
}

static int open_attribute(const char *folder, const char *zone, const char *attribute) {
  char path[PATH_BYTES];
  if (snprintf(path, sizeof path, "%s/%s/%s", folder, zone, attribute) >= (int)sizeof path) return -1;
  return open(path, O_RDONLY | O_CLOEXEC);
}

/* A zone is a package, a part of one (cores or memory, which the package already counts, or which not every processor
 * counts), or on some machines the whole platform. intel-rapl-mmio lists the same packages once more. AMD's packages
 * also have intel-rapl in their names. */
static bool is_package(const char *folder, const char *zone) {
  if (strncmp(zone, "intel-rapl:", strlen("intel-rapl:"))) return false;
  int file = open_attribute(folder, zone, "name");
  if (file < 0) return false;
  char name[16] = {0};
  ssize_t length = pread(file, name, sizeof name - 1, 0);
  close(file);
  return length > 0 && !strncmp(name, "package", strlen("package"));
}

static bool package_open(const char *folder, const char *zone, package *p) {
  int range = open_attribute(folder, zone, "max_energy_range_uj");
  bool known = range >= 0 && read_number(range, &p->range) && p->range > 0;
  if (range >= 0) close(range);
  p->file = known ? open_attribute(folder, zone, "energy_uj") : -1;
  if (p->file < 0) return false;
  if (read_number(p->file, &p->last)) return true;
  close(p->file);
  return false;
}

static void rapl_close(rapl *r) {
  for (int i = 0; i < r->count; i++) close(r->packages[i].file);
  r->count = 0;
}

/* Opens all packages or none, because a part of the machine's energy would look like a saving. */
static bool rapl_open_zones(rapl *r, DIR *zones, const char *folder) {
  for (const struct dirent *zone; (zone = readdir(zones));) {
    if (!is_package(folder, zone->d_name)) continue;
    if (r->count == MOST_PACKAGES || !package_open(folder, zone->d_name, &r->packages[r->count])) return false;
    r->count++;
  }
  return true;
}

static myr_status rapl_open(rapl *r, const char *folder, myr_error *error) {
  DIR *zones = opendir(folder);
  if (!zones) return myr_fail(error, MYR_UNAVAILABLE, "no energy of the processor: there is no %s", folder);
  bool readable = rapl_open_zones(r, zones, folder);
  closedir(zones);
  if (readable && r->count > 0) return MYR_OK;
  rapl_close(r);
  return readable
             ? myr_fail(error, MYR_UNAVAILABLE, "no energy of the processor: no package in %s", folder)
             : myr_fail(error, MYR_UNAVAILABLE,
                        "no energy of the processor: energy_uj in %s may not be read; ask for root's leave", folder);
}

/* Joules since the last call, or NAN. */
static double rapl_advance(rapl *r) {
  double microjoules = 0;
  for (int i = 0; i < r->count; i++) {
    package *p = &r->packages[i];
    uint64_t now;
    if (!read_number(p->file, &now)) return NAN;
    microjoules += (double)(now >= p->last ? now - p->last : now + p->range - p->last);
    p->last = now;
  }
  return 1e-6 * microjoules;
}

/* ------------------------------------------------------------------------------------------------ meters */
struct energy_meter {
  bool is_gpu;
  rapl rapl;
  nvml nvml;
  double start; /* J, of NVML's counter */
  double used;  /* J, of RAPL's counters so far */
};

static myr_status meter_open(energy_meter *meter, const char *device, const energy_sources *sources, myr_error *error) {
  const char *powercap = sources && sources->powercap ? sources->powercap : "/sys/class/powercap";
  const char *library = sources && sources->nvml ? sources->nvml : "libnvidia-ml.so.1";
  meter->is_gpu = strcmp(device, "cpu") != 0;
  if (!meter->is_gpu) return rapl_open(&meter->rapl, powercap, error);
  myr_status status = nvml_open(&meter->nvml, device, library, error);
  if (!status) meter->start = nvml_joules(&meter->nvml);
  return status;
}

myr_status energy_open(const char *device, const energy_sources *sources, energy_meter **meter, myr_error *error) {
  *meter = calloc(1, sizeof **meter);
  if (!*meter) return myr_fail(error, MYR_ERROR, "out of memory for an energy meter");
  myr_status status = meter_open(*meter, device, sources, error);
  if (!status) return MYR_OK;
  free(*meter);
  *meter = NULL;
  return status;
}

double energy_joules(energy_meter *meter) {
  if (!meter) return NAN;
  if (meter->is_gpu) return nvml_joules(&meter->nvml) - meter->start;
  return meter->used += rapl_advance(&meter->rapl);
}

void energy_close(energy_meter *meter) {
  if (!meter) return;
  rapl_close(&meter->rapl);
  nvml_close(&meter->nvml);
  free(meter);
}
