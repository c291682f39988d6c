/* The control step on CUDA: one warp steps one world. All mathematics is in the headers that the CPU compiles too; this
 * file only says where a world's data lie. Nothing launches it yet: it keeps the headers compilable by nvcc. */
#include "kernels/step.h"

/* tile and scratch point to one world's block of tile_elements and scratch_elements floats (LANES is 1 here), lists to
 * its integer lists; c is the model in device memory. */
extern "C" __global__ void myr_control_step_kernel(const constants *c, float *tiles, float *scratch, tile_lists *lists,
                                                   int worlds, int substeps, unsigned flags) {
  int world = (int)(blockIdx.x * (blockDim.x / 32u) + threadIdx.x / 32u);
  if (world >= worlds) return;
  enum { STATE = 0, INPUT = 0, PARAMETER = 0, DERIVED = 0, LABEL = 0, SCRATCH = 1 };
  float *tile = tiles + (size_t)world * (size_t)c->layout.tile_elements;
  float *own_scratch = scratch + (size_t)world * (size_t)c->layout.scratch_elements;
  fields f;
#define FIELD(name, count, unit, kind, stage, doc) \
  f.name = (kind == SCRATCH ? own_scratch : tile) + c->layout.offset[MYR_FIELD_##name];
#include "kernels/fields.def"
  f.lists = lists + world;
  step_world(c, &f, substeps, flags, (myr_profile *)0);
}
