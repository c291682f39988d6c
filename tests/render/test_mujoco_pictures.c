/* Compares pictures of our robots with MuJoCo's own renderer: geoms and depth, through the same cameras. MuJoCo draws
 * round shapes as triangles and leaves edges to OpenGL, so the two may differ within a pixel of an edge and nowhere
 * else. The test is skipped if OSMesa, an OpenGL in software, is not installed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dlfcn.h>

#include "tests/render/mujoco_scene.h"

enum { SIDE = 128, POSES = 3, SKIPPED = 77, SLICES = 200 };

/* ------------------------------------------------------------------------------------------------ OpenGL */
/* The test loads OSMesa at run time, because building Myriad must not need it. The library is loaded for the whole
 * process, so that MuJoCo finds OpenGL's functions in it. The values are those of GL/osmesa.h. */
enum { OSMESA_RGBA_FORMAT = 0x1908, GL_UNSIGNED_BYTE_TYPE = 0x1401, DEPTH_BITS = 24 };

static uint8_t frame_buffer[SIDE * SIDE * 4];

/* Hides memory that Mesa keeps until the end from the leak sanitizer. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libOSMesa\nleak:libglapi\n"; }

/* Opens a context for MuJoCo to draw in. Returns NULL, or the reason why there is none. */
static const char *open_graphics(void) {
  static const char *const names[] = {"libOSMesa.so.8", "libOSMesa.so.6", "libOSMesa.so"};
  void *library = NULL;
  for (int i = 0; i < 3 && !library; i++) library = dlopen(names[i], RTLD_NOW | RTLD_GLOBAL);
  if (!library) return "libOSMesa is not installed";
  void *(*create)(unsigned, int, int, int, void *);
  unsigned char (*make_current)(void *, void *, unsigned, int, int);
  *(void **)&create = dlsym(library, "OSMesaCreateContextExt");
  *(void **)&make_current = dlsym(library, "OSMesaMakeCurrent");
  if (!create || !make_current) return "libOSMesa lacks its functions";
  void *context = create(OSMESA_RGBA_FORMAT, DEPTH_BITS, 8, 8, NULL);
  if (!context || !make_current(context, frame_buffer, GL_UNSIGNED_BYTE_TYPE, SIDE, SIDE))
    return "OSMesa has no context";
  return NULL;
}

static void refuse(const char *message) { fail_msg("MuJoCo: %s", message); }

/* ------------------------------------------------------------------------------------------------ pictures */
typedef struct picture {
  int geom[SIDE * SIDE]; /* -1: nothing */
  double depth[SIDE * SIDE];
} picture;

typedef struct graphics {
  mjvScene scene;
  mjrContext context;
} graphics;

static void graphics_open(graphics *g, mujoco_scene *s) {
  mjModel *m = s->model;
  m->vis.quality.numslices = m->vis.quality.numstacks = SLICES;
  m->vis.quality.offsamples = 0;
  m->vis.global.offwidth = m->vis.global.offheight = SIDE;
  m->stat.extent = 1; /* the limits of depth are multiples of it */
  m->vis.map.znear = s->near_limit, m->vis.map.zfar = s->far_limit;
  mjv_defaultScene(&g->scene);
  mjv_makeScene(m, &g->scene, 1000);
  mjr_defaultContext(&g->context);
  mjr_makeContext(m, &g->context, mjFONTSCALE_100);
  mjr_setBuffer(mjFB_OFFSCREEN, &g->context);
  assert_int_equal(g->context.currentBuffer, mjFB_OFFSCREEN);
}

static void graphics_close(graphics *g) {
  mjr_freeContext(&g->context);
  mjv_freeScene(&g->scene);
}

static void draw_mujoco(graphics *g, mujoco_scene *s, int camera, picture *p) {
  static uint8_t rgb[SIDE * SIDE * 3];
  static float depth[SIDE * SIDE];
  mjvOption option;
  mjvCamera view;
  mjv_defaultOption(&option);
  for (int group = 0; group < mjNGROUP; group++) option.sitegroup[group] = 0;
  mjv_defaultCamera(&view);
  view.type = mjCAMERA_FIXED, view.fixedcamid = camera;
  mjv_updateScene(s->model, s->data, &option, NULL, &view, mjCAT_ALL, &g->scene);
  g->scene.flags[mjRND_SEGMENT] = g->scene.flags[mjRND_IDCOLOR] = 1;
  const mjrRect whole = {0, 0, SIDE, SIDE};
  mjr_render(whole, &g->scene, &g->context);
  mjr_readPixels(rgb, depth, whole, &g->context);
  int geom_of[1001];
  for (int i = 0; i <= 1000; i++) geom_of[i] = -1;
  for (int i = 0; i < g->scene.ngeom; i++)
    if (g->scene.geoms[i].objtype == mjOBJ_GEOM && g->scene.geoms[i].segid >= 0)
      geom_of[g->scene.geoms[i].segid + 1] = g->scene.geoms[i].objid;
  const double near = (double)s->near_limit, far = (double)s->far_limit;
  for (int j = 0; j < SIDE; j++)
    for (int i = 0; i < SIDE; i++) {
      const int from = (SIDE - 1 - j) * SIDE + i, to = j * SIDE + i; /* OpenGL's rows go upwards */
      const int id = rgb[3 * from] | rgb[3 * from + 1] << 8 | rgb[3 * from + 2] << 16;
      assert_true(id <= 1000);
      p->geom[to] = geom_of[id];
      p->depth[to] = near / (1 - (double)depth[from] * (1 - near / far));
    }
}

