// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct pjob {
  struct pjob *next;
  int id;
  int pages, printed;
};

struct spooler {
  struct pjob *queue;
  struct pjob *current;
  int next_id;
  unsigned long pages;
};

struct spooler *spool_new(void) { return calloc(1, sizeof(struct spooler)); }

int spool_add(struct spooler *s, int pages) {
  struct pjob *j = calloc(1, sizeof *j);
  if (!j)
    return -1;
  j->id = ++s->next_id;
  j->pages = pages;
  struct pjob **pp = &s->queue;
  while (*pp)
    pp = &(*pp)->next;
  *pp = j;
  return j->id;
}

static void remove_job(struct spooler *s, struct pjob *j) {
  for (struct pjob **pp = &s->queue; *pp; pp = &(*pp)->next)
    if (*pp == j) {
      *pp = j->next;
      break;
    }
  free(j);
}

int spool_step(struct spooler *s) {
  if (!s->current)
    s->current = s->queue;
  if (!s->current)
    return 0;
  s->pages++;
  if (++s->current->printed >= s->current->pages) {
    struct pjob *done = s->current;
    s->current = NULL;
    remove_job(s, done);
  }
  return 1;
}

int spool_cancel(struct spooler *s, int id) {
  for (struct pjob *j = s->queue; j; j = j->next)
    if (j->id == id) {
      remove_job(s, j);
      return 0;
    }
  return -1;
}

unsigned long spool_pages(const struct spooler *s) { return s->pages; }

void spool_free(struct spooler *s) {
  while (s->queue)
    remove_job(s, s->queue);
  free(s);
}
