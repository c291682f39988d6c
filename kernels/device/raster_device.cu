/* The driver of the rasterizer on a GPU: queues of frames and views, copies and launches. */
#include "kernels/raster_device.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/device/raster_device_kernels.h"

enum { LINE = 256 }; /* bytes: parts of a queue's memory begin at multiples of this */
enum { WARPS_OF_MULTIPROCESSOR = 32 };
enum { PADDING_BYTES = 256 }; /* after each array, because meshes are read a vector at a time */

/* Two copies of the same bytes: in pinned memory of the host, and on the device. */
typedef struct arena {
  char *host, *device;
  size_t bytes, used;
} arena;

typedef struct view_queue {
  arena frames; /* first the jobs, then the frames and tables that they point to */
  arena images;
  int jobs;
  bool drawn; /* the next frame empties the queue */
  char *scratch;
  cudaStream_t stream;
} view_queue;

struct myr_raster_device {
  myr_raster_device_description description;
  raster_kernel *kernel;
  int blocks;
  size_t scratch_bytes; /* of a warp */
  char *assets;         /* textures and meshes */
  const myr_texture *textures;
  const myr_mesh *meshes;
  view_queue *queues;
};

static size_t whole(size_t bytes) { return (bytes + LINE - 1) / LINE * LINE; }

static myr_status refused(cudaError_t code, const char *what, myr_error *error) {
  return myr_fail(error, MYR_ERROR, "the GPU refused %s for pictures: %s", what, cudaGetErrorString(code));
}

/* ------------------------------------------------------------------------------------------------ sizes */
static size_t frame_parts(const myr_frame *frame, size_t parts[4]) {
  int surfaces = 0;
  for (int i = 0; i < frame->drawable_count; i++)
    if (frame->drawables[i].surface >= surfaces) surfaces = frame->drawables[i].surface + 1;
  parts[0] = (size_t)frame->drawable_count * sizeof(myr_drawable);
  parts[1] = (size_t)surfaces * sizeof(myr_surface);
  parts[2] = (size_t)frame->light_count * sizeof(myr_light);
  parts[3] = sizeof(myr_environment);
  return whole(sizeof(myr_frame)) + whole(parts[0]) + whole(parts[1]) + whole(parts[2]) + whole(parts[3]);
}

size_t myr_raster_frame_bytes(const myr_frame *frame) {
  size_t parts[4];
  return frame_parts(frame, parts);
}

size_t myr_raster_image_bytes(const myr_view *view, int instances, const myr_outputs *wanted) {
  size_t pixels = (size_t)view->width * (size_t)view->height, bytes = 0;
  for (int i = 0; i < MYR_OUTPUT_COUNT; i++)
    if (myr_outputs_plane(wanted, i)) bytes += whole(pixels * myr_output_infos[i].pixel_bytes);
  return bytes + (wanted->instances ? whole(((size_t)instances + 1) * sizeof(myr_instance_view)) : 0);
}

static void shape(const myr_raster_device_description *d, const myr_device_info *info, myr_raster_device *out) {
  int warps = RASTER_BLOCK_THREADS / 32, most = info->multiprocessors * (WARPS_OF_MULTIPROCESSOR / warps);
  int needed = (d->views + warps - 1) / warps;
  out->blocks = needed < most ? needed : most;
  out->scratch_bytes = raster_warp_scratch_bytes(d->drawables, d->lights, d->instances);
}

static size_t queue_scratch_bytes(const myr_raster_device *device) {
  return device->scratch_bytes * (size_t)device->blocks * (RASTER_BLOCK_THREADS / 32);
}

/* ------------------------------------------------------------------------------------------------ assets */
/* The host's image of the device's memory for textures and meshes, filled up to `at`; NULL: only counts bytes. */
typedef struct asset_image {
  char *image, *memory;
  size_t at;
} asset_image;

static const void *put(asset_image *a, const void *from, size_t bytes) {
  if (!from) return NULL;
  size_t here = a->at;
  a->at += whole(bytes + PADDING_BYTES);
  if (a->image) memcpy(a->image + here, from, bytes);
  return a->memory + here;
}

static size_t texels_of(const myr_texture *t) { return (size_t)t->face_stride * (size_t)t->faces; }

