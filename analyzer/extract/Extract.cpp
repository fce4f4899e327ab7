//===- Extract.cpp - a translation unit to facts --------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Extract.h"
#include "analyzer/extract/Commands.h"
#include "analyzer/extract/LeftOut.h"
#include "analyzer/extract/Lower.h"
#include "clang/AST/ASTConsumer.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendAction.h"
#include "clang/Lex/Preprocessor.h"
#include "clang/Tooling/Tooling.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CrashRecoveryContext.h"

#include <csignal>
#include <mutex>
#include <set>

using namespace clang;
using namespace llvm;
using namespace retsan;
using namespace retsan::extract;

namespace {

/// Finds the functions with bodies in user code and lowers each once.
class UnitExtractor {
public:
  explicit UnitExtractor(ASTContext &Ctx) : B(Ctx) {}

  facts::Unit run() {
    visitContext(B.Ctx.getTranslationUnitDecl());
    addImplicitOperations();
    addTables(B);
    return std::move(B.U);
  }

private:
  void visitContext(const DeclContext *DC) {
    for (const Decl *D : DC->decls())
      visit(D);
  }

  void visit(const Decl *D) {
    if (D->isInvalidDecl() || B.isSystem(D->getLocation()))
      return;
    switch (D->getKind()) {
    case Decl::Namespace:
    case Decl::LinkageSpec:
    case Decl::Export:
      return visitContext(cast<DeclContext>(D));
    case Decl::FunctionTemplate:
      for (const FunctionDecl *Spec :
           cast<FunctionTemplateDecl>(D)->specializations())
        lowerFunction(Spec);
      return;
    case Decl::ClassTemplate:
      for (const auto *Spec : cast<ClassTemplateDecl>(D)->specializations())
        visitRecord(Spec);
      return;
    case Decl::Record:
    case Decl::CXXRecord:
    case Decl::ClassTemplateSpecialization:
      return visitRecord(cast<RecordDecl>(D));
    case Decl::Var:
      return visitGlobal(cast<VarDecl>(D));
    default:
      if (const auto *FD = dyn_cast<FunctionDecl>(D))
        lowerFunction(FD);
    }
  }

  void visitRecord(const RecordDecl *RD) {
    if (!RD->isThisDeclarationADefinition() || RD->isInvalidDecl() ||
        RD->isDependentType())
      return;
    B.completeRecord(RD);
    if (isa<CXXRecordDecl>(RD))
      visitContext(RD);
  }

  void visitGlobal(const VarDecl *VD) {
    if (VD->getType()->isDependentType() || VD->isImplicit() ||
        isa<VarTemplatePartialSpecializationDecl>(VD))
      return;
    if (VD->isThisDeclarationADefinition() != VarDecl::DeclarationOnly)
      B.global(VD);
  }

  void lowerFunction(const FunctionDecl *FD) {
    if (FD->doesThisDeclarationHaveABody() && !FD->isDependentContext() &&
        !FD->isInvalidDecl() && !FD->isDeleted())
      lowerWithLambdas(FD);
  }

  void lowerWithLambdas(const FunctionDecl *FD) {
    SmallVector<const FunctionDecl *, 4> Todo{FD};
    while (!Todo.empty()) {
      const FunctionDecl *Next = Todo.pop_back_val();
      // One instance stands for all of a template.
      if (!Done.insert(B.callee(Next)).second)
        continue;
      FunctionLowering L(B, Next);
      if (Next->hasBody())
        L.run();
      else
        L.runImplicit();
      for (const LambdaExpr *Lambda : L.lambdas())
        addLambda(Lambda, Todo);
    }
  }

  static void addLambda(const LambdaExpr *Lambda,
                        SmallVectorImpl<const FunctionDecl *> &Todo) {
    const CXXMethodDecl *Call = Lambda->getCallOperator();
    if (const FunctionTemplateDecl *Generic =
            Lambda->getLambdaClass()->getDependentLambdaCallOperator()) {
      for (const FunctionDecl *Spec : Generic->specializations())
        if (Spec->hasBody())
          Todo.push_back(Spec);
      return;
    }
    if (Call && Call->hasBody())
      Todo.push_back(Call);
  }

  /// Constructors, destructors and assignments that nobody wrote, of classes
  /// whose state the solver follows: it needs to know where objects start and
  /// end.
  void addImplicitOperations() {
    // Lowering may complete more classes; an index survives that.
    for (size_t I = 0; I < B.cxxRecords().size(); ++I) {
      const CXXRecordDecl *RD = B.cxxRecords()[I];
      if (RD->isLambda() || RD->isDependentType() || !holdsPointers(RD))
        continue;
      for (const CXXConstructorDecl *CD : RD->ctors())
        lowerImplicit(CD);
      for (const CXXMethodDecl *MD : RD->methods())
        if (MD->isCopyAssignmentOperator() || MD->isMoveAssignmentOperator() ||
            isa<CXXDestructorDecl>(MD))
          lowerImplicit(MD);
    }
  }

