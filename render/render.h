/* Floor 3, public: pictures and their labels.
 *
 *   myr_appearance (from files)     ──┐
 *   myr_look_description (scenario) ──┴─► myr_look: immutable, one for all worlds. render/look.def lists the
 *                                          values that may differ between worlds; myr_look_values
 *                                          holds one world's choice.
 *   myr_look + values ──────────────────► myr_world_look: ready to draw, made once an episode
 *   + poses of the bodies ──────────────► myr_renderer_pose: everything in its place
 *   + camera ───────────────────────────► myr_renderer_draw: images and labels
 *
 * An image is a pure function of look, values, poses and camera; see kernels/raster.h for the conventions. Cameras
 * include LiDARs and range finders. No function allocates after creation. Threads may use one renderer at the same
 * time, each with a thread number of its own. */
#ifndef MYR_RENDER_H
#define MYR_RENDER_H

#include "kernels/raster.h"
#include "sim/appearance.h"

/* ------------------------------------------------------------------------------------------------ description */
/* The additions of a scenario to the files. Names need to outlive only the call. Colours are sRGB-encoded. */

typedef struct myr_texture_description {
  const char *name;
  const char *file; /* PNG; NULL: procedural */
  int pattern;      /* procedural: MYR_PATTERN_CHECKER, _GRADIENT or _NOISE */
  float color[3], color2[3];
} myr_texture_description;

typedef struct myr_material_description {
  const char *name;
  float color[3];
  float metallic, roughness, reflectance, emission;
  const char *texture; /* name, from the scenario or from a file ("robot.skin"); NULL: none */
  float repeat[2];     /* per metre */
  int mapping;         /* enum myr_mapping */
} myr_material_description;

typedef struct myr_light_description {
  const char *name;
  int kind; /* enum myr_light_kind */
  int body; /* mounted on; 0: the world */
  double position[3];
  float direction[3];
  float color[3], intensity, radius;
  float attenuation[3];
  float cone_inner, cone_outer; /* rad, half angles; spot */
  bool shadows;
} myr_light_description;

/* A thing that is only seen: a distractor, a backdrop, a marker. */
typedef struct myr_prop_description {
  const char *name;
  const char *semantic; /* class; NULL: "prop" */
  int body;             /* fixed to; 0: the world */
  int shape;            /* enum myr_geom_type */
  double position[3];
  float size[3], quaternion[4];
  float color[3];       /* negative: its material's */
  const char *material; /* NULL: the default one */
  bool instance;        /* counts as an object of its own; false: it is background (instance 0) */
  int entities_after;   /* of the scene's entities, those that the scenario lists after it: they win where surfaces
                         * coincide */
} myr_prop_description;

/* The outputs of a camera, by number: the images of kernels/output.def, then lists of numbers: boxes (tight and loose,
 * visible and covered pixels of every instance) and keypoints. */
#define MYR_CAMERA_LISTS(LIST) LIST(boxes) LIST(keypoints)
#define MYR_CAMERA_LIST(name) MYR_OUTPUT_##name,
enum myr_camera_output {
  MYR_OUTPUT_LAST_IMAGE = MYR_OUTPUT_COUNT - 1,
  MYR_CAMERA_LISTS(MYR_CAMERA_LIST) MYR_CAMERA_OUTPUT_COUNT
};
#undef MYR_CAMERA_LIST
/* A set of outputs has one bit for each. */
#define MYR_OUTPUT_BIT(name) (1u << MYR_OUTPUT_##name)
/* The word that requests an output of a camera, or with beams of a LiDAR; NULL: it has no such output. */
const char *myr_output_word(int output, bool beams);
/* The output that the word requests; -1: there is none. */
int myr_output_find(const char *word, bool beams);

