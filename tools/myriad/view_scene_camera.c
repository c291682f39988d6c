/* myriad view of a scene or a model: the camera of view's own. It is there if neither the scenario nor a model has one,
 * and then sees all that is shown, from the first picture to the last; or it stays beside an entity. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/model.h"
#include "view_scene.h"

/* From the front and the right, from a little above. */
static const float looking[3] = {-0.549780f, 0.779688f, -0.299880f};

/* ---------------------------------------------------------------------------------------------------- which camera */

const myr_camera_info *camera_of(const scene_view *view, int camera) {
  const myr_look_info *look = myr_look_describe(view->look);
  return camera < look->camera_count ? &look->cameras[camera] : &view->own_camera_info;
}

int first_camera(const scene_view *view) { return view->own_camera ? myr_look_describe(view->look)->camera_count : 0; }
int end_of_cameras(const scene_view *view) { return myr_look_describe(view->look)->camera_count + view->own_camera; }

/* Returns the root body of an entity; 0 if there is no such entity, after a message. */
static int find_entity(const myr_plan_info *plan, const char *wanted) {
  const char **names = calloc((size_t)plan->entity_count + 1, sizeof *names);
  int count = 0, body = 0;
  for (int i = 0; names && i < plan->entity_count; i++) {
    if (plan->entities[i].ground) continue;
    names[count++] = plan->entities[i].name;
    if (!strcmp(plan->entities[i].name, wanted)) body = plan->entities[i].root_body;
  }
  if (!body) {
    const char *near = names ? suggest(wanted, names, count) : NULL;
    fprintf(stderr, "myriad view: there is no entity \"%s\" with a model, which --follow could follow", wanted);
    if (near) fprintf(stderr, "; did you mean %s?", near);
    if (count) fputs("\nhint: there are", stderr);
    for (int k = 0; k < count; k++) fprintf(stderr, "%s %s", k ? "," : "", names[k]);
    fputc('\n', stderr);
  }
  free(names);
  return body;
}

int choose_own_camera(scene_view *view, const char *name) {
  view->own_camera = name || myr_look_describe(view->look)->overview_only;
  view->own_camera_info = myr_free_camera_info;
  if (!name) return EXIT_DONE;
  view->own_camera_info.name = "follow";
  view->followed_body = find_entity(view->scene.plan_info, name);
  return view->followed_body ? EXIT_DONE : EXIT_USAGE;
}

/* ---------------------------------------------------------------------------------------------------- where it looks */

typedef struct box {
  double low[3], high[3];
} box;

static const box nothing = {{3e38, 3e38, 3e38}, {-3e38, -3e38, -3e38}};

static bool is_empty(const box *b) { return b->low[0] > b->high[0]; }

static double diagonal(const box *b) {
  double most = 0;
  for (int k = 0; k < 3; k++)
    if (b->high[k] - b->low[k] > most) most = b->high[k] - b->low[k];
  return most;
}

/* Poses the world at a step of its episode. */
static void pose(scene_view *view, int world, int step) {
  const trajectory *trajectory = &view->trajectories[world];
  const myr_world_look *look = (const myr_world_look *)(view->world_looks + (size_t)world * view->world_look_bytes);
  const int at = step < trajectory->steps ? step : trajectory->steps;
  myr_renderer_pose(view->renderer, 0, look, &trajectory->states[at], NULL);
}

/* Grows two boxes: around everything, and around the trees of bodies that can move. */
static void grow(const scene_view *view, box *all, box *movable) {
  const myr_model *model = view->model;
  int grown = 0; /* bodies of a tree follow each other */
  myr_renderer_bounds(view->renderer, 0, 0, all->low, all->high);
  for (int b = 1; b < model->nbody; b++) {
    if (!model->body_weld[b] || model->body_root[b] == grown) continue;
    grown = model->body_root[b];
    myr_renderer_bounds(view->renderer, 0, grown, movable->low, movable->high);
  }
}

/* The box that an overview has to see. Things many times as large as all that can move, such as walls around a place, are
 * scenery like the ground. */
static box overview_box(scene_view *view, int world, int steps) {
  enum { SCENERY = 20 };
  static const box unit = {{-0.5, -0.5, -0.5}, {0.5, 0.5, 0.5}};
  box all = nothing, movable = nothing;
  for (int step = 0; step < steps; step++) {
    pose(view, world, step);
    grow(view, &all, &movable);
  }
  if (is_empty(&all)) return unit;
  return !is_empty(&movable) && diagonal(&all) > SCENERY * diagonal(&movable) ? movable : all;
}

/* m, in the world */
static void followed_position(const scene_view *view, int world, int step, double position[3]) {
  const myr_poses *poses = &view->trajectories[world].states[step];
  for (int k = 0; k < 3; k++) {
    const int i = 3 * view->followed_body + k;
    position[k] = (double)poses->position[i] + (poses->rest ? (double)poses->rest[i] : 0);
  }
}

/* The box around the followed entity, from its root body's position, at all steps. */
static box followed_box(scene_view *view, int world, int steps) {
  box all = nothing;
  for (int step = 0; step < steps && step <= view->trajectories[world].steps; step++) {
    box now = nothing;
    pose(view, world, step);
    myr_renderer_bounds(view->renderer, 0, view->followed_body, now.low, now.high);
    double at[3];
    followed_position(view, world, step, at);
    for (int k = 0; k < 3 && !is_empty(&now); k++) {
      if (now.low[k] - at[k] < all.low[k]) all.low[k] = now.low[k] - at[k];
      if (now.high[k] - at[k] > all.high[k]) all.high[k] = now.high[k] - at[k];
    }
  }
  for (int k = 0; k < 3 && is_empty(&all); k++) all.low[k] = -0.5, all.high[k] = 0.5;
  return all;
}

myr_status point_own_camera(scene_view *view, int steps, myr_error *error) {
  if (!view->own_camera) return MYR_OK;
  view->aims = calloc((size_t)view->worlds, sizeof *view->aims);
  if (!view->aims) return myr_fail(error, MYR_ERROR, "too little memory for %d cameras", view->worlds);
  int width, height;
  myr_renderer_size(view->renderer, first_camera(view), &width, &height);
  for (int world = 0; world < view->worlds; world++) {
    const box seen = view->followed_body ? followed_box(view, world, steps) : overview_box(view, world, steps);
    myr_aim_at_box(seen.low, seen.high, looking, (float)width / (float)height, &view->aims[world]);
  }
  return MYR_OK;
}

/* The aim of a camera that moves with the followed entity, which it sees without a turn of its own. */
static myr_aim aim_at(const scene_view *view, int world, int step) {
  myr_aim aim = view->aims[world];
  double at[3] = {0, 0, 0};
  if (view->followed_body) followed_position(view, world, step, at);
  for (int k = 0; k < 3; k++) aim.eye[k] += at[k], aim.target[k] += at[k];
  return aim;
}

void aim_own_camera(scene_view *view, int world, int step, int next) {
  if (!view->own_camera) return;
  const myr_aim now = aim_at(view, world, step), then = aim_at(view, world, next);
  myr_renderer_aim(view->renderer, 0, &now, &then);
}
