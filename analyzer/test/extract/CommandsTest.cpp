//===- CommandsTest.cpp - compile commands --------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Commands.h"
#include "Support.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <thread>

using namespace retsan;
using namespace retsan::test;

namespace {

std::string parsed(std::vector<std::string> Args) {
  extract::Command C;
  C.Directory = "/b";
  C.File = "/s/a.c";
  C.Args = std::move(Args);
  return " " + llvm::join(extract::parserArgs(C), " ") + " ";
}

TEST(Commands, KeepWhatChangesTheProgram) {
  std::string A = parsed({"gcc", "-DA=1", "-D", "B", "-I", "inc", "-isystem",
                          "sys", "-std=gnu11", "-include", "c.h", "-UX",
                          "-march=native", "-Wp,-DC=2,-MD,x.d", "a.c"});
  for (const char *Flag :
       {" -DA=1 ", " -D B ", " -I inc ", " -isystem sys ", " -std=gnu11 ",
        " -include -Xclang c.h ", " -UX ", " -march=native ", " -DC=2 ",
        " -D__RETSAN__=1 ", " /s/a.c "})
    EXPECT_HAS(A, Flag);
}

TEST(Commands, DropSideEffectsAndForeignFlags) {
  std::string A =
      parsed({"gcc", "-c", "-o", "a.o", "-MD", "-MF", "a.d", "-O2", "-Werror",
              "-Wall", "-fanalyzer", "-fno-reorder-functions", "-fplugin=x.so",
              "-g3", "--param", "max=3", "-Xclang", "-load", "a.c"});
  for (const char *Flag :
       {" -c ", "a.o", "-MD", "a.d", "-O2", "-Werror", "-fanalyzer", "reorder",
        "plugin", "-g3", "max=3", "-load"})
    EXPECT_LACKS(A, Flag);
  EXPECT_HAS(A, " -fsyntax-only ");
  EXPECT_HAS(A, " -resource-dir ");
}

TEST(Commands, CompilerNameDecidesTheLanguage) {
  EXPECT_HAS(parsed({"/usr/bin/c++", "a.c"}), "--driver-mode=g++");
  EXPECT_HAS(parsed({"ccache", "x86_64-linux-gnu-g++-12", "a.c"}),
             "--driver-mode=g++");
  EXPECT_HAS(parsed({"ccache", "cc", "a.c"}), "--driver-mode=gcc");
}

// A precompiled header was made with other flags than ours; its header is read
// again, and once where a build names both.
TEST(Commands, PrecompiledHeadersAreReadAsTheirHeaders) {
  std::string A =
      parsed({"clang++", "-Xclang", "-include-pch", "-Xclang", "/b/p.hxx.pch",
              "-Xclang", "-include", "-Xclang", "/b/p.hxx", "a.c"});
  EXPECT_HAS(A, " -Xclang -include -Xclang /b/p.hxx ");
  EXPECT_LACKS(A, "pch");
  EXPECT_EQ(count(A, "/b/p.hxx"), 1u);
  EXPECT_HAS(parsed({"cc", "-include-pch", "p.h.gch", "a.c"}),
             " -Xclang -include -Xclang p.h ");
  EXPECT_HAS(parsed({"cc", "-includeq.h", "a.c"}),
             " -Xclang -include -Xclang q.h ");
  EXPECT_LACKS(parsed({"cc", "-include-pch", "odd", "a.c"}), "odd");
}

TEST(Commands, WhatOnlyGccSpellsSo) {
  std::string A = parsed({"gcc", "-fplan9-extensions", "--include-directory=/i",
                          "--define-macro", "M=1", "--include", "h.h",
                          "-fcoroutines", "a.c"});
  for (const char *Flag :
       {" -fms-extensions ", " --include-directory=/i ", " --define-macro M=1 ",
        " -include -Xclang h.h ", " -std=gnu++20 "})
    EXPECT_HAS(A, Flag);
}

std::string again(std::vector<std::string> Args, const char *Message,
                  bool HasPlace = false) {
  extract::ParseError E;
  E.Message = Message;
  E.HasPlace = HasPlace;
  return " " + llvm::join(extract::secondTry(Args, E), " ") + " ";
}

TEST(Commands, ASecondTryLeavesOutWhatIsNotKnown) {
  std::vector<std::string> Args = {"clang",         "--driver-mode=gcc",
                                   "-march=znver9", "-std=gnu99999",
                                   "-DA=znver9",    "/s/a.c"};
  std::string A = again(Args, "unknown target CPU 'znver9'");
  EXPECT_LACKS(A, "-march");
  EXPECT_HAS(A, " -DA=znver9 /s/a.c ");
  EXPECT_HAS(again(Args, "invalid value 'gnu99999' in '-std=gnu99999'"),
             " -std=gnu2x ");
  EXPECT_EQ(again(Args, "unknown type name 'znver9'", /*HasPlace=*/true), "  ");
  Args[2] = "-xHost";
  EXPECT_LACKS(again(Args, "language not recognized: 'Host'"), "Host");
  EXPECT_EQ(again(Args, "no idea"), "  ");
  EXPECT_EQ(again(Args, "'nowhere.h' file not found", true), "  ");
}

class Database : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("retsan-db", Dir));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(Dir); }
  void write(llvm::StringRef Name, llvm::StringRef Text) {
    std::error_code EC;
    llvm::raw_fd_ostream OS((Dir + "/" + Name).str(), EC);
    ASSERT_FALSE(EC);
    OS << Text;
  }
  std::vector<extract::Command> load(std::vector<std::string> Paths = {},
                                     llvm::StringRef Sub = "") {
    auto C = extract::loadCommands((Dir + Sub).str(), Paths, Errors);
    if (!C) {
      Errors.push_back(llvm::toString(C.takeError()));
      return {};
    }
    return *C;
  }
  llvm::SmallString<128> Dir;
  std::vector<std::string> Errors;
};

