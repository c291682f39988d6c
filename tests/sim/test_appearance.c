/* Tests the looks of files: compares every kind of element with its file, and with MuJoCo's model of it. */
#include "kernels/model.h"
#include "tests/sim/appearance_gallery.h"

static int open_gallery(void **state) {
  looks *l = *state = calloc(1, sizeof *l);
  write_gallery(l, 1);
  myr_error error = {0};
  char message[1000];
  l->mujoco = mj_loadXML(l->xml, NULL, message, sizeof message);
  if (!l->mujoco) fail_msg("%s", message);
  if (myr_model_load(l->xml, &l->model, &error) || myr_appearance_load(l->xml, l->model, &l->appearance, &error))
    fail_msg("%s", error.message);
  remove_gallery(l);
  return 0;
}

static int close_gallery(void **state) {
  looks *l = *state;
  myr_appearance_free(l->appearance);
  myr_model_free(l->model);
  mj_deleteModel(l->mujoco);
  free(l);
  return 0;
}

/* ------------------------------------------------------------------------------------------------ elements */
static void reads_visuals(void **state) {
  const looks *l = *state;
  const myr_appearance *a = l->appearance;
  assert_int_equal(a->visual_count, 7);
  const myr_visual *upper = VISUAL("upper"), *floor = VISUAL("floor"), *land = VISUAL("land");
  assert_true(upper->shape == MYR_GEOM_BOX && upper->mesh == -1 && upper->group == 3 && upper->entity == 0);
  assert_int_equal(upper->geom, myr_model_find(l->model, MYR_ELEMENT_geom, "upper"));
  assert_int_equal(upper->body, myr_model_find(l->model, MYR_ELEMENT_body, "arm"));
  ASSERT_REALS(upper->size, .1F, .2F, .3F);
  assert_place(upper->position, .1, .2, .3);
  ASSERT_REALS(upper->quaternion, cosf(.0872664626F), sinf(.0872664626F), 0, 0);
  ASSERT_REALS(upper->color, .2F, .4F, .6F, .8F);
  assert_string_equal(a->materials[upper->material].name, "wood");
  assert_true(floor->shape == MYR_GEOM_PLANE && floor->body == 0 && floor->group == 0);
  ASSERT_REALS(floor->size, 0, 4, .1F);
  ASSERT_REALS(floor->color, .9F, .8F, .7F, .6F);                 /* it has none of its own */
  assert_true(land->shape == MYR_VISUAL_MESH && land->body == 0); /* though it collides as a field */
  assert_int_equal(land->geom, myr_model_find(l->model, MYR_ELEMENT_geom, "land"));
  assert_string_equal(a->meshes[land->mesh].name, "hill");
  assert_string_equal(a->meshes[VISUAL("decal")->mesh].name, "shard");
  assert_true(VISUAL("decal")->geom == -1 && VISUAL("again")->mesh == VISUAL("decal")->mesh);
  ASSERT_REALS(VISUAL("again")->color, 1, 0, 0, 0);
  assert_int_equal(VISUAL("again")->material, -1);
  assert_int_equal(a->site_count, 1);
  assert_true(!strcmp(a->sites[0].name, "grip") && a->sites[0].group == 2 && a->sites[0].body == upper->body);
  assert_place(a->sites[0].position, .4, .5, .6);
}

