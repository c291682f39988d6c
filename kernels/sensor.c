#include "kernels/sensor.h"

const myr_sensor_info myr_sensor_infos[MYR_SENSOR_COUNT] = {
#define SENSOR(name, word, needs, of, unit, frame, columns, group) \
  {#word, unit, columns, #group, MYR_FRAME_##frame, MYR_NEEDS_##needs, MYR_OF_##of},
#define SENSOR_UNREAD(name, word, unit, frame) \
  {#word, unit, "", "", MYR_FRAME_##frame, MYR_NEEDS_NOTHING, MYR_OF_NOTHING},
#include "kernels/sensor.def"
};

const char *myr_sensor_unit(enum myr_sensor type, bool slides) {
  const myr_sensor_info *info = &myr_sensor_infos[type];
  if (*info->unit) return info->unit;
  if (info->frame == MYR_FRAME_RATE) return slides ? "m/s" : "rad/s";
  return slides ? "m" : "rad";
}
