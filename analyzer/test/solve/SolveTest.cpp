//===- SolveTest.cpp - from source to findings ----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Small programs, each in a bad and a good version where that makes sense. The
// labelled inputs under test-inputs/ are the larger set.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Solve.h"
#include "analyzer/test/extract/Support.h"

#include <algorithm>

using namespace retsan;
using namespace retsan::test;

namespace {

FindingsFile solveUnits(std::vector<facts::Unit> Units) {
  solve::Options O;
  O.Jobs = 1;
  O.Root = "/src/lib";
  return solve::solve(std::move(Units), O);
}

FindingsFile solveC(llvm::StringRef Code) {
  std::vector<facts::Unit> Units;
  Units.push_back(extractC(Code));
  return solveUnits(std::move(Units));
}

/// "check level line" of the findings on \p Subject that are not low.
std::vector<std::string> on(const FindingsFile &F, llvm::StringRef Subject) {
  std::vector<std::string> R;
  for (const Finding &X : F.Findings)
    if (X.Subject == Subject && X.Level != Confidence::Low)
      R.push_back(X.Check + " " + toString(X.Level).str() + " " +
                  std::to_string(X.Line));
  return R;
}

using Lines = std::vector<std::string>;

const char *Table = R"(
#include <stdlib.h>
struct table { int n, growing; char **cur, **old; int cursor; };
struct table *table_new(void) {
  struct table *t = calloc(1, sizeof *t);
  if (t) t->cur = calloc(8, sizeof(char *));
  return t;
}
void table_grow(struct table *t) {
  if (t->growing) return;
  t->old = t->cur;
  t->cur = calloc(16, sizeof(char *));
  t->growing = 1;
}
void table_step(struct table *t) {
  if (!t->growing) return;
  t->cur[t->cursor] = t->old[t->cursor];
  if (++t->cursor == 8) {
    t->growing = 0;
    DONE
  }
}
char *table_get(struct table *t, int i) {
  if (t->growing) return t->old[i];
  return t->cur[i];
}
void table_free(struct table *t) { free(t->old); free(t->cur); free(t); }
)";

std::string table(llvm::StringRef Done) {
  std::string S = Table;
  S.replace(S.find("DONE"), 4, Done.str());
  return S;
}

TEST(Solve, AHandoffThatIsNeverClearedIsStale) {
  FindingsFile F = solveC(table(""));
  EXPECT_EQ(on(F, "table.old"), Lines{"retsan-stale-field high 11"});
  EXPECT_EQ(on(F, "table.cur"), Lines{});
}

TEST(Solve, FreedAndNotClearedDangles) {
  FindingsFile F = solveC(table("free(t->old);"));
  EXPECT_EQ(on(F, "table.old"), Lines{"retsan-dangling-field high 20"});
}

TEST(Solve, FreedAndClearedIsSilent) {
  FindingsFile F = solveC(table("free(t->old); t->old = NULL;"));
  for (const std::string &S : on(F, "table.old"))
    EXPECT_TRUE(llvm::StringRef(S).starts_with("retsan-stalled-phase medium"))
        << S;
}

TEST(Solve, AFindingTellsItsStateAndWitness) {
  FindingsFile F = solveC(table(""));
  const Finding *X = nullptr;
  for (const Finding &Y : F.Findings)
    if (Y.Subject == "table.old" && Y.Check == "retsan-stale-field")
      X = &Y;
  ASSERT_TRUE(X);
  EXPECT_EQ(X->File, "a.c");
  EXPECT_EQ(X->Record, "table");
  ASSERT_EQ(X->Predicate.size(), 1u);
  EXPECT_EQ(X->Predicate[0].Name, "growing");
  EXPECT_EQ(X->Predicate[0].Op, "==");
  EXPECT_EQ(X->Predicate[0].Value, 0);
  ASSERT_EQ(X->Phases.size(), 1u);
  EXPECT_EQ(X->Phases[0].SubjectId, X->Predicate[0].SubjectId);
  ASSERT_EQ(X->Witness.size(), 3u);
  EXPECT_EQ(X->Witness[0].Call, "table_new");
  EXPECT_EQ(X->Witness[1].Call, "table_grow");
  EXPECT_EQ(X->Witness[2].Call, "table_step");
  EXPECT_FALSE(X->Uses.empty());
  EXPECT_EQ(X->Fingerprint.size(), 16u);
}

