/* The emulated CUDA runtime; see cuda_runtime.h. */
#include "cuda_runtime.h"

#include <cxxabi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <string>

struct emulated_stream {
  std::deque<std::function<void()>> work;
  std::recursive_mutex mutex; /* only one thread at a time may do the stream's work */
};

struct emulated_event {
  emulated_stream *stream; /* NULL: never recorded */
  uint64_t position;       /* the number of pieces of work that come before it in the stream */
};

thread_local emulated_index blockIdx, blockDim, gridDim;
alignas(64) thread_local char emulated_on_chip[EMULATED_SHARED_BYTES];

static std::atomic<long> launches, waits;
static std::atomic<bool> broken;
static std::mutex report_mutex;
static std::map<std::string, std::pair<long, long>> launches_of_kind; /* how many, the last's number */
static std::map<size_t, long> copies_of_size;                         /* to the device */
static std::mutex memory_mutex;
static std::map<void *, size_t> allocations;
static size_t allocated, most_allocated;
static std::map<emulated_stream *, uint64_t> finished; /* pieces of work done, by stream; under streams_mutex */
static std::mutex streams_mutex;
static int at_work,
    most_at_work; /* the number of streams with unfinished work, now and at most so far; under streams_mutex */

static cudaError_t state(void) { return broken ? cudaErrorIllegalAddress : cudaSuccess; }

const char *cudaGetErrorString(cudaError_t code) {
  switch (code) {
  case cudaSuccess: return "no error";
  case cudaErrorMemoryAllocation: return "out of memory";
  case cudaErrorNoDevice: return "no CUDA-capable device is detected";
  case cudaErrorIllegalAddress: return "an illegal memory access was encountered";
  default: return "invalid argument";
  }
}

/* ------------------------------------------------------------------------------------------------ the device */
static bool absent(void) {
  const char *wish = getenv("EMULATED_CUDA");
  return wish && !strcmp(wish, "absent");
}

static size_t device_memory(void) {
  const char *bytes = getenv("EMULATED_CUDA_MEMORY");
  return bytes ? strtoull(bytes, NULL, 10) : (size_t)4 << 30;
}

cudaError_t cudaDriverGetVersion(int *version) { return *version = absent() ? 0 : 12000, cudaSuccess; }
cudaError_t cudaRuntimeGetVersion(int *version) { return *version = 12000, cudaSuccess; }
cudaError_t cudaGetDeviceCount(int *count) {
  *count = absent() ? 0 : 1;
  return absent() ? cudaErrorNoDevice : cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int) {
  *properties = cudaDeviceProp{"emulated GPU", 8, 0, 2};
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr which, int) {
  *value = which == cudaDevAttrMaxSharedMemoryPerBlockOptin ? 163 << 10 : 164 << 10; /* as an A100 has */
  return cudaSuccess;
}
cudaError_t cudaDeviceGetPCIBusId(char *text, int size, int) {
  snprintf(text, (size_t)size, "emulated");
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int) { return cudaSuccess; }
cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *bytes) {
  std::lock_guard<std::mutex> lock(memory_mutex);
  *bytes = device_memory();
  *free_bytes = *bytes - allocated;
  return state();
}

/* ------------------------------------------------------------------------------------------------ memory */
cudaError_t cudaMalloc(void **memory, size_t bytes) {
  std::lock_guard<std::mutex> lock(memory_mutex);
  if (allocated + bytes > device_memory() || !(*memory = aligned_alloc(256, (bytes + 255) / 256 * 256)))
    return cudaErrorMemoryAllocation;
  memset(*memory, 0xa5, bytes);
  allocations[*memory] = bytes;
  allocated += bytes;
  if (allocated > most_allocated) most_allocated = allocated;
  return state();
}
cudaError_t cudaMallocHost(void **memory, size_t bytes) {
  *memory = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  return *memory ? state() : cudaErrorMemoryAllocation;
}
cudaError_t cudaFree(void *memory) {
  std::lock_guard<std::mutex> lock(memory_mutex);
  auto found = allocations.find(memory);
  if (found != allocations.end()) {
    allocated -= found->second;
    allocations.erase(found);
  }
  free(memory);
  return cudaSuccess;
}
cudaError_t cudaFreeHost(void *memory) { return free(memory), cudaSuccess; }
cudaError_t cudaMemset(void *memory, int value, size_t bytes) { return memset(memory, value, bytes), state(); }
cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind) {
  return memcpy(to, from, bytes), state();
}

/* ------------------------------------------------------------------------------------------------ streams */
static void change_at_work(int change) {
  std::lock_guard<std::mutex> lock(streams_mutex);
  at_work += change;
  if (at_work > most_at_work) most_at_work = at_work;
}

/* Its destructor writes the report when the program ends. */
static struct reporter {
  ~reporter() {
    const char *path = getenv("EMULATED_CUDA_REPORT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "launches %ld\nstreams at work at once %d\nbytes at once %zu\n", launches.load(), most_at_work,
            most_allocated);
    fprintf(file, "waits for streams %ld\n", waits.load());
    for (auto &kind : launches_of_kind)
      fprintf(file, "%s: %ld times, last as number %ld\n", kind.first.c_str(), kind.second.first, kind.second.second);
    for (auto &size : copies_of_size)
      fprintf(file, "copies of %zu bytes to the device: %ld\n", size.first, size.second);
    fclose(file);
  }
} reporter;

