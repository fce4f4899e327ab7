// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "plugin.h"
#include <stdlib.h>
#include <string.h>

static struct plugin_entry *entries;

struct plugin_entry *registry_find(const char *name) {
  for (struct plugin_entry *e = entries; e; e = e->next)
    if (strcmp(e->name, name) == 0)
      return e;
  return NULL;
}

struct plugin_entry *registry_intern(const char *name) {
  struct plugin_entry *e = registry_find(name);
  if (e)
    return e;
  if (strlen(name) >= sizeof e->name)
    return NULL;
  e = calloc(1, sizeof *e);
  if (!e)
    return NULL;
  strcpy(e->name, name);
  e->next = entries;
  entries = e;
  return e;
}
