// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef OPTS_H
#define OPTS_H
struct proxy_opts {
  char *host;
  char *username;
  char *password;
  int port;
};
int proxy_set(struct proxy_opts *o, const char *host, int port, const char *user, const char *pass);
void proxy_cleanup(struct proxy_opts *o);
#endif