static void put_mesh(asset_image *a, myr_mesh *m) {
  size_t vertices = (size_t)m->vertex_count * sizeof(float), triangles = (size_t)m->triangle_count * sizeof(int32_t);
  m->x = (const float *)put(a, m->x, vertices);
  m->y = (const float *)put(a, m->y, vertices);
  m->z = (const float *)put(a, m->z, vertices);
  m->normal = (const float *)put(a, m->normal, 3 * vertices);
  m->uv = (const float *)put(a, m->uv, 2 * vertices);
  m->triangle = (const int32_t *)put(a, m->triangle, triangles);
  m->triangle_vertices = (const int32_t *)put(a, m->triangle_vertices, triangles);
  m->clusters = (const myr_cluster *)put(a, m->clusters, (size_t)m->cluster_count * sizeof(myr_cluster));
  m->levels = (const myr_mesh_level *)put(a, m->levels, (size_t)m->level_count * sizeof(myr_mesh_level));
  m->nodes = (const myr_mesh_node *)put(a, m->nodes, (size_t)m->node_count * sizeof(myr_mesh_node));
}

/* Puts all arrays into a. textures, meshes: receive the device's structs; NULL: only counts bytes. */
static void put_assets(const myr_raster_device_description *d, asset_image *a, myr_texture *textures,
                       myr_mesh *meshes) {
  for (int i = 0; i < d->texture_count; i++) {
    myr_texture own = d->textures[i];
    own.texels = (const uint32_t *)put(a, own.texels, texels_of(&own) * sizeof(uint32_t));
    if (textures) textures[i] = own;
  }
  for (int i = 0; i < d->mesh_count; i++) {
    myr_mesh own = d->meshes[i];
    put_mesh(a, &own);
    if (meshes) meshes[i] = own;
  }
}

static size_t asset_bytes(const myr_raster_device_description *d, size_t *structs) {
  asset_image count = {NULL, NULL, 0};
  put_assets(d, &count, NULL, NULL);
  *structs = whole((size_t)d->texture_count * sizeof(myr_texture)) + whole((size_t)d->mesh_count * sizeof(myr_mesh));
  return *structs + count.at + LINE;
}

static myr_status upload_assets(myr_raster_device *device, myr_error *error) {
  const myr_raster_device_description *d = &device->description;
  size_t structs, bytes = asset_bytes(d, &structs);
  cudaError_t code = cudaMalloc((void **)&device->assets, bytes);
  if (code) return refused(code, "memory for textures and meshes", error);
  char *image = (char *)calloc(bytes, 1);
  if (!image) return myr_fail(error, MYR_ERROR, "out of memory for textures and meshes");
  size_t meshes = whole((size_t)d->texture_count * sizeof(myr_texture));
  asset_image a = {image, device->assets, structs};
  put_assets(d, &a, (myr_texture *)image, (myr_mesh *)(image + meshes));
  device->textures = (const myr_texture *)device->assets;
  device->meshes = (const myr_mesh *)(device->assets + meshes);
  code = cudaMemcpy(device->assets, image, bytes, cudaMemcpyHostToDevice);
  free(image);
  return code ? refused(code, "textures and meshes", error) : MYR_OK;
}

/* ------------------------------------------------------------------------------------------------ creation */
static size_t jobs_bytes(const myr_raster_device_description *d) {
  return whole((size_t)d->views * sizeof(raster_job));
}

size_t myr_raster_device_bytes(const myr_raster_device_description *description, const myr_device_info *info) {
  enum { ALLOCATIONS = 3 }; /* of a queue; each is a LINE longer than its contents, so that none is empty */
  myr_raster_device shaped;
  size_t structs;
  shape(description, info, &shaped);
  size_t queue = jobs_bytes(description) + description->frame_bytes + description->image_bytes +
                 queue_scratch_bytes(&shaped) + ALLOCATIONS * LINE;
  return asset_bytes(description, &structs) + queue * (size_t)description->queues;
}

static cudaError_t create_arena(arena *a, size_t bytes) {
  a->bytes = bytes;
  cudaError_t code = cudaMallocHost((void **)&a->host, bytes + LINE);
  return code ? code : cudaMalloc((void **)&a->device, bytes + LINE);
}

