/* Reads the triangles of a COLLADA file (.dae), as its visual scene places them (COLLADA 1.4.1 and 1.5.0, Khronos).
 * Polygons are cut into fans from their first corner. Of materials the diffuse colour is read. Animations, skins' bones,
 * textures, lights and cameras are not. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/deterministic_math.h"
#include "sim/urdf/triangles.h"
#include "sim/xml_tree.h"

enum { MOST_DEPTH = 64, MOST_NODES = 100000, MOST_INPUTS = 16 };

typedef struct collada {
  const char *path;
  xml_tree xml;
  triangle_mesh *mesh;
  const xml_node **ids;     /* elements that have one */
  int id_count, node_count; /* nodes: placed so far, because an instance may multiply others */
  bool out_of_memory;
  int bad_line; /* of an index that leaves its array; 0: none */
} collada;

/* Row by row: the linear part and the translation. */
typedef struct affine {
  double m[12];
} affine;

/* ------------------------------------------------------------------------------------------------ references */
static int count_ids(const xml_node *node) {
  int count = xml_attribute_of(node, "id") != NULL;
  for (const xml_node *child = node->first; child; child = child->next) count += count_ids(child);
  return count;
}

static void list_ids(collada *c, const xml_node *node) {
  if (xml_attribute_of(node, "id")) c->ids[c->id_count++] = node;
  for (const xml_node *child = node->first; child; child = child->next) list_ids(c, child);
}

/* The element that "#id" names, or NULL. */
static const xml_node *find_id(const collada *c, const char *reference) {
  if (!reference) return NULL;
  if (*reference == '#') reference++;
  for (int i = 0; i < c->id_count; i++)
    if (!strcmp(xml_attribute_of(c->ids[i], "id"), reference)) return c->ids[i];
  return NULL;
}

/* ------------------------------------------------------------------------------------------------ transforms */
static affine identity(void) { return (affine){{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0}}; }

static affine compose(const affine *a, const affine *b) {
  affine out;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 4; j++)
      out.m[4 * i + j] = a->m[4 * i] * b->m[j] + a->m[4 * i + 1] * b->m[4 + j] + a->m[4 * i + 2] * b->m[8 + j] +
                         (j == 3 ? a->m[4 * i + 3] : 0);
  return out;
}

static int read_doubles(const char *text, double *numbers, int count) {
  int read = 0;
  for (char *end; read < count; read++, text = end) {
    numbers[read] = strtod(text, &end);
    if (end == text) break;
  }
  return read;
}

static affine rotation(const double axis[3], double degrees) {
  const double radians = degrees * (3.14159265358979323846 / 180);
  double length = portable_sqrt(axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]);
  if (!(length > 0)) return identity();
  double x = axis[0] / length, y = axis[1] / length, z = axis[2] / length;
  double s = portable_sin(radians), k = portable_cos(radians), t = 1 - k;
  return (affine){{t * x * x + k, t * x * y - s * z, t * x * z + s * y, 0, //
                   t * x * y + s * z, t * y * y + k, t * y * z - s * x, 0, //
                   t * x * z - s * y, t * y * z + s * x, t * z * z + k, 0}};
}

/* The transform that one child of a <node> states; identity for other elements. */
static affine transform_of(const xml_node *node) {
  affine t = identity();
  double n[16] = {0};
  if (!strcmp(node->tag, "matrix") && read_doubles(node->text, n, 16) == 16) {
    memcpy(t.m, n, sizeof t.m);
  } else if (!strcmp(node->tag, "translate") && read_doubles(node->text, n, 3) == 3) {
    for (int i = 0; i < 3; i++) t.m[4 * i + 3] = n[i];
  } else if (!strcmp(node->tag, "scale") && read_doubles(node->text, n, 3) == 3) {
    for (int i = 0; i < 3; i++) t.m[5 * i] = n[i];
  } else if (!strcmp(node->tag, "rotate") && read_doubles(node->text, n, 4) == 4) {
    t = rotation(n, n[3]);
  }
  return t;
}

