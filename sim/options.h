/* The options of a file, and of a scene whose files must agree; kernels/option.def is their list. */
#ifndef MYR_SIM_OPTIONS_H
#define MYR_SIM_OPTIONS_H

#include "sim/mujoco/import.h"
#include "sim/sim.h"

/* The options of a compiled file, or MuJoCo's defaults when m is NULL. A gravity that the file disables is zero. */
void options_read(const mjModel *m, myr_options *options);
/* Sets MuJoCo's options of the same names; all others keep their values. */
void options_write(const myr_options *options, mjOption *to);

/* The options that hold in a scene of the parts; see myr_scene_options. Returns the number of conflicts. */
int options_join(const myr_scene *scene, const import_part *parts, myr_options *options,
                 myr_option_conflict conflicts[MYR_OPTION_CONFLICTS]);

/* The value of one option as the language writes it, such as "0.002 s" or "[contact, limit]". Returns text. */
enum { OPTION_TEXT_BYTES = 128 };
const char *option_text(enum myr_option option, const myr_options *options, char text[OPTION_TEXT_BYTES]);

#endif
