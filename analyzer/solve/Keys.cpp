//===- Keys.cpp - what a subject's answer depends on, as one number -------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Indices of tables differ between runs, so everything is hashed by what it
// stands for. Whatever the solver asks of a function, other than by running it,
// is hashed with its body: who calls it, whether anyone may, what it touches.
// Functions are taken in the program's order, so that of their lines, too.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Keys.h"
#include "analyzer/solve/Anchors.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

Hasher &Hasher::add(StringRef S) { return add(xxh3_64bits(S)); }

static void addCon(Hasher &H, const Con &K) {
  H.add(uint64_t(K.Lo)).add(uint64_t(K.Hi)).add(K.NumNe);
  for (unsigned I = 0; I < K.NumNe; ++I)
    H.add(uint64_t(K.Ne[I]));
}

/// A place in a function, or in what was expanded in it: lines that move have
/// the same number among those of the function (Anchors.h).
uint64_t Keys::loc(SrcLoc L, uint32_t Fn) const {
  if (L.File == None)
    return 1;
  uint32_t Line = L.Line;
  if (L.File == P.Functions[Fn].Loc.File)
    Line = lower_bound(Lines[Fn], L.Line) - Lines[Fn].begin();
  return Hasher()
      .add(str(P.Files[L.File].Path))
      .add((uint64_t(Line) << 32) | L.Col)
      .value();
}

uint64_t Keys::operand(const Operand &O) const {
  return Hasher()
      .add(O.Kind)
      .add(O.Kind == Operand::Func ? Callees[O.Value] : uint64_t(O.Value))
      .value();
}

uint64_t Keys::path(ArrayRef<PathElem> Path) const {
  Hasher H;
  for (const PathElem &E : Path)
    H.add(E.Kind)
        .add(E.Kind == PathElem::Field ? Records[E.Record] : 0)
        .add((uint64_t(E.Index) << 32) | E.Reg);
  return H.value();
}

/// Records below are told apart by key and layout; what is in them is hashed
/// for those that an answer is about (contentOf).
uint64_t Keys::hashType(const Type &T, unsigned Depth) const {
  Hasher H;
  H.add(uint64_t(T.Kind)).add(uint64_t(T.Owner)).add(T.SizeBytes);
  H.add(T.Signed + 2 * T.Const + 4 * T.Atomic + 8 * T.Volatile);
  H.add(T.ArrayCount).add(T.Record == None ? 0 : Records[T.Record]);
  if (T.Elem && Depth < 16)
    H.add(hashType(P.Types[T.Elem], Depth + 1));
  return H.value();
}

void Keys::hashTables() {
  Strings.reserve(P.Strings.size());
  for (const std::string &S : P.Strings)
    Strings.push_back(xxh3_64bits(S));
  for (const facts::Record &R : P.Records)
    Records.push_back(Hasher()
                          .add(str(R.Key))
                          .add(str(R.Usr))
                          .add(str(R.Name))
                          .add(R.LayoutHash)
                          .add(R.Fields.size())
                          .value());
  Types.reserve(P.Types.size());
  for (const Type &T : P.Types)
    Types.push_back(hashType(T, 0));
  for (const Callee &Ce : P.Callees) {
    uint32_t I = Callees.size();
    bool Flags[] = {Ce.Link == Linkage::Internal,
                    Ce.Method,
                    Ce.VirtualMethod,
                    Ce.NoReturn,
                    Ce.MallocLike,
                    Ce.NoThrow,
                    Ce.SystemDecl,
                    Ce.DeclaredInHeader,
                    Ce.AddressTaken,
                    P.BodyOf[I] != None,
                    bool(P.TableOnly[I])};
    Hasher H;
    H.add(str(Ce.Usr)).add(str(Ce.Name)).add(Ce.TakesArgs);
    for (bool F : Flags)
      H.add(F);
    if (P.BodyOf[I] != None)
      for (uint32_t Fn : P.StepCallers.lookup(P.BodyOf[I]))
        H.add(str(P.Callees[P.Functions[Fn].Callee].Usr));
    Callees.push_back(H.value());
  }
  for (uint32_t R = 0; R < P.Records.size(); ++R)
    hashRecord(R);
  for (uint32_t I = 0; I < P.Globals.size(); ++I) {
    const Global &G = P.Globals[I];
    Hasher H;
    H.add(str(G.Usr)).add(str(G.Name)).add(Types[G.Type]);
    H.add(uint64_t(G.Link))
        .add(G.Const + 2 * G.ThreadLocal + 4 * G.FunctionStatic +
             8 * G.Defined + 16 * G.DynamicInit + 32 * G.System +
             64 * G.InMainFile + 128 * P.LeftOut.count({None, I}));
    for (const GlobalInit &Part : G.Inits)
      H.add(path(Part.Path)).add(operand(Part.Value));
    H.add(namesOf({None, I}));
    Globals.push_back(H.value());
  }
  Slots.resize(C.numSlots());
  for (const auto &[F, Slot] : C.fieldSlots())
    Slots[Slot] = Hasher().add(Records[F.first]).add(F.second).value();
  for (uint32_t G = 0; G < P.Globals.size(); ++G)
    if (uint32_t Slot = C.globalSlot(G); Slot != None)
      Slots[Slot] = Globals[G];
}

