//===- AnswersTest.cpp - answers that are taken over ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A solver that may take answers from earlier runs must say the same as one
// that may not, whatever was edited in between; and an edit must not cost the
// answers that it has nothing to do with.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Answers.h"
#include "analyzer/solve/Overview.h"
#include "analyzer/solve/Solve.h"
#include "analyzer/test/extract/Support.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <mutex>

using namespace retsan;
using namespace retsan::test;

namespace {

struct Store : solve::AnswerStore {
  bool find(uint64_t Key, std::string &Data) override {
    std::lock_guard<std::mutex> G(Lock);
    auto It = Answers.find(Key);
    if (It == Answers.end())
      return false;
    Data = It->second;
    ++Hits;
    return true;
  }
  void keep(uint64_t Key, std::string Data) override {
    std::lock_guard<std::mutex> G(Lock);
    Answers[Key] = std::move(Data);
    ++Kept;
  }
  std::mutex Lock;
  std::map<uint64_t, std::string> Answers;
  unsigned Hits = 0, Kept = 0;
};

std::string solveText(llvm::StringRef Code, Store *Kept) {
  std::vector<facts::Unit> Units;
  Units.push_back(extractC(Code));
  solve::Options O;
  O.Jobs = 1;
  O.Root = "/src/lib";
  O.Answers = Kept;
  std::string Text;
  llvm::raw_string_ostream OS(Text);
  writeJSON(solve::solve(std::move(Units), O), OS);
  return Text;
}

/// A program in which each place in angle brackets takes one of several texts.
struct Template {
  const char *Place;
  std::vector<const char *> Texts;
};

const char *Program = R"(
#include <stdlib.h>
struct table { int n, growing; <FIELD> char **cur, **old; int cursor; };
struct buf { char *data; size_t size; char *spare; };
static int limit = <INIT>;
static void drop(char **p) { <DROP> }
static int full(struct table *t) { return <FULL>; }
struct table *table_new(void) {
  struct table *t = calloc(1, sizeof *t);
  if (t) t->cur = calloc(8, sizeof(char *));
  return t;
}
void table_grow(struct table *t) {
  if (t->growing || !full(t)) return;
  t->old = t->cur;
  t->cur = calloc(16, sizeof(char *));
  t->growing = 1;
}
void table_step(struct table *t) {
  if (!t->growing) return;
  t->cur[t->cursor] = t->old[t->cursor];
  if (++t->cursor == 8) { t->growing = 0; <DONE> }
}
char *table_get(struct table *t, int i) { return <GET> ? t->old[i] : t->cur[i]; }
void table_free(struct table *t) { free(t->old); free(t->cur); free(t); }
int buf_open(struct buf *b, size_t n) {
  b->data = malloc(n);
  b->spare = malloc(n);
  if (!b->data) return -1;
  b->size = n;
  return 0;
}
void buf_close(struct buf *b) { <CLOSE> }
char buf_first(struct buf *b) { return <FIRST>; }
<CALLER>
)";

const std::vector<Template> Places = {
    {"<FIELD>", {"", "int extra;"}},
    {"<INIT>", {"4", "8"}},
    {"<DROP>", {"free(*p);", "free(*p); *p = 0;", ""}},
    {"<FULL>", {"t->n > limit", "1", "t->n"}},
    {"<DONE>", {"", "t->old = 0;", "free(t->old); t->old = 0;"}},
    {"<GET>", {"t->growing", "t->n", "t->old"}},
    {"<CLOSE>",
     {"free(b->data); b->size = 0;", "free(b->data); b->data = 0;",
      "drop(&b->data); b->size = 0;", "\n  free(b->data);\n  b->size = 0;"}},
    {"<FIRST>", {"b->size ? b->data[0] : 0", "b->data[0]", "*b->spare"}},
    {"<CALLER>",
     {"", "void cycle(struct buf *b) { buf_close(b); buf_open(b, 9); }",
      "void end(struct buf *b) { buf_close(b); free(b); }"}}};

std::string fill(const std::vector<unsigned> &Choice) {
  std::string Code = Program;
  for (size_t I = 0; I < Places.size(); ++I) {
    size_t At = Code.find(Places[I].Place);
    Code.replace(At, std::string(Places[I].Place).size(),
                 Places[I].Texts[Choice[I]]);
  }
  return Code;
}

