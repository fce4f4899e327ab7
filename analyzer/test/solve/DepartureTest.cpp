//===- DepartureTest.cpp - what becomes of the object behind a free -------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A freed and uncleared field is no fault in an object that nobody meets any
// more: it is taken out of its list, overwritten by its neighbour, or goes with
// what holds it; or those that meet it ask something that was set beside it.
// Each case has a side in which the object stays.
//
//===----------------------------------------------------------------------===//

#include "analyzer/test/solve/SolveSupport.h"

using namespace retsan;
using namespace retsan::test;

namespace {

TEST(Departure, AnElementIsUnlinkedBehindTheFree) {
  auto Close = [](const char *Unlink) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
#include <string.h>
struct sym { char *name; int size; struct sym *next; };
static struct sym *waiting;
int sym_open(const char *n) {
  struct sym *s = calloc(1, sizeof *s);
  if (!s) return -1;
  s->name = strdup(n); s->next = waiting; waiting = s;
  return 0;
}
int sym_size(const char *n) {
  for (struct sym *s = waiting; s; s = s->next)
    if (s->name && !strcmp(s->name, n)) return s->size;
  return -1;
}
void sym_close(const char *n, int size) {
  for (struct sym **s = &waiting; *s; s = &(*s)->next)
    if (!strcmp((*s)->name, n)) {
      (*s)->size = size;
      free((*s)->name);
      )") + Unlink + R"(
      return;
    }
}
)"),
              "sym.name");
  };
  EXPECT_EQ(Close(""), Lines{"retsan-dangling-field high 21"});
  EXPECT_EQ(Close("if (size) *s = (*s)->next;"),
            Lines{"retsan-dangling-field high 21"});
  EXPECT_EQ(Close("*s = (*s)->next;"), Lines{});
}

TEST(Departure, TheRestOfAnArrayMovesOverTheElement) {
  auto Restrict = [](const char *Shift) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
#include <string.h>
struct kind { int *infos; unsigned used; };
struct topo { struct kind *kinds; unsigned n; };
int kind_add(struct kind *k, unsigned n) {
  int *p = realloc(k->infos, n * sizeof *p);
  if (!p) return -1;
  k->infos = p; k->used = n;
  return 0;
}
int kind_get(struct kind *k) { return k->used ? k->infos[0] : 0; }
void kind_clear(struct kind *k) { free(k->infos); k->infos = NULL; k->used = 0; }
void topo_restrict(struct topo *t) {
  for (unsigned i = 0; i < t->n; i++) {
    struct kind *k = &t->kinds[i];
    if (k->used == 0) {
      k->used = 1;
      free(k->infos);
      )") + Shift + R"(
    }
  }
}
)"),
              "kind.infos");
  };
  EXPECT_EQ(Restrict(""), Lines{"retsan-dangling-field high 19"});
  EXPECT_EQ(Restrict("memmove(k, k + 1, (t->n - i - 1) * sizeof *k); "
                     "i--; t->n--;"),
            Lines{});
}

TEST(Departure, TheTableOfTheElementsEnds) {
  auto Drop = [](const char *End) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
#include <string.h>
struct entry { char *key; int hits; };
struct node { void *ptr; struct node *next; };
struct table { struct entry *e[16]; };
void node_free(struct node *n) {
  while (n) { struct node *t = n->next; free(n); n = t; }
}
struct node *table_list(struct table *t) {
  struct node *l = NULL;
  for (int i = 0; i < 16; i++)
    if (t->e[i]) {
      struct node *n = malloc(sizeof *n);
      n->ptr = t->e[i]; n->next = l; l = n;
    }
  return l;
}
void table_free(struct table *t) {
  for (int i = 0; i < 16; i++) free(t->e[i]);
  free(t);
}
int entry_fill(struct entry *e, const char *k) {
  e->key = strdup(k); e->hits = 0;
  return e->key != NULL;
}
int entry_hit(struct entry *e) { e->hits++; return e->key ? e->key[0] : 0; }
void entry_clear(struct entry *e) { free(e->key); e->key = NULL; }
void table_drop(struct table *t) {
  struct node *l = table_list(t);
  for (struct node *n = l; n; n = n->next) {
    struct entry *e = n->ptr;
    e->hits = 7;
    free(e->key);
  }
  node_free(l);
  )") + End + R"(
}
)"),
              "entry.key");
  };
  // The list of the entries goes in both.
  EXPECT_EQ(Drop(""), Lines{"retsan-dangling-field high 34"});
  EXPECT_EQ(Drop("table_free(t);"), Lines{});
}

