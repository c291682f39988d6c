/* The options of myriad bench, shared by its two halves: stepping (bench.c) and drawing (bench_render.c). */
#ifndef MYR_TOOLS_BENCH_H
#define MYR_TOOLS_BENCH_H

#include "command.h"

typedef struct bench_options {
  const char *versus, *engine, *mapping, *key, *size, *camera, *outputs;
  int64_t worlds, lanes, threads, steps, rounds, settle, seed, samples, frames;
  bool json, render;
} bench_options;

/* Measures how fast one camera of the look is drawn, and prints the result. Returns the exit code. */
int bench_render(const bench_options *values, const char *path, const myr_model *model, const myr_look *look);

#endif