/// What reports call the values of a field or global.
uint64_t Keys::namesOf(FieldRef F) const {
  Hasher H;
  if (auto It = P.ValueNames.find(F); It != P.ValueNames.end())
    for (const NamedValue &V : It->second)
      H.add(V.Value).add(str(V.Name));
  return H.value();
}

/// What is in a record, and which others its fields lead to.
void Keys::hashRecord(uint32_t R) {
  const facts::Record &Rec = P.Records[R];
  Hasher H;
  H.add(Records[R]).add(Rec.SizeBytes).add(Rec.NumBases);
  H.add(Rec.Parent == None ? 0 : Records[Rec.Parent]);
  H.add(Rec.Union + 2 * Rec.Anonymous + 4 * Rec.System + 8 * Rec.InMainFile +
        16 * Rec.Cxx + 32 * Rec.UserDtor + 64 * Rec.Polymorphic);
  SmallVector<uint32_t, 4> &Next = LeadsTo.emplace_back();
  auto Note = [&](uint32_t To) {
    if (To != R && !is_contained(Next, To))
      Next.push_back(To);
  };
  if (Rec.Parent != None)
    Note(Rec.Parent);
  for (uint32_t I = 0; I < Rec.Fields.size(); ++I) {
    const Field &F = Rec.Fields[I];
    const Type &T = P.Types[F.Type];
    H.add(str(F.Name)).add(Types[F.Type]).add(F.OffsetBits);
    // Types that are only declared are known by how they are spelled.
    H.add(str(T.Spelling)).add(str(P.Types[T.Elem].Spelling));
    H.add(F.BitField + 2 * F.Private + 4 * F.Mutable);
    H.add(str(F.LiveWhile)).add(str(F.Retained));
    H.add(P.RefCounts.count({R, I}) + 2 * P.LeftOut.count({R, I}));
    H.add(namesOf({R, I}));
    forRecords(F.Type, Note);
  }
  Contents.push_back(H.value());
}

void Keys::forRecords(TypeId T, function_ref<void(uint32_t)> Note) const {
  for (unsigned Depth = 0; Depth < 16; ++Depth, T = P.Types[T].Elem) {
    if (P.Types[T].Record != None)
      Note(P.Types[T].Record);
    if (!P.Types[T].Elem)
      return;
  }
}

/// The records that a function names, in paths and types.
BitVector Keys::namedBy(const Function &F) const {
  BitVector Set(P.Records.size());
  auto Note = [&](uint32_t R) { Set.set(R); };
  for (const Place &Pl : F.Places) {
    for (const PathElem &E : Pl.Path)
      if (E.Kind == PathElem::Field)
        Note(E.Record);
    forRecords(Pl.Type, Note);
    if (Pl.Base == Place::Global)
      forRecords(P.Globals[Pl.BaseIndex].Type, Note);
  }
  for (const Local &L : F.Locals)
    forRecords(L.Type, Note);
  for (const Block &B : F.Blocks)
    for (const Instr &I : B.Instrs)
      forRecords(I.Type, Note);
  forRecords(F.ReturnType, Note);
  if (F.Record != None)
    Note(F.Record);
  return Set;
}

