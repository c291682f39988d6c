/* The camera of a renderer that belongs to no look; see myr_renderer_aim. */
#ifndef MYR_RENDER_FREE_CAMERA_H
#define MYR_RENDER_FREE_CAMERA_H

#include "render/renderer.h"

/* Without a pose; its focal length follows from the angle. */
extern const myr_view free_camera_view;
/* rad, over the height */
extern const float free_camera_fov;
/* Sets near and far so that things at that distance, m, are seen, however near or far it is. */
void free_camera_limits(float distance, myr_view *view);
/* Places the free camera, as it was aimed, from the scene's origin. */
void place_free_camera(const myr_renderer *renderer, renderer_thread *thread);

#endif