static myr_status create_queue(myr_raster_device *device, view_queue *queue, myr_error *error) {
  const myr_raster_device_description *d = &device->description;
  cudaError_t code = cudaStreamCreateWithFlags(&queue->stream, cudaStreamNonBlocking);
  if (!code) code = create_arena(&queue->frames, jobs_bytes(d) + d->frame_bytes);
  if (!code) code = create_arena(&queue->images, d->image_bytes);
  if (!code) code = cudaMalloc((void **)&queue->scratch, queue_scratch_bytes(device) + LINE);
  queue->drawn = true;
  return code ? refused(code, "memory", error) : MYR_OK;
}

void myr_raster_device_destroy(myr_raster_device *device) {
  if (!device) return;
  cudaDeviceSynchronize();
  for (int i = 0; device->queues && i < device->description.queues; i++) {
    view_queue *queue = &device->queues[i];
    if (queue->stream) cudaStreamDestroy(queue->stream);
    cudaFreeHost(queue->frames.host);
    cudaFreeHost(queue->images.host);
    cudaFree(queue->frames.device);
    cudaFree(queue->images.device);
    cudaFree(queue->scratch);
  }
  cudaFree(device->assets);
  free(device->queues);
  free(device);
}

myr_status myr_raster_device_create(const myr_raster_device_description *description, const myr_device_info *info,
                                    myr_raster_device **out, myr_error *error) {
  *out = NULL;
  raster_kernel *kernel = raster_view_kernel(description->drawables);
  if (!kernel)
    return myr_fail(error, MYR_INVALID, "%d visible things are more than a GPU draws; use --engine cpu",
                    description->drawables);
  myr_raster_device *device = (myr_raster_device *)calloc(1, sizeof *device);
  if (device) device->queues = (view_queue *)calloc((size_t)description->queues, sizeof *device->queues);
  if (!device || !device->queues) {
    free(device);
    return myr_fail(error, MYR_ERROR, "out of memory for a device");
  }
  device->description = *description;
  device->kernel = kernel;
  shape(description, info, device);
  myr_status status = upload_assets(device, error);
  for (int i = 0; i < description->queues && !status; i++) status = create_queue(device, &device->queues[i], error);
  if (status)
    myr_raster_device_destroy(device);
  else
    *out = device;
  return status;
}

/* ------------------------------------------------------------------------------------------------ a queue */
/* Takes room for the bytes, at the same offset of both copies; NULL if there is too little. */
static char *take(arena *a, size_t bytes, size_t *offset) {
  if (a->bytes - a->used < whole(bytes)) return NULL;
  *offset = a->used;
  a->used += whole(bytes);
  return a->host + *offset;
}

/* Copies bytes into the arena, which must have room; returns their address on the device. */
static const void *give(arena *a, const void *from, size_t bytes) {
  size_t offset = 0;
  char *to = take(a, bytes, &offset);
  if (bytes) memcpy(to, from, bytes);
  return a->device + offset;
}

static void begin_queue(myr_raster_device *device, view_queue *queue) {
  queue->frames.used = jobs_bytes(&device->description);
  queue->images.used = 0;
  queue->jobs = 0;
  queue->drawn = false;
}

/* A frame's number is its offset in the arena, in units of LINE. */
int myr_raster_queue_frame(myr_raster_device *device, int number, const myr_frame *frame) {
  view_queue *queue = &device->queues[number];
  if (queue->drawn) begin_queue(device, queue);
  size_t parts[4], at = 0;
  arena *a = &queue->frames;
  if (a->bytes - a->used < frame_parts(frame, parts)) return -1;
  myr_frame *own = (myr_frame *)take(a, sizeof *own, &at);
  *own = *frame;
  own->drawables = (const myr_drawable *)give(a, frame->drawables, parts[0]);
  own->surfaces = (const myr_surface *)give(a, frame->surfaces, parts[1]);
  own->lights = (const myr_light *)give(a, frame->lights, parts[2]);
  own->environment = (const myr_environment *)give(a, frame->environment, parts[3]);
  own->textures = device->textures;
  own->meshes = device->meshes;
  return (int)(at / LINE);
}

