//===- Parts.h - what operations do that leave the subject alone ----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A function that never comes near a subject matters to it by what it does to
// the guards, and does the same for every subject of the record with these
// guards. In a record of thousands of fields that one state tells, nearly all
// functions are of that kind to each of the fields: they are run once. A part
// is made by an engine of its own, so that it is the same whoever asks first.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_PARTS_H
#define RETSAN_ANALYZER_SOLVE_PARTS_H

#include "analyzer/solve/Closure.h"

#include <map>
#include <mutex>
#include <set>

namespace retsan::solve {

/// The transitions of one function, and what else its run told.
struct Part {
  std::vector<Transition> T;
  bool FreesTabled = false;
  std::set<uint32_t> Capped, Uncomposed, Coarse;
  Engine::Scope Looked; ///< At these functions.
};

/// The parts of one program; subjects are solved in parallel.
class Parts {
public:
  /// The part of \p Fn under the focus of \p E, made by \p Make if it is new.
  std::shared_ptr<const Part>
  get(const Engine &E, llvm::ArrayRef<Guard> Guards, uint32_t Fn,
      llvm::function_ref<std::shared_ptr<const Part>()> Make);

private:
  std::mutex Lock;
  std::map<std::vector<uint64_t>, std::shared_ptr<const Part>> Known;
};

} // namespace retsan::solve

#endif
