/* Made-up episodes for tests of the writer: the arrays of a humanoid's fall and of two cameras, filled with a pattern.
 * The camera "side" records only every third episode. */
#ifndef MYR_TESTS_SYNTHETIC_H
#define MYR_TESTS_SYNTHETIC_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>
#include <xxhash.h>

#include "dataset/frames.h"
#include "dataset/shard.h"

enum { SYNTHETIC_INSTANCES = 3, SYNTHETIC_HEIGHT = 32, SYNTHETIC_SEG_WIDTH = 33, SYNTHETIC_NUMBERS = 100 };

static const char *const synthetic_reasons[] = {"timeout", "diverged", "terminate: height(robot) < 0.5 m"};

#define STEPS(type, rank, b, c, path) \
  schema_add(schema, (array_info){.unit = "1", type, EXTENT_STEPS, rank, {0, b, c}, NULL, -1}, path)
#define CONTACTS(type, rank, b, path) \
  schema_add(schema, (array_info){.unit = "1", type, EXTENT_CONTACTS, rank, {0, b}, NULL, -1}, path)
#define FIXED(type, b, path) \
  schema_add(schema, (array_info){.unit = "1", type, EXTENT_FIXED, 2, {1, b}, NULL, -1}, path)

static inline void synthetic_numbers(episode_schema *schema) {
  STEPS(MYR_ARRAY_F32, 2, 21, 0, "actions");
  STEPS(MYR_ARRAY_F32, 1, 0, 0, "rewards");
  STEPS(MYR_ARRAY_U8, 1, 0, 0, "dones");
  STEPS(MYR_ARRAY_BOOL, 1, 0, 0, "terminated");
  STEPS(MYR_ARRAY_BOOL, 1, 0, 0, "truncated");
  STEPS(MYR_ARRAY_BOOL, 1, 0, 0, "success");
  STEPS(MYR_ARRAY_F64, 1, 0, 0, "time");
  STEPS(MYR_ARRAY_F32, 2, 21, 0, "obs/robot_joint_pos");
  STEPS(MYR_ARRAY_F32, 2, 21, 0, "obs/robot_joint_vel");
  STEPS(MYR_ARRAY_F32, 2, 3, 0, "obs/robot_root_pos");
  STEPS(MYR_ARRAY_F32, 2, 4, 0, "obs/robot_root_quat");
  STEPS(MYR_ARRAY_F32, 2, 6, 0, "obs/robot_root_vel");
  FIXED(MYR_ARRAY_F32, 21, "final_obs/robot_joint_pos");
  FIXED(MYR_ARRAY_F32, 21, "final_obs/robot_joint_vel");
  FIXED(MYR_ARRAY_F32, 3, "final_obs/robot_root_pos");
  FIXED(MYR_ARRAY_F32, 4, "final_obs/robot_root_quat");
  FIXED(MYR_ARRAY_F32, 6, "final_obs/robot_root_vel");
  FIXED(MYR_ARRAY_F32, 7, "initial_state/articulation/robot/root_pose");
  FIXED(MYR_ARRAY_F32, 6, "initial_state/articulation/robot/root_velocity");
  FIXED(MYR_ARRAY_F32, 21, "initial_state/articulation/robot/joint_position");
  FIXED(MYR_ARRAY_F32, 21, "initial_state/articulation/robot/joint_velocity");
  STEPS(MYR_ARRAY_F32, 2, 7, 0, "states/articulation/robot/root_pose");
  schema_link(schema, "obs/robot_root_vel", "states/articulation/robot/root_velocity");
  schema_link(schema, "obs/robot_joint_pos", "states/articulation/robot/joint_position");
  schema_link(schema, "obs/robot_joint_vel", "states/articulation/robot/joint_velocity");
  STEPS(MYR_ARRAY_I32, 1, 0, 0, "labels/contact_count");
  STEPS(MYR_ARRAY_I64, 1, 0, 0, "labels/contact_start");
  CONTACTS(MYR_ARRAY_I32, 2, 2, "labels/contacts/geom");
  CONTACTS(MYR_ARRAY_F32, 2, 3, "labels/contacts/position");
  CONTACTS(MYR_ARRAY_F32, 2, 3, "labels/contacts/normal");
  CONTACTS(MYR_ARRAY_F32, 2, 3, "labels/contacts/force");
  CONTACTS(MYR_ARRAY_F32, 1, 0, "labels/contacts/distance");
  STEPS(MYR_ARRAY_F32, 3, 16, 3, "labels/body_contact_force");
  STEPS(MYR_ARRAY_BOOL, 1, 0, 0, "labels/fallen");
  STEPS(MYR_ARRAY_F32, 2, 2, 0, "labels/energy");
  for (int i = 0; i < 8; i++)
    schema_add(schema, (array_info){.unit = "1", MYR_ARRAY_F64, EXTENT_FIXED, 1, {1}, NULL, -1},
               "randomization/robot.draw%d", i);
}