TEST_F(Database, RepetitionsAreDroppedVariantsKept) {
  write("compile_commands.json",
        R"([{"directory": "/p", "file": "a.c", "command": "cc -c a.c -o a.o"},
            {"directory": "/p", "file": "a.c", "arguments": ["cc", "-c", "a.c"]},
            {"directory": "/p", "file": "/p/x/../a.c", "arguments": ["cc", "-DX", "a.c"]},
            {"directory": "/p", "file": "sub/b.c", "command": "cc -c sub/b.c"}])");
  std::vector<extract::Command> C = load();
  ASSERT_EQ(C.size(), 3u);
  EXPECT_EQ(C[0].File, "/p/a.c");
  EXPECT_EQ(C[1].File, "/p/a.c");
  EXPECT_EQ(C[2].File, "/p/sub/b.c");
  EXPECT_EQ(load({"/p/sub"}).size(), 1u);
  EXPECT_TRUE(Errors.empty());
}

TEST_F(Database, OtherLanguagesArePassedOver) {
  write("compile_commands.json", R"([
    {"directory": "/b", "file": "a.S", "command": "cc -c a.S"},
    {"directory": "/b", "file": "a.f90", "command": "gfortran -c a.f90"},
    {"directory": "/b", "file": "a.cu", "command": "nvcc -c a.cu"},
    {"directory": "/b", "file": "a.m", "command": "cc -c a.m"},
    {"directory": "/b", "file": "a.c", "command": "cc -c a.c"},
    {"directory": "/b", "file": "a.ipp", "command": "c++ -xc++ -c a.ipp"},
    {"directory": "/b", "file": "b.S", "command": "cc -x c -c b.S"},
    {"directory": "/b", "file": "a.cppm", "command": "c++ -c a.cppm"}])");
  std::string Files;
  for (const extract::Command &C : load())
    Files += C.File + " ";
  EXPECT_EQ(Files, "/b/a.c /b/a.ipp /b/b.S /b/a.cppm ");
  EXPECT_TRUE(Errors.empty());
}

