// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reload with a trial period: the former configuration can be brought back.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct config {
  char *text;
  int workers;
};

static struct config *current;
static struct config *previous;
static int trial;

static struct config *config_parse(const char *path) {
  char line[256];
  FILE *f = fopen(path, "r");
  if (!f)
    return NULL;
  struct config *c = calloc(1, sizeof *c);
  if (c && fgets(line, sizeof line, f)) {
    c->text = strdup(line);
    c->workers = atoi(line);
  }
  fclose(f);
  return c;
}

static void config_drop(struct config *c) {
  if (!c)
    return;
  free(c->text);
  free(c);
}

int config_reload(const char *path) {
  if (trial)
    return -1;
  struct config *fresh = config_parse(path);
  if (!fresh)
    return -1;
  config_drop(previous);
  previous = current;
  current = fresh;
  trial = 1;
  return 0;
}

int config_rollback(void) {
  if (!trial)
    return -1;
  config_drop(current);
  current = previous;
  previous = NULL;
  trial = 0;
  return current ? current->workers : 0;
}

void config_confirm(void) {
  trial = 0;
}

int config_workers(void) { return current ? current->workers : 1; }
const char *config_text(void) { return current && current->text ? current->text : ""; }
