/* How functions that several targets share are compiled. */
#ifndef MYR_LANE_FUNCTION_H
#define MYR_LANE_FUNCTION_H

/* A KERNEL is inlined wherever it is called. A STAGE is so large that inlining it would only cost compile time. Under
 * nvcc both exist on the device only; a HOST_DEVICE function exists on the host too. */
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
