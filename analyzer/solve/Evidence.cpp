//===- Evidence.cpp - what speaks for and against a state -----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The predicates by which findings are ranked: each looks at the closure or at
// the mini-IR around a place and answers one question, such as whether the
// function that frees is there to end the object.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Hooks.h"
#include "analyzer/solve/Judge.h"
#include "analyzer/solve/Library.h"
#include "analyzer/solve/Shapes.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

/// Whether the same guard values occur with the subject null: then a reader
/// cannot be meant to find anything there.
bool Judge::contrast(uint32_t SI) const {
  const AbstractState &A = C.states()[SI];
  bool Known = false;
  for (const Con &G : A.G)
    Known |= !G.top();
  if (!Known)
    return false;
  for (const AbstractState &B : C.states())
    if (B.F == Held::Null && !B.Tainted && B.G == A.G)
      return true;
  return false;
}

/// Whether the subject is live in some other phase: it had a life that ended.
bool Judge::liveBefore(uint32_t SI) const {
  const AbstractState &A = C.states()[SI];
  return any_of(C.states(), [&](const AbstractState &B) {
    return B.Live && B.F == Held::NotNull && !B.Tainted && B.G != A.G;
  });
}

/// Whether some path of the function that holds \p Set clears the subject while
/// the object lives: the sibling path does what this one forgot.
bool Judge::clearsElsewhere(const Where &Set) const {
  for (const Transition &Tr : C.transitions())
    if (Tr.Clears && Tr.Fate == Transition::Lives && Tr.StoreAt &&
        Tr.StoreAt.Fn == Set.Fn)
      return true;
  return false;
}

/// Whether some instruction at the place is inside a loop of its function.
bool Judge::inLoop(const Where &W) const {
  if (!W)
    return false;
  const Function &F = P.Functions[W.Fn];
  const FlowGraph &G = C.engine().context().graph(W.Fn);
  for (uint32_t B : G.Order)
    for (const Instr &I : F.Blocks[B].Instrs)
      if (G.LoopDepth[B] && I.Loc.File == W.Loc.File &&
          I.Loc.Line == W.Loc.Line)
        return true;
  return false;
}

/// The registers of \p F that hold what the seeds say, also by way of locals,
/// or of what an instruction made of it.
static BitVector flowOf(const Function &F,
                        function_ref<bool(const Instr &)> Seed) {
  BitVector Regs(F.NumRegs), Locals(F.Locals.size());
  auto In = [&](const Operand &O) {
    return O.Kind == Operand::Reg && Regs[O.Value];
  };
  auto Add = [](BitVector &Set, uint32_t N) {
    bool New = !Set[N];
    Set.set(N);
    return New;
  };
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        bool From = In(I.A) || Seed(I);
        if (I.Opcode == Op::Load || I.Opcode == Op::Store) {
          const Place &Pl = F.Places[I.P];
          bool Local = Pl.Base == Place::Local && Pl.Path.empty();
          if (I.Opcode == Op::Store) {
            Changed |= From && Local && Add(Locals, Pl.BaseIndex);
            continue;
          }
          From = Seed(I) || (Local && Locals[Pl.BaseIndex]);
        }
        if (From && I.Dst != None)
          Changed |= Add(Regs, I.Dst);
      }
  }
  return Regs;
}

/// The registers of \p F that hold what was read from the subject.
BitVector Judge::readInto(const Function &F) const {
  return flowOf(F, [&](const Instr &I) {
    return I.Opcode == Op::Load && isPlaceOf(Sub.T, F.Places[I.P]);
  });
}

