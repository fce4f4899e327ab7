// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "session.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct auth_session *session_new(const char *user) {
  struct auth_session *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  s->user = strdup(user);
  if (!s->user) {
    free(s);
    return NULL;
  }
  return s;
}

int session_challenge(struct auth_session *s, unsigned nonce) {
  char text[64];
  if (s->state == AUTH_OK || s->state == AUTH_WAIT)
    return -1;
  snprintf(text, sizeof text, "<%u.%u>", nonce, s->attempts);
  free(s->challenge);
  s->challenge = strdup(text);
  if (!s->challenge)
    return -1;
  s->state = AUTH_WAIT;
  return 0;
}

static unsigned digest(const char *a, const char *b) {
  unsigned h = 17;
  for (; *a; a++)
    h = h * 31 + (unsigned char)*a;
  for (; *b; b++)
    h = h * 31 + (unsigned char)*b;
  return h;
}

int session_answer(struct auth_session *s, const char *answer, const char *secret) {
  if (s->state != AUTH_WAIT)
    return -1;
  s->attempts++;
  if (strtoul(answer, NULL, 16) == digest(s->challenge, secret))
    s->state = AUTH_OK;
  else
    s->state = AUTH_DENIED;
  return s->state == AUTH_OK ? 0 : -1;
}

void session_free(struct auth_session *s) {
  free(s->user);
  free(s->challenge);
  free(s);
}