/* Compares colours and poses with those of MuJoCo's scene. MuJoCo's renderer fills it without any graphics. */
static void looks_as_mujoco_shows_it(void **state) {
  const looks *l = *state;
  const myr_appearance *a = l->appearance;
  mjData *data = mj_makeData(l->mujoco);
  mj_forward(l->mujoco, data);
  mjvScene scene;
  mjv_defaultScene(&scene);
  mjv_makeScene(l->mujoco, &scene, 100);
  mjvOption option;
  mjv_defaultOption(&option);
  memset(option.geomgroup, 1, sizeof option.geomgroup);
  memset(option.sitegroup, 0, sizeof option.sitegroup);
  mjvCamera camera;
  mjv_defaultFreeCamera(l->mujoco, &camera);
  mjv_updateScene(l->mujoco, data, &option, NULL, &camera, mjCAT_ALL, &scene);
  int compared = 0;
  for (int i = 0; i < scene.ngeom; i++) {
    const mjvGeom *shown = &scene.geoms[i];
    if (shown->objtype != mjOBJ_GEOM) continue;
    const myr_visual *visual = &a->visuals[shown->objid];
    assert_reals(visual->color, shown->rgba, 4, 0);
    mjtNum offset[3], place[3], turned[4], matrix[9];
    for (int k = 0; k < 3; k++) offset[k] = visual->position[k];
    const mjtNum quaternion[4] = {visual->quaternion[0], visual->quaternion[1], visual->quaternion[2],
                                  visual->quaternion[3]};
    mju_rotVecQuat(place, offset, data->xquat + 4 * visual->body);
    mju_addTo3(place, data->xpos + 3 * visual->body);
    mju_mulQuat(turned, data->xquat + 4 * visual->body, quaternion);
    mju_quat2Mat(matrix, turned);
    for (int k = 0; k < 3 && visual->shape != MYR_GEOM_PLANE; k++) /* an endless plane follows the viewer */
      assert_true(fabs(place[k] - shown->pos[k]) < 1e-5);
    for (int k = 0; k < 9; k++) assert_true(fabs(matrix[k] - shown->mat[k]) < 1e-5);
    compared++;
  }
  assert_int_equal(compared, a->visual_count - 1); /* all visuals but the one with alpha 0 */
  mjv_freeScene(&scene);
  mj_deleteData(data);
}

static void reads_materials(void **state) {
  const myr_appearance *a = ((looks *)*state)->appearance;
  assert_int_equal(a->material_count, 4);
  assert_int_equal(FIND(a->materials, a->material_count, "unused"), -1);
  const myr_visual_material *paper = MATERIAL("paper"), *wood = MATERIAL("wood");
  ASSERT_REALS(paper->color, .9F, .8F, .7F, .6F);
  ASSERT_REALS(paper->repeat, 3, 5);
  ASSERT_REALS(&paper->metallic, .25F);
  ASSERT_REALS(&paper->roughness, .75F);
  ASSERT_REALS(&paper->specular, .1F);
  ASSERT_REALS(&paper->shininess, .2F);
  ASSERT_REALS(&paper->emission, .3F);
  assert_true(paper->uniform && !strcmp(a->textures[paper->texture].name, "photo"));
  assert_true(!wood->uniform && wood->metallic == -1 && wood->roughness == -1 && wood->repeat[0] == 1);
  assert_string_equal(a->textures[wood->texture].name, "die");
  assert_string_equal(a->textures[MATERIAL("pane")->texture].name, "glass");
  assert_string_equal(a->textures[MATERIAL("dull")->texture].name, "mask");
}