/// Whether what frees the subject's target reallocates it, and the function
/// returns the result: its content goes to the caller.
bool Judge::givesBack(const Where &Freed) const {
  if (!Freed || Sub.T.Record == None)
    return false;
  const Function &F = P.Functions[Freed.Fn];
  const BitVector Regs = flowOf(F, [&](const Instr &I) {
    return I.Opcode == Op::Call && I.Callee != None && I.Dst != None &&
           I.Loc.Line == Freed.Loc.Line && I.Loc.File == Freed.Loc.File &&
           libraryEffect(P.str(P.Callees[I.Callee].Name), I.Args.size()).Kind ==
               LibKind::Realloc;
  });
  return any_of(F.Blocks, [&](const Block &B) {
    return B.Term.Kind == Terminator::Return &&
           B.Term.Cond.Kind == Operand::Reg && Regs[B.Term.Cond.Value];
  });
}

/// Whether \p W frees what it just read from the field, in so many words:
/// `free(o->f)`, or by way of a local.
bool Judge::freedAsRead(const Where &W) const {
  if (!W)
    return false;
  const Function &F = P.Functions[W.Fn];
  const BitVector Regs = readInto(F);
  auto In = [&](const Operand &O) {
    return O.Kind == Operand::Reg && Regs[O.Value];
  };
  for (const Block &B : F.Blocks)
    for (const Instr &I : B.Instrs) {
      if (I.Loc.Line != W.Loc.Line || I.Loc.File != W.Loc.File)
        continue;
      if ((I.Opcode == Op::Free || I.Opcode == Op::Release) && In(I.A))
        return true;
      if (I.Opcode == Op::Call && any_of(I.Args, In))
        return true;
    }
  return false;
}

/// Whether a record is a link that others have in them: it points to its like.
static bool isLink(const Program &P, uint32_t Record) {
  return any_of(P.Records[Record].Fields, [&](const Field &Fd) {
    const Type &T = P.Types[Fd.Type];
    return T.Kind == TypeKind::Pointer &&
           P.Types[T.Elem].Kind == TypeKind::Record &&
           P.Types[T.Elem].Record == Record;
  });
}

/// The record that a pointer type points to, if objects of it are chained:
/// some field of it, or of a record in it, points to its like, or it has a link
/// in it (`struct list_head`, a hash handle).
static bool isChained(const Program &P, uint32_t Record, uint32_t In,
                      unsigned Depth, bool Links = true) {
  for (const Field &Fd : P.Records[In].Fields) {
    const Type &T = P.Types[Fd.Type];
    if (T.Kind == TypeKind::Pointer &&
        P.Types[T.Elem].Kind == TypeKind::Record &&
        P.Types[T.Elem].Record == Record)
      return true;
    if (T.Kind == TypeKind::Record && T.Record != None && Depth < 2 &&
        ((Links && isLink(P, T.Record)) ||
         isChained(P, Record, T.Record, Depth + 1, Links)))
      return true;
  }
  return false;
}

bool isChained(const Program &P, uint32_t Record) {
  return isChained(P, Record, Record, 0);
}

/// Whether \p By takes elements out of a list, and the subject is a head of the
/// list or a part of an element: which of the elements is freed, and whether
/// the subject was moved on before, is more than the closure can tell.
bool Judge::takesApart(const Transition &By) const {
  const Type &Held = P.Types[P.Types[Sub.T.Type].Elem];
  uint32_t Target = Held.Kind == TypeKind::Record ? Held.Record : None;
  if (Target != None && !P.Records[Target].System &&
      isChained(P, Target, Target, 0)) {
    // A link of the list itself, or a head that the function moves.
    if (Sub.T.Record == Target)
      return true;
    // What may be in a list of somebody's is moved on if it is not made here.
    const bool Own = isChained(P, Target, Target, 0, /*Links=*/false);
    return any_of(C.transitions(), [&](const Transition &Tr) {
      return Tr.Fn == By.Fn && !Tr.Keeps && Tr.Fate == Transition::Lives &&
             (Own || (Tr.Post != Held::Freed && !Tr.Made));
    });
  }
  // What an element carries, freed by another name after it was unlinked.
  uint32_t R = Sub.T.Record;
  if (R == None || !isChained(P, R, R, 0) || freedAsRead(By.FreeAt))
    return false;
  const Context &Cx = C.engine().context();
  for (uint32_t I = 0; I < P.Records[R].Fields.size(); ++I) {
    const Type &T = P.Types[P.Records[R].Fields[I].Type];
    if (T.Kind != TypeKind::Pointer || P.Types[T.Elem].Record != R)
      continue;
    Tracked Link;
    Link.Record = R;
    Link.Path.push_back({PathElem::Field, R, I});
    if (uint32_t Slot = Cx.slotOf(Link);
        Slot != None && Cx.writes(By.Fn, Slot, /*Direct=*/false))
      return true;
  }
  return false;
}

