//===- StaleTest.cpp - what is left when a phase ends ---------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Handed over and never cleared; and what only looks like the end of a phase.
//
//===----------------------------------------------------------------------===//

#include "analyzer/test/solve/SolveSupport.h"

using namespace retsan;
using namespace retsan::test;

namespace {

TEST(Solve, SharedPointerKeptAfterDone) {
  std::vector<facts::Unit> Units;
  Units.push_back(extractCxx(R"(
#include <memory>
class Job {
public:
  void start(std::shared_ptr<int> p) { if (!done_) payload_ = std::move(p); }
  int step() { if (done_ || !payload_) return 0; if (*payload_ > 3) done_ = true; return *payload_; }
  bool done() const { return done_; }
  void label(int *p) { label_ = p; }
  int show() const { return *label_; }
private:
  bool done_ = false;
  int *label_ = nullptr;
  std::shared_ptr<int> payload_;
};
Job *make() { return new Job; }
void use(Job &j, int *l) { j.start(std::make_shared<int>(1)); j.step(); j.label(l); }
)"));
  Lines L = on(solveUnits(std::move(Units)), "Job.payload_");
  ASSERT_EQ(L.size(), 1u);
  EXPECT_TRUE(llvm::StringRef(L[0]).starts_with("retsan-stale-field ")) << L[0];
}

Lines parserBuffer(const std::string &Guard) {
  return on(solveC("#define ENDED " + Guard + R"(
#include <stdlib.h>
struct parser { char *raw; int ENDED, n; };
struct parser *parser_new(void) {
  struct parser *p = calloc(1, sizeof *p);
  if (p) p->raw = malloc(64);
  return p;
}
int parser_next(struct parser *p) {
  if (p->ENDED) return 0;
  if (p->raw[p->n++] == '#') { p->ENDED = 1; return 0; }
  return 1;
}
void parser_restart(struct parser *p) {
  free(p->raw);
  p->raw = malloc(64);
  p->ENDED = 0; p->n = 0;
}
int parser_count(struct parser *p) { p->n++; return p->n; }
void parser_free(struct parser *p) { free(p->raw); free(p); }
)"),
            "parser.raw");
}

TEST(Solve, AFailedObjectIsExpectedToGo) {
  EXPECT_EQ(parserBuffer("finished"), Lines{"retsan-stale-field high 6"});
  EXPECT_EQ(parserBuffer("at_eof"), Lines{"retsan-stale-field medium 6"});
  EXPECT_EQ(parserBuffer("error"), Lines{});
}

TEST(Solve, AStateThatSaysSoIsTheEnd) {
  auto Scan = [](const char *End) {
    return on(solveC(std::string("enum state { NEW, RUNS, ") + End + R"( };
#include <stdlib.h>
struct job { char *data; enum state st; int n; };
struct job *job_new(void) { return calloc(1, sizeof(struct job)); }
int job_start(struct job *j) {
  if (j->st != NEW) return -1;
  free(j->data);
  j->data = malloc(64);
  j->st = RUNS;
  return 0;
}
int job_step(struct job *j) {
  if (j->st != RUNS) return -1;
  if (j->data && j->data[j->n++] == '#') j->st = )" +
                     End + R"(;
  return 0;
}
int job_count(struct job *j) { j->n++; return j->n; }
void job_free(struct job *j) { free(j->data); free(j); }
)"),
              "job.data");
  };
  EXPECT_FALSE(Scan("WAITS").empty());
  EXPECT_EQ(Scan("ST_FAILED"), Lines{});
  EXPECT_EQ(Scan("JOB_CLOSED"), Lines{});
}

TEST(Solve, AModeThatIsNotKnownIsNoPhase) {
  auto Open =
      [](const char *Mode) {
        return on(solveC(std::string(R"(
#include <stdlib.h>
struct db { unsigned mode; char *rows; };
struct db *db_new(void) { return calloc(1, sizeof(struct db)); }
int db_open(struct db *d, unsigned m) {
  if (d->mode != 0) return -1;
  free(d->rows);
  d->rows = malloc(64);
  d->mode = )") + Mode + R"(;
  return 0;
}
int db_get(struct db *d) { return d->mode != 0 && d->rows ? d->rows[0] : 0; }
int db_reset(struct db *d) {
  if (d->mode == 0) return -1;
  free(d->rows); d->rows = NULL; d->mode = 0;
  return 0;
}
)"),
                  "db.rows");
      };
  EXPECT_EQ(Open("m"), Lines{"retsan-stale-field medium 8"});
  EXPECT_EQ(Open("1"), Lines{});
}

TEST(Solve, OneOfManyNumbersIsNoPhase) {
  auto Screen = [](const char *Rows) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
struct view { int rows; char *cells, *spare; };
struct view *view_new(void) { return calloc(1, sizeof(struct view)); }
void view_open(struct view *v) {
  if (v->rows == 25) return;
  free(v->cells);
  v->cells = malloc(64);
  v->rows = 30;
}
int view_draw(struct view *v) { return v->rows != 25 && v->cells ? v->cells[0] : 0; }
void view_close(struct view *v) { v->rows = 25; }
void view_reset(struct view *v) { free(v->cells); v->cells = 0; v->rows = 0; }
void view_free(struct view *v) { free(v->cells); free(v); }
)") + Rows),
              "view.cells");
  };
  EXPECT_EQ(Screen(""), Lines{"retsan-stale-field high 8"});
  EXPECT_EQ(Screen("void view_resize(struct view *v, int n) { v->rows = n; }"),
            Lines{});
}

