/* Pictures far from the world's origin. A float has steps of 1 mm at 10 km, so the renderer places the bodies, views and
 * lights of a picture from a point of a wide grid (kernels/far_out.h) near its camera. Labels that belong to no camera are
 * computed from such points near their things. Near the world's origin that point is the origin itself, and all numbers
 * are those of plain coordinates. */
#ifndef MYR_RENDER_SCENE_ORIGIN_H
#define MYR_RENDER_SCENE_ORIGIN_H

#include "render/render.h"

/* The grid point near a position, m in the world. It need not be precise, but must not depend on the last picture. */
void scene_origin_near(const float position[3], double origin[3]);

bool scene_origin_is_world(const double origin[3]);
bool scene_origins_are_equal(const double a[3], const double b[3]);

/* The poses with positions from the origin, the world's own body among them. room: (nbody, 3) for positions; unused where
 * the origin is the world's. */
myr_poses poses_from_origin(const myr_poses *poses, int bodies, const double origin[3], float *room);

/* m; of a body, from the origin, as it is placed. */
void position_from_origin(const myr_poses *poses, int body, const double origin[3], float out[3]);

#endif
