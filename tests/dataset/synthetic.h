/* Made-up episodes for tests of the writer: the arrays of a humanoid's fall, filled with a pattern. */
#ifndef MYR_TESTS_SYNTHETIC_H
#define MYR_TESTS_SYNTHETIC_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>
#include <xxhash.h>

#include "dataset/shard.h"

static const char *const synthetic_reasons[] = {"timeout", "diverged", "terminate: height(robot) < 0.5 m"};

static inline void synthetic_schema(episode_schema *schema) {
#define STEPS(type, rank, b, c, path) \
  schema_add(schema, (array_info){.unit = "1", type, EXTENT_STEPS, rank, {0, b, c}, NULL, -1}, path)
#define CONTACTS(type, rank, b, path) \
  schema_add(schema, (array_info){.unit = "1", type, EXTENT_CONTACTS, rank, {0, b}, NULL, -1}, path)
#define FIXED(type, b, path)                                                                                           \
  schema_add(schema, (array_info){.unit = "1", type, EXTENT_FIXED, 2, {1, b}, NULL, -1}, path)
  STEPS(HDF5_F32, 2, 21, 0, "actions");
  STEPS(HDF5_F32, 1, 0, 0, "rewards");
  STEPS(HDF5_U8, 1, 0, 0, "dones");
  STEPS(HDF5_BOOL, 1, 0, 0, "terminated");
  STEPS(HDF5_BOOL, 1, 0, 0, "truncated");
  STEPS(HDF5_BOOL, 1, 0, 0, "success");
  STEPS(HDF5_F64, 1, 0, 0, "time");
  STEPS(HDF5_F32, 2, 21, 0, "obs/joint_pos");
  STEPS(HDF5_F32, 2, 21, 0, "obs/joint_vel");
  STEPS(HDF5_F32, 2, 3, 0, "obs/root_pos");
  STEPS(HDF5_F32, 2, 4, 0, "obs/root_quat");
  STEPS(HDF5_F32, 2, 6, 0, "obs/root_vel");
  FIXED(HDF5_F32, 21, "final_obs/joint_pos");
  FIXED(HDF5_F32, 21, "final_obs/joint_vel");
  FIXED(HDF5_F32, 3, "final_obs/root_pos");
  FIXED(HDF5_F32, 4, "final_obs/root_quat");
  FIXED(HDF5_F32, 6, "final_obs/root_vel");
  FIXED(HDF5_F32, 7, "initial_state/articulation/robot/root_pose");
  FIXED(HDF5_F32, 6, "initial_state/articulation/robot/root_velocity");
  FIXED(HDF5_F32, 21, "initial_state/articulation/robot/joint_position");
  FIXED(HDF5_F32, 21, "initial_state/articulation/robot/joint_velocity");
  STEPS(HDF5_F32, 2, 7, 0, "states/articulation/robot/root_pose");
  schema_link(schema, "obs/root_vel", "states/articulation/robot/root_velocity");
  schema_link(schema, "obs/joint_pos", "states/articulation/robot/joint_position");
  schema_link(schema, "obs/joint_vel", "states/articulation/robot/joint_velocity");
  STEPS(HDF5_I32, 1, 0, 0, "labels/contact_count");
  STEPS(HDF5_I64, 1, 0, 0, "labels/contact_start");
  CONTACTS(HDF5_I32, 2, 2, "labels/contacts/geom");
  CONTACTS(HDF5_F32, 2, 3, "labels/contacts/position");
  CONTACTS(HDF5_F32, 2, 3, "labels/contacts/normal");
  CONTACTS(HDF5_F32, 2, 3, "labels/contacts/force");
  CONTACTS(HDF5_F32, 1, 0, "labels/contacts/distance");
  STEPS(HDF5_F32, 3, 16, 3, "labels/body_contact_force");
  STEPS(HDF5_BOOL, 1, 0, 0, "labels/fallen");
  STEPS(HDF5_F32, 2, 2, 0, "labels/energy");
  for (int i = 0; i < 8; i++)
    schema_add(schema, (array_info){.unit = "1", HDF5_F64, EXTENT_FIXED, 1, {1}, NULL, -1},
               "randomization/robot.draw%d", i);
  schema_attribute(schema, "num_samples", HDF5_I64);
  schema_attribute(schema, "seed", HDF5_I64);
  schema_attribute(schema, "episode_index", HDF5_I64);
  schema_attribute(schema, "success", HDF5_BOOL);
  schema_attribute(schema, "termination_reason", HDF5_STRING);
  schema_attribute(schema, "status", HDF5_I64);
  schema_attribute(schema, "dropped_contacts", HDF5_I64);
  schema_attribute(schema, "fall_time", HDF5_F64);
  schema_attribute(schema, "first_nonfoot_contact_time", HDF5_F64);
#undef STEPS
#undef CONTACTS
#undef FIXED
}

