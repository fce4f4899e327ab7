// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>

struct letter {
  struct letter *next, *prev;
  char text[80];
};

struct outbox {
  struct letter *head;
  struct letter *tail;
  unsigned sent;
};

struct outbox *outbox_new(void) { return calloc(1, sizeof(struct outbox)); }

int outbox_put(struct outbox *o, const char *text) {
  struct letter *l = calloc(1, sizeof *l);
  if (!l)
    return -1;
  snprintf(l->text, sizeof l->text, "%s", text);
  l->prev = o->tail;
  if (o->tail)
    o->tail->next = l;
  else
    o->head = l;
  o->tail = l;
  return 0;
}

int outbox_send(struct outbox *o, FILE *out) {
  struct letter *l = o->head;
  if (!l)
    return 0;
  fputs(l->text, out);
  o->head = l->next;
  if (o->head)
    o->head->prev = NULL;
  else
    o->tail = NULL;
  free(l);
  o->sent++;
  return 1;
}

void outbox_drop(struct outbox *o) {
  while (o->head) {
    struct letter *l = o->head;
    o->head = l->next;
    free(l);
  }
}

void outbox_free(struct outbox *o) {
  while (o->head) {
    struct letter *l = o->head;
    o->head = l->next;
    free(l);
  }
  free(o);
}
