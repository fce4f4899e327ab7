//===- Hooks.cpp - functions called through pointers ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Hooks.h"
#include "analyzer/solve/Library.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

/// `if (hook) hook(p); else free(p);`
static bool freesOrHooks(const Program &P, const Function &F) {
  if (F.NumParams != 1 || F.Blocks.size() > 24)
    return false;
  BitVector Param(F.NumRegs);
  bool Frees = false, Hooks = false;
  for (const Block &B : F.Blocks)
    for (const Instr &I : B.Instrs) {
      if (I.Opcode == Op::Load && F.Places[I.P].Base == Place::Local &&
          F.Places[I.P].BaseIndex == 0 && F.Places[I.P].Path.empty())
        Param.set(I.Dst);
      if (I.Opcode != Op::Call || I.Args.size() != 1 ||
          I.Args[0].Kind != Operand::Reg || !Param[I.Args[0].Value])
        continue;
      if (I.Callee == None)
        Hooks = true;
      else
        Frees |= libraryEffect(P.str(P.Callees[I.Callee].Name), 1).Kind ==
                 LibKind::Free;
    }
  return Frees && Hooks;
}

/// `void wipe(void *p, size_t n) { if (p) explicit_bzero(p, n); }`
static bool zeroes(const Program &P, const Function &F) {
  constexpr size_t FewBlocks = 5;
  if (F.NumParams != 2 || F.Blocks.size() > FewBlocks)
    return false;
  const std::vector<uint32_t> Loaded = loadedLocals(F);
  auto Is = [&](const Operand &O, uint32_t Param) {
    return O.Kind == Operand::Reg && Loaded[O.Value] == Param;
  };
  bool Any = false;
  for (const Block &B : F.Blocks)
    for (const Instr &I : B.Instrs)
      if (I.Opcode == Op::Call) {
        if (I.Callee == None || I.Args.size() < 2 || !Is(I.Args.front(), 0) ||
            !Is(I.Args.back(), 1) ||
            libraryEffect(P.str(P.Callees[I.Callee].Name), I.Args.size())
                    .Kind != LibKind::Zero ||
            (I.Args.size() == 3 &&
             !(I.Args[1].Kind == Operand::Int && I.Args[1].Value == 0)))
          return false;
        Any = true;
      }
  return Any;
}

void findFreeHooks(Program &P) {
  P.FreesArg.resize(P.Functions.size());
  P.ZeroesArg.resize(P.Functions.size());
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
    P.FreesArg[Fn] = freesOrHooks(P, P.Functions[Fn]);
    P.ZeroesArg[Fn] = zeroes(P, P.Functions[Fn]);
  }
}

std::vector<uint32_t> loadedLocals(const Function &F) {
  std::vector<uint32_t> Local(F.NumRegs, None);
  for (const Block &B : F.Blocks)
    for (const Instr &I : B.Instrs)
      if (I.Opcode == Op::Load && F.Places[I.P].Base == Place::Local &&
          F.Places[I.P].Path.empty())
        Local[I.Dst] = F.Places[I.P].BaseIndex;
  return Local;
}

namespace {

/// freedOperand, looking into \p Depth calls of wrappers less.
const Operand *freedBy(const Program &P, const Instr &I, unsigned Depth) {
  if (I.Opcode == Op::Free)
    return &I.A;
  if (I.Opcode != Op::Call || I.Callee == None || I.Args.empty())
    return nullptr;
  uint32_t Body = P.BodyOf[I.Callee];
  if (Body == None) {
    LibEffect L = libraryEffect(P.str(P.Callees[I.Callee].Name), I.Args.size());
    return L.Kind == LibKind::Free && L.Arg < I.Args.size() ? &I.Args[L.Arg]
                                                            : nullptr;
  }
  if (P.FreesArg[Body])
    return &I.Args[0];
  const Function &F = P.Functions[Body];
  if (Depth > 1 || F.Blocks.size() > 8)
    return nullptr;
  std::vector<uint32_t> Inner = loadedLocals(F);
  for (const Block &B : F.Blocks)
    for (const Instr &X : B.Instrs)
      if (const Operand *O = freedBy(P, X, Depth + 1);
          O && O->Kind == Operand::Reg && Inner[O->Value] < F.NumParams &&
          Inner[O->Value] < I.Args.size())
        return &I.Args[Inner[O->Value]];
  return nullptr;
}

} // namespace

const Operand *freedOperand(const Program &P, const Instr &I) {
  return freedBy(P, I, 0);
}

namespace {

/// Whether the caller frees something that it gave to the hook, after the call.
bool endsArgument(const Program &P, const CallSite &S) {
  const Function &F = P.Functions[S.Function];
  std::vector<uint32_t> Local = loadedLocals(F);
  const Instr &Hook = F.Blocks[S.Block].Instrs[S.Instr];
  SmallVector<uint32_t, 4> Given;
  for (const Operand &O : Hook.Args)
    if (O.Kind == Operand::Reg && Local[O.Value] != None)
      Given.push_back(Local[O.Value]);
  BitVector Seen(F.Blocks.size());
  SmallVector<std::pair<uint32_t, uint32_t>, 8> Work{{S.Block, S.Instr + 1}};
  while (!Work.empty()) {
    auto [B, From] = Work.pop_back_val();
    for (uint32_t N = From; N < F.Blocks[B].Instrs.size(); ++N)
      if (const Operand *O = freedOperand(P, F.Blocks[B].Instrs[N]);
          O && O->Kind == Operand::Reg && is_contained(Given, Local[O->Value]))
        return true;
    for (uint32_t Next : F.Blocks[B].Term.Succs)
      if (!Seen.test(Next)) {
        Seen.set(Next);
        Work.push_back({Next, 0});
      }
  }
  return false;
}

/// Whether a library has the field to end objects of its own, as GSourceFuncs
/// has `finalize`.
bool isEndOfLibrary(const Program &P, const FieldRef &Field) {
  const facts::Record &R = P.Records[Field.first];
  return isOfLibrary(P, Field.first) &&
         StringSwitch<bool>(P.str(R.Fields[Field.second].Name))
             .Cases("finalize", "finalise", "destroy", "dtor", "free", true)
             .Cases("destructor", "destroy_func", "free_func", "close", true)
             .Default(false);
}

} // namespace

