//===- ProofTest.cpp - tripwire, cure, suppressions -----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs scenarios of programs/hmap.c with the options that act on dead slots.
//
//===----------------------------------------------------------------------===//

#include "RunProgram.h"

#include <retsan/profile_format.h>

#include <fstream>

using namespace retsan;
using namespace retsan::test;

namespace {

constexpr uint64_t OldBuckets = 1;

Outcome runHmap(const std::string &Scenario, const std::string &Options,
                bool Log = true) {
  return run({program("rt-hmap"), Scenario}, Options, Log);
}

profile::Profile profileOf(const std::string &Scenario,
                           const std::string &Options, int Status = 0) {
  Outcome R = runHmap(Scenario, Options);
  EXPECT_EQ(R.Status, Status) << R.Err;
  EXPECT_EQ(R.Profiles.size(), 1u);
  return R.Profiles.empty() ? profile::Profile() : R.Profiles[0];
}

TEST(Tripwire, AUseInTheDeadStateIsCaughtWithItsStack) {
  profile::Profile P = profileOf("refuted-scoped", "tripwire=1");
  ASSERT_EQ(P.Traps.size(), 1u) << "one a place";
  const profile::Trap &T = P.Traps[0];
  EXPECT_EQ(T.Fingerprint, "stale-oldbuckets");
  EXPECT_EQ(T.SubjectId, OldBuckets);
  EXPECT_EQ(T.Kind, uint32_t(RETSAN_TRAP_USE));
  EXPECT_EQ(T.At.Function, "useOld");
  ASSERT_GE(T.Stack.size(), 3u) << "useOld, scenario, main";
  EXPECT_NE(T.Stack[0].Module.find("rt-hmap"), std::string::npos);
  EXPECT_NE(T.Stack[0].Offset, 0u);
  EXPECT_EQ(state(P, "stale-oldbuckets").Refuted, 1u);
}

TEST(Tripwire, IsSilentWhereNothingIsUsed) {
  EXPECT_TRUE(profileOf("stale", "tripwire=1").Traps.empty());
  EXPECT_TRUE(profileOf("clean", "tripwire=1").Traps.empty());
  EXPECT_TRUE(profileOf("refuted-scoped", "").Traps.empty()) << "off";
}

TEST(Tripwire, WithoutAProfileItIsPrinted) {
  Outcome R = runHmap("refuted-scoped", "tripwire=1", false);
  EXPECT_EQ(R.Status, 0);
  EXPECT_NE(R.Err.find("hmap.oldbuckets is used in its dead state at"),
            std::string::npos)
      << R.Err;
  EXPECT_NE(R.Err.find("#1 "), std::string::npos) << R.Err;
}

TEST(Tripwire, PoisonCatchesCodeThatIsNotInstrumented) {
  EXPECT_EQ(
      state(profileOf("foreign-use", "tripwire=1"), "stale-oldbuckets").Refuted,
      0u)
      << "it is invisible without";
  profile::Profile P = profileOf("foreign-use", "tripwire=poison");
  ASSERT_EQ(P.Traps.size(), 1u);
  EXPECT_EQ(P.Traps[0].Kind, uint32_t(RETSAN_TRAP_POISON));
  EXPECT_EQ(P.Traps[0].Fingerprint, "stale-oldbuckets");
  EXPECT_GE(P.Traps[0].Stack.size(), 3u);
  EXPECT_EQ(state(P, "stale-oldbuckets").Refuted, 1u);
  EXPECT_EQ(state(P, "stale-oldbuckets").Confirmed, 0u);
}

TEST(Tripwire, PoisonGoesWhenTheStateIsLeft) {
  profile::Profile P = profileOf("rounds", "tripwire=poison");
  EXPECT_EQ(state(P, "stale-oldbuckets").Refuted, 3u);
}

TEST(Tripwire, PoisonChangesNoVerdictOfAWellBehavedProgram) {
  for (const char *Scenario :
       {"stale", "clean", "overwritten", "moved", "copied", "wiped", "array",
        "global", "global-dangling", "destroyed", "owner-freed",
        "freed-while-dead", "scoped-stale", "fork", "vfork"}) {
    Outcome Plain = runHmap(Scenario, ""),
            Poison = runHmap(Scenario, "tripwire=poison");
    EXPECT_EQ(Poison.Status, Plain.Status) << Scenario << Poison.Err;
    ASSERT_EQ(Poison.Profiles.size(), Plain.Profiles.size()) << Scenario;
    for (size_t I = 0; I != Plain.Profiles.size(); ++I)
      for (size_t N = 0; N != Plain.Profiles[I].States.size(); ++N) {
        const profile::StateResult &A = Plain.Profiles[I].States[N],
                                   &B = Poison.Profiles[I].States[N];
        EXPECT_EQ(A.Confirmed, B.Confirmed) << Scenario << A.Fingerprint;
        EXPECT_EQ(A.Dangling, B.Dangling) << Scenario << A.Fingerprint;
        EXPECT_EQ(A.TargetBytes, B.TargetBytes) << Scenario << A.Fingerprint;
      }
  }
}

TEST(Tripwire, OtherFaultsStayFaults) {
  Outcome R = runHmap("segv", "tripwire=poison");
  EXPECT_EQ(R.Status, 128 + 11);
}

TEST(Tripwire, AWrongValueIsNamed) {
  Outcome R = runHmap("clean", "tripwire=often");
  EXPECT_EQ(R.Status, 0);
  EXPECT_NE(R.Err.find("option tripwire: 'often'"), std::string::npos) << R.Err;
}

TEST(Cure, ClearsTheSlotWhenItsStateSettles) {
  profile::Profile P = profileOf("big-scoped-stale", "cure=hmap.oldbuckets");
  ASSERT_EQ(P.Cures.size(), 1u);
  EXPECT_EQ(P.Cures[0].SubjectId, OldBuckets);
  EXPECT_EQ(P.Cures[0].Slots, 1u);
  EXPECT_EQ(state(P, "stale-oldbuckets").Confirmed, 1u);
  EXPECT_EQ(P.Checkpoints.at(0).GhostBytes, 0u);
  EXPECT_EQ(profileOf("big-scoped-stale", "").Checkpoints.at(0).GhostBytes,
            5096u);
}

TEST(Cure, WhoMissesTheValueNoticesIt) {
  // Reads the dead slot: without the value it crashes.
  EXPECT_EQ(runHmap("foreign-use", "").Status, 0);
  EXPECT_EQ(runHmap("foreign-use", "cure=hmap.oldbuckets").Status, 128 + 11);
}

TEST(Cure, LeavesWhatTheProgramClearsItself) {
  profile::Profile P = profileOf("helper", "cure=hmap.*");
  EXPECT_TRUE(P.Cures.empty());
}

TEST(Cure, CountsEachSlotAndTakesATemplate) {
  profile::Profile P = profileOf("scoped-stale", "cure=^hmap.old*");
  ASSERT_EQ(P.Cures.size(), 1u);
  EXPECT_EQ(P.Cures[0].Slots, 2u);
}

TEST(Cure, OfASubjectThatIsNotThereIsSaid) {
  profile::Profile P = profileOf("stale", "cure=no.such");
  ASSERT_EQ(P.Notes.size(), 1u);
  EXPECT_NE(P.Notes[0].find("cure=no.such: no subject has this name"),
            std::string::npos)
      << P.Notes[0];
}

class Suppress : public testing::Test {
protected:
  std::string File =
      testing::TempDir() + "retsan.supp." + std::to_string(getpid());
  void write(const std::string &Text) { std::ofstream(File) << Text; }
  ~Suppress() override { std::remove(File.c_str()); }
  std::string options() { return "exitcode=23:suppressions='" + File + "'"; }
};

TEST_F(Suppress, EachKindMatches) {
  const char *const Lines[] = {"retsan:oldbuckets", "subject:^hmap.oldbuckets$",
                               "function:grow", "file:*/hmap.c",
                               "# a comment\n\n  retsan:hmap.*  "};
  for (const char *Line : Lines) {
    write(Line);
    profile::Profile P = profileOf("stale", options());
    ASSERT_EQ(P.SuppressedStates.size(), 1u) << Line;
    EXPECT_EQ(P.SuppressedStates[0].Fingerprint, "stale-oldbuckets") << Line;
    EXPECT_EQ(state(P, "stale-oldbuckets").Confirmed, 1u) << Line;
  }
}

TEST_F(Suppress, OthersCount) {
  for (const char *Line :
       {"retsan:newbuckets", "subject:^oldbuckets", "subject:hmap$",
        "function:shrink", "file:other.c", "check:retsan-stale-field"}) {
    write(Line);
    profile::Profile P = profileOf("stale", options(), 23);
    EXPECT_TRUE(P.SuppressedStates.empty()) << Line;
  }
}

TEST_F(Suppress, TheSummaryLeavesThemOut) {
  write("subject:hmap.oldbuckets\n");
  Outcome R = runHmap("stale", options(), false);
  EXPECT_EQ(R.Status, 0);
  EXPECT_EQ(R.Err, "");
}

TEST_F(Suppress, WrongLinesAndFilesAreNamed) {
  write("subject:x\nleak:y\n");
  Outcome R = runHmap("clean", options());
  EXPECT_EQ(R.Status, 0);
  EXPECT_NE(R.Err.find(":2: 'leak:y' is not a suppression"), std::string::npos)
      << R.Err;
  R = runHmap("clean", "suppressions=/no/such/file");
  EXPECT_EQ(R.Status, 0);
  EXPECT_NE(R.Err.find("cannot read the suppressions /no/such/file"),
            std::string::npos)
      << R.Err;
}

} // namespace
