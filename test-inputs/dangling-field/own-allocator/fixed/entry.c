#include <stdlib.h>
#include <string.h>

/* Memory goes through functions that the user of the library may give. */
struct memory {
  void *(*alloc)(size_t);
  void (*release)(void *);
};

struct entry {
  struct memory *memory;
  unsigned char *data;
  size_t size;
  int tag;
};

struct memory *memory_new(void *(*alloc)(size_t), void (*release)(void *)) {
  struct memory *m = alloc(sizeof *m);
  if (!m)
    return NULL;
  m->alloc = alloc;
  m->release = release;
  return m;
}

static void *plain_alloc(size_t size) { return calloc(1, size); }

static void plain_release(void *what) { free(what); }

struct memory *memory_default(void) {
  return memory_new(plain_alloc, plain_release);
}

void *memory_alloc(struct memory *m, size_t size) {
  return m && size ? m->alloc(size) : NULL;
}

void memory_free(struct memory *m, void *what) {
  if (m && m->release)
    m->release(what);
}

struct entry *entry_new(struct memory *m) {
  struct entry *e = memory_alloc(m, sizeof *e);
  if (!e)
    return NULL;
  e->memory = m;
  e->data = NULL;
  e->size = 0;
  e->tag = 0;
  return e;
}

int entry_load(struct entry *e, const unsigned char *from, size_t size) {
  memory_free(e->memory, e->data);
  e->data = NULL;
  e->size = 0;
  if (size == 0 || size > 65535)
    return -1;
  e->data = memory_alloc(e->memory, size);
  if (!e->data)
    return -1;
  memcpy(e->data, from, size);
  e->size = size;
  return 0;
}

int entry_first(const struct entry *e) { return e->data ? e->data[0] : -1; }

void entry_free(struct entry *e) {
  struct memory *m = e->memory;
  memory_free(m, e->data);
  memory_free(m, e);
}