  static bool holdsPointers(const RecordDecl *RD) {
    for (const FieldDecl *FD : RD->fields()) {
      const clang::Type *T = FD->getType()->getBaseElementTypeUnsafe();
      if (T->isAnyPointerType() ||
          ownerKind(QualType(T, 0)) != facts::OwnerKind::None)
        return true;
      if (const RecordDecl *Inner = T->getAsRecordDecl())
        if (holdsPointers(Inner))
          return true;
    }
    if (const auto *CRD = dyn_cast<CXXRecordDecl>(RD);
        CRD && CRD->hasDefinition())
      for (const CXXBaseSpecifier &Base : CRD->bases())
        if (const CXXRecordDecl *BRD = Base.getType()->getAsCXXRecordDecl())
          if (holdsPointers(BRD))
            return true;
    return false;
  }

  void lowerImplicit(const CXXMethodDecl *MD) {
    if (!MD->isUserProvided() && !MD->isDeleted() && !MD->isInvalidDecl())
      lowerWithLambdas(MD);
  }

  UnitBuilder B;
  DenseSet<uint32_t> Done;
};

class FactsConsumer : public ASTConsumer {
public:
  FactsConsumer(std::shared_ptr<StringSet<>> LeftOut,
                std::function<void(facts::Unit)> Done)
      : LeftOut(std::move(LeftOut)), Done(std::move(Done)) {}

  void HandleTranslationUnit(ASTContext &Ctx) override {
    if (Ctx.getDiagnostics().hasUncompilableErrorOccurred())
      return;
    facts::Unit U = extractFromAST(Ctx);
    noteLeftOut(U);
    Done(std::move(U));
  }

  /// Bodies of system headers are never looked at; parsing is what costs.
  bool shouldSkipFunctionBody(Decl *D) override {
    const SourceManager &SM = D->getASTContext().getSourceManager();
    return SM.isInSystemHeader(SM.getExpansionLoc(D->getLocation()));
  }

private:
  /// Globals by their names; fields as `record.field`, if the unit's own code
  /// works on the record: the words that are left out have no types.
  void noteLeftOut(facts::Unit &U) const {
    std::vector<bool> Used(U.Records.size());
    for (const facts::Function &F : U.Functions)
      if (!F.System && !F.Implicit)
        for (const facts::Place &P : F.Places)
          for (const facts::PathElem &E : P.Path)
            if (E.Kind == facts::PathElem::Field)
              Used[E.Record] = true;
    std::set<std::string> Names;
    for (size_t I = 0; I < U.Records.size(); ++I)
      for (const facts::Field &F : U.Records[I].Fields)
        if (Used[I] && LeftOut->contains(("." + U.str(F.Name)).str()))
          Names.insert((U.str(U.Records[I].Name) + "." + U.str(F.Name)).str());
    for (const facts::Global &G : U.Globals)
      if (LeftOut->contains(U.str(G.Name)))
        Names.insert(U.str(G.Name).str());
    for (const std::string &Name : Names) {
      U.LeftOut.push_back(U.Strings.size());
      U.Strings.push_back(Name);
    }
  }

  std::shared_ptr<StringSet<>> LeftOut;
  std::function<void(facts::Unit)> Done;
};

class FactsAction : public ASTFrontendAction {
public:
  explicit FactsAction(std::optional<facts::Unit> &Out) : Out(Out) {}

  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &CI,
                                                 StringRef File) override {
    CI.getFrontendOpts().SkipFunctionBodies = true;
    return makeConsumer(CI, [this](facts::Unit U) { Out = std::move(U); });
  }

private:
  std::optional<facts::Unit> &Out;
};

/// Keeps the first error: the others mostly follow from it.
class FirstError : public DiagnosticConsumer {
public:
  ParseError Error;

  void HandleDiagnostic(DiagnosticsEngine::Level Level,
                        const Diagnostic &Info) override {
    DiagnosticConsumer::HandleDiagnostic(Level, Info);
    if (Level < DiagnosticsEngine::Error || !Error.Message.empty())
      return;
    SmallString<128> Text;
    Info.FormatDiagnostic(Text);
    if (Info.hasSourceManager() && Info.getLocation().isValid()) {
      Error.HasPlace = true;
      PresumedLoc Loc =
          Info.getSourceManager().getPresumedLoc(Info.getLocation());
      if (Loc.isValid())
        Error.Message =
            (Twine(Loc.getFilename()) + ":" + Twine(Loc.getLine()) + ": ")
                .str();
    }
    Error.Message += Text;
  }
};

