//===- ReferenceTest.cpp - counted references and links -------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which free is the end of an object: references taken and given back, the head
// of a list that moves, parts and wholes.
//
//===----------------------------------------------------------------------===//

#include "analyzer/test/solve/SolveSupport.h"

using namespace retsan;
using namespace retsan::test;

namespace {

const char *List = R"(
#include <stdlib.h>
struct item { struct item *next, *prev, **back; char *text; };
struct list { struct item *first; int n, open; };
struct list *list_new(void) { return calloc(1, sizeof(struct list)); }
void list_add(struct list *l) {
  struct item *i = calloc(1, sizeof *i);
  if (!i) return;
  i->next = l->first; i->back = &l->first;
  if (l->first) { l->first->prev = i; l->first->back = &i->next; }
  l->first = i; l->n++; l->open = 1;
}
int list_peek(struct list *l) { return l->first ? l->first->text[0] : 0; }
void list_free(struct list *l) {
  struct item *i, *n;
  for (i = l->first; i; i = n) { n = i->next; free(i->text); free(i); }
  free(l);
}
)";

Lines headAfter(const std::string &Unlink) {
  return on(solveC(std::string(List) + R"(
void list_drop(struct list *l, int c) {
  struct item *i;
  for (i = l->first; i; i = i->next)
    if (i->text[0] == c) {
)" + Unlink + R"(
      free(i->text); free(i); l->n--; l->open = 0;
      return;
    }
}
)"),
            "list.first");
}

TEST(Solve, AHeadMovedThroughABackPointerIsMoved) {
  EXPECT_EQ(headAfter("if (i->next) i->next->back = i->back;\n"
                      "*i->back = i->next;"),
            Lines{});
  EXPECT_FALSE(headAfter("").empty());
}

TEST(Solve, WhatHasANeighbourBeforeItIsNotTheHead) {
  EXPECT_EQ(headAfter("if (i->prev) i->prev->next = i->next;\n"
                      "else l->first = i->next;\n"
                      "if (i->next) i->next->prev = i->prev;"),
            Lines{});
}

Lines countedTable(const std::string &Code) {
  return on(solveC(R"(
#include <stdlib.h>
struct table { int refs; char *rows; };
struct base { struct table *mem; int busy, n; };
static void table_ref(struct table *t) { t->refs++; }
static void table_unref(struct table *t) {
  if (--t->refs <= 0) { free(t->rows); free(t); }
}
struct base *base_new(void) {
  struct base *b = calloc(1, sizeof *b);
  if (b && (b->mem = calloc(1, sizeof *b->mem))) b->mem->refs = 1;
  return b;
}
int base_rows(struct base *b) { return b->mem ? b->mem->rows[0] : 0; }
void base_free(struct base *b) { if (b->mem) table_unref(b->mem); free(b); }
)" + Code),
            "base.mem");
}

TEST(Solve, AReferenceTakenAndGivenBackIsNoFree) {
  EXPECT_EQ(countedTable(R"(
int base_get(struct base *b) {
  struct table *t = b->mem;
  int v;
  table_ref(t);
  b->busy = 1;
  v = t->rows[b->n];
  b->busy = 0;
  table_unref(t);
  return v;
}
)"),
            Lines{});
}

TEST(Solve, TheFieldsOwnReferenceGivenBackDangles) {
  EXPECT_EQ(countedTable(R"(
void base_stop(struct base *b) {
  if (!b->busy) return;
  b->busy = 0;
  if (b->mem) table_unref(b->mem);
}
void base_start(struct base *b) { b->busy = 1; }
)"),
            Lines{"retsan-dangling-field high 20"});
}

