//===- OutlineTest.cpp - programs, shards, units that are read when needed ===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Outline.h"
#include "analyzer/model/Settle.h"
#include "analyzer/solve/Solve.h"
#include "analyzer/test/extract/Support.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <mutex>

using namespace llvm;
using namespace retsan;
using namespace retsan::test;
using solve::Outline;
using solve::Share;

namespace {

Outline unit(bool HasMain, std::vector<StringRef> Defines,
             std::vector<StringRef> Names, uint64_t Weight = 1) {
  Outline O;
  O.HasMain = HasMain;
  O.Weight = Weight;
  for (StringRef S : Defines)
    O.Defines.push_back(solve::nameHash(S));
  for (StringRef S : Names)
    O.Names.push_back(solve::nameHash(S));
  return O;
}

using Parts = std::vector<std::vector<size_t>>;

} // namespace

TEST(Outline, OfAUnit) {
  Outline O = solve::outlineOf(
      extractC("int seen; extern int other; static int own;\n"
               "static int hidden(void) { return own; }\n"
               "int call(void); void mark(void);\n"
               "int shown(void) { return call() + hidden() + other; }\n"
               "int again(int n) { return n ? again(n - 1) : 0; }\n"));
  auto Has = [](const std::vector<uint64_t> &In, StringRef Usr) {
    return is_contained(In, solve::nameHash(Usr));
  };
  EXPECT_FALSE(O.HasMain);
  EXPECT_TRUE(Has(O.Defines, "c:@F@shown"));
  EXPECT_TRUE(Has(O.Defines, "c:@seen"));
  EXPECT_FALSE(Has(O.Defines, "c:@other"));
  EXPECT_FALSE(Has(O.Defines, "c:@F@call"));
  EXPECT_EQ(O.Defines.size(), 3u) << "what is internal is defined for nobody";
  EXPECT_TRUE(Has(O.Names, "c:@F@call"));
  EXPECT_TRUE(Has(O.Names, "c:@other"));
  EXPECT_TRUE(Has(O.Calls, "c:@F@call"));
  EXPECT_FALSE(Has(O.Calls, "c:@F@again")) << "it calls only itself";
  EXPECT_TRUE(
      solve::outlineOf(extractC("int main(void) { return 0; }")).HasMain);
}

TEST(Outline, OneMainTakesAll) {
  EXPECT_EQ(
      solve::partition({unit(true, {"main"}, {}), unit(false, {"f"}, {})}),
      (Parts{{0, 1}}));
}

TEST(Outline, ProgramsAreWhatTheirMainsReach) {
  std::vector<Outline> All = {
      unit(true, {"main"}, {"a"}),  unit(true, {"main"}, {"b"}),
      unit(false, {"a"}, {"both"}), unit(false, {"b"}, {"both"}),
      unit(false, {"both"}, {}),    unit(false, {"nobody"}, {"a"})};
  EXPECT_EQ(solve::partition(All), (Parts{{0, 2, 4}, {1, 3, 4}, {5}}));
}

TEST(Outline, ProgramsAreDealt) {
  std::vector<Outline> All;
  Parts P;
  for (unsigned I = 0; I < 40; ++I) {
    All.push_back(unit(true, {}, {}, 10 + I % 3));
    P.push_back({I});
  }
  std::vector<unsigned> Owners(P.size()), Loads(4);
  for (unsigned S = 0; S < 4; ++S) {
    std::vector<Share> Mine = solve::deal(All, P, S, 4);
    for (size_t I = 0; I < P.size(); ++I) {
      EXPECT_TRUE(Mine[I] == Share::None || Mine[I] == Share::Whole);
      Owners[I] += Mine[I] == Share::Whole;
      Loads[S] += Mine[I] == Share::Whole ? All[I].Weight : 0;
    }
  }
  for (unsigned N : Owners)
    EXPECT_EQ(N, 1u);
  auto [Least, Most] = std::minmax_element(Loads.begin(), Loads.end());
  EXPECT_LE(*Most - *Least, 12u);
}

TEST(Outline, AProgramThatIsTooLargeIsDivided) {
  std::vector<Outline> All = {unit(true, {}, {}, 3), unit(true, {}, {}, 100),
                              unit(true, {}, {}, 3)};
  Parts P = {{0}, {1}, {2}};
  unsigned Counted = 0, Whole = 0;
  for (unsigned S = 0; S < 3; ++S) {
    std::vector<Share> Mine = solve::deal(All, P, S, 3);
    EXPECT_TRUE(Mine[1] == Share::Part || Mine[1] == Share::PartAndCount);
    Counted += Mine[1] == Share::PartAndCount;
    Whole += (Mine[0] == Share::Whole) + (Mine[2] == Share::Whole);
  }
  EXPECT_EQ(Counted, 1u);
  EXPECT_EQ(Whole, 2u);
  for (Share S : solve::deal(All, P, 0, 1))
    EXPECT_EQ(S, Share::Whole);
}

