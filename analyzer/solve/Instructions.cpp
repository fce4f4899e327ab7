//===- Instructions.cpp - one instruction of a function -------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What each instruction of the register program does to a state; arithmetic on
// values that are known, and the bits of flag words.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Counts.h"
#include "analyzer/solve/Runner.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

Val Runner::binary(const Instr &I, Val A, Val B, uint32_t Block,
                   uint32_t Site) {
  bool InLoop = G.LoopDepth[Block] > 0;
  // Conversions leave no trace: what was computed as unsigned may be looked at
  // as a signed number later, and be negative.
  auto Fresh = [&] {
    Con C = P.Types[I.Type].Kind == TypeKind::Bool ? typeCon(I.Type) : Con();
    return Val::sym(Y.opaque(Y.site(4, Fn, Site, 0), C));
  };
  if (A.Kind == Val::Int && B.Kind == Val::Int &&
      (!InLoop || I.Bop == BinOp::And || I.Bop == BinOp::Or)) {
    uint64_t X = A.N, Z = B.N;
    switch (I.Bop) {
    case BinOp::Add:
      return Val::integer(int64_t(X + Z));
    case BinOp::Sub:
      return Val::integer(int64_t(X - Z));
    case BinOp::Mul:
      return Val::integer(int64_t(X * Z));
    case BinOp::And:
      return Val::integer(int64_t(X & Z));
    case BinOp::Or:
      return Val::integer(int64_t(X | Z));
    case BinOp::Xor:
      return Val::integer(int64_t(X ^ Z));
    case BinOp::Shl:
      return Z < 63 ? Val::integer(int64_t(X << Z)) : Fresh();
    default:
      return Fresh();
    }
  }
  if (I.Bop == BinOp::And || I.Bop == BinOp::Or) {
    if (A.Kind == Val::Int)
      std::swap(A, B);
    if (B.Kind == Val::Int) {
      if (A.Kind == Val::Bits) {
        BitsOf X = Y.Bits[A.N];
        if (I.Bop == BinOp::Or)
          return Y.bits(X.S, X.Keep & ~B.N, X.Set | B.N);
        if ((X.Keep & B.N) == 0)
          return Val::integer(X.Set & B.N);
        // A test of bits that were kept is a test of the original.
        if ((X.Set & B.N) == 0 && (X.Keep & B.N) == B.N && isPowerOf2_64(B.N))
          return Val::sym(Y.mask(X.S, B.N));
        return Y.bits(X.S, X.Keep & B.N, X.Set & B.N);
      }
      if (A.isSym() && Y.Syms[A.N].Kind != Symbol::Mask) {
        if (I.Bop == BinOp::Or)
          return Y.bits(A.N, ~B.N, B.N);
        // `x & ~m` keeps most bits: an update. `x & m` picks a few: a test.
        if (popcount(uint64_t(B.N)) > 16)
          return Y.bits(A.N, B.N, 0);
        return Val::sym(Y.mask(A.N, B.N));
      }
    }
    return Fresh();
  }
  // Pointer arithmetic stays within the object.
  if ((I.Bop == BinOp::Add || I.Bop == BinOp::Sub) &&
      P.Types[I.Type].Kind == TypeKind::Pointer) {
    Val Ptr = A.isSym() || A.Kind == Val::Addr ? A : B;
    if (Ptr.isSym()) {
      Ptr.Interior = true;
      return Ptr;
    }
    if (Ptr.Kind == Val::Addr) {
      LocId L = Ptr.N;
      if (Y.Locs[L].Kind == Location::Index ||
          Y.Locs[L].Kind == Location::AnyIndex)
        return Val::addr(Y.anyIndex(Y.Locs[L].Parent));
      return Val::addr(Y.anyIndex(L));
    }
  }
  return Fresh();
}

