/* Floor 5, public: generating datasets, and reading them back. Knows nothing of command lines.
 *
 * A dataset is a directory of shards NAME-000000000-000000255.h5, each a whole HDF5 file in robomimic's layout. A file
 * has its final name only when it is complete and on disk. */
#ifndef MYR_DATASET_H
#define MYR_DATASET_H

#include <stdatomic.h>

#include "dataset/array.h"
#include "scenarios/scenarios.h"

/* ------------------------------------------------------------------------------------------------ generating */

/* How far a run is. Counts include what is not yet on disk. */
typedef struct myr_progress {
  int64_t episodes, episodes_total;
  int64_t steps;  /* timesteps of worlds */
  double seconds; /* since the run began */
} myr_progress;

/* In an engine's place: each episode's seed draws one of two engines. Of such a run the batch is the first one's. */
#define MYR_MIX "mix"
extern const char *const myr_mixed_engines[2];

typedef struct myr_run_description {
  const myr_plan *plan;
  const char *directory;                                         /* created if missing */
  int64_t episodes;                                              /* 0: as many as the scenario says */
  int shard_episodes;                                            /* in a file; 0: 256 */
  const char *engine;                                            /* of sim.h, or MYR_MIX; NULL: the default */
  int worlds;                                                    /* alive at once; 0: a tile for each thread */
  int lanes, threads;                                            /* 0: the widest, all */
  bool overwrite;                                                /* remove a dataset that is there already */
  void (*progress)(void *context, const myr_progress *progress); /* about ten times a second, on a thread of its own */
  void *context;
  const atomic_int *stop; /* when it becomes nonzero, the run ends soon; or NULL */
} myr_run_description;

/* What a thread of a run may be doing; on a GPU, stepping and drawing are waiting for it. */
enum myr_run_stage {
  MYR_RUN_STEP,     /* advance worlds */
  MYR_RUN_DRAW,     /* what cameras see, labels included */
  MYR_RUN_COMPRESS, /* pictures */
  MYR_RUN_RECORD,   /* draws, resets, controllers, events, judging, rows and digests */
  MYR_RUN_WAIT,     /* for the writer */
  MYR_RUN_STAGE_COUNT
};

/* What stands on disk when the run is over, whole shards only. */
typedef struct myr_run_result {
  int64_t episodes, successes;
  int64_t failed_episodes; /* that diverged */
  int64_t steps;           /* timesteps of worlds that were simulated in episodes */
  int64_t stepped;         /* the same, idle worlds and idle lanes of a tile included; steps / stepped is recorded */
  double seconds;
  int64_t bytes;
  int shards;
  uint64_t digest;                         /* as of myr_dataset_digest */
  double stage_share[MYR_RUN_STAGE_COUNT]; /* of the time of all threads that simulate */
  int64_t frames;                          /* pictures that cameras and LiDARs took */
  myr_batch_info batch;                    /* of a mixed run, by the name MYR_MIX */
} myr_run_result;

/* MYR_STOPPED when asked to stop: whole shards stay. MYR_IO when the disk is full or cannot be written: likewise. The
 * bytes of an episode depend on scenario, seed, index and version only. result is filled in any case. */
myr_status myr_run(const myr_run_description *description, myr_run_result *result, myr_error *error);

/* What a run would take; nothing is simulated. */
typedef struct myr_run_estimate {
  int64_t episodes, control_steps; /* control_steps, substeps: of an episode that is not ended early */
  int substeps;
  int64_t shards;
  /* Raw, before compression, were no episode ended early; contacts, whose number nobody knows, are left out. */
  int64_t episode_bytes, dataset_bytes;
  int64_t picture_bytes;   /* of the dataset's, those of cameras and LiDARs, which are compressed */
  int64_t recording_bytes; /* of one world's recording when its episode ends, with uncompressed pictures */
  bool records_contacts;
  myr_batch_info batch;      /* as it would be created; of a mixed run, by the name MYR_MIX */
  int64_t device_bytes;      /* allocated on a GPU: worlds, frames, pictures, textures; 0 for the cpu */
  int64_t device_free_bytes; /* must be free on the GPU, or the run is refused; 0 for the cpu */
  int64_t memory_bytes;      /* on the host, at most: worlds, recordings, episodes that wait for the writer */
} myr_run_estimate;
/* MYR_UNAVAILABLE, MYR_INVALID: as myr_run would fail. */
myr_status myr_run_plan(const myr_run_description *description, myr_run_estimate *result, myr_error *error);