static bool place_images(view_queue *queue, const raster_job *job, const myr_outputs *wanted, myr_outputs *on_device,
                         myr_outputs *on_host) {
  size_t pixels = (size_t)job->view.width * (size_t)job->view.height, offset = 0;
  size_t entries = (size_t)job->frame.instance_count + 1;
  if (queue->images.bytes - queue->images.used < myr_raster_image_bytes(&job->view, job->frame.instance_count, wanted))
    return false;
  memset(on_device, 0, sizeof *on_device);
  memset(on_host, 0, sizeof *on_host);
  for (int i = 0; i < MYR_OUTPUT_COUNT; i++) {
    if (!myr_outputs_plane(wanted, i)) continue;
    myr_outputs_want(on_host, i, take(&queue->images, pixels * myr_output_infos[i].pixel_bytes, &offset));
    myr_outputs_want(on_device, i, queue->images.device + offset);
  }
  if (!wanted->instances) return true;
  on_host->instances = (myr_instance_view *)take(&queue->images, entries * sizeof(myr_instance_view), &offset);
  on_device->instances = (myr_instance_view *)(queue->images.device + offset);
  return true;
}

/* Copies the tables of a view whose pixels are beams; false: there is too little room. */
static bool place_beams(view_queue *queue, myr_view *view) {
  size_t columns = (size_t)view->width * 2 * sizeof(float), rows = (size_t)view->height * 2 * sizeof(float);
  arena *a = &queue->frames;
  if (view->projection != MYR_BEAMS) return true;
  if (a->bytes - a->used < whole(columns) + whole(rows)) return false;
  view->azimuth = (const float *)give(a, view->azimuth, columns);
  view->elevation = (const float *)give(a, view->elevation, rows);
  return true;
}

bool myr_raster_queue_view(myr_raster_device *device, int number, int frame, const myr_view *view,
                           const myr_outputs *wanted, myr_outputs *images) {
  view_queue *queue = &device->queues[number];
  if (queue->jobs == device->description.views) return false;
  raster_job *job = (raster_job *)queue->frames.host + queue->jobs;
  memcpy(&job->frame, queue->frames.host + (size_t)frame * LINE, sizeof job->frame);
  job->view = *view;
  if (!place_beams(queue, &job->view) || !place_images(queue, job, wanted, &job->outputs, images)) return false;
  queue->jobs++;
  return true;
}

bool myr_raster_queue_window(myr_raster_device *device, int number, int frame, const myr_view *view) {
  view_queue *queue = &device->queues[number];
  if (queue->jobs == device->description.views) return false;
  raster_job *job = (raster_job *)queue->frames.host + queue->jobs;
  const raster_job *before = job - 1;
  memcpy(&job->frame, queue->frames.host + (size_t)frame * LINE, sizeof job->frame);
  job->view = *view;
  job->view.azimuth = before->view.azimuth;
  job->view.elevation = before->view.elevation;
  job->outputs = before->outputs;
  queue->jobs++;
  return true;
}

static cudaError_t ask_for_images(myr_raster_device *device, view_queue *queue) {
  raster_launch launch;
  memset(&launch, 0, sizeof launch);
  launch.job = (const raster_job *)queue->frames.device;
  launch.jobs = queue->jobs;
  launch.scratch = queue->scratch;
  launch.scratch_bytes = device->scratch_bytes;
  void *arguments[] = {&launch};
  cudaError_t code = cudaMemcpyAsync(queue->frames.device, queue->frames.host, queue->frames.used,
                                     cudaMemcpyHostToDevice, queue->stream);
  if (!code)
    code = cudaLaunchKernel(device->kernel, dim3((unsigned)device->blocks), dim3(RASTER_BLOCK_THREADS), arguments, 0,
                            queue->stream);
  if (!code)
    code = cudaMemcpyAsync(queue->images.host, queue->images.device, queue->images.used, cudaMemcpyDeviceToHost,
                           queue->stream);
  return code ? code : cudaStreamSynchronize(queue->stream);
}

myr_status myr_raster_queue_draw(myr_raster_device *device, int number, myr_error *error) {
  view_queue *queue = &device->queues[number];
  if (queue->drawn || queue->jobs == 0) return MYR_OK;
  queue->drawn = true;
  cudaError_t code = ask_for_images(device, queue);
  if (!code) return MYR_OK;
  return myr_fail(error, MYR_STOPPED,
                  "the GPU failed while drawing: %s; whole files stay; run again, or use --engine cpu",
                  cudaGetErrorString(code));
}
