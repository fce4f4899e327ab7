// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <retsan/annotations.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

struct lookup {
  int sock;
  int pending;
  char *request RETSAN_LIVE_WHILE(pending);
  size_t len;
  unsigned char answer[64];
  size_t answered;
};

struct lookup *lookup_new(int sock) {
  struct lookup *l = calloc(1, sizeof *l);
  if (l)
    l->sock = sock;
  return l;
}

int lookup_start(struct lookup *l, const char *name) {
  if (l->pending)
    return -1;
  size_t len = strlen(name);
  char *copy = malloc(len + 1);
  if (!copy)
    return -1;
  memcpy(copy, name, len + 1);
  free(l->request);
  l->request = copy;
  l->len = len;
  if (send(l->sock, l->request, l->len, 0) < 0) {
    return -1;
  }
  l->pending = 1;
  return 0;
}

int lookup_again(struct lookup *l) {
  if (!l->pending)
    return -1;
  return send(l->sock, l->request, l->len, 0) < 0 ? -1 : 0;
}

int lookup_answer(struct lookup *l, const void *p, size_t n) {
  if (!l->pending || n > sizeof l->answer)
    return -1;
  memcpy(l->answer, p, n);
  l->answered = n;
  free(l->request);
  l->request = NULL;
  l->pending = 0;
  return 0;
}

size_t lookup_result(const struct lookup *l) { return l->pending ? 0 : l->answered; }

void lookup_free(struct lookup *l) {
  free(l->request);
  free(l);
}
