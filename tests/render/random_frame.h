/* Random frames and views for tests of the rasterizer, the same ones for the same seed: every shape and projection, far
 * and near, small and large, behind the camera and around it. Include it after cmocka.h. */
#ifndef MYR_TESTS_RANDOM_FRAME_H
#define MYR_TESTS_RANDOM_FRAME_H

#include <stdio.h>

#include "render/mesh.h"
#include "sim/random.h"
#include "tests/render/oracle.h"

enum {
  FRAME_DRAWABLES = 32,
  FRAME_INSTANCES = 9,
  FRAME_MESHES = 3,
  FRAME_SURFACES = 6,
  FRAME_LIGHTS = 3,
  FRAME_SIDE = 96
};

typedef struct random_frame {
  myr_drawable drawables[FRAME_DRAWABLES];
  myr_surface surfaces[FRAME_SURFACES];
  myr_light lights[FRAME_LIGHTS];
  myr_mesh meshes[FRAME_MESHES];
  oracle_mesh sources[FRAME_MESHES];
  myr_texture texture;
  myr_environment environment;
  myr_view view;
  float azimuth[FRAME_SIDE * 2], elevation[FRAME_SIDE * 2];
  myr_frame frame;
  oracle_scene scene;
} random_frame;

/* ------------------------------------------------------------------------------------------------ draws */
static inline double random_log_uniform(random_stream *r, double low, double high) {
  return low * pow(high / low, random_uniform(r, 0, 1));
}
static inline int random_count(random_stream *r, int low, int high) { /* both included */
  return low + (int)random_uniform(r, 0, high - low + 1);
}
static inline void random_direction(random_stream *r, double out[3]) {
  double z = random_uniform(r, -1, 1), angle = random_uniform(r, -M_PI, M_PI), radius = sqrt(1 - z * z);
  out[0] = radius * cos(angle), out[1] = radius * sin(angle), out[2] = z;
}
/* Computes the rotation by an angle in rad about an axis (Rodrigues' formula). */
static inline void rotation_about(const double axis[3], double angle, double m[9]) {
  double c = cos(angle), s = sin(angle);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      double cross = i == j ? 0 : (j == (i + 1) % 3 ? -1 : 1) * axis[3 - i - j];
      m[3 * i + j] = (i == j ? c : 0) + (1 - c) * axis[i] * axis[j] + s * cross;
    }
}
static inline void random_pose(random_stream *r, const double position[3], double turn, double shift, float now[3],
                               float rotation[9], float next[3], float next_rotation[9]) {
  double axis[3], first[9], second[9], direction[3];
  random_direction(r, axis);
  rotation_about(axis, turn, first);
  random_direction(r, axis);
  rotation_about(axis, random_uniform(r, 0, 0.2), second);
  random_direction(r, direction);
  for (int i = 0; i < 3; i++) {
    now[i] = (float)position[i], next[i] = (float)(position[i] + shift * direction[i]);
    for (int j = 0; j < 3; j++) {
      double sum = 0;
      for (int k = 0; k < 3; k++) sum += second[3 * i + k] * first[3 * k + j];
      rotation[3 * i + j] = (float)first[3 * i + j], next_rotation[3 * i + j] = (float)sum;
    }
  }
}

/* ------------------------------------------------------------------------------------------------ meshes */
/* A closed surface whose triangles share no vertices: the vertices of a lattice point have equal bits, and mesh_build
 * must notice that. No part is turned inside out, because points move only along their own rays or tubes. */
typedef struct mesh_growth {
  uint64_t seed;
  double size, bumps, offset[3];
  bool torus;
  int steps;
} mesh_growth;

static inline void mesh_sphere_point(const mesh_growth *g, const int cell[3], double point[3], double normal[3]) {
  for (int i = 0; i < 3; i++) normal[i] = tan(M_PI / 4 * cell[i] / g->steps);
  oracle_normalize(normal);
  uint64_t where = ((uint64_t)(cell[0] + 64) * 128 + (uint64_t)(cell[1] + 64)) * 128 + (uint64_t)(cell[2] + 64);
  double radius = g->size * (1 - g->bumps * random_unit(g->seed, where, 1));
  for (int i = 0; i < 3; i++) point[i] = g->offset[i] + radius * normal[i];
}

static inline void mesh_torus_point(const mesh_growth *g, const int cell[3], double point[3], double normal[3]) {
  const int around = 4 * g->steps, tube = 2 * g->steps, a = cell[0] % around, b = cell[1] % tube;
  double angle = 2 * M_PI * a / around, turn = 2 * M_PI * b / tube;
  double radius = 0.3 * g->size * (1 - g->bumps * random_unit(g->seed, (uint64_t)a, (uint64_t)b));
  normal[0] = cos(angle) * cos(turn), normal[1] = sin(angle) * cos(turn), normal[2] = sin(turn);
  point[0] = g->offset[0] + 0.7 * g->size * cos(angle) + radius * normal[0];
  point[1] = g->offset[1] + 0.7 * g->size * sin(angle) + radius * normal[1];
  point[2] = g->offset[2] + radius * normal[2];
}

