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
// out, so that a build made for another compiler still parses. What of the rest
// our Clang turns out not to know (a newer processor, a newer standard, a
// header that comes with GCC) is worked around in a second try: see
// secondTry().
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Commands.h"
#include "clang/Driver/Types.h"
#include "clang/Tooling/JSONCompilationDatabase.h"
#include "clang/Tooling/Tooling.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/CommandLine.h"
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

/// Databases list what else a build compiles: assembly, Fortran, CUDA. These
/// are no input of ours, unless -x says that the file is C or C++ all the same.
static bool isOtherLanguage(const Command &C) {
  namespace types = clang::driver::types;
  types::ID Type = types::TY_INVALID;
  if (StringRef Ext = sys::path::extension(C.File); !Ext.empty())
    Type = types::lookupTypeForExtension(Ext.drop_front());
  for (size_t I = 0; I < C.Args.size(); ++I) {
    StringRef Arg = C.Args[I];
    if (!Arg.consume_front("-x"))
      continue;
    StringRef Name = !Arg.empty()            ? Arg
                     : I + 1 < C.Args.size() ? StringRef(C.Args[I + 1])
                                             : "";
    if (Name != "none")
      Type = types::lookupTypeForTypeSpecifier(Name.str().c_str());
  }
  // Of an unknown extension the compiler's name decides.
  if (Type == types::TY_INVALID || Type == types::TY_Object)
    return false;
  return !types::isDerivedFromC(Type) || types::isObjC(Type) ||
         types::isCuda(Type) || types::isHIP(Type) || types::isOpenCL(Type) ||
         Type == types::TY_Asm || Type == types::TY_PP_Asm;
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
  IntrusiveRefCntPtr<vfs::FileSystem> FS = vfs::createPhysicalFileSystem();

  std::vector<std::string> Wanted;
  for (const std::string &P : Paths)
    Wanted.push_back(absolute(P, ""));
  std::vector<bool> Matched(Wanted.size());
  std::vector<Command> Out;
  StringSet<> Seen;
  for (clang::tooling::CompileCommand &CC : DB->getAllCompileCommands()) {
    Command C;
    C.Directory = absolute(CC.Directory, sys::path::parent_path(File));
    C.File = absolute(CC.Filename, C.Directory);
    C.Args = std::move(CC.CommandLine);
    clang::tooling::addExpandedResponseFiles(C.Args, C.Directory,
                                             cl::TokenizeGNUCommandLine, *FS);
    bool Take = Wanted.empty();
    for (size_t I = 0; I < Wanted.size(); ++I)
      if (isBelow(C.File, Wanted[I]))
        Take = Matched[I] = true;
    if (!Take || isOtherLanguage(C))
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
  enum { Keep, KeepWithArg, DropWithArg, Include } Action;
  bool Whole = false; ///< The flag is exactly the prefix.
};

/// Flags with an argument, and the families that matter to the parser.
constexpr Rule Rules[] = {
    // Separate or joined argument: -I dir, -Idir.
    {"-D", Rule::KeepWithArg},
    {"-U", Rule::KeepWithArg},
    {"-idirafter", Rule::KeepWithArg},
    {"-imacros", Rule::KeepWithArg},
    {"-include-pch", Rule::Include, true},
    {"-include", Rule::Include},
    {"--include-directory", Rule::KeepWithArg},
    {"--include", Rule::Include},
    {"--define-macro", Rule::KeepWithArg},
    {"--undefine-macro", Rule::KeepWithArg},
    {"-cxx-isystem", Rule::KeepWithArg, true},
    {"-stdlib++-isystem", Rule::KeepWithArg, true},
    {"--gcc-toolchain=", Rule::Keep},
    {"--gcc-install-dir=", Rule::Keep},
    {"-fmodule-file=", Rule::Keep},
    {"-fprebuilt-module-path=", Rule::Keep},
    {"-fgnu89-inline", Rule::Keep, true},
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
    {"-fvisibility=", Rule::Keep}, // Says what a library keeps to itself.
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

/// A header named by -include or -include-pch, as an include for the parser
/// itself: the driver would take a precompiled header beside it, which was made
/// with other flags than ours.
static void addInclude(StringRef File, bool Precompiled,
                       std::vector<std::string> &Out) {
  if (Precompiled) {
    StringRef Ext = sys::path::extension(File);
    if (Ext != ".pch" && Ext != ".gch")
      return;
    File = File.drop_back(Ext.size());
  }
  // CMake names a header with and without its precompiled form.
  if (File.empty() || is_contained(Out, File))
    return;
  Out.insert(Out.end(), {"-Xclang", "-include", "-Xclang", File.str()});
}

/// Joined ("-DX", "--include=f") or separate argument at \p I; moves \p I.
static std::string takeValue(const std::vector<std::string> &Args, size_t &I,
                             StringRef Prefix) {
  StringRef Value = StringRef(Args[I]).drop_front(Prefix.size());
  Value.consume_front("=");
  if (!Value.empty())
    return Value.str();
  return I + 1 < Args.size() ? Args[++I] : "";
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
    // -Xclang -include -Xclang FILE, as CMake passes precompiled headers.
    if (Arg == "-Xclang" && I + 3 < C.Args.size() &&
        StringRef(C.Args[I + 1]).starts_with("-include") &&
        C.Args[I + 2] == "-Xclang") {
      addInclude(C.Args[I + 3], C.Args[I + 1] == "-include-pch", Out);
      I += 3;
      continue;
    }
    if (Arg == "-fplan9-extensions") {
      Out.push_back("-fms-extensions");
      continue;
    }
    const Rule *R = ruleFor(Arg);
    if (!R)
      continue;
    if (R->Action == Rule::Include) {
      addInclude(takeValue(C.Args, I, R->Prefix), R->Prefix == "-include-pch",
                 Out);
      continue;
    }
    bool TakesNext =
        R->Action != Rule::Keep && Arg == R->Prefix && I + 1 < C.Args.size();
    if (R->Action != Rule::DropWithArg) {
      Out.push_back(Arg.str());
      if (TakesNext)
        Out.push_back(C.Args[I + 1]);
    }
    I += TakesNext;
  }
  // GCC has coroutines before C++20.
  if (is_contained(Out, "-fcoroutines"))
    Out.push_back("-std=gnu++20");
  // Fortified headers redirect memcpy and friends to inline functions; GCC has
  // no limit for nested brackets.
  Out.insert(Out.end(),
             {"-U_FORTIFY_SOURCE", "-D__RETSAN__=1", "-w", "-Wno-everything",
              "-fno-caret-diagnostics", "-fbracket-depth=1024", "-resource-dir",
              resourceDir(), "-fsyntax-only", C.File});
  return Out;
}

/// The folder of the headers that come with the newest GCC here: omp.h,
/// quadmath.h and others that Clang has no version of. Empty if none.
static std::string gccHeaders() {
  std::string Best;
  unsigned BestVersion = 0;
  std::error_code EC;
  for (sys::fs::directory_iterator It("/usr/lib/gcc/x86_64-linux-gnu", EC), End;
       It != End && !EC; It.increment(EC)) {
    unsigned Version = 0;
    std::string Folder = It->path() + "/include";
    if (!sys::path::filename(It->path()).getAsInteger(10, Version) &&
        Version > BestVersion && sys::fs::is_directory(Folder)) {
      Best = Folder;
      BestVersion = Version;
    }
  }
  return Best;
}

/// 'quoted' words of a message.
static SmallVector<StringRef, 4> quoted(StringRef Message) {
  SmallVector<StringRef, 4> Out;
  while (true) {
    Message = Message.split('\'').second;
    auto [Word, Rest] = Message.split('\'');
    if (Word.empty())
      return Out;
    Out.push_back(Word);
    Message = Rest;
  }
}

std::vector<std::string>
retsan::extract::secondTry(const std::vector<std::string> &Args,
                           const ParseError &E) {
  std::vector<std::string> Out(Args);
  SmallVector<StringRef, 4> Words = quoted(E.Message);
  if (Words.empty())
    return {};
  if (StringRef(E.Message).ends_with("file not found")) {
    std::string Folder = gccHeaders();
    if (Folder.empty() || is_contained(Args, Folder) ||
        !sys::fs::exists(Folder + "/" + Words.back()))
      return {};
    // After all others: only what is nowhere else is taken from there. GCC's
    // attribute may name a deallocator, Clang's has no arguments.
    Out.insert(std::prev(Out.end()),
               {"-idirafter", Folder, "-D__malloc__(...)=__malloc__"});
    return Out;
  }
  // A complaint about the source is the source's.
  if (E.HasPlace)
    return {};
  auto IsAbout = [&](StringRef Arg) {
    return any_of(Words, [&](StringRef W) {
      return W.size() > 2 && (Arg == W || Arg.ends_with("=" + W.str()) ||
                              Arg == "-x" + W.str());
    });
  };
  bool Changed = false;
  for (size_t I = 2; I + 1 < Out.size();) {
    StringRef Arg = Out[I];
    bool Ours = Arg.starts_with("-m") || Arg.starts_with("-f") ||
                Arg.starts_with("-std=") || Arg.starts_with("--std=") ||
                Arg.starts_with("-x"); // also -xHost, a processor to some
    if (!Ours || !IsAbout(Arg)) {
      ++I;
      continue;
    }
    Changed = true;
    // GCC takes a standard of the other language with a warning.
    bool WrongLanguage = StringRef(E.Message).contains("not allowed with");
    if (Arg.contains("std=") && !WrongLanguage) {
      // A standard newer than our Clang: the newest it knows.
      std::string Newest = Arg.contains("++") ? "-std=gnu++2c" : "-std=gnu2x";
      if (Arg == Newest)
        return {};
      Out[I++] = Newest;
    } else {
      Out.erase(Out.begin() + static_cast<ptrdiff_t>(I));
    }
  }
  return Changed ? Out : std::vector<std::string>();
}
