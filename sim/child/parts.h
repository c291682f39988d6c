/* Pieces of messages that several jobs share. */
#ifndef MYR_CHILD_PARTS_H
#define MYR_CHILD_PARTS_H

#include "sim/child/message.h"
#include "sim/findings.h"
#include "sim/mujoco/version.h"

/* NULL is a model of its own. */
void message_put_model(message *to, const mjModel *m);
/* A compiled model, which the caller frees with mj_deleteModel. NULL: none was put, or the message has failed. */
mjModel *message_take_model(message *from);

void message_put_findings(message *to, const myr_findings *findings);
void message_take_findings(message *from, myr_findings *findings); /* adds them; findings may be NULL */

/* How a file is to be read. */
void message_put_file(message *to, const char *path, const myr_urdf_choices *choices);
const char *message_take_file(message *from, myr_urdf_choices *choices);

#endif
