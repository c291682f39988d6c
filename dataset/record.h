/* What an episode of a scenario records: the list of its arrays, and the buffers that one world's episode fills row by
 * row while the world is stepped. */
#ifndef MYR_DATASET_RECORD_H
#define MYR_DATASET_RECORD_H

#include "dataset/attributes.h"
#include "dataset/episode.h"
#include "dataset/record_cameras.h"
#include "dataset/record_sensors.h"
#include "dataset/rows.h"
#include "scenarios/scenarios.h"

typedef struct record_layout {
  const myr_plan *plan;
  const myr_plan_info *info;
  episode_schema schema;
  sensor_rows sensors; /* definitions of rows for the sensors of models */
  recorded_row *rows;  /* (row_count) by their moments */
  int row_count, moment_ends[MOMENT_COUNT];
  bool contacts;                  /* whether any of them has a row for each contact */
  recorded_attribute *attributes; /* (attribute_count) */
  int attribute_count;
  int actions;           /* number of the array in the schema */
  int *draws;            /* (draw_count) numbers of randomization/<path> in the schema */
  camera_layout cameras; /* look is NULL where nothing sees */
  int camera_info;       /* number of the attribute in the schema; -1 */
} record_layout;

/* with_engine: each episode tells its engine, "cpu" or "bullet". */
myr_status record_layout_create(const myr_plan *plan, bool with_engine, record_layout **out, myr_error *error);
void record_layout_destroy(record_layout *layout);
/* Whether an episode records a row of that field, or needs it for its pictures. */
bool record_shows_field(const record_layout *layout, int field);

/* JSON of the attributes that describe a file; malloc'd, NULL when memory is short. */
char *record_units_json(const record_layout *layout);
char *record_frames_json(const record_layout *layout);
char *record_names_json(const record_layout *layout);
char *record_conventions_json(const record_layout *layout);

/* One world's episode in the making. */
typedef struct recorder recorder;
recorder *recorder_create(const record_layout *layout); /* NULL: too little memory */
void recorder_destroy(recorder *recorder);

/* The world was reset for the state's episode. */
void recorder_begin(recorder *recorder, myr_batch *batch, int world);
/* Records the observations of row `step`, before the world is stepped, and reserves memory for the row's contacts.
 * Returns the place of the row's actions (nu), or NULL if memory is short. Call it n + 1 times for an episode of n rows,
 * because its final state is observed too. */
float *recorder_observe(recorder *recorder, int step);
/* Whether every number recorded since recorder_begin is finite. */
bool recorder_is_finite(const recorder *recorder);
/* Records the sensors of row `step`, after the world was stepped with MYR_OBSERVE. As recorder_observe, call it n + 1
 * times. */
void recorder_sense(recorder *recorder, int step);
/* Records the labels of row `step`, after the world was stepped with MYR_OBSERVE. */
void recorder_label(recorder *recorder, int step);
/* Records the judgement of row `step`: that of the state after its action. */
void recorder_judge(recorder *recorder, int step, const myr_judgement *judgement);
/* Ends the episode. All of its rows have been labelled and judged, the last one with this judgement. Keeps the final
 * observation, the draws and the attributes, so that the world can begin another episode. */
void recorder_end(recorder *recorder, int rows, const myr_judgement *judgement, const myr_episode_state *state);
/* After recorder_end: how many contacts the world dropped because it may not hold more. */
int64_t recorder_dropped_contacts(const recorder *recorder);
/* Sets the engine of all later episodes; the string must outlive them. It is recorded if engines take turns. */
void recorder_set_engine(recorder *recorder, const char *engine);
/* Copies the recorded arrays and attributes into `episode`, which the caller seals once its pictures are there too. */
myr_status recorder_pack(const recorder *recorder, episode *episode, myr_error *error);

/* Row `row` of an array that is not one of frames; NULL where array is negative. */
void *recorder_row(recorder *recorder, int array, int64_t row);

/* robosuite's attribute camera_info, of the episode's first row and the cameras that see it, malloc'd: intrinsics as a
 * 3 x 3 matrix, extrinsics as a 4 x 4 matrix from the camera's frame (x right, y down, z forward) to the world's. NULL:
 * too little memory. */
char *camera_info_json(const record_layout *layout, recorder *recorder, const bool *sees);

#endif
