//===- Commands.cpp - compile commands
//---------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which files a build compiles, and with which flags we parse them. Flags pass
// a list of what can change the meaning of a program; everything else
// (warnings, optimisation, dependency files, flags that only GCC has) is left
// out, so that a build made for another compiler still parses.
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Commands.h"
#include "clang/Tooling/JSONCompilationDatabase.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::extract;

static std::string absolute(StringRef Path, StringRef Dir) {
  SmallString<256> P(Path);
  if (!sys::path::is_absolute(P)) {
    P = Dir;
    sys::path::append(P, Path);
  }
  sys::fs::make_absolute(P);
  sys::path::remove_dots(P, /*remove_dot_dot=*/true);
  return std::string(P);
}

/// compile_commands.json in \p Dir or the nearest folder above; empty if none.
static std::string findDatabase(StringRef Dir) {
  SmallString<256> P(Dir);
  if (sys::fs::is_regular_file(P) && sys::path::extension(P) == ".json")
    return std::string(P);
  for (std::string D = absolute(Dir, ""); !D.empty();
       D = sys::path::parent_path(D).str()) {
    SmallString<256> File(D);
    sys::path::append(File, "compile_commands.json");
    if (sys::fs::exists(File))
      return std::string(File);
  }
  return std::string();
}

static bool isBelow(StringRef File, StringRef Path) {
  return File == Path || (File.starts_with(Path) &&
                          (Path.ends_with("/") ||
                           File.drop_front(Path.size()).starts_with("/")));
}

Expected<std::vector<Command>>
retsan::extract::loadCommands(StringRef BuildDir,
                              const std::vector<std::string> &Paths,
                              std::vector<std::string> &Errors) {
  auto Bad = [](const Twine &Why) {
    return createStringError(std::make_error_code(std::errc::invalid_argument),
                             Why);
  };
  std::string File = findDatabase(BuildDir);
  if (File.empty())
    return Bad(BuildDir + ": no compile_commands.json here or above");
  ErrorOr<std::unique_ptr<MemoryBuffer>> Buffer = MemoryBuffer::getFile(File);
  if (!Buffer)
    return Bad(File + ": " + Buffer.getError().message());
  // Clang's reader would print its complaint instead of returning it.
  Expected<json::Value> Json = json::parse((*Buffer)->getBuffer());
  if (!Json)
    return Bad(File +
               ": not a compilation database: " + toString(Json.takeError()));
  std::string Message;
  auto DB = clang::tooling::JSONCompilationDatabase::loadFromBuffer(
      (*Buffer)->getBuffer(), Message,
      clang::tooling::JSONCommandLineSyntax::AutoDetect);
  if (!DB)
    return Bad(File +
               ": not a compilation database: " + StringRef(Message).trim());
  auto Expanded = clang::tooling::expandResponseFiles(
      std::move(DB), vfs::createPhysicalFileSystem());

  std::vector<std::string> Wanted;
  for (const std::string &P : Paths)
    Wanted.push_back(absolute(P, ""));
  std::vector<bool> Matched(Wanted.size());
  std::vector<Command> Out;
  StringSet<> Seen;
  for (clang::tooling::CompileCommand &CC : Expanded->getAllCompileCommands()) {
    Command C;
    C.Directory = absolute(CC.Directory, sys::path::parent_path(File));
    C.File = absolute(CC.Filename, C.Directory);
    C.Args = std::move(CC.CommandLine);
    bool Take = Wanted.empty();
    for (size_t I = 0; I < Wanted.size(); ++I)
      if (isBelow(C.File, Wanted[I]))
        Take = Matched[I] = true;
    if (!Take)
      continue;
    std::string Identity =
        C.Directory + '\0' + C.File + '\0' + join(parserArgs(C), " ");
    if (Seen.insert(Identity).second)
      Out.push_back(std::move(C));
  }
  for (size_t I = 0; I < Wanted.size(); ++I)
    if (!Matched[I])
      Errors.push_back(Paths[I] + ": no entry of " + File +
                       " is this or below it");
  return Out;
}