/* Adds two triangles between four lattice points, counter-clockwise from outside. */
static inline int mesh_quad(const mesh_growth *g, int cells[4][3], float *positions, float *normals, int vertex) {
  static const int corners[6] = {0, 1, 2, 0, 2, 3};
  for (int k = 0; k < 6; k++, vertex++) {
    double point[3], normal[3];
    if (g->torus)
      mesh_torus_point(g, cells[corners[k]], point, normal);
    else
      mesh_sphere_point(g, cells[corners[k]], point, normal);
    for (int i = 0; i < 3; i++) positions[3 * vertex + i] = (float)point[i], normals[3 * vertex + i] = (float)normal[i];
  }
  return vertex;
}

static inline void mesh_grow(const mesh_growth *g, oracle_mesh *source, myr_mesh *mesh) {
  const int quads = g->torus ? 8 * g->steps * g->steps : 24 * g->steps * g->steps;
  float *positions = malloc((size_t)quads * 18 * sizeof *positions),
        *normals = malloc((size_t)quads * 18 * sizeof *normals);
  int32_t *triangles = malloc((size_t)quads * 6 * sizeof *triangles);
  int vertex = 0;
  for (int quad = 0; quad < quads; quad++) {
    int cells[4][3];
    for (int k = 0; k < 4; k++) {
      const int first = k == 1 || k == 2, second = k >= 2; /* around the quad */
      if (g->torus) {
        cells[k][0] = quad / (2 * g->steps) + first, cells[k][1] = quad % (2 * g->steps) + second, cells[k][2] = 0;
      } else {
        const int side = 2 * g->steps, face = quad / (side * side), axis = face / 2, sign = face % 2 ? -1 : 1;
        cells[k][axis] = sign * g->steps;
        /* The negative faces are mirrored, because the order of the axes would turn their quads around. */
        cells[k][(axis + 1) % 3] = sign * (quad / side % side + first - g->steps);
        cells[k][(axis + 2) % 3] = quad % side + second - g->steps;
      }
    }
    vertex = mesh_quad(g, cells, positions, normals, vertex);
  }
  for (int i = 0; i < vertex; i++) triangles[i] = i;
  *source = (oracle_mesh){positions, normals, triangles, vertex / 3};
  const mesh_source input = {.positions = positions,
                             .normals = normals,
                             .triangles = triangles,
                             .vertex_count = vertex,
                             .normal_count = vertex,
                             .triangle_count = source->count};
  myr_error error = {0};
  if (mesh_build(&input, mesh, &error)) fail_msg("%s", error.message);
}

static inline void random_mesh(random_stream *r, oracle_mesh *source, myr_mesh *mesh) {
  mesh_growth g = {.seed = (uint64_t)random_uniform(r, 0, 1e6)};
  g.size = random_log_uniform(r, 0.02, 3);
  g.bumps = random_uniform(r, 0, 0.35);
  g.torus = random_count(r, 0, 2) == 0;
  for (int i = 0; i < 3; i++) g.offset[i] = random_uniform(r, -0.3, 0.3) * g.size;
  g.steps = random_count(r, 1, 6) + g.torus;
  mesh_grow(&g, source, mesh);
}

/* Returns the largest distance of the vertices from the origin of their frame, m. */
static inline double mesh_reach(const oracle_mesh *mesh) {
  double reach = 0;
  for (int i = 0; i < 3 * mesh->count; i++) {
    const float *p = mesh->positions + 3 * i;
    reach = fmax(reach, sqrt((double)p[0] * (double)p[0] + (double)p[1] * (double)p[1] + (double)p[2] * (double)p[2]));
  }
  return reach;
}

/* ------------------------------------------------------------------------------------------------ drawables */
static inline double drawable_reach(const myr_drawable *drawable, const oracle_mesh *meshes) {
  const double x = (double)drawable->size[0], y = (double)drawable->size[1], z = (double)drawable->size[2];
  switch (drawable->shape) {
  case MYR_GEOM_PLANE: return x > 0 && y > 0 ? hypot(x, y) : 0;
  case MYR_GEOM_SPHERE: return x;
  case MYR_GEOM_CAPSULE: return x + y;
  case MYR_GEOM_ELLIPSOID: return fmax(x, fmax(y, z));
  case MYR_GEOM_CYLINDER: return hypot(x, y);
  case MYR_GEOM_BOX: return sqrt(x * x + y * y + z * z);
  default: return mesh_reach(&meshes[drawable->mesh]);
  }
}