/// Crashes end the parse, not the process. Where the stack overflowed the
/// handler needs another one: see AlternateStack.
void catchCrashes() {
  CrashRecoveryContext::Enable();
  for (int Signal : {SIGSEGV, SIGBUS}) {
    struct sigaction Action;
    if (sigaction(Signal, nullptr, &Action))
      continue;
    Action.sa_flags |= SA_ONSTACK;
    sigaction(Signal, &Action, nullptr);
  }
}

/// The stack on which signal handlers of this thread run.
class AlternateStack {
public:
  AlternateStack() : Memory(64 << 10) {
    stack_t New = {};
    New.ss_sp = Memory.data();
    New.ss_size = Memory.size();
    sigaltstack(&New, &Old);
  }
  ~AlternateStack() { sigaltstack(&Old, nullptr); }
  AlternateStack(const AlternateStack &) = delete;
  AlternateStack &operator=(const AlternateStack &) = delete;

private:
  std::vector<char> Memory;
  stack_t Old = {};
};

/// One run of the parser. False if it crashed.
bool parse(const std::vector<std::string> &Args,
           IntrusiveRefCntPtr<vfs::FileSystem> FS,
           const std::function<void()> &Begun, std::optional<facts::Unit> &Out,
           ParseError &Error) {
  FirstError Errors;
  bool Ok = false;
  CrashRecoveryContext Guard;
  // Template-heavy code and deep brackets recurse deeply.
  constexpr unsigned StackSize = 32u << 20;
  if (!Guard.RunSafelyOnThread(
          [&] {
            AlternateStack Guarded;
            if (Begun)
              Begun();
            IntrusiveRefCntPtr<FileManager> Files(
                new FileManager(FileSystemOptions(), FS));
            tooling::ToolInvocation Invocation(
                Args, std::make_unique<FactsAction>(Out), Files.get());
            Invocation.setDiagnosticConsumer(&Errors);
            Ok = Invocation.run();
          },
          StackSize))
    return false;
  if (!Ok || !Errors.Error.Message.empty())
    Out.reset();
  Error = std::move(Errors.Error);
  return true;
}

} // namespace

facts::Unit retsan::extract::extractFromAST(ASTContext &Ctx) {
  return UnitExtractor(Ctx).run();
}

std::unique_ptr<ASTConsumer>
retsan::extract::makeConsumer(CompilerInstance &CI,
                              std::function<void(facts::Unit)> Done) {
  auto LeftOut = std::make_shared<StringSet<>>();
  CI.getPreprocessor().addPPCallbacks(
      std::make_unique<LeftOutWords>(CI.getSourceManager(), LeftOut));
  return std::make_unique<FactsConsumer>(LeftOut, std::move(Done));
}

Expected<facts::Unit>
retsan::extract::extractUnit(const Command &C,
                             IntrusiveRefCntPtr<vfs::FileSystem> FS,
                             const std::function<void()> &Begun) {
  auto Bad = [&](const Twine &Why) {
    return createStringError(std::make_error_code(std::errc::invalid_argument),
                             C.File + ": " + Why);
  };
  if (!FS)
    FS = vfs::createPhysicalFileSystem();
  if (std::error_code EC = FS->setCurrentWorkingDirectory(C.Directory))
    return Bad("cannot enter its folder " + C.Directory + ": " + EC.message());
  if (!FS->exists(C.File))
    return Bad("no such file");

  static std::once_flag Once;
  std::call_once(Once, catchCrashes);

  std::vector<std::string> Args = parserArgs(C);
  std::optional<facts::Unit> Out;
  std::vector<std::string> Overcome;
  while (true) {
    ParseError E;
    if (!parse(Args, FS, Begun, Out, E))
      return Bad("the parser crashed on this file");
    if (Out)
      break;
    std::vector<std::string> Others = secondTry(Args, E);
    // Each flag is given up once, so this ends; the bound is for safety.
    if (Others.empty() || Overcome.size() == 8) {
      if (!Overcome.empty())
        E.Message = std::move(Overcome.front());
      return Bad("does not compile" +
                 (E.Message.empty() ? "" : ": " + E.Message));
    }
    Args = std::move(Others);
    Overcome.push_back(std::move(E.Message));
  }
  for (const std::string &Message : Overcome)
    Out->Diagnostics.push_back("parsed with other flags: " + Message);
  // Of preprocessed text the unit has the name of the source, see Origin.h.
  if (llvm::sys::path::filename(Out->MainFile) ==
      llvm::sys::path::filename(C.File))
    Out->MainFile = C.File;
  Out->Command = join(Args, " ");
  return std::move(*Out);
}
