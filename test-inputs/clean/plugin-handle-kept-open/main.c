// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <dlfcn.h>
#include <stdlib.h>

struct plugin {
  void *handle;
  int (*run)(int);
};

struct plugin *plugin_open(const char *path) {
  struct plugin *p = calloc(1, sizeof *p);
  if (!p)
    return NULL;
  p->handle = dlopen(path, RTLD_NOW);
  if (!p->handle) {
    free(p);
    return NULL;
  }
  return p;
}

void plugin_bind(struct plugin *p, int (*run)(int)) { p->run = run; }

int plugin_run(struct plugin *p, int x) { return p->run ? p->run(x) : -1; }

void plugin_close(struct plugin *p) {
  dlclose(p->handle);
  free(p);
}
