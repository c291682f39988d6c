/* A stand-in for the CUDA runtime on machines without a GPU. The drivers (kernels/device/) are compiled against it as
 * plain C++, and their kernels run on emulated warps (warp.h). It has only the functions that the drivers use, with the
 * meaning that the reference of the CUDA Runtime API gives them.
 *
 * The work of a stream is done as late as the rules allow: when somebody waits for the stream or for an event behind
 * the work. Code that does not wait therefore fails: it reads a result that is not there yet, or overwrites bytes that
 * are not copied yet. */
#ifndef TESTS_EMULATED_CUDA_RUNTIME_H
#define TESTS_EMULATED_CUDA_RUNTIME_H

#include <stddef.h>

#include <functional>
#include <tuple>
#include <typeinfo>
#include <utility>

#include "tests/emulated/warp.h"

#define __global__
#define __grid_constant__
#define __shared__ thread_local
#define __align__(bytes)
#define __launch_bounds__(threads)

struct dim3 {
  unsigned x, y, z;
  explicit dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorNoDevice = 100,
  cudaErrorIllegalAddress = 700
};
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost };
enum cudaDeviceAttr { cudaDevAttrMaxSharedMemoryPerBlockOptin, cudaDevAttrMaxSharedMemoryPerMultiprocessor };
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize };
enum { cudaStreamNonBlocking = 1, cudaEventDisableTiming = 2 };
struct cudaDeviceProp {
  char name[256];
  int major, minor, multiProcessorCount;
};
typedef struct emulated_stream *cudaStream_t;
typedef struct emulated_event *cudaEvent_t;

/* Environment variables change the emulated device:
 * - EMULATED_CUDA=absent: there is no device.
 * - EMULATED_CUDA=fails:N: launch number N, counted from 1 over all streams, fails, and so does every later call.
 * - EMULATED_CUDA=damages:N: copies of more than N bytes from the device arrive with their first bit flipped.
 * - EMULATED_CUDA_MEMORY: the device's memory in bytes.
 * - EMULATED_CUDA_REPORT: a file for a report. It contains the number of launches, the largest number of streams with
 *   work at the same time, the largest number of allocated bytes, and the number of waits for a stream; for each kind
 *   of launch (the type of the kernel's argument) the number of launches and the number of the last one; and for each
 *   size the number of copies to the device. */
const char *cudaGetErrorString(cudaError_t code);
cudaError_t cudaDriverGetVersion(int *version);
cudaError_t cudaRuntimeGetVersion(int *version);
cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device);
cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr which, int device);
cudaError_t cudaDeviceGetPCIBusId(char *text, int size, int device);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *bytes);
cudaError_t cudaDeviceSynchronize(void);

/* Fills the memory with bytes that are no sensible value, because memory of a real device that was never written holds
 * anything. */
cudaError_t cudaMalloc(void **memory, size_t bytes);
cudaError_t cudaMallocHost(void **memory, size_t bytes);
cudaError_t cudaFree(void *memory);
cudaError_t cudaFreeHost(void *memory);
cudaError_t cudaMemset(void *memory, int value, size_t bytes);
cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind kind);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream);

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags);
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream);
cudaError_t cudaEventSynchronize(cudaEvent_t event);

cudaError_t cudaFuncSetAttribute(const void *kernel, cudaFuncAttribute which, int value);

/* ------------------------------------------------------------------------------------------------ launches */
/* The index of the block that runs on this thread. */
struct emulated_index {
  unsigned x, y, z;
};
extern thread_local emulated_index blockIdx, blockDim, gridDim;
emulated_index emulated_thread_index(void);
#define threadIdx emulated_thread_index()

/* A block's dynamic shared memory. */
enum { EMULATED_SHARED_BYTES = 256 << 10 };
#define on_chip emulated_on_chip
extern thread_local char emulated_on_chip[];

cudaError_t emulated_launch(std::function<void()> kernel, const std::type_info &kind, dim3 grid, dim3 block,
                            size_t shared_bytes, cudaStream_t stream);

template <typename... Parameters, size_t... I>
std::function<void()> emulated_call(void (*kernel)(Parameters...), void **arguments, std::index_sequence<I...>) {
  std::tuple<Parameters...> copies(*static_cast<std::remove_cv_t<Parameters> *>(arguments[I])...);
  return [=] { std::apply(kernel, copies); };
}

template <typename... Parameters>
cudaError_t cudaLaunchKernel(void (*kernel)(Parameters...), dim3 grid, dim3 block, void **arguments,
                             size_t shared_bytes, cudaStream_t stream) {
  return emulated_launch(emulated_call(kernel, arguments, std::index_sequence_for<Parameters...>()),
                         typeid(std::tuple_element_t<0, std::tuple<Parameters...>>), grid, block, shared_bytes, stream);
}

#endif