/// The functions that \p F names as values.
SmallVector<uint32_t, 2> Keys::addressedBy(const Function &F) const {
  SmallVector<uint32_t, 2> Fns;
  auto Note = [&](const Operand &O) {
    if (O.Kind == Operand::Func && P.BodyOf[O.Value] != None &&
        !is_contained(Fns, P.BodyOf[O.Value]))
      Fns.push_back(P.BodyOf[O.Value]);
  };
  for (const Block &B : F.Blocks) {
    Note(B.Term.Cond);
    for (const Instr &I : B.Instrs) {
      Note(I.A);
      Note(I.B);
      for (const Operand &O : I.Args)
        Note(O);
    }
  }
  return Fns;
}

/// Content of \p Set and of all records that it leads to.
uint64_t Keys::contentOf(BitVector Set) const {
  SmallVector<uint32_t, 64> Work(Set.set_bits());
  uint64_t Sum = 0; // Records have no order that lasts.
  while (!Work.empty()) {
    uint32_t R = Work.pop_back_val();
    Sum += Contents[R];
    for (uint32_t To : LeadsTo[R])
      if (!Set[To]) {
        Set.set(To);
        Work.push_back(To);
      }
  }
  return Sum;
}

uint64_t Keys::hashBody(uint32_t Fn) const {
  const Function &F = P.Functions[Fn];
  Hasher H;
  H.add(Callees[F.Callee]).add(str(F.ReleasesField)).add(loc(F.Loc, Fn));
  H.add(loc(F.End, Fn)).add(F.Record == None ? 0 : Records[F.Record]);
  bool Flags[] = {F.Ctor,
                  F.Dtor,
                  F.Lambda,
                  F.Implicit,
                  F.InMainFile,
                  F.InHeader,
                  F.System,
                  F.Coroutine,
                  F.Private,
                  F.TemplateInstance,
                  F.HasSetjmp,
                  bool(P.ThreadEntry[Fn]),
                  C.callable(Fn),
                  bool(P.ExitHook[Fn]),
                  Fn == P.Main,
                  bool(P.CalledElsewhere[Fn]),
                  bool(P.FreesArg[Fn]),
                  bool(P.ZeroesArg[Fn]),
                  bool(P.EndHook[Fn])};
  for (bool X : Flags)
    H.add(X);
  H.add(uint64_t(P.Counts[Fn])).add(P.Waits[Fn]);
  H.add(C.isStartup(Fn)).add(Fn == P.Main ? C.startupEnd() : 0);
  H.add(P.DropsRef[Fn]).add(F.NumParams).add(F.NumRegs);
  H.add(Types[F.ReturnType]);
  for (const Local &L : F.Locals)
    H.add(str(L.Name)).add(Types[L.Type]).add(L.Param + 2 * L.Static);
  for (const Place &Pl : F.Places)
    H.add(Pl.Base)
        .add(Pl.Base == Place::Global ? Globals[Pl.BaseIndex] : Pl.BaseIndex)
        .add(operand(Pl.Ptr))
        .add(path(Pl.Path))
        .add(Types[Pl.Type]);
  DenseMap<uint32_t, const Place *> From;
  for (const Block &B : F.Blocks)
    for (const Instr &I : B.Instrs)
      if (I.Opcode == Op::Load)
        From[I.Dst] = &F.Places[I.P];
  for (const Block &B : F.Blocks) {
    H.add(B.Handler).add(B.Instrs.size());
    for (const Instr &I : B.Instrs) {
      H.add(P.tearsDown(Fn, &B - F.Blocks.data(), &I - B.Instrs.data()));
      H.add(uint64_t(I.Opcode) | uint64_t(I.Bop) << 8 | uint64_t(I.Cop) << 16);
      H.add(I.Zeroed + 2 * I.Virtual + 4 * I.CopiesOwner + 8 * I.Init +
            16 * I.InMacro + 32 * I.Maybe + 64 * I.Destroys);
      H.add(I.Dst).add(operand(I.A)).add(operand(I.B)).add(I.P).add(I.P2);
      H.add(I.Callee == None ? 0 : Callees[I.Callee]).add(I.Local);
      H.add(Types[I.Type]).add(loc(I.Loc, Fn));
      for (const Operand &O : I.Args)
        H.add(operand(O));
      if (I.Opcode != Op::Call)
        continue;
      bool Complete;
      const Place *Pl = I.Callee == None && I.A.Kind == Operand::Reg
                            ? From.lookup(I.A.Value)
                            : nullptr;
      for (uint32_t T : P.targets(I, Pl, Complete))
        H.add(Callees[P.Functions[T].Callee])
            .add(P.FreesArg[T] + 2 * P.ZeroesArg[T])
            .add(P.DropsRef[T])
            .add(uint64_t(P.Counts[T]))
            .add(P.Waits[T] + 2 * P.MayThrow[T]);
      uint32_t Named = P.namedCallee(I, Pl);
      H.add(Complete).add(Named == None ? 0 : Callees[Named]);
    }
    const Terminator &T = B.Term;
    H.add(T.Kind).add(operand(T.Cond)).add(loc(T.Loc, Fn));
    for (uint32_t S : T.Succs)
      H.add(S);
    for (const SwitchCase &Ca : T.Cases)
      H.add(uint64_t(Ca.Lo)).add(uint64_t(Ca.Hi)).add(Ca.Succ);
  }
  for (const CallSite &S : P.SitesOf[Fn])
    H.add(Callees[P.Functions[S.Function].Callee])
        .add(C.callable(S.Function))
        .add((uint64_t(S.Block) << 32) | S.Instr);
  for (bool Write : {false, true}) {
    uint64_t Sum = 0; // Slots have no order that lasts.
    for (uint32_t S : C.reach(Fn, Write).set_bits())
      Sum += Slots[S];
    H.add(Sum);
  }
  return H.value();
}