TEST(Solve, AnObjectsPlaceInAListIsNoPhase) {
  EXPECT_EQ(on(solveC(R"(
#include <stdlib.h>
struct pair { struct pair *next; char *value; };
struct pairs { struct pair *first; };
void pairs_clear(struct pairs *l) {
  struct pair *p;
  for (p = l->first; p != NULL; p = l->first) {
    if (p->next != NULL) l->first = p->next; else l->first = NULL;
    free(p->value);
    free(p);
  }
}
int pairs_add(struct pairs *l) {
  struct pair *p = calloc(1, sizeof *p);
  if (!p) return -1;
  p->value = malloc(8);
  p->next = l->first;
  l->first = p;
  return 0;
}
char *pairs_get(struct pairs *l, int c) {
  for (struct pair *p = l->first; p; p = p->next)
    if (p->value[0] == c) return p->value;
  return 0;
}
)"),
               "pair.value"),
            Lines{});
}

TEST(Solve, WhatWasDoneToAWholeObjectIsKnownOfItsParts) {
  EXPECT_EQ(on(solveC(R"(
#include <stdlib.h>
#include <string.h>
struct buf { int tag; unsigned char *p; };
struct entry { struct entry *next; int ts; struct buf peer; };
struct cache { struct entry *chain; int n; };
int cache_set(struct cache *c, int n, int t) {
  struct entry *e, *prv = 0;
  for (e = c->chain; e; e = e->next) { if (e->ts == t) break; prv = e; }
  if (!e) {
    e = calloc(1, sizeof *e);
    if (!e) return 1;
    if (!prv) c->chain = e; else prv->next = e;
    e->ts = t;
  }
  if (e->peer.p) { free(e->peer.p); memset(&e->peer, 0, sizeof(struct buf)); }
  if (n) {
    e->peer.p = calloc(1, n);
    if (!e->peer.p) return 2;
  }
  return 0;
}
int cache_get(struct cache *c, int t) {
  for (struct entry *e = c->chain; e; e = e->next)
    if (e->ts == t) return e->peer.p ? e->peer.p[0] : 0;
  return -1;
}
)"),
               "buf.p"),
            Lines{});
}

const char *Mover = R"(
#include <stdlib.h>
#include <poll.h>
#include <pthread.h>
struct move { char *done; int n; };
static struct move move;
static volatile int phase;
void request(void) { if (phase == 0) phase = 1; }
void *mover(void *arg) {
  while (1) {
    if (phase == 1) {
      move.done = calloc(8, 1);
      if (move.done) phase = 2;
    } else if (phase == 2) {
      move.done[move.n++]++;
      if (move.n == 8) {
        move.n = 0; phase = 0; free(move.done);
MARK
      }
    }
  }
  return arg;
}
void setup(void) { phase = 0; }
int main(void) {
  pthread_t t;
  struct pollfd p = {0};
  setup();
  pthread_create(&t, 0, mover, 0);
  while (poll(&p, 1, -1) >= 0) request();
  return 0;
}
)";

TEST(Solve, AGlobalPhaseIsMovedByThoseThatSeeNoObject) {
  auto With = [](const char *Then) {
    std::string Code = Mover;
    Code.replace(Code.find("MARK"), 4, Then);
    return on(solveC(Code), "move.done");
  };
  // What sets the program up does not run again: nothing is stale after it.
  EXPECT_EQ(With(""), Lines{"retsan-dangling-field medium 17"});
  EXPECT_EQ(With("move.done = 0;"), Lines{});
}