/// Runs an instruction that is no call. False if no path goes on from it.
bool Runner::step(uint32_t B, uint32_t N, State &S) {
  const Instr &I = F.Blocks[B].Instrs[N];
  uint32_t Site = (B << 12) ^ N;
  Where W = at(I.Loc);
  auto Set = [&](Val V) {
    if (I.Dst != None)
      S.setReg(I.Dst, V);
  };
  switch (I.Opcode) {
  case Op::Load: {
    const Place &Pl = F.Places[I.P];
    if (Pl.Base == Place::Deref)
      deref(S, operand(S, Pl.Ptr), W, P.tearsDown(Fn, B, N));
    LocId L = placeLoc(S, Pl, Site);
    Val V = load(S, L, I.Type ? I.Type : Pl.Type, Site);
    // `e = &a[i]`: what e->f is stays the same until e is another.
    if (V.isSym() && Y.hasAnyIndex(L) && !E.match(L) && heldByLocal(Pl) &&
        !S.cell(L))
      S.setCell(L, V, {});
    // To follow another pointer of the object is to work on it.
    if (Y.Locs[L].Kind == Location::Field &&
        P.Types[Pl.Type].Kind == TypeKind::Pointer &&
        (!E.match(L) || E.match(L)->Item != 0) && Y.exportable(L) &&
        S.Followed.size() < 12 && !is_contained(S.Followed, Y.Locs[L].Parent))
      S.Followed.push_back(Y.Locs[L].Parent);
    Set(V);
    break;
  }
  case Op::Store: {
    const Place &Pl = F.Places[I.P];
    if (Pl.Base == Place::Deref)
      deref(S, operand(S, Pl.Ptr), W, P.tearsDown(Fn, B, N));
    Val V = operand(S, I.A);
    LocId L = placeLoc(S, Pl, Site);
    // An unknown scalar gets a name, so that it is one value from here on.
    if (V.Kind == Val::Unknown)
      V = Val::sym(Y.opaque(Y.site(5, Fn, Site, 0), typeCon(Pl.Type)));
    // `ready = work != NULL`: the guard says what the subject is.
    if (auto M = E.match(L); V.Kind == Val::Cond && M && M->Item != 0) {
      State Other = S;
      if (assume(Other, V, false, W)) {
        store(Other, L, Val::integer(0), W, I.Init);
        Forks.push_back(std::move(Other));
      }
      if (!assume(S, V, true, W))
        return false;
      V = Val::integer(1);
    }
    if (unlinks(S, L, V))
      return false;
    if ((Pl.Base == Place::Local &&
         P.Types[Pl.Type].Kind == TypeKind::Pointer) ||
        Y.hasAnyIndex(L))
      forgetElements(S);
    if (const Place *From = Pl.Base == Place::Deref && Pl.Path.empty() &&
                                    Pl.Ptr.Kind == Operand::Reg
                                ? LoadedFrom.lookup(Pl.Ptr.Value)
                                : nullptr;
        From && !From->Path.empty())
      storeThrough(S, L, Pl.Type, W);
    if (takesReference(P, F, I, Defs)) {
      const Location &Root = Y.Locs[Y.rootOf(L)];
      if (Root.Kind == Location::Pointee)
        S.effectRef(Root.A).Flags |= Effect::Retained;
    }
    store(S, L, V, W, I.Init);
    break;
  }
  case Op::Addr: {
    const Place &Pl = F.Places[I.P];
    Val Base = Pl.Base == Place::Deref ? operand(S, Pl.Ptr) : Val{};
    // &*p and &p[0] are p.
    LocId L = placeLoc(S, Pl, Site);
    if (Pl.Base == Place::Deref && Y.Locs[L].Kind == Location::Pointee &&
        Base.isSym())
      Set(Base);
    else if (Pl.Base == Place::Deref && Base.isSym() &&
             Y.Locs[L].Kind == Location::AnyIndex &&
             Y.Locs[Y.Locs[L].Parent].Kind == Location::Pointee) {
      Base.Interior = true;
      Set(Base);
    } else
      Set(Val::addr(L));
    break;
  }
  case Op::Move:
    Set(operand(S, I.A));
    break;
  case Op::Bin: {
    Val A = operand(S, I.A), C = operand(S, I.B);
    // x + c and x - c move the bounds of x.
    Con Moved;
    if ((I.Bop == BinOp::Add || I.Bop == BinOp::Sub) && A.isSym() &&
        C.Kind == Val::Int && C.N > -4096 && C.N < 4096 &&
        P.Types[I.Type].Kind != TypeKind::Pointer) {
      Con Was = E.conOf(S, A);
      int64_t By = I.Bop == BinOp::Add ? C.N : -C.N;
      constexpr int64_t Far = int64_t(1) << 40;
      if (Was.Lo > -Far)
        Moved.Lo = Was.Lo + By;
      if (Was.Hi < Far)
        Moved.Hi = Was.Hi + By;
    }
    // The next multiple of a power of two behind an address is none of null.
    if (I.Bop == BinOp::Add && A.Kind == Val::Bits && C.Kind == Val::Int &&
        C.N > 0 && !E.conOf(S, Val::sym(Y.Bits[A.N].S)).contains(0))
      Moved.refine(CmpOp::NE, 0);
    Val R = binary(I, A, C, B, Site);
    if (R.isSym() && Y.Syms[R.N].Kind == Symbol::Opaque && R != A && R != C) {
      retire(S, SymId(R.N));
      if (!Moved.top()) {
        Con New = Y.Syms[R.N].Default;
        if (New.intersect(Moved))
          S.conRef(R.N, New) = New;
      }
    }
    Set(R);
    break;
  }
  case Op::Cmp: {
    Val A = operand(S, I.A), C = operand(S, I.B);
    if (A.Kind == Val::Int && C.Kind == Val::Int) {
      Con K = Con::exactly(A.N);
      Set(Val::integer(K.refine(I.Cop, C.N)));
    } else if (A.Kind == Val::Unknown || C.Kind == Val::Unknown) {
      Set({});
    } else {
      Set(Y.compare(I.Cop, A, C));
    }
    break;
  }
  case Op::Not: {
    Val A = operand(S, I.A);
    if (A.Kind == Val::Int)
      Set(Val::integer(!A.N));
    else if (A.Kind == Val::Cond) {
      Comparison C = Y.Conds[A.N];
      Set(Y.compare(negate(C.Op), C.A, C.B));
    } else if (A.Kind == Val::Unknown)
      Set({});
    else
      Set(Y.compare(CmpOp::EQ, A, Val::integer(0)));
    break;
  }
  case Op::New: {
    // Where there is no memory left, what was just freed stays behind.
    if (I.Type && !freedSubjects(S).empty()) {
      State Failed = S;
      Failed.AllocThrows = true;
      raise(std::move(Failed), B, I);
    }
    uint32_t Made = Y.site(6, Fn, Site, 0);
    SymId Sy = Y.fresh(Made, /*NotNull=*/true,
                       S.unheld(Y.freshOf(Made, /*NotNull=*/true)));
    retire(S, Sy);
    if (I.Zeroed)
      zero(S, Y.pointee(Sy), W);
    Set(Val::sym(Sy));
    break;
  }
  case Op::Free:
    noteFree(S, I.A, operand(S, I.A));
    freeVal(S, operand(S, I.A), W, false);
    break;
  case Op::Release:
    freeVal(S, operand(S, I.A), W, true);
    break;
  case Op::Use:
    use(S, operand(S, I.A), W);
    break;
  case Op::CopyRec: {
    for (uint32_t Pl : {I.P, I.P2})
      if (F.Places[Pl].Base == Place::Deref)
        use(S, operand(S, F.Places[Pl].Ptr), W);
    copyRecord(S, placeLoc(S, F.Places[I.P], Site),
               placeLoc(S, F.Places[I.P2], Site), F.Places[I.P].Type, W);
    break;
  }
  case Op::Zero:
    if (F.Places[I.P].Base == Place::Deref)
      use(S, operand(S, F.Places[I.P].Ptr), W);
    zero(S, placeLoc(S, F.Places[I.P], Site), W);
    break;
  case Op::Havoc:
    havoc(S, placeLoc(S, F.Places[I.P], Site), Site, W);
    break;
  case Op::Invalidate:
  case Op::EndLocal:
    break;
  case Op::Call:
    break;
  }
  return true;
}

} // namespace retsan::solve
