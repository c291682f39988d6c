/* Compares the rasterizer with rays in double precision (tests/render/oracle.h), on random frames through every
 * projection.
 *
 * A pixel agrees if it shows the drawable that the ray through its centre meets first, at the right depth, with the
 * right normal and flow. Otherwise it must show what a ray within ORACLE_NEIGHBOURHOOD px sees, or a surface at the
 * same depth but for rounding. Such pixels lie on edges, and they must be few. Anything else is a mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/effort.h"
#include "tests/render/random_frame.h"
#include "tests/render/raster_images.h"

enum { FRAMES = 200, MESH_FRAMES = 16 };

/* The rounding of a few operations on numbers as large as the depth, and as large as the drawables. */
static double depth_tolerance(double depth) { return 1e-5 * depth + 1e-6; }
static const double normal_tolerance = 1e-3;

typedef struct tally {
  long frames, pixels, seen;
  long by_edge, by_depth;                     /* another drawable: an edge is near; both are equally deep */
  long rough_depth, rough_normal, rough_flow; /* right only for a ray nearby */
  long uncertain_instances, instances, flows, intensities;
  double worst_depth, worst_normal, worst_flow; /* of the pixels that agree at the centre; depth in tolerances */
  int mistakes;
} tally;

typedef struct comparison {
  const oracle_scene *scene;
  const myr_view *view;
  const myr_outputs *drawn;
  tally *tally;
  uint64_t seed;
} comparison;

static const char *const shape_names[] = {"plane",     "height field", "sphere", "capsule",
                                          "ellipsoid", "cylinder",     "box",    "mesh"};
static const char *shape_of(const oracle_scene *scene, int drawable) {
  return drawable < 0 ? "nothing" : shape_names[scene->frame->drawables[drawable].shape];
}

enum { MISTAKES_SHOWN = 12 };
__attribute__((format(printf, 3, 4))) static void mistake(const comparison *c, int pixel, const char *format, ...) {
  if (c->tally->mistakes++ >= MISTAKES_SHOWN) return;
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  print_error("seed %llu, projection %d, %d x %d, pixel (%d, %d): %s\n", (unsigned long long)c->seed,
              c->view->projection, c->view->width, c->view->height, pixel % c->view->width, pixel / c->view->width,
              text);
}

/* ------------------------------------------------------------------------------------------------ one pixel */
typedef struct sight {
  int pixel;
  double u, v;
  oracle_hit hit;
  oracle_hit around[ORACLE_NEIGHBOURS]; /* when has_around */
  bool has_around;
} sight;

static const oracle_hit *around(const comparison *c, sight *s) {
  if (!s->has_around)
    oracle_cast_around(c->scene, c->view, s->u, s->v, ORACLE_ANY_INSTANCE, ORACLE_NEIGHBOURHOOD, s->around);
  s->has_around = true;
  return s->around;
}

/* Called if the pixel's drawable is not the oracle's. If a ray nearby meets the shown drawable, or if it is equally
 * deep, sets s->hit to that hit and returns true. */
static bool explain_drawable(const comparison *c, sight *s, int drawable) {
  const double depth = (double)c->drawn->depth[s->pixel];
  const oracle_hit *closest = NULL; /* in depth */
  for (int i = 0; i < ORACLE_NEIGHBOURS; i++) {
    const oracle_hit *other = &around(c, s)[i];
    if (other->drawable == drawable && (!closest || fabs(other->depth - depth) < fabs(closest->depth - depth)))
      closest = other;
  }
  if (closest) {
    s->hit = *closest, c->tally->by_edge++;
    return true;
  }
  if (drawable >= 0 && s->hit.drawable >= 0) {
    double camera[3], direction[3];
    oracle_hit own;
    if (oracle_direction(c->view, s->u, s->v, camera)) {
      oracle_rotate(c->view->rotation, camera, direction);
      if (oracle_cast_drawable(c->scene, c->view, drawable, direction, &own) &&
          own.depth - s->hit.depth <= depth_tolerance(own.depth)) {
        s->hit = own, c->tally->by_depth++;
        return true;
      }
    }
  }
  mistake(c, s->pixel, "shows %s %d at %g m where the ray meets %s %d at %g m", shape_of(c->scene, drawable), drawable,
          depth, shape_of(c->scene, s->hit.drawable), s->hit.drawable, s->hit.depth);
  return false;
}

