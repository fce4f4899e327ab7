//===- Screen.cpp - which subjects are worth a closure --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Screen.h"
#include "analyzer/solve/Conditions.h"
#include "analyzer/solve/Library.h"

#include "llvm/ADT/STLExtras.h"

#include <tuple>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

static const PathElem *lastField(ArrayRef<PathElem> Path) {
  for (const PathElem &E : reverse(Path))
    if (E.Kind == PathElem::Field)
      return &E;
  return nullptr;
}

bool isPlaceOf(const Tracked &T, const Place &Pl) {
  if (T.Global != None && T.Path.empty())
    return Pl.Base == Place::Global && Pl.BaseIndex == T.Global &&
           Pl.Path.empty();
  const PathElem *Last = lastField(Pl.Path), *Mine = lastField(T.Path);
  return Last && Mine && Last->Record == Mine->Record &&
         Last->Index == Mine->Index;
}

Screen::Screen(const Context &C, const Ownership &O, Engine &Base,
               const std::vector<UserFree> &Frees, bool ClosedProgram)
    : C(C), P(C.P), O(O), Frees(Frees), ClosedProgram(ClosedProgram) {
  ByFunction.resize(P.Functions.size());
  UsedArgs.resize(P.Functions.size());
  Symbols &Y = Base.symbols();
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
    const Summary *Sum = Base.summary(Fn);
    FreedArgs &Out = ByFunction[Fn];
    if (!Sum)
      continue;
    uint64_t Used = Sum->Capped || Sum->Paths.empty() ? 0 : ~uint64_t(0);
    for (const Path &Q : Sum->Paths) {
      uint64_t Here = 0;
      for (const Effect &Ef : Q.S.Effects) {
        const Symbol &Sy = Y.Syms[Ef.S];
        if (Sy.Kind == Symbol::Param && Sy.A < 64 &&
            (Ef.Flags & (Effect::Used | Effect::Stored)) &&
            !(Ef.Flags & Effect::Freed))
          Here |= uint64_t(1) << Sy.A;
        if (!(Ef.Flags & Effect::Freed))
          continue;
        if (Sy.Kind == Symbol::Param && Sy.A < 64)
          Out.Direct |= uint64_t(1) << Sy.A;
        if (Sy.Kind != Symbol::Init || Y.Locs[Sy.A].Kind != Location::Pointee)
          continue;
        const Symbol &Base0 = Y.Syms[Y.Locs[Sy.A].A];
        Val Now = Base.peek(Q.S, Sy.A);
        if (Base0.Kind == Symbol::Param && Base0.A < 64 && !Now.isNull())
          Out.Deref |= uint64_t(1) << Base0.A;
      }
      // `*out = copy(); if (!valid) free(*out);`
      for (const Cell &Ce : Q.S.Heap)
        if (const Location &L = Y.Locs[Ce.L];
            L.Kind == Location::Pointee && Ce.V.isSym() &&
            Y.Syms[L.A].Kind == Symbol::Param && Y.Syms[L.A].A < 64 &&
            Q.S.has(Ce.V.N, Effect::Freed))
          Out.Deref |= uint64_t(1) << Y.Syms[L.A].A;
      if (Q.Ret.isSym() && Y.Syms[Q.Ret.N].Kind == Symbol::Param &&
          Y.Syms[Q.Ret.N].A < 64)
        Out.Returned |= uint64_t(1) << Y.Syms[Q.Ret.N].A;
      Out.Throws |= Q.Throws;
      if (!Q.Throws)
        Used &= Here;
    }
    UsedArgs[Fn] = Used;
  }
}

