/* Tests where the meshes of URDF files are found, and what becomes of them: STL, OBJ and COLLADA. */
#include <sys/stat.h>

#include "sim/urdf/triangles.h"
#include "tests/sim/urdf_texts.h"

/* ------------------------------------------------------------------------------------------------ files */
static void write_file(const char *folder, const char *name, const char *text) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  if (!file) fail_msg("cannot write %s", path);
  fputs(text, file);
  fclose(file);
}

static void make_folder(const char *folder, const char *name) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  if (mkdir(path, 0777)) fail_msg("cannot make %s", path);
}

/* A tetrahedron, as an OBJ file, of a size. */
static void write_tetrahedron(const char *folder, const char *name, double size) {
  char text[300];
  snprintf(text, sizeof text, "v 0 0 0\nv %g 0 0\nv 0 %g 0\nv 0 0 %g\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n", size, size,
           size);
  write_file(folder, name, text);
}

/* The largest extent of a mesh, along the axes of its file: its vertices are relative to its centre. */
static double extent_of(const mjModel *m, int mesh) {
  double low = INFINITY, high = -INFINITY;
  for (int v = m->mesh_vertadr[mesh]; v < m->mesh_vertadr[mesh] + m->mesh_vertnum[mesh]; v++) {
    mjtNum turned[3],
        vertex[3] = {(double)m->mesh_vert[3 * v], (double)m->mesh_vert[3 * v + 1], (double)m->mesh_vert[3 * v + 2]};
    mju_rotVecQuat(turned, vertex, m->mesh_quat + 4 * mesh);
    low = fmin(low, turned[0]);
    high = fmax(high, turned[0]);
  }
  return high - low;
}

#define MESH(file, rest) "<visual><geometry><mesh filename='" file "' " rest "/></geometry></visual>"

static void files_are_found(void **state) {
  (void)state;
  char folder[] = "/tmp/myriad-test-urdf-XXXXXX", path[256];
  if (!mkdtemp(folder)) fail_msg("no folder");
  static const char *const folders[] = {"left",       "right", "nested", "nested/deep", "nested/deep/box",
                                        "nested/odd", "urdf"};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) make_folder(folder, folders[i]);
  write_tetrahedron(folder, "left/part.obj", 1);
  write_tetrahedron(folder, "right/part.obj", 2);
  write_tetrahedron(folder, "nested/deep/box/part.obj", 3);
  write_tetrahedron(folder, "nested/odd/part.obj", 4);
  write_file(folder, "nested/odd/package.xml", "<package><name>named</name></package>");
  write_file(folder, "urdf/r.urdf",
             "<robot name='r'>" HEAVY("a", MESH("../left/part.obj", "") MESH("../right/part.obj", "")
                                               MESH("package://box/part.obj", "")
                                                   MESH("package://named/part.obj", "scale='1 1 -1'")
                                                       MESH("package://left/part.obj", "")) "</robot>");
  snprintf(path, sizeof path, "%s/urdf/r.urdf", folder);
  char nested[256];
  snprintf(nested, sizeof nested, "/nowhere:%s/nested/", folder);
  for (int by_environment = 0; by_environment < 2; by_environment++) {
    myr_package_path_set(by_environment ? NULL : nested);
    setenv("ROS_PACKAGE_PATH", by_environment ? nested : "", 1);
    reading r = read_file(path, false);
    const mjModel *m = expect_model(&r);
    static const double extents[] = {1, 2, 3, 4, 1};
    for (int g = 0; g < 5; g++) assert_true(fabs(extent_of(m, m->geom_dataid[g]) - extents[g]) < 1e-5);
    assert_int_equal(m->geom_dataid[0], m->geom_dataid[4]); /* one file by two names */
    release(&r);
  }
  myr_package_path_set(NULL);
  unsetenv("ROS_PACKAGE_PATH");
  reading r = read_file(path, false);
  assert_int_equal(r.status, MYR_INVALID);
  assert_int_equal(line_of(&r, MYR_FAULT, "package://box"), 1);
  assert_int_equal(line_of(&r, MYR_FAULT, "package://named"), 1);
  release(&r);
  char command[300];
  snprintf(command, sizeof command, "rm -r %s", folder);
  assert_int_equal(system(command), 0); /* NOLINT: a folder of our own */
}

