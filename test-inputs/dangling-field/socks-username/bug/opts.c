// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "opts.h"
#include <stdlib.h>
#include <string.h>

int proxy_set(struct proxy_opts *o, const char *host, int port, const char *user, const char *pass) {
  if (!o || !host || strlen(host) > 256)
    return -1;
  proxy_cleanup(o);
  o->host = strdup(host);
  if (!o->host)
    return -1;
  o->port = port;
  if (user) {
    o->username = strdup(user);
    if (!o->username) {
      free(o->host);
      o->host = NULL;
      return -1;
    }
    if (pass) {
      o->password = strdup(pass);
      if (!o->password) {
        free(o->host);
        o->host = NULL;
        free(o->username);
        return -1;
      }
    }
  }
  return 0;
}

void proxy_cleanup(struct proxy_opts *o) {
  free(o->host);
  free(o->username);
  free(o->password);
  o->host = NULL;
  o->username = NULL;
  o->password = NULL;
}