TEST_F(Database, ResponseFilesAndRelativeFolders) {
  write("flags.rsp", "-DIN_RESPONSE=1 -I\"with space\"");
  write("compile_commands.json", R"([
    {"directory": ".", "file": "sub/../a.c",
     "command": "cc @flags.rsp @missing.rsp -c sub/../a.c"}])");
  std::vector<extract::Command> All = load();
  ASSERT_EQ(All.size(), 1u);
  EXPECT_EQ(All[0].Directory, Dir.str());
  EXPECT_EQ(All[0].File, (Dir + "/a.c").str());
  std::string A = llvm::join(extract::parserArgs(All[0]), "|");
  EXPECT_HAS(A, "|-DIN_RESPONSE=1|-Iwith space|");
  EXPECT_LACKS(A, "missing");
}

TEST_F(Database, IsFoundAbove) {
  ASSERT_FALSE(llvm::sys::fs::create_directory(Dir + "/deep"));
  write("compile_commands.json",
        R"([{"directory": "/p", "file": "a.c", "command": "cc a.c"}])");
  EXPECT_EQ(load({}, "/deep").size(), 1u);
}

TEST_F(Database, UnknownPathIsNamed) {
  write("compile_commands.json",
        R"([{"directory": "/p", "file": "a.c", "command": "cc a.c"}])");
  EXPECT_TRUE(load({"/p/zzz.c"}).empty());
  ASSERT_EQ(Errors.size(), 1u);
  EXPECT_HAS(Errors[0], "/p/zzz.c: no entry of ");
}

TEST_F(Database, DamagedOrMissingIsOneError) {
  write("compile_commands.json", "[{");
  EXPECT_TRUE(load().empty());
  ASSERT_EQ(Errors.size(), 1u);
  EXPECT_HAS(Errors[0], "compile_commands.json: not a compilation database");
  Errors.clear();
  std::vector<std::string> Ignored;
  auto C = extract::loadCommands("/proc/1", {}, Ignored);
  ASSERT_FALSE(static_cast<bool>(C));
  EXPECT_HAS(llvm::toString(C.takeError()),
             "/proc/1: no compile_commands.json");
}

/// The first error of a unit; empty if it has facts.
std::string errorOf(llvm::StringRef Code, llvm::StringRef File,
                    std::vector<std::string> Flags = {}) {
  auto U = tryExtract(Code, File, std::move(Flags));
  return U ? "" : llvm::toString(U.takeError());
}

TEST(Extract, FlagsThatOurClangLacksLoseNoUnit) {
  auto U = tryExtract("int x;", "/a.c",
                      {"-march=unheard-of", "-std=gnu2999", "-fanalyzer"});
  ASSERT_TRUE(static_cast<bool>(U)) << llvm::toString(U.takeError());
  ASSERT_EQ(U->Diagnostics.size(), 2u);
  std::string Both = U->Diagnostics[0] + U->Diagnostics[1];
  EXPECT_HAS(Both, "unheard-of");
  EXPECT_HAS(Both, "gnu2999");
  EXPECT_EQ(errorOf("int x;", "/a.cpp", {"-std=c++2999"}), "");
  // As where one variable holds the flags of both languages.
  EXPECT_EQ(errorOf("int x;", "/a.c", {"-std=gnu++20"}), "");
  EXPECT_EQ(errorOf("int x;", "/a.cpp", {"-std=c11"}), "");
}

TEST(Extract, HeadersThatComeWithGcc) {
  if (!llvm::sys::fs::exists("/usr/lib/gcc/x86_64-linux-gnu/12/include/omp.h"))
    GTEST_SKIP() << "no omp.h of GCC 12 here";
  EXPECT_EQ(
      errorOf("#include <omp.h>\n#include <quadmath.h>\nint f(void) { return "
              "omp_get_num_threads(); }",
              "/a.c", {"-fopenmp"}),
      "");
}