Screen::FreedArgs Screen::freedBy(const Instr &I, const Place *From) const {
  FreedArgs R;
  bool Complete;
  for (uint32_t T : P.targets(I, From, Complete)) {
    R.Direct |= ByFunction[T].Direct;
    R.Deref |= ByFunction[T].Deref;
  }
  uint32_t Named = P.namedCallee(I, From);
  if (Named == None)
    return R;
  const Callee &Ce = P.Callees[Named];
  StringRef Name = P.str(Ce.Name);
  for (const UserFree &U : Frees)
    if (U.Name == Name && U.Arg < 64)
      R.Direct |= uint64_t(1) << U.Arg;
  if (P.BodyOf[Named] != None)
    return R;
  R.Direct |= Ce.TakesArgs;
  LibEffect L = libraryEffect(Name, I.Args.size());
  if ((L.Kind == LibKind::Free || L.Kind == LibKind::Realloc) && L.Arg < 64)
    R.Direct |= uint64_t(1) << L.Arg;
  return R;
}

/// One function under the question "is the subject freed and still there?".
/// Flow-sensitive, path-insensitive. Every load and store of the subject is an
/// origin of values; the state holds the origins whose value the subject may
/// still have, and whether it was freed.
class Screen::Flow {
public:
  /// Functions that store parameters in the subject, and which.
  using KeptArgs = DenseMap<uint32_t, uint64_t>;

  Flow(const Screen &Sc, const Subject &S, uint32_t Fn, const KeptArgs &Kept)
      : Sc(Sc), P(Sc.P), S(S), F(P.Functions[Fn]), G(Sc.C.graph(Fn)), Fn(Fn),
        Slot(Sc.C.slotOf(S.T)), Kept(Kept) {
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.P != None && isPlaceOf(S.T, F.Places[I.P])) {
          if (I.Opcode == Op::Load || I.Opcode == Op::Store) {
            // Beyond 62 they share a bit, which only makes the answer "may".
            unsigned Bit = std::min<size_t>(Origin.size() + 1, 62);
            Origin[&I] = uint64_t(1) << Bit;
            if (I.Opcode == Op::Store)
              StoreBits |= uint64_t(1) << Bit;
          } else if (I.Opcode == Op::Addr) {
            Addresses.push_back(I.Dst);
          }
        }
        if (I.Opcode == Op::Call && keptBy(I)) {
          unsigned Bit = std::min<size_t>(Origin.size() + 1, 62);
          Origin[&I] = uint64_t(1) << Bit;
          StoreBits |= uint64_t(1) << Bit;
        }
        if (I.Opcode == Op::Load)
          LoadedFrom[I.Dst] = &F.Places[I.P];
        if (I.Opcode == Op::Addr && F.Places[I.P].Base == Place::Local &&
            holdsSubject(F.Places[I.P].Type))
          LocalContainers.push_back(I.Dst);
      }
    findOrigins();
  }

  /// Whether the function may return with a freed subject. \p Leavers are
  /// functions whose calls leave it so.
  bool leaves(const BitVector &Leavers) {
    if (F.Dtor)
      return false;
    std::vector<Point> In(F.Blocks.size());
    std::vector<bool> Queued(F.Blocks.size());
    In[0] = {Entry, 0, false, false, true};
    bool Loop = Sc.C.isLoopFunction(Fn);
    SmallVector<uint32_t, 16> Work{0};
    while (!Work.empty()) {
      uint32_t B = Work.pop_back_val();
      Queued[B] = false;
      Point St = In[B];
      bool Ends = false;
      for (const Instr &I : F.Blocks[B].Instrs)
        if (!step(I, St, Leavers)) {
          Ends = true;
          break;
        }
      if (Ends)
        continue;
      const Terminator &T = F.Blocks[B].Term;
      // Where main returns everything ends.
      if (Fn != P.Main && (Threw || Twice ||
                           (St.Freed && (T.Kind == Terminator::Return ||
                                         T.Kind == Terminator::Throw))))
        return true;
      for (uint32_t Su : G.Succs[B]) {
        if (Loop && St.Freed && G.LoopHead[Su])
          return true;
        if (!In[Su].join(St))
          continue;
        if (!Queued[Su]) {
          Queued[Su] = true;
          Work.push_back(Su);
        }
      }
    }
    return false;
  }

