//===- FuzzSource.cpp - from source to findings
//---------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The input drives a generator of C programs: records with owned fields and
// phase variables, functions that store, free, clear, hand over, test and call.
// Every program compiles; its facts must be valid, survive their file, and be
// solved twice with the same result.
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Extract.h"
#include "analyzer/model/Findings.h"
#include "analyzer/solve/Solve.h"
#include "analyzer/test/fuzz/Fuzz.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/VirtualFileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace retsan;

namespace {

/// Bytes as a stream of choices; a stream that is at its end chooses 0.
class Choices {
public:
  Choices(const uint8_t *Data, size_t Size) : Data(Data), Size(Size) {}
  unsigned below(unsigned N) { return At < Size ? Data[At++] % N : 0; }
  bool done() const { return At >= Size; }

private:
  const uint8_t *Data;
  size_t Size, At = 0;
};

class Generator {
public:
  explicit Generator(Choices C) : In(C) {}

  std::string program() {
    Out << "typedef unsigned long size_t;\n"
           "void *malloc(size_t); void free(void *);\n"
           "void *memset(void *, int, size_t);\n"
           "struct node { struct node *next; char *name; };\n"
           "struct rec { char *a, *b; struct node *head; int phase; unsigned "
           "n;\n  void (*hook)(struct rec *); union { char *u; long v; };\n"
           "  char *slots[4]; struct { char *p; int on; } in; };\n"
           "static struct rec one; static char *last; extern int seen;\n"
           "int peek(const char *);\n";
    Functions = 2 + In.below(5);
    for (unsigned I = 0; I < Functions; ++I)
      Out << (I % 3 == 2 ? "static " : "") << "int f" << I
          << "(struct rec *r, char *arg);\n";
    for (unsigned I = 0; I < Functions; ++I)
      function(I);
    Out << "struct rec *make(void) { struct rec *r = malloc(sizeof *r);\n"
           "  if (!r) return 0; memset(r, 0, sizeof *r); return r; }\n";
    if (In.below(2))
      Out << "int main(void) { struct rec *r = make(); return f0(r, 0); }\n";
    return Out.str();
  }

private:
  Choices In;
  std::string Text;
  raw_string_ostream Out{Text};
  unsigned Functions = 0, Label = 0;