static void draw_myriad(mujoco_scene *s, int camera, picture *p) {
  static int32_t drawable[SIDE * SIDE];
  static float depth[SIDE * SIDE];
  const myr_image image = {.pixels = {.drawable = drawable, .depth = depth}};
  myr_renderer_draw(s->renderer, 0, camera, &image, NULL);
  for (int i = 0; i < SIDE * SIDE; i++) p->geom[i] = scene_geom(s, drawable[i]), p->depth[i] = (double)depth[i];
}

/* ------------------------------------------------------------------------------------------------ comparison */
typedef struct tally {
  long pixels, seen, moved, interior, deep;
  double sum, worst; /* of relative depth, off the edges */
} tally;

/* Whether a pixel or one of its neighbours shows the geom, whether all of them do, and the range of their depths. */
typedef struct surroundings {
  bool any, all;
  double low, high;
} surroundings;

static surroundings look_around(const picture *p, int x, int y, int geom) {
  surroundings s = {.any = false, .all = true, .low = INFINITY, .high = -INFINITY};
  for (int j = y - 1; j <= y + 1; j++)
    for (int i = x - 1; i <= x + 1; i++) {
      if (i < 0 || j < 0 || i >= SIDE || j >= SIDE) continue;
      const bool same = p->geom[j * SIDE + i] == geom;
      s.any |= same, s.all &= same;
      if (same) s.low = fmin(s.low, p->depth[j * SIDE + i]), s.high = fmax(s.high, p->depth[j * SIDE + i]);
    }
  return s;
}

/* Returns the tolerance of a depth. A polygon of SLICES sides lies inside its circle, and 24 bits between the limits
 * resolve a depth z to z^2 / near / 2^24; both errors are small beside the tolerance. */
static double depth_tolerance(const mujoco_scene *s, double depth) {
  return 2e-4 * depth + 2 * depth * depth / (double)s->near_limit * 0x1p-24 + 1e-4;
}

/* Whether the camera sees the back of a plane. MuJoCo shows it, Myriad looks through it. */
static bool shows_back(const mujoco_scene *s, int camera, int geom) {
  if (geom < 0 || s->model->geom_type[geom] != mjGEOM_PLANE) return false;
  const mjtNum *up = s->data->geom_xmat + 9 * geom;
  mjtNum offset[3];
  mju_sub3(offset, s->data->cam_xpos + 3 * camera, s->data->geom_xpos + 3 * geom);
  return offset[0] * up[2] + offset[1] * up[5] + offset[2] * up[8] <= 0;
}

static void compare_pixel(const mujoco_scene *s, int camera, const picture *own, const picture *other, int i, int j,
                          tally *t) {
  const int at = j * SIDE + i, geom = own->geom[at];
  if (shows_back(s, camera, other->geom[at])) return;
  const surroundings there = look_around(other, i, j, geom), here = look_around(own, i, j, geom);
  t->pixels++, t->seen += geom >= 0;
  if (other->geom[at] != geom) {
    t->moved++;
    if (there.any || look_around(own, i, j, other->geom[at]).any) return;
    if (t->interior++ < 5)
      print_error("%s, camera %d, pixel (%d, %d): %s at %g m, MuJoCo shows %s at %g m\n", s->name, camera, i, j,
                  scene_geom_name(s, geom), own->depth[at], scene_geom_name(s, other->geom[at]), other->depth[at]);
    return;
  }
  if (geom < 0 || !there.all || !here.all) return;
  const double error = fabs(own->depth[at] - other->depth[at]);
  t->sum += error / own->depth[at], t->worst = fmax(t->worst, error / own->depth[at]), t->deep++;
  /* MuJoCo's triangles turn a steep surface a little: by an eighth of the depth that it falls from pixel to pixel. */
  if (error > depth_tolerance(s, own->depth[at]) + (there.high - there.low) / 8)
    fail_msg("%s, camera %d, pixel (%d, %d): %s is at %.6g m, in MuJoCo's picture at %.6g m", s->name, camera, i, j,
             scene_geom_name(s, geom), own->depth[at], other->depth[at]);
}

static void test_pictures(void **state) {
  (void)state;
  static picture own, other;
  for (int model = 0; model < SCENE_MODELS; model++) {
    mujoco_scene s;
    graphics g;
    tally t = {0};
    scene_open(&s, scene_models[model].path, scene_models[model].target, SIDE);
    graphics_open(&g, &s);
    for (int pose = 0; pose < POSES; pose++) {
      scene_pose(&s, pose);
      for (int camera = 0; camera < SCENE_CAMERAS; camera++) {
        draw_mujoco(&g, &s, camera, &other);
        draw_myriad(&s, camera, &own);
        for (int j = 0; j < SIDE; j++)
          for (int i = 0; i < SIDE; i++) compare_pixel(&s, camera, &own, &other, i, j, &t);
      }
    }
    print_message("%s: %ld pixels, %ld seen; another geom %.3f %%, off the edges %ld; depth off the edges: mean %.1e, "
                  "worst %.1e relative\n",
                  s.name, t.pixels, t.seen, 100.0 * t.moved / t.pixels, t.interior, t.sum / t.deep, t.worst);
    assert_int_equal(t.interior, 0);
    assert_true(t.moved * 1000 < t.pixels);
    assert_true(t.seen > t.pixels / 4 && t.deep > t.seen / 2);
    graphics_close(&g);
    scene_close(&s);
  }
}

int main(void) {
  const char *reason = open_graphics();
  if (reason) {
    print_message("skipped: %s\n", reason);
    return SKIPPED;
  }
  mju_user_error = refuse;
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_pictures)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