TEST(Answers, EditsServeNothingStale) {
  Store Kept;
  std::vector<unsigned> Choice(Places.size());
  uint32_t Seed = 12345;
  auto Random = [&](unsigned N) {
    Seed = Seed * 1664525 + 1013904223;
    return (Seed >> 16) % N;
  };
  for (unsigned Round = 0; Round < 60; ++Round) {
    unsigned At = Random(Places.size());
    Choice[At] = Random(Places[At].Texts.size());
    std::string Code = fill(Choice);
    ASSERT_EQ(solveText(Code, nullptr), solveText(Code, &Kept))
        << "round " << Round << "\n"
        << Code;
  }
  EXPECT_GT(Kept.Hits, 60u);
}

TEST(Answers, TheSameProgramIsAnsweredWhole) {
  Store Kept;
  std::string Code = fill(std::vector<unsigned>(Places.size()));
  std::string First = solveText(Code, &Kept);
  EXPECT_NE(First.find("retsan-stale-field"), std::string::npos);
  unsigned Answers = Kept.Kept;
  EXPECT_GT(Answers, 1u);
  EXPECT_EQ(Kept.Hits, 0u);
  EXPECT_EQ(solveText(Code, &Kept), First);
  EXPECT_EQ(Kept.Hits, Answers);
  EXPECT_EQ(Kept.Kept, Answers);
}

TEST(Answers, AnEditCostsItsOwnSubjects) {
  Store Kept;
  std::vector<unsigned> Choice(Places.size());
  solveText(fill(Choice), &Kept);
  unsigned Before = Kept.Kept;
  Choice[7] = 1; // buf_first: on a line of its own, after all of table's.
  solveText(fill(Choice), &Kept);
  EXPECT_GT(Kept.Hits, 0u);
  EXPECT_LT(Kept.Kept - Before, Before);
}

/// What a baseline knows of the findings in a report.
std::vector<std::string> fingerprints(const std::string &Report) {
  const std::string Name = "\"fingerprint\":";
  std::vector<std::string> Found;
  for (size_t At = Report.find(Name); At != std::string::npos;
       At = Report.find(Name, At + 1)) {
    size_t From = Report.find('"', At + Name.size());
    Found.push_back(Report.substr(From, Report.find('"', From + 1) - From));
  }
  return Found;
}

TEST(Answers, LinesThatMoveCostNothing) {
  Store Kept;
  std::string Code = fill(std::vector<unsigned>(Places.size()));
  // Identities must not tell where something is, either.
  Code += "static char *next(struct buf *b) {\n"
          "  static struct { int n; char *last; } seen;\n"
          "  seen.last = b->data;\n"
          "  return seen.n++ ? b->spare : seen.last;\n"
          "}\n"
          "char first_of(struct buf *b) { return *next(b); }\n"
          "void failed(const char *what, int line);\n"
          "#define CHECK(X) ((X) ? (void)0 : failed(#X, __LINE__))\n"
          "void buf_shrink(struct buf *b) {\n"
          "  CHECK(b->size > 1);\n"
          "  free(b->data);\n"
          "  b->size = 0;\n"
          "}\n";
  std::string First = solveText(Code, &Kept);
  const unsigned Answers = Kept.Kept;
  EXPECT_GT(Answers, 1u);
  EXPECT_GT(fingerprints(First).size(), 2u);
  unsigned Same = 0;
  for (size_t At = 0; At != std::string::npos; At = Code.find('\n', At + 1)) {
    std::string Moved = Code;
    Moved.insert(At, "\n");
    Kept.Hits = 0;
    std::string Whole = solveText(Moved, nullptr);
    ASSERT_EQ(Whole, solveText(Moved, &Kept)) << Moved;
    EXPECT_EQ(fingerprints(Whole), fingerprints(First)) << Moved;
    EXPECT_EQ(Kept.Hits, Answers) << Moved;
    Same += Whole == First;
  }
  EXPECT_LT(Same, 3u) << "the lines of reports did not move";
  EXPECT_EQ(Kept.Kept, Answers);
}

