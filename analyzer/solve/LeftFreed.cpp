//===- LeftFreed.cpp - who may leave a subject freed and in place ---------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===
#include "analyzer/solve/LeftFreed.h"

#include "llvm/ADT/STLExtras.h"

#include <tuple>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

/// One function under the question "is the subject freed and still there?".
/// Flow-sensitive, path-insensitive. Every load and store of the subject is an
/// origin of values; the state holds the origins whose value the subject may
/// still have, and whether it was freed.
class LeftFreed::Flow {
public:
  Flow(const LeftFreed &All, uint32_t Fn)
      : C(All.C), Fates(All.Args), P(All.P), S(All.S), F(P.Functions[Fn]),
        G(C.graph(Fn)), Fn(Fn), Slot(All.Slot), Kept(All.Kept) {
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

  bool leaves(const BitVector &Leavers) {
    if (F.Dtor)
      return false;
    Threw = Twice = false;
    std::vector<Point> In(F.Blocks.size());
    std::vector<bool> Queued(F.Blocks.size());
    In[0] = {Entry, 0, false, false, true};
    bool Loop = C.isLoopFunction(Fn);
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
              if (Fates.of(P.BodyOf[I.Callee]).Returned >> A & 1)
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
      ArgFates::Freed Fr = Fates.freedBy(I, From);
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
        St.Freed |= St.Copied && C.touches(T, Slot, /*Direct=*/false);
        Threw |= St.Freed && Fates.of(T).Throws;
      }
      break;
    }
    default:
      break;
    }
    return true;
  }

  const Context &C;
  const ArgFates &Fates;
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

void LeftFreed::findKeepers() {
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
}

LeftFreed::LeftFreed(const Context &C, const ArgFates &Args, const Subject &S)
    : C(C), P(C.P), Args(Args), S(S), Slot(C.slotOf(S.T)) {
  if (Slot != None) // Some function names it.
    findKeepers();
}

LeftFreed::~LeftFreed() = default;

bool LeftFreed::mayLeave(uint32_t Fn, const BitVector &Leavers) {
  std::unique_ptr<Flow> &Its = Flows[Fn];
  if (!Its)
    Its = std::make_unique<Flow>(*this, Fn);
  return Its->leaves(Leavers);
}

} // namespace retsan::solve
