//===- EngineCheck.cpp - a check is a question to the engine --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/tidy/EngineCheck.h"
#include "analyzer/tidy/Fixes.h"
#include "analyzer/tidy/Session.h"
#include "clang/ASTMatchers/ASTMatchers.h"
#include "clang/Lex/Preprocessor.h"

using namespace clang;
using namespace clang::ast_matchers;
using namespace llvm;

ArrayRef<std::pair<retsan::Confidence, StringRef>>
clang::tidy::OptionEnumMapping<retsan::Confidence>::getEnumMapping() {
  static constexpr std::pair<retsan::Confidence, StringRef> Levels[] = {
      {retsan::Confidence::High, "high"},
      {retsan::Confidence::Medium, "medium"},
      {retsan::Confidence::Low, "low"}};
  return Levels;
}

namespace retsan::tidy {

EngineCheck::EngineCheck(StringRef Name, clang::tidy::ClangTidyContext *Context)
    : ClangTidyCheck(Name, Context), Name(Name),
      Level(Options.getLocalOrGlobal("Level", Confidence::High)),
      Notes(flag("Notes")), Fixes(flag("FixIts")),
      Deallocators(Options.getLocalOrGlobal("Deallocators", "")),
      Inserter(Options.getLocalOrGlobal(
                   "IncludeStyle", clang::tidy::utils::IncludeSorter::IS_LLVM),
               /*SelfContainedDiags=*/false),
      Shared(Session::current()) {
  Shared->enable(Name);
  readDeallocators();
}

/// A boolean option that is true by default. OptionsView::get<bool> is mangled
/// differently by GCC and by Clang, and clang-tidy exports only the latter.
bool EngineCheck::flag(StringRef Option) {
  StringRef Value = Options.getLocalOrGlobal(Option, "true");
  if (Value != "true" && Value != "false")
    configurationDiag("invalid configuration value '%0' for option "
                      "'%1.%2'; expected a bool")
        << Value << Name << Option;
  return Value != "false";
}

/// "name" or "name:argument", joined by semicolons.
void EngineCheck::readDeallocators() {
  SmallVector<StringRef, 4> Parts;
  StringRef(Deallocators).split(Parts, ';', -1, /*KeepEmpty=*/false);
  for (StringRef Part : Parts) {
    auto [Function, Arg] = Part.trim().split(':');
    solve::Deallocator D{Function.trim().str(), 0};
    if (D.Name.empty() || (!Arg.empty() && Arg.trim().getAsInteger(10, D.Arg)))
      configurationDiag("invalid deallocator '%0' for option "
                        "'%1.Deallocators'; expected a function's name, or "
                        "NAME:ARGUMENT with arguments counted from 0")
          << Part << Name;
    else
      Shared->addDeallocator(std::move(D));
  }
}

void EngineCheck::storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  Options.store(Opts, "Level", Level);
  Options.store(Opts, "Notes", StringRef(Notes ? "true" : "false"));
  Options.store(Opts, "FixIts", StringRef(Fixes ? "true" : "false"));
  Options.store(Opts, "Deallocators", Deallocators);
  Options.store(Opts, "IncludeStyle", Inserter.getStyle());
}

void EngineCheck::registerPPCallbacks(const SourceManager &SM, Preprocessor *PP,
                                      Preprocessor *) {
  this->PP = PP;
  Inserter.registerPreprocessor(PP);
}

void EngineCheck::registerMatchers(MatchFinder *Finder) {
  Finder->addMatcher(translationUnitDecl(), this);
}

void EngineCheck::onStartOfTranslationUnit() { Shared->forget(); }

void EngineCheck::check(const MatchFinder::MatchResult &Result) {
  UnitResult &Unit = Shared->result(*Result.Context);
  for (const Finding &F : Unit.Findings)
    if (F.Check == Name && F.Level >= Level)
      report(F, Unit);
}

void EngineCheck::report(const Finding &F, UnitResult &Unit) {
  const ValueDecl *Subject = Unit.Index.whole(F.SubjectId);
  SourceLocation Loc = Unit.Index.place(Unit.absolute(F.File), F.Line, Subject);
  if (Loc.isInvalid())
    Loc = Subject->getLocation();
  bool Repaired = false;
  {
    DiagnosticBuilder Diag = diag(Loc, "%0%select{| (%2 confidence)}1");
    Diag << F.Message << (F.Level != Confidence::High) << toString(F.Level);
    if (Fixes) {
      bool HasNull = PP && PP->isMacroDefined("NULL");
      if (std::optional<Repair> R = findRepair(F, Subject, Unit, HasNull)) {
        Repaired = true;
        // Two findings of one statement need one insertion.
        if (Unit.Repaired.insert(R->Key).second) {
          for (const FixItHint &Hint : R->Hints)
            Diag << Hint;
          if (!R->Header.empty())
            Diag << Inserter.createIncludeInsertion(R->File, R->Header);
        }
      }
    }
  }
  if (Notes)
    explain(F, Unit);
  if (Notes && !Repaired && !F.Fix.empty())
    diag(Loc, "fix: %0", DiagnosticIDs::Note) << F.Fix;
}

static std::string
stateText(const std::vector<std::pair<std::string, std::string>> &State) {
  std::string Text;
  for (const auto &[What, Is] : State)
    Text += (Text.empty() ? "" : ", ") + What + " = " + Is;
  return Text;
}

/// The witness, then why nobody will use the field from there.
void EngineCheck::explain(const Finding &F, UnitResult &Unit) {
  const ValueDecl *Subject = Unit.Index.whole(F.SubjectId);
  unsigned Number = 0;
  for (const WitnessStep &Step : F.Witness) {
    ++Number;
    SourceLocation Loc =
        Unit.Index.place(Unit.absolute(Step.File), Step.Line, Subject);
    if (Loc.isInvalid())
      continue;
    bool Last = Number == F.Witness.size();
    diag(Loc, "step %0: call of '%1'%select{|; %3}2%select{|; afterwards: %5}4",
         DiagnosticIDs::Note)
        << Number << Step.Call << !Step.Note.empty() << Step.Note
        << (Last && !F.State.empty()) << stateText(F.State);
  }
  if (!F.Why.empty())
    diag(Subject->getLocation(), "'%0' is declared here: %1",
         DiagnosticIDs::Note)
        << F.Subject << F.Why;
}

} // namespace retsan::tidy
