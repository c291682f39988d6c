/* Rows of the sensors that model files name (kernels/sensor.def): obs/<entity>_<sensor> where a device measures it, else
 * labels/<entity>_<sensor>. A nameless sensor is sensor_<its number in its file>. */
#ifndef MYR_DATASET_RECORD_SENSORS_H
#define MYR_DATASET_RECORD_SENSORS_H

#include "dataset/rows.h"

typedef struct sensor_row {
  row_definition definition;
  char *name;                    /* of the sensor, escaped */
  int sensor;                    /* its number in the model */
  const myr_entity_info *entity; /* its owner */
} sensor_row;

/* Those sensors of a scene that are computed. */
typedef struct sensor_rows {
  sensor_row *rows; /* (count) */
  int count;
} sensor_rows;

bool sensor_rows_create(const myr_plan_info *info, sensor_rows *rows); /* false: too little memory */
void sensor_rows_free(sensor_rows *rows);

/* Binds definition number i. */
void sensor_row_bind(const sensor_rows *rows, int i, const myr_model *model, recorded_row *row);

/* Whether sensor number `sensor` of the model has a row. */
bool sensor_is_recorded(const sensor_rows *rows, int sensor);

#endif
