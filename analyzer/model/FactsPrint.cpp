//===- FactsPrint.cpp - a readable listing of facts -----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For tests and for people. Records and globals first, then one instruction a
// line. A place is written `x.a[2].b` for a variable and `(r3).a` for what r3
// points to; `[]` is an element whose index is not constant.
//
//===----------------------------------------------------------------------===//

#include "analyzer/model/Facts.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace retsan::facts;

namespace {

const char *spell(BinOp B) {
  static const char *const Names[] = {"+", "-", "*", "/",  "%",
                                      "&", "|", "^", "<<", ">>"};
  return Names[static_cast<unsigned>(B)];
}

const char *spell(CmpOp C) {
  static const char *const Names[] = {"==", "!=", "<", "<=", ">", ">="};
  return Names[static_cast<unsigned>(C)];
}

const char *spell(OwnerKind O) {
  static const char *const Names[] = {"",          "unique",   "shared",
                                      "weak",      "function", "optional",
                                      "container", "values"};
  return Names[static_cast<unsigned>(O)];
}

class Printer {
public:
  Printer(const Unit &U, raw_ostream &OS) : U(U), OS(OS) {}

  void run() {
    OS << "unit " << U.MainFile << "\n";
    for (const std::string &D : U.Diagnostics)
      OS << "note " << D << "\n";
    for (StrId Name : U.LeftOut)
      OS << "left out " << str(Name) << "\n";
    for (const Record &R : U.Records)
      printRecord(R);
    for (const Global &G : U.Globals)
      printGlobal(G);
    for (const Naming &N : U.Namings)
      printNaming(N);
    for (const Function &F : U.Functions)
      printFunction(F);
  }

private:
  StringRef str(StrId S) { return U.str(S); }

  void printLoc(const SrcLoc &L) {
    if (L.Line == 0 || L.File == None)
      return;
    OS << " ; " << sys::path::filename(str(U.Files[L.File].Path)) << ":"
       << L.Line;
  }

  void printType(TypeId T) {
    const Type &Ty = U.Types[T];
    OS << str(Ty.Spelling);
    if (Ty.Owner != OwnerKind::None)
      OS << " <" << spell(Ty.Owner) << ">";
  }

  StringRef recordName(const Record &R) {
    return R.Name ? str(R.Name) : StringRef("(unnamed)");
  }

  void printContract(StrId LiveWhile, StrId Retained) {
    if (LiveWhile)
      OS << " live_while(" << str(LiveWhile) << ")";
    if (Retained)
      OS << " retained(" << str(Retained) << ")";
  }

  void printRecord(const Record &R) {
    OS << "\n" << (R.Union ? "union " : "record ") << recordName(R);
    if (R.Anonymous)
      OS << " anonymous";
    if (R.System)
      OS << " system";
    if (R.UserDtor)
      OS << " dtor";
    if (R.Polymorphic)
      OS << " polymorphic";
    if (R.Parent != None)
      OS << " in " << recordName(U.Records[R.Parent]);
    OS << " size " << R.SizeBytes;
    printLoc(R.Decl);
    OS << "\n  key " << str(R.Key) << "\n";
    for (auto [Index, F] : enumerate(R.Fields)) {
      OS << "  " << (Index < R.NumBases ? "base " : "field ") << str(F.Name)
         << ": ";
      printType(F.Type);
      OS << " @" << F.OffsetBits / 8;
      if (F.BitField)
        OS << " bits";
      if (F.Private)
        OS << " private";
      printContract(F.LiveWhile, F.Retained);
      OS << "\n";
    }
  }

  void printPath(const std::vector<PathElem> &Path) {
    for (const PathElem &E : Path) {
      if (E.Kind == PathElem::AnyIndex) {
        OS << "[";
        if (E.Reg != None)
          OS << "r" << E.Reg;
        OS << "]";
        continue;
      }
      if (E.Kind == PathElem::ConstIndex) {
        OS << "[" << E.Index << "]";
        continue;
      }
      const Record &R = U.Records[E.Record];
      if (E.Index < R.NumBases) {
        OS << ".<base ";
        printType(R.Fields[E.Index].Type);
        OS << ">";
      } else if (R.Fields[E.Index].Name) {
        OS << "." << str(R.Fields[E.Index].Name);
      } else {
        OS << ".<" << E.Index << ">";
      }
    }
  }