namespace {

/// Hashes a summary of the engine without focus. What is made at a site is told
/// apart by the order in which the summary names it.
class SummaryHash {
public:
  SummaryHash(const Symbols &Y, function_ref<uint64_t(const Where &)> At,
              ArrayRef<uint64_t> Globals, ArrayRef<uint64_t> Records,
              ArrayRef<uint64_t> Callees)
      : Y(Y), At(At), Globals(Globals), Records(Records), Callees(Callees) {}

  uint64_t run(const Summary &S) {
    H.add(S.Capped).add(S.Recursive).add(S.Paths.size());
    for (const Path &Q : S.Paths)
      path(Q);
    return H.value();
  }

private:
  void path(const Path &Q) {
    const State &S = Q.S;
    H.add(Q.Throws).add(Q.Cut).add(Q.Entered);
    value(Q.Ret);
    addCon(H, Q.RetCon);
    for (const Cell &Ce : S.Heap) {
      H.add(location(Ce.L)).add(Ce.Aggregate).add(At(Ce.At));
      value(Ce.V);
    }
    H.add(S.Cons.size());
    for (const struct Known &K : S.Cons) {
      H.add(symbol(K.S));
      addCon(H, K.C);
    }
    H.add(S.Effects.size());
    for (const Effect &Ef : S.Effects)
      H.add(symbol(Ef.S))
          .add(Ef.Flags)
          .add(At(Ef.UseAt))
          .add(At(Ef.FreeAt))
          .add(At(Ef.TestAt));
    for (const Relation &R : S.Relations) {
      value(R.A);
      value(R.B);
      H.add(R.Equal);
    }
    for (ArrayRef<LocId> Ls :
         {ArrayRef<LocId>(S.Followed), ArrayRef<LocId>(S.Active),
          ArrayRef<LocId>(S.Observed)}) {
      H.add(Ls.size());
      for (LocId L : Ls)
        H.add(location(L));
    }
    H.add(At(S.Twice.First)).add(At(S.Twice.Again));
    H.add(S.Twice.S == None ? 0 : symbol(S.Twice.S));
    H.add(S.Clobbers.size());
    for (const Clobbered &X : S.Clobbers)
      H.add(Records[X.Record]).add(X.Field);
    H.add(S.ClobbersAll + 2 * S.FreesLike + 4 * S.WildUse + 8 * S.MayAggregate +
          16 * S.AllocThrows + 32 * S.PhaseSet + 64 * S.FreesTabled);
  }

