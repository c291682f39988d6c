/* Public: the contents of a model file, for readers of a dataset who lack the file. */
#ifndef MYR_SOURCE_H
#define MYR_SOURCE_H

#include <stdatomic.h>

#include "sim/sim.h"

/* A sensor that a model file names. */
typedef struct myr_source_sensor {
  const char *name;   /* "" if it has none */
  const char *type;   /* the element's name in a file, such as "gyro" */
  const char *object; /* the element that it is attached to, "site imu"; "" if there is none */
  const char *frame;  /* of its vectors: "site imu", "world"; "" for numbers that are no vectors */
  const char *unit;   /* "1" without dimension, or where the file does not fix it */
  int dimension;      /* numbers of a measurement */
  double cutoff;      /* it measures -cutoff .. cutoff, or 0 .. cutoff where it cannot be negative; 0: no limit */
  double noise;       /* standard deviation that the file states */
} myr_source_sensor;

typedef struct myr_source {
  const char *
      xml; /* the compiled model as MJCF: defaults resolved, includes joined; meshes and textures stay names of files */
  int sensor_count;
  myr_source_sensor *sensors;
  char *memory; /* of all texts */
} myr_source;

/* Reads the MJCF or URDF file of an entity once more. The errors are those of myr_model_load, and MYR_STOPPED soon
 * after *stop becomes nonzero; stop may be NULL. */
myr_status myr_source_load(const myr_entity *entity, const atomic_int *stop, myr_source *source, myr_error *error);
void myr_source_free(myr_source *source); /* zeros are fine */

#endif
