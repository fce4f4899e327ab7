// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int (*start_fn)(void);
typedef void (*stop_fn)(void);

struct module {
  struct module *next;
  char *path;
  void *handle;
  stop_fn stop;
  int failed;
};

static struct module *modules;
static unsigned loaded;

static void complain(const char *path, const char *why) {
  fprintf(stderr, "module %s: %s\n", path, why ? why : "unknown error");
}

int module_declare(const char *path) {
  struct module *m = calloc(1, sizeof *m);
  if (!m)
    return -1;
  m->path = strdup(path);
  if (!m->path) {
    free(m);
    return -1;
  }
  m->next = modules;
  modules = m;
  return 0;
}

static int module_start(struct module *m) {
  start_fn start;
  if (m->handle)
    return 0;
  m->handle = dlopen(m->path, RTLD_NOW);
  if (!m->handle) {
    complain(m->path, dlerror());
    m->failed = 1;
    return -1;
  }
  start = (start_fn)dlsym(m->handle, "module_start");
  m->stop = (stop_fn)dlsym(m->handle, "module_stop");
  if (!start || start() < 0) {
    complain(m->path, "did not start");
    dlclose(m->handle);
    m->handle = NULL;
    m->stop = NULL;
    m->failed = 1;
    return -1;
  }
  loaded++;
  return 0;
}

int modules_start(void) {
  int bad = 0;
  for (struct module *m = modules; m; m = m->next)
    if (module_start(m) < 0)
      bad++;
  return bad;
}

void modules_stop(void) {
  for (struct module *m = modules; m; m = m->next) {
    if (!m->handle)
      continue;
    if (m->stop)
      m->stop();
    dlclose(m->handle);
    m->handle = NULL;
    m->stop = NULL;
  }
  loaded = 0;
}

unsigned modules_loaded(void) { return loaded; }
