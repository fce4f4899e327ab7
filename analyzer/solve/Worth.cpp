//===- Worth.cpp - what is worth a look at medium -------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A dangling field with a doubt is worth reading if something speaks for the
// object's going on after the free: a caller that goes on with it, a path that
// did not set out to end it. The rest, of which hardly one in twenty was right
// in real code, is shown to those who ask for everything.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Judge.h"
#include "analyzer/solve/Shapes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

/// "L3", "L3->.4_1", "&L3->": the parameter of \p F that a value is reached
/// through, or None.
uint32_t paramOf(const Function &F, StringRef Value) {
  Value.consume_front("&");
  unsigned N;
  if (!Value.consume_front("L") || Value.consumeInteger(10, N) ||
      N >= F.NumParams)
    return None;
  return N;
}

/// Whether the place is a free, and no call of a function that frees.
bool freesItself(const Program &P, const Where &At) {
  return any_of(P.Functions[At.Fn].Blocks, [&](const Block &B) {
    return any_of(B.Instrs, [&](const Instr &I) {
      return I.Loc.File == At.Loc.File && I.Loc.Line == At.Loc.Line &&
             (I.Opcode == Op::Free ||
              (I.Opcode == Op::Call && I.Callee != None &&
               P.BodyOf[I.Callee] == None));
    });
  });
}

/// Whether the function of \p Site sets the subject in what its parameter
/// \p Param leads to, itself or by a callee, before it comes to the call.
bool fillsBefore(const Context &Cx, const Tracked &T, const CallSite &Site,
                 uint32_t Param, function_ref<bool(uint32_t)> SaysTeardown) {
  const Program &P = Cx.P;
  uint32_t Slot = Cx.slotOf(T);
  const Shape S(P, Site.Function);
  const FlowGraph &G = Cx.graph(Site.Function);
  auto Fills = [&](const Instr &I) {
    if (I.Opcode == Op::Store)
      return isPlaceOf(T, S.F.Places[I.P]) && I.A.Kind != Operand::Null;
    if (I.Opcode != Op::Call || I.Callee == None ||
        P.BodyOf[I.Callee] == None || SaysTeardown(P.BodyOf[I.Callee]))
      return false;
    return Slot != None &&
           Cx.writes(P.BodyOf[I.Callee], Slot, /*Direct=*/false) &&
           any_of(I.Args, [&](const Operand &O) {
             return paramOf(S.F, S.value(O)) == Param;
           });
  };
  // Backward from the call.
  BitVector Seen(S.F.Blocks.size());
  SmallVector<uint32_t, 8> Todo;
  auto Walk = [&](uint32_t B, size_t Until) {
    for (size_t N = 0; N < Until; ++N)
      if (Fills(S.F.Blocks[B].Instrs[N]))
        return true;
    for (uint32_t Pred : G.Preds[B])
      if (!G.isBackEdge(Pred, B) && !Seen[Pred]) {
        Seen.set(Pred);
        Todo.push_back(Pred);
      }
    return false;
  };
  if (Walk(Site.Block, Site.Instr))
    return true;
  while (!Todo.empty()) {
    uint32_t B = Todo.pop_back_val();
    if (Walk(B, S.F.Blocks[B].Instrs.size()))
      return true;
  }
  return false;
}

} // namespace

/// Whether some caller of \p Fn calls it in a loop, or is called so itself;
/// callers of \p Top are not asked.
bool Judge::isCalledInLoop(uint32_t Fn, uint32_t Top, unsigned Depth) const {
  constexpr unsigned Deepest = 4;
  return any_of(P.SitesOf[Fn], [&](const CallSite &Site) {
    const FlowGraph &G = C.engine().context().graph(Site.Function);
    C.engine().noteLook(Site.Function);
    if (G.Position[Site.Block] != None && G.LoopDepth[Site.Block])
      return true;
    return Depth < Deepest && Fn != Top && Site.Function != Top &&
           isCalledInLoop(Site.Function, Top, Depth + 1);
  });
}

/// Whether \p Fn ends what its parameter \p Param points to, by a free or by a
/// callee that is there to end things.
bool Judge::endsParam(uint32_t Fn, uint32_t Param, uint32_t But) const {
  const Shape S(P, Fn);
  std::string Self = "L" + std::to_string(Param);
  for (const Block &B : S.F.Blocks)
    for (const Instr &I : B.Instrs) {
      if ((I.Opcode == Op::Free || I.Opcode == Op::Release) &&
          S.value(I.A) == Self)
        return true;
      if (I.Opcode != Op::Call || I.Callee == None)
        continue;
      uint32_t Body = P.BodyOf[I.Callee];
      if (Body == But ||
          !any_of(I.Args, [&](const Operand &O) { return S.value(O) == Self; }))
        continue;
      StringRef Name = P.str(P.Callees[I.Callee].Name);
      if (Body == None ? Name.contains("free") : saysTeardown(Body))
        return true;
    }
  return false;
}

