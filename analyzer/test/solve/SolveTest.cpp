//===- SolveTest.cpp - from source to findings ----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Small programs, each in a bad and a good version where that makes sense:
// units, programs, who is called, what the engine knows of values. The labelled
// inputs under test-inputs/ are the larger set.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Engine.h"
#include "analyzer/test/solve/SolveSupport.h"

#include <algorithm>

using namespace retsan;
using namespace retsan::test;

namespace {

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

TEST(Solve, DeadCodeOfOneProgramIsNoOperation) {
  const char *Config = R"(
#include <stdlib.h>
struct config { char *name; int ready; };
struct config *config_new(void) {
  struct config *c = calloc(1, sizeof *c);
  if (c) { c->name = malloc(9); c->ready = 1; }
  return c;
}
void config_off(struct config *c) { c->ready = 0; free(c->name); }
int config_ready(struct config *c) { return c->ready && c->name[0]; }
)";
  const char *Server = R"(
struct config; struct config *config_new(void);
void config_off(struct config *c); int config_ready(struct config *c);
void free(void *);
int main(void) {
  struct config *c = config_new();
  int r = config_ready(c);
  config_off(c);
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

TEST(Solve, UnitsThatATableNamesBelongToTheProgram) {
  const char *Header = "struct intf { char *device; int (*open)(struct intf "
                       "*); };\n";
  auto Unit = [&](const char *Code, const char *Name) {
    return extractCode(std::string(Header) + Code, Name);
  };
  const char *Main = R"(
char *strdup(const char *); void free(void *);
extern struct intf *table[];
int main(int n, char **v) {
  struct intf *i = table[n];
  i->device = strdup(v[1]);
  int r = i->open(i);
  free(i->device);
  i->device = 0;
  return r;
}
)";
  const char *Table = "extern struct intf serial;\n"
                      "struct intf *table[] = {&serial, 0};\n";
  const char *Reader = R"(
int open(const char *, int);
static int serial_open(struct intf *i) { return open(i->device, 0); }
struct intf serial = {.open = serial_open};
)";
  auto Scan = [&](bool WithTable) {
    std::vector<facts::Unit> Units;
    Units.push_back(Unit(Main, "/src/main.c"));
    Units.push_back(
        Unit(WithTable ? Table : "struct intf *table[2];\n", "/src/table.c"));
    if (WithTable)
      Units.push_back(Unit(Reader, "/src/serial.c"));
    Units.push_back(Unit("int main(void) { return 0; }", "/src/other.c"));
    return on(solveUnits(std::move(Units)), "intf.device");
  };
  EXPECT_EQ(Scan(true), Lines{});
  // The control: without the unit that reads it, nobody does.
  EXPECT_FALSE(Scan(false).empty());
}

TEST(Solve, ABodyThatIsNotTheOneLinkedReadsToo) {
  const char *Channel = R"(
#include <stdlib.h>
#include <string.h>
struct channel { char *reader; int id; };
struct channel *channel_new(const char *reader) {
  struct channel *c = calloc(1, sizeof *c);
  if (c) { c->reader = malloc(strlen(reader) + 1); c->id = 1; }
  return c;
}
int channel_id(struct channel *c) { return c->id; }
void channel_free(struct channel *c) { free(c->reader); free(c); }
)";
  auto Scan = [&](bool Twice) {
    std::vector<facts::Unit> Units;
    if (Twice)
      Units.push_back(extractCode("int status(void *c) { return c != 0; }",
                                  "/src/lib/spy.c"));
    Units.push_back(extractCode(
        std::string(Channel) +
            (Twice ? "int status(void *p) { struct channel *c = p; return "
                     "strlen(c->reader); }\n"
                   : ""),
        "/src/lib/channel.c"));
    return on(solveUnits(std::move(Units)), "channel.reader");
  };
  EXPECT_EQ(Scan(true), Lines{});
  EXPECT_FALSE(Scan(false).empty());
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

TEST(Solve, ASourceOfTwoBuildsReadsForBoth) {
  auto Build = [](const char *Read, bool Second) {
    auto Code = [&](const char *How) {
      return std::string(R"(
#include <stdlib.h>
#include <string.h>
struct link {
  char *name;
  int at;
#ifdef SERVER
  int clients;
#endif
};
int link_send(struct link *l) { return l->at + )") +
             How + R"(; }
#ifndef SERVER
struct link *link_new(void) { return calloc(1, sizeof(struct link)); }
void link_name(struct link *l, const char *s) { free(l->name); l->name = strdup(s); }
void link_free(struct link *l) { free(l->name); free(l); }
#endif
)";
    };
    std::vector<facts::Unit> Units;
    if (Second)
      Units.push_back(extractCode(Code("0"), "/src/lib/link.c", {"-DSERVER"}));
    Units.push_back(extractCode(Code(Read), "/src/lib/link.c"));
    return on(solveUnits(std::move(Units)), "link.name");
  };
  EXPECT_FALSE(Build("0", false).empty());
  EXPECT_FALSE(Build("0", true).empty());
  EXPECT_EQ(Build("l->name[0]", false), Lines{});
  // Of two bodies the program has the first.
  EXPECT_EQ(Build("l->name[0]", true), Lines{});
}

TEST(Solve, NobodyTouchesAFieldThatNobodyNames) {
  const facts::Unit U = extractC(
      "struct s { int *p; int n; }; int f(struct s *s) { return s->n; }");
  const solve::Program P = solve::link({&U});
  const solve::Context Cx(P);
  auto FieldOf = [](uint32_t Index) {
    solve::Tracked T;
    T.Record = 0;
    T.Path.push_back({facts::PathElem::Field, 0, Index});
    return T;
  };
  const uint32_t Named = Cx.slotOf(FieldOf(1)), Other = Cx.slotOf(FieldOf(0));
  ASSERT_NE(Named, facts::None);
  EXPECT_TRUE(Cx.touches(0, Named, /*Direct=*/true));
  EXPECT_EQ(Other, facts::None);
  EXPECT_FALSE(Cx.touches(0, Other, /*Direct=*/true));
  EXPECT_FALSE(Cx.writes(0, Other, /*Direct=*/false));
  EXPECT_TRUE(Cx.touchersOf(Other).empty());
}

} // namespace