private:
  static constexpr uint64_t Entry = 1; ///< The value at entry, not loaded yet.
  struct Point {
    uint64_t Holds = 0; ///< Origins of what the subject may hold.
    uint64_t Gone = 0;  ///< Stores of the subject whose value is freed already.
    bool Freed = false, Copied = false, Reached = false;
    bool join(const Point &O) {
      Point Was = *this;
      Holds |= O.Holds;
      Gone |= O.Gone;
      Freed |= O.Freed;
      Copied |= O.Copied;
      Reached |= O.Reached;
      return std::tie(Holds, Gone, Freed, Copied, Reached) !=
             std::tie(Was.Holds, Was.Gone, Was.Freed, Was.Copied, Was.Reached);
    }
  };

  uint64_t originsOf(const Operand &O) const {
    return O.Kind == Operand::Reg && uint64_t(O.Value) < Regs.size()
               ? Regs[O.Value]
               : 0;
  }

  /// The arguments of \p I that the callee stores in the subject.
  uint64_t keptBy(const Instr &I) const {
    return I.Callee != None && P.BodyOf[I.Callee] != None
               ? Kept.lookup(P.BodyOf[I.Callee])
               : 0;
  }

  void findOrigins() {
    Regs.resize(F.NumRegs);
    std::vector<uint64_t> Locals(F.Locals.size());
    bool Changed = true;
    auto Carry = [&](uint64_t &To, uint64_t Bits) {
      Changed |= (To | Bits) != To;
      To |= Bits;
    };
    auto Back = [&](const Operand &To, uint64_t Bits) {
      if (O(To))
        Carry(Regs[To.Value], Bits & StoreBits);
    };
    while (Changed) {
      Changed = false;
      for (const Block &B : F.Blocks)
        for (const Instr &I : B.Instrs)
          switch (I.Opcode) {
          case Op::Load:
          case Op::Store: {
            const Place &Pl = F.Places[I.P];
            bool Local = Pl.Base == Place::Local && Pl.Path.empty();
            bool Load = I.Opcode == Op::Load;
            if (uint64_t Own = Origin.lookup(&I))
              Load ? Carry(Regs[I.Dst], Own) : Back(I.A, Own);
            else if (Local && Load) {
              Carry(Regs[I.Dst], Locals[Pl.BaseIndex]);
              Carry(Locals[Pl.BaseIndex], Regs[I.Dst] & StoreBits);
            } else if (Local) {
              Carry(Locals[Pl.BaseIndex], originsOf(I.A));
              Back(I.A, Locals[Pl.BaseIndex]);
            }
            break;
          }
          case Op::Move:
          case Op::Bin:
            if (I.Dst == None || (I.Opcode == Op::Bin &&
                                  P.Types[I.Type].Kind != TypeKind::Pointer))
              break;
            Carry(Regs[I.Dst], originsOf(I.A) | originsOf(I.B));
            if (I.Opcode == Op::Move)
              Back(I.A, Regs[I.Dst]);
            break;
          case Op::Call:
            if (uint64_t Args = keptBy(I))
              for (unsigned A = 0; A < I.Args.size() && A < 64; ++A)
                if (Args >> A & 1)
                  Back(I.Args[A], Origin.lookup(&I));
            if (I.Dst == None || I.Callee == None || P.BodyOf[I.Callee] == None)
              break;
            for (unsigned A = 0; A < I.Args.size() && A < 64; ++A)
              if (Sc.ByFunction[P.BodyOf[I.Callee]].Returned >> A & 1)
                Carry(Regs[I.Dst], originsOf(I.Args[A]));
            break;
          default:
            break;
          }
    }
  }

  static bool O(const Operand &X) { return X.Kind == Operand::Reg; }

  /// Whether the record that holds the subject is, or is inside, \p T.
  bool holdsSubject(TypeId T, unsigned Depth = 0) const {
    const Type &X = P.Types[T];
    if (X.Kind == TypeKind::Array)
      return holdsSubject(X.Elem, Depth);
    if (X.Kind != TypeKind::Record || X.Record == None || Depth > 3)
      return false;
    if (X.Record == S.T.Record)
      return true;
    // The first member of the record has its address.
    if (S.T.Record != None && !P.Records[S.T.Record].Fields.empty()) {
      const Type &First = P.Types[P.Records[S.T.Record].Fields[0].Type];
      if (First.Kind == TypeKind::Record && First.Record == X.Record)
        return true;
    }
    for (const PathElem &E : S.T.Path)
      if (E.Kind == PathElem::Field && E.Record == X.Record)
        return true;
    for (const Field &Fd : P.Records[X.Record].Fields)
      if (P.Types[Fd.Type].Kind != TypeKind::Pointer &&
          holdsSubject(Fd.Type, Depth + 1))
        return true;
    return false;
  }

  /// Whether \p Op points to a record that holds the subject.
  bool isContainer(const Operand &X, unsigned Depth = 0) const {
    if (!O(X) || S.T.Record == None || Depth > 4)
      return false;
    return any_of(G.Defs[X.Value], [&](const Instr *I) {
      TypeId T =
          I->Opcode == Op::Load && !I->Type ? F.Places[I->P].Type : I->Type;
      const Type &Ty = P.Types[T];
      return (Ty.Kind == TypeKind::Pointer && holdsSubject(Ty.Elem)) ||
             (I->Opcode == Op::Move && isContainer(I->A, Depth + 1));
    });
  }

  /// False if control does not get beyond the instruction.
  bool step(const Instr &I, Point &St, const BitVector &Leavers) {
    auto Free = [&](const Operand &X) {
      if (uint64_t From = originsOf(X)) {
        Twice |= St.Freed && (St.Holds & From) != 0;
        St.Freed |= (St.Holds & From) != 0;
        St.Gone |= From & StoreBits & ~St.Holds;
      } else if (isContainer(X))
        St.Freed = false;
    };
    auto Overwrite = [&](uint64_t Now) {
      St.Holds = Now;
      St.Freed = false;
    };
    switch (I.Opcode) {
    case Op::Load:
      if (uint64_t Own = Origin.lookup(&I))
        St.Holds |= Own;
      break;
    case Op::Store:
      if (uint64_t Own = Origin.lookup(&I)) {
        // A value that was freed before may be stored, too.
        if (originsOf(I.A) & St.Holds)
          St.Holds |= Own;
        else
          Overwrite(Own);
        St.Freed |= (St.Gone & Own) != 0;
      }
      break;
    case Op::Zero:
    case Op::CopyRec:
      if (holdsSubject(F.Places[I.P].Type)) {
        Overwrite(0);
        St.Copied |= I.Opcode == Op::CopyRec;
      }
      break;
    case Op::Free:
      Free(I.A);
      break;
    case Op::New:
      Threw |= St.Freed;
      break;
    case Op::Call: {
      if (I.Callee != None && P.Callees[I.Callee].NoReturn &&
          P.BodyOf[I.Callee] == None)
        return false;
      const Place *From = I.Callee == None && I.A.Kind == Operand::Reg
                              ? LoadedFrom.lookup(I.A.Value)
                              : nullptr;
      FreedArgs Fr = Sc.freedBy(I, From);
      bool Left = false;
      bool Complete;
      St.Holds |= Origin.lookup(&I);
      for (uint32_t T : P.targets(I, From, Complete))
        Left |= Leavers[T];
      for (unsigned A = 0; A < I.Args.size() && A < 64; ++A) {
        const Operand &X = I.Args[A];
        if (Fr.Direct >> A & 1)
          Free(X);
        if (!O(X))
          continue;
        if ((Fr.Deref >> A & 1) && is_contained(Addresses, uint32_t(X.Value)))
          St.Freed = true;
        // A container on the stack ends with this function.
        if (is_contained(LocalContainers, uint32_t(X.Value)))
          Left = false;
      }
      St.Freed |= Left;
      for (uint32_t T : P.targets(I, From, Complete)) {
        // Which of two objects with the same value is freed is not known here.
        St.Freed |= St.Copied && Sc.C.touches(T, Slot, /*Direct=*/false);
        Threw |= St.Freed && Sc.ByFunction[T].Throws;
      }
      break;
    }
    default:
      break;
    }
    return true;
  }

  const Screen &Sc;
  const Program &P;
  const Subject &S;
  const Function &F;
  const FlowGraph &G;
  uint32_t Fn;
  uint32_t Slot;
  const KeptArgs &Kept;
  bool Threw = false; ///< A callee may throw while the subject is freed.
  bool Twice = false; ///< It may be freed while it is freed already.
  uint64_t StoreBits = 0;
  DenseMap<const Instr *, uint64_t> Origin;
  std::vector<uint64_t> Regs;
  SmallVector<uint32_t, 4> Addresses, LocalContainers;
  DenseMap<uint32_t, const Place *> LoadedFrom;
};

