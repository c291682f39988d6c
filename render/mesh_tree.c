/* The hierarchy over a level's triangles. Above MESH_CLUSTER triangles it halves them along the longest axis, at a
 * multiple of MESH_CLUSTER, so that clusters are full; below it the surface area heuristic chooses the split (Wald, "On
 * fast construction of SAH-based bounding volume hierarchies", 2007). */
#include <stdlib.h>
#include <string.h>

#include "render/mesh_parts.h"

enum { MESH_CLUSTER = MYR_CLUSTER_TRIANGLES };

typedef struct box {
  double low[3], high[3];
} box;
/* A triangle on its way into the hierarchy. */
typedef struct item {
  box bound;
  double key; /* sort key */
  int triangle;
} item;

typedef struct builder {
  item *items;
  myr_mesh_node *nodes;
  int node_count;
  double cost[MESH_CLUSTER]; /* of the items before a split */
} builder;

static box empty_box(void) { return (box){{1e300, 1e300, 1e300}, {-1e300, -1e300, -1e300}}; }
static void box_add(box *b, const box *other) {
  for (int k = 0; k < 3; k++) {
    if (other->low[k] < b->low[k]) b->low[k] = other->low[k];
    if (other->high[k] > b->high[k]) b->high[k] = other->high[k];
  }
}
static double box_area(const box *b) {
  double x = b->high[0] - b->low[0], y = b->high[1] - b->low[1], z = b->high[2] - b->low[2];
  return x * y + y * z + z * x;
}

static int by_key(const void *a, const void *b) {
  const item *x = a, *y = b;
  if (x->key != y->key) return x->key < y->key ? -1 : 1;
  return x->triangle < y->triangle ? -1 : 1;
}
static void sort_along(item *items, int count, int axis) {
  for (int i = 0; i < count; i++) items[i].key = items[i].bound.low[axis] + items[i].bound.high[axis];
  qsort(items, (size_t)count, sizeof *items, by_key);
}

/* Sorts the items and returns the number of the first child's items. */
static int split_in_half(item *items, int count) {
  double low[3], high[3];
  for (int k = 0; k < 3; k++) low[k] = 1e300, high[k] = -1e300;
  for (int i = 0; i < count; i++)
    for (int k = 0; k < 3; k++) {
      double middle = items[i].bound.low[k] + items[i].bound.high[k];
      if (middle < low[k]) low[k] = middle;
      if (middle > high[k]) high[k] = middle;
    }
  int axis = 0;
  for (int k = 1; k < 3; k++)
    if (high[k] - low[k] > high[axis] - low[axis]) axis = k;
  sort_along(items, count, axis);
  if (count <= MESH_CLUSTER) return count / 2;
  int clusters = (count + MESH_CLUSTER - 1) / MESH_CLUSTER;
  return clusters / 2 * MESH_CLUSTER; /* at least one: there are more triangles than fit in one */
}

/* The split of least cost that leaves at least an eighth on either side, which bounds the depth. */
static int split_by_area(builder *b, item *items, int count) {
  int least = count / 8 > 0 ? count / 8 : 1, best_axis = -1, best = 0;
  double best_cost = 0;
  for (int axis = 0; axis < 3; axis++) {
    sort_along(items, count, axis);
    box bound = empty_box();
    for (int i = 0; i < count; i++) {
      b->cost[i] = i * box_area(&bound);
      box_add(&bound, &items[i].bound);
    }
    bound = empty_box();
    for (int i = count - 1; i >= least; i--) {
      box_add(&bound, &items[i].bound);
      double cost = b->cost[i] + (count - i) * box_area(&bound);
      if (i > count - least || (best_axis >= 0 && cost >= best_cost)) continue;
      best_axis = axis, best = i, best_cost = cost;
    }
  }
  sort_along(items, count, best_axis);
  return best;
}

/* Builds a node of items first .. first + count - 1. */
static void build_node(builder *b, int node, int first, int count) {
  item *items = b->items + first;
  box bound = empty_box();
  for (int i = 0; i < count; i++) box_add(&bound, &items[i].bound);
  for (int k = 0; k < 3; k++) { /* floats, held as doubles */
    b->nodes[node].low[k] = (float)bound.low[k];
    b->nodes[node].high[k] = (float)bound.high[k];
  }
  b->nodes[node].first = first;
  b->nodes[node].count = count;
  if (count <= MESH_LEAF) return;
  int half = count > MESH_CLUSTER ? split_in_half(items, count) : split_by_area(b, items, count);
  int child = b->node_count;
  b->node_count += 2;
  b->nodes[node].first = child;
  b->nodes[node].count = 0;
  build_node(b, child, first, half);
  build_node(b, child + 1, first + half, count - half);
}

bool mesh_tree_build(const mesh_surface *surface, mesh_level *level) {
  size_t count = (size_t)level->triangle_count;
  builder b = {.items = malloc(count * sizeof *b.items), .nodes = malloc(2 * count * sizeof *b.nodes), .node_count = 1};
  int(*sorted)[3] = malloc(count * sizeof *sorted);
  if (!b.items || !b.nodes || !sorted) return free(b.items), free(b.nodes), free(sorted), false;
  for (size_t i = 0; i < count; i++) {
    b.items[i].triangle = (int)i;
    b.items[i].bound = empty_box();
    for (int k = 0; k < 3; k++) {
      const double *p = mesh_corner(surface, level->triangles[i], k);
      box_add(&b.items[i].bound, &(box){{p[0], p[1], p[2]}, {p[0], p[1], p[2]}});
    }
  }
  build_node(&b, 0, 0, level->triangle_count);
  for (size_t i = 0; i < count; i++) memcpy(sorted[i], level->triangles[b.items[i].triangle], sizeof *sorted);
  memcpy(level->triangles, sorted, count * sizeof *sorted);
  level->nodes = b.nodes;
  level->node_count = b.node_count;
  free(b.items);
  free(sorted);
  return true;
}
