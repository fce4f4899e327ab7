//===- FuzzFacts.cpp - the reader of facts files
//--------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The input is a payload; header and checksum are put before it, since random
// bytes would never pass them. What is read and valid must survive being
// written, read and printed.
//
//===----------------------------------------------------------------------===//

#include "analyzer/model/Facts.h"
#include "analyzer/test/fuzz/Fuzz.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;
using namespace retsan;

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size) {
  static const std::string Empty = facts::write(facts::Unit());
  constexpr size_t MagicAndVersion = 12, Header = 28;
  StringRef Payload = fuzz::text(Data, Size);
  std::string File = Empty.substr(0, MagicAndVersion);
  File.resize(Header);
  support::endian::write64le(File.data() + MagicAndVersion, Payload.size());
  support::endian::write64le(File.data() + MagicAndVersion + 8,
                             xxh3_64bits(Payload));
  File += Payload;
  Expected<facts::Unit> U = facts::read(File, "in.facts");
  if (!U) {
    fuzz::requireNamed(U.takeError(), "in.facts");
    return 0;
  }
  fuzz::require(!facts::print(*U).empty(), "a unit prints as nothing");
  std::string Written = facts::write(*U);
  Expected<facts::Unit> Again = facts::read(Written, "again.facts");
  fuzz::require(static_cast<bool>(Again), "what was written cannot be read");
  fuzz::require(facts::write(*Again) == Written, "two writings differ");
  return 0;
}
