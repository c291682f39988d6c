/* Infinite planes far from the world's origin. A plane's pattern is computed from the way between the plane's position and
 * the seen point, and a tilted plane's depth too. Where that way is kilometres long, floats leave steps of a millimetre.
 * The renderer therefore draws the same plane with its position next to the scene's origin. */
#ifndef MYR_RENDER_FAR_PLANE_H
#define MYR_RENDER_FAR_PLANE_H

#include "render/renderer.h"

/* Moves the positions of planes that are fixed in the world along themselves, by whole steps of the grid, and shifts
 * their patterns back. The thread has the placed drawables and their next poses. */
void move_far_planes(const myr_renderer *renderer, renderer_thread *thread);

#endif
