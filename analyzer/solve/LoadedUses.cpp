//===- LoadedUses.cpp - what a loaded value is for ------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each value is looked at once; six steps away from the load it counts as read.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/LoadedUses.h"
#include "analyzer/solve/LeftFreed.h"
#include "analyzer/solve/Library.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

/// Functions of the library that only write to their first argument.
bool writesFirst(StringRef Name) {
  Name.consume_front("std::");
  Name.consume_front("__builtin_");
  return StringSwitch<bool>(Name)
      .Cases("memcpy", "memmove", "memset", "mempcpy", "bzero", true)
      .Cases("strcpy", "strncpy", "stpcpy", "strlcpy", "wcscpy", true)
      .Cases("sprintf", "snprintf", "vsprintf", "vsnprintf", true)
      .Default(false);
}

} // namespace

bool LoadedUses::getsOut(uint32_t Fn, uint32_t Reg, unsigned Depth) const {
  if (Depth > 5)
    return true;
  const Function &F = P.Functions[Fn];
  auto Is = [&](const Operand &O) {
    return O.Kind == Operand::Reg && uint32_t(O.Value) == Reg;
  };
  for (const Block &B : F.Blocks) {
    if (B.Term.Kind == Terminator::Return && Is(B.Term.Cond))
      return true;
    for (const Instr &U : B.Instrs) {
      bool Through = U.P != None && F.Places[U.P].Base == Place::Deref &&
                     Is(F.Places[U.P].Ptr);
      bool Pointer = U.Dst != None && P.Types[U.Type        ? U.Type
                                              : U.P != None ? F.Places[U.P].Type
                                                            : U.Type]
                                              .Kind == TypeKind::Pointer;
      if ((Through &&
           (U.Opcode == Op::Addr || (U.Opcode == Op::Load && Pointer))) ||
          ((U.Opcode == Op::Move || U.Opcode == Op::Bin) &&
           (Is(U.A) || Is(U.B)) && Pointer))
        if (getsOut(Fn, U.Dst, Depth + 1))
          return true;
      if (U.Opcode == Op::Store && Is(U.A)) {
        const Place &Pl = F.Places[U.P];
        if (Pl.Base != Place::Local || !Pl.Path.empty())
          return true;
        for (const Block &X : F.Blocks)
          for (const Instr &L : X.Instrs)
            if (L.Opcode == Op::Load && F.Places[L.P].Base == Place::Local &&
                F.Places[L.P].BaseIndex == Pl.BaseIndex && L.Dst != Reg &&
                getsOut(Fn, L.Dst, Depth + 1))
              return true;
      }
      if (U.Opcode == Op::Call) {
        if (Is(U.A))
          return true;
        for (unsigned A = 0; A < U.Args.size(); ++A)
          if (Is(U.Args[A]) && !isFree(U, A) &&
              (U.Callee == None || !P.Callees[U.Callee].SystemDecl))
            return true;
      }
    }
  }
  return false;
}

bool LoadedUses::isFree(const Instr &I, unsigned Arg) const {
  if (I.Callee == None)
    return false;
  StringRef Name = P.str(P.Callees[I.Callee].Name);
  for (const UserFree &U : Frees)
    if (U.Name == Name && U.Arg == Arg)
      return true;
  if (P.BodyOf[I.Callee] != None)
    return false;
  LibEffect L = libraryEffect(Name, I.Args.size());
  if ((L.Kind == LibKind::Free || L.Kind == LibKind::Release ||
       L.Kind == LibKind::FreeAndNull) &&
      L.Arg == Arg)
    return true;
  return Arg < 64 && (P.Callees[I.Callee].TakesArgs >> Arg & 1);
}

bool LoadedUses::isRead(const Subject &S, uint32_t Fn, const Block &B,
                        const Instr &I) {
  // Putting something into a container looks at what it holds.
  if (S.Kind == OwnerKind::Container) {
    const Function &F = P.Functions[Fn];
    // A swap takes it away, and puts in what another one has made.
    auto IsNew = [&](const Operand &O) {
      return any_of(B.Instrs, [&](const Instr &K) {
        return K.Opcode == Op::New && K.Dst == uint32_t(O.Value);
      });
    };
    for (const Instr &J : B.Instrs)
      if (J.Opcode == Op::Store && isPlaceOf(S.T, F.Places[J.P]) &&
          J.A.Kind == Operand::Reg && J.Loc.Line == I.Loc.Line &&
          J.Loc.Col == I.Loc.Col && IsNew(J.A))
        return false;
  }
  return regRead(Fn, I.Dst, 0);
}