enum { RANDOM_SHAPES = 7 };
/* Draws a drawable of one of the first `shapes` shapes, or the ground. */
static inline void random_drawable(random_stream *r, random_frame *f, myr_drawable *drawable, bool ground, int shapes) {
  static const int all[RANDOM_SHAPES] = {MYR_GEOM_PLANE,    MYR_GEOM_SPHERE, MYR_GEOM_CAPSULE, MYR_GEOM_ELLIPSOID,
                                         MYR_GEOM_CYLINDER, MYR_GEOM_BOX,    MYR_SHAPE_MESH};
  double direction[3], camera[3], position[3], scale = random_log_uniform(r, 0.01, 3);
  const double distance = random_log_uniform(r, 0.05, 15);
  *drawable = (myr_drawable){.shape = ground ? MYR_GEOM_PLANE : all[random_count(r, 0, shapes - 1)]};
  drawable->mesh = random_count(r, 0, FRAME_MESHES - 1);
  drawable->surface = random_count(r, 0, FRAME_SURFACES - 1);
  drawable->instance = random_count(r, 0, FRAME_INSTANCES);
  drawable->semantic = random_count(r, 0, 5);
  drawable->part = random_count(r, 0, 40);
  for (int i = 0; i < 3; i++) drawable->size[i] = (float)(scale * random_log_uniform(r, 0.1, 3));
  if (drawable->shape == MYR_GEOM_PLANE && random_count(r, 0, 3) == 0) drawable->size[random_count(r, 0, 1)] = 0;
  /* Most drawables lie before the camera. */
  const myr_view *view = &f->view;
  if (random_count(r, 0, 4) == 0)
    random_direction(r, direction);
  else {
    const double u = random_uniform(r, -0.1, 1.1) * view->width, v = random_uniform(r, -0.1, 1.1) * view->height;
    if (!oracle_direction(view, u, v, camera)) camera[0] = camera[1] = 0, camera[2] = 1;
    oracle_normalize(camera);
    oracle_rotate(view->rotation, camera, direction);
  }
  for (int i = 0; i < 3; i++) position[i] = (double)view->position[i] + distance * direction[i];
  if (ground) {
    drawable->size[0] = drawable->size[1] = 0, drawable->instance = 0;
    position[0] = position[1] = position[2] = 0;
  }
  const double shift = ground ? 0 : random_uniform(r, 0, 0.2), turn = ground ? 0 : random_uniform(r, 0, M_PI);
  random_pose(r, position, turn, shift, drawable->position, drawable->rotation, drawable->next_position,
              drawable->next_rotation);
  drawable->bound = nextafterf((float)drawable_reach(drawable, f->sources), INFINITY);
  if (drawable_reach(drawable, f->sources) == 0) drawable->bound = 0;
}

/* ------------------------------------------------------------------------------------------------ views */
static inline void random_projection(random_stream *r, random_frame *f, int projection) {
  myr_view *view = &f->view;
  view->projection = projection;
  view->width = random_count(r, 1, FRAME_SIDE), view->height = random_count(r, 1, FRAME_SIDE);
  for (int axis = 0; axis < 2; axis++) {
    const double side = axis ? view->height : view->width;
    view->center[axis] = (float)(side * random_uniform(r, 0.3, 0.7));
  }
  if (projection == MYR_BEAMS) {
    const bool circle = random_count(r, 0, 1);
    const double step =
        (random_count(r, 0, 1) ? 1 : -1) * (circle ? 2 * M_PI : random_uniform(r, 0.1, 3)) / view->width;
    const double first = random_uniform(r, -M_PI, M_PI), low = random_uniform(r, -1.5, 0.5);
    const double high = random_uniform(r, low, 1.5);
    const bool rising = random_count(r, 0, 1);
    for (int i = 0; i < view->width; i++) {
      f->azimuth[2 * i] = (float)cos(first + i * step), f->azimuth[2 * i + 1] = (float)sin(first + i * step);
    }
    for (int j = 0; j < view->height; j++) {
      const double part = (double)(rising ? j : view->height - 1 - j) / view->height;
      const double angle = low + (high - low) * pow(part, 1.4); /* monotone, not even */
      f->elevation[2 * j] = (float)cos(angle), f->elevation[2 * j + 1] = (float)sin(angle);
    }
    view->azimuth = f->azimuth, view->elevation = f->elevation;
    return;
  }
  const double half = random_uniform(r, 0.1, projection == MYR_PINHOLE ? 1.3 : 3.1);
  const double focal = view->height / 2.0 / (projection == MYR_PINHOLE ? tan(half) : half);
  view->focal[0] = (float)(focal * random_uniform(r, 0.8, 1.25)), view->focal[1] = (float)focal;
}