static void compare_depth(const comparison *c, sight *s) {
  const double depth = (double)c->drawn->depth[s->pixel], tolerance = depth_tolerance(s->hit.depth);
  const double error = fabs(depth - s->hit.depth);
  if (error <= tolerance) {
    c->tally->worst_depth = fmax(c->tally->worst_depth, error / tolerance);
    return;
  }
  /* A drawable thinner than the neighbourhood may show any of its depths. */
  double spread = -1;
  for (int i = 0; i < ORACLE_NEIGHBOURS; i++)
    if (around(c, s)[i].drawable == s->hit.drawable) spread = fmax(spread, fabs(s->around[i].depth - s->hit.depth));
  if (spread < 0) spread = 2 * (double)c->scene->frame->drawables[s->hit.drawable].bound;
  if (error <= spread + tolerance)
    c->tally->rough_depth++;
  else
    mistake(c, s->pixel, "%s %d has depth %.9g, not %.9g m; around it up to %g away",
            shape_of(c->scene, s->hit.drawable), s->hit.drawable, depth, s->hit.depth, spread);
}

static double distance_of(const double a[3], const double b[3]) {
  return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]));
}

static void compare_normal(const comparison *c, sight *s) {
  const float *drawn = c->drawn->normal + 3 * s->pixel;
  const double camera[3] = {(double)drawn[0], (double)drawn[1], (double)drawn[2]};
  double normal[3];
  oracle_rotate(c->view->rotation, camera, normal);
  double error = distance_of(normal, s->hit.normal), spread = 0, nearest = error;
  if (error <= normal_tolerance) {
    c->tally->worst_normal = fmax(c->tally->worst_normal, error);
    return;
  }
  for (int i = 0; i < ORACLE_NEIGHBOURS; i++)
    if (around(c, s)[i].drawable == s->hit.drawable) {
      spread = fmax(spread, distance_of(s->around[i].normal, s->hit.normal));
      nearest = fmin(nearest, distance_of(s->around[i].normal, normal));
    }
  if (nearest <= normal_tolerance || error <= spread + normal_tolerance)
    c->tally->rough_normal++;
  else
    mistake(c, s->pixel, "%s %d has the normal %g %g %g, not %g %g %g", shape_of(c->scene, s->hit.drawable),
            s->hit.drawable, normal[0], normal[1], normal[2], s->hit.normal[0], s->hit.normal[1], s->hit.normal[2]);
}

/* Returns the tolerance of flow: the rounding error of a point divided by its distance, more if it comes near the
 * camera. */
static double flow_tolerance(const comparison *c, const sight *s, const double next[3], double flow) {
  double size = s->hit.depth;
  const myr_drawable *drawable = &c->scene->frame->drawables[s->hit.drawable];
  for (int i = 0; i < 3; i++)
    size = fmax(size, fmax(fabs((double)drawable->next_position[i] - (double)c->view->next_position[i]),
                           fabs(s->hit.local[i])));
  const double focal = fmax((double)c->view->focal[0], (double)c->view->focal[1]);
  const double reach = c->view->projection == MYR_PINHOLE ? next[2] : hypot(next[0], next[1]) + fabs(next[2]);
  const double slant = c->view->projection == MYR_PINHOLE ? 1 + hypot(next[0], next[1]) / next[2] : 1;
  return 1e-3 + 1e-5 * flow + 2e-6 * focal * size / reach * slant;
}

