// A plugin: its host finds the table by name, calls open first and close last,
// and nothing in between or afterwards.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plugin {
  int version;
  int (*open)(const char *path);
  void (*close)(int status);
  int (*log)(const char *text, unsigned size);
};

static char *path_of_log;
static FILE *log_file;

static int log_open(const char *path) {
  log_file = fopen(path, "a");
  if (!log_file)
    return 0;
  path_of_log = strdup(path);
  return 1;
}

static void log_close(int status) {
  if (status)
    fprintf(log_file, "%s ends with %d\n", path_of_log, status);
  fclose(log_file);
  free(path_of_log);
}

static int log_text(const char *text, unsigned size) {
  if (size > 4096)
    fprintf(log_file, "to %s\n", path_of_log);
  return fwrite(text, 1, size, log_file) == size;
}

const struct plugin log_plugin = {1, log_open, log_close, log_text};
