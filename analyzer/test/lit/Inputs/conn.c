#include <stdlib.h>

enum conn_state { CONN_IDLE, CONN_READING, CONN_CLOSED };
#define MODE_TEXT 7

struct conn {
  enum conn_state state;
  int mode;
  char *request;
};

struct conn *conn_new(void) { return calloc(1, sizeof(struct conn)); }

void conn_free(struct conn *c) {
  free(c->request);
  free(c);
}

void conn_read(struct conn *c) {
  if (c->state != CONN_IDLE)
    return;
  free(c->request);
  c->request = malloc(64);
  c->mode = MODE_TEXT;
  c->state = CONN_READING;
}

int conn_peek(struct conn *c) {
  if (c->state == CONN_READING && c->request)
    return c->request[0];
  return 0;
}

void conn_done(struct conn *c) { c->state = CONN_IDLE; }