/// Which functions store a parameter in the subject, themselves or through a
/// callee.
DenseMap<uint32_t, uint64_t> Screen::keptArgs(const Subject &S,
                                              uint32_t Slot) const {
  DenseMap<uint32_t, uint64_t> Kept;
  SmallVector<uint32_t, 8> Work;
  auto Scan = [&](uint32_t Fn) {
    const Function &F = P.Functions[Fn];
    auto Param = [&](const Operand &O) -> uint64_t {
      if (O.Kind != Operand::Reg)
        return 0;
      uint64_t R = 0;
      for (const Instr *D : C.graph(Fn).Defs[O.Value])
        if (D->Opcode == Op::Load) {
          const Place &Pl = F.Places[D->P];
          if (Pl.Base == Place::Local && Pl.Path.empty() &&
              Pl.BaseIndex < F.NumParams && Pl.BaseIndex < 64)
            R |= uint64_t(1) << Pl.BaseIndex;
        }
      return R;
    };
    uint64_t Here = 0;
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.Opcode == Op::Store && isPlaceOf(S.T, F.Places[I.P]))
          Here |= Param(I.A);
        if (I.Opcode != Op::Call || I.Callee == None ||
            P.BodyOf[I.Callee] == None)
          continue;
        uint64_t There = Kept.lookup(P.BodyOf[I.Callee]);
        for (unsigned A = 0; There && A < I.Args.size() && A < 64; ++A)
          if (There >> A & 1)
            Here |= Param(I.Args[A]);
      }
    if (Here & ~Kept.lookup(Fn)) {
      Kept[Fn] |= Here;
      Work.push_back(Fn);
    }
  };
  for (uint32_t Fn : C.touchersOf(Slot))
    Scan(Fn);
  while (!Work.empty()) {
    uint32_t Fn = Work.pop_back_val();
    for (const CallSite &Site : P.SitesOf[Fn])
      Scan(Site.Function);
  }
  return Kept;
}

