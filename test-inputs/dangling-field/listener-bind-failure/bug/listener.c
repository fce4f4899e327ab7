// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

struct listener {
  unsigned short port;
  int *socks;
  int sock_count;
  struct listener *next;
};

static struct listener *all;

struct listener *listener_add(unsigned short port) {
  struct listener *l = calloc(1, sizeof *l);
  if (!l)
    return NULL;
  l->port = port;
  l->next = all;
  all = l;
  return l;
}

static int bind_one(int fd, unsigned short port) {
  struct sockaddr_in a;
  memset(&a, 0, sizeof a);
  a.sin_family = AF_INET;
  a.sin_port = htons(port);
  return bind(fd, (struct sockaddr *)&a, sizeof a);
}

int listener_start(struct listener *l, int want) {
  if (l->socks)
    return 0;
  l->socks = calloc((size_t)want, sizeof *l->socks);
  if (!l->socks)
    return -1;
  for (int i = 0; i < want; i++) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd >= 0 && bind_one(fd, l->port) == 0) {
      l->socks[l->sock_count++] = fd;
      continue;
    }
    if (fd >= 0)
      close(fd);
    while (l->sock_count > 0)
      close(l->socks[--l->sock_count]);
    free(l->socks);
    return -1;
  }
  return 0;
}

void listener_stop(struct listener *l) {
  if (!l->socks)
    return;
  for (int i = 0; i < l->sock_count; i++)
    close(l->socks[i]);
  free(l->socks);
  l->socks = NULL;
  l->sock_count = 0;
}

int listener_count(void) {
  int n = 0;
  for (struct listener *l = all; l; l = l->next)
    n += l->sock_count;
  return n;
}
