//===- Progress.cpp - how far a long scan is ------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/tool/Progress.h"

#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace llvm;
using Clock = std::chrono::steady_clock;

namespace retsan::tool {

static constexpr std::chrono::seconds Patience(2);
static constexpr std::chrono::milliseconds Between(100);
static constexpr unsigned BarWidth = 24;

Progress::Progress(bool Quiet)
    : Enabled(!Quiet && sys::Process::StandardErrIsDisplayed()),
      Start(Clock::now()), Last(Start) {}

void Progress::step(StringRef Phase, size_t Done, size_t Total,
                    StringRef What) {
  if (!Enabled || Total == 0)
    return;
  std::lock_guard<std::mutex> G(Lock);
  Clock::time_point Now = Clock::now();
  if (Now - Start < Patience || Now - Last < Between)
    return;
  Last = Now;
  Drawn = true;
  size_t Filled = std::min<size_t>(BarWidth, BarWidth * Done / Total);
  errs() << "\r\x1b[K" << Phase << " [" << std::string(Filled, '=')
         << std::string(BarWidth - Filled, ' ') << "] " << Done << "/" << Total
         << " " << What.take_back(40);
  errs().flush();
}

void Progress::wipe() {
  std::lock_guard<std::mutex> G(Lock);
  if (Drawn)
    errs() << "\r\x1b[K";
  Drawn = false;
}

} // namespace retsan::tool
