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
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace retsan::tool {

std::vector<std::string> profilesIn(StringRef Folder) {
  std::vector<std::string> Files;
  std::error_code EC;
  for (sys::fs::directory_iterator I(Folder, EC), E; I != E && !EC;
       I.increment(EC))
    if (sys::path::extension(I->path()) == ".retsan")
      Files.push_back(I->path());
  llvm::sort(Files);
  return Files;
}

/// Folders stand for the profiles in them. One without any is an error: the
/// program did not write there.
static Expected<std::vector<std::string>>
expandFolders(const std::vector<std::string> &Names) {
  std::vector<std::string> Files;
  for (const std::string &Name : Names) {
    if (!sys::fs::is_directory(Name)) {
      Files.push_back(Name);
      continue;
    }
    std::vector<std::string> Found = profilesIn(Name);
    if (Found.empty())
      return createStringError(Name + ": no profile (*.retsan) in this folder");
    llvm::append_range(Files, Found);
  }
  return Files;
}

Expected<Profiles> readProfiles(const std::vector<std::string> &Names) {
  Expected<std::vector<std::string>> Files = expandFolders(Names);
  if (!Files)
    return Files.takeError();
  Profiles Out;
  std::vector<profile::Profile> Ps;
  for (const std::string &File : *Files) {
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
