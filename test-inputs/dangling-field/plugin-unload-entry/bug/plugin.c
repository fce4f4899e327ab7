// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "plugin.h"
#include <stdlib.h>

int plugin_load(const char *name) {
  struct plugin_entry *e = registry_intern(name);
  if (!e)
    return -1;
  if (e->loaded)
    return 0;
  if (!e->state) {
    e->state = calloc(16, sizeof *e->state);
    if (!e->state)
      return -1;
  }
  e->loaded = 1;
  return 0;
}

unsigned long plugin_event(const char *name, unsigned kind) {
  struct plugin_entry *e = registry_find(name);
  if (!e || !e->loaded)
    return 0;
  return ++e->state[kind % 16];
}

int plugin_unload(const char *name) {
  struct plugin_entry *e = registry_find(name);
  if (!e || !e->loaded)
    return -1;
  free(e->state);
  e->loaded = 0;
  return 0;
}