Command retsan::extract::makeCommand(StringRef File,
                                     const std::vector<std::string> &Flags) {
  Command C;
  SmallString<256> Dir;
  sys::fs::current_path(Dir);
  C.Directory = std::string(Dir);
  C.File = absolute(File, Dir);
  C.Args.push_back(sys::path::extension(File) == ".c" ? "clang" : "clang++");
  C.Args.insert(C.Args.end(), Flags.begin(), Flags.end());
  C.Args.push_back(C.File);
  return C;
}

namespace {

/// How a flag is treated. First match wins.
struct Rule {
  StringLiteral Prefix;
  enum { Keep, KeepWithArg, DropWithArg } Action;
  bool Whole = false; ///< The flag is exactly the prefix.
};

/// Flags with an argument, and the families that matter to the parser.
constexpr Rule Rules[] = {
    // Separate or joined argument: -I dir, -Idir.
    {"-D", Rule::KeepWithArg},
    {"-U", Rule::KeepWithArg},
    {"-idirafter", Rule::KeepWithArg},
    {"-imacros", Rule::KeepWithArg},
    {"-include-pch", Rule::DropWithArg, true},
    {"-include", Rule::KeepWithArg},
    {"-iquote", Rule::KeepWithArg},
    {"-isysroot", Rule::KeepWithArg},
    {"-isystem", Rule::KeepWithArg},
    {"-iprefix", Rule::KeepWithArg},
    {"-iwithprefixbefore", Rule::KeepWithArg},
    {"-iwithprefix", Rule::KeepWithArg},
    {"-I", Rule::KeepWithArg},
    {"-x", Rule::KeepWithArg},
    {"-target", Rule::KeepWithArg, true},
    {"--sysroot", Rule::KeepWithArg},
    {"--target=", Rule::Keep},
    {"--std=", Rule::Keep},
    {"-std=", Rule::Keep},
    {"-stdlib=", Rule::Keep},
    {"-ansi", Rule::Keep, true},
    {"-pthread", Rule::Keep, true},
    {"-nostdinc", Rule::Keep},
    {"-undef", Rule::Keep, true},
    {"-trigraphs", Rule::Keep, true},
    {"-fsigned-char", Rule::Keep, true},
    {"-funsigned-char", Rule::Keep, true},
    {"-fshort-enums", Rule::Keep, true},
    {"-fshort-wchar", Rule::Keep, true},
    {"-fpack-struct", Rule::Keep},
    {"-fms-extensions", Rule::Keep, true},
    {"-fexceptions", Rule::Keep, true},
    {"-fno-exceptions", Rule::Keep, true},
    {"-frtti", Rule::Keep, true},
    {"-fno-rtti", Rule::Keep, true},
    {"-fchar8_t", Rule::Keep, true},
    {"-fno-char8_t", Rule::Keep, true},
    {"-fpermissive", Rule::Keep, true},
    {"-ffreestanding", Rule::Keep, true},
    {"-fblocks", Rule::Keep, true},
    {"-fopenmp", Rule::Keep, true},
    {"-fcoroutines", Rule::Keep, true},
    {"-fsized-deallocation", Rule::Keep, true},
    {"-faligned-new", Rule::Keep, true},
    {"-march=", Rule::Keep},
    {"-m32", Rule::Keep, true},
    {"-m64", Rule::Keep, true},
    {"-msse", Rule::Keep},
    {"-mavx", Rule::Keep},
    {"-mfma", Rule::Keep},
    {"-mbmi", Rule::Keep},
    {"-mpopcnt", Rule::Keep},
    {"-maes", Rule::Keep},
    {"-mpclmul", Rule::Keep},
    {"-mlzcnt", Rule::Keep},
    {"-mf16c", Rule::Keep},
    {"-mcx16", Rule::Keep},
    {"-msha", Rule::Keep},
    {"-mcrc32", Rule::Keep},
    // Take an argument that must not be mistaken for a file.
    {"-o", Rule::DropWithArg, true},
    {"-MF", Rule::DropWithArg, true},
    {"-MT", Rule::DropWithArg, true},
    {"-MQ", Rule::DropWithArg, true},
    {"-MJ", Rule::DropWithArg, true},
    {"-L", Rule::DropWithArg, true},
    {"-l", Rule::DropWithArg, true},
    {"-Xclang", Rule::DropWithArg, true},
    {"-Xlinker", Rule::DropWithArg, true},
    {"-Xassembler", Rule::DropWithArg, true},
    {"-Xpreprocessor", Rule::DropWithArg, true},
    {"-arch", Rule::DropWithArg, true},
    {"-T", Rule::DropWithArg, true},
    {"-u", Rule::DropWithArg, true},
    {"-z", Rule::DropWithArg, true},
    {"-aux-info", Rule::DropWithArg, true},
    {"--param", Rule::DropWithArg, true},
    {"-dumpbase", Rule::DropWithArg, true},
    {"-wrapper", Rule::DropWithArg, true},
};

const Rule *ruleFor(StringRef Arg) {
  for (const Rule &R : Rules)
    if (R.Whole ? Arg == R.Prefix : Arg.starts_with(R.Prefix))
      return &R;
  return nullptr;
}

} // namespace