  void printGlobal(const Global &G) {
    OS << "\nglobal " << str(G.Name) << ": ";
    printType(G.Type);
    if (G.Link == Linkage::Internal)
      OS << " internal";
    if (G.FunctionStatic)
      OS << " static";
    if (!G.Defined)
      OS << " extern";
    if (G.Const)
      OS << " const";
    if (G.ThreadLocal)
      OS << " thread_local";
    if (G.DynamicInit)
      OS << " dynamic";
    printContract(G.LiveWhile, G.Retained);
    printLoc(G.Decl);
    OS << "\n  usr " << str(G.Usr) << "\n";
    for (const GlobalInit &I : G.Inits) {
      OS << "  init ";
      printPath(I.Path);
      OS << " = ";
      printOperand(I.Value);
      OS << "\n";
    }
  }

  void printNaming(const Naming &N) {
    OS << "\nvalues of ";
    if (N.Record == None)
      OS << "@" << str(U.Globals[N.Index].Name);
    else
      OS << recordName(U.Records[N.Record]) << "."
         << str(U.Records[N.Record].Fields[N.Index].Name);
    OS << ":";
    if (N.Enum != None)
      for (const NamedValue &V : U.Enums[N.Enum].Values)
        OS << " " << V.Value << " " << str(V.Name);
    for (const NamedValue &V : N.Names)
      OS << " " << V.Value << " " << str(V.Name);
    OS << "\n";
  }

  void printOperand(const Operand &O) {
    switch (O.Kind) {
    case Operand::Nothing:
      OS << "nothing";
      break;
    case Operand::Int:
      OS << O.Value;
      break;
    case Operand::Null:
      OS << "null";
      break;
    case Operand::Reg:
      OS << "r" << O.Value;
      break;
    case Operand::Func:
      OS << "&" << str(U.Callees[O.Value].Name);
      break;
    case Operand::Str:
      OS << "str";
      break;
    case Operand::Opaque:
      OS << "opaque";
      break;
    }
  }

  void printPlace(const Function &F, uint32_t Index) {
    const Place &P = F.Places[Index];
    switch (P.Base) {
    case Place::Local:
      if (F.Locals[P.BaseIndex].Name)
        OS << str(F.Locals[P.BaseIndex].Name);
      else
        OS << "tmp" << P.BaseIndex;
      break;
    case Place::Global:
      OS << "@" << str(U.Globals[P.BaseIndex].Name);
      break;
    case Place::Deref:
      OS << "(";
      printOperand(P.Ptr);
      OS << ")";
      break;
    }
    printPath(P.Path);
  }

  void printArgs(const std::vector<Operand> &Args) {
    ListSeparator Sep;
    OS << "(";
    for (const Operand &A : Args) {
      OS << Sep;
      printOperand(A);
    }
    OS << ")";
  }