// A function without a prototype, arguments declared below, int implied.
TEST(Extract, CAsItWasIn1978) {
  facts::Unit U = extractC("struct s { char *p; };\n"
                           "drop(s, n) struct s *s; int n; { free(s->p); }\n"
                           "main() { drop(0); undeclared(1, 2); }\n");
  EXPECT_EQ(U.Functions.size(), 2u);
  EXPECT_HAS(listing(U, "drop"), "call free");
}

TEST(Extract, EveryStandardParses) {
  for (const char *Std : {"c89", "gnu90", "c99", "gnu11", "c17", "gnu2x"})
    EXPECT_EQ(errorOf("struct s { int *p; } x;", "/a.c",
                      {"-std=" + std::string(Std)}),
              "");
  for (const char *Std :
       {"c++98", "gnu++11", "c++14", "gnu++17", "c++20", "gnu++23", "c++26"})
    EXPECT_EQ(errorOf("struct s { int *p; } x;", "/a.cpp",
                      {"-std=" + std::string(Std)}),
              "");
}

TEST(Extract, DeepBracketsAreNoCrash) {
  std::string Deep = "int f(int n) { return " + std::string(800, '(') + "n" +
                     std::string(800, ')') + "; }";
  EXPECT_EQ(errorOf(Deep, "/a.c"), "");
  std::string Long = "int f(int n) { return n";
  for (int I = 0; I < 15000; ++I)
    Long += "+n";
  EXPECT_EQ(errorOf(Long + "; }", "/a.c"), "");
}

// Crashes of the parser are errors of that unit.
TEST(Extract, CrashesOfTheParser) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer takes crashes for its own";
#endif
  EXPECT_HAS(errorOf("#pragma clang __debug crash\n", "/a.c"),
             "/a.c: the parser crashed on this file");
  std::string Long = "int f(int n) { return n";
  for (int I = 0; I < 400000; ++I)
    Long += "+n";
  EXPECT_HAS(errorOf(Long + "; }", "/b.c"),
             "/b.c: the parser crashed on this file");
  EXPECT_EQ(errorOf("int x;", "/c.c"), "") << "and the next one parses";
}

// Each is one error that names the place; no unit, and no crash.
TEST(Extract, SourcesThatAreBroken) {
  EXPECT_HAS(errorOf("int f( {", "/a.c"), "/a.c:1: ");
  EXPECT_HAS(errorOf("#include \"gone.h\"\n", "/a.c"),
             "'gone.h' file not found");
  EXPECT_HAS(errorOf("#include \"a.c\"\n", "/src/lib/a.c"), "nested");
  EXPECT_HAS(errorOf("import m;\n", "/a.cpp", {"-std=c++20"}), "'m' not found");
  // GNU C only, see docs/limits.md.
  EXPECT_HAS(
      errorOf("int f(void) { int g(void) { return 1; } return g(); }", "/a.c"),
      "function definition is not allowed here");
  EXPECT_HAS(errorOf(std::string("\xff\xfe\0\1", 4), "/a.c"),
             "does not compile");
}

TEST(Extract, IsSafeFromSeveralThreads) {
  std::vector<std::thread> Threads;
  std::vector<std::string> Results(4);
  for (size_t I = 0; I < Results.size(); ++I)
    Threads.emplace_back([&Results, I] {
      auto U =
          tryExtract("struct s { int *p; }; void f(struct s *x) { x->p = 0; }",
                     "/src/lib/t" + std::to_string(I % 2) + ".c");
      if (U)
        Results[I] = listing(*U, "f");
      else
        llvm::consumeError(U.takeError());
    });
  for (std::thread &T : Threads)
    T.join();
  for (const std::string &R : Results) {
    EXPECT_HAS(R, "store (r0).p, null");
    EXPECT_EQ(R, Results[0]);
  }
}

} // namespace
