/* Estimates the time, disk and memory of a run from its first episodes. */
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dataset/run_shape.h"
#include "dataset/scratch_folder.h"
#include "dataset/shard.h"

#define BUDGET 3.0 /* s, about, for all runs of a trial together */
enum { FEW = 8 };  /* fewer episodes do not show how much episodes differ */

/* ---------------------------------------------------------------------------------------------------- runs */

typedef struct sample {
  int episodes;
  double *sizes; /* (episodes) bytes of the file that begins with the episode; 0 if none does */
  myr_run_result result;
} sample;

static void measure_files(const char *folder, sample *sample) {
  DIR *stream = opendir(folder);
  for (const struct dirent *entry; stream && (entry = readdir(stream));) {
    struct stat about;
    shard_name name;
    if (shard_name_parse(entry->d_name, &name) && !name.unfinished && name.first < sample->episodes &&
        !fstatat(dirfd(stream), entry->d_name, &about, AT_SYMLINK_NOFOLLOW))
      sample->sizes[name.first] = (double)about.st_size;
  }
  if (stream) closedir(stream);
}

/* Runs the first episodes, so many in a file. The caller frees the sizes. */
static myr_status run_sample(const myr_run_description *description, int episodes, int in_file, sample *sample,
                             myr_error *error) {
  scratch_folder folder;
  myr_run_description run = *description;
  *sample = (struct sample){.episodes = episodes, .sizes = calloc((size_t)episodes, sizeof *sample->sizes)};
  if (!sample->sizes) return myr_fail(error, MYR_ERROR, "too little memory for %d episodes", episodes);
  myr_status status = scratch_folder_make(&folder, error);
  if (status) return status;
  run.directory = folder.path;
  run.episodes = episodes;
  run.shard_episodes = in_file;
  run.progress = NULL;
  status = myr_run(&run, &sample->result, error);
  measure_files(folder.path, sample);
  scratch_folder_remove(&folder);
  return status;
}

/* The seconds of all threads that one episode takes once all worlds are busy. In a sample, worlds are idle when their
 * episode ends before the others, so the time of steps counts by the share that was recorded. */
static double thread_seconds(const sample *sample) {
  const myr_run_result *result = &sample->result;
  double recorded = result->stepped > 0 ? (double)result->steps / (double)result->stepped : 1;
  double share = 1 - result->stage_share[MYR_RUN_WAIT] - (1 - recorded) * result->stage_share[MYR_RUN_STEP];
  return result->thread_seconds * share / sample->episodes;
}

/* Student's t: 19 of 20 samples of n numbers lie within so many standard errors. Linear in 1/(n - 1) between entries. */
static double student(int n) {
  static const double table[][2] = {{1, 12.71},       {1. / 2, 4.303},  {1. / 3, 3.182}, {1. / 5, 2.571},
                                    {1. / 10, 2.228}, {1. / 30, 2.042}, {0, 1.96}};
  double x = 1.0 / (n - 1);
  for (size_t i = 1; i < sizeof table / sizeof *table; i++) {
    if (x < table[i][0]) continue;
    double part = (x - table[i][0]) / (table[i - 1][0] - table[i][0]);
    return table[i][1] + part * (table[i - 1][1] - table[i][1]);
  }
  return 1.96;
}

/* ---------------------------------------------------------------------------------------------------- the trial */

/* The size of an episode as a line over that of its pictures before compression, by least squares, and the spread around
 * it. Where all episodes of the sample have equal pictures, the line goes through rows, the bytes that an episode without
 * pictures takes. */
typedef struct size_line {
  double constant, slope, deviation;
} size_line;

static size_line fit_sizes(const double *sizes, const double *pictures, int n, double rows) {
  double x = 0, y = 0, xx = 0, xy = 0, squares = 0;
  for (int i = 0; i < n; i++) x += pictures[i] / n, y += sizes[i] / n;
  for (int i = 0; i < n; i++) {
    xx += (pictures[i] - x) * (pictures[i] - x);
    xy += (pictures[i] - x) * (sizes[i] - y);
  }
  double slope = xx > 0 ? xy / xx : x > 0 ? fmax(0, y - rows) / x : 0;
  size_line line = {.constant = y - slope * x, .slope = slope};
  for (int i = 0; i < n; i++) squares += pow(sizes[i] - line.constant - slope * pictures[i], 2);
  line.deviation = n > 1 ? sqrt(squares / (n - 1)) : 0;
  return line;
}

/* Half the width of the range of the sum over all episodes. Few episodes say little about how much episodes differ, so
 * half of a size is assumed then. */
