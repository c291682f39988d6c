/* Tests that a wrong look is never drawn, but refused with a message that names the element: cameras, names, files and
 * meshes. Input that looks wrong but is right, such as a camera inside a geom, is drawn as the contract says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>

#include "kernels/model.h"
#include "render/mesh.h"
#include "render/picture.h"
#include "render/render.h"
#include "tests/render/raster_images.h"
#include "tests/sim/scratch_file.h"

/* ------------------------------------------------------------------------------------------------ looks */
static const char *const model_text =
    "<mujoco><worldbody><geom name='floor' type='plane' size='0 0 .1'/><camera name='lens' pos='2 0 1'/>"
    "<body name='cart' pos='0 0 1'><joint type='slide'/><geom name='hull' type='sphere' size='.5'/></body>"
    "</worldbody></mujoco>";

typedef struct subject {
  myr_model *model;
  myr_appearance *appearance;
} subject;

static int open_subject(void **state) {
  subject *s = *state = calloc(1, sizeof *s);
  char path[SCRATCH_PATH_BYTES];
  myr_error error = {0};
  scratch_write(".xml", model_text, path);
  if (myr_model_load(path, &s->model, &error) || myr_appearance_load(path, s->model, &s->appearance, &error))
    fail_msg("%s", error.message);
  unlink(path);
  return 0;
}

static int close_subject(void **state) {
  subject *s = *state;
  myr_appearance_free(s->appearance);
  myr_model_free(s->model);
  free(s);
  return 0;
}

/* A valid description, in which each test makes one mistake. */
typedef struct description {
  myr_camera_description camera;
  myr_texture_description texture;
  myr_material_description material;
  myr_light_description light;
  myr_prop_description prop;
  myr_look_description look;
} description;

static void describe(description *d) {
  *d = (description){
      .camera = {.name = "spy",
                 .position = {2, 0, 1},
                 .quaternion = {1, 0, 0, 0},
                 .width = 8,
                 .height = 6,
                 .fov = 1,
                 .near_limit = 0.1f,
                 .far_limit = 10,
                 .samples = 1,
                 .outputs = MYR_OUTPUT_BIT(rgb),
                 .every = 1,
                 .episodes_every = 1},
      .texture = {.name = "tiles", .pattern = MYR_PATTERN_CHECKER, .color2 = {1, 1, 1}},
      .material = {.name = "glaze", .color = {1, 1, 1}, .roughness = 0.5f, .texture = "tiles", .repeat = {1, 1}},
      .light = {.name = "lamp",
                .kind = MYR_LIGHT_POINT,
                .position = {0, 0, 3},
                .direction = {0, 0, -1},
                .color = {1, 1, 1},
                .intensity = 1,
                .attenuation = {1, 0, 0}},
      .prop = {.name = "crate",
               .shape = MYR_GEOM_BOX,
               .size = {0.1f, 0.1f, 0.1f},
               .quaternion = {1, 0, 0, 0},
               .material = "glaze",
               .instance = true},
  };
  d->look = (myr_look_description){.textures = &d->texture,
                                   .materials = &d->material,
                                   .lights = &d->light,
                                   .props = &d->prop,
                                   .cameras = &d->camera,
                                   .texture_count = 1,
                                   .material_count = 1,
                                   .light_count = 1,
                                   .prop_count = 1,
                                   .camera_count = 1};
}

static int complaints; /* of the test that runs */

/* Asserts that the description is refused with a message that names the element and the mistake. */
static void refuses(const subject *s, const description *d, myr_status status, const char *name, const char *what) {
  myr_look *look = NULL;
  myr_error error = {0};
  const myr_status got = myr_look_create(s->model, s->appearance, &d->look, &look, &error);
  myr_look_free(look);
  if (got == status && !look && strstr(error.message, name) && strstr(error.message, what)) return;
  print_error("%s: status %d instead of %d, and \"%s\" should name \"%s\"\n", name, got, status, error.message, what);
  complaints++;
}

static void finish(void) {
  const int count = complaints;
  complaints = 0;
  assert_int_equal(count, 0);
}