/// Whether who sets the field makes its objects in an array of theirs: a stack
/// or a pool of slots, which are overwritten when they are used again.
bool Judge::inArray() const {
  const Context &Cx = C.engine().context();
  uint32_t Slot = Cx.slotOf(Sub.T);
  if (Slot == None || Sub.T.Record == None)
    return false;
  return any_of(Cx.touchersOf(Slot), [&](uint32_t Fn) {
    const Function &F = P.Functions[Fn];
    bool Sets = false, Slots = false;
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.P == None)
          continue;
        const Place &Pl = F.Places[I.P];
        Sets |= I.Opcode == Op::Store && isPlaceOf(Sub.T, Pl);
        Slots |= I.Opcode == Op::Addr && !Pl.Path.empty() &&
                 Pl.Path.back().Kind == PathElem::AnyIndex &&
                 P.Types[Pl.Type].Kind == TypeKind::Record &&
                 P.Types[Pl.Type].Record == Sub.T.Record;
      }
    return Sets && Slots;
  });
}

bool isInTable(const Program &P, const Context &C, const Tracked &T) {
  uint32_t Slot = C.slotOf(T);
  return Slot != None && any_of(C.touchersOf(Slot), [&](uint32_t Fn) {
           return P.Functions[Fn].Implicit && P.Functions[Fn].Record == None &&
                  P.nameOf(Fn) == "(static initialisers)";
         });
}

bool isLeftOut(const Program &P, const Tracked &T) {
  if (T.Global != None)
    return P.LeftOut.count({None, T.Global});
  const PathElem &E = T.Path.back();
  return E.Kind == PathElem::Field && P.LeftOut.count({E.Record, E.Index});
}

/// Whether the subject leads to an object that points back to such as hold it:
/// a child's parent. The child mostly goes with its parent.
bool Judge::isBackPointer() const {
  const Type &Held = P.Types[P.Types[Sub.T.Type].Elem];
  if (Sub.T.Record == None)
    return false;
  // Types that are only declared where they are named go by their name.
  auto LastWord = [&](const Type &T) {
    StringRef Name = P.str(T.Spelling);
    return Name.substr(Name.rfind(' ') + 1);
  };
  uint32_t To = Held.Kind == TypeKind::Record ? Held.Record : None;
  for (uint32_t R = 0; To == None && R < P.Records.size(); ++R)
    if (!P.str(P.Records[R].Name).empty() &&
        P.str(P.Records[R].Name) == LastWord(Held))
      To = R;
  if (To == None || To == Sub.T.Record)
    return false;
  return any_of(P.Records[To].Fields, [&](const Field &Fd) {
    const Type &T = P.Types[Fd.Type];
    if (T.Kind != TypeKind::Pointer)
      return false;
    // One of them, or a table of them.
    const bool Many = P.Types[T.Elem].Kind == TypeKind::Pointer;
    const Type &Back = P.Types[Many ? P.Types[T.Elem].Elem : T.Elem];
    if (Back.Kind == TypeKind::Record && Back.Record == Sub.T.Record)
      return true;
    return !LastWord(Back).empty() &&
           LastWord(Back) == P.str(P.Records[Sub.T.Record].Name);
  });
}

/// Whether anyone frees what the field holds by reading it from the field.
bool Judge::isOwned() const {
  return any_of(C.transitions(),
                [](const Transition &Tr) { return Tr.Releases || Tr.Drops; });
}

