/* The contents of a look. See render.h. */
#ifndef MYR_RENDER_LOOK_H
#define MYR_RENDER_LOOK_H

#include "kernels/memory.h"
#include "render/render.h"

/* The thing that moves a light or a camera. The pose in this mount is among the values. */
typedef struct look_mount {
  int body;     /* 0: the world */
  int tracking; /* enum myr_tracking */
  int target;   /* body looked at, or -1 */
} look_mount;

typedef struct look_visual {
  int shape, mesh, body;
  int instance, semantic, part;
} look_visual;

typedef struct look_material {
  int mapping;  /* enum myr_mapping */
  bool of_file; /* mapped by MuJoCo's rules; `uniform` is one of them */
  bool uniform;
} look_material;

typedef struct look_texture {
  int pattern; /* enum myr_pattern */
  int bitmap;  /* index; -1: procedural */
  bool cube;
  int period; /* units of mapped coordinates that one repetition has */
  float line; /* for a cross: its width as a share of the face's */
} look_texture;

typedef struct look_light {
  look_mount mount;
  int kind; /* enum myr_light_kind */
  bool shadows;
  bool headlight; /* shines in the camera's direction, whatever its mount */
  float attenuation[3];
  float cone_inner, cone_outer; /* cosines */
} look_light;

typedef struct look_camera {
  look_mount mount;
  myr_view view; /* without the poses; focal[1] == 0: by the angle among the values */
} look_camera;

struct myr_look {
  const myr_model *model;
  myr_look_info info;
  look_visual *visuals;
  int *drawing_order; /* (visual_count) the visuals in the scenario's order of entities and props */
  look_material *materials;
  look_texture *textures;
  look_light *lights;
  look_camera *cameras;
  myr_camera_info *camera_infos; /* info.cameras */
  myr_texture *bitmaps;
  myr_mesh *meshes;
  float (*mesh_boxes)[6]; /* (mesh_count) centre and half extents of the vertices */
  int bitmap_count, mesh_count;
  int sky_bitmap;                /* cube map; -1: none */
  int *instance_body;            /* (instance_count + 1) root body, or -1 for a prop */
  float (*keypoint_position)[6]; /* in the body's frame, and its rest */
  float *defaults;
  struct look_block *blocks; /* everything above that was allocated */
};

/* Zeroed memory that lives as long as the look; NULL if memory is out. */
void *look_allocate(myr_look *look, size_t count, size_t size);
/* A copy of a string; NULL if memory is out. */
char *look_string(myr_look *look, const char *string);

/* The element's first component among values. */
static inline float *look_value(const myr_look *look, float *values, enum myr_look_field field, int element) {
  return values + look->info.offset[field] + element * myr_look_field_infos[field].components;
}
static inline const float *look_read(const myr_look *look, const float *values, enum myr_look_field field,
                                     int element) {
  return values + look->info.offset[field] + element * myr_look_field_infos[field].components;
}

/* A point in a body's frame, m: a float, and the rest that it has lost far out. */
typedef struct look_point {
  const float *position, *rest;
} look_point;
/* field: of LOOK_POSITION */
static inline look_point look_read_point(const myr_look *look, const float *values, enum myr_look_field field,
                                         int element) {
  return (look_point){look_read(look, values, field, element), look_read(look, values, field + 1, element)};
}

static inline look_point look_keypoint(const myr_look *look, int keypoint) {
  return (look_point){look->keypoint_position[keypoint], look->keypoint_position[keypoint] + 3};
}

/* A look is filled part by part (look_visuals.c, look_materials.c, look_lights.c, look_cameras.c). First every part
 * counts its elements, then the defaults are laid out, then every part fills its elements. */
typedef struct look_sources {
  const myr_appearance *appearance;
  const myr_look_description *description;
} look_sources;
void look_count_visuals(myr_look *look, const look_sources *sources);
void look_count_materials(myr_look *look, const look_sources *sources);
void look_count_lights(myr_look *look, const look_sources *sources);
void look_count_cameras(myr_look *look, const look_sources *sources);
myr_status look_fill_materials(myr_look *look, const look_sources *sources, myr_error *error);
myr_status look_fill_visuals(myr_look *look, const look_sources *sources, myr_error *error);
myr_status look_fill_lights(myr_look *look, const look_sources *sources, myr_error *error);
myr_status look_fill_cameras(myr_look *look, const look_sources *sources, myr_error *error);
void look_fill_environment(myr_look *look, const look_sources *sources);

/* The bodies' positions and orientations in the model's zero pose: (nbody, 3) and (nbody, 4). */
void look_zero_poses(const myr_model *model, float *position, float *quaternion);

/* Checks and copies a body index. */
myr_status look_check_body(const myr_look *look, int body, const char *kind, const char *name, myr_error *error);

/* ------------------------------------------------------------------------------------------------ one world */
/* The block of a myr_world_look begins with this head; then come the surfaces of all visuals, the linear colours of all
 * lights, and the values. */
struct myr_world_look {
  myr_environment environment;
};
static inline size_t world_surfaces_offset(void) { return myr_whole_cache_lines(sizeof(struct myr_world_look)); }
static inline const myr_surface *world_surfaces(const myr_world_look *world) {
  return (const myr_surface *)((const char *)world + world_surfaces_offset());
}
static inline const float *world_light_colors(const myr_look *look,
                                              const myr_world_look *world) { /* (light_count, 3) */
  return (const float *)(world_surfaces(world) + look->info.visual_count);
}
static inline const float *world_values(const myr_look *look, const myr_world_look *world) {
  return world_light_colors(look, world) + 3 * look->info.light_count;
}

/* The bodies at one time, and the last computed centre of mass of a subtree. It is stored because lights and cameras
 * mostly follow the same subtree. */
typedef struct placed_bodies {
  const myr_poses *poses; /* NULL: unknown */
  const float *turns;     /* (nbody, 9) their rotation matrices */
  int com_root;           /* -1: none yet */
  float com[3];
} placed_bodies;

/* The place in the world of a mount and of a pose in it. */
typedef struct look_pose {
  float position[3], rotation[9];
} look_pose;
void mount_pose(const myr_look *look, const look_mount *mount, look_point position, const float quaternion[4],
                placed_bodies *bodies, look_pose *out);
/* Moves a position, which is that of a body's frame, to a point of the frame. turn: the body's rotation matrix. */
void move_to_point(const float turn[9], look_point point, float position[3]);

#endif