static void compare_flow(const comparison *c, sight *s) {
  double next[3], u, v;
  if (!oracle_project_next(c->scene, c->view, &s->hit, next, &u, &v)) return;
  /* Close to the opposite of a fisheye's axis, and beside a pinhole camera, the smallest change decides the flow. */
  const double distance = sqrt(oracle_dot(next, next));
  if (c->view->projection == MYR_PINHOLE ? next[2] < 0.05 * distance
                                         : next[2] < 0 && hypot(next[0], next[1]) < 0.05 * distance)
    return;
  const float *drawn = c->drawn->flow + 2 * s->pixel;
  const double flow[2] = {u - s->u, v - s->v}, size = hypot(flow[0], flow[1]);
  const double error = hypot((double)drawn[0] - flow[0], (double)drawn[1] - flow[1]);
  double tolerance = flow_tolerance(c, s, next, size), spread = 0;
  c->tally->flows++;
  if (error <= tolerance) {
    c->tally->worst_flow = fmax(c->tally->worst_flow, error);
    return;
  }
  for (int i = 0; i < ORACLE_NEIGHBOURS; i++) {
    double other[3], other_u, other_v;
    if (around(c, s)[i].drawable == s->hit.drawable &&
        oracle_project_next(c->scene, c->view, &s->around[i], other, &other_u, &other_v))
      spread = fmax(spread, hypot(other_u - u, other_v - v));
  }
  if (error <= tolerance + 2 * spread)
    c->tally->rough_flow++;
  else
    mistake(c, s->pixel, "%s %d has the flow %g %g, not %g %g px, allowed %g", shape_of(c->scene, s->hit.drawable),
            s->hit.drawable, (double)drawn[0], (double)drawn[1], flow[0], flow[1], tolerance + 2 * spread);
}

/* Compares the labels that follow from the drawable alone. */
static void compare_ids(const comparison *c, int pixel, int drawable) {
  static const myr_drawable nothing = {0};
  const myr_drawable *d = drawable < 0 ? &nothing : &c->scene->frame->drawables[drawable];
  const myr_outputs *o = c->drawn;
  if (o->instance[pixel] != d->instance || o->semantic[pixel] != d->semantic || o->part[pixel] != d->part)
    mistake(c, pixel, "has ids %d %d %d, not %d %d %d", o->instance[pixel], o->semantic[pixel], o->part[pixel],
            d->instance, d->semantic, d->part);
  const double millimetres = fmin(65535, 1000 * (double)o->depth[pixel]);
  if (fabs(millimetres - o->millimetres[pixel]) > 0.5 + 0x1p-8) /* the product is rounded to a float */
    mistake(c, pixel, "%g m are %d mm", (double)o->depth[pixel], o->millimetres[pixel]);
  if (drawable >= 0) return;
  const float labels[] = {o->depth[pixel],          o->normal[3 * pixel], o->normal[3 * pixel + 1],
                          o->normal[3 * pixel + 2], o->flow[2 * pixel],   o->flow[2 * pixel + 1],
                          o->intensity[pixel]};
  for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
    if (labels[i] != 0) mistake(c, pixel, "label %zu is %g where nothing is seen", i, (double)labels[i]);
}

/* Compares the intensity of plain surfaces: their luminance (Rec. 709) times the magnitude of the cosine between the
 * normal and the direction back to the sensor. The magnitude, because the interpolated normal of a mesh may turn away
 * from the viewer. */
static void compare_intensity(const comparison *c, const sight *s) {
  const myr_surface *surface = &c->scene->frame->surfaces[c->scene->frame->drawables[s->hit.drawable].surface];
  double ray[3];
  if (surface->pattern != MYR_PATTERN_NONE || !oracle_direction(c->view, s->u, s->v, ray)) return;
  oracle_normalize(ray);
  const float *normal = c->drawn->normal + 3 * s->pixel;
  const double cosine = -((double)normal[0] * ray[0] + (double)normal[1] * ray[1] + (double)normal[2] * ray[2]);
  const double luminance =
      0.2126 * (double)surface->color[0] + 0.7152 * (double)surface->color[1] + 0.0722 * (double)surface->color[2];
  const double right = fmin(1, luminance * fabs(cosine)), drawn = (double)c->drawn->intensity[s->pixel];
  c->tally->intensities++;
  if (fabs(drawn - right) > 1e-4) mistake(c, s->pixel, "has the intensity %g, not %g", drawn, right);
}

