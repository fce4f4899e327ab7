// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_JOBS 16

struct job {
  char *command;
  FILE *out;
  int status;
  size_t lines;
  char last[120];
};

static struct job *table[MAX_JOBS];

static int free_slot(void) {
  for (int i = 0; i < MAX_JOBS; i++)
    if (!table[i])
      return i;
  return -1;
}

int job_start(const char *command) {
  int i = free_slot();
  struct job *j;
  if (i < 0)
    return -1;
  j = calloc(1, sizeof *j);
  if (!j)
    return -1;
  j->command = strdup(command);
  j->out = popen(command, "r");
  j->status = -1;
  if (!j->command || !j->out) {
    if (j->out)
      pclose(j->out);
    free(j->command);
    free(j);
    return -1;
  }
  table[i] = j;
  return i;
}

int job_poll(struct job *j) {
  char buf[120];
  if (!j->out)
    return j->status;
  if (fgets(buf, sizeof buf, j->out)) {
    memcpy(j->last, buf, sizeof buf);
    j->lines++;
    return -1;
  }
  j->status = pclose(j->out);
  j->out = NULL;
  return j->status;
}

void job_kill(int i) {
  struct job *j = table[i];
  if (!j)
    return;
  table[i] = NULL;
  if (j->out)
    pclose(j->out);
  free(j->command);
  free(j);
}

void jobs_tick(void) {
  for (int i = 0; i < MAX_JOBS; i++)
    if (table[i] && job_poll(table[i]) >= 0)
      printf("%s: %zu lines, %s\n", table[i]->command, table[i]->lines, table[i]->last);
}