/* ------------------------------------------------------------------------------------------------ COLLADA */
#define DAE(asset, primitives, scene)                                                                                \
  "<?xml version='1.0'?><COLLADA xmlns='http://www.collada.org/2005/11/COLLADASchema' version='1.4.1'><asset>" asset \
  "</asset><library_effects><effect id='e'><profile_COMMON><technique sid='c'><phong><diffuse><color>.2 .4 .6 1"     \
  "</color></diffuse></phong></technique></profile_COMMON></effect></library_effects><library_materials>"            \
  "<material id='blue'><instance_effect url='#e'/></material></library_materials><library_geometries>"               \
  "<geometry id='g'><mesh><source id='p'><float_array id='pa' count='12'>0 0 0 1 0 0 0 2 0 0 0 3</float_array>"      \
  "<technique_common><accessor source='#pa' count='4' stride='3'/></technique_common></source>"                      \
  "<source id='n'><float_array id='na' count='3'>0 0 1</float_array><technique_common>"                              \
  "<accessor source='#na' count='1' stride='3'/></technique_common></source>"                                        \
  "<vertices id='v'><input semantic='POSITION' source='#p'/></vertices>" primitives                                  \
  "</mesh></geometry></library_geometries><library_visual_scenes><visual_scene id='s'>" scene                        \
  "</visual_scene></library_visual_scenes><scene><instance_visual_scene url='#s'/></scene></COLLADA>"
#define INSTANCE                                                                                                \
  "<instance_geometry url='#g'><bind_material><technique_common><instance_material symbol='m' target='#blue'/>" \
  "</technique_common></bind_material></instance_geometry>"
#define TRIANGLES                                                                                      \
  "<triangles material='m' count='4'><input semantic='VERTEX' source='#v' offset='0'/>"                \
  "<input semantic='NORMAL' source='#n' offset='1'/><p>0 0 2 0 1 0 0 0 1 0 3 0 0 0 3 0 2 0 1 0 2 0 3 " \
  "0</p></triangles>"

typedef struct expected_mesh {
  const char *text;
  float high[3]; /* the upper corner of the box of its vertices */
  float low[3];
  int triangles;
} expected_mesh;

static const expected_mesh meshes[] = {
    {DAE("<unit meter='1'/><up_axis>Z_UP</up_axis>", TRIANGLES, "<node>" INSTANCE "</node>"), {1, 2, 3}, {0, 0, 0}, 4},
    {DAE("<unit meter='0.5'/><up_axis>Y_UP</up_axis>", TRIANGLES, "<node>" INSTANCE "</node>"),
     {.5F, 1, 1.5F},
     {0, 0, 0},
     4},
    {DAE("<up_axis>Z_UP</up_axis>", TRIANGLES,
         "<node><matrix>0 -1 0 5 1 0 0 0 0 0 1 0 0 0 0 1</matrix><node>"
         "<translate>0 0 1</translate><scale>1 1 -1</scale>" INSTANCE "</node></node>"),
     {5, 1, 1},
     {3, 0, -2},
     4},
    {DAE("<up_axis>Z_UP</up_axis>",
         "<polylist material='m' count='2'><input semantic='VERTEX' source='#v' offset='0'/>"
         "<vcount>4 3</vcount><p>0 1 2 3 0 2 1</p></polylist>",
         "<node><rotate>0 0 1 90</rotate>" INSTANCE "</node>"),
     {0, 1, 3},
     {-2, 0, 0},
     3},
    {DAE("<up_axis>Z_UP</up_axis>",
         "<tristrips material='m' count='1'><input semantic='VERTEX' source='#v' offset='0'/>"
         "<p>0 1 2 3</p></tristrips>",
         "<node>" INSTANCE "</node><node><translate>9 0 0</translate>" INSTANCE "</node>"),
     {10, 2, 3},
     {0, 0, 0},
     4},
};

