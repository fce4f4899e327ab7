// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum login_state { LOGIN_START, LOGIN_ASKED, LOGIN_DONE, LOGIN_REFUSED };

struct login {
  enum login_state state;
  char user[32];
  char *password;
  unsigned tries;
  unsigned long commands;
};

struct login *login_new(void) { return calloc(1, sizeof(struct login)); }

int login_user(struct login *l, const char *user) {
  if (l->state == LOGIN_DONE)
    return -1;
  snprintf(l->user, sizeof l->user, "%s", user);
  return 0;
}

int login_pass(struct login *l, const char *password) {
  if (l->state == LOGIN_DONE || l->state == LOGIN_ASKED || !l->user[0])
    return -1;
  free(l->password);
  l->password = strdup(password);
  if (!l->password)
    return -1;
  l->state = LOGIN_ASKED;
  return 0;
}

int login_check(struct login *l, int (*verify)(const char *, const char *)) {
  if (l->state != LOGIN_ASKED)
    return -1;
  l->tries++;
  l->state = verify(l->user, l->password) ? LOGIN_DONE : LOGIN_REFUSED;
  free(l->password);
  l->password = NULL;
  return l->state == LOGIN_DONE ? 0 : -1;
}

int login_command(struct login *l, const char *cmd) {
  if (l->state != LOGIN_DONE)
    return -1;
  l->commands++;
  printf("%s: %s\n", l->user, cmd);
  return 0;
}

void login_free(struct login *l) {
  free(l->password);
  free(l);
}