  void value(const Val &V) { H.add(V.Kind).add(V.Interior).add(content(V)); }
  uint64_t content(const Val &V) {
    switch (V.Kind) {
    case Val::Sym:
      return symbol(V.N);
    case Val::Addr:
      return location(V.N);
    case Val::Func:
      return Callees[V.N];
    case Val::Cond: {
      const Comparison &C = Y.Conds[V.N];
      return Hasher()
          .add(uint64_t(C.Op))
          .add(C.A.Kind)
          .add(content(C.A))
          .add(C.B.Kind)
          .add(content(C.B))
          .value();
    }
    case Val::Bits: {
      const BitsOf &B = Y.Bits[V.N];
      return Hasher()
          .add(symbol(B.S))
          .add(uint64_t(B.Keep))
          .add(uint64_t(B.Set))
          .value();
    }
    default:
      return uint64_t(V.N);
    }
  }

  uint64_t symbol(SymId S) {
    const Symbol &Sy = Y.Syms[S];
    Hasher X;
    X.add(Sy.Kind).add(Sy.NotNull).add(Sy.Depth);
    addCon(X, Sy.Default);
    switch (Sy.Kind) {
    case Symbol::Param:
      return X.add(Sy.A).value();
    case Symbol::Init:
      return X.add(location(Sy.A)).value();
    case Symbol::Mask:
      return X.add(symbol(Sy.A)).add(uint64_t(Sy.B)).value();
    default:
      return X.add(Numbers.try_emplace(S, Numbers.size()).first->second)
          .value();
    }
  }

  uint64_t location(LocId L) {
    const Location &Lo = Y.Locs[L];
    Hasher X;
    X.add(Lo.Kind);
    switch (Lo.Kind) {
    case Location::Global:
      return X.add(Globals[Lo.A]).value();
    case Location::LocalVar:
      return X.add(Lo.A).value();
    case Location::Pointee:
      return X.add(symbol(Lo.A)).value();
    case Location::Field:
      return X.add(location(Lo.Parent)).add(Records[Lo.A]).add(Lo.B).value();
    default:
      return X.add(location(Lo.Parent)).add(Lo.A).value();
    }
  }

  const Symbols &Y;
  function_ref<uint64_t(const Where &)> At;
  ArrayRef<uint64_t> Globals, Records, Callees;
  DenseMap<SymId, uint32_t> Numbers;
  Hasher H;
};

} // namespace

uint64_t Keys::hashBase(uint32_t Fn, Engine &Base) const {
  auto At = [&](const Where &W) -> uint64_t {
    return W ? Hasher()
                   .add(Callees[P.Functions[W.Fn].Callee])
                   .add(loc(W.Loc, W.Fn))
                   .value()
             : 0;
  };
  Hasher H;
  H.add(Callees[P.Functions[Fn].Callee]).add(C.callable(Fn));
  if (const Summary *S = Base.summary(Fn))
    H.add(SummaryHash(Base.symbols(), At, Globals, Contents, Callees).run(*S));
  return H.value();
}

Keys::Keys(const Context &C, uint64_t Salt) : C(C), P(C.P), Salt(Salt) {
  hashTables();
  Lines.reserve(P.Functions.size());
  for (const Function &F : P.Functions)
    Lines.push_back(linesOf(F));
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
    Bodies.push_back(hashBody(Fn));
    Named.push_back(namedBy(P.Functions[Fn]));
    Addressed.push_back(addressedBy(P.Functions[Fn]));
  }
}

std::vector<uint64_t> Keys::summaries(Engine &Base) const {
  std::vector<uint64_t> Result;
  Result.reserve(P.Functions.size());
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
    Result.push_back(hashBase(Fn, Base));
  return Result;
}

/// A summary of a function that calls itself in a circle depends on who was
/// summarised first, so there is one key for all, in their order.
uint64_t Keys::ofProgram() const {
  Hasher H;
  H.add("summaries").add(Salt);
  for (const std::vector<uint64_t> *Of :
       {&Bodies, &Callees, &Globals, &Types, &Contents}) {
    H.add(Of->size());
    for (uint64_t X : *Of)
      H.add(X);
  }
  return H.value();
}

