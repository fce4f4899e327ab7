// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct connector {
  struct addrinfo *list;
  struct addrinfo *next;
  int fd;
  unsigned tries;
  char host[128];
};

struct connector *connector_new(const char *host) {
  struct connector *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  c->fd = -1;
  snprintf(c->host, sizeof c->host, "%s", host);
  return c;
}

int connector_resolve(struct connector *c, const char *port) {
  struct addrinfo hints;
  memset(&hints, 0, sizeof hints);
  hints.ai_socktype = SOCK_STREAM;
  if (c->list)
    freeaddrinfo(c->list);
  c->list = c->next = NULL;
  if (getaddrinfo(c->host, port, &hints, &c->list) != 0)
    return -1;
  c->next = c->list;
  return 0;
}

int connector_retry(struct connector *c) {
  while (c->next) {
    struct addrinfo *a = c->next;
    c->next = a->ai_next;
    c->tries++;
    c->fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
    if (c->fd < 0)
      continue;
    if (connect(c->fd, a->ai_addr, a->ai_addrlen) == 0)
      return c->fd;
    close(c->fd);
    c->fd = -1;
  }
  return -1;
}

void connector_established(struct connector *c) {
  if (c->list) {
    freeaddrinfo(c->list);
    c->list = NULL;
    c->next = NULL;
  }
  printf("%s: connected after %u tries\n", c->host, c->tries);
}

void connector_lost(struct connector *c) {
  close(c->fd);
  c->fd = -1;
}

void connector_free(struct connector *c) {
  if (c->list)
    freeaddrinfo(c->list);
  if (c->fd >= 0)
    close(c->fd);
  free(c);
}