static inline void random_view(random_stream *r, random_frame *f, int projection) {
  myr_view *view = &f->view;
  *view = (myr_view){.samples = 1, .shadows = 1, .patterns = 1, .highlights = 1};
  random_projection(r, f, projection);
  view->near_limit = (float)random_log_uniform(r, 0.005, 0.5), view->far_limit = (float)random_log_uniform(r, 8, 200);
  const double x = random_uniform(r, -8, 8), y = random_uniform(r, -8, 8), z = random_log_uniform(r, 0.02, 5);
  const double shift = random_uniform(r, 0, 0.3), turn = random_uniform(r, 0, M_PI);
  random_pose(r, (double[3]){x, y, z}, turn, shift, view->position, view->rotation, view->next_position,
              view->next_rotation);
}

/* ------------------------------------------------------------------------------------------------ looks */
static const uint32_t frame_texels[4] = {0x3ff, 0xffc00, 0x3ff00000, 0x2008020}; /* 2 x 2: red, green, blue, grey */

static inline void random_looks(random_stream *r, random_frame *f) {
  for (int i = 0; i < FRAME_SURFACES; i++) {
    myr_surface *s = &f->surfaces[i];
    const float metallic = (float)random_count(r, 0, 1), roughness = (float)random_uniform(r, 0.05, 1);
    *s = (myr_surface){.metallic = metallic,
                       .roughness = roughness,
                       .reflectance = 0.04f,
                       .emission = i == 5 ? 0.5f : 0,
                       .scale = {2, 3},
                       .offset = {0.1f, 0.2f},
                       .pattern = i % 5,
                       .mapping = MYR_MAPPING_BOX};
    for (int c = 0; c < 3; c++)
      s->color[c] = (float)random_uniform(r, 0, 1), s->color2[c] = (float)random_uniform(r, 0, 1);
  }
  f->texture =
      (myr_texture){.texels = frame_texels, .width = 2, .height = 2, .levels = 1, .faces = 1, .face_stride = 4};
  for (int i = 0; i < FRAME_LIGHTS; i++) {
    myr_light *light = &f->lights[i];
    double direction[3];
    random_direction(r, direction);
    direction[2] = -fabs(direction[2]) - 0.1;
    oracle_normalize(direction);
    *light = (myr_light){.color = {0.6f, 0.5f, 0.4f},
                         .attenuation = {1, 0.1f, 0.01f},
                         .cone_inner = 0.9f,
                         .cone_outer = 0.7f,
                         .radius = (float)random_uniform(r, 0, 0.1),
                         .kind = i,
                         .shadows = 1};
    for (int k = 0; k < 3; k++)
      light->position[k] = f->view.position[k] + (float)random_uniform(r, -3, 3),
      light->direction[k] = (float)direction[k];
  }
  f->environment = (myr_environment){.zenith = {0.2f, 0.3f, 0.6f},
                                     .horizon = {0.7f, 0.7f, 0.8f},
                                     .ground = {0.2f, 0.2f, 0.2f},
                                     .ambient = {0.05f, 0.05f, 0.05f},
                                     .sky_light = 0.5f,
                                     .sky_texture = -1,
                                     .fog_color = {0.5f, 0.5f, 0.5f},
                                     .fog_density = 0.02f,
                                     .exposure = 1};
}

/* ------------------------------------------------------------------------------------------------ frames */
/* Fills f. The frame has pointers into f, so f must not move. */
static inline void random_frame_make(random_frame *f, uint64_t seed, int projection, bool meshes) {
  random_stream r = {.key = seed};
  *f = (random_frame){0};
  for (int i = 0; meshes && i < FRAME_MESHES; i++) random_mesh(&r, &f->sources[i], &f->meshes[i]);
  random_view(&r, f, projection);
  random_looks(&r, f);
  f->frame = (myr_frame){.drawables = f->drawables,
                         .surfaces = f->surfaces,
                         .lights = f->lights,
                         .textures = &f->texture,
                         .meshes = f->meshes,
                         .environment = &f->environment,
                         .light_count = FRAME_LIGHTS,
                         .instance_count = FRAME_INSTANCES};
  f->frame.drawable_count = random_count(&r, 0, FRAME_DRAWABLES);
  const bool ground = random_count(&r, 0, 1);
  for (int i = 0; i < f->frame.drawable_count; i++)
    random_drawable(&r, f, &f->drawables[i], ground && i == 0, meshes ? RANDOM_SHAPES : RANDOM_SHAPES - 1);
  f->scene = (oracle_scene){&f->frame, f->sources};
}

static inline void random_frame_free(random_frame *f) {
  for (int i = 0; i < FRAME_MESHES; i++) {
    mesh_free(&f->meshes[i]);
    free((void *)f->sources[i].positions), free((void *)f->sources[i].normals), free((void *)f->sources[i].triangles);
  }
}

#endif
