//===- AnswerFile.cpp - answers of the solver between two scans -----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Magic, checksum of the rest, number of the scan, then key, number of the scan
// that used it last, length and bytes of each answer; numbers are 64 bits,
// little endian.
//
//===----------------------------------------------------------------------===//

#include "analyzer/tool/AnswerFile.h"

#include "analyzer/solve/SourcesId.h"
#include "analyzer/tool/Cache.h"
#include "analyzer/tool/Output.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;

namespace retsan::tool {

static constexpr StringLiteral Magic("RetSanAnswers1\n");
static constexpr size_t MaxBytes = size_t(32) << 20;

static void number(std::string &Out, uint64_t N) {
  char B[8];
  support::endian::write64le(B, N);
  Out.append(B, 8);
}

static bool number(StringRef &In, uint64_t &N) {
  if (In.size() < 8)
    return false;
  N = support::endian::read64le(In.data());
  In = In.drop_front(8);
  return true;
}

AnswerFile::AnswerFile(StringRef Dir, StringRef Root) {
  if (Dir.empty())
    return;
  std::string Name =
      (Cache::toolSalt() + "\nanswers " + solve::sourcesId() + "\n" + Root)
          .str();
  XXH128_hash_t H = xxh3_128bits(arrayRefFromStringRef(Name));
  SmallString<256> Path(Dir);
  sys::path::append(Path, "llvmcache-" + utohexstr(H.high64, true, 16) +
                              utohexstr(H.low64, true, 16));
  File = Path.str().str();
  load();
}

void AnswerFile::load() {
  auto B = MemoryBuffer::getFile(File, false, /*RequiresNullTerminator=*/false,
                                 /*IsVolatile=*/true);
  if (!B)
    return;
  StringRef In = (*B)->getBuffer();
  uint64_t Sum, Last;
  if (!In.consume_front(Magic) || !number(In, Sum) || Sum != xxh3_64bits(In) ||
      !number(In, Last))
    return;
  Scan = Last + 1;
  while (!In.empty()) {
    uint64_t Key, Used, Size;
    if (!number(In, Key) || !number(In, Used) || !number(In, Size) ||
        Size > In.size())
      return;
    // DenseMap's own two values of no key are as good as no answer.
    if (Key < ~uint64_t(1))
      Old[Key] = {In.take_front(Size), Used};
    In = In.drop_front(Size);
  }
  Buffer = std::move(*B);
}

bool AnswerFile::find(uint64_t Key, std::string &Data) {
  if (Key >= ~uint64_t(1))
    return false;
  auto It = Old.find(Key);
  if (It == Old.end())
    return false;
  Data = It->second.Data.str();
  std::lock_guard<std::mutex> G(Lock);
  It->second.Used = Scan;
  ++Hits;
  return true;
}

void AnswerFile::keep(uint64_t Key, std::string Data) {
  std::lock_guard<std::mutex> G(Lock);
  New.push_back({Key, std::move(Data)});
}

void AnswerFile::close() {
  if (File.empty() || New.empty())
    return;
  struct Row {
    uint64_t Used, Key;
    StringRef Data;
  };
  std::vector<Row> Rows;
  for (const auto &[Key, Data] : New)
    Rows.push_back({Scan, Key, Data});
  for (const auto &[Key, E] : Old)
    Rows.push_back({E.Used, Key, E.Data});
  llvm::sort(Rows, [](const Row &A, const Row &B) {
    return std::tie(B.Used, A.Key) < std::tie(A.Used, B.Key);
  });
  std::string Body;
  number(Body, Scan);
  for (const Row &R : Rows) {
    if (Body.size() + R.Data.size() > MaxBytes)
      break;
    number(Body, R.Key);
    number(Body, R.Used);
    number(Body, R.Data.size());
    Body += R.Data;
  }
  std::string Head = Magic.str();
  number(Head, xxh3_64bits(Body));
  // The cache of facts says it when the folder cannot be written.
  consumeError(writeFile(File, Head + Body));
}

} // namespace retsan::tool