static void compare_pixel(const comparison *c, int pixel) {
  sight s = {.pixel = pixel, .u = pixel % c->view->width + 0.5, .v = pixel / c->view->width + 0.5};
  s.hit = oracle_cast(c->scene, c->view, s.u, s.v, ORACLE_ANY_INSTANCE);
  const int drawable = c->drawn->drawable[pixel] - 1;
  c->tally->pixels++;
  if (drawable < -1 || drawable >= c->scene->frame->drawable_count) {
    mistake(c, pixel, "shows drawable %d of %d", drawable, c->scene->frame->drawable_count);
    return;
  }
  compare_ids(c, pixel, drawable);
  if (drawable != s.hit.drawable && !explain_drawable(c, &s, drawable)) return;
  if (drawable < 0) return;
  c->tally->seen++;
  compare_depth(c, &s);
  compare_normal(c, &s);
  if (c->view->projection != MYR_BEAMS) compare_flow(c, &s);
  compare_intensity(c, &s);
}

/* ------------------------------------------------------------------------------------------------ instances */
static void grow_box(int32_t box[4], int32_t *count, int i, int j) {
  if (*count == 0) box[0] = i, box[1] = j, box[2] = i + 1, box[3] = j + 1;
  box[0] = box[0] < i ? box[0] : i, box[1] = box[1] < j ? box[1] : j;
  box[2] = box[2] > i + 1 ? box[2] : i + 1, box[3] = box[3] > j + 1 ? box[3] : j + 1;
  ++*count;
}

static bool box_inside(const int32_t inner[4], const int32_t outer[4]) {
  return inner[0] == inner[2] ||
         (inner[0] >= outer[0] && inner[1] >= outer[1] && inner[2] <= outer[2] && inner[3] <= outer[3]);
}

/* Compares the visible pixels exactly with the drawn image. The number of pixels that the instance would have with
 * nothing in front of it must lie between two counts: the pixels in which all rays of the neighbourhood meet it, and
 * those in which any ray does. */
static void compare_instance(const comparison *c, int instance) {
  const myr_instance_view *drawn = &c->drawn->instances[instance];
  myr_instance_view visible = {0}, central = {0}, least = {0}, most = {0};
  c->tally->instances++;
  for (int j = 0; j < c->view->height; j++)
    for (int i = 0; i < c->view->width; i++) {
      if (c->drawn->instance[j * c->view->width + i] == instance) grow_box(visible.tight, &visible.visible, i, j);
      if (oracle_cast(c->scene, c->view, i + 0.5, j + 0.5, instance).drawable >= 0)
        grow_box(central.loose, &central.covered, i, j);
    }
  if (memcmp(visible.tight, drawn->tight, sizeof drawn->tight) || visible.visible != drawn->visible)
    mistake(c, 0, "instance %d has %d visible pixels in %d %d %d %d, not %d in %d %d %d %d", instance, drawn->visible,
            drawn->tight[0], drawn->tight[1], drawn->tight[2], drawn->tight[3], visible.visible, visible.tight[0],
            visible.tight[1], visible.tight[2], visible.tight[3]);
  if (central.covered == drawn->covered && !memcmp(central.loose, drawn->loose, sizeof drawn->loose)) return;
  c->tally->uncertain_instances++;
  for (int j = 0; j < c->view->height; j++)
    for (int i = 0; i < c->view->width; i++) {
      oracle_hit hits[ORACLE_NEIGHBOURS];
      bool any = oracle_cast(c->scene, c->view, i + 0.5, j + 0.5, instance).drawable >= 0, all = any;
      oracle_cast_around(c->scene, c->view, i + 0.5, j + 0.5, instance, ORACLE_NEIGHBOURHOOD, hits);
      for (int k = 0; k < ORACLE_NEIGHBOURS; k++) any |= hits[k].drawable >= 0, all &= hits[k].drawable >= 0;
      if (any) grow_box(most.loose, &most.covered, i, j);
      if (all) grow_box(least.loose, &least.covered, i, j);
    }
  if (drawn->covered < least.covered || drawn->covered > most.covered || !box_inside(least.loose, drawn->loose) ||
      !box_inside(drawn->loose, most.loose))
    mistake(c, 0, "instance %d covers %d pixels in %d %d %d %d; right are %d to %d in %d %d %d %d", instance,
            drawn->covered, drawn->loose[0], drawn->loose[1], drawn->loose[2], drawn->loose[3], least.covered,
            most.covered, most.loose[0], most.loose[1], most.loose[2], most.loose[3]);
}