TEST(Solve, ClearingThroughAHelperCounts) {
  FindingsFile F =
      solveC("static void drop(char ***p);\n" + table("drop(&t->old);") +
             "static void drop(char ***p) { free(*p); *p = 0; }\n");
  for (const std::string &S : on(F, "table.old"))
    EXPECT_FALSE(llvm::StringRef(S).contains("dangling")) << S;
}

TEST(Solve, AContainerThatTheCallerFreesDoesNotDangle) {
  FindingsFile F = solveC(R"(
#include <stdlib.h>
struct s { char *buf; int n; };
struct s *s_new(void) { struct s *p = calloc(1, sizeof *p); if (p) p->buf = malloc(9); return p; }
static void s_clean(struct s *p) { free(p->buf); }
void s_free(struct s *p) { s_clean(p); free(p); }
int s_n(struct s *p) { return p->buf ? p->buf[0] : 0; }
)");
  EXPECT_EQ(on(F, "s.buf"), Lines{});
}

TEST(Solve, AGlobalThatIsFreedAndTestedAgainDangles) {
  FindingsFile F = solveC(R"(
#include <stdlib.h>
#include <string.h>
static char *user;
static int set;
int conf_set(const char *v) {
  if (user) return -1;
  user = strdup(v);
  return 0;
}
void conf_reload(void) { free(user); set = 0; }
const char *conf_user(void) { return set ? user : ""; }
void conf_use(void) { set = 1; }
)");
  EXPECT_EQ(on(F, "user"), Lines{"retsan-dangling-field high 11"});
}

TEST(Solve, ABlockingCallIsAQuiescentPoint) {
  const char *Thread = R"(
#include <pthread.h>
#include <stdlib.h>
static char **old, **cur;
static int moving;
static pthread_cond_t c;
static pthread_mutex_t m;
static void *worker(void *arg) {
  for (;;) {
    if (moving) {
      cur[0] = old[0];
      moving = 0;
      free(old);
    }
    pthread_cond_wait(&c, &m);
    old = cur;
    cur = calloc(2, sizeof *cur);
    moving = 1;
  }
  return arg;
}
char *get(void) { return moving ? old[0] : cur[0]; }
void start(void) { pthread_t t; cur = calloc(1, sizeof *cur); pthread_create(&t, 0, worker, 0); }
)";
  EXPECT_EQ(on(solveC(Thread), "old"), Lines{"retsan-dangling-field high 13"});
}

TEST(Solve, AcrossUnits) {
  const char *H = R"(
#include <stdlib.h>
struct job { char *data; int active; };
void job_drop(struct job *j);
)";
  std::string A = std::string(H) + R"(
struct job *job_new(void) { return calloc(1, sizeof(struct job)); }
int job_start(struct job *j) {
  if (j->active) return -1;
  j->data = malloc(64);
  j->active = 1;
  return 0;
}
int job_run(struct job *j) { return j->active ? j->data[0] : -1; }
void job_end(struct job *j) {
  if (!j->active) return;
  j->active = 0;
  job_drop(j);
}
)";
  for (bool Clears : {false, true}) {
    std::string B = std::string(H) +
                    "void job_drop(struct job *j) { free(j->data);" +
                    (Clears ? " j->data = 0;" : "") + " }\n";
    std::vector<facts::Unit> Units;
    Units.push_back(extractCode(A, "/src/lib/a.c"));
    Units.push_back(extractCode(B, "/src/lib/b.c"));
    Lines L = on(solveUnits(std::move(Units)), "job.data");
    EXPECT_EQ(L, Clears ? Lines{} : Lines{"retsan-dangling-field high 5"});
  }
}