static void reads_textures(void **state) {
  const myr_appearance *a = ((looks *)*state)->appearance;
  assert_int_equal(a->texture_count, 5);
  const uint8_t rgb[] = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120};
  const uint8_t rgba[] = {10, 20, 30, 255, 40, 50, 60, 255, 70, 80, 90, 255, 100, 110, 120, 255};
  const uint8_t gray[] = {10, 40, 70, 100};
  const myr_visual_texture *photo = TEXTURE("photo"), *die = TEXTURE("die"), *sky = TEXTURE("sky");
  assert_true(photo->kind == MYR_TEXTURE_PLANE && photo->width == 2 && photo->height == 2 && photo->channels == 3);
  assert_memory_equal(photo->pixels, rgb, sizeof rgb);
  assert_int_equal(TEXTURE("glass")->channels, 4);
  assert_memory_equal(TEXTURE("glass")->pixels, rgba, sizeof rgba);
  assert_int_equal(TEXTURE("mask")->channels, 1);
  assert_memory_equal(TEXTURE("mask")->pixels, gray, sizeof gray);
  assert_true(die->kind == MYR_TEXTURE_CUBE && die->width == 2 && die->height == 2);
  for (int f = 0; f < 6; f++) assert_memory_equal(die->pixels + sizeof rgb * (size_t)f, rgb, sizeof rgb);

  /* The first colour is at the top: on the face +y, and in the first row of the four faces around it. */
  assert_true(sky->kind == MYR_TEXTURE_SKYBOX && sky->width == 4 && sky->height == 4);
  size_t face = 4 * 4 * 3;
  for (size_t f = 0; f < 6; f++) {
    const uint8_t *first = sky->pixels + f * face, *last = first + face - 3;
    assert_true((first[0] > first[2]) == (f != 3)); /* red, but for the face -y */
    assert_true((last[0] > last[2]) == (f == 2));
  }
}

/* ------------------------------------------------------------------------------------------------ meshes */
static void corner(const myr_visual_mesh *mesh, int triangle, int k, double out[3]) {
  for (int i = 0; i < 3; i++) out[i] = (double)mesh->positions[3 * mesh->triangles[3 * triangle + k] + i];
}

/* Returns the volume by the divergence theorem; negative if the triangles are clockwise from outside. */
static double volume(const myr_visual_mesh *mesh) {
  double sum = 0;
  for (int t = 0; t < mesh->triangle_count; t++) {
    double a[3], b[3], c[3], n[3];
    corner(mesh, t, 0, a), corner(mesh, t, 1, b), corner(mesh, t, 2, c);
    mju_cross(n, b, c);
    sum += mju_dot3(a, n) / 6;
  }
  return sum;
}

/* Whether the mesh is closed: its triangles pass every edge once in each direction. */
static bool is_closed(const myr_visual_mesh *mesh) {
  for (int e = 0; e < 3 * mesh->triangle_count; e++) {
    int from = mesh->triangles[e], to = mesh->triangles[e % 3 == 2 ? e - 2 : e + 1], same = 0, back = 0;
    for (int o = 0; o < 3 * mesh->triangle_count; o++) {
      int begin = mesh->triangles[o], end = mesh->triangles[o % 3 == 2 ? o - 2 : o + 1];
      same += begin == from && end == to;
      back += begin == to && end == from;
    }
    if (same != 1 || back != 1) return false;
  }
  return true;
}

/* Asserts that normals point outwards. Smooth normals may deviate from a face's, but not far. */
static void assert_normals_outwards(const myr_visual_mesh *mesh, double least_cosine) {
  for (int t = 0; t < mesh->triangle_count; t++) {
    double a[3], b[3], c[3], n[3];
    corner(mesh, t, 0, a), corner(mesh, t, 1, b), corner(mesh, t, 2, c);
    mju_subFrom3(b, a), mju_subFrom3(c, a);
    mju_cross(n, b, c);
    mju_normalize3(n);
    for (int k = 0; k < 3; k++) {
      const float *normal = mesh->normals + 3 * mesh->triangle_normals[3 * t + k];
      double given[3] = {normal[0], normal[1], normal[2]};
      assert_true(fabs(mju_norm3(given) - 1) < 1e-6);
      assert_true(mju_dot3(given, n) > least_cosine);
    }
  }
}

