// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

#define JOB_NEW 0
#define JOB_RUNNING 1
#define JOB_DONE 2

struct job {
  int state;
  int result;
  char *input;
};

struct job *job_new(void) { return calloc(1, sizeof(struct job)); }

int job_start(struct job *j, const char *input) {
  if (j->state == JOB_RUNNING)
    return -1;
  free(j->input);
  j->input = strdup(input);
  if (!j->input)
    return -1;
  j->state = JOB_RUNNING;
  return 0;
}

void job_step(struct job *j) {
  if (j->state != JOB_RUNNING)
    return;
  j->result += j->input[0];
  if (j->result > 1000)
    j->state = JOB_DONE;
}

int job_result(struct job *j) { return j->state == JOB_DONE ? j->result : -1; }

void job_free(struct job *j) {
  free(j->input);
  free(j);
}
