#include <stdlib.h>
#include <string.h>

struct vlan {
  int id;
  int map_size;
  unsigned *map;
};

struct link {
  char *name;
  void *info;
};

struct link *link_new(const char *name) {
  struct link *l = calloc(1, sizeof *l);
  if (!l)
    return NULL;
  l->name = strdup(name);
  if (!l->name) {
    free(l);
    return NULL;
  }
  return l;
}

int link_become_vlan(struct link *l) {
  struct vlan *v;
  if (l->info) {
    v = l->info;
    free(v->map);
    memset(l->info, 0, sizeof *v);
  } else {
    v = calloc(1, sizeof *v);
    if (!v)
      return -1;
    l->info = v;
  }
  return 0;
}

int link_vlan_map(struct link *l, unsigned from, unsigned to) {
  struct vlan *v = l->info;
  unsigned *map = realloc(v->map, (v->map_size + 2) * sizeof *map);
  if (!map)
    return -1;
  v->map = map;
  map[v->map_size++] = from;
  map[v->map_size++] = to;
  return 0;
}

unsigned link_vlan_find(const struct link *l, unsigned from) {
  const struct vlan *v = l->info;
  for (int i = 0; i < v->map_size; i += 2)
    if (v->map[i] == from)
      return v->map[i + 1];
  return 0;
}

void link_free(struct link *l) {
  struct vlan *v = l->info;
  if (v) {
    free(v->map);
    free(v);
  }
  free(l->name);
  free(l);
}