static double determinant(const affine *a) {
  const double *m = a->m;
  return m[0] * (m[5] * m[10] - m[6] * m[9]) - m[1] * (m[4] * m[10] - m[6] * m[8]) + m[2] * (m[4] * m[9] - m[5] * m[8]);
}

static void move_point(const affine *a, const float in[3], float out[3]) {
  for (int i = 0; i < 3; i++)
    out[i] = (float)(a->m[4 * i] * (double)in[0] + a->m[4 * i + 1] * (double)in[1] + a->m[4 * i + 2] * (double)in[2] +
                     a->m[4 * i + 3]);
}

/* By the matrix of cofactors, which turns normals as the inverse's transpose does. */
static void move_normal(const affine *a, const float in[3], float out[3]) {
  const double *m = a->m;
  double moved[3], length = 0, mirror = determinant(a) < 0 ? -1 : 1;
  for (int i = 0; i < 3; i++) {
    int r = (i + 1) % 3, s = (i + 2) % 3;
    moved[i] = 0;
    for (int j = 0; j < 3; j++) {
      int p = (j + 1) % 3, q = (j + 2) % 3;
      moved[i] += mirror * (m[4 * r + p] * m[4 * s + q] - m[4 * r + q] * m[4 * s + p]) * (double)in[j];
    }
    length += moved[i] * moved[i];
  }
  length = portable_sqrt(length);
  for (int i = 0; i < 3; i++) out[i] = (float)(length > 0 ? moved[i] / length : i == 2);
}

/* ------------------------------------------------------------------------------------------------ sources */
/* Vectors of a <source>: their first three numbers. */
typedef struct source {
  float *numbers;
  int count;
} source;

static source read_source(collada *c, const xml_node *node) {
  source s = {0};
  static const char *const path[] = {"technique_common", "accessor", NULL};
  const xml_node *array = xml_child(node, "float_array"), *accessor = xml_path(node, path);
  const char *text = xml_attribute_of(accessor, "stride");
  int stride = text ? atoi(text) : 3, capacity = 0;
  if (!array || stride < 3 || stride > 64) return s;
  const char *at = array->text;
  for (bool more = true; more;) {
    if (s.count == capacity) {
      capacity = capacity ? 2 * capacity : 1024;
      float *grown = realloc(s.numbers, 3 * sizeof(float) * (size_t)capacity);
      c->out_of_memory |= !grown;
      if (!grown) break;
      s.numbers = grown;
    }
    for (int k = 0; k < stride && more; k++) {
      char *end;
      float value = strtof(at, &end);
      more = end != at;
      at = end;
      if (k < 3) s.numbers[3 * (size_t)s.count + (size_t)k] = value;
    }
    s.count += more;
  }
  return s;
}

/* The source that an <input> names, directly or through <vertices>. */
static const xml_node *input_source(const collada *c, const xml_node *input) {
  const xml_node *node = find_id(c, xml_attribute_of(input, "source"));
  if (!node || strcmp(node->tag, "vertices") != 0) return node;
  for (const xml_node *inner = xml_child(node, "input"); inner; inner = xml_next(inner, "input")) {
    const char *semantic = xml_attribute_of(inner, "semantic");
    if (semantic && !strcmp(semantic, "POSITION")) return find_id(c, xml_attribute_of(inner, "source"));
  }
  return NULL;
}

/* ------------------------------------------------------------------------------------------------ primitives */
/* One <triangles>, <polylist>, ... on its way into a part. */
typedef struct primitive {
  collada *c;
  const xml_node *node;
  triangle_part *part;
  source positions, normals;
  int position_offset, normal_offset, stride; /* normal_offset -1: none */
  int first_vertex, first_normal;             /* in the part */
  bool mirrored;
} primitive;

