/* Floor 5, public: generates datasets and reads them back. Knows nothing of command lines.
 *
 * A dataset is a directory of shards NAME-000000000-000000255.h5. Each shard is a whole HDF5 file in robomimic's
 * layout. A file gets its final name only when it is complete and on disk. */
#ifndef MYR_DATASET_H
#define MYR_DATASET_H

/* The attribute format_version of our files. */
enum { MYR_FORMAT_VERSION = 2 };

/* The claim of a run on another host counts until its last heartbeat is so many seconds old. */
enum { MYR_CLAIM_SECONDS = 300 };

#include <stdatomic.h>

#include "dataset/array.h"
#include "scenarios/scenarios.h"

/* ------------------------------------------------------------------------------------------------ generating */

/* The progress of a run. The counts include episodes that are not yet on disk. */
typedef struct myr_progress {
  int64_t episodes, episodes_total;
  int64_t steps;  /* timesteps of all worlds */
  double seconds; /* since the run began */
} myr_progress;

/* Used in place of an engine's name for a mixed run: the seed draws one of two engines for each episode. The batch that
 * a mixed run reports is that of the first engine. */
#define MYR_MIX "mix"
extern const char *const myr_mixed_engines[2];

typedef struct myr_run_description {
  const myr_plan *plan;
  const char *directory; /* created if missing */
  int64_t episodes;      /* 0: the scenario's number */
  int shard_episodes;    /* episodes in a file; 0: 256 */
  const char *engine;    /* an engine's name (sim.h) or MYR_MIX; NULL: the default */
  int worlds;            /* the number of worlds that run at once; 0: a tile for each thread */
  int lanes, threads;    /* 0: the widest vectors; all processors */
  bool overwrite;        /* replace a dataset of the scenario's name in the directory, once the new one is whole */
  void (*progress)(void *context, const myr_progress *progress); /* ten times a second, on the writer's thread */
  void (*note)(void *context, const char *message);              /* gets a message about older files, or NULL */
  void *context;
  const atomic_int *stop; /* when it becomes nonzero, the run ends soon; or NULL */
} myr_run_description;

/* The stages on which a thread of a run spends its time. With a GPU, the time of stepping and drawing is the time that
 * the thread waits for it. */
enum myr_run_stage {
  MYR_RUN_STEP,     /* advances worlds */
  MYR_RUN_DRAW,     /* draws the images and labels of cameras */
  MYR_RUN_COMPRESS, /* compresses pictures */
  MYR_RUN_RECORD,   /* random draws, resets, controllers, events, judgements, rows and digests */
  MYR_RUN_WAIT,     /* waits for the writer */
  MYR_RUN_STAGE_COUNT
};

/* The whole shards that are on disk when the run is over, those of earlier runs of the same job included. */
typedef struct myr_run_result {
  int64_t episodes, successes;
  int64_t kept_episodes;    /* those that an earlier run made */
  int replaced_files;       /* of an older dataset, if the run replaced one */
  int64_t failed_episodes;  /* episodes that diverged */
  int64_t dropped_contacts; /* contacts that found no room in their worlds, summed over all steps */
  int64_t steps;            /* timesteps that belong to an episode */
  int64_t stepped; /* all timesteps, also those of idle worlds and idle lanes; steps / stepped is the recorded share */
  double seconds;
  int64_t bytes;
  int shards;
  uint64_t digest;                         /* as of myr_dataset_digest */
  double thread_seconds;                   /* of all threads that simulate, without the time after their last episode */
  double stage_share[MYR_RUN_STAGE_COUNT]; /* shares of it */
  int64_t frames;                          /* the number of pictures of cameras and LiDARs */
  myr_batch_info batch;                    /* of a mixed run, by the name MYR_MIX */
} myr_run_result;

/* Makes the episodes that the directory does not hold yet. Returns MYR_STOPPED if it was asked to stop, and MYR_IO if
 * the disk is full or cannot be written; whole shards stay in both cases. Returns MYR_INVALID if the directory holds, or
 * another run is making there, a dataset of another scenario, seed or version; MYR_BUSY if another run is making these
 * episodes. The bytes of an episode depend only on scenario, seed, index and version. result is always filled. */
myr_status myr_run(const myr_run_description *description, myr_run_result *result, myr_error *error);

/* Memory on the host. A run that needs more than there is does not begin. */
typedef struct myr_run_memory {
  int64_t needed_bytes;     /* for worlds, the renderer and recordings without pictures, if episodes do not end early */
  int64_t available_bytes;  /* INT64_MAX if nobody knows */
  const char *available_of; /* "this machine", "the control group", "ulimit -v" */
  int fitting_worlds;       /* if more is needed than available: the most worlds that fit, 0 if not one does */
} myr_run_memory;

/* A prediction of the disk space and memory of a run, made without simulating anything. */
typedef struct myr_run_estimate {
  int64_t episodes, control_steps; /* control_steps, substeps: of an episode that does not end early */
  int substeps;
  int64_t shards;
  /* The size before compression if no episode ends early, without contacts, because nobody knows their number. */
  int64_t episode_bytes, dataset_bytes;
  int64_t picture_bytes;   /* the part of dataset_bytes that cameras and LiDARs record, which is compressed */
  int64_t recording_bytes; /* of one world's recording when its episode ends, with uncompressed pictures */
  bool records_contacts;
  myr_batch_info batch;      /* as it would be created; of a mixed run, by the name MYR_MIX */
  int64_t device_bytes;      /* memory on a GPU for worlds, frames, pictures and textures; 0 for the cpu */
  int64_t device_free_bytes; /* memory that must be free on the GPU, or the run is refused; 0 for the cpu */
  int64_t memory_bytes;      /* the largest memory on the host: worlds, recordings, episodes that wait for the writer */
  myr_run_memory memory;
} myr_run_estimate;
/* Returns MYR_UNAVAILABLE or MYR_INVALID if myr_run would. */
myr_status myr_run_plan(const myr_run_description *description, myr_run_estimate *result, myr_error *error);

