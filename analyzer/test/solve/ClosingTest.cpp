//===- ClosingTest.cpp - functions that close an object -------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a closing function leaves freed is for its callers to know of, and what
// a parser's steps meet lives as long as the loop that calls them. Each case
// has a side on which somebody else meets the value.
//
//===----------------------------------------------------------------------===//

#include "analyzer/test/solve/SolveSupport.h"

using namespace retsan;
using namespace retsan::test;

namespace {

const Lines Nothing{};

TEST(Closing, StepsOfAParserAreCalledByItsLoopOnly) {
  auto Parse = [](const char *Other) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
#include <string.h>
typedef void (*step)(int);
static step next, after;
static char *word;
static int wanted;
extern int token(void);
extern void emit(int);
static void top(int t);
static void wait(int t) { if (t == wanted) next = after; }
static void body(int t) {
  if (t == ';') { emit(word[0]); next = &top; }
  else { wanted = t; after = &body; next = &wait; }
}
static void top(int t) {
  if (t == '{') { word[0] = (char)t; next = &body; }
}
)") + Other + R"(
void parse(void) {
  word = malloc(64);
  if (!word) return;
  next = &top;
  for (int t = token(); t; t = token()) (*next)(t);
  free(word);
}
int main(void) { for (int i = 0; i < 3; i++) parse(); return 0; }
)"),
              "word");
  };
  EXPECT_EQ(Parse(""), Nothing);
  EXPECT_EQ(Parse("int peek(void) { return word ? word[0] : 0; }\n"
                  "int other(void) { return peek(); }"),
            Lines{"retsan-dangling-field high 26"});
}

TEST(Closing, ATableCallsWhatEndsIt) {
  auto Play = [](const char *Name) {
    return on(
        solveC(std::string(R"(
#include <stdlib.h>
struct sink;
struct ops { int (*open)(struct sink *); int (*put)(struct sink *, int);
             int (*)") +
               Name + R"()(struct sink *); };
struct sink { const struct ops *ops; int *ring; int n, rate; };
static int ring_open(struct sink *s) {
  s->ring = malloc(64 * sizeof(int));
  if (!s->ring) return -1;
  s->rate = 8;
  return 0;
}
static int ring_put(struct sink *s, int v) {
  int old = s->ring[s->n % 64]; s->ring[s->n++ % 64] = v; return old; }
static int ring_)" +
               Name +
               R"((struct sink *s) { free(s->ring); s->rate = 0; return 0; }
const struct ops ring_ops = { ring_open, ring_put, ring_)" +
               Name + R"( };
struct sink *sink_new(const struct ops *o) {
  struct sink *s = calloc(1, sizeof *s);
  if (s) s->ops = o;
  return s;
}
int sink_open(struct sink *s) { return s->ops->open(s); }
int sink_put(struct sink *s, int v) { return s->ops->put(s, v); }
int sink_)" + Name +
               R"((struct sink *s) { return s->ops->)" + Name + R"((s); }
void sink_free(struct sink *s) { free(s); }
)"),
        "sink.ring");
  };
  EXPECT_EQ(Play("close"), Lines{"retsan-dangling-field medium 15"});
  EXPECT_EQ(Play("retune"), Lines{"retsan-dangling-field high 15"});
}

TEST(Closing, AFunctionMarksWhatItClosed) {
  auto Close = [](const char *Test, const char *Reset) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
#include <string.h>
struct tree { int used; };
struct cursor { struct tree *tree; char *key; int pos; };
int cursor_seek(struct cursor *c, struct tree *t, const char *k) {
  char *n = strdup(k);
  if (!n) return -1;
  free(c->key);
  c->key = n; c->tree = t; c->pos = 1;
  return 0;
}
int cursor_key(struct cursor *c) { return c->pos ? c->key[0] : 0; }
void cursor_leave(struct cursor *c) {
  )") + Test + R"({
    free(c->key);
    )" + Reset + R"(
  }
}
void cursor_reset(struct cursor *c) { free(c->key); c->key = NULL; c->pos = 0; }
)"),
              "cursor.key");
  };
  EXPECT_EQ(Close("if (c->tree) ", "c->tree = NULL;"),
            Lines{"retsan-dangling-field medium 16"});
  EXPECT_EQ(Close("if (c->tree) ", ""), Lines{"retsan-dangling-field high 16"});
}

TEST(Closing, WhoMakesTheObjectAndFailsGivesItUp) {
  auto Connect = [](const char *Caller) {
    return on(solveC(std::string(R"(
#include <stdio.h>
#include <stdlib.h>
struct record { FILE *file; int stamped; };
struct client { struct record *rec; const char *host; };
int connect_to(struct client *c) {
  struct record *r = malloc(sizeof *r);
  if (!r) return 0;
  c->rec = r;
  r->file = fopen(c->host, "rb");
  r->stamped = 0;
  if (!r->file) return 0;
  if (fgetc(r->file) != 'V') {
    fclose(r->file);
    return 0;
  }
  return 1;
}
int client_read(struct client *c) { c->rec->stamped = 1; return fgetc(c->rec->file); }
void client_rewind(struct client *c) { rewind(c->rec->file); }
)") + Caller),
              "record.file");
  };
  EXPECT_EQ(Connect(""), Lines{"retsan-dangling-field medium 14"});
  EXPECT_EQ(Connect("void client_end(struct client *c) { fclose(c->rec->file); "
                    "free(c->rec); c->rec = NULL; }"),
            Lines{"retsan-dangling-field high 14"});
}

TEST(Closing, WhoMeetsItAsksAnotherField) {
  auto Loop = [](const char *Asks) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
enum { NONE, RING, POLL };
struct loop { char *ring; int backend, pending, depth; };
static int ring_init(struct loop *l) {
  l->ring = malloc(4096);
  if (!l->ring) return NONE;
  l->pending = 0;
  if (l->depth > 8) { free(l->ring); l->pending = -1; return NONE; }
  return RING;
}
int loop_start(struct loop *l, int flags) {
  if (!l->backend && (flags & 1)) l->backend = ring_init(l);
  if (!l->backend) l->backend = POLL;
  return l->backend;
}
int loop_step(struct loop *l) { )") +
                     Asks + R"( return l->ring[0]; }
void loop_end(struct loop *l) {
  if (l->backend == RING) { free(l->ring); l->ring = NULL; }
  l->backend = NONE;
}
)"),
              "loop.ring");
  };
  EXPECT_EQ(Loop("if (l->backend != RING) return -1;"), Nothing);
  EXPECT_EQ(Loop(""), Lines{"retsan-dangling-field medium 9"});
}

} // namespace
