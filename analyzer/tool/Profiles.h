//===- Profiles.h - profiles of a run -------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A run may leave many profiles: one a process. They are read and summed here;
// one that cannot be read is reported and the rest counts.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TOOL_PROFILES_H
#define RETSAN_ANALYZER_TOOL_PROFILES_H

#include "analyzer/model/Profile.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace retsan::tool {

struct Profiles {
  std::optional<profile::Profile> Sum;
  unsigned Read = 0;
  unsigned Partial = 0;
  unsigned Unreadable = 0;
};

/// The profiles of a folder that `log_path` named, by name.
std::vector<std::string> profilesIn(llvm::StringRef Folder);

/// Reads \p Names, files or folders of profiles, and sums them. Fails when two
/// were recorded with different findings.
llvm::Expected<Profiles> readProfiles(const std::vector<std::string> &Names);

} // namespace retsan::tool

#endif