namespace {

/// Two programs that share a unit with a finding, and one of their own each.
std::vector<facts::Unit> twoPrograms() {
  auto Table = [](StringRef T) {
    return ("struct " + T + " { int on; char *p; };\n" +
            "void *malloc(unsigned long); void free(void *);\n" + "void " + T +
            "_fill(struct " + T + " *b) { b->p = malloc(8); b->on = 1; }\n" +
            "char " + T + "_peek(struct " + T +
            " *b) { return b->on ? *b->p : 0; }\n" + "void " + T +
            "_stop(struct " + T + " *b) { free(b->p); b->on = 0; }\n")
        .str();
  };
  auto Main = [&](StringRef Own) {
    return Table(Own) + "void lib_use(void);\nstruct " + Own.str() +
           " o;\nint main(void) { " + Own.str() + "_fill(&o); " + Own.str() +
           "_peek(&o); " + Own.str() + "_stop(&o); lib_use(); return 0; }\n";
  };
  std::vector<facts::Unit> U;
  U.push_back(extractCode(Table("lib") + "struct lib l;\nvoid lib_use(void) { "
                                         "lib_fill(&l); lib_peek(&l); "
                                         "lib_stop(&l); }\n",
                          "/src/lib.c"));
  U.push_back(extractCode(Main("one"), "/src/one.c"));
  U.push_back(extractCode(Main("two"), "/src/two.c"));
  return U;
}

std::string text(const FindingsFile &F) {
  std::string Text;
  raw_string_ostream OS(Text);
  writeJSON(F, OS);
  return Text;
}

} // namespace

TEST(Outline, AUnitIsReadOnceAndOnlyIfItIsNeeded) {
  std::vector<facts::Unit> Units = twoPrograms();
  solve::Options O;
  O.Root = "/src";
  std::string Whole = text(solve::solve(twoPrograms(), O));
  std::map<size_t, unsigned> Reads;
  std::mutex Lock;
  auto Solve = [&](const solve::Options &O) {
    std::vector<Outline> Outlines;
    for (const facts::Unit &U : Units)
      Outlines.push_back(solve::outlineOf(U));
    return solve::solve(
        std::move(Outlines),
        [&](size_t I) -> Expected<facts::Unit> {
          std::lock_guard<std::mutex> G(Lock);
          ++Reads[I];
          return Units[I];
        },
        O);
  };
  auto All = Solve(O);
  ASSERT_TRUE(bool(All));
  EXPECT_EQ(text(*All), Whole);
  EXPECT_EQ(Reads, (std::map<size_t, unsigned>{{0, 1}, {1, 1}, {2, 1}}));
  Reads.clear();
  O.Program = "two";
  ASSERT_TRUE(bool(Solve(O)));
  EXPECT_EQ(Reads, (std::map<size_t, unsigned>{{0, 1}, {2, 1}}));
  Reads.clear();
  O.Program.clear();
  O.Shards = 2;
  ASSERT_TRUE(bool(Solve(O)));
  EXPECT_EQ(Reads.size(), 2u) << "one program, and the unit of both";
}

TEST(Outline, AUnitThatIsGoneIsAnError) {
  std::vector<Outline> Outlines;
  for (const facts::Unit &U : twoPrograms())
    Outlines.push_back(solve::outlineOf(U));
  auto F =
      solve::solve(std::move(Outlines),
                   [](size_t I) -> Expected<facts::Unit> {
                     return createStringError(inconvertibleErrorCode(), "gone");
                   },
                   {});
  ASSERT_FALSE(bool(F));
  EXPECT_NE(toString(F.takeError()).find("gone"), std::string::npos);
}

TEST(Settle, PartsMakeTheWhole) {
  // The same finding of two programs, and a second one in the same function.
  auto Make = [](uint32_t Line, Confidence Level, StringRef Message) {
    Finding F;
    F.SubjectId = 7;
    F.Check = "retsan-stale-field";
    F.Subject = "a.b";
    F.Function = "f";
    F.File = "a.c";
    F.Line = Line;
    F.Level = Level;
    F.Message = Message.str();
    return F;
  };
  Finding A = Make(3, Confidence::Medium, "seen by one"),
          B = Make(3, Confidence::High, "seen by two"),
          C = Make(9, Confidence::Low, "later");
  FindingsFile Whole, First, Second;
  Whole.Findings = {C, B, A};
  settle(Whole);
  ASSERT_EQ(Whole.Findings.size(), 2u);
  EXPECT_EQ(Whole.Findings[0].Message, "seen by two");
  EXPECT_NE(Whole.Findings[0].Fingerprint, Whole.Findings[1].Fingerprint);
  // Apart, the later one is the first of its function.
  First.Findings = {A};
  Second.Findings = {C, B};
  settle(First);
  settle(Second);
  for (Finding &F : First.Findings)
    Second.Findings.push_back(F);
  settle(Second);
  EXPECT_EQ(text(Second), text(Whole));
}
