/* Pictures far from the world's origin. A float has steps of 1 mm at 10 km, so the renderer places a world's bodies, views
 * and lights from a point of a wide grid near the first camera, or near the first body that moves where no camera is.
 * Near the world's origin that point is the origin itself, and nothing changes. */
#ifndef MYR_RENDER_SCENE_ORIGIN_H
#define MYR_RENDER_SCENE_ORIGIN_H

#include "render/renderer.h"

/* The grid point near the first camera of the bodies, which are placed from the world's origin. */
void scene_origin_find(const myr_renderer *renderer, const float *values, placed_bodies *bodies, double origin[3]);

bool scene_origin_is_world(const double origin[3]);

/* The poses with positions from the origin, the world's own body among them. room: (nbody, 3) for positions; unused where
 * the origin is the world's. */
myr_poses poses_from_origin(const myr_poses *poses, int bodies, const double origin[3], float *room);

/* m; of a body, from the origin, as it is placed. */
void position_from_origin(const myr_poses *poses, int body, const double origin[3], float out[3]);

#endif
