// Each writer keeps its own data behind a void pointer; to finish frees the
// data, what is in it, and the writer, whichever of the writers it is.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct writer {
  void *priv;
  void (*attr)(struct writer *, const char *, const char *);
  void (*finish)(struct writer *);
};

struct kv {
  FILE *out;
  char *prefix;
};

struct text {
  FILE *out;
  int depth;
};

static void kv_attr(struct writer *w, const char *name, const char *value) {
  struct kv *p = w->priv;
  char *longer = malloc(strlen(p->prefix) + strlen(name) + 2);
  if (!longer)
    exit(1);
  sprintf(longer, "%s.%s", p->prefix, name);
  fprintf(p->out, "%s=%s\n", longer, value);
  free(p->prefix);
  p->prefix = longer;
}

static void kv_finish(struct writer *w) {
  struct kv *p = w->priv;
  free(p->prefix);
  free(w->priv);
  w->priv = NULL;
  free(w);
}

static struct writer *kv_new(FILE *out) {
  struct writer *w = malloc(sizeof *w);
  struct kv *p = malloc(sizeof *p);
  if (!w || !p)
    exit(1);
  p->out = out;
  p->prefix = strdup("");
  w->priv = p;
  w->attr = kv_attr;
  w->finish = kv_finish;
  return w;
}

static void text_attr(struct writer *w, const char *name, const char *value) {
  struct text *p = w->priv;
  fprintf(p->out, "%*s%s: %s\n", p->depth++, "", name, value);
}

static void text_finish(struct writer *w) {
  free(w->priv);
  free(w);
}

static struct writer *text_new(FILE *out) {
  struct writer *w = malloc(sizeof *w);
  struct text *p = calloc(1, sizeof *p);
  if (!w || !p)
    exit(1);
  p->out = out;
  w->priv = p;
  w->attr = text_attr;
  w->finish = text_finish;
  return w;
}

static int show(const char *how, const char *what) {
  struct writer *w;
  if (!strcmp(how, "kv"))
    w = kv_new(stdout);
  else
    w = text_new(stdout);
  if (!strcmp(what, "all"))
    w->attr(w, "all", "yes");
  w->attr(w, "what", what);
  w->finish(w);
  return 1;
}

int main(int argc, char **argv) {
  int shown = 0;
  for (int i = 1; i + 1 < argc; i += 2)
    shown += show(argv[i], argv[i + 1]);
  return shown ? 0 : 1;
}
