//===- Plugin.cpp - the clang plugin --------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs inside a normal compile. Tags the declarations of subjects, so that the
// pass plugin sees each access in the IR, and hands the pass all else that it
// needs in the annotation of one internal variable, which the pass removes:
// nothing but the IR connects the two plugins. With facts=DIR the facts of the
// unit are written as a by-product of the build.
//
// Arguments (-fplugin-arg-retsan-NAME=VALUE): suspects=FILE, mode=MODE,
// facts=DIR, list.
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Extract.h"
#include "analyzer/plugin/Places.h"
#include "analyzer/plugin/Suspects.h"
#include "analyzer/plugin/Tagger.h"
#include "clang/AST/ASTConsumer.h"
#include "clang/AST/Attr.h"
#include "clang/AST/Mangle.h"
#include "clang/AST/RecordLayout.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Basic/Version.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendPluginRegistry.h"
#include "clang/Frontend/MultiplexConsumer.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace clang;
using namespace retsan;
using namespace retsan::plugin;

namespace {

/// Another major version of clang has another ABI, and loading this plugin
/// there ends in a crash or, worse, in silence. Runs before anything else is
/// touched.
struct VersionGuard {
  VersionGuard() {
    std::string Version = getClangFullVersion();
    std::string Want = "version " CLANG_VERSION_MAJOR_STRING ".";
    if (Version.find(Want) != std::string::npos)
      return;
    std::fprintf(stderr,
                 "retsan: this plugin is made for clang %s; it was loaded into "
                 "%s\n",
                 CLANG_VERSION_MAJOR_STRING, Version.c_str());
    std::_Exit(2);
  }
} Guard;

struct Options {
  std::string Suspects;
  std::string FactsDir;
  std::string Mode = "suspects";
  bool List = false;
};

uint16_t flagsOf(QualType T, bool BitField, ASTContext &Ctx) {
  uint16_t Flags = BitField ? RETSAN_FIELD_BITFIELD : 0;
  QualType Elem = T;
  if (Ctx.getAsArrayType(T))
    Flags |= RETSAN_FIELD_ARRAY;
  while (const ArrayType *A = Ctx.getAsArrayType(Elem))
    Elem = A->getElementType();
  if (const auto *At = Elem->getAs<AtomicType>())
    Elem = At->getValueType();
  if (Elem->isAnyPointerType() || Elem->isBlockPointerType())
    Flags |= RETSAN_FIELD_POINTER;
  else if (Elem->isRecordType())
    Flags |= RETSAN_FIELD_OWNER;
  else if (Elem->isSignedIntegerOrEnumerationType())
    Flags |= RETSAN_FIELD_SIGNED;
  return Flags;
}

std::string hex(uint64_t Id) {
  return llvm::utohexstr(Id, /*LowerCase=*/true, 16);
}

/// "table", or "func::table" of a function's static.
std::string variableName(const VarDecl *V) {
  if (const auto *F = dyn_cast<FunctionDecl>(V->getDeclContext()))
    return F->getQualifiedNameAsString() + "::" + V->getNameAsString();
  return V->getQualifiedNameAsString();
}

/// Everything that the pass and the runtime must know of this unit, as JSON.
class UnitInfo {
public:
  UnitInfo(ASTContext &Ctx, const Tagger &Tags, StringRef MainFile)
      : Ctx(Ctx), Tags(Tags), List(Tags.list()), MainFile(MainFile),
        Names(Ctx) {}