/// Whether some function reads the field and hands what it read to what frees
/// it, or a wrapper of it.
bool Judge::isFreedByName() const {
  const Context &Cx = C.engine().context();
  uint32_t Slot = Cx.slotOf(Sub.T);
  return Slot == None || any_of(Cx.touchersOf(Slot), [&](uint32_t Fn) {
           const Function &F = P.Functions[Fn];
           const BitVector Regs = readInto(F);
           return any_of(F.Blocks, [&](const Block &B) {
             return any_of(B.Instrs, [&](const Instr &I) {
               const Operand *O = freedOperand(P, I);
               return O && O->Kind == Operand::Reg && Regs[O->Value];
             });
           });
         });
}

/// Whether the function that frees reads or writes the field itself. Else it
/// got the value from a getter, and whose business the field is then is open.
bool Judge::ownsFree(const Transition &By, const Where &Freed) const {
  const Context &Cx = C.engine().context();
  uint32_t Slot = Cx.slotOf(Sub.T);
  return Slot == None || !By.Keeps ||
         Cx.touches(By.Fn, Slot, /*Direct=*/true) ||
         (Freed && Cx.touches(Freed.Fn, Slot, /*Direct=*/true));
}

SmallVector<std::string, 6> wordsOf(StringRef Name) {
  std::string Last;
  Name = Name.substr(Name.rfind(':') + 1);
  for (size_t I = 0; I < Name.size(); ++I) {
    if (I && isUpper(Name[I]) &&
        (isLower(Name[I - 1]) || (I + 1 < Name.size() && isLower(Name[I + 1]))))
      Last += '_';
    Last += toLower(Name[I]);
  }
  SmallVector<StringRef, 6> Words;
  StringRef(Last).split(Words, '_', -1, /*KeepEmpty=*/false);
  return SmallVector<std::string, 6>(Words.begin(), Words.end());
}

/// Whether a function says by its name that it begins something.
bool Judge::saysSetup(uint32_t Fn) const {
  return any_of(wordsOf(P.nameOf(Fn)), [](StringRef W) {
    return StringSwitch<bool>(W)
        .Cases("init", "initialize", "initialise", "setup", true)
        .Default(false);
  });
}

/// Whether a function says by its name that it ends something.
bool Judge::saysTeardown(uint32_t Fn) const {
  return any_of(wordsOf(P.nameOf(Fn)), [](StringRef W) {
    return StringSwitch<bool>(W)
        .Cases("free", "destroy", "delete", "fini", "term", "dtor", true)
        .Cases("dispose", "cleanup", "uninit", "deinit", "teardown", true)
        .Cases("terminate", "destruct", "dealloc", true)
        .Cases("uninitialize", "deinitialize", true)
        .Cases("exit", "quit", true)
        .Default(false);
  });
}

/// Whether a function is there to end what another began.
bool Judge::saysEnd(uint32_t Fn) const {
  return saysTeardown(Fn) || any_of(wordsOf(P.nameOf(Fn)), [](StringRef W) {
           return W == "end" || W == "close" || W == "stop" || W == "finish" ||
                  W == "shutdown" || W == "release" || W == "clear" ||
                  W == "finalize";
         });
}

/// Whether a function ends the process by a signal of its own.
bool Judge::endsProcess(uint32_t Fn) const {
  return any_of(P.Functions[Fn].Blocks, [&](const Block &B) {
    return any_of(B.Instrs, [&](const Instr &I) {
      return I.Opcode == Op::Call && I.Callee != None &&
             P.str(P.Callees[I.Callee].Name) == "raise";
    });
  });
}

/// Whether the freeing function is there to end the object: it says so by its
/// name, or it frees the object itself on another of its paths.
bool Judge::tearsDown(const Transition &By, const Where &Freed) const {
  if (saysTeardown(By.Fn) || saysTeardown(Freed.Fn) || endsProcess(By.Fn))
    return true;
  return any_of(C.transitions(), [&](const Transition &Tr) {
    return Tr.Fn == Freed.Fn && Tr.Fate == Transition::Destroyed &&
           Tr.Releases && Tr.FreeAt.Loc.Line == Freed.Loc.Line;
  });
}