  void printInstr(const Function &F, const Instr &I) {
    OS << "    ";
    if (I.Dst != None)
      OS << "r" << I.Dst << " = ";
    switch (I.Opcode) {
    case Op::Load:
      OS << (I.CopiesOwner ? "load.copy " : "load ");
      printPlace(F, I.P);
      break;
    case Op::Store:
      OS << (I.Init ? "init " : "store ");
      printPlace(F, I.P);
      OS << ", ";
      printOperand(I.A);
      break;
    case Op::Addr:
      OS << "addr ";
      printPlace(F, I.P);
      break;
    case Op::Move:
      printOperand(I.A);
      break;
    case Op::Bin:
      printBinary(I, spell(I.Bop));
      break;
    case Op::Cmp:
      printBinary(I, spell(I.Cop));
      break;
    case Op::Not:
      OS << "not ";
      printOperand(I.A);
      break;
    case Op::Call:
      OS << (I.Virtual ? "call.virtual " : "call ");
      if (I.Destroys)
        OS << "destroy ";
      if (I.Callee != None)
        OS << str(U.Callees[I.Callee].Name);
      else
        printOperand(I.A);
      printArgs(I.Args);
      break;
    case Op::New:
      OS << (I.Zeroed ? "new.zeroed " : "new ");
      printType(I.Type);
      break;
    case Op::Free:
      OS << "free ";
      printOperand(I.A);
      break;
    case Op::Release:
      OS << "release ";
      printOperand(I.A);
      break;
    case Op::Use:
      OS << "use ";
      printOperand(I.A);
      break;
    case Op::CopyRec:
      OS << (I.Init ? "copy.init " : "copy ");
      printPlace(F, I.P);
      OS << ", ";
      printPlace(F, I.P2);
      break;
    case Op::Zero:
      OS << (I.Init ? "zero.init " : "zero ");
      printPlace(F, I.P);
      break;
    case Op::Havoc:
      OS << (I.Init ? "havoc.init " : "havoc ");
      printPlace(F, I.P);
      break;
    case Op::Invalidate:
      OS << (I.Maybe ? "invalidate.maybe " : "invalidate ");
      printOperand(I.A);
      break;
    case Op::EndLocal:
      OS << "end " << str(F.Locals[I.Local].Name);
      break;
    }
    printLoc(I.Loc);
    OS << "\n";
  }

  void printBinary(const Instr &I, const char *Spelling) {
    printOperand(I.A);
    OS << " " << Spelling << " ";
    printOperand(I.B);
  }

  void printTerminator(const Terminator &T) {
    static const char *const Names[] = {
        "goto", "branch", "switch", "return", "throw", "unreachable", "any"};
    OS << "    " << Names[T.Kind];
    if (T.Cond.Kind != Operand::Nothing) {
      OS << " ";
      printOperand(T.Cond);
    }
    for (const SwitchCase &C : T.Cases) {
      OS << " [" << C.Lo;
      if (C.Hi != C.Lo)
        OS << ".." << C.Hi;
      OS << ": b" << C.Succ << "]";
    }
    for (uint32_t S : T.Succs)
      OS << " b" << S;
    printLoc(T.Loc);
    OS << "\n";
  }

  void printFunction(const Function &F) {
    const Callee &C = U.Callees[F.Callee];
    OS << "\nfunction " << str(C.Name) << "(";
    ListSeparator Sep;
    for (uint32_t I = 0; I < F.NumParams; ++I) {
      OS << Sep << str(F.Locals[I].Name) << ": ";
      printType(F.Locals[I].Type);
    }
    OS << ") -> ";
    printType(F.ReturnType);
    const std::pair<bool, const char *> Flags[] = {
        {C.Link == Linkage::Internal, "internal"},
        {F.Ctor, "ctor"},
        {F.Dtor, "dtor"},
        {F.Lambda, "lambda"},
        {F.Implicit, "implicit"},
        {F.Private, "private"},
        {C.VirtualMethod, "virtual"},
        {C.AddressTaken, "address_taken"},
        {F.TemplateInstance, "instance"},
        {F.InHeader, "header"},
        {F.Coroutine, "coroutine"},
        {F.HasSetjmp, "setjmp"}};
    for (auto [Set, Name] : Flags)
      if (Set)
        OS << " " << Name;
    if (F.ReleasesField)
      OS << " releases(" << str(F.ReleasesField) << ")";
    printLoc(F.Loc);
    OS << "\n  usr " << str(C.Usr) << "\n";
    for (uint32_t I = F.NumParams; I < F.Locals.size(); ++I) {
      OS << "  local ";
      if (F.Locals[I].Name)
        OS << str(F.Locals[I].Name);
      else
        OS << "tmp" << I;
      OS << ": ";
      printType(F.Locals[I].Type);
      OS << "\n";
    }
    for (auto [Index, B] : enumerate(F.Blocks)) {
      OS << "  b" << Index << ":" << (B.Handler ? " handler" : "") << "\n";
      for (const Instr &I : B.Instrs)
        printInstr(F, I);
      printTerminator(B.Term);
    }
  }

  const Unit &U;
  raw_ostream &OS;
};

} // namespace

std::string retsan::facts::print(const Unit &U) {
  std::string S;
  raw_string_ostream OS(S);
  Printer(U, OS).run();
  return S;
}
