/* Floor 2, public: the looks that model files describe. Physics does not use them; render/ draws from them.
 *
 * An appearance holds the shapes, meshes, materials, textures, lights, cameras and sites of all entities together.
 * Names carry the entity's prefix, as in the model ("robot.torso"). Values are those of the file, with MuJoCo's
 * defaults. Colours are sRGB-encoded, 0..1. Quaternions are w x y z. Cameras look along -z with y up, as in MJCF. */
#ifndef MYR_APPEARANCE_H
#define MYR_APPEARANCE_H

#include "kernels/shape.h"
#include "sim/sim.h"

enum { MYR_VISUAL_MESH = MYR_GEOM_MESH }; /* height fields are converted to meshes */

typedef struct myr_visual {
  char *name;         /* of the geom; NULL: nameless */
  int shape;          /* enum myr_geom_type or MYR_VISUAL_MESH */
  int mesh;           /* index, or -1 */
  int body;           /* of the model */
  int geom;           /* of the model; -1: drawn, but without contacts */
  int entity;         /* index in the scene; 0 for a model read from one file */
  int group;          /* geom group, 0..5; viewers show 0, 1 and 2 */
  int material;       /* index, or -1 */
  float size[3];      /* m, as geom_size; a plane of size 0 is infinite */
  double position[3]; /* in the body's frame */
  float quaternion[4];
  float color[4]; /* rgba: the geom's own if it has one, else its material's; alpha 0 is invisible */
} myr_visual;

/* Whether a visual is drawn: MuJoCo's viewer shows geom groups 0, 1 and 2. */
enum { MYR_VIEWED_GROUPS = 3 };
static inline bool myr_visual_is_seen(const myr_visual *visual) {
  return visual->group < MYR_VIEWED_GROUPS && visual->color[3] > 0;
}

typedef struct myr_visual_mesh {
  char *name;
  int vertex_count, normal_count, uv_count, triangle_count;
  float *positions;                        /* (vertex_count, 3) m */
  float *normals;                          /* (normal_count, 3), those of the file; NULL: it states none */
  float *uv;                               /* (uv_count, 2) or NULL; v grows downwards in the bitmap */
  int32_t *triangles;                      /* (triangle_count, 3) vertices, counter-clockwise from outside */
  int32_t *triangle_normals, *triangle_uv; /* (triangle_count, 3) indices into normals and uv; NULL if those are */
} myr_visual_mesh;

/* The faces of a cube are +x -x +y -y +z -z. Each is laid out as in OpenGL: seen from inside with y up, except +y and
 * -y. A direction (x, y, z) in an object's frame selects the texel in that direction; a direction (x, y, z) in the
 * world selects the sky's texel in the direction (x, z, -y). */
enum myr_texture_kind { MYR_TEXTURE_PLANE = 0, MYR_TEXTURE_CUBE, MYR_TEXTURE_SKYBOX };
typedef struct myr_visual_texture {
  char *name;
  int kind;          /* enum myr_texture_kind */
  int width, height; /* px; of one face */
  int channels;      /* 1, 3 or 4 */
  uint8_t *pixels;   /* (faces, height, width, channels) sRGB, from the top row; 6 faces unless it is a plane */
} myr_visual_texture;

typedef struct myr_visual_material {
  char *name;
  float color[4];
  float metallic, roughness; /* 0..1; -1: not stated */
  float specular, shininess; /* 0..1, of MuJoCo's older model */
  float emission;
  int texture;     /* index, or -1 */
  float repeat[2]; /* times a plane texture repeats: per 2 m if uniform, else over the object's size */
  bool uniform;    /* repeat counts per 2 m; a cube texture is looked up by the point in m, not divided by the size */
} myr_visual_material;

/* How the pose of a light or camera follows its body; numbered as mjtCamLight. */
enum myr_tracking {
  MYR_TRACK_FIXED = 0,       /* position and orientation fixed in the body */
  MYR_TRACK_BODY,            /* orientation and offset from the body's position are constant in the world's axes */
  MYR_TRACK_BODY_COM,        /* the same, from the centre of mass of the body's subtree */
  MYR_TRACK_TARGET_BODY,     /* position fixed in the body, looks at another body */
  MYR_TRACK_TARGET_BODY_COM, /* the same, at the centre of mass of the other body's subtree */
};
typedef struct myr_mount {
  int body;           /* 0: the world */
  int tracking;       /* enum myr_tracking */
  int target;         /* body, or -1 */
  double position[3]; /* in the body's frame; FIXED and TARGET */
  float quaternion[4];
  float offset[3], global_quaternion[4]; /* in the world's axes at qpos0; BODY: offset from the body's position;
                                            BODY_COM: offset from the subtree's centre of mass */
} myr_mount;

enum myr_visual_light_kind { MYR_VISUAL_SPOT = 0, MYR_VISUAL_DIRECTIONAL, MYR_VISUAL_POINT };
typedef struct myr_visual_light {
  char *name;
  int kind;        /* enum myr_visual_light_kind */
  myr_mount mount; /* a light shines along the -z axis of its mount */
  float ambient[3], diffuse[3], specular[3];
  float attenuation[3];
  float cutoff; /* rad, half angle of a spot */
  float exponent;
  float radius; /* m, for soft shadows; 0: not stated */
  bool shadows, active;
} myr_visual_light;

typedef struct myr_visual_camera {
  char *name;
  myr_mount mount;
  float vertical_fov;        /* rad */
  int width, height;         /* px; 1 x 1 if the file does not say */
  float focal[2], center[2]; /* px, in a width x height image; 0: by vertical_fov, centred */
} myr_visual_camera;

typedef struct myr_visual_site {
  char *name;
  int body, entity, group;
  double position[3]; /* in the body's frame */
} myr_visual_site;

typedef struct myr_appearance {
  myr_visual *visuals;
  myr_visual_mesh *meshes;
  myr_visual_texture *textures;
  myr_visual_material *materials;
  myr_visual_light *lights;
  myr_visual_camera *cameras;
  myr_visual_site *sites;
  int visual_count, mesh_count, texture_count, material_count, light_count, camera_count, site_count;
  bool headlight; /* the first entity's file leaves MuJoCo's light at the camera on */
  float headlight_ambient[3], headlight_diffuse[3];
} myr_appearance;

/* Reads the looks of the scene that model was built from. A ground plane is a grey visual without material. The errors
 * are those of myr_scene_build; an unreadable texture or mesh file is one too. The caller frees the result. */
myr_status myr_appearance_read(const myr_scene *scene, const myr_model *model, myr_appearance **appearance,
                               myr_error *error);
/* Reads the looks of one file, whose model myr_model_load has read. */
myr_status myr_appearance_load(const char *path, const myr_model *model, myr_appearance **appearance, myr_error *error);
void myr_appearance_free(myr_appearance *appearance); /* NULL is fine */

#endif