/// Whether some of the guards changes while an object lives.
bool Judge::isPhase(const std::vector<bool> &Keep) const {
  for (const Transition &Tr : C.transitions())
    for (size_t G = 0; G < Keep.size(); ++G)
      if (Keep[G] && Tr.Fate == Transition::Lives && Tr.PostG[G])
        return true;
  return false;
}

bool isForeign(const Program &P, const Tracked &T) {
  return T.Record != None && isOfLibrary(P, T.Record);
}

/// Whether objects of the subject's record are parts of others, as a list in
/// its holder: they end with them, and are made anew in place.
bool Judge::isPartOfOthers() const {
  return Sub.T.Record != None && any_of(P.Records, [&](const facts::Record &R) {
           return any_of(R.Fields, [&](const Field &Fd) {
             const Type &T = P.Types[Fd.Type];
             return T.Kind == TypeKind::Record && T.Record == Sub.T.Record;
           });
         });
}

/// Whether the subject is a `void *` that is only ever set beside a hook of the
/// same record: what the hook is to be called with, and whoever set it owns.
bool Judge::isHookArgument() const {
  const Type &T = P.Types[Sub.T.Type];
  if (Sub.T.Record == None || T.Kind != TypeKind::Pointer ||
      P.Types[T.Elem].Kind != TypeKind::Void)
    return false;
  bool Any = false;
  const Context &Cx = C.engine().context();
  for (uint32_t Fn : Cx.touchersOf(Cx.slotOf(Sub.T))) {
    const Function &F = P.Functions[Fn];
    bool Sets = false, Hook = false;
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.Opcode != Op::Store || I.A.Kind != Operand::Reg)
          continue;
        const Place &Pl = F.Places[I.P];
        Sets |= isPlaceOf(Sub.T, Pl);
        Hook |= P.Types[Pl.Type].Kind == TypeKind::Function &&
                !Pl.Path.empty() && Pl.Path.back().Kind == PathElem::Field &&
                Pl.Path.back().Record == Sub.T.Path.back().Record;
      }
    if (Sets && !Hook)
      return false;
    Any |= Sets;
  }
  return Any;
}

/// Whether all that touch the field, also by callees, could be followed: a use
/// that was lost makes what is alive look dead.
bool Judge::areReadersWhole() const {
  const Engine &E = C.engine();
  const uint32_t Slot = E.context().slotOf(Sub.T);
  auto Touches = [&](uint32_t Fn) {
    return E.context().touches(Fn, Slot, /*Direct=*/false);
  };
  return Slot == None ||
         (none_of(E.capped(), Touches) && none_of(E.uncomposed(), Touches));
}

/// Whether some guard has its value in the state because an operation asked for
/// it, not because one stored it: `mode = m` may be 0, and hardly ever is.
bool Judge::toldByTest(uint32_t SI, const std::vector<bool> &Keep) const {
  for (size_t G = 0; G < Keep.size(); ++G)
    for (uint32_t I = SI; Keep[G] && C.states()[I].From != None;) {
      const AbstractState &A = C.states()[I];
      if (A.By == None)
        break;
      if (const auto &Set = C.transitions()[A.By].PostG[G]) {
        if (*Set != A.G[G])
          return true;
        break;
      }
      if (C.states()[A.From].G[G] != A.G[G])
        return true;
      I = A.From;
    }
  return false;
}