TEST(Answers, CodeThatMovesToAnotherLineOfItsFunctionIsSolvedAgain) {
  // Two statements of one line are one place for the solver, those of two are
  // not.
  Store Kept;
  std::vector<unsigned> Choice(Places.size());
  solveText(fill(Choice), &Kept);
  const unsigned Before = Kept.Kept;
  Choice[6] = 3; // buf_close on three lines.
  std::string Code = fill(Choice);
  EXPECT_EQ(solveText(Code, nullptr), solveText(Code, &Kept));
  EXPECT_GT(Kept.Kept, Before);
}

TEST(Answers, WhatIsCalledByItsAddressIsSpokenFor) {
  // The engine follows the pointer to `step`; its answer lasts all the same.
  std::string Code = R"(
#include <stdlib.h>
struct box { int on; char *p; };
struct box *make(void) { return calloc(1, sizeof(struct box)); }
static char *step(char *p) { return <STEP>; }
static char *back(char *p) { return p - 1; }
void set(struct box *b, int way) {
  char *(*next)(char *) = NULL;
  if (way) next = step; else next = back;
  char *q = malloc(9);
  b->p = q;
  *next(q) = 'x';
  b->on = 1;
}
void end(struct box *b) { b->on = 0; }
char get(struct box *b) { return b->on ? b->p[0] : 0; }
)";
  auto With = [&](const char *Step) {
    std::string S = Code;
    S.replace(S.find("<STEP>"), 6, Step);
    return S;
  };
  Store Kept;
  std::string First = solveText(With("p + 1"), &Kept);
  EXPECT_NE(First.find("box.p"), std::string::npos);
  EXPECT_GT(Kept.Kept, 0u);
  EXPECT_EQ(solveText(With("p + 1"), &Kept), First);
  EXPECT_EQ(Kept.Hits, Kept.Kept);
  // What it does counts.
  unsigned Hits = Kept.Hits;
  std::string Frees = With("(free(p), malloc(3))");
  EXPECT_EQ(solveText(Frees, &Kept), solveText(Frees, nullptr));
  EXPECT_EQ(Kept.Hits, Hits);
}

TEST(Answers, ProgramsOfOneScanShareThem) {
  // Main is so many calls away that it has no part in the answer.
  const char *Lib =
      "struct box { int on; char *p; };\n"
      "void *malloc(unsigned long); void free(void *);\n"
      "void fill(struct box *b) { b->p = malloc(8); b->on = 1; }\n"
      "char peek(struct box *b) { return b->on ? *b->p : 0; }\n"
      "void stop(struct box *b) { free(b->p); b->on = 0; }\n"
      "struct box it;\n"
      "void use1(void) { fill(&it); peek(&it); stop(&it); }\n"
      "void use2(void) { use1(); }\nvoid use3(void) { use2(); }\n"
      "void use4(void) { use3(); }\nvoid use5(void) { use4(); }\n"
      "void use6(void) { use5(); }\nvoid use7(void) { use6(); }\n";
  auto Main = [](llvm::StringRef Own) {
    return ("void use7(void);\n" + Own +
            "int main(void) { use7(); return 0; }\n")
        .str();
  };
  auto Units = [&](bool First, bool Second) {
    std::vector<facts::Unit> U;
    U.push_back(extractCode(Lib, "/src/lib/lib.c"));
    if (First)
      U.push_back(extractCode(Main(""), "/src/lib/one.c"));
    if (Second)
      U.push_back(extractCode(Main("struct other { int x; char *q; };\n"
                                   "struct other count = {3, 0};\n"),
                              "/src/lib/two.c"));
    return U;
  };
  auto Solve = [](std::vector<facts::Unit> U, Store &Kept) {
    solve::Options O;
    O.Jobs = 1;
    O.Answers = &Kept;
    return solve::solve(std::move(U), O);
  };
  Store Both, One, Two;
  FindingsFile OfBoth = Solve(Units(true, true), Both);
  FindingsFile OfOne = Solve(Units(true, false), One);
  FindingsFile OfTwo = Solve(Units(false, true), Two);
  EXPECT_EQ(OfBoth.Cov.Programs, 2u);
  // Besides the answer each program keeps what is known of its functions.
  ASSERT_EQ(One.Kept, 2u);
  EXPECT_EQ(Two.Kept, 2u);
  EXPECT_EQ(Both.Kept, 3u) << "the second program solved it again";
  ASSERT_FALSE(OfOne.Findings.empty());
  EXPECT_EQ(OfBoth.Findings.size(), OfOne.Findings.size());
  EXPECT_EQ(OfTwo.Findings.size(), OfOne.Findings.size());
}

