/* The bounds of the language's numbers: each is finite, and `check` tells a number outside with its place. They keep
 * pictures within single precision, whose numbers end at 3e38: the shadows of a prop take the sixth power of lengths.
 * They are wide enough for scenes of Earth's size in kilometres and for pushes that break any robot; a world that such
 * numbers drive beyond 1e10 has diverged, and its episode says so. */
#ifndef MYR_SCENARIOS_BOUNDS_H
#define MYR_SCENARIOS_BOUNDS_H

#define LARGEST_LENGTH 1e6   /* m */
#define SMALLEST_LENGTH 1e-6 /* m; the square of a visible size is still a normal number */
#define LARGEST_FACTOR 1e30  /* and the largest force, impulse or physical parameter in SI */

#define PLACE .low = -LARGEST_LENGTH, .high = LARGEST_LENGTH   /* m */
#define EXTENT .low = SMALLEST_LENGTH, .high = LARGEST_LENGTH  /* m */
#define RADIUS .low = 0, .high = LARGEST_LENGTH                /* m; 0 is none */
#define DIRECTION .low = -1e6, .high = 1e6                     /* of any length */
#define TURN .low = -1e4, .high = 1e4                          /* rad: 1600 turns either way */
#define SPEED .low = -1e6, .high = 1e6                         /* m/s or rad/s */
#define ACCELERATION .low = -1e10, .high = 1e10                /* m/s^2 */
#define PUSH .low = -LARGEST_FACTOR, .high = LARGEST_FACTOR    /* N or N s */
#define FACTOR .low = 0, .high = LARGEST_FACTOR                /* on a physical parameter */
#define STRENGTH .low = 0, .high = 1e6                         /* of light, haze and friction */
#define FRACTION .low = 0, .high = 1                           /* a share */
#define DURATION .low = 0, .high = 1e6                         /* s: 11 days */
#define RATE .low = 0, .high = 1e6                             /* Hz */
#define FOCAL .low = 1e-3, .high = 1e6                         /* px */
#define PIXELS .low = -1e6, .high = 1e6                        /* px */
#define FIELD_OF_VIEW .low = 1e-4, .high = 6.28318530717958648 /* rad */

#endif
