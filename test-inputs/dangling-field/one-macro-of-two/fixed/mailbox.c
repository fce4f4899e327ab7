// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XFREE(p) free(p)
#define FREE_AND_NULL(p) do { free(p); (p) = NULL; } while (0)

struct mailbox {
  char *draft;
  int sent, dropped;
};

struct mailbox *mailbox_new(void) { return calloc(1, sizeof(struct mailbox)); }

int mailbox_write(struct mailbox *m, const char *text) {
  char *copy = strdup(text);
  if (!copy)
    return -1;
  FREE_AND_NULL(m->draft);
  m->draft = copy;
  return 0;
}

void mailbox_discard(struct mailbox *m) {
  FREE_AND_NULL(m->draft);
  m->dropped++;
}

int mailbox_send(struct mailbox *m, FILE *to) {
  if (!m->draft)
    return -1;
  fputs(m->draft, to);
  FREE_AND_NULL(m->draft);
  m->sent++;
  return 0;
}

void mailbox_free(struct mailbox *m) {
  FREE_AND_NULL(m->draft);
  free(m);
}
