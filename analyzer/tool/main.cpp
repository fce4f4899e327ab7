//===- main.cpp - the retsan command --------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Finds the verb and hands over. What goes wrong before a verb runs is wrong
// use.
//
//===----------------------------------------------------------------------===//

#include "analyzer/tool/Verb.h"

#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <vector>

using namespace llvm;
using namespace retsan::tool;

namespace {

struct Verb {
  StringRef Name;
  int (*Main)(Arguments);
  StringRef Summary;
};

constexpr Verb Verbs[] = {
    {"scan", scanMain, "find fields that outlive their meaning in C and C++"},
    {"run", runMain, "run an instrumented program and join what it recorded"},
    {"report", reportMain, "print findings, with profiles if there are any"},
    {"explain", explainMain, "the long story of one finding"},
    {"diff", diffMain, "introduced, fixed and pre-existing findings"},
    {"merge", mergeMain, "sum the profiles of many runs"},
    {"extract", extractMain, "one source file to facts (for build systems)"},
    {"link", linkMain, "facts of many files to findings (for build systems)"},
};

} // namespace

static void printUsage(raw_ostream &OS) {
  OS << "Usage: retsan VERB [OPTIONS] ...\n\n"
        "Finds pointer fields that outlive their meaning in the source of a C "
        "or C++\nprogram, then proves or refutes each in the running "
        "program.\n\nVerbs:\n";
  for (const Verb &V : Verbs)
    OS << "  " << left_justify(V.Name, 9) << " " << V.Summary << "\n";
  OS << "\n`retsan VERB --help` tells all about a verb, `retsan help checks` "
        "lists the checks.\n`retsan-clang --retsan-help` is about building an "
        "instrumented program.\n\nExample:\n"
        "  retsan scan -p build -o findings.json\n"
        "  make CC='retsan-clang --retsan-suspects=findings.json'\n"
        "  retsan run --findings=findings.json -- ./program\n";
}

static void printChecks(raw_ostream &OS) {
#define RETSAN_CHECK(Id, Name, Summary)                                        \
  OS << left_justify(Name, 22) << " " << Summary << "\n";
#include "analyzer/model/Checks.def"
}

static const Verb *findVerb(StringRef Name) {
  for (const Verb &V : Verbs)
    if (V.Name == Name)
      return &V;
  return nullptr;
}

static int unknownVerb(StringRef Name) {
  std::string Message = ("unknown verb '" + Name + "'").str();
  for (const Verb &V : Verbs)
    if (V.Name.edit_distance(Name) <= 2)
      return failWith(Message + "; did you mean '" + V.Name + "'?");
  return failWith(Message + "; `retsan help` lists them");
}

static int help(Arguments Args) {
  if (Args.empty()) {
    printUsage(outs());
    return NothingFound;
  }
  if (Args[0] == "checks") {
    printChecks(outs());
    return NothingFound;
  }
  if (const Verb *V = findVerb(Args[0]))
    return V->Main({std::string("--help")});
  return unknownVerb(Args[0]);
}

int main(int Argc, char **Argv) {
  InitLLVM Init(Argc, Argv);
  install_fatal_error_handler(
      [](void *, const char *Reason, bool) {
        // The parser gave up on one unit; the others go on.
        if (CrashRecoveryContext *Unit = CrashRecoveryContext::GetCurrent())
          Unit->HandleExit(InternalFailure);
        errs() << "retsan: internal failure: " << Reason << "\n";
        _Exit(InternalFailure);
      },
      nullptr);

  std::vector<std::string> Args(Argv + 1, Argv + Argc);
  if (Args.empty()) {
    printUsage(errs());
    return BadInput;
  }
  StringRef First = Args[0];
  if (First == "--version" || First == "-version") {
    outs() << toolVersion() << " (LLVM " << LLVM_VERSION_STRING << ")\n";
    return NothingFound;
  }
  Arguments Rest = ArrayRef(Args).drop_front();
  if (First == "help" || First == "--help" || First == "-h")
    return help(Rest);
  const Verb *V = findVerb(First);
  int Status = V ? V->Main(Rest) : unknownVerb(First);
  // Past LLVM's own shutdown: where a parse crashed and was given up, objects
  // of its stack are still registered there.
  outs().flush();
  errs().flush();
  if (!outs().has_error())
    _Exit(Status);
  return Status;
}