TEST(Solve, APointerIntoASiblingsBlockOwnsNothing) {
  EXPECT_EQ(on(solveC(R"(
#include <stdlib.h>
struct stack { char *start, *end; int open; };
struct stack *stack_new(void) { return calloc(1, sizeof(struct stack)); }
int stack_open(struct stack *s, int n) {
  s->start = malloc(n);
  if (!s->start) return 0;
  s->end = s->start + n;
  s->open = 1;
  return 1;
}
int stack_full(struct stack *s, char *at) { return s->open && at == s->end; }
int stack_get(struct stack *s) { return s->open ? s->start[0] : 0; }
void stack_close(struct stack *s) { s->open = 0; free(s->start); s->start = 0; }
void stack_free(struct stack *s) { free(s->start); free(s); }
)"),
               "stack.end"),
            Lines{});
}

/// A record of \p N fields, each of which is used in a phase of its own.
std::string phases(unsigned N) {
  std::string Fields, Code;
  for (unsigned I = 0; I < N; ++I) {
    std::string K = std::to_string(I);
    Fields += " char *f" + K + ";";
    Code += "void set" + K + "(struct record *r) { free(r->f" + K + "); r->f" +
            K + " = malloc(9); r->phase = " + K + "; }\nchar get" + K +
            "(struct record *r) { return r->phase == " + K + " ? r->f" + K +
            "[0] : 0; }\nvoid end" + K + "(struct record *r) { free(r->f" + K +
            "); r->f" + K + " = 0; }\n";
  }
  return "#include <stdlib.h>\nstruct record { int phase;" + Fields + " };\n" +
         Code +
         "struct record *make(void) { return calloc(1, sizeof(struct record)); "
         "}\n";
}

TEST(Solve, HundredsOfFieldsAreToldLikeAFew) {
  // More values of the guard than a closure has states, and more operations
  // that leave a field alone than are run for each.
  constexpr unsigned Many = 620;
  FindingsFile Few = solveC(phases(8)), All = solveC(phases(Many));
  EXPECT_TRUE(All.Cov.RecordsSkipped.empty());
  ASSERT_EQ(Few.Findings.size(), 8u);
  ASSERT_EQ(All.Findings.size(), size_t(Many));
  for (const char *Field : {"record.f0", "record.f3", "record.f7"}) {
    EXPECT_EQ(on(All, Field), on(Few, Field));
    EXPECT_FALSE(on(All, Field).empty());
  }
  // The story does not grow with what others do.
  for (const Finding &X : All.Findings)
    EXPECT_LE(X.Graph.Edges.size(), 300u);
  for (const FindingsFile *F : {&Few, &All})
    for (const Finding &X : F->Findings) {
      // The value that is named is one that a step of the witness gives.
      ASSERT_EQ(X.Predicate.size(), 1u);
      ASSERT_EQ(X.Witness.size(), 3u);
      EXPECT_EQ(X.Witness[2].Call,
                "set" + std::to_string(X.Predicate[0].Value));
      EXPECT_NE(X.Witness[1].Call, X.Witness[2].Call);
    }
}

TEST(Solve, SettingsComeInAnyOrder) {
  auto Set = [](const char *By) {
    return on(solveC(
                  std::string(R"(
#include <stdlib.h>
#include <string.h>
void log_open(const char *);
static struct { char *ident, *file; int foreground; } set;
int set_one(const char *key, int kind, const char *value) {
  if ()") + By + R"("foreground")) set.foreground = 1;
  else if ()" + By +
                  R"("file")) { free(set.file); set.file = strdup(value); }
  else if ()" + By +
                  R"("ident")) { free(set.ident); set.ident = strdup(value); }
  return 0;
}
void set_begin(void) {
  if (!set.foreground) log_open(set.ident ? set.ident : "");
}
)"),
              "set.ident");
  };
  EXPECT_EQ(Set("!strcmp(key, "), Lines{});
  EXPECT_FALSE(Set("kind == *(").empty());
}

TEST(Solve, AnOptionOfTheProgramIsNoPhase) {
  auto Run = [](const char *Later) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
#include <string.h>
int turn(void);
static char *scratch;
static int quiet;
static void begin(void) { scratch = malloc(64); }
int show(int n) { return quiet ? n : scratch[n]; }
void work(int n) {
  )") + Later + R"(
  show(n);
}
int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "-q")) quiet = 1;
  begin();
  while (turn()) work(argc);
  free(scratch);
  return 0;
}
)"),
              "scratch", Confidence::Low);
  };
  EXPECT_FALSE(Run("if (n > 9) quiet = 1;").empty());
  for (const std::string &Line : Run(""))
    EXPECT_EQ(Line.substr(0, 23), "retsan-stale-field low ");
}

} // namespace