/* Marks the observations that no robot can measure. */
static inline void synthetic_privilege(episode_schema *schema) {
  for (int i = 0; i < schema->array_count; i++)
    schema->arrays[i].privileged = strstr(schema->arrays[i].path, "obs/robot_root_") != NULL;
}

static inline void synthetic_pictures(episode_schema *schema) {
#define FRAMES(type, extent, rows, every, width, channels, path)                                                    \
  schema_add(                                                                                                       \
      schema,                                                                                                       \
      (array_info){.unit = "1", type, extent, 4, {rows, SYNTHETIC_HEIGHT, width, channels}, NULL, -1, true, every}, \
      path)
  FRAMES(MYR_ARRAY_U8, EXTENT_STEPS, 0, 0, 24, 3, "obs/front_image");
  FRAMES(MYR_ARRAY_F32, EXTENT_STEPS, 0, 0, 32, 1, "obs/front_depth");
  FRAMES(MYR_ARRAY_I32, EXTENT_STEPS, 0, 0, SYNTHETIC_SEG_WIDTH, 1, "labels/front_seg");
  FRAMES(MYR_ARRAY_U16, EXTENT_STEPS, 0, 3, 40, 1, "obs/side_depth");
  FRAMES(MYR_ARRAY_U8, EXTENT_FIXED, 1, 0, 24, 3, "final_obs/front_image");
  FRAMES(MYR_ARRAY_F32, EXTENT_FIXED, 1, 0, 32, 1, "final_obs/front_depth");
  FRAMES(MYR_ARRAY_U16, EXTENT_FIXED, 1, 3, 40, 1, "final_obs/side_depth");
#undef FRAMES
  STEPS(MYR_ARRAY_I32, 3, SYNTHETIC_INSTANCES, 4, "labels/front_box_tight");
  STEPS(MYR_ARRAY_I32, 3, SYNTHETIC_INSTANCES, 4, "labels/front_box_loose");
  STEPS(MYR_ARRAY_I32, 2, SYNTHETIC_INSTANCES, 0, "labels/front_visible_pixels");
  STEPS(MYR_ARRAY_I32, 2, SYNTHETIC_INSTANCES, 0, "labels/front_covered_pixels");
  STEPS(MYR_ARRAY_F32, 2, SYNTHETIC_INSTANCES, 0, "labels/front_visible_fraction");
  STEPS(MYR_ARRAY_I32, 1, 0, 0, "labels/front_frame_step");
}
#undef STEPS
#undef CONTACTS
#undef FIXED

static inline void synthetic_schema(episode_schema *schema) {
  synthetic_numbers(schema);
  synthetic_privilege(schema);
  synthetic_pictures(schema);
  schema_attribute(schema, ATTRIBUTE_TEXT, NULL, "camera_info");
  schema_attribute(schema, ATTRIBUTE_INTEGER, NULL, "num_samples");
  schema_attribute(schema, ATTRIBUTE_INTEGER, NULL, "seed");
  schema_attribute(schema, ATTRIBUTE_INTEGER, NULL, "episode_index");
  schema_attribute(schema, ATTRIBUTE_FLAG, NULL, "success");
  schema_attribute(schema, ATTRIBUTE_REASON, NULL, "termination_reason");
  schema_attribute(schema, ATTRIBUTE_INTEGER, NULL, "status");
  schema_attribute(schema, ATTRIBUTE_INTEGER, NULL, "dropped_contacts");
  schema_attribute(schema, ATTRIBUTE_REAL, NULL, "robot_fall_time");
  schema_attribute(schema, ATTRIBUTE_REAL, NULL, "robot_first_nonfoot_contact_time");
  for (int i = 0; i < SYNTHETIC_NUMBERS; i++) schema_attribute(schema, ATTRIBUTE_INTEGER, NULL, "number_%d", i);
}

static inline void synthetic_element(myr_array_type type, void *data, int64_t k, int value) {
  switch (type) {
  case MYR_ARRAY_BOOL: ((unsigned char *)data)[k] = 0; break;
  case MYR_ARRAY_U8: ((unsigned char *)data)[k] = 0; break;
  case MYR_ARRAY_U16: ((uint16_t *)data)[k] = (uint16_t)(value + 100); break;
  case MYR_ARRAY_I32: ((int32_t *)data)[k] = value + 100; break;
  case MYR_ARRAY_I64: ((int64_t *)data)[k] = value; break;
  case MYR_ARRAY_F32: ((float *)data)[k] = (float)value * 0.01f; break;
  default: ((double *)data)[k] = value * 0.01; break;
  }
}