bool Screen::mayDangle(const Subject &S) const {
  uint32_t Slot = C.slotOf(S.T);
  if (S.InUnion || Slot == None)
    return false;
  BitVector Leavers(P.Functions.size());
  SmallVector<std::pair<uint32_t, unsigned>, 16> Work;
  Flow::KeptArgs Kept = keptArgs(S, Slot);
  auto Visit = [&](uint32_t Fn, unsigned Depth) {
    if (Leavers[Fn] || !Flow(*this, S, Fn, Kept).leaves(Leavers))
      return;
    Leavers.set(Fn);
    Work.push_back({Fn, Depth});
  };
  for (uint32_t Fn : C.touchersOf(Slot))
    Visit(Fn, 0);
  for (const auto &[Keeper, Args] : Kept)
    for (const CallSite &Site : P.SitesOf[Keeper])
      if (!C.touches(Site.Function, Slot, /*Direct=*/true))
        Visit(Site.Function, 0);
  // A constant goes into another scalar of the record: a phase may end there.
  auto WritesPhase = [&](uint32_t Fn) {
    const Function &F = P.Functions[Fn];
    return !P.isPrivate(Fn) && any_of(F.Blocks, [&](const Block &B) {
      return any_of(B.Instrs, [&](const Instr &I) {
        if (I.Opcode != Op::Store || I.A.Kind != Operand::Int)
          return false;
        const Place &Pl = F.Places[I.P];
        const PathElem *E = lastField(Pl.Path);
        return S.T.Global != None ? Pl.Base == Place::Global
                                  : E && (E->Record == S.T.Record ||
                                          E->Record == S.T.Path.back().Record);
      });
    });
  };
  // Do the callers see it? As Closure::manifest asks, without paths.
  while (!Work.empty()) {
    auto [Fn, Depth] = Work.pop_back_val();
    const Callee &Ce = P.Callees[P.Functions[Fn].Callee];
    if (P.ExitHook[Fn] || P.CalledElsewhere[Fn])
      continue;
    if (C.isLoopFunction(Fn) || Ce.AddressTaken || Ce.VirtualMethod ||
        (P.SitesOf[Fn].empty() && Fn != P.Main) || Depth > 4 ||
        (P.Main == None && Ce.Link == Linkage::External &&
         !Ce.DeclaredInHeader && WritesPhase(Fn)) ||
        (!ClosedProgram && Ce.Link == Linkage::External && Ce.DeclaredInHeader))
      return true;
    for (const CallSite &Site : P.SitesOf[Fn])
      if (Site.Function != Fn)
        Visit(Site.Function, Depth + 1);
  }
  return false;
}

