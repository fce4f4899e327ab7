//===- Progress.h - how far a long scan is --------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One line on a terminal, shown once a scan takes longer than two seconds,
// wiped at the end. Nothing at all in a pipe.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TOOL_PROGRESS_H
#define RETSAN_ANALYZER_TOOL_PROGRESS_H

#include "llvm/ADT/StringRef.h"

#include <chrono>
#include <mutex>

namespace retsan::tool {

class Progress {
public:
  explicit Progress(bool Quiet);
  ~Progress() { wipe(); }

  /// \p Done of \p Total, working on \p What. Thread-safe.
  void step(llvm::StringRef Phase, size_t Done, size_t Total,
            llvm::StringRef What);

  /// Takes the line away, so that a message can be written.
  void wipe();

private:
  bool Enabled;
  bool Drawn = false;
  std::chrono::steady_clock::time_point Start;
  std::chrono::steady_clock::time_point Last;
  std::mutex Lock;
};

} // namespace retsan::tool

#endif