bool LoadedUses::regRead(uint32_t Fn, uint32_t Reg, unsigned Depth) {
  if (Depth > 6)
    return true;
  if (!Seen.insert({Fn, Reg, 0}).second)
    return false;
  const Function &F = P.Functions[Fn];
  auto Is = [&](const Operand &O) {
    return O.Kind == Operand::Reg && uint32_t(O.Value) == Reg;
  };
  for (const Block &B : F.Blocks) {
    if ((B.Term.Kind == Terminator::Return ||
         B.Term.Kind == Terminator::Switch) &&
        Is(B.Term.Cond))
      return true;
    for (const Instr &U : B.Instrs) {
      bool Through = false;
      for (uint32_t Pl : {U.P, U.P2})
        Through |= Pl != None && F.Places[Pl].Base == Place::Deref &&
                   Is(F.Places[Pl].Ptr);
      if (Through) {
        switch (U.Opcode) {
        case Op::Store:
        case Op::Zero:
        case Op::Havoc:
          Filled = true;
          break;
        case Op::Load: { // What lies there may be released, too.
          const Type &T = P.Types[U.Type ? U.Type : F.Places[U.P].Type];
          if (T.Kind != TypeKind::Pointer || T.Owner != OwnerKind::None ||
              regRead(Fn, U.Dst, Depth + 1))
            return true;
          break;
        }
        case Op::Addr:
          if (regRead(Fn, U.Dst, Depth + 1))
            return true;
          break;
        default:
          return true;
        }
      }
      switch (U.Opcode) {
      case Op::Store:
        if (Is(U.A)) {
          const Place &Pl = F.Places[U.P];
          if (Pl.Base != Place::Local || !Pl.Path.empty() ||
              localRead(Fn, Pl.BaseIndex, Depth + 1))
            return true;
        }
        break;
      case Op::Move:
        if (Is(U.A) && regRead(Fn, U.Dst, Depth + 1))
          return true;
        break;
      case Op::Bin:
        if ((Is(U.A) || Is(U.B)) &&
            (P.Types[U.Type].Kind != TypeKind::Pointer ||
             regRead(Fn, U.Dst, Depth + 1)))
          return true;
        break;
      case Op::Cmp: {
        // A test for null says nothing of what is there.
        const Operand &Other = Is(U.A) ? U.B : U.A;
        if ((Is(U.A) || Is(U.B)) && Other.Kind == Operand::Reg)
          return true;
        break;
      }
      case Op::Use:
        if (Is(U.A))
          return true;
        break;
      case Op::Call:
        if (Is(U.A))
          return true;
        for (unsigned A = 0; A < U.Args.size(); ++A)
          if (Is(U.Args[A]) && argRead(Fn, U, A, Depth + 1))
            return true;
        break;
      default:
        break;
      }
    }
  }
  return false;
}

bool LoadedUses::argRead(uint32_t Fn, const Instr &U, unsigned Arg,
                         unsigned Depth) {
  if (isFree(U, Arg) || U.Destroys)
    return false;
  if (Arg == 0 && U.Callee != None && P.BodyOf[U.Callee] == None &&
      writesFirst(P.str(P.Callees[U.Callee].Name))) {
    Filled = true;
    return U.Dst != None && P.Types[U.Type].Kind == TypeKind::Pointer &&
           regRead(Fn, U.Dst, Depth + 1);
  }
  if (U.Callee == None || U.Virtual || P.BodyOf[U.Callee] == None)
    return true;
  uint32_t Body = P.BodyOf[U.Callee];
  if (P.Functions[Body].Dtor)
    return false; // What it reads there keeps nothing alive.
  return Arg >= P.Functions[Body].NumParams || localRead(Body, Arg, Depth);
}

bool LoadedUses::localRead(uint32_t Fn, uint32_t Local, unsigned Depth) {
  if (!Seen.insert({Fn, Local, 1}).second)
    return false;
  const Function &F = P.Functions[Fn];
  for (const Block &B : F.Blocks)
    for (const Instr &I : B.Instrs) {
      if (I.P == None || F.Places[I.P].Base != Place::Local ||
          F.Places[I.P].BaseIndex != Local)
        continue;
      if (I.Opcode == Op::Load ? regRead(Fn, I.Dst, Depth + 1)
                               : I.Opcode == Op::Addr)
        return true;
    }
  return false;
}

} // namespace retsan::solve
