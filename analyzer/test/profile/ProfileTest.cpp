//===- ProfileTest.cpp - reading and merging profiles ---------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Profiles are built here byte by byte, as the runtime writes them, then cut
// and damaged: the reader says partial or error, and never more than was there.
//
//===----------------------------------------------------------------------===//

#include "analyzer/model/Profile.h"

#include "retsan/profile_format.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CRC.h"

#include <gtest/gtest.h>

using namespace retsan;

namespace {

class Builder {
public:
  Builder() : Bytes(RETSAN_PROFILE_MAGIC) {}

  Builder &u32(uint32_t V) { return raw(&V, sizeof V); }
  Builder &u64(uint64_t V) { return raw(&V, sizeof V); }
  Builder &f64(double V) { return raw(&V, sizeof V); }
  Builder &string(const std::string &S) {
    u32(static_cast<uint32_t>(S.size()));
    Payload += S;
    return *this;
  }
  Builder &site(const std::string &File, const std::string &Function,
                uint32_t Line) {
    return string(File).string(Function).u32(Line);
  }
  void record(uint32_t Type) {
    std::string Covered;
    uint32_t Length = static_cast<uint32_t>(Payload.size());
    Covered.append(reinterpret_cast<char *>(&Type), 4);
    Covered.append(reinterpret_cast<char *>(&Length), 4);
    uint32_t Crc = llvm::crc32(llvm::arrayRefFromStringRef(Covered + Payload));
    Bytes += Covered;
    Bytes.append(reinterpret_cast<char *>(&Crc), 4);
    Bytes += Payload;
    Payload.clear();
  }
  void start(uint32_t Version = RETSAN_PROFILE_VERSION,
             const std::string &Id = "f00d") {
    u32(Version).u32(1).u64(42).string(Id).string("./prog").record(
        RETSAN_REC_START);
  }
  void checkpoint(uint64_t Ghost) {
    f64(1)
        .f64(2)
        .string("exit")
        .u64(1000)
        .u64(10)
        .u64(900 - Ghost)
        .u64(Ghost)
        .u64(100);
    f64(0.001).u32(3).u32(1);
    u64(7).u64(1).u64(2).u64(3).u64(4).u64(5).u64(6).u64(8).record(
        RETSAN_REC_CHECKPOINT);
  }
  void totals(double Seconds) { f64(Seconds).f64(4).record(RETSAN_REC_TOTALS); }
  void subject(uint64_t Id) {
    u64(Id).string("hmap.oldbuckets");
    for (uint64_t N = 1; N <= 7; ++N)
      u64(N);
    for (int N = 1; N <= 8; ++N)
      f64(N * 0.5);
    record(RETSAN_REC_SUBJECT);
  }
  void state(const std::string &Fingerprint, uint64_t Confirmed,
             uint32_t Line) {
    string(Fingerprint)
        .u64(7)
        .u64(Confirmed + 1)
        .u64(Confirmed)
        .u64(1)
        .u64(0)
        .u64(0)
        .u64(64);
    f64(0.25).f64(0.5).f64(0.75).f64(1);
    u32(1).site("map.c", "grow", Line);
    u32(0).u32(0).u32(0).u32(0).record(RETSAN_REC_STATE);
  }
  /// Held from \p Entered to 30 MB allocated.
  void life(const std::string &Fingerprint, uint64_t Size, double Entered) {
    string(Fingerprint).u64(7).u64(Size);
    for (double MB : {1.0, -1.0, -1.0, Entered, -1.0, 30.0})
      f64(MB < 0 ? -1 : MB / 10).f64(MB);
    u32(RETSAN_END_PROGRAM);
    site("map.c", "grow", 10)
        .site("", "", 0)
        .site("", "", 0)
        .record(RETSAN_REC_LIFE);
  }
  void kept() {
    u32(1).u64(7).u64(4096).u64(2).u32(1).string("/bin/p").u64(0x1234).record(
        RETSAN_REC_KEPT);
  }
  void holdings(uint32_t Above) {
    u32(2);
    u32(0).u64(7).u64(64).u64(1).u64(64).u64(96).u32(0);
    u32(Above).u64(0).u64(0).u64(2).u64(32).u64(32).u32(1);
    string(std::string("/bin/p\0c0ffee15", 15)).u64(0x1234);
    record(RETSAN_REC_DOMINATORS);
  }
  void migrations(const std::string &Name, uint64_t Dead) {
    u32(1).string(Name).u64(5).u64(4).u64(3).u64(2);
    u64(Dead).u64(100 * Dead).u64(1).u64(64).record(RETSAN_REC_MIGRATIONS);
  }
  void footer() { u64(1).record(RETSAN_REC_FOOTER); }

