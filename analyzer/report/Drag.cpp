//===- Drag.cpp - what a run found by itself ------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Drag.h"

#include "analyzer/report/Join.h"
#include "analyzer/report/Words.h"
#include "retsan/abi.h"
#include "retsan/profile_format.h"
#include "llvm/Support/Path.h"

#include <unordered_set>

using namespace llvm;

namespace retsan::report {

static constexpr size_t MaxRows = 20;
/// In MB*MBalloc: what would be printed as 0.
static constexpr double Least = 0.001;

/// What is held after its last use, or without any.
static double waste(const profile::SubjectResult &S) {
  return S.DragMBMBalloc + S.VoidMBMBalloc;
}

std::vector<const profile::SubjectResult *>
fieldsByDrag(const profile::Profile &P, const FindingsFile *F) {
  // Ids come from files: a DenseSet keeps two values for itself.
  std::unordered_set<uint64_t> Known;
  if (F)
    for (const Finding &X : F->Findings)
      Known.insert(X.SubjectId);
  std::vector<const profile::SubjectResult *> Out;
  for (const profile::SubjectResult &S : P.Subjects)
    if (!Known.count(S.SubjectId) && waste(S) >= Least)
      Out.push_back(&S);
  llvm::sort(Out, [](const auto *A, const auto *B) {
    double X = waste(*A), Y = waste(*B);
    return X != Y ? X > Y : A->Subject < B->Subject;
  });
  return Out;
}

static void printFields(const profile::Profile &P, const FindingsFile *F,
                        raw_ostream &OS) {
  std::vector<const profile::SubjectResult *> Fields = fieldsByDrag(P, F);
  if (Fields.empty())
    return;
  OS << "fields by drag" << (F ? " that no finding is about" : "") << ":\n";
  for (size_t I = 0, E = std::min(Fields.size(), MaxRows); I != E; ++I) {
    const profile::SubjectResult &S = *Fields[I];
    OS << "  " << S.Subject << ": " << numberText(S.DragMBMBalloc)
       << " MB*MBalloc, " << numberText(S.DragMBs)
       << " MB*s after the last use";
    if (S.VoidMBMBalloc > 0)
      OS << ", " << numberText(S.VoidMBMBalloc) << " MB*MBalloc never used";
    OS << " (" << plural(S.Stores, "store") << ")\n";
  }
  if (Fields.size() > MaxRows)
    OS << "  and " << Fields.size() - MaxRows << " more\n";
}

static void printAges(const profile::Checkpoint &C, raw_ostream &OS) {
  bool Any = false;
  for (const profile::AgeClass &A : C.Ages) {
    if (!A.Objects)
      continue;
    OS << (Any ? "; " : "heap by last use: ") << bytesText(A.Bytes);
    if (A.MBalloc < 0)
      OS << " never";
    else if (A.MBalloc == 0)
      OS << " lately";
    else
      OS << " not for " << numberText(A.MBalloc) << " MB of allocation";
    Any = true;
  }
  if (Any)
    OS << "\n";
}

static void printRoots(const profile::Checkpoint &C, raw_ostream &OS) {
  if (C.Roots.empty())
    return;
  OS << "retained by one root alone:\n";
  size_t Rows = 0;
  for (const profile::RootResult &R : C.Roots) {
    if (Rows++ == MaxRows) {
      OS << "  and " << C.Roots.size() - MaxRows << " more\n";
      break;
    }
    StringRef Module = sys::path::filename(R.Module);
    OS << "  ";
    switch (R.Kind) {
    case RETSAN_ROOT_GLOBAL:
      OS << "global " << R.Name << " of " << Module;
      break;
    case RETSAN_ROOT_MODULE:
      OS << "module " << Module << ", all its globals";
      break;
    default:
      OS << "thread " << R.Name;
    }
    OS << ": " << bytesText(R.Bytes) << " in " << plural(R.Objects, "object")
       << "\n";
  }
  if (C.RootsShared)
    OS << "  several roots share " << bytesText(C.RootsShared) << "\n";
}

static std::string subjectOf(const profile::Profile &P, uint64_t Id) {
  for (const profile::SubjectResult &S : P.Subjects)
    if (S.SubjectId == Id)
      return S.Subject;
  return "several fields";
}

static void printHolding(const profile::Holding &H, raw_ostream &OS) {
  if (H.ObjectBytes)
    OS << plural(H.Objects, "object") << " of " << bytesText(H.ObjectBytes);
  else
    OS << bytesText(H.Bytes) << " in " << plural(H.Objects, "object");
  if (!H.Stack.empty()) {
    const profile::Frame &F = H.Stack.front();
    OS << " from ";
    if (F.Name.empty())
      OS << sys::path::filename(F.Module) << "+0x"
         << Twine::utohexstr(F.Offset);
    else
      OS << F.Name;
  }
  if (H.RetainedBytes > H.Bytes)
    OS << ", " << bytesText(H.RetainedBytes) << " with what only "
       << (H.Objects == 1 ? "it leads to" : "they lead to");
  OS << "\n";
}

/// The dominator tree of what stale fields retain: the largest rows, each under
/// what alone holds it.
static void printHoldings(const profile::Profile &P,
                          const profile::Checkpoint &C, raw_ostream &OS) {
  if (C.Holdings.empty())
    return;
  OS << "retained by stale fields, each under what alone holds it:\n";
  // They come by size, each after what holds it, so the first are a tree.
  size_t Count = std::min(C.Holdings.size(), MaxRows);
  std::vector<std::vector<size_t>> Under(Count + 1);
  for (size_t I = 0; I != Count; ++I)
    Under[C.Holdings[I].Above].push_back(I);
  std::vector<std::pair<size_t, unsigned>> Work; ///< Row, depth.
  auto Add = [&](size_t Above, unsigned Depth) {
    for (size_t I : reverse(Under[Above]))
      Work.push_back({I, Depth});
  };
  Add(0, 0);
  while (!Work.empty()) {
    auto [I, Depth] = Work.back();
    Work.pop_back();
    const profile::Holding &H = C.Holdings[I];
    OS.indent(2 + 2 * Depth);
    if (!H.Above || C.Holdings[H.Above - 1].SubjectId != H.SubjectId)
      OS << subjectOf(P, H.SubjectId) << ": ";
    printHolding(H, OS);
    Add(I + 1, Depth + 1);
  }
  if (Count < C.Holdings.size())
    OS << "  and " << C.Holdings.size() - Count << " more\n";
}

/// A container's own word on its old arrays, whatever the mode.
static void printMigrations(const profile::Profile &P, raw_ostream &OS) {
  for (const profile::Migrations &M : P.Moves) {
    OS << "migrations of " << M.Name << ": " << M.Begun << " begun, " << M.Ended
       << " ended; ";
    if (M.DeadArrays)
      OS << plural(M.DeadArrays, "old array") << " of "
         << bytesText(M.DeadBytes) << " still allocated after the end";
    else
      OS << "no old array outlived its migration";
    if (M.MovingArrays)
      OS << "; " << M.MovingArrays << " under way, holding "
         << bytesText(M.MovingBytes);
    OS << "\n";
  }
}

void printDrag(const profile::Profile &P, const FindingsFile *F,
               raw_ostream &OS) {
  // Suspects that no finding here is about belong to other findings.
  if (P.Mode == RETSAN_MODE_ALL || !F)
    printFields(P, F, OS);
  if (const profile::Checkpoint *C = finalCheckpoint(P)) {
    printAges(*C, OS);
    printRoots(*C, OS);
    printHoldings(P, *C, OS);
  }
  printMigrations(P, OS);
}

} // namespace retsan::report