/// "ccache g++ ..." is g++; the compiler's name says which language it assumes.
static bool isCxxCompiler(StringRef Arg0) {
  StringRef Name = sys::path::filename(Arg0);
  return Name.contains("++");
}

static bool isLauncher(StringRef Arg) {
  StringRef Name = sys::path::stem(sys::path::filename(Arg));
  return Name == "ccache" || Name == "sccache" || Name == "distcc" ||
         Name == "icecc" || Name == "env";
}

static std::string resourceDir() {
  if (std::optional<std::string> Dir =
          sys::Process::GetEnv("RETSAN_RESOURCE_DIR"))
    return *Dir;
  if (sys::fs::is_directory(RETSAN_RESOURCE_DIR))
    return RETSAN_RESOURCE_DIR;
  // Installed elsewhere than built: where a clang of this version says it is.
  if (ErrorOr<std::string> Clang = sys::findProgramByName("clang-19")) {
    SmallString<256> Real;
    if (!sys::fs::real_path(*Clang, Real)) {
      StringRef Prefix = sys::path::parent_path(sys::path::parent_path(Real));
      SmallString<256> Dir(Prefix);
      sys::path::append(Dir, "lib", "clang", "19");
      if (sys::fs::is_directory(Dir))
        return std::string(Dir);
    }
  }
  return RETSAN_RESOURCE_DIR;
}

std::vector<std::string> retsan::extract::parserArgs(const Command &C) {
  size_t First = 0;
  while (First + 1 < C.Args.size() && isLauncher(C.Args[First]))
    ++First;
  bool Cxx = First < C.Args.size() && isCxxCompiler(C.Args[First]);
  std::vector<std::string> Out{Cxx ? "clang++" : "clang",
                               Cxx ? "--driver-mode=g++" : "--driver-mode=gcc"};
  for (size_t I = First + 1; I < C.Args.size(); ++I) {
    StringRef Arg = C.Args[I];
    // -Wp,-D_FORTIFY_SOURCE=2 and the like: macros passed the long way round.
    if (Arg.consume_front("-Wp,")) {
      SmallVector<StringRef, 4> Parts;
      Arg.split(Parts, ',');
      for (StringRef Part : Parts)
        if (Part.starts_with("-D") || Part.starts_with("-U"))
          Out.push_back(Part.str());
      continue;
    }
    const Rule *R = ruleFor(Arg);
    if (!R)
      continue;
    bool TakesNext =
        R->Action != Rule::Keep && Arg == R->Prefix && I + 1 < C.Args.size();
    if (R->Action != Rule::DropWithArg) {
      Out.push_back(Arg.str());
      if (TakesNext)
        Out.push_back(C.Args[I + 1]);
    }
    I += TakesNext;
  }
  // Fortified headers redirect memcpy and friends to inline functions.
  Out.insert(Out.end(),
             {"-U_FORTIFY_SOURCE", "-D__RETSAN__=1", "-w", "-Wno-everything",
              "-fno-caret-diagnostics", "-resource-dir", resourceDir(),
              "-fsyntax-only", C.File});
  return Out;
}