BitVector Screen::leavers(const Subject &S) const {
  BitVector Leavers(P.Functions.size());
  uint32_t Slot = C.slotOf(S.T);
  if (Slot == None)
    return Leavers;
  SmallVector<uint32_t, 16> Work;
  Flow::KeptArgs Kept = keptArgs(S, Slot);
  auto Visit = [&](uint32_t Fn) {
    if (Leavers[Fn] || !Flow(*this, S, Fn, Kept).leaves(Leavers))
      return;
    Leavers.set(Fn);
    Work.push_back(Fn);
  };
  for (uint32_t Fn : C.touchersOf(Slot))
    Visit(Fn);
  for (const auto &[Keeper, Args] : Kept)
    for (const CallSite &Site : P.SitesOf[Keeper])
      Visit(Site.Function);
  while (!Work.empty())
    for (const CallSite &Site : P.SitesOf[Work.pop_back_val()])
      Visit(Site.Function);
  return Leavers;
}

bool Screen::mayBeStale(const Subject &S, const Focus &F,
                        ArrayRef<Guard> Guards) const {
  uint32_t Slot = C.slotOf(S.T);
  if (S.InUnion || Slot == None || !(S.Own.owned() || S.Own.Released))
    return false;
  // Without a phase there must be a path that clears it, for others to forget.
  if (Guards.empty() && none_of(C.touchersOf(Slot), [&](uint32_t Fn) {
        const Function &F = P.Functions[Fn];
        return any_of(F.Blocks, [&](const Block &B) {
          return any_of(B.Instrs, [&](const Instr &I) {
            return I.Opcode == Op::Store && !I.Init &&
                   isPlaceOf(S.T, F.Places[I.P]) &&
                   (I.A.Kind == Operand::Null ||
                    (I.A.Kind == Operand::Int && I.A.Value == 0));
          });
        });
      }))
    return false;
  return !alwaysLive(S, F, Guards);
}

