// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NMOUNTS 16

struct mount_slot {
  int mounted;
  int device;
  char *label;
};

static struct mount_slot mounts[NMOUNTS];

int mount_add(int device, const char *label) {
  for (int i = 0; i < NMOUNTS; i++) {
    struct mount_slot *m = &mounts[i];
    if (m->mounted)
      continue;
    char *copy = strdup(label);
    if (!copy)
      return -1;
    m->label = copy;
    m->device = device;
    m->mounted = 1;
    return i;
  }
  return -1;
}

int mount_remove(int slot) {
  if (slot < 0 || slot >= NMOUNTS)
    return -1;
  struct mount_slot *m = &mounts[slot];
  if (!m->mounted)
    return -1;
  m->mounted = 0;
  free(m->label);
  m->label = NULL;
  return 0;
}

void mount_list(FILE *out) {
  for (int i = 0; i < NMOUNTS; i++) {
    const struct mount_slot *m = &mounts[i];
    if (m->label)
      fprintf(out, "%2d %-8s %s\n", i, m->mounted ? "mounted" : "last", m->label);
  }
}

int mount_count(void) {
  int n = 0;
  for (int i = 0; i < NMOUNTS; i++)
    n += mounts[i].mounted;
  return n;
}
