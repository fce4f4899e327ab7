// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct conf {
  struct conf *next;
  unsigned version;
  unsigned users;
  char *text;
};

struct registry {
  struct conf *current;
  struct conf *retired;
  unsigned versions;
};

struct registry *registry_new(void) { return calloc(1, sizeof(struct registry)); }

static void drain(struct registry *r) {
  struct conf *c = r->retired, *keep = NULL;
  while (c) {
    struct conf *next = c->next;
    if (c->users) {
      c->next = keep;
      keep = c;
    } else {
      free(c->text);
      free(c);
    }
    c = next;
  }
  r->retired = keep;
}

int registry_update(struct registry *r, const char *text) {
  struct conf *c = calloc(1, sizeof *c);
  if (!c)
    return -1;
  c->text = strdup(text);
  if (!c->text) {
    free(c);
    return -1;
  }
  c->version = ++r->versions;
  if (r->retired)
    drain(r);
  if (r->current) {
    r->current->next = r->retired;
    r->retired = r->current;
  }
  r->current = c;
  return 0;
}

struct conf *registry_acquire(struct registry *r) {
  if (r->current)
    r->current->users++;
  return r->current;
}

void registry_release(struct registry *r, struct conf *c) {
  (void)r;
  c->users--;
}

const char *registry_text(const struct registry *r) { return r->current ? r->current->text : ""; }

unsigned registry_users(const struct registry *r) {
  unsigned n = r->current ? r->current->users : 0;
  for (const struct conf *c = r->retired; c; c = c->next)
    n += c->users;
  return n;
}

void registry_free(struct registry *r) {
  drain(r);
  if (r->current) {
    free(r->current->text);
    free(r->current);
  }
  free(r);
}