static bool find_inputs(primitive *p) {
  p->position_offset = p->normal_offset = -1;
  for (const xml_node *input = xml_child(p->node, "input"); input; input = xml_next(input, "input")) {
    const char *semantic = xml_attribute_of(input, "semantic"), *offset = xml_attribute_of(input, "offset");
    int at = offset ? atoi(offset) : 0;
    if (at < 0 || at >= MOST_INPUTS || !semantic) continue;
    if (at + 1 > p->stride) p->stride = at + 1;
    const xml_node *source_node = input_source(p->c, input);
    if (!strcmp(semantic, "VERTEX") && source_node && p->position_offset < 0) {
      p->positions = read_source(p->c, source_node);
      p->position_offset = at;
    } else if (!strcmp(semantic, "NORMAL") && source_node && p->normal_offset < 0) {
      p->normals = read_source(p->c, source_node);
      p->normal_offset = at;
    }
  }
  return p->position_offset >= 0;
}

static void add_vectors(primitive *p, const affine *place) {
  p->first_vertex = (int)p->part->vertex_count;
  p->first_normal = (int)p->part->normal_count;
  p->mirrored = determinant(place) < 0;
  for (int i = 0; i < p->positions.count; i++) {
    float moved[3];
    move_point(place, p->positions.numbers + 3 * (size_t)i, moved);
    p->c->out_of_memory |= triangles_add_vertex(p->part, moved) < 0;
  }
  for (int i = 0; i < p->normals.count; i++) {
    float moved[3];
    move_normal(place, p->normals.numbers + 3 * (size_t)i, moved);
    p->c->out_of_memory |= triangles_add_normal(p->part, moved) < 0;
  }
}

/* The indices of one <p>, MOST_INPUTS columns at most. NULL: none, or memory is out. */
static int *read_indices(primitive *p, const char *text, int *corners) {
  int count = 0, capacity = 0, *indices = NULL;
  for (char *end;; text = end) {
    long value = strtol(text, &end, 10);
    if (end == text) break;
    if (count == capacity) {
      capacity = capacity ? 2 * capacity : 1024;
      int *grown = realloc(indices, sizeof(int) * (size_t)capacity);
      p->c->out_of_memory |= !grown;
      if (!grown) break;
      indices = grown;
    }
    indices[count++] = value < 0 || value > 1 << 30 ? -1 : (int)value;
  }
  *corners = count / p->stride;
  return indices;
}

/* One triangle of three corners, numbered in the indices. */
static void add_triangle(primitive *p, const int *indices, int a, int b, int c) {
  const int corners[3] = {a, p->mirrored ? c : b, p->mirrored ? b : c};
  int vertices[3], normals[3];
  for (int i = 0; i < 3; i++) {
    const int *corner = indices + (size_t)p->stride * (size_t)corners[i];
    int vertex = corner[p->position_offset], normal = p->normal_offset < 0 ? -1 : corner[p->normal_offset];
    if (vertex < 0 || vertex >= p->positions.count) {
      p->c->bad_line = p->node->line;
      return;
    }
    vertices[i] = p->first_vertex + vertex;
    normals[i] = normal < 0 || normal >= p->normals.count ? -1 : p->first_normal + normal;
  }
  if (vertices[0] == vertices[1] || vertices[1] == vertices[2] || vertices[2] == vertices[0]) return;
  p->c->out_of_memory |= !triangles_add(p->part, vertices, normals);
}

static void add_fan(primitive *p, const int *indices, int first, int count) {
  for (int k = 1; k + 1 < count; k++) add_triangle(p, indices, first, first + k, first + k + 1);
}

static void add_strip(primitive *p, const int *indices, int count) {
  for (int k = 0; k + 2 < count; k++) add_triangle(p, indices, k, k % 2 ? k + 2 : k + 1, k % 2 ? k + 1 : k + 2);
}

/* <polylist>: one <p> for all polygons, and their numbers of corners. */
static void add_polylist(primitive *p, const int *indices, int corners) {
  const xml_node *counts = xml_child(p->node, "vcount");
  int at = 0;
  for (const char *text = counts ? counts->text : ""; *text;) {
    char *end;
    long count = strtol(text, &end, 10);
    if (end == text) break;
    if (count < 0 || count > corners - at) {
      p->c->bad_line = p->node->line;
      break;
    }
    add_fan(p, indices, at, (int)count);
    at += (int)count;
    text = end;
  }
}