  /// Empty when nothing of this unit is instrumented.
  std::string build() {
    std::vector<TaggedField> Fields = Tags.fields();
    llvm::json::Array Out;
    for (const TaggedField &F : Fields)
      Out.push_back(field(F));
    for (const TaggedVar &V : Tags.vars())
      if (Seen.insert(V.Id).second)
        Out.push_back(var(V));
    if (Out.empty() && List.Mode == RETSAN_MODE_SUSPECTS)
      return "";
    llvm::json::Array Dealloc;
    for (const std::string &D : List.Deallocators)
      Dealloc.push_back(D);
    // Of a field that nobody suspects only the values are told.
    llvm::erase_if(Fields, [](const TaggedField &F) {
      return F.Role == RETSAN_ROLE_FIELD;
    });
    Places Found;
    if (!Fields.empty())
      Found = findPlaces(Ctx, Fields);
    llvm::json::Object Top{{"findings_id", List.FindingsId},
                           {"source", MainFile},
                           {"mode", int64_t(List.Mode)},
                           {"fields", std::move(Out)},
                           {"states", states()},
                           {"deallocators", std::move(Dealloc)},
                           {"places", std::move(Found.At)},
                           {"memberwise", std::move(Found.Memberwise)},
                           {"instances", std::move(Found.Instances)}};
    std::string Text(TagPrefix);
    Text += "unit:";
    llvm::raw_string_ostream OS(Text);
    OS << llvm::json::Value(std::move(Top));
    return Text;
  }

private:
  template <typename DeclT>
  llvm::json::Object subject(uint64_t Id, uint16_t Role, const DeclT *D,
                             QualType T, bool BitField) {
    auto It = List.Subjects.find(Id);
    return llvm::json::Object{
        {"id", hex(Id)},
        {"subject", It == List.Subjects.end() ? nameOf(D) : It->second.Name},
        {"role", int64_t(Role)},
        {"flags", int64_t(flagsOf(T, BitField, Ctx))},
        {"size", int64_t(Ctx.getTypeSizeInChars(T).getQuantity())}};
  }

  llvm::json::Object field(const TaggedField &F) {
    Seen.insert(F.Id);
    QualType T = F.Decl->getType();
    llvm::json::Object O;
    if (T->isIncompleteArrayType()) // A flexible array member has no size.
      O = subject(F.Id, F.Role, F.Decl, Ctx.getAsArrayType(T)->getElementType(),
                  false);
    else
      O = subject(F.Id, F.Role, F.Decl, T, F.Decl->isBitField());
    O["variant"] = int64_t(F.Variant);
    O["offset"] = int64_t(F.OffsetBits / 8);
    O["record_size"] =
        int64_t(Ctx.getASTRecordLayout(F.Top).getSize().getQuantity());
    if (F.Decl->isBitField()) {
      O["bit_offset"] = int64_t(F.OffsetBits % 8);
      O["bit_width"] = int64_t(F.Decl->getBitWidthValue(Ctx));
    }
    return O;
  }

  llvm::json::Object var(const TaggedVar &V) {
    QualType T = V.Decl->getType();
    if (const VarDecl *Def = V.Decl->getDefinition())
      T = Def->getType();
    if (T->isIncompleteType())
      T = Ctx.VoidPtrTy; // `extern T *table[];`: its elements are slots.
    llvm::json::Object O = subject(V.Id, V.Role, V.Decl, T, false);
    O["global"] = Names.getName(V.Decl);
    return O;
  }

  /// States of suspects that this unit knows; the phase variables in them are
  /// in the same record or are globals, which the unit that defines them
  /// registers.
  llvm::json::Array states() {
    llvm::json::Array Out;
    for (const State &S : List.States) {
      if (!Seen.contains(S.SubjectId))
        continue;
      llvm::json::Array Atoms;
      for (const StateAtom &A : S.Atoms)
        Atoms.push_back(llvm::json::Object{{"id", hex(A.SubjectId)},
                                           {"op", int64_t(A.Op)},
                                           {"value", A.Value}});
      Out.push_back(llvm::json::Object{{"id", hex(S.SubjectId)},
                                       {"fingerprint", S.Fingerprint},
                                       {"dangling", S.Dangling},
                                       {"atoms", std::move(Atoms)}});
    }
    return Out;
  }

  std::string nameOf(const FieldDecl *F) {
    return extract::subjectNameOf(F, Ctx);
  }
  static std::string nameOf(const VarDecl *V) { return variableName(V); }

