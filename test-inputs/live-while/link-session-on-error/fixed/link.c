// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <retsan/annotations.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum link_state { LINK_DOWN, LINK_UP, LINK_ERROR };

struct session {
  unsigned id;
  char token[32];
};

struct link {
  enum link_state state;
  struct session *session RETSAN_LIVE_WHILE(state == LINK_UP);
  unsigned rx, tx, errors;
};

struct link *link_new(void) { return calloc(1, sizeof(struct link)); }

static void link_drop(struct link *l) {
  free(l->session);
  l->session = NULL;
}

int link_up(struct link *l, unsigned id, const char *token) {
  struct session *s;
  if (l->state == LINK_UP)
    return -1;
  s = calloc(1, sizeof *s);
  if (!s)
    return -1;
  s->id = id;
  snprintf(s->token, sizeof s->token, "%s", token);
  l->session = s;
  l->state = LINK_UP;
  return 0;
}

int link_receive(struct link *l, const unsigned char *p, size_t n) {
  if (l->state != LINK_UP)
    return -1;
  l->rx += (unsigned)n;
  if (n < 2 || p[0] != (unsigned char)l->session->id) {
    l->errors++;
    link_drop(l);
    l->state = LINK_ERROR;
    return -1;
  }
  if (p[1] == 0xff) {
    link_drop(l);
    l->state = LINK_DOWN;
  }
  return 0;
}

void link_reset(struct link *l) {
  if (l->state == LINK_UP)
    link_drop(l);
  l->state = LINK_DOWN;
}

void link_free(struct link *l) {
  free(l->session);
  free(l);
}