/* A camera; or, with MYR_BEAMS, a LiDAR or range finder: its frame is the same (right, down, forward). */
typedef struct myr_camera_description {
  const char *name;
  const char *from;            /* camera of a model file that gives mount and angle; NULL: the members below do */
  int body;                    /* mounted on; 0: the world */
  double position[3];          /* in the body's frame, */
  float quaternion[4];         /* of right, down, forward; w x y z */
  int projection;              /* enum myr_projection */
  int width, height;           /* px; beams: columns and channels */
  float fov;                   /* rad, over the height, also for a fisheye */
  float focal[2], center[2];   /* px; focal 0: by fov, centred */
  float near_limit, far_limit; /* m */
  int samples;                 /* 1, 4, 16 */
  bool shadows, patterns;
  unsigned outputs;   /* bits of MYR_OUTPUT_BIT */
  int every;          /* takes a frame at every n-th recorded step; at least 1 */
  int episodes_every; /* records only every n-th episode; at least 1 */
  /* Beams. Column i has azimuth first + i * step; channels are listed from the top row down. */
  float azimuth_first, azimuth_step; /* rad */
  const float *elevations;           /* (height) rad, falling or rising */
  float scan_time;                   /* s from the first column to the end of the last; 0: all beams at once */
} myr_camera_description;

typedef struct myr_look_description {
  const myr_texture_description *textures;
  const myr_material_description *materials;
  const myr_light_description *lights;
  const myr_prop_description *props;
  const myr_camera_description *cameras;
  int texture_count, material_count, light_count, prop_count, camera_count;
  /* For each entity of the scene that has a model or is a ground, in order. Each list may be NULL: nothing to add. */
  const char *const *entity_names;    /* NULL: "entity1", ... */
  const char *const *entity_semantic; /* class; NULL: the entity's name */
  const char *const *entity_material; /* of all its visuals; NULL: their own */
  const float (*entity_color)[3];     /* of all its visuals; negative: their own */
  int entity_count;
  bool replace_lights;                                /* the files' lights are left out */
  const float *sky_zenith, *sky_horizon, *sky_ground; /* (3); NULL: the files' skybox, else the default gradient */
  const float *sky_light, *ambient, *fog_color, *fog_density, *exposure; /* NULL: default */
} myr_look_description;

/* ------------------------------------------------------------------------------------------------ looks */
typedef struct myr_look myr_look;

enum myr_look_field {
#define LOOK(name, count, components, unit, doc) MYR_LOOK_##name,
#include "render/look.def"
  MYR_LOOK_FIELD_COUNT
};
typedef struct myr_look_field_info {
  const char *name, *unit, *doc;
  int components;
  bool position; /* of LOOK_POSITION: the next field is its rest */
} myr_look_field_info;
extern const myr_look_field_info myr_look_field_infos[MYR_LOOK_FIELD_COUNT];

/* One camera as it was bound. */
typedef struct myr_camera_info {
  const char *name;
  int projection, width, height, body;
  unsigned outputs;
  int every, episodes_every;
  float near_limit, far_limit;
  const float *column_time; /* (width) s after the scan began, or NULL: all at once */
  float scan_time;          /* s: a scan ends at the time of its frame, after this time */
} myr_camera_info;

typedef struct myr_look_info {
  int visual_count, material_count, texture_count, light_count, camera_count;
  int instance_count; /* numbered from 1: entities, then props. Planes of the world are background: 0 */
  int semantic_count; /* classes, numbered from 1 */
  int part_count;     /* bodies but the world: a part's id is its body's number, 0 the world and props */
  int keypoint_count; /* sites */
  const char *const *visual_names, *const *material_names, *const *texture_names, *const *light_names;
  const char *const *instance_names; /* (instance_count + 1); [0] is "background" */
  const int *instance_semantic;      /* (instance_count + 1) */
  const char *const *semantic_names; /* (semantic_count + 1); [0] is "background" */
  const char *const *part_names;     /* (part_count + 1); [0] is "background" */
  const char *const *keypoint_names;
  const int *keypoint_body;
  const myr_camera_info *cameras;
  bool overview_only;               /* the only camera is "overview", because neither scenario nor files have any */
  int value_count;                  /* floats of one world's values */
  int offset[MYR_LOOK_FIELD_COUNT]; /* the place of a field's first element among them */
  const float *defaults;            /* (value_count) */
} myr_look_info;

/* The visuals are first the visible ones of the appearance (groups 0 to 2, alpha above 0), then the props. A sun is
 * added if there is no light; a camera "overview" that sees the whole scene is added if there is no camera. description
 * may be NULL. The model must outlive the look; appearance and description need not. Errors: MYR_INVALID with the cause
 * (a name that does not exist, a camera without pixels, a field of view out of range), MYR_IO for a texture file. */
myr_status myr_look_create(const myr_model *model, const myr_appearance *appearance,
                           const myr_look_description *description, myr_look **look, myr_error *error);