  const char *field() {
    static const char *const Names[] = {"r->a",        "r->b", "r->in.p",
                                        "r->u",        "last", "one.a",
                                        "r->slots[1]", "arg",  "one.in.p"};
    return Names[In.below(std::size(Names))];
  }
  const char *scalar() {
    static const char *const Names[] = {"r->phase", "r->n", "r->in.on",
                                        "one.phase", "seen"};
    return Names[In.below(std::size(Names))];
  }
  void condition() {
    switch (In.below(6)) {
    case 0:
      Out << field();
      break;
    case 1:
      Out << "!" << field();
      break;
    case 2:
      Out << scalar() << " == " << In.below(3);
      break;
    case 3:
      Out << "(" << scalar() << " & 2) && " << field() << " != arg";
      break;
    case 4:
      Out << "r->n > 1 || " << scalar();
      break;
    default:
      Out << "peek(" << field() << ")";
      break;
    }
  }
  void block(unsigned Depth) {
    Out << "{\n";
    for (unsigned I = 0, E = 1 + In.below(3); I < E; ++I)
      statement(Depth + 1);
    Out << "}\n";
  }
  void statement(unsigned Depth) {
    unsigned Kind = In.below(Depth > 4 || In.done() ? 10 : 17);
    switch (Kind) {
    case 0:
      Out << "free(" << field() << ");\n";
      break;
    case 1:
      Out << field() << " = 0;\n";
      break;
    case 2:
      Out << field() << " = malloc(" << 1 + In.below(64) << ");\n";
      break;
    case 3:
      Out << field() << " = " << field() << ";\n";
      break;
    case 4:
      Out << scalar() << " = " << In.below(4) << ";\n";
      break;
    case 5:
      Out << "seen += peek(" << field() << ");\n";
      break;
    case 6:
      Out << scalar() << (In.below(2) ? "++" : " |= 2") << ";\n";
      break;
    case 7:
      Out << "f" << In.below(Functions) << "(r, " << field() << ");\n";
      break;
    case 8:
      Out << (In.below(2) ? "memset(r, 0, sizeof *r);\n" : "*r = one;\n");
      break;
    case 9:
      Out << "if (r->hook) r->hook(r);\n";
      break;
    case 10:
    case 11:
      Out << "if (";
      condition();
      Out << ") ";
      block(Depth);
      if (In.below(2)) {
        Out << "else ";
        block(Depth);
      }
      break;
    case 12:
      Out << "while (";
      condition();
      Out << ") { if (seen) break; ";
      block(Depth);
      Out << "}\n";
      break;
    case 13:
      Out << "switch (" << scalar() << ") { case 0: ";
      block(Depth);
      Out << "case 1: ";
      block(Depth);
      Out << "break; default: ";
      block(Depth);
      Out << "}\n";
      break;
    case 14: {
      unsigned L = Label++;
      Out << "if (";
      condition();
      Out << ") goto l" << L << ";\n";
      statement(Depth + 1);
      Out << "l" << L << ":;\n";
      break;
    }
    case 15:
      Out << "for (struct node *n = r->head; n; n = n->next) { "
             "free(n->name); "
          << (In.below(2) ? "n->name = 0; " : "") << "}\n";
      break;
    default:
      Out << "{ char *t = " << field() << "; " << field() << " = " << field()
          << "; " << field() << " = t; }\n";
      break;
    }
  }
  void function(unsigned I) {
    Out << (I % 3 == 2 ? "static " : "") << "int f" << I
        << "(struct rec *r, char *arg) {\n";
    for (unsigned J = 0, E = 1 + In.below(6); J < E; ++J)
      statement(0);
    Out << "return r->phase; }\n";
  }
};

Expected<facts::Unit> extracted(StringRef Code) {
  auto Memory = makeIntrusiveRefCnt<vfs::InMemoryFileSystem>();
  Memory->setCurrentWorkingDirectory("/");
  Memory->addFile("/in.c", 0, MemoryBuffer::getMemBufferCopy(Code));
  extract::Command C;
  C.Directory = "/";
  C.File = "/in.c";
  C.Args = {"clang", "-w", "-c", "/in.c"};
  return extract::extractUnit(C, Memory);
}

std::string solved(facts::Unit U) {
  solve::Options O;
  O.Jobs = 1;
  O.Root = "/";
  std::vector<facts::Unit> Units;
  Units.push_back(std::move(U));
  std::string Text;
  raw_string_ostream OS(Text);
  writeJSON(solve::solve(std::move(Units), O), OS);
  return Text;
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size) {
  std::string Code = Generator(Choices(Data, Size)).program();
  if (std::getenv("RETSAN_FUZZ_SHOW"))
    std::fprintf(stderr, "%s\n", Code.c_str());
  Expected<facts::Unit> U = extracted(Code);
  if (!U) {
    std::fprintf(stderr, "%s%s\n", Code.c_str(),
                 toString(U.takeError()).c_str());
    fuzz::require(false, "a generated program does not compile");
  }
  std::string File = facts::write(*U);
  Expected<facts::Unit> Again = facts::read(File, "in.facts");
  fuzz::require(static_cast<bool>(Again), "facts of a program cannot be read");
  std::string First = solved(std::move(*U));
  fuzz::require(First == solved(std::move(*Again)),
                "two runs of the solver differ");
  Expected<FindingsFile> F = parseFindings(First, "findings.json");
  fuzz::require(static_cast<bool>(F), "findings cannot be read");
  return 0;
}