static void accepts_what_is_right(void **state) {
  const subject *s = *state;
  description d;
  myr_look *look = NULL;
  myr_error error = {0};
  describe(&d);
  if (myr_look_create(s->model, s->appearance, &d.look, &look, &error)) fail_msg("%s", error.message);
  assert_int_equal(myr_look_find(look, MYR_LOOK_CAMERA, "spy"), 0);
  assert_int_equal(myr_look_find(look, MYR_LOOK_CAMERA, "nobody"), -1);
  myr_look_free(look);
  myr_look_free(NULL);
}

static void refuses_cameras(void **state) {
  const subject *s = *state;
  description d;
#define CAMERA(field, value, what) describe(&d), d.camera.field = (value), refuses(s, &d, MYR_INVALID, "spy", what)
  CAMERA(width, 0, "pixels");
  CAMERA(height, 0, "pixels");
  CAMERA(width, -5, "pixels");
  CAMERA(height, MYR_VIEW_LIMIT + 1, "pixels");
  CAMERA(fov, 0, "field of view");
  CAMERA(fov, -1, "field of view");
  CAMERA(fov, (float)M_PI, "field of view");
  CAMERA(fov, NAN, "field of view");
  CAMERA(near_limit, 0, "near");
  CAMERA(near_limit, 10, "near");
  CAMERA(near_limit, NAN, "near");
  CAMERA(far_limit, 0.05f, "near");
  CAMERA(far_limit, INFINITY, "far");
  CAMERA(samples, 3, "samples");
  CAMERA(samples, 0, "samples");
  CAMERA(projection, 9, "projection");
  CAMERA(body, 99, "body");
  CAMERA(body, -1, "body");
  CAMERA(from, "telescope", "telescope");
  CAMERA(quaternion[0], 0, "quaternion");
  CAMERA(position[1], NAN, "position");
  CAMERA(every, 0, "every");
  CAMERA(episodes_every, 0, "every");
#undef CAMERA
  describe(&d), d.camera.projection = MYR_FISHEYE, d.camera.fov = 7;
  refuses(s, &d, MYR_INVALID, "spy", "field of view");
  finish();
}

static void refuses_beams(void **state) {
  const subject *s = *state;
  const float falling[] = {0.2f, 0.1f, 0, -0.1f, -0.2f, -0.3f}, uneven[] = {0.2f, 0.1f, 0.15f, -0.1f, -0.2f, -0.3f};
  const float endless[] = {0.2f, 0.1f, 0, -0.1f, -0.2f, NAN};
  description d;
  for (int i = 0; i < 5; i++) {
    describe(&d);
    d.camera.projection = MYR_BEAMS, d.camera.elevations = falling, d.camera.azimuth_step = 0.1f;
    d.camera.outputs = MYR_OUTPUT_BIT(depth);
    const char *what = "elevation";
    switch (i) {
    case 0: d.camera.elevations = uneven; break;
    case 1: d.camera.elevations = endless; break;
    case 2: d.camera.elevations = NULL; break;
    case 3: d.camera.azimuth_step = NAN, what = "azimuth"; break;
    default: d.camera.scan_time = -1, what = "scan"; break;
    }
    refuses(s, &d, MYR_INVALID, "spy", what);
  }
  finish();
}

static void refuses_unknown_names(void **state) {
  const subject *s = *state;
  description d;
  describe(&d), d.prop.material = "varnish", refuses(s, &d, MYR_INVALID, "crate", "varnish");
  describe(&d), d.material.texture = "photo", refuses(s, &d, MYR_INVALID, "glaze", "photo");
  describe(&d), d.prop.body = 17, refuses(s, &d, MYR_INVALID, "crate", "body");
  describe(&d), d.light.body = -3, refuses(s, &d, MYR_INVALID, "lamp", "body");
  describe(&d), d.prop.shape = 42, refuses(s, &d, MYR_INVALID, "crate", "shape");
  describe(&d), d.prop.size[0] = -1, refuses(s, &d, MYR_INVALID, "crate", "size");
  describe(&d), d.light.direction[2] = 0, d.light.kind = MYR_LIGHT_SPOT;
  refuses(s, &d, MYR_INVALID, "lamp", "direction");
  finish();
}