  ASTContext &Ctx;
  const Tagger &Tags;
  const SuspectList &List;
  StringRef MainFile;
  ASTNameGenerator Names;
  llvm::DenseSet<uint64_t> Seen;
};

/// Prints the subject_id of each field and variable of the program: for people
/// who write a list of suspects by hand, and for tests.
class Lister : public RecursiveASTVisitor<Lister> {
public:
  explicit Lister(ASTContext &Ctx) : Ctx(Ctx) {}
  bool shouldVisitTemplateInstantiations() const { return true; }

  bool VisitFieldDecl(FieldDecl *F) {
    if (skip(F) || F->getParent()->isDependentContext() || !F->getDeclName())
      return true;
    print(extract::subjectIdOf(F, Ctx), extract::subjectNameOf(F, Ctx));
    return true;
  }
  bool VisitVarDecl(VarDecl *V) {
    if (skip(V) || !V->hasGlobalStorage() || V->getType()->isDependentType())
      return true;
    print(extract::subjectIdOf(V, Ctx), variableName(V));
    return true;
  }

private:
  bool skip(const Decl *D) const {
    return Ctx.getSourceManager().isInSystemHeader(D->getLocation());
  }
  void print(uint64_t Id, StringRef Name) {
    if (Id)
      llvm::outs() << hex(Id) << ' ' << Name << '\n';
  }
  ASTContext &Ctx;
};

class Consumer : public ASTConsumer {
public:
  Consumer(CompilerInstance &CI, SuspectList L, bool List, StringRef MainFile)
      : CI(CI), List(std::move(L)), PrintList(List), MainFile(MainFile) {}

  void Initialize(ASTContext &Ctx) override {
    Tags = std::make_unique<Tagger>(Ctx, List);
  }

  void HandleTagDeclDefinition(TagDecl *D) override {
    if (auto *R = dyn_cast<RecordDecl>(D))
      Tags->recordDone(R);
  }

  bool HandleTopLevelDecl(DeclGroupRef Group) override {
    // Declarations of a precompiled header are not announced.
    if (!SawPch && !CI.getPreprocessorOpts().ImplicitPCHInclude.empty()) {
      SawPch = true;
      Tags->topLevel(CI.getASTContext().getTranslationUnitDecl());
    }
    for (Decl *D : Group)
      Tags->topLevel(D);
    return true;
  }

  void HandleCXXStaticMemberVarInstantiation(VarDecl *VD) override {
    Tags->topLevel(VD);
  }

  void HandleTranslationUnit(ASTContext &Ctx) override {
    if (CI.getDiagnostics().hasErrorOccurred())
      return;
    if (PrintList)
      Lister(Ctx).TraverseDecl(Ctx.getTranslationUnitDecl());
    // A precompiled header keeps its tags; its user makes the unit's info.
    if (CI.getFrontendOpts().ProgramAction == frontend::GeneratePCH)
      return;
    std::string Text = UnitInfo(Ctx, *Tags, MainFile).build();
    if (!Text.empty())
      handToPass(Ctx, Text);
  }

private:
  /// Gives code generation `static int __retsan_unit __attribute__((used,
  /// annotate(Text))) = 0;`.
  void handToPass(ASTContext &Ctx, const std::string &Text) {
    auto *TU = Ctx.getTranslationUnitDecl();
    SourceLocation Loc = Ctx.getSourceManager().getLocForStartOfFile(
        Ctx.getSourceManager().getMainFileID());
    auto *VD = VarDecl::Create(
        Ctx, TU, Loc, Loc, &Ctx.Idents.get("__retsan_unit"), Ctx.IntTy,
        Ctx.getTrivialTypeSourceInfo(Ctx.IntTy, Loc), SC_Static);
    VD->setInit(IntegerLiteral::Create(
        Ctx, llvm::APInt(Ctx.getTypeSize(Ctx.IntTy), 0), Ctx.IntTy, Loc));
    VD->setImplicit();
    VD->addAttr(UsedAttr::CreateImplicit(Ctx));
    VD->addAttr(AnnotateAttr::CreateImplicit(Ctx, Text, nullptr, 0));
    TU->addDecl(VD);
    CI.getASTConsumer().HandleTopLevelDecl(DeclGroupRef(VD));
  }