/* A pattern of small numbers that depends on the episode's index only. */
static inline void synthetic_fill(const episode_schema *schema, episode *episode, int64_t index, int64_t steps,
                                  content_digest *digest) {
  episode->index = index;
  episode->steps = steps;
  episode->contacts = 0;
  for (int64_t t = 0; t < steps; t++) episode->contacts += (t + index) % 7;
  episode->success = index % 3 == 0;
  if (episode_layout(schema, episode, NULL)) abort();
  for (int i = 0; i < schema->array_count; i++) {
    const array_info *info = &schema->arrays[i];
    if (info->same_as >= 0) continue;
    int64_t shape[HDF5_RANK_LIMIT];
    int64_t count = array_shape(info, steps, episode->contacts, shape);
    unsigned char *data = episode->data + episode->offsets[i];
    for (int64_t k = 0; k < count; k++) {
      int value = (int)((k * 31 + index * 7 + i) % 201) - 100;
      switch (info->type) {
      case HDF5_BOOL: data[k] = 0; break;
      case HDF5_U8: data[k] = 0; break;
      case HDF5_I32: ((int32_t *)data)[k] = value + 100; break;
      case HDF5_I64: ((int64_t *)data)[k] = value; break;
      case HDF5_F32: ((float *)data)[k] = (float)value * 0.01f; break;
      default: ((double *)data)[k] = value * 0.01; break;
      }
    }
  }
  int32_t *contact_count = (void *)(episode->data + episode->offsets[schema_find(schema, "labels/contact_count")]);
  int64_t *contact_start = (void *)(episode->data + episode->offsets[schema_find(schema, "labels/contact_start")]);
  double *time = (void *)(episode->data + episode->offsets[schema_find(schema, "time")]);
  for (int64_t t = 0, start = 0; t < steps; t++) {
    contact_count[t] = (int32_t)((t + index) % 7);
    contact_start[t] = start;
    start += contact_count[t];
    time[t] = 0.02 * (double)t;
  }
  episode->data[episode->offsets[schema_find(schema, "dones")] + (size_t)steps - 1] = 1;
  episode->data[episode->offsets[schema_find(schema, "truncated")] + (size_t)steps - 1] = 1;
  episode->data[episode->offsets[schema_find(schema, "success")] + (size_t)steps - 1] = episode->success;
#define ATTRIBUTE(name) episode->attributes[schema_find_attribute(schema, name)]
  ATTRIBUTE("num_samples").integer = steps;
  ATTRIBUTE("seed").integer = 7;
  ATTRIBUTE("episode_index").integer = index;
  ATTRIBUTE("success").integer = episode->success;
  ATTRIBUTE("termination_reason").string = synthetic_reasons[0];
  ATTRIBUTE("status").integer = 0;
  ATTRIBUTE("dropped_contacts").integer = 0;
  ATTRIBUTE("fall_time").real = 0.5;
  ATTRIBUTE("first_nonfoot_contact_time").real = -1;
#undef ATTRIBUTE
  episode_seal(schema, episode, false, digest);
}

/* What a file says of itself, enough for the side that reads. */
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
  const named_string root[8] = {{"schema", "myriad.episodes"},   {"generator", "test"},
                                {"config_yaml", config},         {"config_xxh3", synthetic->config_digest},
                                {"seed", "7"},                   {"units_json", synthetic->units},
                                {"names_json", "{}"},            {"conventions_json", "{}"}};
  memcpy(synthetic->root, root, sizeof root);
  synthetic->contents = (shard_contents){.schema = &synthetic->schema,
                                         .root_strings = synthetic->root,
                                         .root_string_count = 8,
                                         .env_args = "{\"env_name\": \"synthetic\", \"type\": 2, \"env_kwargs\": {}}",
                                         .reasons = synthetic_reasons,
                                         .reason_count = 3};
}

/* A directory of its own, removed by synthetic_directory_remove. */
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
