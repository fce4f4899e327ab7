// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef PLUGIN_H
#define PLUGIN_H
struct plugin_entry {
  struct plugin_entry *next;
  char name[32];
  int loaded;
  unsigned long *state;
};
struct plugin_entry *registry_find(const char *name);
struct plugin_entry *registry_intern(const char *name);
int plugin_load(const char *name);
int plugin_unload(const char *name);
unsigned long plugin_event(const char *name, unsigned kind);
#endif
