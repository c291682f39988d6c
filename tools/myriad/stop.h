/* Stopping on a signal: the command ends in order, and leaves no half-made file. */
#ifndef MYR_TOOLS_STOP_H
#define MYR_TOOLS_STOP_H

#include <stdatomic.h>

/* From now on SIGINT, SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 set the number that is returned; the second signal of a kind
 * ends the program at once, and so do 8 s. */
const atomic_int *stop_on_signals(void);

#endif
