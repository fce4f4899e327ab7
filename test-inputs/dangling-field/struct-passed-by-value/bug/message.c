// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct message {
  int topic;
  size_t len;
  char *payload;
};

struct outbox {
  struct message current;
  int sent;
};

static void message_wipe(struct message m) {
  free(m.payload);
  m.payload = NULL;
  m.len = 0;
}

struct outbox *outbox_new(void) { return calloc(1, sizeof(struct outbox)); }

int outbox_set(struct outbox *o, int topic, const char *text) {
  size_t n = strlen(text);
  char *copy = malloc(n + 1);
  if (!copy)
    return -1;
  memcpy(copy, text, n + 1);
  free(o->current.payload);
  o->current.topic = topic;
  o->current.len = n;
  o->current.payload = copy;
  return 0;
}

const char *outbox_peek(const struct outbox *o) {
  return o->current.payload ? o->current.payload : "";
}

int outbox_ack(struct outbox *o, int topic) {
  if (!o->current.payload || o->current.topic != topic)
    return -1;
  message_wipe(o->current);
  o->sent++;
  return 0;
}

int outbox_sent(const struct outbox *o) { return o->sent; }

void outbox_free(struct outbox *o) {
  free(o->current.payload);
  free(o);
}
