// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/socket.h>

struct probe {
  int sock;
  int tries_left;
  unsigned lost, answered;
  unsigned char *frame;
  size_t len;
};

struct probe *probe_new(int sock) {
  struct probe *p = calloc(1, sizeof *p);
  if (p)
    p->sock = sock;
  return p;
}

static void forget_frame(struct probe *p) {
  free(p->frame);
  p->frame = NULL;
  p->len = 0;
}

int probe_send(struct probe *p, const void *data, size_t len, int tries) {
  if (p->tries_left > 0 || tries <= 0)
    return -1;
  forget_frame(p);
  p->frame = malloc(len);
  if (!p->frame)
    return -1;
  memcpy(p->frame, data, len);
  p->len = len;
  p->tries_left = tries;
  return 0;
}

/* Called once a second. */
void probe_tick(struct probe *p) {
  if (p->tries_left <= 0)
    return;
  if (send(p->sock, p->frame, p->len, 0) < 0)
    p->lost++;
  p->tries_left--;
  if (p->tries_left == 0) {
    p->lost++;
  }
}

void probe_answer(struct probe *p) {
  if (p->tries_left > 0) {
    p->answered++;
    p->tries_left = 0;
  }
}

unsigned probe_lost(const struct probe *p) { return p->lost; }
unsigned probe_answered(const struct probe *p) { return p->answered; }

void probe_delete(struct probe *p) {
  forget_frame(p);
  free(p);
}