static cudaError_t ask(cudaStream_t stream, std::function<void()> work) {
  std::lock_guard<std::recursive_mutex> lock(stream->mutex);
  if (stream->work.empty()) change_at_work(1);
  stream->work.push_back(std::move(work));
  return state();
}

/* Does the stream's work until `position` pieces are done. */
static void work_until(cudaStream_t stream, uint64_t position) {
  std::lock_guard<std::recursive_mutex> lock(stream->mutex);
  for (;;) {
    uint64_t *done;
    {
      std::lock_guard<std::mutex> streams(streams_mutex);
      done = &finished[stream];
    }
    if (*done >= position || stream->work.empty()) return;
    std::function<void()> work = std::move(stream->work.front());
    stream->work.pop_front();
    if (!broken) work();
    ++*done;
    if (stream->work.empty()) change_at_work(-1);
  }
}

static uint64_t end_of(cudaStream_t stream) {
  std::lock_guard<std::recursive_mutex> lock(stream->mutex);
  std::lock_guard<std::mutex> streams(streams_mutex);
  return finished[stream] + stream->work.size();
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned) {
  *stream = new emulated_stream;
  std::lock_guard<std::mutex> streams(streams_mutex);
  finished[*stream] = 0;
  return state();
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  ++waits;
  work_until(stream, UINT64_MAX);
  return state();
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  work_until(stream, UINT64_MAX);
  std::lock_guard<std::mutex> streams(streams_mutex);
  finished.erase(stream);
  delete stream;
  return cudaSuccess;
}
cudaError_t cudaDeviceSynchronize(void) {
  std::deque<emulated_stream *> all;
  {
    std::lock_guard<std::mutex> streams(streams_mutex);
    for (auto &stream : finished) all.push_back(stream.first);
  }
  for (emulated_stream *stream : all) work_until(stream, UINT64_MAX);
  return state();
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned) {
  *event = new emulated_event{NULL, 0};
  return state();
}
cudaError_t cudaEventDestroy(cudaEvent_t event) { return delete event, cudaSuccess; }
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  *event = emulated_event{stream, end_of(stream)};
  return state();
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  if (event->stream) work_until(event->stream, event->position);
  return state();
}
static bool damaged(size_t bytes, cudaMemcpyKind kind) {
  const char *wish = getenv("EMULATED_CUDA");
  return kind == cudaMemcpyDeviceToHost && wish && !strncmp(wish, "damages:", 8) &&
         bytes > strtoull(wish + 8, NULL, 10);
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  if (kind == cudaMemcpyHostToDevice) {
    std::lock_guard<std::mutex> lock(report_mutex);
    copies_of_size[bytes]++;
  }
  return ask(stream, [=] {
    memcpy(to, from, bytes);
    if (damaged(bytes, kind)) *static_cast<unsigned char *>(to) ^= 1;
  });
}

/* ------------------------------------------------------------------------------------------------ launches */
static thread_local unsigned running_warp; /* of the block */

emulated_index emulated_thread_index(void) { return {32 * running_warp + (unsigned)warp_item(), 0, 0}; }

cudaError_t cudaFuncSetAttribute(const void *, cudaFuncAttribute, int value) {
  return value <= 163 << 10 ? state() : cudaErrorInvalidValue;
}

static void note_launch(const std::type_info &kind, long number) {
  int status;
  char *name = abi::__cxa_demangle(kind.name(), NULL, NULL, &status);
  std::lock_guard<std::mutex> lock(report_mutex);
  auto &noted = launches_of_kind[name ? name : kind.name()];
  noted.first++;
  if (number > noted.second) noted.second = number;
  free(name);
}

static bool breaks_now(const std::type_info &kind) {
  const char *wish = getenv("EMULATED_CUDA");
  long number = ++launches;
  note_launch(kind, number);
  return wish && !strncmp(wish, "fails:", 6) && number >= strtol(wish + 6, NULL, 10);
}

static void call(void *kernel) { (*static_cast<std::function<void()> *>(kernel))(); }

/* Runs the warps one after the other, because the warps of these kernels share nothing. The order of the items is drawn
 * anew for each warp. */
static void run_grid(std::function<void()> &kernel, dim3 grid, dim3 block, size_t shared_bytes) {
  static std::atomic<uint64_t> seed;
  gridDim = {grid.x, grid.y, grid.z};
  blockDim = {block.x, block.y, block.z};
  for (unsigned b = 0; b < grid.x; b++) {
    blockIdx = {b, 0, 0};
    memset(emulated_on_chip, 0xa5, shared_bytes);
    for (running_warp = 0; running_warp < block.x / 32; running_warp++) warp_run(32, call, &kernel, ++seed);
  }
}

cudaError_t emulated_launch(std::function<void()> kernel, const std::type_info &kind, dim3 grid, dim3 block,
                            size_t shared_bytes, cudaStream_t stream) {
  if (shared_bytes > EMULATED_SHARED_BYTES || block.x % 32 != 0) return cudaErrorInvalidValue;
  return ask(stream, [=, &kind]() mutable {
    if (breaks_now(kind))
      broken = true;
    else
      run_grid(kernel, grid, block, shared_bytes);
  });
}