void myr_look_free(myr_look *look); /* NULL is fine */
const myr_look_info *myr_look_describe(const myr_look *look);
/* The element of that name among visuals, materials, textures, lights or cameras; or -1. */
enum myr_look_object { MYR_LOOK_VISUAL, MYR_LOOK_MATERIAL, MYR_LOOK_TEXTURE, MYR_LOOK_LIGHT, MYR_LOOK_CAMERA };
int myr_look_find(const myr_look *look, enum myr_look_object kind, const char *name);

/* Writes and reads an element of a field of LOOK_POSITION among values (value_count), m. */
void myr_look_set_position(const myr_look *look, float *values, enum myr_look_field field, int element,
                           const double position[3]);
void myr_look_get_position(const myr_look *look, const float *values, enum myr_look_field field, int element,
                           double position[3]);

/* ------------------------------------------------------------------------------------------------ drawing */

/* One world's looks, ready to draw: surfaces in linear colours, lights, environment. A block of
 * myr_look_world_bytes, owned by the caller, made from the look's values (value_count). */
typedef struct myr_world_look myr_world_look;
size_t myr_look_world_bytes(const myr_look *look);
void myr_look_resolve(const myr_look *look, const float *values, myr_world_look *world);

/* The bodies of one world at one time, in the form of the labels body_position, body_rotation and body_velocity. */
typedef struct myr_poses {
  const float *position;   /* (nbody, 3) m */
  const float *rest;       /* (nbody, 3) m, the label body_position_rest; NULL: zeros */
  const float *quaternion; /* (nbody, 4) w x y z */
  /* Only for scans whose columns are taken one after the other. NULL: the columns are drawn as if at once. */
  const float *velocity;           /* (nbody, 6) rad/s, m/s: angular, linear */
  const struct myr_poses *earlier; /* the state before; NULL: there is none */
  double since;                    /* s after the earlier state */
} myr_poses;

/* A body's pose `before` seconds earlier than `now` (>= 0), as position m and quaternion w x y z. Between two states the
 * position is the parabola, and the turn its like, with both poses and the first velocity, so that free flight is exact.
 * A push that acts on the second state does not bend it. Before the first state every body goes on backward with its
 * velocity. A turn of more than half a revolution between two states is the one closest to the angular velocity. */
void myr_pose_before(const myr_poses *now, int body, double before, float position[3], float quaternion[4]);

enum { MYR_BOX_3D = 10, MYR_CAMERA_POSE = 7, MYR_KEYPOINT = 3 };
/* One frame of one camera. NULL: not requested. Only cameras that were described with keypoints give them. */
typedef struct myr_image {
  myr_outputs pixels;
  float *keypoints;  /* (keypoint_count, 3): u, v px, and 0: not in the image, 1: hidden, 2: visible. A keypoint is
                      * visible when its pixel shows its own body, or a surface behind the keypoint. */
  double *pose;      /* (7) x y z m, quaternion x y z w: right, down, forward in the world */
  float *intrinsics; /* (4) fx fy cx cy px */
} myr_image;

typedef struct myr_renderer myr_renderer;

typedef struct myr_renderer_description {
  const myr_look *look; /* must outlive the renderer */
  const char *engine;   /* on a device submit and collect draw there; with other engines, or NULL, the cpu draws */
  int lanes, threads;   /* 0: the widest; one */
  /* For previews and benchmarks: values that replace the described ones in all cameras (not beams). */
  int width, height; /* px, the same angle over the height; 0: as described */
  int samples;       /* 0: as described */
  bool matt;         /* without highlights */
  bool plain;        /* without shadows, patterns and highlights */
  bool free_camera;  /* one more camera, of number camera_count: myr_renderer_aim points it */
} myr_renderer_description;
myr_status myr_renderer_create(const myr_renderer_description *description, myr_renderer **renderer, myr_error *error);
void myr_renderer_destroy(myr_renderer *renderer);
/* The memory that create would take: on a GPU (0 for the cpu), and on the host. MYR_ERROR: more than the GPU has. */
myr_status myr_renderer_measure(const myr_renderer_description *description, size_t *device_bytes, size_t *host_bytes,
                                myr_error *error);
const myr_raster *myr_renderer_raster(const myr_renderer *renderer);
/* Whether submitted pictures are ready only after collect, as on a GPU. On the cpu they are ready at once. */
bool myr_renderer_waits(const myr_renderer *renderer);
/* The size of a camera's images, as this renderer draws them. */
void myr_renderer_size(const myr_renderer *renderer, int camera, int *width, int *height);

