/* Floor 1, public: the pictures of sensors. This header declares the data of one view of one world, and the function
 * that draws the view.
 *
 * A frame (myr_frame) is everything visible in one world at one time. A view (myr_view) is one camera, or one LiDAR or
 * range finder, which is a camera whose pixels are its beams. myr_raster.draw fills the requested outputs (output.def).
 * It is a pure function of the frame and the view: the result does not depend on other views, on the vector width or on
 * the thread. There is one table (myr_raster) per vector width; a lane is a pixel.
 *
 *   frame, view ──► visibility buffer (depth, drawable, triangle), one tile of MYR_TILE x MYR_TILE pixels at a time
 *                   ├─► labels: depth, ids, normals, flow, boxes
 *                   └─► shading: colour; more samples of a pixel draw and shade the tile again, and change only colour
 *
 * Conventions. World: right-handed, z up, metres. Camera: x right, y down, z forward (OpenCV). Pixel (i, j) covers
 * [i, i+1) x [j, j+1) and is seen through its centre. Images are row major, from the top left. Rotations are row major
 * and turn the local frame into the world's. Colours here are linear, Rec. 709 primaries.
 *
 * Visibility. A surface is seen from its outside only, between near and far. The nearest surface wins. Of surfaces that
 * coincide, within 2^-21 of the distances involved, the drawable with the higher index wins; within a
 * mesh, of triangles at exactly the same depth the one with the lower index. */
#ifndef MYR_RASTER_H
#define MYR_RASTER_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/shape.h"
#include "kernels/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { MYR_TILE = 64 }; /* pixels */

/* Shapes have the numbers of enum myr_geom_type; only the rasterizer knows meshes. */
enum { MYR_SHAPE_MESH = 7 };

/* ------------------------------------------------------------------------------------------------ meshes */

/* At most MYR_CLUSTER_VERTICES vertices and MYR_CLUSTER_TRIANGLES triangles that lie close together. */
enum { MYR_CLUSTER_VERTICES = 128, MYR_CLUSTER_TRIANGLES = 128 };
typedef struct myr_cluster {
  float center[3], radius;                /* sphere that holds the vertices */
  float cone_axis[3];                     /* the cluster faces away from every eye point e with */
  float cone_cutoff;                      /*   dot(center - e, axis) >= cutoff * |center - e| + radius; 2: never */
  int32_t vertex_start, vertex_count;     /* in the mesh's vertex arrays; starts are multiples of 16 */
  int32_t triangle_start, triangle_count; /* in the mesh's triangles */
} myr_cluster;

/* One level of detail: a whole closed surface of its own. */
typedef struct myr_mesh_level {
  float error; /* m: no point is farther than this from the finest surface; 0 for the finest */
  int32_t cluster_start, cluster_count;
  int32_t node_start, node_count; /* bounding volume hierarchy for shadow rays */
} myr_mesh_level;

/* A node of the hierarchy, children adjacent: an inner node's first child is `first`, its second first + 1; a leaf
 * (count > 0) holds triangles [first, first + count). */
typedef struct myr_mesh_node {
  float low[3], high[3];
  int32_t first, count;
} myr_mesh_node;

/* Triangles are counter-clockwise seen from outside. Vertices that several clusters use are stored in each of them with
 * equal positions. Level 0 is the finest. The three vertex numbers of a triangle, 8 bits each, count from its cluster's
 * first vertex. x, y, z, triangle and triangle_vertices end with enough padding to be read 16 at a time. */
typedef struct myr_mesh {
  float bound_center[3], bound_radius;
  const float *x, *y, *z;           /* (vertices) m, the mesh's frame */
  const float *normal;              /* (vertices, 3) unit */
  const float *uv;                  /* (vertices, 2); NULL: the mesh has none */
  const int32_t *triangle;          /* (triangles) first | second << 8 | third << 16 */
  const int32_t *triangle_vertices; /* (triangles) vertex_start of its cluster */
  const myr_cluster *clusters;
  const myr_mesh_level *levels;
  const myr_mesh_node *nodes;
  int32_t vertex_count, triangle_count, cluster_count, level_count, node_count;
} myr_mesh;

/* ------------------------------------------------------------------------------------------------ looks */

/* A bitmap with all its mip levels. Texels are 10 bits a channel, red lowest, and hold the square root of the linear
 * value, times 1023: an encoding that a multiplication undoes. A cube map has 6 square faces, in the order +x -x +y -y
 * +z -z, each with its own levels. Level l is max(1, width >> l) by max(1, height >> l). */
typedef struct myr_texture {
  const uint32_t *texels;
  int32_t width, height; /* of level 0; of one face */
  int32_t levels;
  int32_t faces;            /* 1 or 6 */
  int32_t level_offset[16]; /* texels, within a face */
  int32_t face_stride;      /* texels */
} myr_texture;

