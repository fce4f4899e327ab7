// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define _GNU_SOURCE
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct dialer {
  struct addrinfo *info;
  int fd;
  unsigned tries;
};

struct dialer *dialer_new(void) {
  struct dialer *d = calloc(1, sizeof *d);
  if (d)
    d->fd = -1;
  return d;
}

int dialer_dial(struct dialer *d, const char *host, const char *port) {
  if (d->info) {
    freeaddrinfo(d->info);
    d->info = NULL;
  }
  if (getaddrinfo(host, port, NULL, &d->info) != 0) {
    d->info = NULL;
    return -1;
  }
  for (struct addrinfo *a = d->info; a; a = a->ai_next) {
    d->tries++;
    d->fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
    if (d->fd < 0)
      continue;
    if (connect(d->fd, a->ai_addr, a->ai_addrlen) == 0)
      return 0;
    close(d->fd);
    d->fd = -1;
  }
  freeaddrinfo(d->info);
  d->info = NULL;
  return -1;
}

void dialer_free(struct dialer *d) {
  if (d->info)
    freeaddrinfo(d->info);
  free(d);
}