static void collada_scenes_are_placed(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof meshes / sizeof *meshes; i++) {
    char path[SCRATCH_PATH_BYTES];
    scratch_write(".dae", meshes[i].text, path);
    triangle_mesh mesh = {0};
    myr_error error = {0};
    if (collada_read(path, &mesh, &error)) fail_msg("file %zu: %s", i, error.message);
    assert_int_equal(mesh.count, 1);
    const triangle_part *part = &mesh.parts[0];
    assert_int_equal(part->triangle_count, meshes[i].triangles);
    assert_true(part->has_color && part->color[0] == .2F && part->color[2] == .6F);
    float low[3] = {1e9F, 1e9F, 1e9F}, high[3] = {-1e9F, -1e9F, -1e9F};
    for (int64_t v = 0; v < part->vertex_count; v++)
      for (int k = 0; k < 3; k++) {
        low[k] = fminf(low[k], part->vertices[3 * v + k]);
        high[k] = fmaxf(high[k], part->vertices[3 * v + k]);
      }
    for (int k = 0; k < 3; k++)
      if (fabsf(low[k] - meshes[i].low[k]) > 1e-6F || fabsf(high[k] - meshes[i].high[k]) > 1e-6F)
        fail_msg("file %zu: axis %d from %g to %g", i, k, (double)low[k], (double)high[k]);
    triangles_release(&mesh);
    unlink(path);
  }
}

/* Triangles face outwards after a mirror too: the volume of the closed tetrahedron stays positive. */
static void mirrored_triangles_face_outwards(void **state) {
  (void)state;
  for (int i = 0; i < 3; i++) {
    char path[SCRATCH_PATH_BYTES];
    scratch_write(".dae", meshes[i].text, path);
    triangle_mesh mesh = {0};
    assert_int_equal(collada_read(path, &mesh, NULL), MYR_OK);
    double volume = 0;
    for (int64_t t = 0; t < mesh.parts[0].triangle_count; t++) {
      mjtNum corner[3][3], cross[3];
      for (int c = 0; c < 3; c++)
        for (int k = 0; k < 3; k++)
          corner[c][k] = (double)mesh.parts[0].vertices[3 * mesh.parts[0].triangles[3 * t + c] + k];
      mju_cross(cross, corner[1], corner[2]);
      volume += mju_dot3(corner[0], cross) / 6;
    }
    assert_true(fabs(volume - (i == 1 ? .125 : 1)) < 1e-6);
    triangles_release(&mesh);
    unlink(path);
  }
}

static void damaged_meshes_are_errors(void **state) {
  (void)state;
  static const char *const texts[] = {
      "<COLLADA/>",
      "<robot/>",
      "<COLLADA><asset>",
      DAE("",
          "<triangles material='m' count='1'><input semantic='VERTEX' source='#v' offset='0'/><p>0 1 "
          "99</p></triangles>",
          "<node>" INSTANCE "</node>"),
      DAE("",
          "<polylist count='1'><input semantic='VERTEX' source='#v' offset='0'/><vcount>9</vcount><p>0 1 "
          "2</p></polylist>",
          "<node>" INSTANCE "</node>"),
      DAE("", TRIANGLES, "<node id='a'><instance_node url='#a'/><instance_node url='#a'/></node>"),
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char path[SCRATCH_PATH_BYTES];
    scratch_write(".dae", texts[i], path);
    triangle_mesh mesh = {0};
    myr_error error = {0};
    assert_int_equal(collada_read(path, &mesh, &error), MYR_INVALID);
    assert_non_null(strstr(error.message, path));
    triangles_release(&mesh);
    unlink(path);
  }
}

static void stl_may_be_text(void **state) {
  (void)state;
  char path[SCRATCH_PATH_BYTES];
  scratch_write(".stl",
                "solid s\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1e0 0 0\nvertex 0 1 "
                "0\nendloop\nendfacet\nendsolid\n",
                path);
  triangle_mesh mesh = {0};
  assert_true(stl_is_text(path));
  assert_int_equal(stl_read_text(path, &mesh, NULL), MYR_OK);
  assert_int_equal(mesh.parts[0].triangle_count, 1);
  triangles_release(&mesh);
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(files_are_found),
      cmocka_unit_test(collada_scenes_are_placed),
      cmocka_unit_test(mirrored_triangles_face_outwards),
      cmocka_unit_test(damaged_meshes_are_errors),
      cmocka_unit_test(stl_may_be_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
