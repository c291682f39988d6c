/* The models of a run, as every shard describes them. */
#ifndef MYR_DATASET_RUN_SOURCES_H
#define MYR_DATASET_RUN_SOURCES_H

#include "dataset/record.h"
#include "sim/source.h"

/* The contents of an entity's model file. */
typedef struct entity_source {
  char *attribute;   /* <entity>_model_xml; NULL for a ground */
  int same_as;       /* the first entity that reads the same file in the same way */
  myr_source source; /* empty if that is an earlier one */
} entity_source;

/* Reads the files of all entities, until *stop becomes nonzero. The list, (entity_count), must be freed in any case. */
myr_status run_sources_create(const myr_plan_info *info, const atomic_int *stop, entity_source **sources,
                              myr_error *error);
void run_sources_free(const myr_plan_info *info, entity_source *sources); /* NULL is fine */

/* JSON of the joints, actuators and sensors: type, unit, range, gear, frame. malloc'd; NULL: too little memory. */
char *record_model_json(const record_layout *layout, const entity_source *sources);

#endif