TEST(Departure, AHookOfALibraryIsTheEnd) {
  auto Rewind = [](const char *Table) {
    return on(solveC(std::string(R"(#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
struct tape { char *block; int at; };
struct ops { cookie_read_function_t *read; cookie_close_function_t *restart; };
static ssize_t tape_read(void *c, char *to, size_t n) {
  struct tape *t = c;
  if (!t->block) t->block = calloc(64, 1);
  to[0] = t->block[t->at++ % 64];
  return n;
}
static int tape_rewind(void *c) {
  struct tape *t = c;
  free(t->block);
  t->at = 0;
  return 0;
}
)") + Table + R"(
void *tape_new(void) { return calloc(1, sizeof(struct tape)); }
)"),
              "tape.block");
  };
  EXPECT_EQ(Rewind("const struct ops tape = {tape_read, tape_rewind};"),
            Lines{"retsan-dangling-field high 14"});
  EXPECT_EQ(Rewind("const struct _IO_cookie_io_functions_t tape = "
                   "{.read = tape_read, .close = tape_rewind};"),
            Lines{});
}

TEST(Departure, AReallocatedContentIsReturned) {
  auto Take = [](const char *Return) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
struct scratch { char *data; size_t n; };
void scratch_init(struct scratch *s) { s->data = NULL; s->n = 0; }
int scratch_grow(struct scratch *s) {
  free(s->data);
  s->data = malloc(s->n += 64);
  if (!s->data) { s->n = 0; return 0; }
  return 1;
}
void scratch_free(struct scratch *s) { free(s->data); s->data = NULL; s->n = 0; }
void *scratch_take(struct scratch *s, size_t n) {
  s->n = 1;
  void *copy = realloc(s->data, n);
  )") + Return + R"(
}
)"),
              "scratch.data");
  };
  EXPECT_EQ(Take("free(copy); return NULL;"),
            Lines{"retsan-dangling-field high 14"});
  EXPECT_EQ(Take("return copy;"), Lines{});
}

TEST(Departure, ACountOfUsersIsBackAtNone) {
  auto Close = [](const char *Others) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
static int *tab;
static int users;
int tab_more(void);
int tab_open(void) {
  if (users++) return 0;
  tab = malloc(64);
  if (tab && tab_more()) return 0;
  free(tab);
  users--;
  return -1;
}
int tab_at(int i) { return tab[i]; }
void tab_close(void) {
  if (--users) return;
  free(tab);
}
)") + Others),
              "tab");
  };
  EXPECT_EQ(Close(""), Lines{});
  EXPECT_FALSE(Close("void tab_force(int n) { users = n; }").empty());
}

TEST(Departure, AChildEndsItsParent) {
  auto Transfer = [](const char *End) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
struct file { void *owner; char *name; int got, size; };
struct job { struct file *file; int acked, done; };
int get(int);
struct job *job_new(int n) {
  struct file *f = calloc(1, sizeof *f);
  struct job *j = calloc(1, sizeof *j);
  f->owner = j; f->size = n; j->file = f;
  return j;
}
static void file_close(struct file *f) {
  struct job *j = f->owner;
  get(j->acked);
  )") + End + R"(
  free(f->name);
  free(f);
}
void file_done(struct file *f) { get(f->got); file_close(f); }
int job_abort(struct job *j) { file_close(j->file); return 0; }
int job_step(struct job *j, int fd) {
  struct file *f = j->file;
  j->acked = get(fd);
  if (j->acked < f->got) return job_abort(j);
  f->got = j->acked;
  if (f->got >= f->size) { if (j->done) file_done(f); return 0; }
  return 1;
}
)"),
              "job.file");
  };
  EXPECT_FALSE(Transfer("j->acked = 0;").empty());
  EXPECT_EQ(Transfer("free(j);"), Lines{});
}

TEST(Departure, AVariableSaysThatItHasNotBegun) {
  auto Begin =
      [](const char *Name) {
        const std::string Begun = Name;
        return on(solveC(std::string(R"(
#include <stdlib.h>
int more(void);
static int *ctx;
static int )") + Begun + R"(;
static int start(int fips) {
  if (fips) return 0;
  ctx = malloc(8);
  if (!ctx) return -1;
  if (!more()) { free(ctx); return -1; }
  return 0;
}
int begin(int fips) {
  if ()" + Begun + R"() return 0;
  if (start(fips)) return -1;
  )" + Begun + R"( = 1;
  return 0;
}
int at(int i) { return ctx[i]; }
void end(void) {
  if (!)" + Begun + R"() return;
  )" + Begun + R"( = 0;
  free(ctx);
  ctx = NULL;
}
)"),
                  "ctx");
      };
  EXPECT_EQ(Begin("rounds"), Lines{"retsan-dangling-field high 10"});
  EXPECT_EQ(Begin("initialised"), Lines{"retsan-dangling-field medium 10"});
}

TEST(Departure, AnExceptionMayTakeTheHolderWithIt) {
  auto Step = [](const char *End) {
    std::vector<facts::Unit> Units;
    Units.push_back(extractCxx(std::string(R"(
#include <cstdlib>
struct Table { virtual bool next(); int n = 0; };
bool more(int);
class Iter {
  Table *t;
  void drop() { delete t; }
public:
  explicit Iter(Table *x) : t(x) {}
  ~Iter() { )") + End + R"( }
  void step() {
    if (t->n++ > 3) {
      drop();
      if (more(1))
        throw 1;
      t = nullptr;
    }
  }
  int at() { return t ? t->n : 0; }
};
Iter *make(Table *t) { return new Iter(t); }
int at(Iter *i) { return i->at(); }
void step(Iter *i) { i->step(); }
)"));
    return on(solveUnits(std::move(Units)), "Iter.t");
  };
  EXPECT_EQ(Step(""), Lines{"retsan-dangling-field high 7"});
  EXPECT_EQ(Step("if (t) drop();"), Lines{"retsan-dangling-field medium 7"});
}

} // namespace