TEST(Solve, TheOrderOfUnitsDoesNotMatter) {
  std::vector<std::string> Files;
  for (int I = 0; I < 4; ++I) {
    std::string S = table(I % 2 ? "free(t->old);" : "");
    std::string N = "t" + std::to_string(I) + "_";
    for (size_t At = 0; (At = S.find("table", At)) != std::string::npos;
         At += N.size() + 5)
      S.replace(At, 5, N + "table");
    Files.push_back(S);
  }
  std::vector<size_t> Order{0, 1, 2, 3};
  std::string First;
  do {
    std::vector<facts::Unit> Units;
    for (size_t I : Order)
      Units.push_back(
          extractCode(Files[I], "/src/lib/f" + std::to_string(I) + ".c"));
    std::string Text;
    llvm::raw_string_ostream OS(Text);
    OS << toJSON(solveUnits(std::move(Units)));
    if (First.empty())
      First = Text;
    EXPECT_EQ(First, Text);
  } while (std::next_permutation(Order.begin(), Order.end()) && Order[0] < 2);
}

TEST(Solve, TwoProgramsInOneDatabase) {
  std::string Shared = table("");
  std::vector<facts::Unit> Units;
  Units.push_back(extractCode(Shared, "/src/lib/t.c"));
  for (const char *N : {"/src/lib/one.c", "/src/lib/two.c"})
    Units.push_back(extractCode(
        "struct table; struct table *table_new(void);\n"
        "void table_grow(struct table *);\n"
        "void table_step(struct table *);\n"
        "int main(void) { struct table *t = table_new();\n"
        "for (int i = 0; i < 9; i++) { table_grow(t); table_step(t); }\n"
        "return 0; }\n",
        N));
  FindingsFile F = solveUnits(std::move(Units));
  EXPECT_EQ(F.Cov.Programs, 2u);
  EXPECT_EQ(on(F, "table.old"), Lines{"retsan-stale-field high 11"});
}

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

const char *Session = R"(
#include <stdlib.h>
#include <string.h>
struct base { int kind; };
struct session { struct base b; char *key; int open; long sent; };
struct session *session_new(void) { return calloc(1, sizeof(struct session)); }
int session_open(struct session *s, const char *key) {
  free(s->key);
  s->key = strdup(key);
  s->open = 1;
  return 0;
}
unsigned long session_use(struct session *s) {
  if (!s->open) return 0;
  return strlen(s->key);
}
long session_sent(struct session *s) { return s->sent; }
)";

TEST(Solve, ThePathThatEndsAPhaseIsEvidence) {
  FindingsFile Bad = solveC(std::string(Session) + R"(
void session_close(struct session *s) { s->open = 0; }
void session_free(struct session *s) { free(s->key); free(s); }
)");
  ASSERT_EQ(on(Bad, "session.key").size(), 1u);
  const Finding &F = *std::find_if(
      Bad.Findings.begin(), Bad.Findings.end(),
      [](const Finding &X) { return X.Subject == "session.key"; });
  EXPECT_EQ(F.Level, Confidence::High);
  // The graph holds the way to the bad state, the reader what it asks for.
  EXPECT_TRUE(std::any_of(F.Graph.Nodes.begin(), F.Graph.Nodes.end(),
                          [](const StateNode &N) { return N.Bad; }));
  EXPECT_TRUE(std::any_of(
      F.Graph.Edges.begin(), F.Graph.Edges.end(),
      [](const StateEdge &E) { return E.Call == "session_close"; }));
  ASSERT_EQ(F.Readers.size(), 1u);
  EXPECT_EQ(F.Readers[0].Needs, "open != 0");
  EXPECT_EQ(on(solveC(std::string(Session) + R"(
void session_close(struct session *s) {
  s->open = 0; free(s->key); s->key = NULL;
}
void session_free(struct session *s) { free(s->key); free(s); }
)"),
               "session.key"),
            Lines{});
}

TEST(Solve, AFirstMemberIsItsContainer) {
  auto Close = [](const char *What) {
    return std::string(Session) + R"(
static void base_end(struct base *b) { free(b); }
void session_end(struct session *s) {
  s->open = 0; free(s->key);
)" + What + "}\n";
  };
  EXPECT_EQ(on(solveC(Close("base_end(&s->b);")), "session.key"), Lines{});
  EXPECT_FALSE(on(solveC(Close("")), "session.key").empty());
}

