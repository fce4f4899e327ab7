// Filters are of kinds, told by their hooks: the last one of the chain frees
// its data when it is closed and has no other hook that looks at it; the
// encoders free theirs in the end.
#include <stdlib.h>
#include <string.h>

struct filter {
  struct filter *next;
  int code;
  int closed;
  long written;
  void *data;
  int (*write)(struct filter *, const char *, size_t);
  int (*close)(struct filter *);
  void (*free)(struct filter *);
};

struct encoder {
  char hold[16];
  size_t held;
};

struct sink {
  char *buffer;
  size_t used;
};

int put(const char *data, size_t len);

struct filter *filter_new(void) { return calloc(1, sizeof(struct filter)); }

static int encoder_write(struct filter *f, const char *data, size_t len) {
  struct encoder *e = f->data;
  if (e->held + len > sizeof e->hold)
    return -1;
  memcpy(e->hold + e->held, data, len);
  e->held += len;
  f->written += (long)len;
  return 0;
}

static int encoder_close(struct filter *f) {
  struct encoder *e = f->data;
  f->closed = 1;
  return put(e->hold, e->held);
}

static void encoder_free(struct filter *f) {
  free(f->data);
  f->data = NULL;
}

struct filter *encoder_new(void) {
  struct filter *f = filter_new();
  if (!f)
    return NULL;
  f->data = calloc(1, sizeof(struct encoder));
  if (!f->data) {
    free(f);
    return NULL;
  }
  f->code = 7;
  f->write = encoder_write;
  f->close = encoder_close;
  f->free = encoder_free;
  return f;
}

static int sink_write(struct filter *f, const char *data, size_t len) {
  struct sink *s;
  if (f->closed)
    return -1;
  s = f->data;
  s->used += len;
  f->written += (long)len;
  return put(data, len);
}

static int sink_close(struct filter *f) {
  struct sink *s;
  if (f->closed)
    return 0;
  s = f->data;
  free(s->buffer);
  free(s);
  f->closed = 1;
  f->written++;
  return 0;
}

static void sink_free(struct filter *f) { f->code = 0; }

struct filter *sink_new(void) {
  struct filter *f = filter_new();
  struct sink *s = calloc(1, sizeof *s);
  if (!f || !s) {
    free(f);
    free(s);
    return NULL;
  }
  s->buffer = malloc(512);
  f->data = s;
  f->code = 1;
  f->write = sink_write;
  f->close = sink_close;
  f->free = sink_free;
  return f;
}

int filters_write(struct filter *f, const char *data, size_t len) {
  for (; f; f = f->next)
    if (f->write(f, data, len) < 0)
      return -1;
  return 0;
}

int filters_close(struct filter *f) {
  int worst = 0;
  for (; f; f = f->next) {
    int one = f->close(f);
    worst = one < worst ? one : worst;
  }
  return worst;
}

void filters_free(struct filter *f) {
  while (f) {
    struct filter *next = f->next;
    f->free(f);
    free(f);
    f = next;
  }
}
