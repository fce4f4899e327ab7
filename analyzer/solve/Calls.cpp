//===- Calls.cpp - what calls do ------------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Who is called, and how: a function with a body by the paths of its summary
// (Compose.cpp); one without a body does what the library table says, or may
// use what it is given and write where its arguments point. What is too far
// away, recursive or behind a large table may have used and changed the focus.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Counts.h"
#include "analyzer/solve/Library.h"
#include "analyzer/solve/Runner.h"
#include "analyzer/solve/Substitution.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

/// Objects whose subject is freed and not cleared now.
SmallVector<std::pair<LocId, SymId>, 2> Runner::freedSubjects(const State &S) {
  SmallVector<std::pair<LocId, SymId>, 2> R;
  auto Note = [&](LocId L) {
    auto M = E.match(L);
    if (!M || M->Item != 0 || M->Object == None)
      return;
    Val V = E.peek(S, L);
    if (V.isSym() && S.has(V.N, Effect::Freed) &&
        !is_contained(R, std::make_pair(M->Object, SymId(V.N))))
      R.push_back({M->Object, SymId(V.N)});
  };
  for (const Cell &C : S.Heap)
    Note(C.L);
  for (const Effect &Ef : S.Effects)
    if ((Ef.Flags & Effect::Freed) && Y.Syms[Ef.S].Kind == Symbol::Init)
      Note(Y.Syms[Ef.S].A);
  return R;
}

void Runner::havocFocus(State &S, uint32_t Site, Where At) {
  SmallVector<LocId, 8> Objects;
  for (const Cell &C : S.Heap)
    if (auto M = E.match(C.L))
      if (!is_contained(Objects, M->Object))
        Objects.push_back(M->Object);
  for (const Effect &Ef : S.Effects)
    if (Y.Syms[Ef.S].Kind == Symbol::Init)
      if (auto M = E.match(Y.Syms[Ef.S].A))
        if (!is_contained(Objects, M->Object))
          Objects.push_back(M->Object);
  if (!is_contained(Objects, LocId(None)))
    Objects.push_back(None);
  for (uint32_t I = 0; I < E.focus().Items.size(); ++I)
    for (LocId O : Objects)
      if ((E.focus().Items[I].Global != None) == (O == None))
        S.setCell(E.locationOf(I, O), Val{}, At);
}

/// A call that may access the focus in ways that are not followed.
void Runner::wildCall(State &S, const Instr &I, uint32_t Site, Where W) {
  S.WildUse = true;
  havocFocus(S, Site, W);
  if (I.Dst != None) {
    SymId R = Y.opaque(Y.site(10, Fn, Site, 1), typeCon(I.Type));
    retire(S, R);
    S.setReg(I.Dst, Val::sym(R));
  }
}

void Runner::opaqueCall(State &S, const Instr &I, ArrayRef<Val> Args,
                        uint32_t Site, bool System, Where W) {
  for (const Val &A : Args) {
    use(S, A, W);
    if (A.Kind == Val::Addr) {
      LocId L = A.N;
      // Library code knows no fields of ours, only what it is handed directly.
      const Location &Root = Y.Locs[Y.rootOf(L)];
      bool Local = Root.Kind == Location::LocalVar;
      if (Local || E.match(L) || !System)
        havoc(S, L, Site, W);
    } else if (A.isSym() && !System) {
      S.effectRef(A.N).Flags |= Effect::Shown;
      LocId Obj = Y.pointee(A.N);
      bool Known = false;
      for (const Cell &C : S.Heap)
        Known |= Y.isWithin(C.L, Obj);
      Known |= is_contained(focusRoots(S), SymId(A.N));
      // An object of another type has no part of the focus in it.
      const Operand &O = I.Args[&A - Args.data()];
      const Place *From = O.Kind == Operand::Reg
                              ? LoadedFrom.lookup(uint32_t(O.Value))
                              : nullptr;
      uint32_t Record = E.focus().empty() ? None : E.focus().Items[0].Record;
      if (From && Record != None) {
        const Type &T = P.Types[From->Type];
        if (T.Kind == TypeKind::Pointer &&
            P.Types[T.Elem].Kind == TypeKind::Record &&
            P.Types[T.Elem].Record != Record && !P.Records[Record].Cxx)
          Known = false;
      }
      for (uint32_t It = 0; It < E.focus().Items.size() && Known; ++It)
        if (E.focus().Items[It].Global == None) {
          LocId L = E.locationOf(It, Obj);
          S.setCell(L, Val{}, W);
        }
      for (Cell &C : S.Heap)
        if (Y.isWithin(C.L, Obj) && !E.match(C.L))
          C.V = {};
    }
  }
  if (I.Dst != None) {
    SymId R = Y.opaque(Y.site(10, Fn, Site, 0), typeCon(I.Type));
    retire(S, R);
    S.setReg(I.Dst, Val::sym(R));
  }
}