TEST(Solve, AHookThatStandsForFreeEndsItsArgument) {
  auto Close = [](const char *What) {
    return std::string(Session) + R"(
static void (*hook)(void *);
void set_hook(void (*h)(void *)) { hook = h; }
static void mm_free(void *p) { if (hook) hook(p); else free(p); }
void session_end(struct session *s) {
  s->open = 0; mm_free(s->key);
)" + What + "}\n";
  };
  EXPECT_EQ(on(solveC(Close("mm_free(s);")), "session.key"), Lines{});
  EXPECT_FALSE(on(solveC(Close("")), "session.key").empty());
}

TEST(Solve, APointerToFreeFrees) {
  auto Close = [](const char *What) {
    return std::string(Session) + R"(
static void (*do_free)(void *) = free;
void set_free(void (*f)(void *)) { do_free = f; }
void session_close(struct session *s) {
  s->open = 0; do_free(s->key);
)" + What + "}\n";
  };
  EXPECT_FALSE(on(solveC(Close("")), "session.key").empty());
  EXPECT_EQ(on(solveC(Close("s->key = NULL;")), "session.key"), Lines{});
}

TEST(Solve, WhatRunsAtExitLeavesNothingBehind) {
  auto Program = [](const char *Register) {
    return std::string(R"(
#include <stdlib.h>
static char *history;
static int used;
static void drop(void) { free(history); used = 0; }
int add(void) {
  if (!history) history = malloc(10);
  history[0]++;
  return used++;
}
)") + Register;
  };
  EXPECT_EQ(
      on(solveC(Program("void start(void) { atexit(drop); }")), "history"),
      Lines{});
  EXPECT_FALSE(
      on(solveC(Program("void stop(void) { drop(); }")), "history").empty());
}

TEST(Solve, DeadCodeOfOneProgramIsNoOperation) {
  const char *Config = R"(
#include <stdlib.h>
struct config { char *name; int ready; };
struct config *config_new(void) {
  struct config *c = calloc(1, sizeof *c);
  if (c) { c->name = malloc(9); c->ready = 1; }
  return c;
}
void config_cleanup(struct config *c) { c->ready = 0; free(c->name); }
int config_ready(struct config *c) { return c->ready && c->name[0]; }
)";
  const char *Server = R"(
struct config; struct config *config_new(void);
void config_cleanup(struct config *c); int config_ready(struct config *c);
void free(void *);
int main(void) {
  struct config *c = config_new();
  int r = config_ready(c);
  config_cleanup(c);
  free(c);
  return r;
}
)";
  const char *Tool = R"(
struct config; struct config *config_new(void);
int config_ready(struct config *c);
int main(void) { return config_ready(config_new()); }
)";
  auto Scan = [&](std::vector<const char *> Files) {
    std::vector<facts::Unit> Units;
    unsigned N = 0;
    for (const char *Code : Files)
      Units.push_back(
          extractCode(Code, "/src/lib/f" + std::to_string(N++) + ".c"));
    return on(solveUnits(std::move(Units)), "config.name");
  };
  EXPECT_EQ(Scan({Config, Server, Tool}), Lines{});
  // Without the program that shows how it is meant, anyone may call it.
  EXPECT_FALSE(Scan({Config, Tool}).empty());
}

TEST(Solve, ACalleeThatDoesNotLookObservesNothing) {
  auto Close = [](const char *What) {
    return std::string(Session) + R"(
static void count(struct session *s) { s->sent++; }
static void look(struct session *s) { if (s->key) s->sent++; }
static void session_end(struct session *s) {
  free(s->key); s->open = 0;
)" + What + R"(
}
void session_free(struct session *s) { session_end(s); free(s); }
)";
  };
  EXPECT_EQ(on(solveC(Close("count(s);")), "session.key"), Lines{});
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

