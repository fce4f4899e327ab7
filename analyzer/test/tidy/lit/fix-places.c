// Where a clear goes, and where none is offered.
// RUN: cp %s %t.c
// RUN: %check --fix %t.c -- > %t.out
// RUN: FileCheck-19 %s --input-file=%t.c
// RUN: FileCheck-19 %s --check-prefix=SAYS --input-file=%t.out
// RUN: clang-19 -fsyntax-only -Werror %t.c

#include <stdlib.h>
#include <string.h>

// No braces: the clear must not leave the branch.
struct a {
  char *text;
  int on;
};
struct a *a_new(void) { return calloc(1, sizeof(struct a)); }
int a_set(struct a *a, const char *s) {
  if (a->on)
    return -1;
  free(a->text);
  a->text = strdup(s);
  if (!a->text)
    return -1;
  a->on = 1;
  return 0;
}
size_t a_len(struct a *a) { return a->on ? strlen(a->text) : 0; }
// SAYS: 'a.text' is freed
void a_off(struct a *a, int really) {
  if (!a->on)
    return;
  a->on = 0;
  if (a->text)
    free(a->text);
  // CHECK: {{^}}    { free(a->text); a->text = NULL; }{{$}}
}

// A comment behind the statement stays behind it.
struct b {
  char *text;
  int on;
};
struct b *b_new(void) { return calloc(1, sizeof(struct b)); }
int b_set(struct b *b, const char *s) {
  if (b->on)
    return -1;
  free(b->text);
  b->text = strdup(s);
  if (!b->text)
    return -1;
  b->on = 1;
  return 0;
}
size_t b_len(struct b *b) { return b->on ? strlen(b->text) : 0; }
// SAYS: 'b.text' is freed
void b_off(struct b *b) {
  if (!b->on)
    return;
  b->on = 0;
  free(b->text); // of b_set
  // CHECK: {{^}}  free(b->text); b->text = NULL; // of b_set{{$}}
}

// What is read again on some path is left alone: a clear would change what the
// function returns.
struct c {
  char *text;
  int on;
};
struct c *c_new(void) { return calloc(1, sizeof(struct c)); }
int c_set(struct c *c, const char *s) {
  if (c->on)
    return -1;
  free(c->text);
  c->text = strdup(s);
  if (!c->text)
    return -1;
  c->on = 1;
  return 0;
}
size_t c_len(struct c *c) { return c->on ? strlen(c->text) : 0; }
// SAYS: 'c.text' is freed
// SAYS: note: fix: set text to NULL
int c_off(struct c *c) {
  if (!c->on)
    return 0;
  c->on = 0;
  free(c->text);
  // CHECK: {{^}}  c->on = 0;
  // CHECK-NEXT: {{^}}  free(c->text);{{$}}
  // CHECK-NEXT: CHECK
  // CHECK-NEXT: CHECK
  return c->text != NULL;
}

// Not from inside a macro.
#define RELEASE(x) free(x)
struct d {
  char *text;
  int on;
};
struct d *d_new(void) { return calloc(1, sizeof(struct d)); }
int d_set(struct d *d, const char *s) {
  if (d->on)
    return -1;
  free(d->text);
  d->text = strdup(s);
  if (!d->text)
    return -1;
  d->on = 1;
  return 0;
}
size_t d_len(struct d *d) { return d->on ? strlen(d->text) : 0; }
// SAYS: 'd.text' is freed
// SAYS: note: fix: set text to NULL
void d_off(struct d *d) {
  if (!d->on)
    return;
  d->on = 0;
  RELEASE(d->text);
  // CHECK: {{^}}  RELEASE(d->text);{{$}}
  // CHECK-NEXT: CHECK
  // CHECK-NEXT: CHECK
}

// A variable of the file; a label does not hinder.
static char *last;
static int have;
// SAYS: 'last' is freed
void forget(void) {
  if (!have)
    goto out;
  have = 0;
  free(last);
  // CHECK: {{^}}  free(last);{{$}}
  // CHECK-NEXT: {{^}}  last = NULL;{{$}}
out:
  return;
}
int keep(const char *s) {
  if (have)
    return -1;
  free(last);
  last = strdup(s);
  if (!last)
    return -1;
  have = 1;
  return 0;
}
size_t last_len(void) { return have ? strlen(last) : 0; }

// What is freed on one path only must not be lost on the other.
struct page {
  int count;
};
static void page_drop(struct page *p) {
  if (--p->count == 0)
    free(p);
}
struct e {
  struct page *page;
  int on;
};
struct e *e_new(void) { return calloc(1, sizeof(struct e)); }
int e_set(struct e *e) {
  if (e->on)
    return -1;
  free(e->page);
  e->page = calloc(1, sizeof(struct page));
  if (!e->page)
    return -1;
  e->page->count = 1;
  e->on = 1;
  return 0;
}
int e_count(struct e *e) { return e->on ? e->page->count : 0; }
// SAYS: 'e.page' is freed
// SAYS: note: fix: set page to NULL
void e_off(struct e *e) {
  if (!e->on)
    return;
  e->on = 0;
  page_drop(e->page);
  // CHECK: {{^}}  page_drop(e->page);{{$}}
  // CHECK-NEXT: CHECK
  // CHECK-NEXT: CHECK
}

// A wrapper that frees on every path.
static void text_drop(char *text, int wipe) {
  if (!text)
    return;
  if (wipe)
    memset(text, 0, strlen(text));
  free(text);
}
struct f {
  char *text;
  int on;
};
struct f *f_new(void) { return calloc(1, sizeof(struct f)); }
int f_set(struct f *f, const char *s) {
  if (f->on)
    return -1;
  free(f->text);
  f->text = strdup(s);
  if (!f->text)
    return -1;
  f->on = 1;
  return 0;
}
size_t f_len(struct f *f) { return f->on ? strlen(f->text) : 0; }
// SAYS: 'f.text' is freed
void f_off(struct f *f) {
  if (!f->on)
    return;
  f->on = 0;
  text_drop(f->text, 1);
  // CHECK: {{^}}  text_drop(f->text, 1);{{$}}
  // CHECK-NEXT: {{^}}  f->text = NULL;{{$}}
}

// A callee that looks at the field would see the difference; one that only releases
// it again would not.
struct g {
  char *text;
  int on;
};
struct g *g_new(void) { return calloc(1, sizeof(struct g)); }
int g_set(struct g *g, const char *s) {
  if (g->on)
    return -1;
  free(g->text);
  g->text = strdup(s);
  if (!g->text)
    return -1;
  g->on = 1;
  return 0;
}
size_t g_len(struct g *g) { return g->on ? strlen(g->text) : 0; }
static int g_had(struct g *g) { return g->text != NULL; }
static void g_drop(struct g *g) {
  if (g->text) {
    free(g->text);
    g->text = NULL;
  }
}
// SAYS: 'g.text' is freed
// SAYS: note: fix: set text to NULL
int g_off(struct g *g) {
  if (!g->on)
    return 0;
  g->on = 0;
  free(g->text);
  // CHECK: {{^}}  g->on = 0;
  // CHECK-NEXT: {{^}}  free(g->text);
  // CHECK-NEXT: CHECK
  // CHECK-NEXT: CHECK
  // CHECK-NEXT: CHECK
  return g_had(g);
}
// SAYS: 'g.text' is freed
void g_end(struct g *g, int all) {
  if (!g->on)
    return;
  g->on = 0;
  free(g->text);
  // CHECK: {{^}}  free(g->text);
  // CHECK-NEXT: {{^}}  g->text = NULL;
  if (all)
    g_drop(g);
}
