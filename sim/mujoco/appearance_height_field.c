/* Height fields as meshes. */
#include "sim/mujoco/appearance.h"

#include <stdlib.h>

#include "sim/deterministic_math.h"

/* The surface is closed: the top, four upright walls, and a flat base, whose triangles meet in a vertex of its own.
 *
 * Vertices: the grid of the top, row by row as MuJoCo stores it (row 0 at -y, column 0 at -x); the ring of its border
 * again, lowered to the base; the middle of the base. Walls and base share all edges with their neighbours, so
 * that no ray slips through. Normals: one per vertex of the top, then one per wall and one of the base. */
typedef struct height_field {
  int rows, columns, ring; /* of vertices: a grid, and its border */
  float half_x, half_y, height, base;
  const float *elevation; /* (rows, columns) 0..1 */
} height_field;

enum { WALLS = 4 };

static height_field get_field(const mjModel *m, int i) {
  const mjtNum *size = m->hfield_size + 4 * i;
  int rows = m->hfield_nrow[i], columns = m->hfield_ncol[i];
  return (height_field){
      .rows = rows,
      .columns = columns,
      .ring = 2 * (rows - 1) + 2 * (columns - 1),
      .half_x = (float)size[0],
      .half_y = (float)size[1],
      .height = (float)size[2],
      .base = (float)size[3],
      .elevation = m->hfield_data + m->hfield_adr[i],
  };
}

static int grid_vertex(const height_field *f, int row, int column) { return row * f->columns + column; }

/* The vertex of the top at a place of its border. Places are counted counter-clockwise, seen from above, from the corner
 * -x -y. *wall: the side that begins there or holds the place, 0..3 for -y +x +y -x. */
static int border_vertex(const height_field *f, int place, int *wall) {
  int along_x = f->columns - 1, along_y = f->rows - 1;
  place %= f->ring;
  *wall = 0;
  if (place < along_x) return grid_vertex(f, 0, place);
  place -= along_x;
  *wall = 1;
  if (place < along_y) return grid_vertex(f, place, along_x);
  place -= along_y;
  *wall = 2;
  if (place < along_x) return grid_vertex(f, along_y, along_x - place);
  *wall = 3;
  return grid_vertex(f, along_y - (place - along_x), 0);
}

/* ------------------------------------------------------------------------------------------------ vertices */
static void set3(float *to, float x, float y, float z) {
  to[0] = x;
  to[1] = y;
  to[2] = z;
}

static void set_positions(const height_field *f, float *positions) {
  for (int r = 0; r < f->rows; r++)
    for (int c = 0; c < f->columns; c++) {
      int v = grid_vertex(f, r, c);
      set3(positions + 3 * v, f->half_x * (2 * (float)c / (float)(f->columns - 1) - 1),
           f->half_y * (2 * (float)r / (float)(f->rows - 1) - 1), f->height * f->elevation[v]);
    }
  float *below = positions + 3 * (size_t)(f->rows * f->columns);
  for (int place = 0; place < f->ring; place++) {
    int wall;
    const float *above = positions + 3 * border_vertex(f, place, &wall);
    set3(below + 3 * place, above[0], above[1], -f->base);
  }
  set3(below + 3 * f->ring, 0, 0, -f->base);
}

/* Rise per metre between two vertices of the top along an axis. */
static float slope(const float *from, const float *to, int axis) { return (to[2] - from[2]) / (to[axis] - from[axis]); }

/* From the differences to both neighbours; at the border, to the only one. */
static void set_normals(const height_field *f, const float *positions, float *normals) {
  for (int r = 0; r < f->rows; r++)
    for (int c = 0; c < f->columns; c++) {
      int west = c > 0 ? c - 1 : c, east = c + 1 < f->columns ? c + 1 : c;
      int south = r > 0 ? r - 1 : r, north = r + 1 < f->rows ? r + 1 : r;
      float x = -slope(positions + 3 * grid_vertex(f, r, west), positions + 3 * grid_vertex(f, r, east), 0);
      float y = -slope(positions + 3 * grid_vertex(f, south, c), positions + 3 * grid_vertex(f, north, c), 1);
      float length = (float)portable_sqrt(x * x + y * y + 1);
      set3(normals + 3 * grid_vertex(f, r, c), x / length, y / length, 1 / length);
    }
  float *flat = normals + 3 * (size_t)(f->rows * f->columns);
  set3(flat, 0, -1, 0);
  set3(flat + 3, 1, 0, 0);
  set3(flat + 6, 0, 1, 0);
  set3(flat + 9, -1, 0, 0);
  set3(flat + 3 * WALLS, 0, 0, -1);
}

/* ------------------------------------------------------------------------------------------------ triangles */
static void add_triangle(myr_visual_mesh *mesh, int a, int b, int c, const int normals[3]) {
  int32_t *vertices = mesh->triangles + 3 * (size_t)mesh->triangle_count;
  int32_t *corners = mesh->triangle_normals + 3 * (size_t)mesh->triangle_count;
  vertices[0] = a;
  vertices[1] = b;
  vertices[2] = c;
  for (int i = 0; i < 3; i++) corners[i] = normals[i];
  mesh->triangle_count++;
}

/* Cells are split along the same diagonal as for MuJoCo's rays. */
static void add_top(const height_field *f, myr_visual_mesh *mesh) {
  for (int r = 0; r + 1 < f->rows; r++)
    for (int c = 0; c + 1 < f->columns; c++) {
      int a = grid_vertex(f, r, c), b = a + 1, d = grid_vertex(f, r + 1, c), e = d + 1;
      add_triangle(mesh, a, b, e, (int[]){a, b, e});
      add_triangle(mesh, a, e, d, (int[]){a, e, d});
    }
}

static void add_walls_and_base(const height_field *f, myr_visual_mesh *mesh) {
  int below = f->rows * f->columns, middle = below + f->ring;
  for (int place = 0; place < f->ring; place++) {
    int wall, next_wall, next = (place + 1) % f->ring;
    int above = border_vertex(f, place, &wall), above_next = border_vertex(f, next, &next_wall);
    int n = below + wall, down = below + WALLS; /* the flat normals follow those of the grid, as the ring does */
    add_triangle(mesh, below + place, below + next, above_next, (int[]){n, n, n});
    add_triangle(mesh, below + place, above_next, above, (int[]){n, n, n});
    add_triangle(mesh, middle, below + next, below + place, (int[]){down, down, down});
  }
}

bool appearance_height_field(const mjModel *m, int i, myr_visual_mesh *mesh) {
  height_field field = get_field(m, i);
  int grid = field.rows * field.columns, triangles = 2 * (field.rows - 1) * (field.columns - 1) + 3 * field.ring;
  mesh->vertex_count = grid + field.ring + 1;
  mesh->normal_count = grid + WALLS + 1;
  mesh->positions = calloc((size_t)mesh->vertex_count, 3 * sizeof(float));
  mesh->normals = malloc(3 * sizeof(float) * (size_t)mesh->normal_count);
  mesh->triangles = malloc(3 * sizeof(int32_t) * (size_t)triangles);
  mesh->triangle_normals = malloc(3 * sizeof(int32_t) * (size_t)triangles);
  if (!mesh->positions || !mesh->normals || !mesh->triangles || !mesh->triangle_normals) return false;
  set_positions(&field, mesh->positions);
  set_normals(&field, mesh->positions, mesh->normals);
  add_top(&field, mesh);
  add_walls_and_base(&field, mesh);
  return true;
}
