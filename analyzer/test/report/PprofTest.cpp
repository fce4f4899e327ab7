//===- PprofTest.cpp - profile.proto --------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Pprof.h"
#include "Sample.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/LEB128.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::report;

namespace {

/// Fields of a message in their order: a number, or bytes.
struct Field {
  unsigned Id;
  uint64_t Number;
  StringRef Bytes;
};

std::vector<Field> decode(StringRef M) {
  std::vector<Field> Out;
  auto Varint = [&] {
    unsigned N = 0;
    uint64_t V = decodeULEB128(M.bytes_begin(), &N, M.bytes_end());
    M = M.drop_front(N);
    return V;
  };
  while (!M.empty()) {
    uint64_t Key = Varint(), Value = Varint();
    StringRef Bytes;
    if ((Key & 7) == 2) {
      Bytes = M.take_front(Value);
      M = M.drop_front(Value);
    }
    Out.push_back({static_cast<unsigned>(Key >> 3), Value, Bytes});
  }
  return Out;
}

std::vector<Field> only(const std::vector<Field> &Fs, unsigned Id) {
  std::vector<Field> Out;
  copy_if(Fs, std::back_inserter(Out),
          [&](const Field &F) { return F.Id == Id; });
  return Out;
}

std::vector<uint64_t> packed(StringRef Bytes) {
  std::vector<uint64_t> Out;
  while (!Bytes.empty()) {
    unsigned N = 0;
    Out.push_back(decodeULEB128(Bytes.bytes_begin(), &N, Bytes.bytes_end()));
    Bytes = Bytes.drop_front(N);
  }
  return Out;
}

profile::Profile sampleRun() {
  profile::Profile P;
  P.Program = "./server";
  P.Seconds = 2;
  return P;
}

} // namespace

TEST(Pprof, AllocationStacksShareWhatAFieldKeeps) {
  FindingsFile F = test::sampleFile();
  F.Findings.push_back(F.Findings[0]); // Another finding of the subject.
  profile::Profile P = sampleRun();
  profile::Checkpoint C;
  C.Why = "exit";
  uint64_t Id = F.Findings[0].SubjectId;
  C.KeptBy = {{Id, 3000, 2, {{"", 1, "grow (hmap.c:70)"}, {"/lib/x", 16, ""}}},
              {Id, 90, 1, {}},
              {0, 500, 1, {{"", 1, "grow (hmap.c:70)"}}}};
  P.Checkpoints = {C};
  std::string Data = toPprof(F, P);
  std::vector<Field> M = decode(Data);
  std::vector<std::vector<uint64_t>> Values;
  std::vector<size_t> Depths;
  for (const Field &S : only(M, 2)) {
    std::vector<Field> Sample = decode(S.Bytes);
    Values.push_back(packed(only(Sample, 2)[0].Bytes));
    Depths.push_back(packed(only(Sample, 1)[0].Bytes).size());
  }
  ASSERT_EQ(Values.size(), 3u);
  EXPECT_EQ(Depths, (std::vector<size_t>{4, 3, 3}));
  EXPECT_EQ(Values[0][1], 3000u);
  EXPECT_EQ(Values[1][1], 1096u) << "4096 in all";
  EXPECT_EQ(Values[1][0], 3u);
  EXPECT_EQ(Values[2][1], 0u) << "the same memory counts once";
  bool Named = false;
  for (const Field &S : only(M, 6))
    Named |= S.Bytes == "grow";
  EXPECT_TRUE(Named);
}

TEST(Pprof, SampleTypesAreFrozen) {
  std::string Data = toPprof(test::sampleFile(), sampleRun());
  std::vector<Field> M = decode(Data);
  std::vector<Field> Strings = only(M, 6);
  ASSERT_FALSE(Strings.empty());
  EXPECT_EQ(Strings[0].Bytes, "");
  std::vector<std::string> Types;
  for (const Field &T : only(M, 1)) {
    std::vector<Field> V = decode(T.Bytes);
    Types.push_back(
        (Strings[V[0].Number].Bytes + "/" + Strings[V[1].Number].Bytes).str());
  }
  EXPECT_EQ(Types, (std::vector<std::string>{"ghost_objects/count",
                                             "ghost_retained/bytes",
                                             "drag_avg/bytes", "drag/MB*s"}));
  EXPECT_EQ(Strings[only(M, 14)[0].Number].Bytes, "ghost_retained");
  EXPECT_EQ(only(M, 10)[0].Number, 2000000000u);
}

TEST(Pprof, OneSampleForAConfirmedFinding) {
  FindingsFile F = test::sampleFile();
  F.Findings.push_back(F.Findings[0]);
  F.Findings[1].Runtime->V = Verdict::Refuted;
  F.Findings[0].Runtime->D.MBs = 3;
  std::string Data = toPprof(F, sampleRun());
  std::vector<Field> M = decode(Data);
  std::vector<Field> Samples = only(M, 2);
  ASSERT_EQ(Samples.size(), 1u);
  std::vector<Field> S = decode(Samples[0].Bytes);
  // Objects, bytes, MB*s over two seconds, MB*s.
  EXPECT_EQ(packed(S[1].Bytes), (std::vector<uint64_t>{3, 4096, 1500000, 3}));
  EXPECT_EQ(packed(S[0].Bytes), (std::vector<uint64_t>{1, 2, 3}));
  EXPECT_EQ(only(M, 4).size(), 3u);
  EXPECT_EQ(only(M, 5).size(), 3u);
}

TEST(Pprof, GzipWrapsTheData) {
  if (!compression::zlib::isAvailable())
    GTEST_SKIP() << "this LLVM has no zlib";
  std::string Data(10000, 'x');
  std::string Z = gzip(Data);
  EXPECT_LT(Z.size(), 200u);
  EXPECT_EQ(StringRef(Z).take_front(3), "\x1f\x8b\x08");
  const char *Tail = Z.data() + Z.size() - 8;
  EXPECT_EQ(support::endian::read32le(Tail),
            crc32(arrayRefFromStringRef(Data)));
  EXPECT_EQ(support::endian::read32le(Tail + 4), 10000u);
}
