//===- Words.cpp - pieces of sentences ------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Words.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;

namespace retsan::report {

std::string bytesText(uint64_t Bytes) {
  if (Bytes < 1000)
    return plural(Bytes, "byte");
  static const char *Units[] = {"kB", "MB", "GB", "TB"};
  double Value = Bytes / 1000.0;
  unsigned U = 0;
  while (Value >= 1000 && U + 1 < std::size(Units)) {
    Value /= 1000;
    ++U;
  }
  return formatv("{0:F1} {1}", Value, Units[U]).str();
}

std::string numberText(double D) {
  if (D == 0)
    return "0";
  return D < 10 ? formatv("{0:F3}", D).str() : formatv("{0:F1}", D).str();
}

std::string plural(uint64_t N, StringRef One) {
  return (Twine(N) + " " + One + (N == 1 ? "" : "s")).str();
}

std::string
stateText(const std::vector<std::pair<std::string, std::string>> &State) {
  std::string Out;
  for (const auto &[Name, Value] : State) {
    if (!Out.empty())
      Out += ", ";
    // The solver writes ranges as ">= 1".
    bool HasOperator = !Value.empty() && StringRef("<>!").contains(Value[0]);
    Out += Name + (HasOperator ? " " : " = ") + Value;
  }
  return Out;
}

std::string predicateText(const Finding &X) {
  std::string Out;
  for (const Atom &A : X.Predicate) {
    if (!Out.empty())
      Out += " and ";
    if (A.Op == "null")
      Out += A.Name + " is null";
    else if (A.Op == "nonnull")
      Out += A.Name + " is not null";
    else
      Out += A.Name + " " + A.Op + " " + itostr(A.Value);
  }
  return Out;
}

std::string placeText(const PlaceRef &P) {
  std::string Out = P.Function.empty() ? "?" : P.Function;
  if (!P.File.empty())
    Out += " (" + P.File + ":" + utostr(P.Line) + ")";
  return Out;
}

static bool wasExercised(const RuntimeResult &R) {
  return R.V == Verdict::Confirmed || R.V == Verdict::Refuted;
}

std::string verdictText(const RuntimeResult &R) {
  std::string Out = toString(R.V).str();
  if (!wasExercised(R))
    Out += R.Partial ? ", as far as a partial profile can tell"
                     : ", the state was never entered with this field set";
  if (R.Instances)
    Out += ", " + plural(R.Instances, "instance") +
           (R.Condition == "dangling" ? " dangling" : " stale") +
           " and never used again";
  if (R.RefutedInstances)
    Out +=
        ", " + plural(R.RefutedInstances, "instance") + " used in this state";
  if (R.Partial && wasExercised(R))
    Out += " (the profile is partial)";
  return Out;
}

std::vector<std::pair<std::string, std::string>>
measuresOf(const RuntimeResult &R) {
  std::vector<std::pair<std::string, std::string>> Out;
  if (!wasExercised(R))
    return Out;
  bool Stale = R.Condition == "stale" || R.Condition == "stale-shared";
  if (Stale || R.RetainedBytes || R.SharedBytes) {
    std::string Text = bytesText(R.RetainedBytes) +
                       " at the last checkpoint through this field alone";
    if (R.SharedBytes)
      Text += ", " + bytesText(R.SharedBytes) + " shared with other fields";
    Out.emplace_back("retained", Text);
  }
  if (R.Condition == "dangling")
    Out.emplace_back("dangling", bytesText(R.FreedBytes) +
                                     " freed, address kept for up to " +
                                     numberText(R.DanglingSeconds) + " s (" +
                                     numberText(R.DanglingMBalloc) +
                                     " MBalloc)");
  if (R.D.MBs || R.D.MBMBalloc)
    Out.emplace_back("drag", numberText(R.D.MBs) + " MB*s, " +
                                 numberText(R.D.MBMBalloc) + " MB*MBalloc");
  for (const CaughtUse &C : R.Caught) {
    std::string Text =
        C.Poison ? "by code that is not instrumented" : placeText(C.At);
    for (const std::string &Frame : C.Stack)
      Text += (&Frame == &C.Stack.front() ? ": " : " <- ") + Frame;
    Out.emplace_back("caught in the act", Text);
  }
  if (R.CuredSlots)
    Out.emplace_back("cured", plural(R.CuredSlots, "slot") +
                                  " cleared as they became stale");
  return Out;
}

std::string messageOf(const Finding &X) {
  return X.Message.empty() ? X.Subject + " is kept after its life ended"
                           : X.Message;
}

} // namespace retsan::report
