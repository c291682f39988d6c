/* How functions that several targets share are compiled. */
#ifndef MYR_LANE_FUNCTION_H
#define MYR_LANE_FUNCTION_H

/* KERNEL is inlined wherever it is called; STAGE is large enough that this would only cost compile time. Where nvcc
 * compiles, both are the device's alone; HOST_DEVICE is for the host's code too. */
#ifdef __CUDACC__
#define KERNEL static __device__ __forceinline__
#define STAGE static __device__ __noinline__
#define HOST_DEVICE static __host__ __device__ __forceinline__
#else
#define KERNEL static inline __attribute__((always_inline, unused))
#define STAGE static __attribute__((noinline, unused))
#define HOST_DEVICE KERNEL
#endif

#endif
