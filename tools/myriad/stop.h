/* Stopping on a signal: SIGINT, SIGTERM, SIGUSR1, SIGUSR2, and SIGHUP unless nohup has the program ignore it. There are three
 * ways, and each replaces the one before. None of them leaves a half-made file. */
#ifndef MYR_TOOLS_STOP_H
#define MYR_TOOLS_STOP_H

#include <stdatomic.h>
#include <stdbool.h>

/* The way of commands that have nothing to save: the signal ends them, as it ends any program. */
void end_on_signals(void);

/* The way of a command whose work has not begun: it ends at once, with the exit code of a stop. */
void stop_at_once_on_signals(void);

/* The way of a command at work: signals set the number that is returned, and the command ends in order. The second signal
 * of a kind ends the program at once, and so do 6 s, or fewer where much memory must be freed. ends_waits: a signal also ends
 * a call that waits, with EINTR. */
const atomic_int *stop_on_signals(bool ends_waits);

#endif