void findEndHooks(Program &P) {
  P.EndHook.assign(P.Functions.size(), false);
  // Fields through which some call does not end what it is given.
  DenseSet<FieldRef> Called, Other;
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
    const Function &F = P.Functions[Fn];
    DenseMap<uint32_t, const Place *> From;
    for (uint32_t B = 0; B < F.Blocks.size(); ++B)
      for (uint32_t N = 0; N < F.Blocks[B].Instrs.size(); ++N) {
        const Instr &I = F.Blocks[B].Instrs[N];
        if (I.Opcode == Op::Load)
          From[I.Dst] = &F.Places[I.P];
        if (I.Opcode != Op::Call || I.Callee != None ||
            I.A.Kind != Operand::Reg)
          continue;
        const Place *Pl = From.lookup(uint32_t(I.A.Value));
        if (!Pl || Pl->Path.empty() || Pl->Path.back().Kind != PathElem::Field)
          continue;
        FieldRef Field{Pl->Path.back().Record, Pl->Path.back().Index};
        if (!P.FieldTargets.count(Field))
          continue;
        Called.insert(Field);
        if (!Other.count(Field) && !endsArgument(P, {Fn, B, N}))
          Other.insert(Field);
      }
  }
  DenseSet<uint32_t> Ending, Not;
  for (const auto &[Field, Held] : P.FieldTargets) {
    const bool Ends =
        Called.count(Field) ? !Other.count(Field) : isEndOfLibrary(P, Field);
    for (uint32_t C : Held)
      (Ends ? Ending : Not).insert(C);
  }
  for (uint32_t C : Ending) {
    uint32_t Body = P.BodyOf[C];
    if (Body == None || Not.count(C) || !P.TableOnly[C])
      continue;
    P.EndHook[Body] = none_of(P.SitesOf[Body], [&](const CallSite &S) {
      return P.Functions[S.Function].Blocks[S.Block].Instrs[S.Instr].Callee !=
             None;
    });
  }
}

/// Whether the function is malloc, realloc or free, or passes its arguments on
/// to one of these and does nothing else.
static bool handlesMemory(const Program &P, uint32_t Callee) {
  auto Is = [&](uint32_t C, size_t NumArgs) {
    switch (libraryEffect(P.str(P.Callees[C].Name), NumArgs).Kind) {
    case LibKind::Alloc:
    case LibKind::AllocZero:
    case LibKind::AllocNonNull:
    case LibKind::Realloc:
    case LibKind::Free:
      return true;
    default:
      return false;
    }
  };
  constexpr size_t FewBlocks = 4;
  uint32_t Body = P.BodyOf[Callee];
  if (Body == None)
    return Is(Callee, 1) || Is(Callee, 2);
  bool Any = false;
  for (const Block &B : P.Functions[Body].Blocks)
    for (const Instr &I : B.Instrs) {
      Any |= I.Opcode == Op::Free;
      if (I.Opcode != Op::Call)
        continue;
      if (I.Callee == None || !Is(I.Callee, I.Args.size()))
        return false;
      Any = true;
    }
  return Any && P.Functions[Body].Blocks.size() <= FewBlocks;
}

void findGivenAllocators(Program &P) {
  // Which parameter goes into which field, by function.
  std::vector<SmallVector<std::pair<unsigned, FieldRef>, 2>> Kept(
      P.Functions.size());
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
    const Function &F = P.Functions[Fn];
    std::vector<uint32_t> Loaded;
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.Opcode != Op::Store || I.A.Kind != Operand::Reg)
          continue;
        const Place &Pl = F.Places[I.P];
        if (P.Types[Pl.Type].Kind != TypeKind::Function || Pl.Path.empty() ||
            Pl.Path.back().Kind != PathElem::Field)
          continue;
        if (Loaded.empty())
          Loaded = loadedLocals(F);
        if (uint32_t L = Loaded[I.A.Value]; L < F.NumParams)
          Kept[Fn].push_back(
              {L, {Pl.Path.back().Record, Pl.Path.back().Index}});
      }
  }
  for (const Function &F : P.Functions)
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.Opcode != Op::Call || I.Callee == None ||
            P.BodyOf[I.Callee] == None)
          continue;
        for (const auto &[Arg, Field] : Kept[P.BodyOf[I.Callee]])
          if (Arg < I.Args.size() && I.Args[Arg].Kind == Operand::Func &&
              handlesMemory(P, uint32_t(I.Args[Arg].Value))) {
            auto &V = P.FieldTargets[Field];
            if (!is_contained(V, uint32_t(I.Args[Arg].Value)))
              V.push_back(uint32_t(I.Args[Arg].Value));
          }
      }
}

} // namespace retsan::solve
