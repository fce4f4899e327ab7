// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "opts.h"
#include <stdio.h>
#include <stdlib.h>

struct session {
  int fd;
  struct proxy_opts proxy;
};

struct session *session_new(void) {
  struct session *s = calloc(1, sizeof *s);
  if (s)
    s->fd = -1;
  return s;
}

int session_use_proxy(struct session *s, const char *host, const char *user, const char *pass) {
  return proxy_set(&s->proxy, host, 1080, user, pass);
}

void session_print(const struct session *s) {
  if (s->proxy.host)
    printf("proxy %s:%d\n", s->proxy.host, s->proxy.port);
  if (s->proxy.username)
    printf("user %s%s\n", s->proxy.username, s->proxy.password && s->proxy.password[0] ? " with password" : "");
}

void session_free(struct session *s) {
  proxy_cleanup(&s->proxy);
  free(s);
}