static void reads_meshes(void **state) {
  const looks *l = *state;
  const myr_appearance *a = l->appearance;
  assert_int_equal(a->mesh_count, 2);
  const myr_visual_mesh *shard = MESH("shard");
  assert_true(shard->vertex_count == 4 && shard->triangle_count == 4 && is_closed(shard));
  assert_true(fabs(volume(shard) - 1. / 6) < 1e-6);
  assert_normals_outwards(shard, 0.9999);

  /* MuJoCo moves a mesh into its inertial frame and the geom back, so corners and texture coordinates are the
   * file's. */
  const float places[4][3] = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  const float uv[3][2] = {{.1F, 1 - .25F}, {1, 1 - .125F}, {.5F, 1 - .875F}};
  const int corners[4][3] = {{0, 2, 1}, {0, 1, 3}, {1, 2, 3}, {2, 0, 3}};
  const int uvs[4][3] = {{0, 2, 1}, {0, 1, 2}, {0, 1, 2}, {0, 1, 2}};
  const myr_visual *decal = VISUAL("decal");
  for (int t = 0; t < 4; t++)
    for (int k = 0; k < 3; k++) {
      double in_mesh[3], in_body[3];
      const double quaternion[4] = {decal->quaternion[0], decal->quaternion[1], decal->quaternion[2],
                                    decal->quaternion[3]};
      corner(shard, t, k, in_mesh);
      mju_rotVecQuat(in_body, in_mesh, quaternion);
      for (int i = 0; i < 3; i++)
        assert_true(fabs(in_body[i] + (double)decal->position[i] - (double)places[corners[t][k]][i]) < 1e-5);
      assert_reals(shard->uv + 2 * shard->triangle_uv[3 * t + k], uv[uvs[t][k]], 2, 1e-6F);
    }
}

