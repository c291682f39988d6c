/* Energy that a device has used, from the counters that some machines keep: RAPL's of the processor packages, NVML's of
 * an NVIDIA GPU. A counter counts all that the device does, other programs' work and idling included. */
#ifndef MYR_SIM_ENERGY_H
#define MYR_SIM_ENERGY_H

#include "kernels/status.h"

/* Where the counters are found; a NULL member is the default. */
typedef struct energy_sources {
  const char *powercap; /* folder of the kernel's power zones; default /sys/class/powercap */
  const char *nvml;     /* the driver's management library, loaded only when asked for; default libnvidia-ml.so.1 */
} energy_sources;

typedef struct energy_meter energy_meter;

/* Opens the counter of a device: "cpu", all processor packages of the machine together; or a GPU's PCI bus id,
 * "0000:3b:00.0". sources may be NULL. If there is no counter that this user may read, MYR_UNAVAILABLE, and *meter is
 * NULL: the kernel lets only root read RAPL unless the administrator opens it. */
myr_status energy_open(const char *device, const energy_sources *sources, energy_meter **meter, myr_error *error);

/* Joules used since the meter was opened; NAN if meter is NULL, and always after a counter once could not be read. Only
 * one thread at a time may call. RAPL's counters start again from zero after some hundred kilojoules, so call at least
 * every few minutes. They advance every millisecond, a GPU's every 20 to 100 ms, so differences over less than a second
 * are rough. */
double energy_joules(energy_meter *meter);

/* meter may be NULL. */
void energy_close(energy_meter *meter);

#endif
