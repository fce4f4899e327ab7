#include <stdlib.h>

struct slot {
  int id;
  void *data;
};

struct slots {
  struct slot *list;
  int count;
};

void block_free(void *block) {
  if (block)
    free(block);
}

void *block_resize(void *block, size_t bytes) {
  if (bytes == 0) {
    block_free(block);
    return NULL;
  } else {
    void *moved = realloc(block, bytes);
    return moved;
  }
}

struct slots *slots_new(void) { return calloc(1, sizeof(struct slots)); }

int slots_set(struct slots *s, int slot, void *data) {
  if (slot >= s->count) {
    struct slot *grown =
        block_resize(s->list, sizeof(struct slot) * (slot + 1));
    if (grown == NULL)
      return 0;
    s->list = grown;
    for (int i = s->count; i < slot; i++)
      s->list[i].data = NULL;
    s->count = slot + 1;
  }
  s->list[slot].id = slot;
  s->list[slot].data = data;
  return 1;
}

void *slots_get(const struct slots *s, int slot) {
  return slot < s->count ? s->list[slot].data : NULL;
}

void slots_clear(struct slots *s) {
  block_free(s->list);
  s->list = NULL;
  s->count = 0;
}

void slots_free(struct slots *s) {
  slots_clear(s);
  block_free(s);
}
