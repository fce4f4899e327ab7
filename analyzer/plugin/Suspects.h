//===- Suspects.h - what a build must instrument --------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The plugin's view of a findings file: which subjects are watched, which
// scalars say in what phase a record is, and in which states a suspect is
// stale. Every compile of a build reads this file, so witnesses, messages and
// the like are not even looked at here.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_PLUGIN_SUSPECTS_H
#define RETSAN_ANALYZER_PLUGIN_SUSPECTS_H

#include "retsan/abi.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace retsan::plugin {

struct Subject {
  std::string Name; ///< "hmap.oldbuckets".
  uint16_t Role = RETSAN_ROLE_SUSPECT;
};

struct StateAtom {
  uint64_t SubjectId = 0;
  int64_t Value = 0;
  uint32_t Op = RETSAN_ATOM_EQ;
};

/// When one suspect is stale, for one finding.
struct State {
  uint64_t SubjectId = 0;
  std::string Fingerprint;
  bool Dangling = false;
  std::vector<StateAtom> Atoms;
};

struct SuspectList {
  /// RETSAN_MODE_ALL: pointers outside of the list are subjects as well.
  uint32_t Mode = RETSAN_MODE_SUSPECTS;
  std::string FindingsId;
  /// Ids come from a file: any number may be one, so no map that keeps two for
  /// itself.
  std::unordered_map<uint64_t, Subject> Subjects;
  std::vector<State> States;
  std::vector<std::string> Deallocators;
  /// Last components of field paths. A field with another name cannot be a
  /// subject, which saves making its key.
  llvm::StringSet<> LastNames;
};

/// RETSAN_MODE_* of a mode's name, or nothing.
std::optional<uint32_t> modeOf(llvm::StringRef Name);

/// Reads \p Path. Fails with one message that names the file and the cause.
llvm::Expected<SuspectList> readSuspects(llvm::StringRef Path);

} // namespace retsan::plugin

#endif
