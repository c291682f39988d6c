/* Tests the looks of scenes: entities are joined, and wrong ones are refused. */
#include "kernels/model.h"
#include "tests/sim/appearance_gallery.h"

/* ------------------------------------------------------------------------------------------------ scenes */
static void assert_same_geoms(const myr_appearance *a, const myr_model *model) {
  int *seen = calloc((size_t)model->ngeom, sizeof *seen);
  for (int i = 0; i < a->visual_count; i++) {
    const myr_visual *visual = &a->visuals[i];
    if (visual->geom < 0) continue;
    int g = visual->geom;
    seen[g]++;
    assert_true(visual->body == model->geom_body[g] &&
                (visual->shape == model->geom_type[g] || model->geom_type[g] == MYR_GEOM_HFIELD));
    assert_true(!visual->name == !model->geom_name[g]);
    if (visual->name) assert_string_equal(visual->name, model->geom_name[g]);
    for (int k = 0; k < 3; k++) {
      assert_true(visual->size[k] == (float)model->geom_size[3 * g + k]);
      assert_true(visual->position[k] == model->geom_pos[3 * g + k]);
    }
    for (int k = 0; k < 4; k++) assert_true(visual->quaternion[k] == (float)model->geom_quat[4 * g + k]);
  }
  for (int g = 0; g < model->ngeom; g++) assert_int_equal(seen[g], 1);
  free(seen);
}

static void joins_entities(void **state) {
  (void)state;
  looks first = {0}, second = {0};
  write_gallery(&first, 0), write_gallery(&second, 1);
  myr_entity entities[] = {{.name = "field", .friction = {1, 0, 0}},
                           {.name = "left", .path = first.xml},
                           {.name = "walker", .path = MYRIAD_SOURCE_DIR "/scenarios/assets/biped.xml"},
                           {.name = "right", .path = second.xml}};
  const myr_options options = {.timestep = 0.002};
  myr_scene scene = {.entities = entities, .entity_count = 4, .options = &options, .stated = 1 << MYR_OPTION_timestep};
  myr_model *model = NULL;
  myr_appearance *a = NULL;
  myr_error error = {0};
  if (myr_scene_build(&scene, &model, &error) || myr_appearance_read(&scene, model, &a, &error))
    fail_msg("%s", error.message);
  remove_gallery(&first), remove_gallery(&second);
  assert_same_geoms(a, model);

  const myr_visual *ground = VISUAL("field.ground");
  assert_true(ground->shape == MYR_GEOM_PLANE && ground->material == -1 && ground->body == 0 && ground->entity == 0);
  ASSERT_REALS(ground->color, .5F, .5F, .5F, 1);
  ASSERT_REALS(ground->quaternion, 1, 0, 0, 0);
  int hand = myr_model_find(model, MYR_ELEMENT_body, "right.hand"), arm = hand - 1;
  assert_int_equal(VISUAL("right.decal")->body, arm);
  assert_int_equal(VISUAL("right.decal")->entity, 3);
  assert_int_equal(VISUAL("left.land")->body, 0);
  assert_string_equal(a->meshes[VISUAL("right.decal")->mesh].name, "right.shard");
  assert_string_equal(a->materials[VISUAL("right.floor")->material].name, "right.paper");
  assert_string_equal(a->textures[MATERIAL("right.paper")->texture].name, "right.photo");
  assert_true(LIGHT("right.spot")->mount.target == hand && LIGHT("right.spot")->mount.body == 0);
  assert_true(CAMERA("right.eye")->mount.body == arm && CAMERA("right.stare")->mount.target == arm);
  assert_true(a->site_count == 2 && a->sites[1].body == arm && a->sites[1].entity == 3);
  assert_false(a->headlight); /* of the first file */
  myr_appearance_free(a);
  myr_model_free(model);
}

/* Reads a file that must be right. */
static myr_appearance *load_file(const char *path, myr_model **model) {
  myr_appearance *appearance = NULL;
  myr_error error = {0};
  if (myr_model_load(path, model, &error) || myr_appearance_load(path, *model, &appearance, &error))
    fail_msg("%s", error.message);
  return appearance;
}

