/* The looks, cameras and sensors of a scenario, filled by means of the schema. All numbers are SI. */
#ifndef MYR_SCENARIOS_SCENARIO_LOOK_H
#define MYR_SCENARIOS_SCENARIO_LOOK_H

#include "scenarios/schema.h"

/* A rotation by roll about x, then pitch about y, then yaw about z, which are all axes of the surrounding frame. */
typedef struct orientation_section {
  object_head head;
  quantity roll, pitch, yaw; /* rad */
} orientation_section;

typedef struct sky_section {
  object_head head;
  color_quantity zenith, horizon, ground;
  quantity light; /* 1 */
} sky_section;

typedef struct fog_section {
  object_head head;
  color_quantity color;
  quantity density; /* 1/m */
} fog_section;

enum light_type { LIGHT_DIRECTIONAL = 0, LIGHT_POINT, LIGHT_SPOT };
typedef struct light_section {
  object_head head;
  choice_value type; /* enum light_type */
  text_value body;
  vector_quantity position;  /* m; optional */
  vector_quantity direction; /* 1; optional */
  color_quantity color;
  quantity intensity;        /* 1 */
  quantity radius;           /* m, of point and spot; optional */
  quantity angle;            /* rad, diameter of a directional one; optional */
  numbers_value attenuation; /* optional */
  numbers_value cone;        /* rad, half angles; optional */
  choice_value shadows;
} light_section;

enum texture_type { TEXTURE_CHECKER = 0, TEXTURE_GRADIENT, TEXTURE_NOISE };
typedef struct texture_section {
  object_head head;
  text_value file, file_hash;
  choice_value type; /* enum texture_type, for a texture without a file */
  color_quantity color, color2;
  const char *path; /* openable: the scenario's folder and `file`; NULL: procedural */
} texture_section;

typedef struct material_section {
  object_head head;
  color_quantity color;
  quantity metallic, roughness, reflectance, emission; /* 1 */
  name_quantity texture;                               /* "none": none; optional */
  numbers_value repeat;                                /* (2) 1/m */
  choice_value mapping;                                /* enum myr_mapping */
} material_section;

enum prop_shape { PROP_BOX = 0, PROP_SPHERE, PROP_CYLINDER, PROP_CAPSULE, PROP_ELLIPSOID, PROP_PLANE };
/* The looks of an entity, and all keys of an entity that is only seen. */
typedef struct entity_look {
  color_quantity color;
  name_quantity material;
  text_value class;
  /* for an entity that is only seen */
  choice_value shape; /* enum prop_shape */
  numbers_value size; /* (1 to 3) m */
  text_value body;
  vector_quantity position; /* m; optional */
  orientation_section orientation;
  quantity shown;     /* 0 or 1; optional */
  choice_value label; /* optional */
} entity_look;

/* The pose of a camera or sensor. Vectors are in the mount's frame, which is the body's or the world's. */
typedef struct view_pose {
  text_value body;
  vector_quantity position;  /* m; optional */
  vector_quantity look_at;   /* m; optional */
  vector_quantity direction; /* 1; optional */
  vector_quantity up;        /* 1; optional */
  orientation_section orientation;
  vector_quantity shift; /* m; optional */
  orientation_section turn;
} view_pose;

typedef struct view_timing {
  quantity rate; /* Hz; optional */
  integer_value episodes_every;
  int every; /* control steps from frame to frame */
} view_timing;

typedef struct camera_section {
  object_head head;
  text_value from;
  view_pose pose;
  choice_value projection;     /* enum myr_projection */
  quantity fov;                /* rad; optional */
  numbers_value focal, center; /* (2) px; optional */
  numbers_value size;          /* (2) px */
  quantity near, far;          /* m */
  integer_value samples;
  choice_value shadows, textures;
  flags_value outputs; /* see asked_outputs */
  view_timing timing;
} camera_section;

enum sensor_type { SENSOR_LIDAR = 0, SENSOR_RAY };
typedef struct sensor_section {
  object_head head;
  choice_value type; /* enum sensor_type */
  view_pose pose;    /* without look_at and up */
  integer_value channels, columns;
  numbers_value elevation;  /* (2) rad */
  numbers_value elevations; /* rad, from the top row down */
  numbers_value azimuth;    /* (2) rad, of the first and the last column */
  numbers_value range;      /* (2) m */
  choice_value spinning;
  flags_value outputs; /* see asked_outputs */
  view_timing timing;
} sensor_section;

enum { SENSOR_CHANNELS = 16, SENSOR_COLUMNS = 360 }; /* for a lidar that does not name its own */

extern const schema_object schema_light, schema_texture, schema_material, schema_camera, schema_sensor;
extern const schema_object schema_sky, schema_fog, schema_orientation;
/* The outputs that `outputs` of a camera, or with beams of a sensor, request: bits of MYR_OUTPUT_BIT. */
unsigned asked_outputs(const flags_value *flags, bool beams);
/* The words of `shape`. */
extern const char *const prop_shapes[];

#endif