static void add_polygons(primitive *p) {
  for (const xml_node *node = xml_child(p->node, "p"); node; node = xml_next(node, "p")) {
    int corners, *indices = read_indices(p, node->text, &corners);
    if (indices && !strcmp(p->node->tag, "triangles"))
      for (int k = 0; k + 2 < corners; k += 3) add_triangle(p, indices, k, k + 1, k + 2);
    else if (indices && !strcmp(p->node->tag, "polylist"))
      add_polylist(p, indices, corners);
    else if (indices && !strcmp(p->node->tag, "tristrips"))
      add_strip(p, indices, corners);
    else if (indices) /* polygons and trifans */
      add_fan(p, indices, 0, corners);
    free(indices);
  }
}

/* ------------------------------------------------------------------------------------------------ materials */
/* The diffuse colour of a <material>; false: it states none, such as where a texture has its place. */
static bool read_color(const collada *c, const xml_node *material, float color[4]) {
  static const char *const path[] = {"profile_COMMON", "technique", NULL};
  static const char *const models[] = {"phong", "lambert", "blinn", "constant"};
  const xml_node *effect = find_id(c, xml_attribute_of(xml_child(material, "instance_effect"), "url"));
  const xml_node *technique = xml_path(effect, path), *model = NULL;
  for (int i = 0; i < 4 && technique && !model; i++) model = xml_child(technique, models[i]);
  const xml_node *diffuse = xml_child(model, "diffuse");
  if (!diffuse) diffuse = xml_child(model, "emission");
  const xml_node *text = xml_child(diffuse, "color");
  double numbers[4] = {0, 0, 0, 1};
  if (!text || read_doubles(text->text, numbers, 4) < 3) return false;
  for (int i = 0; i < 4; i++) color[i] = (float)fmin(fmax(numbers[i], 0), 1);
  if (color[3] == 0) color[3] = 1; /* some exporters write 0 for opaque; what is to be unseen is left out */
  return true;
}

/* The material of a primitive: its symbol, bound by the instance. */
static const xml_node *bound_material(const collada *c, const xml_node *instance, const char *symbol) {
  static const char *const path[] = {"bind_material", "technique_common", NULL};
  const xml_node *bindings = instance ? xml_path(instance, path) : NULL;
  for (const xml_node *node = xml_child(bindings, "instance_material"); node;
       node = xml_next(node, "instance_material")) {
    const char *its = xml_attribute_of(node, "symbol");
    if (its && symbol && !strcmp(its, symbol)) return find_id(c, xml_attribute_of(node, "target"));
  }
  const xml_node *named = find_id(c, symbol);
  return named && !strcmp(named->tag, "material") ? named : NULL;
}

static triangle_part *part_of(collada *c, const xml_node *instance, const xml_node *node) {
  const xml_node *material = bound_material(c, instance, xml_attribute_of(node, "material"));
  const char *id = material ? xml_attribute_of(material, "id") : "";
  int count = c->mesh->count;
  triangle_part *part = triangles_part(c->mesh, id);
  if (part && c->mesh->count > count && material) part->has_color = read_color(c, material, part->color);
  c->out_of_memory |= !part;
  return part;
}

/* ------------------------------------------------------------------------------------------------ the scene */
static void add_geometry(collada *c, const xml_node *geometry, const xml_node *instance, const affine *place) {
  static const char *const tags[] = {"triangles", "polylist", "polygons", "tristrips", "trifans"};
  const xml_node *mesh = xml_child(geometry, "mesh");
  for (const xml_node *node = mesh ? mesh->first : NULL; node && !c->out_of_memory; node = node->next) {
    bool wanted = false;
    for (int i = 0; i < 5; i++) wanted |= !strcmp(node->tag, tags[i]);
    if (!wanted) continue;
    primitive p = {.c = c, .node = node, .part = part_of(c, instance, node)};
    if (p.part && find_inputs(&p)) {
      add_vectors(&p, place);
      if (!c->out_of_memory) add_polygons(&p);
    }
    free(p.positions.numbers);
    free(p.normals.numbers);
  }
}