/// Whether a guard is a number without a name that others compute, too.
bool Judge::toldByNumber(const AbstractState &A,
                         const std::vector<bool> &Keep) const {
  for (size_t G = 0; G < A.G.size(); ++G) {
    if (!Keep[G] || !A.G[G].isConst() || C.guards()[G].Pointer ||
        C.guards()[G].Mask || (A.G[G].Lo >= -1 && A.G[G].Lo <= 1))
      continue;
    const std::string Name = valueName(G, A.G[G].Lo);
    if ((isDigit(Name[0]) || Name[0] == '-') &&
        any_of(C.transitions(), [&](const Transition &Tr) {
          return Tr.PostG[G] && !Tr.PostG[G]->isConst();
        }))
      return true;
  }
  return false;
}

/// Whether some operation stores into the subject of a living object.
bool Judge::changes() const {
  return any_of(C.transitions(), [](const Transition &Tr) {
    return Tr.Fate == Transition::Lives && !Tr.Keeps;
  });
}

/// Whether the subject may be live again after the state.
bool Judge::revives(uint32_t SI) const {
  DenseSet<uint32_t> Seen;
  SmallVector<uint32_t, 16> Work{SI};
  while (!Work.empty()) {
    uint32_t At = Work.pop_back_val();
    if (!Seen.insert(At).second)
      continue;
    if (C.states()[At].Live)
      return true;
    for (auto [TI, To] : C.states()[At].Next)
      Work.push_back(To);
  }
  return false;
}

/// Whether the state was reached from one in which the subject is live, by a
/// path that left the subject alone and gave a guard its value.
bool Judge::endsPhase(uint32_t SI, const std::vector<bool> &Keep) const {
  const AbstractState &A = C.states()[SI];
  if (A.By == None || A.From == None || A.Tainted)
    return false;
  const AbstractState &Before = C.states()[A.From];
  const Transition &Tr = C.transitions()[A.By];
  if (!Before.Live || Before.Tainted || Before.F != Held::NotNull || !Tr.Keeps)
    return false;
  for (size_t G = 0; G < Keep.size(); ++G)
    if (Keep[G] && Tr.PostG[G] && Tr.PostG[G]->isConst() &&
        !C.guards()[G].SizeLike && !C.guards()[G].Pointer)
      return true;
  return false;
}

/// Whether a guard that is set to what was computed says by its name that it
/// is a length or a number of things.
bool Judge::countsItems(size_t G) const {
  if (!C.guards()[G].SizeLike)
    return false;
  std::string Name = StringRef(guardName(G)).lower();
  for (StringRef Word : {"len", "size", "count", "num", "cap", "used", "avail"})
    if (StringRef(Name).contains(Word))
      return true;
  return StringRef(Name).starts_with("n") && !StringRef(Name).contains("new");
}

/// The last part of a guard's name, in small letters.
static std::string lastOf(const std::string &Name) {
  StringRef N(Name);
  return N.substr(N.rfind('.') + 1).lower();
}

/// Whether a guard that is set has one of the words in its name.
static bool isSetTo(const std::string &Name, const Con &C,
                    ArrayRef<StringRef> Words) {
  std::string Last = lastOf(Name);
  return !C.contains(0) && any_of(Words, [&](StringRef Word) {
    return StringRef(Last).contains(Word);
  });
}

/// Whether a guard that says so by its name tells that the object has failed.
bool Judge::inError(const AbstractState &A,
                    const std::vector<bool> &Keep) const {
  for (size_t G = 0; G < A.G.size(); ++G)
    if (Keep[G] && isSetTo(guardName(G), A.G[G],
                           {"err", "fail", "abort", "corrupt", "dead"}))
      return true;
  return false;
}

/// Whether a guard says by its name that the input has come to its end, or the
/// program.
bool Judge::atEnd(const AbstractState &A, const std::vector<bool> &Keep) const {
  for (size_t G = 0; G < A.G.size(); ++G) {
    if (!Keep[G] || A.G[G].contains(0))
      continue;
    std::string Last = lastOf(guardName(G));
    if (StringRef(Last).contains("eof") || Last == "eod" || Last == "eos" ||
        Last == "is_end" || Last == "at_end" ||
        (C.engine().focus().Items[C.guards()[G].Item].Global != None &&
         is_contained(ArrayRef<StringRef>{"quit", "stop", "exit", "shutdown",
                                          "terminate", "die"},
                      Last)))
      return true;
  }
  return false;
}

