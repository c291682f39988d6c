/* What the child process does: the jobs of jobs.def. */
#include "sim/child/ask.h"

#include <stdlib.h>
#include <string.h>

#include "sim/child/jobs.h"
#include "sim/sim.h"

typedef myr_status job(message *request, message *found, myr_error *error);

static job *const jobs[] = {
#define CHILD_JOB(name, serve) serve,
#include "sim/child/jobs.def"
};

void child_serve(message *request, message *answer) {
  *answer = (message){0};
  uint64_t head[CHILD_ANSWER_HEAD] = {0}; /* in place before the job, so that a large model is copied once */
  message_put(answer, head, sizeof head);
  int number = (int)message_take_int(request, 0, CHILD_JOBS - 1);
  myr_package_path_set(message_take_text(request));
  myr_error error = {0};
  myr_status status = request->failed ? myr_fail(&error, MYR_ERROR, "the request for a model is damaged")
                                      : jobs[number](request, answer, &error);
  head[CHILD_STATUS_PLACE] = answer->size;
  message_put_int(answer, status);
  message_put_text(answer, error.message);
  head[CHILD_ANSWER_SIZE] = answer->size;
  if (!answer->failed) memcpy(answer->bytes, head, sizeof head);
}
