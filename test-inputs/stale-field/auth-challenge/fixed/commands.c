// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "session.h"
#include <string.h>

int session_command(struct auth_session *s, const char *cmd) {
  if (s->state != AUTH_OK)
    return -1;
  if (strcmp(cmd, "noop") != 0)
    return -1;
  s->commands++;
  return 0;
}

const char *session_prompt(const struct auth_session *s) {
  return s->state == AUTH_OK ? s->user : "login";
}