void Runner::call(uint32_t B, const Instr &I, State &S, uint32_t Site,
                  States &Next) {
  Where W = at(I.Loc);
  SmallVector<Val, 6> Args;
  for (const Operand &O : I.Args)
    Args.push_back(operand(S, O));
  if (I.Callee == None) {
    Val Through = operand(S, I.A);
    use(S, Through, W);
    // A hook that is called is there: a sibling that tells the phase so.
    if (Through.isSym() && Y.Syms[Through.N].Kind == Symbol::Init)
      if (auto M = E.match(Y.Syms[Through.N].A); M && M->Item != 0) {
        Con &K = S.conRef(Through.N, E.conOf(S, Through));
        if (!K.refine(CmpOp::NE, 0))
          return;
      }
  }

  // What lies in an array of pointers goes with the array.
  for (const Val &A : Args) {
    if (A.Kind != Val::Addr || Y.Locs[Y.rootOf(A.N)].Kind != Location::LocalVar)
      continue;
    SmallVector<Val, 4> Given;
    for (const Cell &C : S.Heap)
      if (Y.rootOf(C.L) == Y.rootOf(A.N) && C.V.isSym() &&
          (Y.Locs[C.L].Kind == Location::Index ||
           Y.Locs[C.L].Kind == Location::AnyIndex))
        Given.push_back(C.V);
    for (const Val &V : Given)
      use(S, V, W);
  }

  // Who is called.
  SmallVector<uint32_t, 4> Targets;
  bool Complete = true;
  uint32_t Callee = I.Callee;
  if (Callee == None) {
    Val V = operand(S, I.A);
    if (V.Kind == Val::Func)
      Callee = V.N;
  }
  if (Callee != None && !I.Virtual) {
    if (P.BodyOf[Callee] != None)
      Targets.push_back(P.BodyOf[Callee]);
    else
      Complete = false;
  } else {
    const Place *From = I.Callee == None && I.A.Kind == Operand::Reg
                            ? LoadedFrom.lookup(I.A.Value)
                            : nullptr;
    Targets = P.targets(I, From, Complete);
    erase_if(Targets, [&](uint32_t T) { return E.isBarred(T); });
    // A hook that holds free is a deallocator, whatever else it may hold.
    if (uint32_t Named = P.namedCallee(I, From);
        Named != None && P.BodyOf[Named] == None) {
      Callee = Named;
      Targets.clear();
      Complete = false;
    }
  }

  StringRef Name = Callee != None ? P.str(P.Callees[Callee].Name) : StringRef();
  LibEffect Lib;
  if (Callee != None) {
    const facts::Callee &C = P.Callees[Callee];
    for (const UserFree &U : E.Frees)
      if (U.Name == Name)
        Lib = {LibKind::Free, U.Arg};
    if (Lib.Kind == LibKind::Unknown && Targets.empty()) {
      Lib = libraryEffect(Name, Args.size());
      if (Lib.Kind == LibKind::Unknown && C.MallocLike)
        Lib.Kind = LibKind::Alloc;
      if (C.TakesArgs)
        for (unsigned A = 0; A < Args.size() && A < 64; ++A)
          if (C.TakesArgs >> A & 1)
            Lib = {LibKind::Free, A};
    }
  }
  if (Targets.size() == 1 && Complete && P.FreesArg[Targets[0]])
    Lib = {LibKind::Free, 0};
  if (Targets.size() == 1 && Complete && P.ZeroesArg[Targets[0]])
    Lib = {LibKind::Zero, 0};
  if (Targets.size() == 1 && !Args.empty() && Args[0].Kind == Val::Addr &&
      countBy(P.Counts[Targets[0]], I) > 0) {
    const Location &Counter = Y.Locs[Args[0].N];
    const Location &Root = Y.Locs[Y.rootOf(Args[0].N)];
    if (Counter.Kind == Location::Field && Root.Kind == Location::Pointee &&
        P.RefCounts.count({Counter.A, Counter.B}))
      S.effectRef(Root.A).Flags |= Effect::Retained;
  }
  if (!E.focus().empty() &&
      (any_of(Targets, [&](uint32_t T) { return P.Waits[T]; }) ||
       (Targets.empty() && waits(Name))))
    forgetShared(S, W);
  // What a counting function does to the object depends on who else holds it.
  if (Targets.size() == 1 && Complete && !E.relevant(Targets[0]))
    if (uint32_t Arg = P.DropsRef[Targets[0]]; Arg < Args.size()) {
      dropRef(S, Args[Arg], W);
      if (I.Dst != None)
        S.setReg(I.Dst,
                 Val::sym(Y.opaque(Y.site(10, Fn, Site, 0), typeCon(I.Type))));
      Next.push_back(std::move(S));
      return;
    }
  // `av_frame_free(&o->frame)`: what frees by the address of a pointer clears
  // it.
  if (Lib.Kind == LibKind::Free && Targets.empty() && Lib.Arg < Args.size() &&
      Args[Lib.Arg].Kind == Val::Addr)
    if (const Location &At = Y.Locs[Args[Lib.Arg].N];
        At.Kind == Location::Field &&
        P.Types[P.Records[At.A].Fields[At.B].Type].Kind == TypeKind::Pointer)
      Lib.Kind = LibKind::FreeAndNull;
  auto Fresh = [&](bool NotNull, uint32_t Aux) {
    uint32_t Where = Y.site(11, Fn, Site, Aux);
    SymId Sy = Y.fresh(Where, NotNull, S.unheld(Y.freshOf(Where, NotNull)));
    retire(S, Sy);
    return Sy;
  };
  switch (Lib.Kind) {
  case LibKind::Alloc:
  case LibKind::AllocZero:
  case LibKind::AllocNonNull: {
    for (const Val &A : Args)
      use(S, A, W);
    SymId Sy = Fresh(Lib.Kind == LibKind::AllocNonNull, 0);
    if (Lib.Kind == LibKind::AllocZero)
      S.setCell(Y.pointee(Sy), Val::integer(0), W, true);
    if (I.Dst != None)
      S.setReg(I.Dst, Val::sym(Sy));
    Next.push_back(std::move(S));
    return;
  }
  case LibKind::Realloc: {
    SymId Sy = Fresh(/*NotNull=*/true, 1);
    State Fail = S;
    if (Lib.Arg < Args.size())
      freeVal(S, Args[Lib.Arg], W, false);
    if (I.Dst != None) {
      S.setReg(I.Dst, Val::sym(Sy));
      Fail.setReg(I.Dst, Val::integer(0));
      Next.push_back(std::move(Fail));
    }
    Next.push_back(std::move(S));
    return;
  }
  case LibKind::Free:
  case LibKind::Release:
    for (unsigned A = 0; A < Args.size(); ++A)
      if (A == Lib.Arg) {
        noteFree(S, I.Args[A], Args[A]);
        freeVal(S, Args[A], W, Lib.Kind == LibKind::Release);
      }
    if (I.Dst != None)
      S.setReg(I.Dst,
               Val::sym(Y.opaque(Y.site(10, Fn, Site, 0), typeCon(I.Type))));
    Next.push_back(std::move(S));
    return;
  case LibKind::Retain:
    use(S, Args[Lib.Arg], W);
    if (Args[Lib.Arg].isSym())
      S.effectRef(Args[Lib.Arg].N).Flags |= Effect::Retained;
    // Some hand the object on: `p->o = g_object_ref(o)`.
    if (I.Dst != None)
      S.setReg(I.Dst, Args[Lib.Arg]);
    Next.push_back(std::move(S));
    return;
  case LibKind::FreeAndNull:
    if (Lib.Arg < Args.size()) {
      LocId L = None;
      if (Args[Lib.Arg].Kind == Val::Addr)
        L = Args[Lib.Arg].N;
      else if (Args[Lib.Arg].isSym())
        L = Y.pointee(Args[Lib.Arg].N);
      if (L != None) {
        freeVal(S, load(S, L, I.Type, Site), W, false);
        store(S, L, Val::integer(0), W);
      }
    }
    Next.push_back(std::move(S));
    return;
  case LibKind::Zero: {
    // Where the type is known extraction made an assignment of it. Here it is
    // enough to know an object of the focus by its size.
    uint32_t Record = E.focus().empty() ? None : E.focus().Items[0].Record;
    if (Args.size() > 1 && Args[0].isSym() && !Args[0].Interior &&
        Record != None && Args.back().Kind == Val::Int &&
        Args.back().N == P.Records[Record].SizeBytes &&
        (Args.size() == 2 || Args[1].isNull()) &&
        is_contained(focusRoots(S), SymId(Args[0].N)))
      zero(S, Y.pointee(Args[0].N), W);
    // A part of an object, by its address.
    if (Args.size() > 1 && Args[0].Kind == Val::Addr &&
        Args.back().Kind == Val::Int &&
        (Args.size() == 2 || Args[1].isNull()) &&
        uint64_t(Args.back().N) == sizeAt(Args[0].N))
      zero(S, Args[0].N, W);
    for (const Val &A : Args)
      use(S, A, W);
    if (I.Dst != None)
      S.setReg(I.Dst, Args[0]);
    Next.push_back(std::move(S));
    return;
  }
  case LibKind::OutAlloc:
    for (unsigned A = 0; A < Args.size(); ++A) {
      if (A != Lib.Arg) {
        use(S, Args[A], W);
        continue;
      }
      LocId L = Args[A].Kind == Val::Addr ? LocId(Args[A].N)
                : Args[A].isSym()         ? Y.pointee(Args[A].N)
                                          : LocId(None);
      if (L != None)
        store(S, L, Val::sym(Fresh(/*NotNull=*/false, 2)), W);
    }
    if (I.Dst != None)
      S.setReg(I.Dst,
               Val::sym(Y.opaque(Y.site(10, Fn, Site, 0), typeCon(I.Type))));
    Next.push_back(std::move(S));
    return;
  case LibKind::Steal:
    if (Lib.Arg < Args.size()) {
      LocId L = Args[Lib.Arg].Kind == Val::Addr ? LocId(Args[Lib.Arg].N)
                : Args[Lib.Arg].isSym()         ? Y.pointee(Args[Lib.Arg].N)
                                                : LocId(None);
      Val V = L == None ? Val() : load(S, L, I.Type, Site);
      if (L != None)
        store(S, L, Val::integer(0), W);
      if (I.Dst != None)
        S.setReg(I.Dst, V);
    }
    Next.push_back(std::move(S));
    return;
  case LibKind::Reads:
    for (const Val &A : Args)
      use(S, A, W);
    if (I.Dst != None)
      S.setReg(I.Dst,
               Val::sym(Y.opaque(Y.site(10, Fn, Site, 0), typeCon(I.Type))));
    Next.push_back(std::move(S));
    return;
  case LibKind::Unknown:
    break;
  }

  // What goes by `...` is read by va_arg, which is not followed.
  for (uint32_t T : Targets)
    for (size_t A = P.Functions[T].NumParams; A < Args.size(); ++A)
      use(S, Args[A], W);
  if (!Complete || Targets.empty()) {
    State T = S;
    bool System = Callee != None && P.Callees[Callee].SystemDecl;
    if (Callee != None && P.Callees[Callee].NoReturn)
      return;
    opaqueCall(T, I, Args, Site, System, W);
    Next.push_back(std::move(T));
  }
  auto Bad = freedSubjects(S);
  // A call through a large table may do anything to the focus.
  unsigned NumRelevant =
      count_if(Targets, [&](uint32_t T) { return E.relevant(T); });
  bool Wild = NumRelevant > E.Lim.Targets ||
              any_of(Targets, [&](uint32_t T) { return E.far(T); });
  if (!Wild && Targets.size() > E.Lim.Targets) {
    opaqueCall(S, I, Args, Site, /*System=*/false, W);
    Next.push_back(std::move(S));
    return;
  }
  if (Wild && (NumRelevant > E.Lim.Targets || Targets.size() > 1)) {
    State X = S;
    for (const Val &A : Args) {
      use(X, A, W);
      if (A.Kind == Val::Addr)
        havoc(X, A.N, Site, W);
    }
    wildCall(X, I, Site, W);
    Next.push_back(std::move(X));
    return;
  }
  for (uint32_t T : Targets) {
    const Summary *Sum = E.summary(T);
    bool Relevant = E.relevant(T);
    if (!Sum ||
        (Relevant && (Sum->Capped || Sum->Paths.size() > E.Lim.Paths))) {
      // Recursion, or too many paths: the callee stands for itself in the
      // closure; here only what it may have written is forgotten.
      State X = S;
      for (const Val &A : Args)
        use(X, A, W);
      if (Relevant && Sum) {
        E.Uncomposed.insert(T);
        havocFocus(X, Site, W);
      } else if (Relevant) {
        X.WildUse = true;
        Out->Recursive = true;
      }
      forgetCall(std::move(X), I, Args, Site, W, Next);
      continue;
    }
    Symbols &From = Relevant || !E.Base ? Y : E.Base->symbols();
    size_t First = Next.size();
    // What a function that was not followed to its end does with its arguments
    // is not all known: it may use them, and return by ways that were not seen.
    if (Sum->Capped && !Relevant) {
      for (const Val &A : Args)
        use(S, A, W);
      forgetCall(S, I, Args, Site, W, Next);
    }
    if (E.far(T)) {
      S.WildUse = true;
      havocFocus(S, Site, W);
    }
    Substitution Sub(E, From, S, Args, Fn, Site);
    for (const Path &Q : Sum->Paths)
      compose(Q, T, *Sum, Sub, From, S, I, Site, W, Relevant, Next);
    // Was an object looked at between the free and its end?
    for (size_t N = First; N < Next.size() && !Bad.empty(); ++N)
      for (const auto &[Obj, Sy] : Bad) {
        bool Given = Y.Locs[Y.rootOf(Obj)].Kind == Location::Global &&
                     is_contained(Next[N].Active, Obj);
        for (const Val &A : Args)
          Given |= (A.Kind == Val::Addr && LocId(A.N) == Obj) ||
                   (A.isSym() && Y.pointee(A.N) == Obj);
        const Location &R = Y.Locs[Obj];
        bool Dead =
            R.Kind == Location::Pointee && Next[N].has(R.A, Effect::Freed);
        Val Now = E.peek(Next[N], E.locationOf(0, Obj));
        // A call that does not so much as look at the value sees nothing wrong.
        const Effect *Was = S.effect(Sy), *Is = Next[N].effect(Sy);
        Given &= !Was || !Is || Was->Flags != Is->Flags;
        if (Given && !Dead && Now.isSym() && SymId(Now.N) == Sy &&
            !is_contained(Next[N].Observed, Obj))
          Next[N].Observed.push_back(Obj);
      }
  }
}

/// The size of a field that is held in place, or 0.
uint64_t Runner::sizeAt(LocId L) const {
  const Location &Lo = Y.Locs[L];
  return Lo.Kind == Location::Field
             ? P.Types[P.Records[Lo.A].Fields[Lo.B].Type].SizeBytes
             : 0;
}

/// One way through a call that was not followed: what it was handed may have
/// been written, what it returns is not known.
void Runner::forgetCall(State S, const Instr &I, ArrayRef<Val> Args,
                        uint32_t Site, Where W, States &Next) {
  for (const Val &A : Args)
    if (A.Kind == Val::Addr)
      havoc(S, A.N, Site, W);
  if (I.Dst != None) {
    SymId R = Y.opaque(Y.site(10, Fn, Site, 1), typeCon(I.Type));
    retire(S, R);
    S.setReg(I.Dst, Val::sym(R));
  }
  Next.push_back(std::move(S));
}

} // namespace retsan::solve