/// Whether a guard tells that the last reference to the object is gone.
bool Judge::unreferenced(const AbstractState &A,
                         const std::vector<bool> &Keep) const {
  for (size_t G = 0; G < A.G.size(); ++G) {
    if (!Keep[G] || !A.G[G].isConst() || !A.G[G].contains(0))
      continue;
    const Tracked &T = C.engine().focus().Items[C.guards()[G].Item];
    if (!T.Path.empty() && T.Path.back().Kind == PathElem::Field &&
        P.RefCounts.count({T.Path.back().Record, T.Path.back().Index}))
      return true;
    std::string Last = lastOf(guardName(G));
    for (StringRef Word : {"ref", "refs", "n_ref", "nref", "refcount", "refcnt",
                           "ref_count", "ref_cnt", "use_count", "refc"})
      if (Last == Word)
        return true;
  }
  return false;
}

/// Whether a guard says by its name that somebody holds the object's lock.
bool Judge::locked(const AbstractState &A,
                   const std::vector<bool> &Keep) const {
  for (size_t G = 0; G < A.G.size(); ++G) {
    if (!Keep[G] || A.G[G].contains(0))
      continue;
    std::string Last = lastOf(guardName(G));
    SmallVector<StringRef, 6> Words;
    StringRef(Last).split(Words, '_');
    for (StringRef W : Words)
      if (W == "lock" || W == "locked" || W == "mutex")
        return true;
  }
  return false;
}

/// Whether a sibling of the same type hands its value over to the subject and
/// gets another one, and some of \p Readers looks at both: the old and the new.
/// A queue that moves on, or keys in use, are no migration.
bool Judge::replacesSibling(const std::set<uint32_t> &Readers) const {
  const Context &Cx = C.engine().context();
  uint32_t Slot = Cx.slotOf(Sub.T);
  if (Slot == None)
    return false;
  auto LastOf = [](const Place &Pl) -> FieldRef {
    if (Pl.Path.empty())
      return {None, Pl.Base == Place::Global ? Pl.BaseIndex : None};
    const PathElem &E = Pl.Path.back();
    return E.Kind == PathElem::Field ? FieldRef{E.Record, E.Index}
                                     : FieldRef{None, None};
  };
  FieldRef Own = Sub.T.Path.empty() ? FieldRef{None, Sub.T.Global}
                                    : FieldRef{Sub.T.Path.back().Record,
                                               Sub.T.Path.back().Index};
  for (uint32_t Fn : Cx.touchersOf(Slot)) {
    const Shape S(P, Fn);
    for (const Block &B : S.F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.Opcode != Op::Store || LastOf(S.F.Places[I.P]) != Own)
          continue;
        const Instr *D = S.origin(I.A);
        if (!D || D->Opcode != Op::Load)
          continue;
        FieldRef From = LastOf(S.F.Places[D->P]);
        if (From.second == None || From == Own || From.first != Own.first)
          continue;
        Tracked Sibling;
        Sibling.Record = Sub.T.Record;
        if (From.first == None)
          Sibling.Global = From.second;
        else
          Sibling.Path.push_back({PathElem::Field, From.first, From.second});
        uint32_t Other = Cx.slotOf(Sibling);
        if (Other == None || none_of(Readers, [&](uint32_t R) {
              return Cx.touches(R, Other, /*Direct=*/false);
            }))
          continue;
        for (const Block &X : S.F.Blocks)
          for (const Instr &J : X.Instrs)
            if (J.Opcode == Op::Store && LastOf(S.F.Places[J.P]) == From &&
                J.A.Kind == Operand::Reg) {
              const Instr *Made = S.origin(J.A);
              if (Made && Made->Opcode != Op::Load)
                return true;
            }
      }
  }
  return false;
}

} // namespace retsan::solve
