// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mem.h"
#include <stdio.h>
#include <string.h>

struct vhost {
  char *name;
  char *root;
  char *cert_path;
  int loaded;
};

struct vhost *vhost_new(const char *name) {
  struct vhost *v = calloc(1, sizeof *v);
  if (!v)
    return NULL;
  v->name = strdup(name);
  if (!v->name) {
    XFREE(v);
    return NULL;
  }
  return v;
}

int vhost_set_cert(struct vhost *v, const char *path) {
  SAFE_FREE(v->cert_path);
  v->cert_path = strdup(path);
  return v->cert_path ? 0 : -1;
}

int vhost_load(struct vhost *v, const char *root) {
  FILE *f;
  if (v->loaded)
    return 0;
  v->root = strdup(root);
  if (!v->root)
    return -1;
  if (v->cert_path) {
    f = fopen(v->cert_path, "r");
    if (!f) {
      SAFE_FREE(v->root);
      return -1;
    }
    fclose(f);
  }
  v->loaded = 1;
  return 0;
}

void vhost_unload(struct vhost *v) {
  if (!v->loaded)
    return;
  SAFE_FREE(v->root);
  SAFE_FREE(v->cert_path);
  v->loaded = 0;
}

const char *vhost_name(const struct vhost *v) { return v->name; }
const char *vhost_cert(const struct vhost *v) { return v->cert_path ? v->cert_path : ""; }
const char *vhost_root(const struct vhost *v) { return v->loaded ? v->root : ""; }

void vhost_free(struct vhost *v) {
  vhost_unload(v);
  SAFE_FREE(v->cert_path);
  SAFE_FREE(v->name);
  XFREE(v);
}