/* An instance that is drawn alone shows exactly the pixels that it is said to cover. */
static void compare_alone(const comparison *c, const myr_raster *raster, int instance) {
  myr_drawable own[FRAME_DRAWABLES];
  myr_frame frame = *c->scene->frame;
  frame.drawables = own, frame.drawable_count = 0;
  for (int i = 0; i < c->scene->frame->drawable_count; i++)
    if (c->scene->frame->drawables[i].instance == instance) own[frame.drawable_count++] = c->scene->frame->drawables[i];
  raster_images images = images_create(c->view->width, c->view->height, frame.instance_count, IMAGES_LABELS);
  images_draw(raster, &frame, c->view, &images, 0xff);
  const myr_instance_view *alone = &images.outputs.instances[instance], *drawn = &c->drawn->instances[instance];
  if (alone->visible != drawn->covered || memcmp(alone->tight, drawn->loose, sizeof drawn->loose))
    mistake(c, 0, "instance %d covers %d pixels, but drawn alone %d are visible", instance, drawn->covered,
            alone->visible);
  images_free(&images);
}

/* ------------------------------------------------------------------------------------------------ frames */
static void compare_frame(tally *t, uint64_t seed, int projection, bool meshes) {
  static random_frame f;
  const myr_raster *rasters[4];
  const int widths = raster_widths(rasters);
  random_frame_make(&f, seed, projection, meshes);
  /* Only the finest level; test_levels.c tests the others. */
  for (int i = 0; i < FRAME_MESHES; i++) f.meshes[i].level_count = 1;
  raster_images images[4];
  for (int w = 0; w < widths; w++) {
    images[w] = images_create(f.view.width, f.view.height, FRAME_INSTANCES, IMAGES_LABELS);
    images_draw(rasters[w], &f.frame, &f.view, &images[w], 0xff);
  }
  const comparison c = {&f.scene, &f.view, &images[0].outputs, t, seed};
  t->frames++;
  for (int w = 1; w < widths; w++)
    if (memcmp(images[0].memory, images[w].memory, images[0].bytes))
      mistake(&c, 0, "%d lanes draw other bytes than %d", rasters[w]->lanes, rasters[0]->lanes);
  for (int pixel = 0; pixel < f.view.width * f.view.height; pixel++) compare_pixel(&c, pixel);
  for (int instance = 1; instance <= FRAME_INSTANCES; instance++) {
    compare_instance(&c, instance);
    compare_alone(&c, rasters[widths - 1], instance);
  }
  for (int w = 0; w < widths; w++) images_free(&images[w]);
  random_frame_free(&f);
}

/* Reads a number from the environment: MYRIAD_ORACLE_SEED is the first seed, MYRIAD_ORACLE_FRAMES the number of
 * frames. */
static long number_of(const char *variable, long otherwise) {
  const char *text = getenv(variable);
  return text ? atol(text) : otherwise;
}

static void compare_frames(int projection, bool meshes) {
  tally t = {0};
  const long first = number_of("MYRIAD_ORACLE_SEED", 1),
             count = number_of("MYRIAD_ORACLE_FRAMES", effort(meshes ? MESH_FRAMES : FRAMES));
  for (long i = 0; i < count; i++) compare_frame(&t, (uint64_t)(first + i), projection, meshes);
  const long rough = t.by_edge + t.by_depth + t.rough_depth + t.rough_normal + t.rough_flow;
  print_message("%ld frames, %ld pixels, %ld seen; other drawable at an edge %ld, at equal depth %ld; only near it "
                "right: depth %ld, normal %ld, flow %ld; instances on an edge %ld of %ld\n",
                t.frames, t.pixels, t.seen, t.by_edge, t.by_depth, t.rough_depth, t.rough_normal, t.rough_flow,
                t.uncertain_instances, t.instances);
  print_message(
      "worst at the centre: depth %.3f of its tolerance, normal %.1e, flow %.1e px; %ld flows, %ld intensities\n",
      t.worst_depth, t.worst_normal, t.worst_flow, t.flows, t.intensities);
  if (t.mistakes) fail_msg("%d mistakes", t.mistakes);
  assert_true(t.seen > t.pixels / 10); /* the frames are not empty */
  assert_true(rough * 2000 < t.pixels);
  assert_true((t.by_edge + t.by_depth - 1) * 50000 < t.pixels);
}

