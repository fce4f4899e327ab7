//===- Handed.cpp - a freed field that is handed on by its address --------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Handed.h"
#include "analyzer/solve/Hooks.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

/// A field of what a local points to.
struct FieldOf {
  uint32_t Local = None;
  FieldRef Field;
  friend bool operator==(const FieldOf &A, const FieldOf &B) {
    return A.Local == B.Local && A.Field == B.Field;
  }
};

class Handed {
public:
  Handed(const Program &P, ArrayRef<Subject> Subjects, const Renderer &R,
         std::vector<Finding> &Out)
      : P(P), R(R), Out(Out) {
    for (const Subject &S : Subjects)
      if (S.T.Global == None && S.T.Path.size() == 1 && !S.InUnion &&
          S.T.Path[0].Kind == PathElem::Field)
        Wanted[{S.T.Path[0].Record, S.T.Path[0].Index}] = &S;
  }

  void run() {
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      if (P.CalledElsewhere[Fn] || P.Functions[Fn].System)
        continue;
      std::vector<uint32_t> Local = loadedLocals(P.Functions[Fn]);
      for (const Block &B : P.Functions[Fn].Blocks)
        line(Fn, Local, B);
    }
  }

private:
  /// \p Pl, if it is a subject's field of what a local points to.
  FieldOf fieldOf(const Place &Pl, ArrayRef<uint32_t> Local) const {
    if (Pl.Base != Place::Deref || Pl.Ptr.Kind != Operand::Reg ||
        Pl.Path.size() != 1 || Pl.Path[0].Kind != PathElem::Field)
      return {};
    FieldRef Field{Pl.Path[0].Record, Pl.Path[0].Index};
    return Wanted.count(Field) ? FieldOf{Local[Pl.Ptr.Value], Field}
                               : FieldOf{};
  }

  void line(uint32_t Fn, ArrayRef<uint32_t> Local, const Block &B) {
    const Function &F = P.Functions[Fn];
    DenseMap<uint32_t, FieldOf> Loaded, Address; // By register.
    FieldOf Freed;
    Where At;
    for (const Instr &I : B.Instrs) {
      if (I.Opcode == Op::Load) {
        if (FieldOf X = fieldOf(F.Places[I.P], Local); X.Local != None)
          Loaded[I.Dst] = X;
      } else if (I.Opcode == Op::Addr) {
        if (FieldOf X = fieldOf(F.Places[I.P], Local); X.Local != None)
          Address[I.Dst] = X;
      } else if (I.Opcode == Op::Store) {
        const Place &Pl = F.Places[I.P];
        if (fieldOf(Pl, Local) == Freed ||
            (Pl.Base == Place::Local && Pl.BaseIndex == Freed.Local))
          Freed = {};
      } else if (const Operand *O = freedOperand(P, I)) {
        Freed = O->Kind == Operand::Reg ? Loaded.lookup(uint32_t(O->Value))
                                        : FieldOf{};
        At = {Fn, I.Loc};
      } else if (I.Opcode == Op::Call) {
        if (Freed.Local != None)
          for (unsigned A = 0; A < I.Args.size(); ++A)
            if (I.Args[A].Kind == Operand::Reg &&
                Address.lookup(uint32_t(I.Args[A].Value)) == Freed &&
                readsFirst(I, A))
              report(*Wanted[Freed.Field], At, P.BodyOf[I.Callee]);
        Freed = {}; // What other calls do is not looked at.
      }
    }
  }

  /// Whether the callee may read what argument \p Arg points to before it
  /// writes there.
  bool readsFirst(const Instr &I, unsigned Arg) const {
    if (I.Callee == None || I.Virtual || P.BodyOf[I.Callee] == None)
      return false;
    const Function &F = P.Functions[P.BodyOf[I.Callee]];
    if (Arg >= F.NumParams)
      return false;
    std::vector<uint32_t> Local = loadedLocals(F);
    BitVector Seen(F.Blocks.size());
    SmallVector<uint32_t, 8> Work{0};
    Seen.set(0);
    while (!Work.empty()) {
      const Block &B = F.Blocks[Work.pop_back_val()];
      bool Ends = false;
      for (const Instr &X : B.Instrs) {
        auto IsTarget = [&](const Place &Pl) {
          return Pl.Base == Place::Deref && Pl.Path.empty() &&
                 Pl.Ptr.Kind == Operand::Reg && Local[Pl.Ptr.Value] == Arg;
        };
        if (X.Opcode == Op::Load && IsTarget(F.Places[X.P]))
          return true;
        // The parameter is given away or changed.
        Ends |= X.Opcode == Op::Store && (IsTarget(F.Places[X.P]) ||
                                          (F.Places[X.P].Base == Place::Local &&
                                           F.Places[X.P].BaseIndex == Arg));
        Ends |= any_of(X.Args, [&](const Operand &O) {
          return O.Kind == Operand::Reg && Local[O.Value] == Arg;
        });
        if (Ends)
          break;
      }
      if (Ends)
        continue;
      for (uint32_t Next : B.Term.Succs)
        if (!Seen.test(Next)) {
          Seen.set(Next);
          Work.push_back(Next);
        }
    }
    return false;
  }

  void report(const Subject &S, const Where &At, uint32_t Reader) {
    Finding F;
    F.Check = "retsan-dangling-field";
    F.SubjectId = S.Id;
    F.Subject = S.Name;
    F.Record = S.Record;
    F.Field = S.FieldPath;
    F.Object = S.Object;
    F.Suspect = {S.Id, S.Name, S.RecordKey, S.IdPath};
    F.Decl = {"", R.file(S.Decl.File), S.Decl.Line};
    PlaceRef Freed = R.place(At);
    F.File = Freed.File;
    F.Line = Freed.Line;
    F.Function = Freed.Function;
    F.State.push_back({S.FieldPath, "freed"});
    F.Level = Confidence::High;
    F.Reasons.push_back("its address goes on to a function that looks at it");
    F.Message = "'" + S.Name + "' is freed" +
                (Freed.Function.empty() ? "" : " in " + Freed.Function) +
                " and not cleared: it dangles, and is taken for present by " +
                R.function(Reader);
    F.Why = R.function(Reader) +
            " gets the address of the field right after its target was freed, "
            "and may read it before it stores a new value.";
    F.Fix = "set " + S.FieldPath + " to NULL right after it is freed at " +
            Freed.File + ":" + std::to_string(Freed.Line);
    WitnessStep W;
    W.Call = Freed.Function;
    W.File = Freed.File;
    W.Line = Freed.Line;
    W.Note = S.FieldPath + " freed here";
    W.State.push_back({S.FieldPath, "freed"});
    F.Witness.push_back(std::move(W));
    F.Releases.push_back(Freed);
    if (!S.Retained.empty())
      F.Suppressed = "RETSAN_RETAINED: " + S.Retained;
    Out.push_back(std::move(F));
  }

  const Program &P;
  const Renderer &R;
  std::vector<Finding> &Out;
  DenseMap<FieldRef, const Subject *> Wanted;
};

} // namespace

void findHanded(const Program &P, ArrayRef<Subject> Subjects, const Renderer &R,
                std::vector<Finding> &Out) {
  Handed(P, Subjects, R, Out).run();
}

} // namespace retsan::solve