static double half_range(const size_line *line, double mean, int n, double episodes) {
  double unseen = episodes - n, deviation = line->deviation;
  if (n < FEW && unseen > 0) return 2 * fmax(deviation, 0.5 * mean) * sqrt(unseen + unseen * unseen / n);
  double half = n > 1 ? student(n) * deviation * sqrt(unseen + unseen * unseen / n) : 0;
  return fmax(half, 0.005 * mean * unseen); /* names and addresses take a few bytes more in large files */
}

/* file_bytes: of a file beside its episodes. */
static myr_status extrapolate(const myr_run_description *description, const record_layout *layout,
                              const myr_run_estimate *plan, const sample *sample, double file_bytes,
                              myr_run_trial *trial, myr_error *error) {
  int n = sample->episodes;
  double episodes = (double)run_episodes(description), files = (double)plan->shards, seen = 0;
  double *pictures = calloc((size_t)n, sizeof *pictures);
  if (!pictures) return myr_fail(error, MYR_ERROR, "too little memory for %d episodes", n);
  for (int i = 0; i < n; i++) {
    pictures[i] = (double)run_picture_bytes(layout, i);
    sample->sizes[i] -= file_bytes;
    seen += sample->sizes[i];
  }
  double rows = (double)(plan->dataset_bytes - plan->picture_bytes) / episodes;
  size_line line = fit_sizes(sample->sizes, pictures, n, rows);
  free(pictures);
  double mean = line.constant + line.slope * (double)plan->picture_bytes / episodes;
  double half = half_range(&line, mean, n, episodes);
  trial->episodes = n;
  trial->episode_bytes = mean;
  trial->bytes = episodes * mean + files * file_bytes;
  trial->bytes_low = fmax(trial->bytes - half, seen + files * file_bytes);
  trial->bytes_high = trial->bytes + half;
  trial->rows = (double)sample->result.steps / layout->info->substeps / n;
  trial->seconds =
      n < episodes ? thread_seconds(sample) * episodes / sample->result.batch.threads : sample->result.seconds;
  return MYR_OK;
}

/* As many episodes as the budget has time for, judged by a smaller sample; at least a few, if these are not very slow. */
static int affordable(const sample *small, int most) {
  double each = thread_seconds(small) / small->result.batch.threads;
  double count = each > 0 ? BUDGET / 2 / each : most;
  if (count < FEW && FEW * each < 4 * BUDGET) count = FEW;
  return count < most ? (int)count : most;
}

typedef struct trial_samples {
  sample pair, joined, many;
} trial_samples;

static myr_status try_episodes(const myr_run_description *description, const record_layout *layout,
                               const myr_run_estimate *plan, int most, trial_samples *samples, myr_run_trial *trial,
                               myr_error *error) {
  int two = most < 2 ? most : 2;
  sample *pair = &samples->pair;
  myr_status status = run_sample(description, two, 1, pair, error);
  if (status) return status;
  int count = affordable(pair, most);
  if (count <= two) return extrapolate(description, layout, plan, pair, 0, trial, error);
  /* The same two episodes in one file show the size of a file without its episodes. */
  status = run_sample(description, two, two, &samples->joined, error);
  if (!status) status = run_sample(description, count, 1, &samples->many, error);
  double file_bytes = status ? 0 : pair->sizes[0] + pair->sizes[1] - samples->joined.sizes[0];
  return status ? status : extrapolate(description, layout, plan, &samples->many, file_bytes, trial, error);
}

myr_status myr_run_try(const myr_run_description *description, int most, myr_run_trial *trial, myr_error *error) {
  *trial = (myr_run_trial){0};
  const char *engine = description->engine;
  bool mixed = run_is_mixed(description), on_device = false;
  myr_status status = mixed ? MYR_OK : myr_engine_find(description->engine, &engine, error);
  if (!status && !mixed) on_device = myr_engine_traits_of(engine)->on_device;
  myr_run_description run = *description;
  run.engine = on_device ? "cpu" : engine;
  run.worlds = 0; /* more than a tile for each thread would only take memory */
  run.episodes = run_episodes(description);
  record_layout *layout = NULL;
  myr_run_estimate plan;
  trial_samples samples = {0};
  if (!status) status = record_layout_create(description->plan, mixed, &layout, error);
  if (!status) status = myr_run_plan(&run, &plan, error);
  if (!status)
    status = try_episodes(&run, layout, &plan, run.episodes < most ? (int)run.episodes : most, &samples, trial, error);
  free(samples.pair.sizes);
  free(samples.joined.sizes);
  free(samples.many.sizes);
  record_layout_destroy(layout);
  if (on_device) trial->seconds = NAN;
  return status;
}
