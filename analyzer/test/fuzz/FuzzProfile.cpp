//===- FuzzProfile.cpp - the readers of profiles
//--------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The first byte chooses the form. Of a profile of the runtime the checksums
// are made right, record by record, as far as lengths make sense; what is read
// must merge with itself and survive the JSON form.
//
//===----------------------------------------------------------------------===//

#include "analyzer/model/ProfileJSON.h"
#include "analyzer/test/fuzz/Fuzz.h"
#include "retsan/profile_format.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace retsan;

static std::string withChecksums(StringRef Records) {
  std::string File = RETSAN_PROFILE_MAGIC;
  while (Records.size() >= 12) {
    std::string Head = Records.substr(0, 8).str();
    size_t Length = support::endian::read32le(Head.data() + 4);
    Records = Records.drop_front(12);
    if (Length > Records.size())
      break;
    StringRef Payload = Records.substr(0, Length);
    char Crc[4];
    support::endian::write32le(Crc, crc32(crc32(arrayRefFromStringRef(Head)),
                                          arrayRefFromStringRef(Payload)));
    File += Head;
    File.append(Crc, 4);
    File += Payload;
    Records = Records.drop_front(Length);
  }
  return File + Records.str();
}

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size) {
  if (Size == 0)
    return 0;
  bool IsJSON = Data[0] == '{';
  std::string File = IsJSON ? fuzz::text(Data, Size).str()
                            : withChecksums(fuzz::text(Data + 1, Size - 1));
  Expected<profile::Profile> P = IsJSON
                                     ? profile::parseJSONProfile(File, "in.p")
                                     : profile::parseProfile(File, "in.p");
  if (!P) {
    fuzz::requireNamed(P.takeError(), "in.p");
    return 0;
  }
  std::string Text;
  raw_string_ostream(Text) << profile::toJSON(*P);
  Expected<profile::Profile> Again = profile::parseJSONProfile(Text, "again.p");
  if (!Again)
    fuzz::requireNamed(Again.takeError(), "again.p");
  Expected<profile::Profile> Both = profile::merge({*P, *P});
  if (!Both)
    consumeError(Both.takeError());
  return 0;
}