bool Screen::mayStall(const Subject &S) const {
  if (S.InUnion || !S.Own.owned())
    return false;
  if (S.T.Global != None)
    return !O.sourcesOfGlobal(S.T.Global).empty();
  const PathElem *E = lastField(S.T.Path);
  if (!E)
    return false;
  const Type &T = P.Types[S.T.Type];
  // Links between objects of one type are not phases.
  if (P.Types[T.Elem].Kind == TypeKind::Record &&
      P.Types[T.Elem].Record == S.T.Record)
    return false;
  return any_of(O.sourcesOf({E->Record, E->Index}),
                [&](FieldRef From) { return From.first == E->Record; });
}

bool Screen::loadsUsed(const Subject &S) const {
  uint32_t Slot = C.slotOf(S.T);
  if (Slot == None)
    return false;
  for (uint32_t Fn : C.touchersOf(Slot)) {
    const Function &F = P.Functions[Fn];
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        // Element accesses and whole-record copies count.
        for (uint32_t Pl : {I.P, I.P2}) {
          if (Pl == None || !isPlaceOf(S.T, F.Places[Pl]))
            continue;
          if (I.Opcode == Op::Addr || I.Opcode == Op::CopyRec)
            return true;
          if (I.Opcode == Op::Load && isUsed(F, I.Dst))
            return true;
        }
      }
  }
  return false;
}

/// Whether the register is dereferenced, kept, returned or handed to something
/// that is no deallocator.
bool Screen::isUsed(const Function &F, uint32_t Reg) const {
  auto Is = [&](const Operand &O) {
    return O.Kind == Operand::Reg && uint32_t(O.Value) == Reg;
  };
  for (const Block &B : F.Blocks) {
    if (B.Term.Kind == Terminator::Return && Is(B.Term.Cond))
      return true;
    for (const Instr &U : B.Instrs) {
      for (uint32_t Pl : {U.P, U.P2})
        if (Pl != None && F.Places[Pl].Base == Place::Deref &&
            Is(F.Places[Pl].Ptr))
          return true;
      if ((U.Opcode == Op::Store || U.Opcode == Op::Move ||
           U.Opcode == Op::Use || U.Opcode == Op::Bin) &&
          (Is(U.A) || Is(U.B)))
        return true;
      if (U.Opcode != Op::Call)
        continue;
      if (Is(U.A))
        return true;
      FreedArgs Fr = freedBy(U, nullptr);
      for (unsigned A = 0; A < U.Args.size(); ++A)
        if (Is(U.Args[A]) && !(A < 64 && (Fr.Direct >> A & 1)))
          return true;
    }
  }
  return false;
}

/// Whether the call certainly uses argument \p Arg.
bool Screen::usedForSure(uint32_t Fn, const Instr &I, unsigned Arg) const {
  if (I.Callee == None || I.Virtual || Arg >= 64)
    return false;
  if (uint32_t Body = P.BodyOf[I.Callee]; Body != None)
    return UsedArgs[Body] >> Arg & 1;
  return !(freedBy(I, nullptr).Direct >> Arg & 1) &&
         libraryEffect(P.str(P.Callees[I.Callee].Name), I.Args.size()).Kind !=
             LibKind::Release;
}

bool Screen::testsGuard(uint32_t Fn, uint32_t Use, const Focus &F,
                        ArrayRef<Guard> Guards) const {
  bool Found = false;
  forEachDecision(C, Fn, Use, [&](const Operand &Cond) {
    forEachTested(
        C, Fn, Cond,
        [&](const TestedPlace &T) {
          Found |= any_of(Guards, [&](const Guard &G) {
            return isPlaceOf(F.Items[G.Item], *T.Where);
          });
          return true;
        },
        [&](uint32_t Callee) {
          Found |= any_of(Guards, [&](const Guard &G) {
            uint32_t Slot = C.slotOf(F.Items[G.Item]);
            return Slot != None && C.touches(Callee, Slot, /*Direct=*/false);
          });
        });
  });
  return Found;
}

