// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bundle_loader {
  FILE *in;
  char *manifest;
  int loading;
  int loaded;
};

struct bundle_loader *loader_new(void) { return calloc(1, sizeof(struct bundle_loader)); }

int loader_open(struct bundle_loader *l, const char *path, const char *manifest) {
  if (l->loading)
    return -1;
  l->in = fopen(path, "rb");
  if (!l->in)
    return -1;
  l->manifest = strdup(manifest);
  if (!l->manifest) {
    fclose(l->in);
    l->in = NULL;
    return -1;
  }
  l->loading = 1;
  return 0;
}

static int wanted(const char *manifest, const char *name) {
  const char *p = strstr(manifest, name);
  return p && (p == manifest || p[-1] == ',');
}

/* Reads all records; each has a 16 byte name and a 16 byte body. */
int loader_run(struct bundle_loader *l) {
  char rec[32];
  int rc = -1;
  if (!l->loading)
    return -1;
  l->loading = 0;
  size_t n = fread(rec, 1, sizeof rec, l->in);
  if (n < sizeof rec) {
    fclose(l->in);
    l->in = NULL;
    goto out_manifest;
  }
  do {
    rec[15] = '\0';
    if (!wanted(l->manifest, rec))
      goto out;
    l->loaded++;
  } while (fread(rec, 1, sizeof rec, l->in) == sizeof rec);
  rc = l->loaded;
out:
  fclose(l->in);
  l->in = NULL;
out_manifest:
  free(l->manifest);
  l->manifest = NULL;
  return rc;
}

int loader_count(const struct bundle_loader *l) { return l->loaded; }

void loader_delete(struct bundle_loader *l) {
  if (l->in)
    fclose(l->in);
  free(l->manifest);
  free(l);
}
