//===- Cache.h - facts that need no parsing again -------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An entry holds the facts of one command line, with what the compiler asked of
// the file system while it parsed: the content of each file that it read, and
// the look-ups that failed (a new header there would be found first). An entry
// is good when all of that is still so. Entries are replaced as a whole; a
// damaged one is as good as none, a cache that cannot be written is only a
// note. What the compiler read is hashed when it is read: facts of sources that
// changed meanwhile are not kept.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TOOL_CACHE_H
#define RETSAN_ANALYZER_TOOL_CACHE_H

#include "analyzer/extract/Extract.h"
#include "analyzer/model/Facts.h"
#include "llvm/ADT/StringMap.h"

#include <atomic>
#include <mutex>
#include <optional>

namespace retsan::tool {

/// What was found at a path while a unit was parsed.
struct Lookup {
  bool Found;
  uint64_t Hash = 0; ///< Of what was read; 0 if nothing was.
  bool Torn = false; ///< Two look-ups saw different things.
};

class Cache {
public:
  /// No cache when \p Dir is empty.
  explicit Cache(std::string Dir);

  /// $XDG_CACHE_HOME/retsan or ~/.cache/retsan; empty if there is no home.
  static std::string defaultDir();

  /// This build of the tool: answers of another one are not looked at.
  static std::string toolSalt();

  /// Facts of \p C from the cache, else by extraction (see extractUnit for
  /// \p Begun). Thread-safe.
  llvm::Expected<facts::Unit> get(const extract::Command &C,
                                  const std::function<void()> &Begun);

  unsigned hits() const { return Hits; }

  /// Drops what was not used for long; notes what could not be written.
  void close(bool Quiet);

private:
  std::string entryPath(const extract::Command &C) const;
  std::optional<facts::Unit> load(llvm::StringRef Entry);
  void store(llvm::StringRef Entry, llvm::StringRef Facts,
             const llvm::StringMap<Lookup> &Lookups);
  /// Hash of a file's content, 0 if it cannot be read; computed once a run.
  uint64_t contentHash(llvm::StringRef Path);

  std::string Dir;
  std::string Salt; ///< What extracts here, and the environment it reads.
  std::atomic<unsigned> Hits = 0;
  std::mutex Lock; ///< Guards what follows.
  llvm::StringMap<uint64_t> Hashes;
  std::string WriteProblem;
};

} // namespace retsan::tool

#endif