  std::string Bytes, Payload;

private:
  Builder &raw(const void *P, size_t N) {
    Payload.append(static_cast<const char *>(P), N);
    return *this;
  }
};

std::string sample() {
  Builder B;
  B.start();
  B.string("a note").record(RETSAN_REC_NOTE);
  B.checkpoint(300);
  B.kept();
  B.holdings(1);
  B.totals(1);
  B.subject(7);
  B.state("abc", 1, 10);
  B.life("abc", 64, 20);
  B.migrations("routes", 9);
  B.totals(3);
  B.subject(7);
  B.state("abc", 2, 10);
  B.life("abc", 128, 20);
  B.migrations("routes", 1);
  B.footer();
  return B.Bytes;
}

std::string errorOf(llvm::StringRef Bytes) {
  llvm::Expected<profile::Profile> P = profile::parseProfile(Bytes, "f.retsan");
  if (P)
    return "";
  return llvm::toString(P.takeError());
}

TEST(ProfileReader, ReadsAllThatWasWritten) {
  llvm::Expected<profile::Profile> P =
      profile::parseProfile(sample(), "f.retsan");
  ASSERT_TRUE(bool(P)) << llvm::toString(P.takeError());
  EXPECT_FALSE(P->Partial);
  EXPECT_EQ(P->FindingsId, "f00d");
  EXPECT_EQ(P->Program, "./prog");
  EXPECT_EQ(P->Pid, 42u);
  EXPECT_EQ(P->Mode, 1u);
  EXPECT_EQ(P->Seconds, 3);
  EXPECT_EQ(P->MBalloc, 4);
  EXPECT_EQ(P->Notes, std::vector<std::string>{"a note"});
  ASSERT_EQ(P->Checkpoints.size(), 1u);
  const profile::Checkpoint &C = P->Checkpoints[0];
  EXPECT_EQ(C.Why, "exit");
  EXPECT_EQ(C.ReachableBytes, 600u);
  EXPECT_EQ(C.GhostBytes, 300u);
  EXPECT_EQ(C.Threads, 3u);
  ASSERT_EQ(C.Subjects.size(), 1u);
  EXPECT_EQ(C.Subjects[0].StaleShared, 3u);
  EXPECT_EQ(C.Subjects[0].SharedBytes, 8u);
  ASSERT_EQ(P->Subjects.size(), 1u) << "the second snapshot replaces the first";
  EXPECT_EQ(P->Subjects[0].Dropped, 7u);
  EXPECT_EQ(P->Subjects[0].VoidMBMBalloc, 4);
  ASSERT_EQ(P->States.size(), 1u);
  EXPECT_EQ(P->States[0].Confirmed, 2u);
  EXPECT_EQ(P->States[0].DragMBMBalloc, 1);
  ASSERT_EQ(P->States[0].StoredAt.size(), 1u);
  EXPECT_EQ(P->States[0].StoredAt[0].Line, 10u);
  ASSERT_EQ(P->Lives.size(), 1u) << "of the last snapshot";
  const profile::Life &L = P->Lives[0];
  EXPECT_EQ(L.Bytes, 128u);
  EXPECT_EQ(L.Stored.MBalloc, 1);
  EXPECT_LT(L.LastUse.Seconds, 0);
  EXPECT_EQ(L.Entered.Seconds, 2);
  EXPECT_EQ(L.End, profile::Ending::Program);
  EXPECT_EQ(L.StoredAt.Function, "grow");
  ASSERT_EQ(C.KeptBy.size(), 1u);
  EXPECT_EQ(C.KeptBy[0].Bytes, 4096u);
  ASSERT_EQ(C.KeptBy[0].Stack.size(), 1u);
  EXPECT_EQ(C.KeptBy[0].Stack[0].Offset, 0x1234u);
  ASSERT_EQ(C.Holdings.size(), 2u);
  EXPECT_EQ(C.Holdings[0].RetainedBytes, 96u);
  EXPECT_EQ(C.Holdings[1].Above, 1u);
  ASSERT_EQ(C.Holdings[1].Stack.size(), 1u);
  EXPECT_EQ(C.Holdings[1].Stack[0].Module, "/bin/p");
  EXPECT_EQ(C.Holdings[1].Stack[0].BuildId, "c0ffee15");
  EXPECT_EQ(C.KeptBy[0].Stack[0].BuildId, "");
  ASSERT_EQ(P->Moves.size(), 1u) << "of the last snapshot";
  EXPECT_EQ(P->Moves[0].Name, "routes");
  EXPECT_EQ(P->Moves[0].Begun, 5u);
  EXPECT_EQ(P->Moves[0].DeadBytes, 100u);
  EXPECT_EQ(P->Moves[0].MovingBytes, 64u);
}

TEST(ProfileReader, CutAnywhereIsPartialOrAnError) {
  std::string Whole = sample();
  unsigned Readable = 0;
  for (size_t N = 0; N != Whole.size(); ++N) {
    llvm::Expected<profile::Profile> P =
        profile::parseProfile(llvm::StringRef(Whole).take_front(N), "f.retsan");
    if (!P) {
      EXPECT_NE(llvm::toString(P.takeError()).find("f.retsan"),
                std::string::npos)
          << N;
      continue;
    }
    EXPECT_TRUE(P->Partial) << N;
    ++Readable;
  }
  EXPECT_GT(Readable, Whole.size() / 2);
}

TEST(ProfileReader, EveryFlippedBitIsNoticed) {
  std::string Whole = sample();
  for (size_t N = 0; N != Whole.size(); ++N) {
    std::string Bad = Whole;
    Bad[N] = static_cast<char>(Bad[N] ^ 4);
    llvm::Expected<profile::Profile> P = profile::parseProfile(Bad, "f.retsan");
    if (!P)
      llvm::consumeError(P.takeError());
    else // a length that now reaches beyond the end looks like a cut file
      EXPECT_TRUE(P->Partial) << N;
  }
}

TEST(ProfileReader, SaysWhatIsWrong) {
  EXPECT_EQ(errorOf("hello"), "f.retsan: is not a RetSan profile");
  EXPECT_EQ(errorOf(RETSAN_PROFILE_MAGIC),
            "f.retsan: is empty: the program ended before its profile began");
  Builder Old;
  Old.start(2);
  EXPECT_EQ(errorOf(Old.Bytes),
            "f.retsan: has profile version 2; this RetSan reads 1");
  Builder NoStart;
  NoStart.footer();
  EXPECT_NE(errorOf(NoStart.Bytes).find("does not begin with a start record"),
            std::string::npos);
  Builder Short;
  Short.start();
  Short.u32(5).record(RETSAN_REC_STATE);
  EXPECT_NE(errorOf(Short.Bytes).find("content of the record"),
            std::string::npos);
}

profile::Profile parse(const std::string &Bytes) {
  llvm::Expected<profile::Profile> P = profile::parseProfile(Bytes, "f.retsan");
  if (!P) {
    ADD_FAILURE() << llvm::toString(P.takeError());
    return {};
  }
  return *P;
}

TEST(ProfileReader, WhatHoldsARowComesBeforeIt) {
  Builder B;
  B.start();
  B.checkpoint(300);
  B.holdings(2);
  EXPECT_NE(errorOf(B.Bytes), "");
}

TEST(ProfileReader, RecordsOfALaterVersionAreSkipped) {
  Builder B;
  B.start();
  B.u32(5).record(4711);
  B.footer();
  EXPECT_FALSE(parse(B.Bytes).Partial);
}

TEST(ProfileMerge, SumsCountsAndKeepsTheWorstCheckpoint) {
  Builder A, B;
  A.start();
  A.checkpoint(10);
  A.totals(1);
  A.subject(7);
  A.state("abc", 1, 10);
  A.life("abc", 64, 20);
  A.migrations("routes", 1);
  A.footer();
  B.start();
  B.checkpoint(500);
  B.totals(2);
  B.subject(7);
  B.subject(8);
  B.state("abc", 2, 11);
  B.state("new", 4, 12);
  B.life("abc", 64, 10);
  B.life("new", 8, 20);
  B.migrations("other", 2);
  B.migrations("routes", 3);
  llvm::Expected<profile::Profile> Sum =
      profile::merge({parse(A.Bytes), parse(B.Bytes)});
  ASSERT_TRUE(bool(Sum));
  EXPECT_TRUE(Sum->Partial) << "the second has no footer";
  ASSERT_EQ(Sum->States.size(), 2u);
  EXPECT_EQ(Sum->States[0].Confirmed, 3u);
  EXPECT_EQ(Sum->States[0].Entered, 5u);
  EXPECT_EQ(Sum->States[0].DragMBs, 1.5);
  EXPECT_EQ(Sum->States[0].DanglingSeconds, 0.25) << "the longest, not the sum";
  EXPECT_EQ(Sum->States[0].StoredAt.size(), 2u);
  EXPECT_EQ(Sum->States[1].Confirmed, 4u);
  ASSERT_EQ(Sum->Subjects.size(), 2u);
  EXPECT_EQ(Sum->Subjects[0].Stores, 4u);
  ASSERT_EQ(Sum->Checkpoints.size(), 1u);
  EXPECT_EQ(Sum->Checkpoints[0].GhostBytes, 500u);
  EXPECT_EQ(Sum->MBalloc, 8);
  ASSERT_EQ(Sum->Lives.size(), 2u);
  EXPECT_EQ(Sum->Lives[0].Entered.MBalloc, 10) << "the dearer of two lives";
  ASSERT_EQ(Sum->Moves.size(), 2u);
  EXPECT_EQ(Sum->Moves[0].Begun, 10u);
  EXPECT_EQ(Sum->Moves[0].DeadBytes, 400u);
}

TEST(ProfileMerge, EveryNumberIsASubject) {
  // Those that a hash table might keep for itself, too.
  for (uint64_t Id : {uint64_t(0), ~uint64_t(0), ~uint64_t(0) - 1}) {
    Builder B;
    B.start();
    B.totals(1);
    B.subject(Id);
    B.footer();
    profile::Profile P = parse(B.Bytes);
    llvm::Expected<profile::Profile> Sum = profile::merge({P, P, P});
    ASSERT_TRUE(bool(Sum));
    ASSERT_EQ(Sum->Subjects.size(), 1u) << Id;
    EXPECT_EQ(Sum->Subjects[0].SubjectId, Id);
    EXPECT_EQ(Sum->Subjects[0].Stores, 3 * P.Subjects[0].Stores);
  }
}

TEST(ProfileMerge, RefusesAnotherFindingsId) {
  Builder A, B;
  A.start();
  B.start(RETSAN_PROFILE_VERSION, "beef");
  llvm::Expected<profile::Profile> Sum =
      profile::merge({parse(A.Bytes), parse(B.Bytes)});
  ASSERT_FALSE(bool(Sum));
  std::string Text = llvm::toString(Sum.takeError());
  EXPECT_NE(Text.find("f00d"), std::string::npos);
  EXPECT_NE(Text.find("beef"), std::string::npos);
}

} // namespace