/* ------------------------------------------------------------------------------------------------ files */
/* Writes a PNG of 16 x 16 pixels that is cut off, or in which one byte is changed. */
static void write_texture(char path[SCRATCH_PATH_BYTES], long keep, long change) {
  static uint8_t bytes[4096];
  myr_bitmap bitmap = {0};
  myr_error error = {0};
  scratch_write(".png", "", path);
  assert_int_equal(myr_bitmap_create(16, 16, 3, &bitmap, &error), MYR_OK);
  for (int i = 0; i < 16 * 16 * 3; i++) bitmap.pixels[i] = (uint8_t)(i * i * 31 >> 3);
  assert_int_equal(myr_png_write(path, &bitmap, &error), MYR_OK);
  myr_bitmap_free(&bitmap);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  long length = (long)fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  assert_true(length > 100 && length < (long)sizeof bytes);
  if (keep >= 0) length = keep;
  if (change >= 0) bytes[change] ^= 0x40;
  file = fopen(path, "wb");
  assert_true(file && fwrite(bytes, 1, (size_t)length, file) == (size_t)length);
  fclose(file);
}

static void refuses_texture_files(void **state) {
  const subject *s = *state;
  char path[SCRATCH_PATH_BYTES];
  description d;
  describe(&d), d.texture.file = "/nowhere/tiles.png", refuses(s, &d, MYR_IO, "/nowhere/tiles.png", "");
  static const struct {
    long keep, change;
  } damage[] = {{0, -1}, {7, -1}, {40, -1}, {90, -1}, {-1, 1}, {-1, 20}, {-1, 60}};
  for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
    write_texture(path, damage[i].keep, damage[i].change);
    describe(&d), d.texture.file = path, refuses(s, &d, MYR_INVALID, path, "");
    unlink(path);
  }
  finish();
}

/* ------------------------------------------------------------------------------------------------ meshes */
static const float corners[] = {0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1};
static const int32_t faces[] = {0, 2, 1, 0, 1, 3, 1, 2, 3, 2, 0, 3};

static void refuses_mesh(const mesh_source *source) {
  myr_mesh mesh;
  myr_error error = {0};
  assert_int_equal(mesh_build(source, &mesh, &error), MYR_INVALID);
  assert_true(error.message[0]);
}

static void refuses_meshes(void **state) {
  (void)state;
  const mesh_source good = {.positions = corners, .triangles = faces, .vertex_count = 4, .triangle_count = 4};
  myr_mesh mesh;
  assert_int_equal(mesh_build(&good, &mesh, NULL), MYR_OK);
  mesh_free(&mesh);
  static const int32_t wrong[] = {4, -1, INT32_MAX, INT32_MIN};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    int32_t triangles[12];
    memcpy(triangles, faces, sizeof faces);
    triangles[7] = wrong[i];
    mesh_source bad = good;
    bad.triangles = triangles;
    refuses_mesh(&bad);
    bad = good, bad.normals = corners, bad.normal_count = 4, bad.normal_index = triangles;
    refuses_mesh(&bad);
    bad = good, bad.uv = corners, bad.uv_count = 4, bad.uv_index = triangles;
    refuses_mesh(&bad);
  }
  static const float endless[] = {NAN, INFINITY, -INFINITY};
  for (int i = 0; i < 3; i++) {
    float positions[12];
    memcpy(positions, corners, sizeof corners);
    positions[5] = endless[i];
    mesh_source bad = good;
    bad.positions = positions;
    refuses_mesh(&bad);
    bad = good, bad.normals = positions, bad.normal_count = 4;
    refuses_mesh(&bad);
  }
  static const int32_t flat[] = {0, 0, 1, 2, 3, 3};
  mesh_source bad = good;
  bad.triangles = flat, bad.triangle_count = 2;
  refuses_mesh(&bad);
  bad = good, bad.triangle_count = 0;
  refuses_mesh(&bad);
}