uint64_t Keys::tracked(const Tracked &T) const {
  return Hasher()
      .add(T.Record == None ? 0 : Records[T.Record])
      .add(path(T.Path))
      .add(T.Global == None ? 0 : Globals[T.Global])
      .add(uint64_t(T.Mask))
      .add(Types[T.Type])
      .value();
}

uint64_t Keys::of(const Subject &S, const Engine &E, const Closure &Cl,
                  unsigned Asked, const BitVector &Leavers,
                  Engine::Scope &Sc) const {
  Hasher H;
  H.add(Salt)
      .add((P.Main != None) + 2 * P.HasExports)
      .add(Asked)
      .add(tracked(S.T));
  H.add(S.Own.Allocated + 2 * S.Own.Freed + 4 * S.Own.Released + 8 * S.InUnion +
        16 * S.Header);
  H.add(uint64_t(S.Kind)).add(S.Id);
  H.add(S.Decl.File == None ? 0 : str(P.Files[S.Decl.File].Path));
  for (StringRef X :
       {StringRef(S.Record), StringRef(S.FieldPath), StringRef(S.Name),
        StringRef(S.Object), StringRef(S.RecordKey), StringRef(S.IdPath),
        StringRef(S.LiveWhile), StringRef(S.Retained)})
    H.add(X);
  BitVector About(P.Records.size());
  auto Note = [&](uint32_t R) { About.set(R); };
  for (const Tracked &T : E.focus().Items) {
    H.add(tracked(T));
    if (T.Record != None)
      Note(T.Record);
    forRecords(T.Type, Note);
  }
  // The type of what the subject points to may be known by its name only.
  const Type &Held = P.Types[P.Types[S.T.Type].Elem];
  StringRef Spelled = P.str(Held.Spelling);
  Spelled = Spelled.substr(Spelled.rfind(' ') + 1);
  H.add(Spelled);
  for (uint32_t R = 0; Held.Kind != TypeKind::Record && R < P.Records.size();
       ++R)
    if (!Spelled.empty() && P.str(P.Records[R].Name) == Spelled)
      Note(R);
  for (const Guard &G : Cl.guards())
    H.add(G.Item)
        .add(uint64_t(G.Mask))
        .add(G.Votes)
        .add(G.SizeLike + 2 * G.Bound + 4 * G.Pointer);
  H.add(Cl.othersWork());
  if (S.T.Record != None)
    H.add(C.onStack(S.T.Record))
        .add(C.firstGlobal(S.T.Record) == None
                 ? 0
                 : Globals[C.firstGlobal(S.T.Record)]);

  // Bodies that the engine may run.
  size_t N = P.Functions.size();
  Sc.Run.resize(N);
  Sc.Ask.resize(N);
  for (uint32_t Fn = 0; Fn < N; ++Fn)
    if (E.relevant(Fn))
      Sc.Run.set(Fn);
  for (uint32_t Fn : Cl.entries()) {
    Sc.Run.set(Fn);
    H.add(Callees[P.Functions[Fn].Callee]);
  }
  BitVector First = Sc.Run;
  auto Callers = [&](uint32_t Fn) {
    for (const CallSite &Site : P.SitesOf[Fn]) {
      Sc.Ask.set(Site.Function);
      if (C.isLoopFunction(Site.Function))
        Sc.Run.set(Site.Function);
    }
  };
  for (uint32_t Fn : First.set_bits())
    Callers(Fn);
  for (uint32_t Fn : Sc.Run.set_bits()) {
    H.add(Bodies[Fn]).add(E.relevant(Fn));
    H.add(P.Main != None &&
          P.Functions[Fn].Loc.File == P.Functions[P.Main].Loc.File);
    About |= Named[Fn];
    H.add(Fn < Leavers.size() && Leavers[Fn]);
    for (uint32_t T : C.calls(Fn))
      Sc.Ask.set(T);
    for (uint32_t T : Addressed[Fn])
      Sc.Ask.set(T);
  }
  for (uint32_t Fn : Sc.Ask.set_bits()) {
    H.add(E.relevant(Fn) ? Callees[P.Functions[Fn].Callee] : Known[Fn])
        .add(E.far(Fn));
    About |= Named[Fn];
  }
  return H.add(contentOf(std::move(About))).value();
}

} // namespace retsan::solve