TEST(Solve, ACallerThatFreesASecondTimeIsTheProof) {
  EXPECT_EQ(on(solveC(R"(
#include <stdlib.h>
#include <string.h>
struct key { int type; char *curve; };
struct key *key_new(void) { return calloc(1, sizeof(struct key)); }
void key_free(struct key *k) { if (k) { free(k->curve); free(k); } }
const char *key_curve(const struct key *k) { return k->curve; }
int key_build(struct key *k, const char *name) {
  k->curve = strdup(name);
  if (!k->curve) return -1;
  k->type = 10;
  if (strlen(name) > 64) {
    free(k->curve);
    return -1;
  }
  return 0;
}
struct key *key_read(const char *name) {
  struct key *k = key_new();
  if (!k) return NULL;
  if (key_build(k, name) < 0) { key_free(k); return NULL; }
  return k;
}
)"),
               "key.curve"),
            Lines{"retsan-dangling-field high 13"});
}

Lines freedThenHanded(const char *Parse) {
  return on(solveC(std::string(R"(
#include <stdlib.h>
#include <string.h>
struct config { char *user; int port; };
int parse(const char *word, char **value) {
)") + Parse + R"(
  *value = strdup(word);
  return *value ? 0 : -1;
}
int config_line(struct config *c, const char *key, const char *word) {
  if (!strcmp(key, "user")) {
    free(c->user);
    return parse(word, &c->user);
  }
  return -1;
}
void config_cleanup(struct config *c) { free(c->user); c->user = NULL; }
)"),
            "config.user");
}

TEST(Solve, AFreedFieldWhoseAddressGoesToOneThatLooksAtIt) {
  EXPECT_EQ(freedThenHanded("  if (*value) return -2;"),
            Lines{"retsan-dangling-field high 12"});
  EXPECT_EQ(freedThenHanded("  *value = NULL;"), Lines{});
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

TEST(Solve, AConstantTablesEntriesAreKnown) {
  auto Register = [](const char *Init) {
    return std::string(R"(
#include <stdlib.h>
struct ops { int (*bid)(void *); int (*init)(void *); };
struct reader { char *data; const struct ops *ops; int n; };
struct reader *reader_new(void) { return calloc(1, sizeof(struct reader)); }
static int put(struct reader *r, char *data, const struct ops *ops) {
  r->data = data;
  r->ops = ops;
  r->n++;
  if (!ops->bid || !ops->init) return -1;
  return 0;
}
static int bid(void *p) { return p != 0; }
static const struct ops table = )") +
           Init + R"(;
int reader_add(struct reader *r) {
  char *state = malloc(8);
  if (!state) return -1;
  if (put(r, state, &table)) { free(state); return -1; }
  return 0;
}
int reader_bid(struct reader *r) {
  return r->data ? r->data[0] : 0;
}
void reader_end(struct reader *r) { free(r->data); free(r); }
)";
  };
  EXPECT_EQ(on(solveC(Register("{ bid, bid }")), "reader.data"), Lines{});
  EXPECT_FALSE(on(solveC(Register("{ bid, 0 }")), "reader.data").empty());
}

TEST(Solve, AFunctionThatEndsTheObjectByItsNameIsNoSurePlace) {
  auto Close = [](const std::string &Name) {
    return on(solveC(std::string(Session) + "void session_" + Name + R"((
    struct session *s) { free(s->key); s->open = 0; s->sent = 0; }
)"),
              "session.key");
  };
  EXPECT_EQ(Close("hangup"), Lines{"retsan-dangling-field high 19"});
  EXPECT_EQ(Close("cleanup"), Lines{"retsan-dangling-field medium 19"});
}

TEST(Solve, AnotherThreadMayTakeWhatWasLeftBeforeAWait) {
  auto Start = [](const char *Wait) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
#include <pthread.h>
struct op { int done; };
struct dialer { struct op *user; int busy; pthread_mutex_t m; pthread_cond_t c; };
struct dialer *dialer_new(void) { return calloc(1, sizeof(struct dialer)); }
int dialer_done(struct dialer *d) { return d->user ? d->user->done : 1; }
void dialer_cb(struct dialer *d) {
  struct op *u = d->user;
  d->user = NULL;
  if (u) u->done = 1;
}
void dialer_drop(struct dialer *d) { free(d->user); d->user = NULL; }
int dialer_start(struct dialer *d) {
  struct op *o = calloc(1, sizeof *o);
  if (!o) return -1;
  d->user = o;
  d->busy = 1;
)") + Wait + R"(
  d->busy = 0;
  free(o);
  return 0;
}
)"),
              "dialer.user");
  };
  EXPECT_EQ(Start("pthread_cond_wait(&d->c, &d->m);"), Lines{});
  EXPECT_EQ(Start(""), Lines{"retsan-dangling-field high 21"});
}