TEST(Solve, CountsAreKeptByHelpersToo) {
  auto Get = [](const char *Take) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
struct broker { int refs; char *host; };
struct request { struct broker *broker; int done, n; };
static int add(int *n, int by) { return *n = *n + by; }
static int sub(int *n, int by) { return *n = *n - by; }
static void broker_keep(struct broker *b) { add(&b->refs, 1); }
static void broker_drop(struct broker *b) {
  if (sub(&b->refs, 1) > 0) return;
  free(b->host);
  free(b);
}
struct broker *broker_new(void) {
  struct broker *b = calloc(1, sizeof *b);
  if (b) b->refs = 1;
  return b;
}
struct request *request_new(void) { return calloc(1, sizeof(struct request)); }
int request_send(struct request *r) {
  struct broker *b = broker_new();
  if (!b) return -1;
  r->broker = b;
  r->done = 0;
)") + Take + R"(
  broker_drop(b);
  return 0;
}
char *request_host(struct request *r) { return r->broker ? r->broker->host : 0; }
)"),
              "request.broker", Confidence::Low);
  };
  EXPECT_EQ(Get("broker_keep(b);"), Lines{});
  EXPECT_FALSE(Get("").empty());
}

TEST(Solve, ACountMayEndInAHookThatFrees) {
  auto Make = [](const char *Take) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
struct arena { unsigned refs; void (*free_func)(void *); };
struct loader { struct arena *mem; int n; };
static void plain_free(void *p) { free(p); }
struct arena *arena_new(void) {
  struct arena *a = calloc(1, sizeof *a);
  if (a) { a->refs = 1; a->free_func = plain_free; }
  return a;
}
void arena_free(struct arena *a, void *p) { if (a && a->free_func) a->free_func(p); }
void arena_ref(struct arena *a) { if (a) a->refs++; }
void arena_unref(struct arena *a) { if (a && !--a->refs) arena_free(a, a); }
struct loader *loader_new(void) {
  struct arena *a = arena_new();
  struct loader *l = calloc(1, sizeof *l);
  if (!a || !l) { free(a); free(l); return 0; }
  l->mem = a;
)") + Take + R"(
  arena_unref(a);
  return l;
}
int loader_refs(struct loader *l) { return l->mem ? l->mem->refs : 0; }
void loader_free(struct loader *l) { if (l->mem) arena_unref(l->mem); free(l); }
)"),
              "loader.mem");
  };
  EXPECT_EQ(Make("arena_ref(a);"), Lines{});
  EXPECT_FALSE(Make("").empty());
}

TEST(Solve, WhatAnElementHoldsStaysWhileItsPointerDoes) {
  auto Set = [](const char *Back) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
#include <string.h>
struct entry { char *word; int changed; };
struct slot { struct entry *orig, *now; };
struct list { struct slot *slots; int n; };
int list_set(struct list *l, int i, const char *word) {
  struct slot *s = l->slots + i;
  if (s->now && s->now->changed) {
    free(s->now->word);
)") + Back + R"(
    s->now->changed = 0;
  }
  return 0;
}
char *list_get(struct list *l, int i) {
  return l->slots[i].now ? l->slots[i].now->word : 0;
}
struct entry *entry_new(const char *w) {
  struct entry *e = calloc(1, sizeof *e);
  if (e) { e->word = strdup(w); e->changed = 1; }
  return e;
}
)"),
              "entry.word");
  };
  EXPECT_EQ(Set("s->now->word = s->orig ? s->orig->word : NULL;"), Lines{});
  EXPECT_FALSE(Set("").empty());
}

TEST(Solve, RecordsOnStacksOnlyAreNotKept) {
  EXPECT_EQ(on(solveC(R"(
#include <stdlib.h>
struct iter { char *buf; int done; };
static void iter_start(struct iter *i) { i->buf = malloc(8); i->done = 0; }
static int iter_next(struct iter *i) {
  if (i->done) return 0;
  i->buf[0]++;
  i->done = 1;
  return 1;
}
static void iter_stop(struct iter *i) { free(i->buf); }
int walk(void) {
  struct iter i;
  int n = 0;
  iter_start(&i);
  while (iter_next(&i)) n++;
  iter_stop(&i);
  return n;
}
)"),
               "iter.buf"),
            Lines{});
}

} // namespace
