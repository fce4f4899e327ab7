// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

enum step { STEP_ID, STEP_COMMIT, STEP_FAILURE };

struct session {
  enum step state;
  char *peer;
};

struct session *session_new(void) { return calloc(1, sizeof(struct session)); }

int session_id(struct session *s, const char *peer) {
  if (s->state != STEP_ID)
    return -1;
  s->peer = strdup(peer);
  s->state = s->peer ? STEP_COMMIT : STEP_FAILURE;
  return 0;
}

int session_commit(struct session *s, int proof) {
  if (s->state != STEP_COMMIT)
    return -1;
  if (proof != s->peer[0]) {
    s->state = STEP_FAILURE;
    return -1;
  }
  return 0;
}

int session_failed(struct session *s) { return s->state == STEP_FAILURE; }

void session_free(struct session *s) {
  free(s->peer);
  free(s);
}
