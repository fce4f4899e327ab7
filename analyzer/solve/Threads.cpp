//===- Threads.cpp - who runs on a thread of its own ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Threads.h"
#include "analyzer/solve/Library.h"
#include "analyzer/solve/Program.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

/// The function of the lambda whose closure \p A is the address of, or None.
uint32_t lambdaOf(const Program &P, const Function &F, const Operand &A,
                  const DenseMap<uint32_t, const Place *> &AddressOf) {
  const Place *Pl =
      A.Kind == Operand::Reg ? AddressOf.lookup(uint32_t(A.Value)) : nullptr;
  if (!Pl || Pl->Base != Place::Local || !Pl->Path.empty())
    return None;
  const Type &T = P.Types[Pl->Type];
  if (T.Kind != TypeKind::Record || T.Record == None)
    return None;
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
    if (P.Functions[Fn].Lambda && P.Functions[Fn].Record == T.Record)
      return Fn;
  return None;
}

/// Whether \p Fn has the type of a thread's function, waits for others in
/// itself, and is started by code that is not seen.
bool isUnstartedThread(const Program &P, uint32_t Fn) {
  const Function &F = P.Functions[Fn];
  auto IsVoidPtr = [&](TypeId T) {
    return P.Types[T].Kind == TypeKind::Pointer &&
           P.Types[P.Types[T].Elem].Kind == TypeKind::Void;
  };
  return P.SitesOf[Fn].empty() && !P.Callees[F.Callee].AddressTaken &&
         P.Callees[F.Callee].Link == Linkage::External && F.NumParams == 1 &&
         IsVoidPtr(F.ReturnType) && IsVoidPtr(F.Locals[0].Type) &&
         any_of(F.Blocks, [&](const Block &B) {
           return any_of(B.Instrs, [&](const Instr &I) {
             return I.Opcode == Op::Call && I.Callee != None &&
                    blocks(P.str(P.Callees[I.Callee].Name));
           });
         });
}

/// A thread whose function does nothing but call another one works there:
/// `std::thread([this] { loop(); })`.
void followThreads(Program &P) {
  SmallVector<uint32_t, 8> Work;
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
    if (isUnstartedThread(P, Fn))
      P.ThreadEntry[Fn] = true;
    if (P.ThreadEntry[Fn])
      Work.push_back(Fn);
  }
  while (!Work.empty()) {
    const Function &F = P.Functions[Work.pop_back_val()];
    uint32_t Only = None;
    unsigned Calls = 0;
    for (const Block &B : F.Blocks) {
      if (B.Term.Kind != Terminator::Goto && B.Term.Kind != Terminator::Return)
        Calls = 2; // More than a straight line.
      for (const Instr &I : B.Instrs)
        if (I.Opcode == Op::Call && ++Calls == 1 && I.Callee != None &&
            !I.Virtual)
          Only = P.BodyOf[I.Callee];
    }
    if (Calls != 1 || Only == None || P.ThreadEntry[Only] ||
        !all_of(P.SitesOf[Only],
                [&](const CallSite &S) { return P.ThreadEntry[S.Function]; }))
      continue;
    P.ThreadEntry[Only] = true;
    Work.push_back(Only);
  }
}

/// What the calls that start threads say, read one function at a time.
class Starts {
public:
  explicit Starts(Program &P) : P(P) {}

  /// Marks what \p Fn starts by name; remembers what it starts for callers.
  void read(uint32_t Fn) {
    const Function &F = P.Functions[Fn];
    DenseMap<uint32_t, const Place *> LoadedFrom, AddressOf;
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.Opcode == Op::Load)
          LoadedFrom[I.Dst] = &F.Places[I.P];
        if (I.Opcode == Op::Addr)
          AddressOf[I.Dst] = &F.Places[I.P];
        if (I.Opcode != Op::Call || I.Callee == None ||
            !startsThread(P.str(P.Callees[I.Callee].Name)))
          continue;
        for (const Operand &A : I.Args) {
          markNamed(A);
          if (uint32_t L = lambdaOf(P, F, A, AddressOf); L != None)
            P.ThreadEntry[L] = true;
          const Place *Pl =
              A.Kind == Operand::Reg ? LoadedFrom.lookup(A.Value) : nullptr;
          if (Pl && Pl->Base == Place::Local && Pl->Path.empty() &&
              Pl->BaseIndex < F.NumParams &&
              P.Types[F.Locals[Pl->BaseIndex].Type].Kind == TypeKind::Function)
            Helpers.push_back({Fn, Pl->BaseIndex});
        }
      }
  }

  /// A helper starts what its caller names.
  void followHelpers() {
    for (auto [Helper, Arg] : Helpers)
      for (const CallSite &S : P.SitesOf[Helper]) {
        const Instr &I =
            P.Functions[S.Function].Blocks[S.Block].Instrs[S.Instr];
        if (Arg < I.Args.size())
          markNamed(I.Args[Arg]);
      }
  }

private:
  Program &P;
  /// A function and its parameter that it starts as a thread.
  SmallVector<std::pair<uint32_t, uint32_t>, 2> Helpers;

  void markNamed(const Operand &A) {
    if (A.Kind == Operand::Func && P.BodyOf[A.Value] != None)
      P.ThreadEntry[P.BodyOf[A.Value]] = true;
  }
};

} // namespace

void findThreads(Program &P) {
  P.ThreadEntry.resize(P.Functions.size());
  Starts S(P);
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
    S.read(Fn);
  S.followHelpers();
  followThreads(P);
}

void findWaits(Program &P) {
  P.Waits.assign(P.Functions.size(), false);
  SmallVector<uint32_t, 16> Work;
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
    for (const Block &B : P.Functions[Fn].Blocks)
      for (const Instr &I : B.Instrs)
        if (I.Opcode == Op::Call && I.Callee != None && !P.Waits[Fn] &&
            P.BodyOf[I.Callee] == None &&
            waits(P.str(P.Callees[I.Callee].Name))) {
          P.Waits[Fn] = true;
          Work.push_back(Fn);
        }
  while (!Work.empty())
    for (const CallSite &S : P.SitesOf[Work.pop_back_val()]) {
      const Instr &I = P.Functions[S.Function].Blocks[S.Block].Instrs[S.Instr];
      if (I.Callee == None || P.Waits[S.Function])
        continue;
      P.Waits[S.Function] = true;
      Work.push_back(S.Function);
    }
}

} // namespace retsan::solve