  CompilerInstance &CI;
  SuspectList List;
  bool PrintList;
  bool SawPch = false;
  std::string MainFile;
  std::unique_ptr<Tagger> Tags;
};

/// Writes the facts of a unit into a folder, under a name made of the source's
/// and of the whole command, since one source may be compiled in several ways.
void writeFacts(CompilerInstance &CI, const std::string &Dir, facts::Unit U) {
  uint64_t H = llvm::xxh3_64bits(U.MainFile + '\0' + U.Command);
  SmallString<256> Path(Dir);
  llvm::sys::path::append(Path, llvm::sys::path::filename(U.MainFile) + "." +
                                    hex(H) + ".facts");
  std::string Text = facts::write(U);
  llvm::Error E = llvm::writeToOutput(Path, [&](llvm::raw_ostream &OS) {
    OS << Text;
    return llvm::Error::success();
  });
  if (!E)
    return;
  unsigned Id = CI.getDiagnostics().getCustomDiagID(
      DiagnosticsEngine::Error, "retsan: cannot write facts '%0': %1");
  CI.getDiagnostics().Report(Id) << Path << llvm::toString(std::move(E));
}

class Action : public PluginASTAction {
protected:
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &CI,
                                                 StringRef File) override {
    std::vector<std::unique_ptr<ASTConsumer>> All;
    if (!Opts.FactsDir.empty())
      All.push_back(
          extract::makeConsumer(CI, [&CI, Dir = Opts.FactsDir](facts::Unit U) {
            writeFacts(CI, Dir, std::move(U));
          }));
    All.push_back(
        std::make_unique<Consumer>(CI, std::move(List), Opts.List, File));
    if (All.size() == 1)
      return std::move(All.front());
    return std::make_unique<MultiplexConsumer>(std::move(All));
  }

  bool ParseArgs(const CompilerInstance &CI,
                 const std::vector<std::string> &Args) override {
    for (StringRef A : Args) {
      if (A.consume_front("suspects="))
        Opts.Suspects = A.str();
      else if (A.consume_front("facts="))
        Opts.FactsDir = A.str();
      else if (A.consume_front("mode="))
        Opts.Mode = A.str();
      else if (A == "list")
        Opts.List = true;
      else
        return fail(CI, ("unknown plugin argument '" + A + "'").str());
    }
    if (!Opts.FactsDir.empty()) {
      std::error_code EC = llvm::sys::fs::create_directories(Opts.FactsDir);
      if (!EC && !llvm::sys::fs::is_directory(Opts.FactsDir))
        EC = std::make_error_code(std::errc::not_a_directory);
      if (EC)
        return fail(CI, "cannot make folder '" + Opts.FactsDir +
                            "': " + EC.message());
    }
    std::optional<uint32_t> Mode = modeOf(Opts.Mode);
    if (!Mode)
      return fail(CI, "unknown mode '" + Opts.Mode + "'");
    if (!Opts.Suspects.empty()) {
      llvm::Expected<SuspectList> L = readSuspects(Opts.Suspects);
      if (!L)
        return fail(CI, llvm::toString(L.takeError()));
      List = std::move(*L);
    }
    List.Mode = *Mode;
    return true;
  }

  ActionType getActionType() override { return AddBeforeMainAction; }

private:
  bool fail(const CompilerInstance &CI, const std::string &Why) {
    DiagnosticsEngine &Diags = CI.getDiagnostics();
    Diags.Report(Diags.getCustomDiagID(DiagnosticsEngine::Error, "retsan: %0"))
        << Why;
    return false;
  }

  Options Opts;
  SuspectList List;
};

} // namespace

static FrontendPluginRegistry::Add<Action>
    X("retsan", "tags suspect fields for the retsan passes");
