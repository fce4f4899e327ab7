// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DAEMON_H
#define DAEMON_H
struct daemon {
  char **saved_argv;
  int restarts;
};
struct daemon *daemon_init(int argc, char **argv, char **env);
int daemon_restart(struct daemon *d, char **env);
int daemon_restarts(const struct daemon *d);
void daemon_free(struct daemon *d);
#endif