/* ------------------------------------------------------------------------------------------------ reading */

typedef struct myr_dataset myr_dataset;

/* path: a directory of shards, or one of them. Every file is opened and its place in the dataset checked. MYR_INVALID:
 * the path holds no dataset, or files that do not make one: gaps, overlaps. MYR_ERROR: a file is truncated, corrupted,
 * not ours, or of another run than the others. MYR_IO: missing or unreadable. */
myr_status myr_dataset_open(const char *path, myr_dataset **dataset, myr_error *error);
void myr_dataset_close(myr_dataset *dataset);

typedef struct myr_reason_count {
  const char *reason;
  int64_t episodes;
} myr_reason_count;

/* The end of an array's name, obs/<camera>_<end>, that holds an output (enum myr_output) of a camera or, with beams, of a
 * LiDAR; NULL: they record no such output. Millimetres have the name of metres where those are not recorded. */
const char *myr_picture_name(int output, bool beams);

/* A camera or LiDAR, by what it recorded in the first episode. */
typedef struct myr_dataset_camera {
  const char *name;
  const char *pictures; /* the ends of its arrays' names in obs/: "depth image seg" */
  int width, height;    /* px */
} myr_dataset_camera;

/* Strings belong to the dataset. */
typedef struct myr_dataset_info {
  const char *name, *generator, *config_yaml, *config_xxh3, *units_json, *names_json, *conventions_json;
  uint64_t seed;
  int64_t first_episode, episodes, steps, successes, bytes;
  int shards, unfinished; /* .part files beside them */
  const myr_reason_count *reasons;
  int reason_count;
  int array_count; /* of the first episode; cameras that look only now and then leave some out in others */
  const myr_dataset_camera *cameras;
  int camera_count;
} myr_dataset_info;
const myr_dataset_info *myr_dataset_describe(const myr_dataset *dataset);

/* Called for each fault that verify finds. */
typedef void (*myr_fault)(void *context, const char *file, const char *message);
/* Reads everything: checksums, the layout's rules, every episode's content against its digest. *faults: how many; the
 * status is MYR_OK when the dataset could be read to the end, whatever was found. */
myr_status myr_dataset_verify(myr_dataset *dataset, myr_fault fault, void *context, int64_t *faults, myr_error *error);

/* One number for all content, computed from the arrays: XXH3-64 of the episodes' digests in order of their indices. The
 * same for any number of shards, threads, lanes and worlds. */
myr_status myr_dataset_digest(myr_dataset *dataset, uint64_t *digest, myr_error *error);

/* ---- single arrays */

/* Reads one array of an episode (its index in the dataset) by its path below the episode, such as "obs/front_image"; or
 * `count` of its rows from `first` on. Reading on in one episode is quick: it stays open. MYR_INVALID: there is no such
 * episode, array or row. MYR_ERROR: it is damaged, or too little memory. The caller frees the array. */
myr_status myr_dataset_read(myr_dataset *dataset, int64_t episode, const char *path, myr_array *array,
                            myr_error *error);
myr_status myr_dataset_read_rows(myr_dataset *dataset, int64_t episode, const char *path, int64_t first, int64_t count,
                                 myr_array *array, myr_error *error);

/* ------------------------------------------------------------------------------------------------ small things */

/* Writes a string as JSON, quotes included. */
void myr_json_string(FILE *stream, const char *string);

#endif
