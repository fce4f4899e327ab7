//===- Arguments.cpp - what a clang command line asks for -----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/StringSaver.h"

using namespace llvm;
using namespace retsan::driver;

/// Options whose value is the next argument, which is thus no input.
static bool takesValue(StringRef A) {
  return StringSwitch<bool>(A)
      .Cases("-o", "-I", "-D", "-U", "-L", "-l", "-x", "-B", "-F", true)
      .Cases("-include", "-imacros", "-include-pch", "-isystem", "-iquote",
             true)
      .Cases("-idirafter", "-isysroot", "-iprefix", "-iwithprefix", true)
      .Cases("-iwithprefixbefore", "-isystem-after", "-cxx-isystem", true)
      .Cases("-MF", "-MT", "-MQ", "-MJ", "-Xclang", "-Xlinker", true)
      .Cases("-Xassembler", "-Xpreprocessor", "-Xanalyzer", "-mllvm", true)
      .Cases("-T", "-u", "-z", "-e", "-h", "-A", "-G", "-target", "-arch", true)
      .Cases("-rpath", "-dumpdir", "-aux-info", "--param", "--sysroot", true)
      .Cases("--config", "-working-directory", "-dumpbase", "--output", true)
      .Default(false);
}

/// Options that ask a question and build nothing.
static bool asksOnly(StringRef A) {
  return A == "--version" || A == "--help" || A == "-help" ||
         A.starts_with("-print-") || A.starts_with("--print-") ||
         A == "-dumpversion" || A == "-dumpmachine" || A == "--autocomplete" ||
         A.starts_with("--autocomplete=");
}

/// -fsanitize=A,B or -fno-sanitize=A,B; later ones win.
static void readSanitizers(StringRef Names, bool On, Request &R) {
  SmallVector<StringRef> Parts;
  Names.split(Parts, ',');
  for (StringRef Part : Parts) {
    if (Part == "address" || Part == "leak" || (Part == "all" && !On))
      R.Sanitized = On;
    if (Part == "thread" || Part == "memory" || Part == "hwaddress" ||
        Part == "scudo" || (Part == "all" && !On))
      R.Forbidden = On ? Part.str() : "";
  }
}

static void readOne(StringRef A, Request &R) {
  StringRef Names = A;
  if (Names.consume_front("-fsanitize="))
    return readSanitizers(Names, true, R);
  if (Names.consume_front("-fno-sanitize="))
    return readSanitizers(Names, false, R);
  if (asksOnly(A))
    R.Compiles = R.Links = false;
  else if (A == "-E" || A == "-M" || A == "-MM" || A == "--analyze" ||
           A == "--preprocess" || A == "-fsyntax-only")
    R.Compiles = R.Links = false;
  else if (A == "-c" || A == "-S" || A == "--compile" || A == "--assemble" ||
           A == "--precompile" || A == "-emit-ast" || A == "-emit-pch")
    R.Links = false;
  else if (A == "-shared" || A == "--shared")
    R.Shared = true;
  else if (A == "-static" || A == "--static" || A == "-static-pie")
    R.Static = true;
  else if (A == "-r" || A == "--relocatable")
    R.Relocatable = true;
  else if (A == "-nostdlib" || A == "-nodefaultlibs" || A == "-nolibc")
    R.NoLibraries = true;
  else if (A == "-v")
    R.Verbose = true;
  else if (A.starts_with("-Wl,") &&
           (A.contains("no-undefined") || A.contains("-z,defs") ||
            A.contains("-zdefs")))
    R.ForbidsUndefined = true;
}

/// True if \p A is ours; what it says goes into \p R.
static bool readOurs(StringRef A, Request &R) {
  if (!A.starts_with("--retsan-"))
    return false;
  StringRef V = A;
  if (V.consume_front("--retsan-suspects=") && !V.empty())
    R.Suspects = V.str();
  else if (V.consume_front("--retsan-mode=") && !V.empty())
    R.Mode = V.str();
  else if (V.consume_front("--retsan-facts=") && !V.empty())
    R.Facts = V.str();
  else if (A == "--retsan-help")
    R.Help = true;
  else
    R.Error = ("unknown option or missing value '" + A +
               "'; --retsan-help lists the options")
                  .str();
  return true;
}

/// A header is compiled into a precompiled header, which is not linked.
static bool isHeader(StringRef File, StringRef Language) {
  if (!Language.empty() && Language != "none")
    return Language.ends_with("-header");
  return StringSwitch<bool>(sys::path::extension(File))
      .Cases(".h", ".hh", ".hpp", ".hxx", ".H", ".h++", ".hp", true)
      .Default(false);
}

Request retsan::driver::readArguments(const std::vector<std::string> &Args) {
  Request R;
  BumpPtrAllocator Alloc;
  StringSaver Saver(Alloc);
  SmallVector<const char *> Seen;
  for (const std::string &A : Args) {
    if (readOurs(A, R))
      continue;
    R.Rest.push_back(A);
    Seen.push_back(Saver.save(A).data());
  }
  if (!R.Rest.empty() && StringRef(R.Rest[0]).starts_with("-cc1"))
    R.Raw = true;
  // An unreadable response file stays as it is: clang says what is wrong.
  consumeError(cl::ExpansionContext(Alloc, cl::TokenizeGNUCommandLine)
                   .expandResponseFiles(Seen));
  StringRef Language;
  bool OnlyHeaders = true;
  for (size_t I = 0; I < Seen.size(); ++I) {
    StringRef A = Seen[I];
    if (A.starts_with("-x"))
      Language = A == "-x" ? StringRef(I + 1 < Seen.size() ? Seen[I + 1] : "")
                           : A.drop_front(2);
    if (I + 1 < Seen.size() && takesValue(A)) {
      if (A == "-z" && StringRef(Seen[I + 1]) == "defs")
        R.ForbidsUndefined = true;
      ++I;
      continue;
    }
    if (A == "-" || !A.starts_with("-")) {
      R.HasInput = true;
      OnlyHeaders &= isHeader(A, Language);
    } else {
      readOne(A, R);
    }
  }
  if (OnlyHeaders)
    R.Links = false;
  return R;
}
