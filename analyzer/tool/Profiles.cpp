//===- Profiles.cpp - profiles of a run -----------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/tool/Profiles.h"

#include "analyzer/tool/Output.h"
#include "analyzer/tool/Symbols.h"
#include "analyzer/tool/Verb.h"

using namespace llvm;

namespace retsan::tool {

Expected<Profiles> readProfiles(const std::vector<std::string> &Files) {
  Profiles Out;
  std::vector<profile::Profile> Ps;
  for (const std::string &File : Files) {
    Expected<profile::Profile> P = readProfile(File);
    if (!P) {
      failWith(P.takeError());
      ++Out.Unreadable;
      continue;
    }
    Out.Partial += P->Partial;
    Ps.push_back(std::move(*P));
  }
  Out.Read = Ps.size();
  if (Ps.empty())
    return Out;
  if (Ps.size() == 1) {
    Out.Sum = std::move(Ps.front());
  } else {
    Expected<profile::Profile> Sum = profile::merge(Ps);
    if (!Sum)
      return Sum.takeError();
    Out.Sum = std::move(*Sum);
  }
  nameFrames(*Out.Sum);
  return Out;
}

} // namespace retsan::tool
