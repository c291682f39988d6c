/* Floor 1, public: the GPU that steps worlds (device.h) and draws views (raster_device.h). Compiled in only where nvcc
 * is found. */
#ifndef MYR_GPU_H
#define MYR_GPU_H

#include <stddef.h>

#include "kernels/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct myr_device_info {
  char name[256];   /* "NVIDIA H100 80GB HBM3" */
  char bus[32];     /* PCI address, "0000:01:00.0" */
  int major, minor; /* compute capability */
  int multiprocessors;
  int driver, runtime;                                /* CUDA versions, 1000 major + 10 minor */
  size_t memory, free_memory;                         /* bytes */
  size_t shared_per_block, shared_per_multiprocessor; /* bytes of on-chip memory that kernels may ask for */
} myr_device_info;

/* The bytes that must be free on a device so that `bytes` can be allocated. It is more than `bytes`, because the driver
 * takes some memory itself and hands out whole pages. */
enum { MYR_DEVICE_PARTS = 20 };
static inline size_t myr_device_memory_for(size_t bytes) {
  return (bytes + MYR_DEVICE_PARTS - 2) / (MYR_DEVICE_PARTS - 1) * MYR_DEVICE_PARTS;
}

/* The first GPU that CUDA_VISIBLE_DEVICES leaves visible. MYR_UNAVAILABLE if there is no GPU or no driver; the message
 * names the missing one. */
myr_status myr_device_find(myr_device_info *info, myr_error *error);

#ifdef __cplusplus
}
#endif
#endif