/* ------------------------------------------------------------------------------------------------ there and back */
/* Exchanges two blocks of memory. If now and next of a frame are exchanged, motions go back: the flow of the exchanged
 * frame, at the point to which the flow of the first one leads, cancels the first flow. */
static void exchange(void *a, void *b, size_t bytes) {
  uint8_t kept[64];
  memcpy(kept, a, bytes), memcpy(a, b, bytes), memcpy(b, kept, bytes);
}

static void turn_back(random_frame *f) {
  exchange(f->view.position, f->view.next_position, sizeof f->view.position);
  exchange(f->view.rotation, f->view.next_rotation, sizeof f->view.rotation);
  for (int i = 0; i < f->frame.drawable_count; i++) {
    myr_drawable *d = &f->drawables[i];
    exchange(d->position, d->next_position, sizeof d->position);
    exchange(d->rotation, d->next_rotation, sizeof d->rotation);
  }
}

/* Computes from the drawn depth where the pixel's point is when the next frame is taken. */
static bool point_next(const random_frame *f, const myr_outputs *o, int pixel, double next[3], double *u, double *v) {
  oracle_hit hit = {.drawable = o->drawable[pixel] - 1, .depth = (double)o->depth[pixel]};
  if (hit.drawable < 0) return false;
  const myr_drawable *drawable = &f->drawables[hit.drawable];
  double camera[3], direction[3], offset[3];
  oracle_direction(&f->view, pixel % f->view.width + 0.5, pixel / f->view.width + 0.5, camera);
  oracle_rotate(f->view.rotation, camera, direction);
  for (int i = 0; i < 3; i++)
    offset[i] = (double)f->view.position[i] + hit.depth * direction[i] - (double)drawable->position[i];
  oracle_rotate_back(drawable->rotation, offset, hit.local);
  return oracle_project_next(&f->scene, &f->view, &hit, next, u, v);
}

/* Interpolates the flow of the four pixels around (u, v), and computes how much it differs among them. Returns false if
 * they do not show the drawable at that depth, because the point is then hidden. */
static bool sample_flow(const myr_view *view, const myr_outputs *o, double u, double v, int drawable, double depth,
                        double flow[2], double *spread) {
  const int i = (int)floor(u - 0.5), j = (int)floor(v - 0.5);
  if (!(i >= 0 && j >= 0 && i + 1 < view->width && j + 1 < view->height)) return false;
  const double s = u - 0.5 - i, t = v - 0.5 - j, weights[4] = {(1 - s) * (1 - t), s * (1 - t), (1 - s) * t, s * t};
  double low = INFINITY, high = 0;
  flow[0] = flow[1] = *spread = 0;
  for (int k = 0; k < 4; k++) {
    const int pixel = (j + k / 2) * view->width + i + k % 2;
    const float *here = o->flow + 2 * pixel, *first = o->flow + 2 * (j * view->width + i);
    if (o->drawable[pixel] != drawable) return false;
    low = fmin(low, (double)o->depth[pixel]), high = fmax(high, (double)o->depth[pixel]);
    for (int axis = 0; axis < 2; axis++) flow[axis] += weights[k] * (double)here[axis];
    *spread = fmax(*spread, hypot((double)(here[0] - first[0]), (double)(here[1] - first[1])));
  }
  return depth > 0.999 * low && depth < 1.001 * high;
}