/// Whether some function that is not there to end the object calls \p Fn with a
/// part of what it was given, and leaves that to its caller: an initialisation
/// that failed half-way.
bool Judge::leftByCaller(uint32_t Fn, unsigned Depth) const {
  if (Depth > 3)
    return false;
  return any_of(P.SitesOf[Fn], [&](const CallSite &Site) {
    uint32_t Caller = Site.Function;
    if (Caller == Fn || P.CalledElsewhere[Caller])
      return false;
    C.engine().noteLook(Caller);
    const Shape S(P, Caller);
    const Instr &I = S.F.Blocks[Site.Block].Instrs[Site.Instr];
    if (I.Callee == None || I.Args.empty())
      return false;
    uint32_t Param = paramOf(S.F, S.value(I.Args[0]));
    if (Param == None)
      return false;
    if (saysTeardown(Caller))
      return leftByCaller(Caller, Depth + 1);
    return !endsParam(Caller, Param, Fn) &&
           fillsBefore(C.engine().context(), Sub.T, Site, Param,
                       [&](uint32_t F) { return saysTeardown(F); });
  });
}

/// Whether some caller of \p Fn goes on with the object that it gave away:
/// reads or writes it, or hands it to a function that is not there to end it.
bool Judge::goesOn(uint32_t Fn) const {
  return any_of(P.SitesOf[Fn], [&](const CallSite &Site) {
    if (P.CalledElsewhere[Site.Function] || saysTeardown(Site.Function))
      return false;
    C.engine().noteLook(Site.Function);
    const Shape S(P, Site.Function);
    const FlowGraph &G = C.engine().context().graph(Site.Function);
    const Instr &Call = S.F.Blocks[Site.Block].Instrs[Site.Instr];
    if (Call.Callee == None || Call.Args.empty())
      return false;
    std::string Object = S.value(Call.Args[0]);
    if (Object.empty() || Object[0] != 'L')
      return false;
    auto Works = [&](const Instr &I) {
      for (uint32_t Pl : {I.P, I.P2})
        if (Pl != None && (I.Opcode == Op::Load || I.Opcode == Op::Store) &&
            S.F.Places[Pl].Base == Place::Deref &&
            S.value(S.F.Places[Pl].Ptr) == Object)
          return true;
      return I.Opcode == Op::Call && I.Callee != None &&
             P.BodyOf[I.Callee] != None && P.BodyOf[I.Callee] != Fn &&
             !saysTeardown(P.BodyOf[I.Callee]) &&
             any_of(I.Args,
                    [&](const Operand &O) { return S.value(O) == Object; });
    };
    auto Ends = [&](const Instr &I) {
      if (I.Opcode == Op::Free || I.Opcode == Op::Release)
        return S.value(I.A) == Object;
      if (I.Opcode != Op::Call || I.Callee == None)
        return false;
      uint32_t Body = P.BodyOf[I.Callee];
      return (Body == None ? P.str(P.Callees[I.Callee].Name).contains("free")
                           : saysTeardown(Body)) &&
             any_of(I.Args,
                    [&](const Operand &O) { return S.value(O) == Object; });
    };
    // Forward from the call, to the first look at the object on each way.
    BitVector Seen(S.F.Blocks.size());
    SmallVector<uint32_t, 8> Todo;
    auto Walk = [&](uint32_t B, size_t From) {
      for (size_t N = From; N < S.F.Blocks[B].Instrs.size(); ++N) {
        const Instr &I = S.F.Blocks[B].Instrs[N];
        if (Ends(I))
          return false;
        if (Works(I))
          return true;
      }
      for (uint32_t Su : G.Succs[B])
        if (!G.isBackEdge(B, Su) && !Seen[Su]) {
          Seen.set(Su);
          Todo.push_back(Su);
        }
      return false;
    };
    if (Walk(Site.Block, Site.Instr + 1))
      return true;
    while (!Todo.empty())
      if (Walk(Todo.pop_back_val(), 0))
        return true;
    return false;
  });
}

/// Whether the program has a handler of exceptions at all: where it has none,
/// an allocation that fails ends it.
bool Judge::isAnyCaught() const {
  return any_of(P.Functions, [](const Function &F) {
    return !F.System &&
           any_of(F.Blocks, [](const Block &B) { return B.Handler; });
  });
}