/* ------------------------------------------------------------------------------------------------ errors, URDF */
static void reads_urdf_visuals(void **state) {
  (void)state;
  char obj[SCRATCH_PATH_BYTES], path[SCRATCH_PATH_BYTES], text[2048];
  scratch_write(".obj", scratch_tetrahedron, obj);
  snprintf(text, sizeof text,
           "<robot name='r'><mujoco><compiler discardvisual='false' strippath='false'/></mujoco><link name='base'>"
           "<visual><origin xyz='1 2 3'/><geometry><mesh filename='%s'/></geometry>"
           "<material name='red'><color rgba='1 .1 .2 1'/></material></visual>"
           "<collision><geometry><sphere radius='.1'/></geometry></collision></link></robot>",
           obj);
  scratch_write(".urdf", text, path);
  myr_model *model;
  myr_appearance *a = load_file(path, &model);
  unlink(obj), unlink(path);
  assert_int_equal(a->visual_count, 2);
  const myr_visual *skin = &a->visuals[a->visuals[0].mesh < 0];
  assert_true(skin->shape == MYR_VISUAL_MESH && skin->geom == -1 && skin->group == 1 && a->mesh_count == 1);
  ASSERT_REALS(skin->color, 1, .1F, .2F, 1);
  myr_appearance_free(a);
  myr_model_free(model);
}

static void refuses_what_it_cannot_draw(void **state) {
  (void)state;
  static const struct {
    const char *xml, *element, *feature;
  } refused[] = {
      {"<asset><texture name='i' type='skybox' builtin='flat' width='4' height='4'/></asset><worldbody>"
       "<light name='dome' type='image' texture='i'/><geom size='1'/></worldbody>",
       "\"dome\"", "image"},
      {"<worldbody><camera name='plan' projection='orthographic'/><geom size='1'/></worldbody>", "\"plan\"",
       "orthographic"},
  };
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    char text[2048], path[SCRATCH_PATH_BYTES];
    snprintf(text, sizeof text, "<mujoco>%s</mujoco>", refused[i].xml);
    scratch_write(".xml", text, path);
    myr_entity entity = {.name = "robot", .path = path};
    myr_scene scene = {.entities = &entity, .entity_count = 1};
    myr_model *model = NULL;
    myr_appearance *a = NULL;
    myr_error error = {0};
    if (myr_scene_build(&scene, &model, &error)) fail_msg("%s", error.message);
    assert_int_equal(myr_appearance_read(&scene, model, &a, &error), MYR_INVALID);
    assert_true(!a && strstr(error.message, refused[i].element) && strstr(error.message, refused[i].feature));
    assert_true(strstr(error.message, path) && strstr(error.message, "\"robot\""));
    unlink(path);
    myr_model_free(model);
  }
}

/* A texture that the file leaves by reference is read like any other. */
static void reads_textures_by_reference(void **state) {
  (void)state;
  char png[SCRATCH_PATH_BYTES], path[SCRATCH_PATH_BYTES], text[600];
  scratch_png(png);
  snprintf(
      text, sizeof text,
      "<mujoco><asset><texture name='t' type='2d' file='%s' embed='false'/><material name='m' texture='t'/></asset>"
      "<worldbody><geom size='1' material='m'/></worldbody></mujoco>",
      png);
  scratch_write(".xml", text, path);
  myr_model *model;
  myr_appearance *a = load_file(path, &model);
  assert_int_equal(a->texture_count, 1);
  const myr_visual_texture *texture = a->textures;
  assert_true(texture->width == 2 && texture->height == 2 && texture->channels == 3);
  for (int i = 0; i < 12; i++) assert_true(texture->pixels[i] % 10 == 0 && texture->pixels[i] > 0);
  myr_appearance_free(a);
  myr_model_free(model);
  unlink(path), unlink(png);
}

static void tells_what_is_missing(void **state) {
  (void)state;
  looks whole = {0};
  write_gallery(&whole, 1);
  myr_model *model = NULL;
  char path[SCRATCH_PATH_BYTES];
  myr_appearance *a = NULL;
  myr_error error = {0};
  if (myr_model_load(whole.xml, &model, &error)) fail_msg("%s", error.message);
  remove_gallery(&whole);
  scratch_write(".xml",
                "<mujoco><asset><texture name='t' type='2d' file='/nonexistent/skin.png'/></asset><worldbody>"
                "<geom size='1'/></worldbody></mujoco>",
                path);
  assert_int_equal(myr_appearance_load(path, model, &a, &error), MYR_INVALID);
  assert_true(!a && strstr(error.message, "skin.png") && strstr(error.message, path));
  unlink(path);
  assert_int_equal(myr_appearance_load("/nonexistent.xml", model, &a, &error), MYR_INVALID);
  const char *biped = MYRIAD_SOURCE_DIR "/scenarios/assets/biped.xml"; /* not the model's */
  assert_int_equal(myr_appearance_load(biped, model, &a, &error), MYR_INVALID);
  assert_null(a);
  myr_appearance_free(NULL);
  myr_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(joins_entities),
      cmocka_unit_test(reads_urdf_visuals),
      cmocka_unit_test(refuses_what_it_cannot_draw),
      cmocka_unit_test(reads_textures_by_reference),
      cmocka_unit_test(tells_what_is_missing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
