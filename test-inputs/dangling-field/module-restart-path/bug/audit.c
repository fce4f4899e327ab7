// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *log_path;
static FILE *log_file;
static unsigned long written;

int audit_configure(const char *path) {
  char *copy = strdup(path);
  if (!copy)
    return -1;
  if (log_file) {
    fclose(log_file);
    log_file = NULL;
  }
  free(log_path);
  log_path = copy;
  return 0;
}

int audit_start(void) {
  if (log_file)
    return 0;
  if (!log_path) {
    log_path = strdup("/var/log/audit.log");
    if (!log_path)
      return -1;
  }
  log_file = fopen(log_path, "a");
  return log_file ? 0 : -1;
}

/* The file may have been renamed: go on in a new one. */
int audit_reopen(void) {
  if (!log_file)
    return -1;
  fclose(log_file);
  log_file = fopen(log_path, "a");
  return log_file ? 0 : -1;
}

void audit_write(const char *who, const char *what) {
  if (!log_file)
    return;
  if (fprintf(log_file, "%s %s\n", who, what) > 0)
    written++;
}

void audit_stop(void) {
  if (!log_file)
    return;
  fclose(log_file);
  log_file = NULL;
  free(log_path);
}

unsigned long audit_written(void) { return written; }