enum myr_pattern {
  MYR_PATTERN_NONE = 0,
  MYR_PATTERN_BITMAP,   /* color x texture */
  MYR_PATTERN_CHECKER,  /* color and color2 in turns, in unit squares of the mapped coordinates */
  MYR_PATTERN_GRADIENT, /* color at v = 0 to color2 at v = 1, mirrored beyond */
  MYR_PATTERN_NOISE,    /* between color and color2, by four octaves of gradient noise in three dimensions */
  MYR_PATTERN_CROSS, /* color, and in color2 two lines across each face of a cube, from its middle on to the right and
                         * downwards; cube maps only */
};
enum myr_mapping {
  MYR_MAPPING_PLANE = 0, /* u, v = x, y of the drawable's frame, in metres */
  MYR_MAPPING_BOX,       /* the two axes along which the surface runs, by the largest component of the local normal */
  MYR_MAPPING_UV,        /* a mesh's own */
  MYR_MAPPING_CUBE,      /* by the direction of the point in the drawable's frame; cube maps */
};

/* How one drawable looks. */
typedef struct myr_surface {
  float color[3], color2[3];
  float metallic;    /* 0..1 */
  float roughness;   /* 0..1, perceptual: the GGX alpha is its square */
  float reflectance; /* of a dielectric at normal incidence, 0..1; 0 also switches highlights off unless metallic */
  float emission;    /* light that it emits, as a factor on its colour */
  float scale[2], offset[2]; /* mapped coordinates = scale * (u, v) + offset. noise: scale[0] cells per metre. cross:
                                * scale[0] is the lines' width as a share of a face's */
  int32_t pattern, mapping;  /* enum myr_pattern, enum myr_mapping */
  int32_t texture;           /* index; with MYR_PATTERN_BITMAP */
} myr_surface;

enum myr_light_kind { MYR_LIGHT_DIRECTIONAL = 0, MYR_LIGHT_POINT, MYR_LIGHT_SPOT };
typedef struct myr_light {
  float position[3];            /* m; point and spot */
  float direction[3];           /* unit, the way the light travels; directional and spot */
  float color[3];               /* a white surface that faces a light of colour 1 has the value 1 */
  float attenuation[3];         /* divided by a0 + a1 d + a2 d^2, d in m; point and spot */
  float cone_inner, cone_outer; /* cosines: full inside the inner, none outside the outer, smooth between; spot */
  float radius;                 /* size for soft shadows: m, or for a directional light the tangent of half its angle */
  int32_t kind;                 /* enum myr_light_kind */
  int32_t shadows;              /* 1: casts shadows */
} myr_light;

/* The surroundings of the scene. The sky goes from horizon to zenith above the horizon and has the colour `ground`
 * below it. It is seen where nothing else is seen, and it lights every surface from the side that the surface faces. */
typedef struct myr_environment {
  float zenith[3], horizon[3], ground[3];
  float ambient[3];    /* light from everywhere, added to the sky's */
  float sky_light;     /* share of the sky's colour that reaches surfaces, 0..1 */
  int32_t sky_texture; /* cube map seen in place of the gradient; -1: none */
  float fog_color[3];
  float fog_density; /* 1/m: the part exp(-density * distance) of the light remains; 0: no fog */
  float exposure;    /* factor on every colour before the sRGB encoding */
} myr_environment;

/* ------------------------------------------------------------------------------------------------ a frame */

typedef struct myr_drawable {
  float position[3], rotation[9];           /* now */
  float next_position[3], next_rotation[9]; /* when the next frame is taken; for flow only */
  float size[3];                            /* m, as geom_size; a plane's half extents, 0: infinite */
  float bound;                              /* m: radius of a sphere about position that holds it; 0: there is none */
  int32_t shape;                            /* enum myr_geom_type or MYR_SHAPE_MESH */
  int32_t mesh;                             /* index, with MYR_SHAPE_MESH */
  int32_t surface;                          /* index */
  int32_t instance;                         /* 1 .. instance_count; 0 is the background */
  int32_t semantic, part;                   /* written to the labels as they are */
} myr_drawable;

typedef struct myr_frame {
  const myr_drawable *drawables;
  const myr_surface *surfaces;
  const myr_light *lights;
  const myr_texture *textures;
  const myr_mesh *meshes;
  const myr_environment *environment;
  int32_t drawable_count, light_count, instance_count;
} myr_frame;

/* ------------------------------------------------------------------------------------------------ a view */

enum myr_projection {
  MYR_PINHOLE = 0, /* u = fx x/z + cx, v = fy y/z + cy; depth is z */
  MYR_FISHEYE,     /* equidistant: r = f theta about (cx, cy); rays beyond pi see nothing; depth is the distance */
  MYR_BEAMS,       /* pixel (i, j) is the beam of azimuth i and elevation j; depth is the distance */
};

