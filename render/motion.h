/* The motion of bodies between recorded states. myr_pose_before is in render.h. */
#ifndef MYR_RENDER_MOTION_H
#define MYR_RENDER_MOTION_H

#include "render/render.h"

/* Whether the body has another pose at any time in the `before` seconds until `now`. origin: as for pose_before. */
bool pose_moves_before(const myr_poses *now, int body, double before, const double origin[3]);

/* As myr_pose_before, with the position from an origin, m. */
void pose_before(const myr_poses *now, int body, double before, const double origin[3], float position[3],
                 float quaternion[4]);

#endif