/* Fills row t with a smooth pattern. Odd rows of colours are noise instead, which no filter makes smaller. */
static inline void synthetic_row(const array_info *info, int64_t index, int64_t t, void *row) {
  int64_t shape[MYR_ARRAY_RANK], count = array_shape(info, 1, 0, shape);
  uint32_t noise = (uint32_t)(index * 977 + t + 1);
  for (int64_t k = 0; k < count; k++) {
    noise = noise * 1664525u + 1013904223u;
    int smooth = (int)((k / 7 + 3 * t + index) % 201) - 100;
    if (info->type == MYR_ARRAY_U8)
      ((unsigned char *)row)[k] = t % 2 ? (unsigned char)(noise >> 24) : (unsigned char)(smooth + 100);
    else if (info->type == MYR_ARRAY_I32)
      ((int32_t *)row)[k] = (smooth + 100) / 20 % (SYNTHETIC_INSTANCES + 1); /* ids: all of them, in stripes */
    else
      synthetic_element(info->type, row, k, smooth);
  }
}

static inline void synthetic_frames(const episode_schema *schema, episode *episode) {
  _Alignas(8) unsigned char row[32 * 40 * 4];
  frame_compressor *compressor = frame_compressor_create(sizeof row);
  if (!compressor || !frame_store_begin(&episode->frames, schema)) abort();
  for (int i = 0; i < schema->array_count; i++) {
    const array_info *info = &schema->arrays[i];
    if (!info->frames || !array_present(info, episode->index)) continue;
    bool last = info->extent == EXTENT_FIXED; /* of the observations after the end */
    for (int64_t t = last ? episode->steps : 0; t < episode->steps + last; t++) {
      synthetic_row(info, episode->index, t, row);
      if (!frame_append(compressor, schema, &episode->frames, i, row, 1)) abort();
    }
  }
  frame_compressor_destroy(compressor);
}

static inline void *synthetic_array(const episode_schema *schema, const episode *episode, const char *path) {
  int array = schema_find(schema, path);
  if (array < 0) abort();
  return episode->data + episode->offsets[array];
}

/* Fills the labels of each instance that follow from the ids of the camera "front". No instance is hidden. */
static inline void synthetic_boxes(const episode_schema *schema, episode *episode) {
  const array_info *ids = &schema->arrays[schema_find(schema, "labels/front_seg")];
  int32_t *tight = synthetic_array(schema, episode, "labels/front_box_tight"),
          *loose = synthetic_array(schema, episode, "labels/front_box_loose"),
          *visible = synthetic_array(schema, episode, "labels/front_visible_pixels"),
          *covered = synthetic_array(schema, episode, "labels/front_covered_pixels"),
          *taken = synthetic_array(schema, episode, "labels/front_frame_step");
  float *fraction = synthetic_array(schema, episode, "labels/front_visible_fraction");
  int32_t row[SYNTHETIC_HEIGHT][SYNTHETIC_SEG_WIDTH];
  for (int t = 0; t < episode->steps; t++) {
    taken[t] = t;
    synthetic_row(ids, episode->index, t, row);
    for (int i = 0; i < SYNTHETIC_INSTANCES; i++) {
      int at = t * SYNTHETIC_INSTANCES + i;
      int32_t box[4] = {SYNTHETIC_SEG_WIDTH, SYNTHETIC_HEIGHT, 0, 0}, count = 0;
      for (int y = 0; y < SYNTHETIC_HEIGHT; y++)
        for (int x = 0; x < SYNTHETIC_SEG_WIDTH; x++) {
          if (row[y][x] != i + 1) continue;
          count++;
          box[0] = x < box[0] ? x : box[0];
          box[1] = y < box[1] ? y : box[1];
          box[2] = x >= box[2] ? x + 1 : box[2];
          box[3] = y + 1;
        }
      if (!count) abort();
      memcpy(tight + 4 * at, box, sizeof box);
      memcpy(loose + 4 * at, box, sizeof box);
      visible[at] = covered[at] = count;
      fraction[at] = 1;
    }
  }
}