/* Places one world in this thread's memory. next: the bodies at the time of the next frame, for flow; NULL: as now. The
 * poses must stay where they are until the last draw. */
void myr_renderer_pose(myr_renderer *renderer, int thread, const myr_world_look *world, const myr_poses *now,
                       const myr_poses *next);
/* Points the free camera of the placed world: from eye to target, upright; next: in the next frame, for flow. m, in the
 * world. Its lens is free_camera_info's. */
typedef struct myr_aim {
  double eye[3], target[3];
} myr_aim;
void myr_renderer_aim(myr_renderer *renderer, int thread, const myr_aim *now, const myr_aim *next);
extern const myr_camera_info myr_free_camera_info;
/* The eye from which the free camera sees a box whole, in the direction `forward` (unit), and the box's middle as target.
 * aspect: width over height of the images. */
void myr_aim_at_box(const double low[3], const double high[3], const float forward[3], float aspect, myr_aim *aim);
/* Draws the placed world on the cpu, for any engine. profile may be NULL. */
void myr_renderer_draw(myr_renderer *renderer, int thread, int camera, const myr_image *image,
                       myr_raster_profile *profile);
/* Draws the placed world on the renderer's engine. The pictures may be ready only after collect, and image must stay at
 * its address until then. After collect, each pointer of image->pixels that is not NULL points to the picture; on a GPU
 * that is memory of the renderer, which the thread's next submit may reuse. False: too many views wait; collect, and
 * submit again. */
bool myr_renderer_submit(myr_renderer *renderer, int thread, int camera, myr_image *image);
/* MYR_STOPPED: the GPU failed, and there are no pictures. */
myr_status myr_renderer_collect(myr_renderer *renderer, int thread, myr_error *error);
/* The labels of the placed world that belong to no camera. boxes (instance_count, 10): centre m, whole extents m along
 * the axes, quaternion x y z w; in the world, with the axes of the instance's root body, the smallest box there around
 * all its visuals (a mesh counts with the box of its vertices). keypoints (keypoint_count, 3) m. Either may be NULL. */
void myr_renderer_labels(myr_renderer *renderer, int thread, double *boxes, double *keypoints);
/* Grows the box low, high (m, in the world; it begins at 3e38, -3e38) around all that the placed world shows except
 * planes. root: only around the tree of this root body; 0: all. */
void myr_renderer_bounds(const myr_renderer *renderer, int thread, int root, double low[3], double high[3]);

/* ------------------------------------------------------------------------------------------------ measuring */
/* Measures how fast one camera is drawn, by all threads together; the images are discarded. The drawn worlds come from
 * a short simulation with random controls, each at another time of it. */
typedef struct myr_render_benchmark_description {
  const myr_look *look;
  const myr_model *model; /* of the look */
  int camera;
  unsigned outputs;           /* bits of MYR_OUTPUT_BIT; 0: colour, depth and instances, or a LiDAR's own */
  int width, height, samples; /* 0: as the camera's; 1 sample */
  const char *engine;         /* as of the renderer's description */
  int lanes, threads;         /* 0: the widest, all */
  int worlds, rounds;         /* 0: defaults */
  int64_t frames;             /* of all threads together in a round; 0: default */
  uint64_t seed;
} myr_render_benchmark_description;
typedef struct myr_render_rate {
  double frames_per_second; /* median over the rounds */
  double low, high;         /* slowest and fastest round */
  double stage_share[MYR_RASTER_STAGE_COUNT];
} myr_render_rate;
typedef struct myr_render_benchmark {
  const char *engine, *raster; /* "cpu", "avx512"; ... */
  double waiting_share;        /* the share of the processors' time spent for a GPU; during the rest the GPU waits for
                                * them */
  int lanes, threads, width, height, samples, worlds;
  myr_render_rate plain; /* diffuse light only: without shadows, patterns and highlights */
  myr_render_rate matt;  /* with shadows and patterns */
  myr_render_rate full;  /* with all of them */
} myr_render_benchmark;
/* The three qualities are measured in alternating rounds. */
myr_status myr_render_benchmark_run(const myr_render_benchmark_description *description, myr_render_benchmark *result,
                                    myr_error *error);

#endif