static void closes_height_fields(void **state) {
  const looks *l = *state;
  const myr_appearance *a = l->appearance;
  const myr_visual_mesh *hill = MESH("hill");
  assert_true(hill->vertex_count == 12 + 10 + 1 && hill->triangle_count == 12 + 30 && !hill->uv && is_closed(hill));
  assert_normals_outwards(hill, 0.999);
  assert_memory_equal(hill->triangle_normals, hill->triangles,
                      12 * 3 * sizeof(int32_t));    /* of the top: its vertices' */
  double box = 4 * 2 * .25, slope = 4 * 2 * .5 / 2; /* the elevations form a plane through the middle */
  assert_true(fabs(volume(hill) - box - slope) < 1e-5);

  mjData *data = mj_makeData(l->mujoco);
  mj_forward(l->mujoco, data);
  int geom = mj_name2id(l->mujoco, mjOBJ_GEOM, "land");
  l->mujoco->hfield_data[6] = 1; /* a bump, so that the diagonals matter */
  myr_visual_mesh bump = *hill;
  float lifted[3 * 23];
  memcpy(lifted, hill->positions, sizeof lifted);
  lifted[3 * 6 + 2] = .5F;
  bump.positions = lifted;
  for (int probe = 0; probe < 200; probe++) {
    double x = -1.97 + 3.94 * fmod(probe * .618034, 1), y = -.97 + 1.94 * fmod(probe * .754878, 1), found = -10;
    for (int t = 0; t < 12; t++) { /* the top */
      double p[3], q[3], r[3];
      corner(&bump, t, 0, p), corner(&bump, t, 1, q), corner(&bump, t, 2, r);
      double area = (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
      double u = ((x - p[0]) * (r[1] - p[1]) - (y - p[1]) * (r[0] - p[0])) / area;
      double v = ((q[0] - p[0]) * (y - p[1]) - (q[1] - p[1]) * (x - p[0])) / area;
      if (u >= 0 && v >= 0 && u + v <= 1) found = p[2] + u * (q[2] - p[2]) + v * (r[2] - p[2]);
    }
    const mjtNum from[3] = {x, y, 9}, down[3] = {0, 0, -1};
    assert_true(fabs(10 - mj_rayHfield(l->mujoco, data, geom, from, down, NULL) - found) <
                1e-5); /* the geom lies 1 lower */
  }
  mj_deleteData(data);
}

/* ------------------------------------------------------------------------------------------------ lights, cameras */
static void reads_lights(void **state) {
  const looks *l = *state;
  const myr_appearance *a = l->appearance;
  assert_int_equal(a->light_count, 7);
  assert_true(LIGHT("sun")->kind == MYR_VISUAL_DIRECTIONAL && !LIGHT("sun")->shadows && LIGHT("sun")->active);
  assert_true(LIGHT("lamp")->kind == MYR_VISUAL_POINT && LIGHT("lamp")->shadows && !LIGHT("up")->active);
  ASSERT_REALS(LIGHT("sun")->diffuse, .5F, .6F, .7F);
  ASSERT_REALS(LIGHT("lamp")->attenuation, 1, .1F, .01F);
  assert_place(LIGHT("lamp")->mount.position, 1, 2, 3);
  ASSERT_REALS(&LIGHT("lamp")->radius, .4F);
  const myr_visual_light *torch = LIGHT("torch"), *spot = LIGHT("spot");
  assert_int_equal(torch->kind, MYR_VISUAL_SPOT);
  ASSERT_REALS(&torch->cutoff, .523598776F);
  ASSERT_REALS(&torch->exponent, 7);
  ASSERT_REALS(torch->ambient, .1F, 0, .2F);
  ASSERT_REALS(torch->specular, .3F, .2F, .1F);
  assert_true(torch->mount.tracking == MYR_TRACK_FIXED && torch->mount.target == -1);
  assert_int_equal(torch->mount.body, myr_model_find(l->model, MYR_ELEMENT_body, "arm"));
  assert_int_equal(LIGHT("beside")->mount.tracking, MYR_TRACK_BODY);
  assert_int_equal(LIGHT("chase")->mount.tracking, MYR_TRACK_BODY_COM);
  assert_int_equal(spot->mount.tracking, MYR_TRACK_TARGET_BODY);
  assert_int_equal(spot->mount.target, myr_model_find(l->model, MYR_ELEMENT_body, "hand"));
  assert_true(a->headlight);
  ASSERT_REALS(a->headlight_ambient, .1F, .2F, .3F);
  ASSERT_REALS(a->headlight_diffuse, .4F, .5F, .6F);
}

static void reads_cameras(void **state) {
  const looks *l = *state;
  const myr_appearance *a = l->appearance;
  assert_int_equal(a->camera_count, 6);
  const myr_visual_camera *plain = CAMERA("plain"), *lens = CAMERA("lens");
  ASSERT_REALS(&plain->vertical_fov, 1.04719755F);
  assert_true(plain->width == 1 && plain->height == 1 && plain->focal[0] == 0 && plain->center[1] == 0);
  ASSERT_REALS(plain->mount.quaternion, cosf(.463647609F), sinf(.463647609F), 0, 0);
  assert_true(lens->width == 200 && lens->height == 120);
  ASSERT_REALS(lens->focal, 300, 480);
  assert_int_equal(CAMERA("stare")->mount.tracking, MYR_TRACK_TARGET_BODY_COM);
  assert_int_equal(CAMERA("stare")->mount.target, myr_model_find(l->model, MYR_ELEMENT_body, "arm"));

  /* The frustum that MuJoCo draws has the same edges as ours. */
  mjData *data = mj_makeData(l->mujoco);
  mj_forward(l->mujoco, data);
  mjvScene scene;
  mjv_defaultScene(&scene);
  mjv_makeScene(l->mujoco, &scene, 100);
  mjvCamera camera;
  mjv_defaultCamera(&camera);
  camera.type = mjCAMERA_FIXED;
  camera.fixedcamid = mj_name2id(l->mujoco, mjOBJ_CAMERA, "lens");
  mjv_updateCamera(l->mujoco, data, &camera, &scene);
  const mjvGLCamera *gl = &scene.camera[0];
  float near = gl->frustum_near;
  float left = -lens->center[0] / lens->focal[0] * near, right = (200 - lens->center[0]) / lens->focal[0] * near;
  ASSERT_REALS(&gl->frustum_center, (left + right) / 2);
  ASSERT_REALS(&gl->frustum_width, (right - left) / 2);
  ASSERT_REALS(&gl->frustum_top, lens->center[1] / lens->focal[1] * near);
  ASSERT_REALS(&gl->frustum_bottom, (lens->center[1] - 120) / lens->focal[1] * near);
  mjv_freeScene(&scene);
  mj_deleteData(data);
}

/* Computes the position of a mount and the directions of its -z and y in a world's pose. Only the renderer turns a
 * camera to its target. */
static void place_mount(const mjData *data, const myr_mount *mount, mjtNum place[3], mjtNum forward[3], mjtNum up[3]) {
  bool tracks = mount->tracking == MYR_TRACK_BODY || mount->tracking == MYR_TRACK_BODY_COM;
  const mjtNum identity[4] = {1, 0, 0, 0}, *frame = tracks ? identity : data->xquat + 4 * mount->body;
  const float *turn = tracks ? mount->global_quaternion : mount->quaternion;
  mjtNum local[3], own[4] = {turn[0], turn[1], turn[2], turn[3]}, quaternion[4];
  for (int k = 0; k < 3; k++) local[k] = tracks ? mount->offset[k] : mount->position[k];
  mju_rotVecQuat(place, local, frame);
  mju_addTo3(place, (mount->tracking == MYR_TRACK_BODY_COM ? data->subtree_com : data->xpos) + 3 * mount->body);
  mju_mulQuat(quaternion, frame, own);
  mju_rotVecQuat(forward, (mjtNum[]){0, 0, -1}, quaternion);
  mju_rotVecQuat(up, (mjtNum[]){0, 1, 0}, quaternion);
}

static bool has_target(const myr_mount *mount) { return mount->target >= 0; }

static void mounts_as_mujoco_does(void **state) {
  const looks *l = *state;
  const myr_appearance *a = l->appearance;
  mjData *data = mj_makeData(l->mujoco);
  const mjtNum moved[8] = {1, -2, 3, .5, -.5, .5, .5, .7};
  mju_copy(data->qpos, moved, 8);
  mj_forward(l->mujoco, data);
  for (int i = 0; i < a->light_count; i++) {
    mjtNum place[3], forward[3], up[3];
    place_mount(data, &a->lights[i].mount, place, forward, up);
    for (int k = 0; k < 3; k++) assert_true(fabs(place[k] - data->light_xpos[3 * i + k]) < 1e-5);
    for (int k = 0; k < 3 && !has_target(&a->lights[i].mount); k++)
      assert_true(fabs(forward[k] - data->light_xdir[3 * i + k]) < 1e-5);
  }
  for (int i = 0; i < a->camera_count; i++) {
    mjtNum place[3], forward[3], up[3];
    place_mount(data, &a->cameras[i].mount, place, forward, up);
    for (int k = 0; k < 3; k++) assert_true(fabs(place[k] - data->cam_xpos[3 * i + k]) < 1e-5);
    for (int k = 0; k < 3 && !has_target(&a->cameras[i].mount); k++) {
      assert_true(fabs(forward[k] + data->cam_xmat[9 * i + 3 * k + 2]) < 1e-5);
      assert_true(fabs(up[k] - data->cam_xmat[9 * i + 3 * k + 1]) < 1e-5);
    }
  }
  mj_deleteData(data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_visuals),         cmocka_unit_test(looks_as_mujoco_shows_it),
      cmocka_unit_test(reads_materials),       cmocka_unit_test(reads_textures),
      cmocka_unit_test(reads_meshes),          cmocka_unit_test(closes_height_fields),
      cmocka_unit_test(reads_lights),          cmocka_unit_test(reads_cameras),
      cmocka_unit_test(mounts_as_mujoco_does),
  };
  return cmocka_run_group_tests(tests, open_gallery, close_gallery);
}