/* Fills an episode with a pattern of small numbers that depends only on its index. */
static inline void synthetic_fill(const episode_schema *schema, episode *episode, int64_t index, int64_t steps,
                                  content_digest *digest) {
  episode->index = index;
  episode->steps = steps;
  episode->contacts = 0;
  for (int64_t t = 0; t < steps; t++) episode->contacts += (t + index) % 7;
  episode->success = index % 3 == 0;
  if (episode_layout(schema, episode, NULL)) abort();
  synthetic_frames(schema, episode);
  for (int i = 0; i < schema->array_count; i++) {
    const array_info *info = &schema->arrays[i];
    if (info->same_as >= 0 || info->frames) continue;
    int64_t shape[MYR_ARRAY_RANK];
    int64_t count = array_shape(info, steps, episode->contacts, shape);
    unsigned char *data = episode->data + episode->offsets[i];
    for (int64_t k = 0; k < count; k++)
      synthetic_element(info->type, data, k, (int)((k * 31 + index * 7 + i) % 201) - 100);
  }
  synthetic_boxes(schema, episode);
  int32_t *contact_count = synthetic_array(schema, episode, "labels/contact_count");
  int64_t *contact_start = synthetic_array(schema, episode, "labels/contact_start");
  double *time = synthetic_array(schema, episode, "time");
  for (int64_t t = 0, start = 0; t < steps; t++) {
    contact_count[t] = (int32_t)((t + index) % 7);
    contact_start[t] = start;
    start += contact_count[t];
    time[t] = 0.02 * (double)t;
  }
  episode->data[episode->offsets[schema_find(schema, "dones")] + (size_t)steps - 1] = 1;
  episode->data[episode->offsets[schema_find(schema, "truncated")] + (size_t)steps - 1] = 1;
  episode->data[episode->offsets[schema_find(schema, "success")] + (size_t)steps - 1] = episode->success;
#define VALUE(name) episode->attributes[schema_find_attribute(schema, name)]
  VALUE("camera_info").string = index % 3 ? NULL : "{\"front\": {}, \"side\": {}}";
  VALUE("num_samples").integer = steps;
  VALUE("seed").integer = 7;
  VALUE("episode_index").integer = index;
  VALUE("success").integer = episode->success;
  VALUE("termination_reason").string = synthetic_reasons[0];
  VALUE("status").integer = 0;
  VALUE("dropped_contacts").integer = 0;
  VALUE("robot_fall_time").real = 0.5;
  VALUE("robot_first_nonfoot_contact_time").real = -1;
#undef VALUE
  for (int i = 0; i < SYNTHETIC_NUMBERS; i++) {
    char name[32];
    snprintf(name, sizeof name, "number_%d", i);
    episode->attributes[schema_find_attribute(schema, name)].integer = i;
  }
  episode_seal(schema, episode, false, digest);
}

static inline void synthetic_clear(const episode_schema *schema, episode *episode) {
  frame_store_free(&episode->frames, schema);
  free(episode->attributes);
  free(episode->offsets);
  free(episode->data);
}

/* The attributes of a file that the reader needs. */
typedef struct synthetic_contents {
  episode_schema schema;
  char units[8192], config_digest[17];
  named_string root[8];
  shard_contents contents;
} synthetic_contents;

static inline void synthetic_contents_create(synthetic_contents *synthetic) {
  static const char config[] = "version: 1\nname: synthetic\n";
  memset(synthetic, 0, sizeof *synthetic);
  synthetic_schema(&synthetic->schema);
  myr_error error = {0};
  if (schema_finish(&synthetic->schema, &error)) {
    fprintf(stderr, "%s\n", error.message);
    abort();
  }
  char *at = synthetic->units;
  for (int i = 0; i < synthetic->schema.array_count; i++)
    at += sprintf(at, "%s\"%s\": \"1\"", i ? ", " : "{", synthetic->schema.arrays[i].path);
  strcpy(at, "}");
  sprintf(synthetic->config_digest, "%016llx", (unsigned long long)XXH3_64bits(config, strlen(config)));
  const named_string root[8] = {{"schema", "myriad.episodes"},
                                {"generator", "test"},
                                {"config_yaml", config},
                                {"config_xxh3", synthetic->config_digest},
                                {"seed", "7"},
                                {"units_json", synthetic->units},
                                {"names_json", "{}"},
                                {"conventions_json", "{}"}};
  memcpy(synthetic->root, root, sizeof root);
  synthetic->contents = (shard_contents){.schema = &synthetic->schema,
                                         .root_strings = synthetic->root,
                                         .root_string_count = 8,
                                         .dataset_episodes = 50,
                                         .env_args = "{\"env_name\": \"synthetic\", \"type\": 2, \"env_kwargs\": {}}",
                                         .reasons = synthetic_reasons,
                                         .reason_count = 3};
}

/* Makes a temporary directory, which synthetic_directory_remove removes. */
static inline char *synthetic_directory(void) {
  const char *root = getenv("TMPDIR");
  char *path = NULL;
  if (asprintf(&path, "%s/myriad-test-XXXXXX", root ? root : "/tmp") < 0 || !mkdtemp(path)) abort();
  return path;
}

static inline void synthetic_directory_remove(char *path) {
  char *command = NULL;
  if (asprintf(&command, "rm -rf '%s'", path) < 0 || system(command)) abort();
  free(command);
  free(path);
}

#endif
