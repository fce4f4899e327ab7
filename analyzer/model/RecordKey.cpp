//===- RecordKey.cpp - identity of records and subjects -------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/model/RecordKey.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;

std::string retsan::recordKey(StringRef Usr, bool IsC, uint64_t LayoutHash,
                              StringRef InternalFile) {
  std::string Key = Usr.str();
  if (IsC)
    Key += "#" + utohexstr(LayoutHash, /*LowerCase=*/true);
  if (!InternalFile.empty())
    Key += "@" + InternalFile.str();
  return Key;
}

/// Zero means "not a subject" in several formats, so no subject has it.
static uint64_t nonZeroHash(StringRef S) {
  uint64_t H = xxh3_64bits(S);
  return H ? H : 1;
}

uint64_t retsan::subjectId(StringRef RecordKey, StringRef Path) {
  std::string S = RecordKey.str();
  S.push_back('\0');
  S += Path;
  return nonZeroHash(S);
}

uint64_t retsan::globalSubjectId(StringRef Usr) {
  // The folder that keeps static variables of one program apart differs between
  // checkouts. USRs themselves hold no slash.
  auto [Plain, Folder] = Usr.rsplit('@');
  if (Folder.contains('/'))
    Usr = Plain;
  std::string S(1, '\0');
  S += "global";
  S.push_back('\0');
  S += Usr;
  return nonZeroHash(S);
}
