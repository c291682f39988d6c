/* The attributes of an episode, of rows.def, and how each is filled when the episode ends. Part of record.h. */
#ifndef MYR_DATASET_ATTRIBUTES_H
#define MYR_DATASET_ATTRIBUTES_H

#include "dataset/episode.h"
#include "scenarios/scenarios.h"

enum episode_attribute {
#define EPISODE_ATTRIBUTE(name, ...) EPISODE_ATTRIBUTE_##name,
#include "dataset/rows.def"
  EPISODE_ATTRIBUTE_COUNT
};

enum attribute_condition { ATTRIBUTE_ALWAYS, ATTRIBUTE_FLOATING, ATTRIBUTE_MIXED, ATTRIBUTE_SEEN };

/* An episode at its end. */
typedef struct episode_end {
  const myr_plan_info *info;
  const myr_episode_state *state;
  const myr_judgement *judgement;
  const char *reason;
  const char *engine;
  int64_t steps, status, dropped_contacts;
} episode_end;

typedef struct attribute_definition {
  const char *name;
  attribute_type type;
  bool of_robot; /* one for each entity to which it applies; else one for the episode */
  enum attribute_condition when;
  const char *doc; /* explains it in the file */
  attribute_value (*value)(const episode_end *end, int entity);
} attribute_definition;
extern const attribute_definition attribute_definitions[EPISODE_ATTRIBUTE_COUNT];

/* A definition bound to the episode or to one of its entities. */
typedef struct recorded_attribute {
  const attribute_definition *definition;
  int entity; /* -1: of the episode */
  int number; /* in the schema */
} recorded_attribute;

#endif
