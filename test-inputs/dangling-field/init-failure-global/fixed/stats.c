// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NCOUNTERS 128

struct counter {
  char name[24];
  unsigned long value;
};

static struct counter *table;
static int lock_fd = -1;
static unsigned used;

int stats_init(const char *lock_path) {
  if (table)
    return 0;
  table = calloc(NCOUNTERS, sizeof *table);
  if (!table)
    return -ENOMEM;
  lock_fd = open(lock_path, O_CREAT | O_RDWR, 0600);
  if (lock_fd < 0)
    goto fail;
  used = 0;
  return 0;
fail:
  free(table);
  table = NULL;
  return -errno;
}

int stats_add(const char *name, unsigned long n) {
  if (!table)
    return -1;
  for (unsigned i = 0; i < used; i++)
    if (strcmp(table[i].name, name) == 0) {
      table[i].value += n;
      return 0;
    }
  if (used == NCOUNTERS || strlen(name) >= sizeof table[0].name)
    return -1;
  strcpy(table[used].name, name);
  table[used++].value = n;
  return 0;
}

unsigned long stats_get(const char *name) {
  if (!table)
    return 0;
  for (unsigned i = 0; i < used; i++)
    if (strcmp(table[i].name, name) == 0)
      return table[i].value;
  return 0;
}

void stats_exit(void) {
  if (!table)
    return;
  free(table);
  table = NULL;
  close(lock_fd);
  lock_fd = -1;
}
