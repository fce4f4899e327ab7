// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "daemon.h"
#include <unistd.h>

int daemon_restart(struct daemon *d, char **env) {
  d->restarts++;
  if (!d->saved_argv)
    return -1;
  return execve(d->saved_argv[0], d->saved_argv, env);
}