/* A prediction from the first episodes of a run, which are simulated as the run would, into a folder that is removed. */
typedef struct myr_run_trial {
  int episodes;                        /* that were simulated: the first of the run */
  double bytes_low, bytes, bytes_high; /* of the dataset: its expected size, between limits for 19 runs in 20 */
  double episode_bytes;                /* mean */
  double rows;                         /* mean of an episode */
  double seconds; /* that the run takes on these threads, without waiting for the disk; NAN for an engine on a device */
} myr_run_trial;
/* Simulates at most so many episodes, fewer where they take longer than a few seconds. An engine on a device is replaced
 * by the cpu, which makes the same bytes. Returns MYR_STOPPED if description->stop becomes nonzero, and MYR_IO if no
 * folder for temporary files can be written. */
myr_status myr_run_try(const myr_run_description *description, int most, myr_run_trial *trial, myr_error *error);

/* ------------------------------------------------------------------------------------------------ reading */

typedef struct myr_dataset myr_dataset;

/* path: a directory of shards, or one shard. Opens every file and checks its place in the dataset. Files may be missing:
 * the dataset is then unfinished. Returns MYR_INVALID if the path has no dataset, if two files hold the same episode, or
 * if anything in a file's place is not a regular file, which is neither followed nor waited for; MYR_STOPPED if a run
 * has not yet completed its first file; MYR_ERROR if a file is truncated, corrupted, not ours, or of another run than
 * the others; MYR_IO if the path is missing or unreadable. */
myr_status myr_dataset_open(const char *path, myr_dataset **dataset, myr_error *error);
void myr_dataset_close(myr_dataset *dataset);

/* The dataset that a run claims, or claimed before it was stopped. */
typedef struct myr_promise {
  char name[256];
  uint64_t seed;
  int64_t episodes_total;
  bool running;
} myr_promise;

/* Tells of a directory in which no file is whole yet, where myr_dataset_open returns MYR_STOPPED. Returns whether a claim
 * tells of a dataset. */
bool myr_dataset_promised(const char *path, myr_promise *promise);

/* Consecutive episodes, the last one included. */
typedef struct myr_episode_range {
  int64_t first, last;
} myr_episode_range;

typedef struct myr_reason_count {
  const char *reason;
  int64_t episodes;
} myr_reason_count;

/* Returns the last part of the name <group>/<camera>_<part> of the array that records an output (enum myr_output) of a
 * camera or, with beams, of a LiDAR; NULL if they do not record this output. */
const char *myr_picture_name(int output, bool beams);
/* Returns the group: "obs" for a sensor's measurement, "labels" for truth that only a simulation knows. */
const char *myr_picture_group(int output);

/* A camera or LiDAR, described by its arrays in the first episode. */
typedef struct myr_dataset_camera {
  const char *name;
  const char *pictures; /* the last parts of its arrays' names, such as "seg depth image" */
  int width, height;    /* px */
} myr_dataset_camera;

/* The dataset owns the strings. */
typedef struct myr_dataset_info {
  const char *name, *generator, *config_yaml, *config_xxh3, *units_json, *names_json, *conventions_json;
  uint64_t seed;
  int64_t episodes_total; /* of the whole dataset; fewer are here if it is unfinished */
  int64_t first_episode, last_episode, episodes, steps, successes, bytes;
  int64_t dropped_contacts; /* contacts that found no room in their worlds, summed over all steps and episodes */
  const myr_episode_range *missing; /* (missing_count) ascending; none if a single file was opened */
  int missing_count;
  int shards, part_files; /* part_files: those of a run that goes on or was killed */
  const myr_reason_count *reasons;
  int reason_count;
  int array_count; /* of the first episode; others may lack those of some cameras */
  const myr_dataset_camera *cameras;
  int camera_count;
} myr_dataset_info;
const myr_dataset_info *myr_dataset_describe(const myr_dataset *dataset);

/* Called for each fault that verify finds. */
typedef void (*myr_fault)(void *context, const char *file, const char *message);
/* Reads everything and checks the checksums, the layout's rules, and every episode's content against its digest.
 * *faults: the number of faults. Returns MYR_OK if the dataset could be read to the end, even if it has faults. */
myr_status myr_dataset_verify(myr_dataset *dataset, myr_fault fault, void *context, int64_t *faults, myr_error *error);

/* Computes one digest of all content from the arrays: XXH3-64 of the episodes' digests in the order of their indices.
 * It is the same for any number of shards, threads, lanes and worlds. */
myr_status myr_dataset_digest(myr_dataset *dataset, uint64_t *digest, myr_error *error);

/* ---- single arrays */

/* Reads one array of an episode, or `count` of its rows from `first` on. episode: the index in the dataset. path: below
 * the episode, such as "obs/front_image". Reading several arrays of one episode is fast, because the episode stays
 * open. Returns MYR_INVALID if there is no such episode, array or row; MYR_ERROR if it is damaged or memory is short.
 * The caller frees the array. */
myr_status myr_dataset_read(myr_dataset *dataset, int64_t episode, const char *path, myr_array *array,
                            myr_error *error);
myr_status myr_dataset_read_rows(myr_dataset *dataset, int64_t episode, const char *path, int64_t first, int64_t count,
                                 myr_array *array, myr_error *error);

/* ------------------------------------------------------------------------------------------------ small things */

/* Writes a string as JSON, with quotes. */
void myr_json_string(FILE *stream, const char *string);

#endif