TEST(Solve, AChildsParentIsNoSurePlace) {
  auto Drop = [](const char *Back) {
    return on(solveC(std::string("#include <stdlib.h>\nstruct link;\n") +
                     "struct owner { int n; " + Back + R"( };
struct link { struct owner *owner; int state; };
struct link *link_new(struct owner *o) {
  struct link *l = calloc(1, sizeof *l);
  if (l) { l->owner = o; l->state = 1; }
  return l;
}
int link_count(struct link *l) { return l->owner ? l->owner->n : 0; }
void link_leave(struct link *l) { l->state = 0; free(l->owner); }
)"),
              "link.owner");
  };
  EXPECT_EQ(Drop("char *name;"), Lines{"retsan-dangling-field high 11"});
  EXPECT_EQ(Drop("struct link *link;"),
            Lines{"retsan-dangling-field medium 11"});
}

TEST(Solve, WhatGoesThroughAnEllipsisIsUsed) {
  auto Print = [](const char *Call) {
    return on(
        solveC(std::string(R"(
#include <stdlib.h>
#include <stdarg.h>
#include <string.h>
static int lines;
void line(const char *format, ...) { if (format[0]) lines++; }
struct job { char *name; int open; };
struct job *job_new(const char *n) {
  struct job *j = calloc(1, sizeof *j);
  if (j) { j->name = strdup(n); j->open = 1; }
  return j;
}
unsigned long job_run(struct job *j) { return j->open ? strlen(j->name) : 0; }
void job_end(struct job *j) { j->open = 0; }
void job_print(struct job *j) {
)") + Call +
               "}\n"
               "void job_free(struct job *j) { free(j->name); free(j); }"),
        "job.name");
  };
  EXPECT_EQ(Print("line(\"%s %d\", j->name, j->open);"), Lines{});
  EXPECT_FALSE(Print("line(\"%d\", j->open);").empty());
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
              "request.broker");
  };
  EXPECT_EQ(Get("broker_keep(b);"), Lines{});
  EXPECT_FALSE(Get("").empty());
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

TEST(Solve, WhatMainFreesAtItsEndIsNoSurePlace) {
  EXPECT_EQ(on(solveC(R"(
#include <stdlib.h>
static char *buffer;
static char *names[4];
static int count;
static void quit(int rc) { exit(rc); }
static int at(int i) { return buffer[i]; }
int main(int argc, char **argv) {
  buffer = malloc(100);
  if (!buffer) quit(2);
  buffer[0] = argv[0][0];
  count = at(0);
  free(buffer);
  while (count > 0) { free(names[count & 3]); count--; }
  quit(0);
}
)"),
               "buffer"),
            Lines{"retsan-dangling-field medium 13"});
}

TEST(Solve, AValueThatWasFreedBeforeItIsStoredDangles) {
  auto Create = [](const char *Leave) {
    return on(solveC(std::string(R"(
#include <stdio.h>
#include <stdlib.h>
struct writer { FILE *out; int open; };
struct writer *writer_new(void) { return calloc(1, sizeof(struct writer)); }
int writer_create(struct writer *w, const char *name, long at) {
  FILE *f = fopen(name, "w");
  if (!f) return -1;
  if (fseek(f, at, SEEK_SET) < 0) {
    fclose(f);
)") + Leave + R"(
  }
  w->out = f;
  w->open = 1;
  return 0;
}
int writer_put(struct writer *w, int c) { return w->open ? fputc(c, w->out) : 0; }
void writer_close(struct writer *w) {
  if (w->out) fclose(w->out);
  w->out = NULL;
  w->open = 0;
}
)"),
              "writer.out");
  };
  EXPECT_EQ(Create("return -1;"), Lines{});
  EXPECT_EQ(Create(""), Lines{"retsan-dangling-field high 10"});
}

} // namespace