TEST(Answers, WhatWasNotBegunInTimeIsCountedAndNotKept) {
  std::vector<facts::Unit> Units;
  Units.push_back(
      extractC("#include <stdlib.h>\n"
               "struct box { int on; char *p; };\n"
               "void fill(struct box *b) { b->p = malloc(8); b->on = 1; }\n"
               "char peek(struct box *b) { return b->on ? *b->p : 0; }\n"
               "void stop(struct box *b) { free(b->p); b->on = 0; }\n"));
  Store Kept;
  solve::Options O;
  O.Jobs = 1;
  O.Answers = &Kept;
  O.Limit = std::chrono::seconds(0);
  FindingsFile Late = solve::solve(Units, O);
  EXPECT_TRUE(llvm::any_of(Late.Cov.RecordsSkipped, [](const Skipped &S) {
    return S.What == "box.p" &&
           llvm::StringRef(S.Why).contains("--solve-limit");
  }));
  EXPECT_TRUE(llvm::none_of(Late.Findings, [](const Finding &F) {
    return F.Check == "retsan-dangling-field" && F.Subject == "box.p";
  }));
  EXPECT_EQ(Kept.Kept, 1u); // What is known of the functions.
  O.Limit.reset();
  FindingsFile All = solve::solve(std::move(Units), O);
  EXPECT_TRUE(All.Cov.RecordsSkipped.empty());
  EXPECT_TRUE(llvm::any_of(All.Findings, [](const Finding &F) {
    return F.Check == "retsan-dangling-field" && F.Subject == "box.p";
  }));
}

TEST(Answers, DamagedBytesAreNoAnswer) {
  solve::Answer A;
  A.Capped.push_back({"f", "too many paths"});
  Finding F;
  F.Subject = "buf.data";
  F.State = {{"size", "0"}, {"data", "freed"}};
  A.Found.push_back(F);
  std::string Bytes = solve::write(A);
  solve::Answer B;
  ASSERT_TRUE(solve::read(Bytes, B));
  EXPECT_EQ(B.Found[0].State, F.State);
  EXPECT_EQ(solve::write(B), Bytes);
  for (size_t N = 0; N < Bytes.size(); ++N) {
    solve::Answer C;
    EXPECT_FALSE(solve::read(llvm::StringRef(Bytes).take_front(N), C));
  }
  solve::Answer C;
  EXPECT_FALSE(solve::read(Bytes + "x", C));
}

TEST(Overview, IsReadAsItWasWritten) {
  solve::Overview A;
  A.Fates.resize(3);
  A.Fates[1].Direct = 5;
  A.Fates[1].Used = ~uint64_t(0);
  A.Fates[2].Deref = 2;
  A.Fates[2].Throws = true;
  A.Wrappers.resize(3);
  A.Wrappers.set(1);
  A.Known = {7, 8, 9};
  std::string Bytes = solve::write(A);
  solve::Overview B;
  ASSERT_TRUE(solve::read(Bytes, 3, B));
  EXPECT_EQ(B.Fates[1].Direct, 5u);
  EXPECT_EQ(B.Fates[1].Used, ~uint64_t(0));
  EXPECT_FALSE(B.Fates[1].Throws);
  EXPECT_TRUE(B.Fates[2].Throws);
  EXPECT_TRUE(B.Wrappers[1]);
  EXPECT_FALSE(B.Wrappers[2]);
  EXPECT_EQ(B.Known, A.Known);
  EXPECT_EQ(solve::write(B), Bytes);
  EXPECT_FALSE(solve::read(Bytes, 4, B)); // Another program's.
}

} // namespace
