#include "render/far_plane.h"

#include <math.h>
#include <string.h>

#include "kernels/far_out.h"
#include "kernels/model.h"

/* Every pattern that lies in the plane's two axes repeats after 2 mapped units. */
static const double period = 2;

/* Whether the plane looks the same when it is moved along itself with its pattern shifted. Noise and cube maps belong to
 * the plane's own point. Noise is smooth, so a millimetre is not seen in it. */
static bool can_move(const myr_renderer *renderer, const myr_drawable *d, const myr_surface *surface) {
  const myr_look *look = renderer->look;
  if (d->shape != MYR_GEOM_PLANE || look->model->body_weld[look->visuals[d->surface].body]) return false;
  if (surface->pattern == MYR_PATTERN_BITMAP && look->bitmaps[surface->texture].faces == 6) return false;
  return surface->mapping != MYR_MAPPING_UV && surface->pattern != MYR_PATTERN_NOISE &&
         surface->pattern != MYR_PATTERN_CROSS;
}

static double along(const float rotation[9], int axis, const double way[3]) {
  double sum = 0;
  for (int i = 0; i < 3; i++) sum += (double)rotation[3 * i + axis] * way[i];
  return sum;
}

/* The way, in the plane, to a position near the scene's origin: whole steps of the grid along the axes that have no end.
 * The axes of a float matrix are not quite perpendicular, so what would leave the plane is taken out. False: no way. */
static bool find_way(const myr_drawable *d, double way[3]) {
  const double to_origin[3] = {-(double)d->position[0], -(double)d->position[1], -(double)d->position[2]};
  double normal[3], out = 0, size = 0;
  bool any = false;
  memset(way, 0, 3 * sizeof *way);
  for (int axis = 0; axis < 2; axis++) {
    if (d->size[axis] > 0) continue;
    const double steps = MYR_ORIGIN_GRID * rint(along(d->rotation, axis, to_origin) / MYR_ORIGIN_GRID);
    for (int i = 0; i < 3; i++) way[i] += steps * (double)d->rotation[3 * i + axis];
    any |= steps != 0;
  }
  for (int i = 0; i < 3; i++) {
    normal[i] = (double)d->rotation[3 * i + 2];
    out += normal[i] * way[i];
    size += normal[i] * normal[i];
  }
  for (int i = 0; i < 3; i++) way[i] -= normal[i] * out / size;
  return any;
}

static void move(myr_drawable *d, myr_surface *surface, const double way[3]) {
  for (int i = 0; i < 3; i++) d->position[i] = (float)((double)d->position[i] + way[i]);
  memcpy(d->next_position, d->position, sizeof d->next_position);
  for (int axis = 0; axis < 2; axis++) {
    const double shift = (double)surface->scale[axis] * along(d->rotation, axis, way);
    surface->offset[axis] = (float)((double)surface->offset[axis] + remainder(shift, period));
  }
}

void move_far_planes(const myr_renderer *renderer, renderer_thread *thread) {
  for (int i = 0; i < thread->frame.drawable_count; i++) {
    myr_drawable *d = &thread->drawables[i];
    double way[3];
    if (!can_move(renderer, d, &thread->frame.surfaces[d->surface]) || !find_way(d, way)) continue;
    if (thread->frame.surfaces != thread->surfaces) {
      memcpy(thread->surfaces, thread->frame.surfaces,
             (size_t)renderer->look->info.visual_count * sizeof *thread->surfaces);
      thread->frame.surfaces = thread->surfaces;
    }
    move(d, &thread->surfaces[d->surface], way);
  }
}