static void flow_returns(void **state) {
  (void)state;
  static random_frame f;
  const myr_raster *raster = NULL;
  assert_int_equal(myr_raster_find(0, &raster, NULL), MYR_OK);
  long followed = 0, returned = 0;
  for (int seed = 1; seed <= 60; seed++) {
    random_frame_make(&f, (uint64_t)seed, MYR_PINHOLE, false);
    raster_images there = images_create(f.view.width, f.view.height, FRAME_INSTANCES, IMAGES_LABELS);
    raster_images back = images_create(f.view.width, f.view.height, FRAME_INSTANCES, IMAGES_LABELS);
    images_draw(raster, &f.frame, &f.view, &there, 0xff);
    turn_back(&f);
    images_draw(raster, &f.frame, &f.view, &back, 0xff);
    turn_back(&f);
    for (int pixel = 0; pixel < f.view.width * f.view.height; pixel++) {
      const float *flow = there.outputs.flow + 2 * pixel;
      double next[3], u, v, other[2], spread;
      if (!point_next(&f, &there.outputs, pixel, next, &u, &v)) continue;
      u = pixel % f.view.width + 0.5 + (double)flow[0], v = pixel / f.view.width + 0.5 + (double)flow[1];
      if (!sample_flow(&f.view, &back.outputs, u, v, there.outputs.drawable[pixel], next[2], other, &spread)) continue;
      followed++;
      returned += hypot((double)flow[0] + other[0], (double)flow[1] + other[1]) <= 0.02 + spread;
    }
    images_free(&there), images_free(&back);
    random_frame_free(&f);
  }
  print_message("%ld points followed, %ld return\n", followed, returned);
  /* Not all return, because a corner of a box may lie between the four pixels. */
  assert_true(followed > 5000 && returned > 0.999 * followed);
}

/* ------------------------------------------------------------------------------------------------ ties */
/* If every drawable exists twice, at exactly the same depths, the second copy is shown. */
static void higher_index_wins(void **state) {
  (void)state;
  static random_frame f;
  const myr_raster *raster = NULL;
  assert_int_equal(myr_raster_find(0, &raster, NULL), MYR_OK);
  for (int seed = 1; seed <= 12; seed++) {
    random_frame_make(&f, 700 + (uint64_t)seed, seed % 3, seed % 2);
    myr_drawable twice[2 * FRAME_DRAWABLES];
    const int count = f.frame.drawable_count;
    raster_images once = images_create(f.view.width, f.view.height, FRAME_INSTANCES, IMAGES_LABELS);
    raster_images copied = images_create(f.view.width, f.view.height, FRAME_INSTANCES, IMAGES_LABELS);
    images_draw(raster, &f.frame, &f.view, &once, 0xff);
    memcpy(twice, f.drawables, (size_t)count * sizeof *twice);
    memcpy(twice + count, f.drawables, (size_t)count * sizeof *twice);
    f.frame.drawables = twice, f.frame.drawable_count = 2 * count;
    images_draw(raster, &f.frame, &f.view, &copied, 0xff);
    for (int i = 0; i < f.view.width * f.view.height; i++)
      if (copied.outputs.drawable[i]) copied.outputs.drawable[i] -= count;
    assert_memory_equal(once.memory, copied.memory, once.bytes);
    images_free(&once), images_free(&copied);
    random_frame_free(&f);
  }
}

static void test_pinhole(void **state) { (void)state, compare_frames(MYR_PINHOLE, false); }
static void test_fisheye(void **state) { (void)state, compare_frames(MYR_FISHEYE, false); }
static void test_beams(void **state) { (void)state, compare_frames(MYR_BEAMS, false); }
static void test_pinhole_meshes(void **state) { (void)state, compare_frames(MYR_PINHOLE, true); }
static void test_fisheye_meshes(void **state) { (void)state, compare_frames(MYR_FISHEYE, true); }
static void test_beams_meshes(void **state) { (void)state, compare_frames(MYR_BEAMS, true); }

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pinhole),        cmocka_unit_test(test_fisheye),        cmocka_unit_test(test_beams),
      cmocka_unit_test(test_pinhole_meshes), cmocka_unit_test(test_fisheye_meshes), cmocka_unit_test(test_beams_meshes),
      cmocka_unit_test(flow_returns),        cmocka_unit_test(higher_index_wins),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
