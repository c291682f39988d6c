/* Floor 1, public: the sensors that a model file may name (sensor.def), as a table. */
#ifndef MYR_SENSOR_H
#define MYR_SENSOR_H

#include <stdbool.h>

#include "kernels/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The axes of a sensor's vectors; see sensor.def. */
enum myr_sensor_frame { MYR_FRAME_OBJECT, MYR_FRAME_REFERENCE, MYR_FRAME_IN_WORLD, MYR_FRAME_NUMBER, MYR_FRAME_RATE };
/* The kind of thing that a sensor measures; see sensor.def. */
enum myr_sensor_of {
  MYR_OF_NOTHING = 0, /* Myriad does not compute it */
  MYR_OF_FRAME,
  MYR_OF_ZONE,
  MYR_OF_RAY,
  MYR_OF_IMAGE,
  MYR_OF_ROOM,
  MYR_OF_JOINT,
  MYR_OF_TENDON,
  MYR_OF_ACTUATOR,
  MYR_OF_SUBTREE,
  MYR_OF_WORLD
};
typedef struct myr_sensor_info {
  const char *word;    /* the element's name in a file */
  const char *unit;    /* SI; "": see myr_sensor_unit */
  const char *columns; /* names of its numbers, with ", " between them; "" for a single one */
  const char *group;   /* "obs" or "labels"; "" where it is not computed */
  enum myr_sensor_frame frame;
  enum myr_sensor_need need;
  enum myr_sensor_of of;
} myr_sensor_info;
extern const myr_sensor_info myr_sensor_infos[MYR_SENSOR_COUNT]; /* by enum myr_sensor */

/* The unit of a sensor's numbers; slides: the joint that it measures is a slide. */
const char *myr_sensor_unit(enum myr_sensor type, bool slides);

#ifdef __cplusplus
}
#endif
#endif
