// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "walk.h"

static struct walk_job active;

int walk_begin(const struct walk_module *mod) {
  if (active.mod)
    return -1;
  active.mod = mod;
  if (mod->init && mod->init(&active) < 0) {
    active.mod = NULL;
    return -1;
  }
  return 0;
}

void walk_step(unsigned key) {
  if (!active.mod)
    return;
  active.seen++;
  active.mod->visit(&active, key);
}

void walk_end(void) {
  if (!active.mod)
    return;
  if (active.mod->finalize)
    active.mod->finalize(&active);
  active.mod = NULL;
  active.data = NULL;
}

unsigned long walk_seen(void) { return active.seen; }