/* ------------------------------------------------------------------------------------------------ renderers */
static void refuses_renderers(void **state) {
  const subject *s = *state;
  myr_look *look = NULL;
  myr_error error = {0};
  assert_int_equal(myr_look_create(s->model, s->appearance, NULL, &look, &error), MYR_OK);
  const myr_renderer_description wrong[] = {{.look = look, .lanes = 3},
                                            {.look = look, .threads = -1},
                                            {.look = look, .width = 8},
                                            {.look = look, .samples = 5},
                                            {.look = look, .width = -1, .height = 8},
                                            {.look = look, .width = 8, .height = 20000}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    myr_renderer *renderer = NULL;
    error.message[0] = 0;
    const myr_status status = myr_renderer_create(&wrong[i], &renderer, &error);
    myr_renderer_destroy(renderer);
    if (status != MYR_OK && !renderer && error.message[0]) continue;
    print_error("renderer %zu was created\n", i);
    complaints++;
  }
  myr_renderer_destroy(NULL);
  myr_look_free(look);
  finish();
}

/* ------------------------------------------------------------------------------------------------ inside */
/* A camera inside a solid does not see the solid, but everything outside of it: for each shape, pinhole and fisheye. */
static void sees_out_of_solids(void **state) {
  (void)state;
  const myr_raster *rasters[4];
  const int widths = raster_widths(rasters);
  static const int shapes[] = {MYR_GEOM_SPHERE,   MYR_GEOM_CAPSULE, MYR_GEOM_ELLIPSOID,
                               MYR_GEOM_CYLINDER, MYR_GEOM_BOX,     MYR_SHAPE_MESH};
  static const float around[] = {-1, -1, -1, 2, -1, -1, -1, 2, -1, -1, -1, 2};
  const mesh_source source = {.positions = around, .triangles = faces, .vertex_count = 4, .triangle_count = 4};
  const myr_surface surface = {.color = {1, 1, 1}, .roughness = 1};
  const myr_environment environment = {.sky_texture = -1, .exposure = 1, .sky_light = 1};
  myr_mesh mesh;
  assert_int_equal(mesh_build(&source, &mesh, NULL), MYR_OK);
  for (int shape = 0; shape < 6; shape++)
    for (int projection = MYR_PINHOLE; projection <= MYR_FISHEYE; projection++)
      for (int w = 0; w < widths; w++) {
        myr_drawable drawables[2] = {
            {.shape = shapes[shape], .size = {0.3f, 0.3f, 0.3f}, .bound = 3, .instance = 1},
            {.shape = MYR_GEOM_BOX, .size = {50, 50, 1}, .bound = 71, .instance = 2, .position = {0, 0, 4}}};
        for (int i = 0; i < 2; i++)
          for (int axis = 0; axis < 3; axis++)
            drawables[i].rotation[4 * axis] = drawables[i].next_rotation[4 * axis] = 1;
        const myr_frame frame = {.drawables = drawables,
                                 .surfaces = &surface,
                                 .meshes = &mesh,
                                 .environment = &environment,
                                 .drawable_count = 2,
                                 .instance_count = 2};
        const myr_view view = {.width = 9,
                               .height = 9,
                               .projection = projection,
                               .samples = 1,
                               .focal = {9, 9},
                               .center = {4.5f, 4.5f},
                               .near_limit = 0.01f,
                               .far_limit = 100,
                               .rotation = {1, 0, 0, 0, 1, 0, 0, 0, 1},
                               .next_rotation = {1, 0, 0, 0, 1, 0, 0, 0, 1}};
        raster_images images = images_create(9, 9, 2, IMAGES_ALL);
        images_draw(rasters[w], &frame, &view, &images, 0xff);
        for (int i = 0; i < 81; i++) assert_int_equal(images.outputs.drawable[i], 2);
        assert_true(fabs((double)images.outputs.depth[40] - 3) < 1e-6);
        assert_int_equal(images.outputs.instances[1].covered, 0);
        assert_int_equal(images.outputs.instances[2].covered, 81);
        images_free(&images);
      }
  mesh_free(&mesh);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(accepts_what_is_right, open_subject, close_subject),
      cmocka_unit_test_setup_teardown(refuses_cameras, open_subject, close_subject),
      cmocka_unit_test_setup_teardown(refuses_beams, open_subject, close_subject),
      cmocka_unit_test_setup_teardown(refuses_unknown_names, open_subject, close_subject),
      cmocka_unit_test_setup_teardown(refuses_texture_files, open_subject, close_subject),
      cmocka_unit_test(refuses_meshes),
      cmocka_unit_test_setup_teardown(refuses_renderers, open_subject, close_subject),
      cmocka_unit_test(sees_out_of_solids),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