bool Screen::alwaysLive(const Subject &S, const Focus &Fo,
                        ArrayRef<Guard> Guards) const {
  uint32_t Slot = C.slotOf(S.T);
  if (Slot == None)
    return false;
  for (uint32_t Fn : C.touchersOf(Slot)) {
    const Function &F = P.Functions[Fn];
    if (!C.callable(Fn) || F.Dtor || F.Ctor || F.Implicit || Fn == P.Main)
      continue;
    const FlowGraph &G = C.graph(Fn);
    // Registers with the value that the subject had at entry.
    BitVector Regs, Locals(F.Locals.size()), Spoiled(F.Locals.size());
    auto Has = [&](const Operand &O) {
      return O.Kind == Operand::Reg && uint64_t(O.Value) < Regs.size() &&
             Regs[O.Value];
    };
    SmallVector<uint32_t, 4> StoreBlocks;
    bool Frees = false;
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.Dst != None && I.Dst >= Regs.size())
          Regs.resize(I.Dst + 1);
        if (I.Opcode == Op::Store && isPlaceOf(S.T, F.Places[I.P]))
          StoreBlocks.push_back(&B - F.Blocks.data());
      }
    for (uint32_t B : G.Order) {
      bool Stored = any_of(StoreBlocks, [&](uint32_t St) {
        return St != B && G.dominates(St, B);
      });
      for (const Instr &I : F.Blocks[B].Instrs) {
        if (I.Opcode == Op::Store && isPlaceOf(S.T, F.Places[I.P]))
          Stored = true;
        if (I.Opcode == Op::Load && !Stored && isPlaceOf(S.T, F.Places[I.P]))
          Regs.set(I.Dst);
      }
    }
    if (Regs.none())
      continue;
    // And through locals that hold nothing else.
    for (unsigned Round = 0; Round < 3; ++Round) {
      Locals.reset();
      Spoiled.reset();
      for (uint32_t L = 0; L < F.NumParams; ++L)
        Spoiled.set(L);
      Spoiled |= G.AddressTaken;
      for (const Block &B : F.Blocks)
        for (const Instr &I : B.Instrs)
          if (I.Opcode == Op::Store && F.Places[I.P].Base == Place::Local &&
              F.Places[I.P].Path.empty())
            (Has(I.A) ? Locals : Spoiled).set(F.Places[I.P].BaseIndex);
      Locals.reset(Spoiled);
      for (const Block &B : F.Blocks)
        for (const Instr &I : B.Instrs)
          if (I.Opcode == Op::Load && F.Places[I.P].Base == Place::Local &&
              F.Places[I.P].Path.empty() && Locals[F.Places[I.P].BaseIndex])
            Regs.set(I.Dst);
    }
    SmallVector<uint32_t, 8> Uses;
    for (uint32_t B : G.Order) {
      bool Used = F.Blocks[B].Term.Kind == Terminator::Return &&
                  Has(F.Blocks[B].Term.Cond);
      for (const Instr &I : F.Blocks[B].Instrs) {
        for (uint32_t Pl : {I.P, I.P2})
          Used |= Pl != None && I.Opcode != Op::Addr &&
                  F.Places[Pl].Base == Place::Deref && Has(F.Places[Pl].Ptr);
        Used |= I.Opcode == Op::Use && Has(I.A);
        Used |= I.Opcode == Op::Store && Has(I.A) &&
                F.Places[I.P].Base != Place::Local;
        Frees |= I.Opcode == Op::Free && Has(I.A);
        if (I.Opcode != Op::Call)
          continue;
        FreedArgs Fr = freedBy(I, nullptr);
        for (unsigned A = 0; A < I.Args.size(); ++A)
          if (Has(I.Args[A])) {
            Frees |= A < 64 && (Fr.Direct >> A & 1);
            Used |= usedForSure(Fn, I, A);
          }
      }
      if (Used)
        Uses.push_back(B);
    }
    if (!Frees && any_of(Uses, [&](uint32_t B) {
          return !testsGuard(Fn, B, Fo, Guards);
        }))
      return true;
  }
  return false;
}

} // namespace retsan::solve
