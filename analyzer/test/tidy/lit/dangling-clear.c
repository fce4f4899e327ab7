// The freeing statement gets its clear behind it; a second run finds nothing.
// RUN: cp %s %t.c
// RUN: %check %t.c -- | FileCheck-19 %s --check-prefix=SAYS
// RUN: %check --fix %t.c -- > /dev/null
// RUN: FileCheck-19 %s --input-file=%t.c
// RUN: clang-19 -fsyntax-only -Werror %t.c
// RUN: %check %t.c -- 2>&1 | %nothing

#include <stdlib.h>
#include <string.h>

struct session {
  char *user;
  char *token;
  int state;
};

// SAYS: :[[#@LINE+5]]:{{[0-9]+}}: warning: 'session.token' {{.*}} [retsan-dangling-field]
void session_logout(struct session *s) {
  if (!s->state)
    return;
  s->state = 0;
  free(s->token);
  // CHECK: {{^}}  free(s->token);{{$}}
  // CHECK-NEXT: {{^}}  s->token = NULL;{{$}}
}

int session_login(struct session *s, const char *token) {
  if (s->state)
    return -1;
  free(s->token);
  s->token = strdup(token);
  if (!s->token)
    return -1;
  s->state = 1;
  return 0;
}

// SAYS: note: step 1: call of 'session_new'
struct session *session_new(const char *user) {
  struct session *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  s->user = strdup(user);
  return s;
}

size_t session_size(const struct session *s) {
  return strlen(s->user) + (s->state ? strlen(s->token) : 0);
}

void session_free(struct session *s) {
  free(s->user);
  free(s->token);
  free(s);
}
