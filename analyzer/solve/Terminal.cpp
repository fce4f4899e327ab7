//===- Terminal.cpp - states that say that they are the last --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// People call the states that nothing leads out of FAILURE, DONE or CLOSED. An
// object that has come to one of them is expected to go: what it still holds
// goes with it a moment later, and is no retention worth an alarm. A name alone
// is not enough where the program is seen to leave the state again: then it is
// a phase like others.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Judge.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

Ending endingOf(StringRef Name) {
  Ending Best = Ending::None;
  for (const std::string &Word : wordsOf(Name)) {
    Ending E = StringSwitch<Ending>(Word)
                   .Cases("fail", "failed", "failure", Ending::Over)
                   .Cases("err", "error", "errored", Ending::Over)
                   .Cases("abort", "aborted", "aborting", Ending::Over)
                   .Cases("dead", "died", "broken", "corrupt", Ending::Over)
                   .Cases("reject", "rejected", "invalid", Ending::Over)
                   .Cases("denied", "timedout", "expired", Ending::Over)
                   .Cases("close", "closed", "closing", Ending::Over)
                   .Cases("quit", "quitting", "dying", Ending::Over)
                   .Cases("terminated", "destroyed", "gone", Ending::Over)
                   .Cases("shutdown", "disconnected", Ending::Over)
                   // NOT_CLOSED, NO_ERROR.
                   .Cases("not", "no", "non", "un", Ending::Not)
                   .Default(Ending::None);
    if (E == Ending::Not)
      return Ending::None;
    Best = std::max(Best, E);
  }
  return Best;
}

/// The ending that the state's enumerators tell of, and whether an operation
/// takes a living object out of the state again.
std::pair<Ending, bool> Judge::ending(uint32_t SI,
                                      const std::vector<bool> &Keep) const {
  const AbstractState &A = C.states()[SI];
  Ending Found = Ending::None;
  size_t By = 0;
  for (size_t G = 0; G < A.G.size(); ++G) {
    if (!Keep[G] || !A.G[G].isConst() || C.guards()[G].Pointer ||
        C.guards()[G].Mask)
      continue;
    std::string Name = valueName(G, A.G[G].Lo);
    if (isDigit(Name[0]) || Name[0] == '-')
      continue;
    if (Ending E = endingOf(Name); E > Found) {
      Found = E;
      By = G;
    }
  }
  if (Found == Ending::None)
    return {Found, false};
  DenseSet<uint32_t> Seen;
  SmallVector<uint32_t, 16> Work{SI};
  while (!Work.empty()) {
    uint32_t At = Work.pop_back_val();
    if (!Seen.insert(At).second)
      continue;
    const AbstractState &B = C.states()[At];
    if (B.G[By] != A.G[By])
      return {Found, true};
    for (auto [TI, To] : B.Next)
      if (!C.states()[To].Start &&
          C.transitions()[TI].Fate == Transition::Lives)
        Work.push_back(To);
  }
  return {Found, false};
}

} // namespace retsan::solve