/// Why a dangling field that is not sure is not worth a look either, or null.
const char *Judge::notWorth(const AbstractState &A, const Transition &By,
                            bool Unsure, bool Manifest, const Meeting &Met,
                            bool Again, bool Beside) const {
  const Where &At = A.FreedAt;
  const Function &F = P.Functions[By.Fn];
  const Type &Target = P.Types[P.Types[Sub.T.Type].Elem];
  if (!Manifest)
    return "no caller that is seen lets the object live";
  if (By.LookedUp && !Beside)
    return "the object was found by a call or in a table, and may be the "
           "callee's to end";
  if (By.Partly)
    return "what frees it may as well have kept it";
  if (By.Fn == P.Main)
    return "the program ends where main frees it";
  if (C.freesTabled(By.Fn))
    return "such objects go by way of a table";
  if (!ownsFree(By, At))
    return "whose business the field is then is open";
  const bool OfCalls =
      Sub.T.Global != None && P.Globals[Sub.T.Global].FunctionStatic;
  if (Met.Who.empty() && !Again && !Beside && (!By.GlobalObject || OfCalls))
    return "nobody is seen to meet the value";
  if (Unsure && !Met.Frees && !Again && !Beside &&
      (!By.GlobalObject || Met.Who.empty()))
    return "who calls it may not let it come to that";
  if (isBackPointer() && !(freedAsRead(At) && freesItself(P, At)))
    return "whoever frees the target mostly frees its holder";
  if (!is_contained(C.entries(), By.Fn) && !Beside && !clearsElsewhere(At))
    return "how it is called is not known";
  if (Unsure && !By.Keeps)
    return "what was freed may be another value than the field's";
  if (Target.Kind == TypeKind::Void && Sub.T.Record != None) {
    if (!By.Keeps && !isFreedByName())
      return "somebody's data, which came and went on one path";
    if (isChained(P, Sub.T.Record))
      return "what the element of a list carries is somebody's";
  }
  if (tearsDown(By, At) && !Beside) {
    bool Says = false; // The object itself, that it is over.
    for (size_t G = 0; G < By.PostG.size(); ++G)
      Says |= By.PostG[G] && By.PostG[G]->isConst() && !C.guards()[G].Pointer &&
              !C.guards()[G].SizeLike;
    if (Says)
      return "the object is marked as ended on the same path";
    // A function of another purpose that had to give up half-way?
    // Then it tells its caller so.
    bool GaveUp = At.Fn != By.Fn && !saysTeardown(By.Fn) && !Unsure &&
                  P.Types[F.ReturnType].Kind != TypeKind::Void;
    bool Clears = !By.Keeps || clearsElsewhere(At);
    // What nobody here calls is for clients, who may go on.
    const facts::Callee &Ce = P.Callees[P.Functions[By.Fn].Callee];
    if (P.SitesOf[By.Fn].empty() && !Ce.AddressTaken && !Ce.VirtualMethod &&
        !By.GlobalObject && !Unsure)
      return nullptr;
    if (!(GaveUp && (Clears || By.Active)) && !leftByCaller(At.Fn, 0))
      return "nobody is seen to go on with an object that was ended so";
    return nullptr;
  }
  return nullptr;
}

/// Why a stale field that is not sure is not worth a look either, or null.
const char *Judge::notWorthKept(uint32_t SI, const std::vector<bool> &Keep,
                                bool Contrast, bool Clears, bool Closed,
                                bool Mode) const {
  const AbstractState &A = C.states()[SI];
  const Type &Target = P.Types[P.Types[Sub.T.Type].Elem];
  const bool OfCalls =
      Sub.T.Global != None && P.Globals[Sub.T.Global].FunctionStatic;
  bool Own = false, Counts = false, Ends = false, Quits = false;
  for (size_t G = 0; G < A.G.size(); ++G) {
    if (!Keep[G])
      continue;
    const Guard &Gu = C.guards()[G];
    const Tracked &T = C.engine().focus().Items[Gu.Item];
    Own |= T.Global != None && P.Globals[T.Global].FunctionStatic;
    Counts |=
        A.G[G].isConst() && A.G[G].contains(0) && (Gu.Bound || countsItems(G));
    if (!A.G[G].isConst() || Gu.Pointer || Gu.Mask)
      continue;
    const std::string Value = valueName(G, A.G[G].Lo);
    for (const std::string &Word : wordsOf(Value))
      Ends |= StringSwitch<bool>(Word)
                  .Cases("err", "error", "errored", "fail", "failed", true)
                  .Cases("failure", "abort", "aborted", "dead", "died", true)
                  .Cases("close", "closed", "quit", "dying", "gone", true)
                  .Cases("terminated", "destroyed", "shutdown", true)
                  .Default(false);
    Quits |= T.Global != None && !A.G[G].contains(0);
  }
  if (atEnd(A, Keep)) {
    if (Quits)
      return "the program ends then";
    if (!Contrast)
      return "nothing but the object's end follows the end of the input";
    if (Target.Kind == TypeKind::Void)
      return "somebody's data, which goes when the object goes";
  }
  if (Ends && !Clears)
    return "the phase is one of failure, or the end of the object";
  if (Counts && !inArray())
    return "its phase is told by a count: it may be an empty buffer";
  if (OfCalls && !Own)
    return "its phase is another's, who may be in it for a while only";
  if (Closed && Mode)
    return "a mode that nothing but the object's end follows";
  if (Closed && !Clears && !revives(SI))
    return "its phase never returns: it goes with the object";
  return nullptr;
}

} // namespace retsan::solve