/* A controller's skin or morph names the geometry in its rest pose. */
static const xml_node *geometry_of(const collada *c, const xml_node *instance) {
  const xml_node *node = find_id(c, xml_attribute_of(instance, "url"));
  if (!node || strcmp(node->tag, "controller") != 0) return node;
  const xml_node *inner = xml_child(node, "skin") ? xml_child(node, "skin") : xml_child(node, "morph");
  return find_id(c, xml_attribute_of(inner, "source"));
}

static void add_node(collada *c, const xml_node *node, const affine *place, int depth) {
  if (depth > MOST_DEPTH || ++c->node_count > MOST_NODES || c->out_of_memory) return;
  affine at = *place;
  for (const xml_node *child = node->first; child; child = child->next) {
    affine step = transform_of(child);
    at = compose(&at, &step);
  }
  for (const xml_node *child = node->first; child; child = child->next) {
    if (!strcmp(child->tag, "instance_geometry") || !strcmp(child->tag, "instance_controller")) {
      const xml_node *geometry = geometry_of(c, child);
      if (geometry) add_geometry(c, geometry, child, &at);
    } else if (!strcmp(child->tag, "node")) {
      add_node(c, child, &at, depth + 1);
    } else if (!strcmp(child->tag, "instance_node")) {
      const xml_node *other = find_id(c, xml_attribute_of(child, "url"));
      if (other) add_node(c, other, &at, depth + 1);
    }
  }
}

/* Metres. up_axis is not applied, as RViz does not apply it, where robots are looked at: of 148 files that state Y_UP in
 * public collections and lie beside an STL file of the same name, 125 have its extents as they are written, none has them
 * turned, 15 fit both ways and 8 neither. */
static affine asset_transform(const xml_node *root) {
  const xml_node *unit = xml_child(xml_child(root, "asset"), "unit");
  const char *text = unit ? xml_attribute_of(unit, "meter") : NULL;
  double meter = text ? strtod(text, NULL) : 1;
  if (!(meter > 0) || !isfinite(meter)) meter = 1;
  return (affine){{meter, 0, 0, 0, 0, meter, 0, 0, 0, 0, meter, 0}};
}

static void add_scene(collada *c) {
  const xml_node *root = c->xml.root;
  affine place = asset_transform(root);
  const xml_node *named =
      find_id(c, xml_attribute_of(xml_child(xml_child(root, "scene"), "instance_visual_scene"), "url"));
  if (!named) named = xml_child(xml_child(root, "library_visual_scenes"), "visual_scene");
  for (const xml_node *node = named ? xml_child(named, "node") : NULL; node; node = xml_next(node, "node"))
    add_node(c, node, &place, 0);
  if (named) return;
  const xml_node *library = xml_child(root, "library_geometries");
  for (const xml_node *node = xml_child(library, "geometry"); node; node = xml_next(node, "geometry"))
    add_geometry(c, node, NULL, &place);
}

static myr_status judge(const collada *c, myr_error *error) {
  int64_t triangles = 0;
  for (int i = 0; i < c->mesh->count; i++) triangles += c->mesh->parts[i].triangle_count;
  if (c->out_of_memory) return myr_fail(error, MYR_ERROR, "out of memory for %s", c->path);
  if (c->bad_line) return myr_fail(error, MYR_INVALID, "%s:%d: an index that leaves its array", c->path, c->bad_line);
  if (!triangles) return myr_fail(error, MYR_INVALID, "%s: no triangles in its scene", c->path);
  return MYR_OK;
}

myr_status collada_read(const char *path, triangle_mesh *mesh, myr_error *error) {
  collada c = {.path = path, .mesh = mesh};
  myr_status status = xml_tree_read(path, &c.xml, error);
  if (!status && strcmp(c.xml.root->tag, "COLLADA") != 0)
    status = myr_fail(error, MYR_INVALID, "%s: no COLLADA: its first element is <%.60s>", path, c.xml.root->tag);
  if (!status) {
    c.ids = calloc((size_t)count_ids(c.xml.root) + 1, sizeof *c.ids);
    c.out_of_memory = !c.ids;
    if (c.ids) {
      list_ids(&c, c.xml.root);
      add_scene(&c);
    }
    status = judge(&c, error);
  }
  free(c.ids);
  xml_tree_free(&c.xml);
  return status;
}