typedef struct myr_view {
  int32_t width, height;                 /* px, 1 .. MYR_VIEW_LIMIT */
  int32_t projection;                    /* enum myr_projection */
  int32_t samples;                       /* of colour, per pixel: 1, 4 or 16; beams have 1 */
  int32_t shadows, patterns, highlights; /* 0: off; without highlights metals are as matt as other surfaces */
  float focal[2], center[2];             /* px: fx fy cx cy; a fisheye's fx and fy may differ */
  float near_limit, far_limit;           /* m, of depth */
  float position[3], rotation[9];        /* of the camera's frame: right, down, forward */
  float next_position[3], next_rotation[9];
  /* Beams only. The direction of (i, j) is (-sin a cos e, -sin e, cos a cos e): azimuth grows to the left, elevation
   * upwards. Tables of cosine, sine pairs; azimuths are evenly spaced in index order, elevations fall or rise
   * monotonically. */
  const float *azimuth;   /* (width, 2) */
  const float *elevation; /* (height, 2) */
  /* A window: only these columns of the images are drawn, and the other pixels stay as they are. column_count 0: all
   * columns. A scan whose columns are taken one after the other is drawn through windows, each of another frame. Windows
   * have no `instances`. */
  int32_t first_column, column_count;
} myr_view;
enum { MYR_VIEW_LIMIT = 16384 };

/* How one instance appears in a view. Boxes are pixels [x0, x1) x [y0, y1), all 0 when empty. */
typedef struct myr_instance_view {
  int32_t tight[4];         /* x0 y0 x1 y1 of its visible pixels */
  int32_t loose[4];         /* of the pixels inside the image that it would cover if nothing were in front of it */
  int32_t visible, covered; /* the number of pixels of each kind; visible fraction = visible / covered */
} myr_instance_view;

/* The C type of each type of output.def. */
#define MYR_TYPE_U8 uint8_t
#define MYR_TYPE_U16 uint16_t
#define MYR_TYPE_I32 int32_t
#define MYR_TYPE_F32 float

/* The images of a view (output.def): each (height, width, channels). NULL: not requested. Where nothing is seen every
 * label is 0. */
typedef struct myr_outputs {
#define OUTPUT(name, type, ...) MYR_TYPE_##type *name;
#include "kernels/output.def"
  myr_instance_view *instances; /* (instance_count + 1); entry 0 is the background's */
} myr_outputs;

enum myr_output {
#define OUTPUT(name, ...) MYR_OUTPUT_##name,
#include "kernels/output.def"
  MYR_OUTPUT_COUNT
};
enum myr_output_kind {
  MYR_SHOWS_COLOR,
  MYR_SHOWS_DISTANCE,
  MYR_SHOWS_FRACTION,
  MYR_SHOWS_ID,        /* 0: nothing */
  MYR_SHOWS_DIRECTION, /* unit vectors, or 0 */
  MYR_SHOWS_MOTION,    /* px */
};
enum myr_output_role { MYR_ROLE_MEASUREMENT, MYR_ROLE_LABEL, MYR_ROLE_COUNT };
typedef struct myr_output_info {
  const char *name;
  const char *camera, *beams, *array; /* see output.def; NULL: none */
  const char *unit, *doc;
  int channels;
  size_t pixel_bytes;
  int kind; /* enum myr_output_kind */
  int role; /* enum myr_output_role */
} myr_output_info;
extern const myr_output_info myr_output_infos[MYR_OUTPUT_COUNT];

/* The plane of one output; NULL where it is not wanted. */
void *myr_outputs_plane(const myr_outputs *outputs, int output);
/* plane: pixel_bytes of memory for each pixel of the view; or NULL. */
void myr_outputs_want(myr_outputs *outputs, int output, void *plane);

/* Shading includes its shadow rays. */
enum myr_raster_stage {
  MYR_RASTER_SETUP,
  MYR_RASTER_MESHES,
  MYR_RASTER_PRIMITIVES,
  MYR_RASTER_LABELS,
  MYR_RASTER_SHADING,
  MYR_RASTER_STAGE_COUNT
};
typedef struct myr_raster_profile {
  uint64_t nanoseconds[MYR_RASTER_STAGE_COUNT];
  uint64_t views, pixels;
} myr_raster_profile;

typedef struct myr_raster {
  const char *name; /* as of myr_kernels */
  int lanes;        /* pixels in a vector */
  /* The size of the scratch memory, 64-byte aligned, for any view of a frame with at most so many of each. */
  size_t (*scratch_bytes)(int drawables, int lights, int instances);
  /* profile may be NULL. Never fails, because the builder of frames and views has checked them. */
  void (*draw)(const myr_frame *frame, const myr_view *view, const myr_outputs *outputs, void *scratch,
               myr_raster_profile *profile);
} myr_raster;

/* As myr_kernels_find; there is no double-precision table. */
myr_status myr_raster_find(int lanes, const myr_raster **raster, myr_error *error);

#ifdef __cplusplus
}
#endif
#endif
