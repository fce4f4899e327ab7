//===- LowerCTest.cpp - C functions to register code ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

using namespace retsan;
using namespace retsan::test;

namespace {

const char *const Decls = R"(
typedef unsigned long size_t;
void *calloc(size_t, size_t);
void *malloc(size_t);
void free(void *);
void *memset(void *, int, size_t);
void *memcpy(void *, const void *, size_t);
_Noreturn void abort(void);
struct node { struct node *next; int key; };
struct inner { char *buf; int len; };
struct map {
  struct node **cur, **old;
  int growing;
  unsigned flags : 3;
  struct inner in;
  struct { char *vbuf; } pr;
  union { long num; void *ptr; };
  struct node *slots[4];
};
)";

std::string lowered(const std::string &Body, const char *Function = "f") {
  return listing(extractC(Decls + Body), Function);
}

TEST(LowerC, MemberPathsAreOnePlaceAndOneLoad) {
  EXPECT_EQ(lowered("char *f(struct map *m) { return m->in.buf; }"),
            "b0:\ngoto b1\nb1:\nr0 = load m\nr1 = load (r0).in.buf\nreturn r1\n"
            "b2:\nreturn opaque\n");
}

TEST(LowerC, LineNumbersSayNothing) {
  const std::string Code =
      "void failed(int);\n"
      "#define CHECK(X) ((X) ? (void)0 : failed(__LINE__))\n"
      "void f(int n) { CHECK(n == 7); failed(__LINE__); }";
  std::string L = lowered(Code);
  EXPECT_EQ(L, lowered("\n\n" + Code));
  EXPECT_HAS(L, "7");
  EXPECT_EQ(count(L, "call failed(1)"), 2u) << L;
}

TEST(LowerC, HandoffAndClear) {
  std::string L =
      lowered("void f(struct map *m) { m->old = m->cur; m->cur = 0; }");
  EXPECT_HAS(L, "r1 = load (r0).cur\nr2 = load m\nstore (r2).old, r1\n");
  EXPECT_HAS(L, "store (r3).cur, null\n");
  EXPECT_EQ(count(L, "load (r0).cur"), 1u);
}

TEST(LowerC, SubscriptOfPointerAndOfArray) {
  std::string L =
      lowered("void f(struct map *m, int i) {"
              " m->old[i] = 0; m->old[2] = 0; m->slots[1] = 0;"
              " m->slots[i] = 0; *(m->slots + 3) = 0; *m->slots = 0; }");
  EXPECT_HAS(L, "r2 = load i\nstore (r1)[r2], null");
  EXPECT_HAS(L, ")[2], null");
  EXPECT_HAS(L, ".slots[1], null");
  EXPECT_HAS(L, "r7 = load i\nstore (r6).slots[r7], null");
  EXPECT_HAS(L, ".slots[3], null");
  EXPECT_HAS(L, ".slots[0], null");
  EXPECT_EQ(count(L, "addr "), 0u) << L;
}

TEST(LowerC, IndexIsKnownByItsRegister) {
  std::string L = lowered("void f(struct map *m, int i) {"
                          " *(m->slots + i) = 0; m->slots[i + 1] = 0;"
                          " (&m->slots[1])[i] = 0; *(m->slots + 3 - i) = 0; }");
  EXPECT_HAS(L, "r1 = load i\nstore (r0).slots[r1], null\n");
  EXPECT_HAS(L, "r4 = r3 + 1\nstore (r2).slots[r4], null\n");
  // No one register holds these.
  EXPECT_EQ(count(L, ".slots[], null"), 2u) << L;
}

TEST(LowerC, AnonymousMembersAreOneStepEach) {
  std::string L =
      lowered("void f(struct map *m) { m->pr.vbuf = 0; m->ptr = 0; }");
  EXPECT_HAS(L, ".pr.vbuf, null");
  EXPECT_HAS(L, ".<6>.ptr, null");
}

TEST(LowerC, UpdatesLoadOnceAndStoreOnce) {
  std::string L = lowered("int f(struct map *m) { m->growing++; m->growing += "
                          "2; return --m->growing; }");
  EXPECT_EQ(count(L, ".growing\n"), 3u) << L;
  EXPECT_EQ(count(L, "store "), 3u) << L;
  EXPECT_HAS(L, "r2 = r1 + 1\nstore (r0).growing, r2");
  EXPECT_HAS(L, "- 1");
}

TEST(LowerC, BitFieldFlags) {
  facts::Unit U =
      extractC(Decls + std::string("void f(struct map *m) { m->flags |= 4u; "
                                   "m->flags &= ~2u; }"));
  std::string L = listing(U, "f");
  EXPECT_HAS(L, " | 4\n");
  EXPECT_HAS(L, " & 4294967293\n");
  EXPECT_HAS(facts::print(U), "field flags: unsigned int @20 bits");
}

TEST(LowerC, ConditionsBranchOnTheirLastOperand) {
  std::string L =
      lowered("void f(struct map *m) { if (m->cur && !m->growing) free(m); }");
  EXPECT_EQ(count(L, "branch "), 2u) << L;
  EXPECT_HAS(L, "branch r1 ");
  EXPECT_HAS(L, "r4 = not r3\nbranch r4 ");
}

TEST(LowerC, LogicalValueMovesTheDecidingOperand) {
  std::string L =
      lowered("int f(int a, int b, int c) { return (a && b) || c; }");
  // The result register is moved to from each of the three operands.
  EXPECT_EQ(count(L, " != 0\n"), 3u) << L;
  std::string Result = linesWith(L, "return r");
  ASSERT_FALSE(Result.empty()) << L;
  std::string Reg = llvm::StringRef(Result).trim().substr(7).str();
  EXPECT_EQ(count(L, Reg + " = r"), 3u) << L;
}

TEST(LowerC, ConditionalValueJoinsInOneRegister) {
  std::string L = lowered("int f(int a) { return a ? 3 : 4; }");
  EXPECT_HAS(L, " = 3\n");
  EXPECT_HAS(L, " = 4\n");
  EXPECT_HAS(L, "return r1\n");
}

TEST(LowerC, GnuConditionalEvaluatesOnce) {
  std::string L =
      lowered("char *f(struct map *m, char *d) { return m->in.buf ?: d; }");
  EXPECT_EQ(count(L, "load (r0).in.buf"), 1u) << L;
  EXPECT_HAS(L, "branch r1 ");
}

TEST(LowerC, SwitchWithRangeAndDefault) {
  std::string L = lowered("int f(int k) { switch (k) { case 1 ... 3: return 1;"
                          " case -9: return 2; default: return 3; } }");
  EXPECT_HAS(L, "[1..3: ");
  EXPECT_HAS(L, "[-9: ");
  EXPECT_HAS(L, "switch r0");
}

TEST(LowerC, NoReturnCallEndsItsBlock) {
  std::string L =
      lowered("void f(struct map *m) { if (!m) abort(); m->growing = 0; }");
  EXPECT_HAS(L, "call abort()\nunreachable\n");
}

TEST(LowerC, AssertIsAnAssumption) {
  std::string L = lowered(
      "void __assert_fail(const char *, const char *, unsigned, const char *)"
      " __attribute__((noreturn));\n"
      "#define assert(e) ((e) ? (void)0 : __assert_fail(#e, \"\", 0, \"\"))\n"
      "void f(struct map *m) { assert(m->cur); m->growing = 1; }");
  EXPECT_HAS(L, "call __assert_fail(str, str, 0, str)\nunreachable\n");
}

TEST(LowerC, FieldsNamedInCodeThatIsLeftOut) {
  // Of records that the unit works on, where they are named as members.
  facts::Unit U =
      extractC("struct s { char *name; char *path; int file; };\n"
               "struct t { char *name; };\n"
               "#define TRACE(x)\n"
               "#ifdef DEBUG\n"
               "const char *g(struct s *s) { return s->name; }\n"
               "int file(void);\n"
               "#endif\n"
               "const char *f(struct s *s) { TRACE((\"\", s->path));"
               " return s->path; }");
  std::vector<std::string> Names;
  for (facts::StrId Name : U.LeftOut)
    Names.push_back(U.str(Name).str());
  EXPECT_EQ(Names, (std::vector<std::string>{"s.name", "s.path"}));
}

TEST(LowerC, TablesThatNamePointers) {
  facts::Unit U = extractC("static char *user; struct s { char *a; int n; };\n"
                           "static struct s shared; static int level;\n"
                           "struct key { const char *n; void *p; };\n"
                           "struct key keys[] = { {\"u\", &user},\n"
                           "  {\"a\", &shared.a}, {\"l\", &level} };");
  ASSERT_EQ(U.Functions.size(), 1u);
  const facts::Function &F = U.Functions[0];
  EXPECT_TRUE(F.Implicit);
  ASSERT_EQ(F.Places.size(), 2u);
  EXPECT_EQ(U.str(U.Globals[F.Places[0].BaseIndex].Name), "user");
  EXPECT_EQ(U.str(U.Globals[F.Places[1].BaseIndex].Name), "shared");
  EXPECT_EQ(F.Places[1].Path.size(), 1u);
}

TEST(LowerC, HiddenFunctionsArePrivate) {
  facts::Unit U =
      extractC("__attribute__((visibility(\"hidden\"))) void f(void) {}\n"
               "static void s(void) {}\n"
               "__attribute__((constructor)) static void c(void) {}\n"
               "void g(void) { s(); }");
  for (const facts::Function &F : U.Functions) {
    const facts::Callee &C = U.Callees[F.Callee];
    EXPECT_EQ(F.Private, U.str(C.Name) == "f") << U.str(C.Name).str();
    EXPECT_EQ(C.Link == facts::Linkage::Internal, U.str(C.Name) == "s")
        << U.str(C.Name).str();
  }
}

TEST(LowerC, MacroBodiesAreMarked) {
  facts::Unit U =
      extractC(Decls + std::string("#define DROP(p) ((p) = 0)\n"
                                   "void f(struct map *m) { DROP(m->old); "
                                   "m->cur = 0; }"));
  std::vector<bool> InMacro;
  for (const facts::Function &F : U.Functions)
    for (const facts::Block &B : F.Blocks)
      for (const facts::Instr &I : B.Instrs)
        if (I.Opcode == facts::Op::Store)
          InMacro.push_back(I.InMacro);
  EXPECT_EQ(InMacro, (std::vector<bool>{true, false}));
}

TEST(LowerC, WholeObjectsAreZeroedAndCopied) {
  std::string L =
      lowered("void f(struct map *m, struct map *n) {"
              " memset(m, 0, sizeof *m); memset(&m->in, 0, sizeof m->in);"
              " *m = *n; memcpy(m, n, sizeof *m); memset(m->slots, 0, sizeof "
              "m->slots); memset(n, 1, sizeof *n); }");
  EXPECT_HAS(L, "zero (r0)\n");
  EXPECT_HAS(L, ".in\n");
  EXPECT_EQ(count(L, "copy ("), 2u) << L;
  EXPECT_HAS(L, "zero (r6).slots\n");
  EXPECT_HAS(L, "havoc (");
}

TEST(LowerC, MemcpyOfPartIsACall) {
  EXPECT_HAS(
      lowered("void f(struct map *m, void *p, size_t n) { memcpy(m, p, n); }"),
      "call memcpy(");
}

TEST(LowerC, ElementsOfAnArrayAreZeroed) {
  EXPECT_HAS(lowered("void f(struct map *m, size_t n) {"
                     " memset(m->old, 0, n * sizeof *m->old); }"),
             "zero (r1)[]\n");
}

TEST(LowerC, DesignatedInitialiserZeroesTheRest) {
  std::string L =
      lowered("void g(struct map *); void f(void *p) {"
              " struct map m = {.growing = 1, .in = {.buf = p}}; g(&m); }");
  EXPECT_HAS(L, "zero.init m\n");
  EXPECT_HAS(L, "init m.growing, 1\n");
  EXPECT_HAS(L, "init m.in.buf, r0\n");
  EXPECT_EQ(count(L, "init m."), 2u) << L;
}

TEST(LowerC, CompoundLiteral) {
  std::string L =
      lowered("void f(struct map *m) { m->in = (struct inner){0, 3}; }");
  EXPECT_HAS(L, "zero.init tmp");
  EXPECT_HAS(L, ".len, 3\n");
  EXPECT_HAS(L, "copy (");
}

TEST(LowerC, RecordArgumentIsTheAddressOfACopy) {
  std::string L =
      lowered("void g(struct inner); void f(struct map *m) { g(m->in); }");
  EXPECT_HAS(L, "copy.init tmp");
  EXPECT_HAS(L, "addr tmp");
  EXPECT_HAS(L, "call g(");
}

TEST(LowerC, ReturnedRecordIsUnknown) {
  std::string L =
      lowered("struct inner g(void); void f(struct map *m) {"
              " struct inner i = g(); m->in = g(); m->growing = i.len; }");
  EXPECT_HAS(L, "call g()\nhavoc.init i\n");
  EXPECT_HAS(L, "havoc.init tmp");
}

TEST(LowerC, IndirectCallLoadsThroughItsField) {
  facts::Unit U =
      extractC("struct ops { void (*run)(int); const char *name; };\n"
               "static void go(int x) { (void)x; }\n"
               "static const struct ops table[] = {{go, \"a\"}, {0}};\n"
               "void f(struct ops *o, int i) { o->run(1); table[i].run(2); }");
  std::string L = listing(U, "f"), All = facts::print(U);
  EXPECT_HAS(L, "load (r0).run\ncall r1(1)\n");
  EXPECT_HAS(L, "load @table[r2].run\n");
  EXPECT_HAS(All, "init [0].run = &go\n");
  EXPECT_HAS(All, "init [0].name = str\n");
  EXPECT_LACKS(All, "init [1]");
  EXPECT_HAS(linesWith(All, "function go("), "address_taken");
  EXPECT_LACKS(linesWith(All, "function f("), "address_taken");
}

TEST(LowerC, BuiltinsAreTransparent) {
  std::string L =
      lowered("void f(struct map *m) {"
              " if (__builtin_expect(!!(m->growing), 0)) m->cur = 0; }");
  EXPECT_LACKS(L, "call");
  EXPECT_HAS(L, "branch r");
}

TEST(LowerC, MasksReadModifyAndTestOneField) {
  const char *Code = "struct o { unsigned flags; unsigned char small; char *p; "
                     "int sg : 2; unsigned two : 3; };"
                     "void set(struct o *x) { x->flags |= 2; x->small |= 2; }"
                     "void clear(struct o *x) { x->flags &= ~2u;"
                     " x->small &= ~2; }"
                     "int both(struct o *x) { return (x->flags & 3) == 3; }"
                     "int shift(struct o *x) { return x->flags >> 3 & 1; }"
                     "int truth(struct o *x) { _Bool b = x->flags & 4;"
                     " return b ? *x->p : 0; }"
                     "void bits(struct o *x) { x->sg = 3; x->two = 9; }";
  facts::Unit U = extractC(Code);
  EXPECT_HAS(listing(U, "set"), "r2 = r1 | 2\nstore (r0).flags, r2\n");
  EXPECT_HAS(listing(U, "set"), "r5 = r4 | 2\nstore (r3).small, r5\n");
  EXPECT_HAS(listing(U, "clear"), "r2 = r1 & 4294967293\n");
  EXPECT_HAS(listing(U, "clear"), "r5 = r4 & -3\n");
  EXPECT_HAS(listing(U, "both"), "r2 = r1 & 3\nr3 = r2 == 3\nreturn r3\n");
  // One bit, however it is spelled.
  EXPECT_HAS(listing(U, "shift"), " = r1 & 8\n");
  EXPECT_HAS(listing(U, "shift"), " != 0\nreturn r");
  EXPECT_HAS(listing(U, "truth"), "r2 = r1 & 4\nr3 = r2 != 0\ninit b, r3\n");
  // A bit-field holds what fits.
  EXPECT_HAS(listing(U, "bits"), ".sg, -1\n");
  EXPECT_HAS(listing(U, "bits"), ".two, 1\n");
}

TEST(LowerC, CallsTakeNoAddresses) {
  std::string All = facts::print(
      extractC("static int a(void) { return 1; } static int b(void) "
               "{ return 2; } int (*hook)(void);"
               "int f(void) { hook = b; return a() + (a)() + hook(); }"));
  EXPECT_LACKS(linesWith(All, "function a("), "address_taken");
  EXPECT_HAS(linesWith(All, "function b("), "address_taken");
}

TEST(LowerC, LongjmpLeavesAndComesBackBehindSetjmp) {
  const char *Code =
      "typedef int jmp_buf[4]; int setjmp(jmp_buf) "
      "__attribute__((returns_twice));"
      "_Noreturn void longjmp(jmp_buf, int); struct c { jmp_buf b; char *p; };"
      "void fail(struct c *c) { longjmp(c->b, 1); }"
      "int a(struct c *c) { if (setjmp(c->b)) { c->p = 0; return 1; }"
      " return 2; }"
      "int b(struct c *c) { int r; if ((r = setjmp(c->b)) == 0) return 2;"
      " c->p = 0; return r; }"
      "int d(struct c *c) { switch (setjmp(c->b)) { case 0: return 2;"
      " case 1: c->p = 0; } return 1; }"
      "int e(struct c *c) { int r = setjmp(c->b); if (!r) return 2;"
      " c->p = 0; return r; }";
  facts::Unit U = extractC(Code);
  EXPECT_HAS(listing(U, "fail"), "call longjmp(r1, 1)\nthrow\n");
  for (const char *F : {"a", "b", "d", "e"}) {
    std::string L = listing(U, F);
    size_t Handler = L.find("handler\n");
    ASSERT_NE(Handler, std::string::npos) << L;
    EXPECT_EQ(L.find(".p, null\n"), L.find("store ", Handler) + 10) << L;
    EXPECT_EQ(count(L, "handler"), 1u) << L;
  }
}

TEST(LowerC, AtomicsReadAndWrite) {
  std::string L =
      lowered("int f(struct map *m) { __sync_fetch_and_add(&m->growing, 1);"
              " __atomic_store_n(&m->growing, 0, 5); "
              "__atomic_sub_fetch(&m->growing, 1, 5);"
              " struct node **p = __atomic_exchange_n(&m->old, (struct node "
              "**)0, 5); free(p);"
              " return __atomic_load_n(&m->growing, 5); }");
  EXPECT_HAS(L, " + 1\nstore (r0).growing, r2\n");
  EXPECT_HAS(L, ".growing, 0\n");
  EXPECT_HAS(L, ".old, null\n");
  EXPECT_HAS(L, "call free(");
  EXPECT_LACKS(L, "opaque\ncall");
}

TEST(LowerC, C11Atomics) {
  std::string L = lowered("struct a { _Atomic(int) n; void *_Atomic p; };"
                          " void f(struct a *x) { x->n++; x->p = 0;"
                          " __c11_atomic_store(&x->n, 4, 5); }");
  EXPECT_HAS(L, " + 1\n");
  EXPECT_HAS(L, ".p, null\n");
  EXPECT_HAS(L, ".n, 4\n");
}

TEST(LowerC, AsmUsesInputsAndForgetsOutputs) {
  std::string L =
      lowered("void f(struct map *m) { __asm__(\"\" : \"=r\"(m->growing) : "
              "\"r\"(m->cur)); }");
  EXPECT_HAS(L, "use r");
  EXPECT_HAS(L, "havoc (r0).growing\n");
}

TEST(LowerC, StatementExpression) {
  std::string L = lowered("int f(int a) { return ({ int t = a + 1; t; }); }");
  EXPECT_HAS(L, "init t, r1\n");
  EXPECT_HAS(L, "return r2\n");
}

TEST(LowerC, CleanupAttributeCallsAtScopeExit) {
  std::string L = lowered("void drop(struct node **p); int f(void) {"
                          " __attribute__((cleanup(drop))) struct node *n = 0;"
                          " return n != 0; }");
  EXPECT_HAS(L, "addr n\ncall drop(");
}

TEST(LowerC, GotoErrorPath) {
  std::string L =
      lowered("int f(struct map *m) { m->cur = malloc(8); if (!m->cur) goto "
              "out; m->old = malloc(8); if (!m->old) goto out; return 0;"
              " out: free(m->cur); return -1; }");
  EXPECT_EQ(count(L, "call free("), 1u) << L;
  EXPECT_HAS(L, "return -1\n");
}

TEST(LowerC, FunctionStaticIsAGlobal) {
  facts::Unit U =
      extractC("int f(void) { static int calls = 7; return ++calls; }");
  std::string All = facts::print(U);
  EXPECT_HAS(All, "global f::calls: int internal static");
  EXPECT_HAS(All, "init  = 7\n");
  EXPECT_HAS(All, "store @f::calls, ");
}

TEST(LowerC, AddressesOfMembersAreTaken) {
  std::string L = lowered("struct node **g; struct inner *f(struct map *m) {"
                          " g = &m->slots[2]; return &m->in; }");
  EXPECT_HAS(L, "addr (r0).slots[2]\nstore @g, r1\n");
  EXPECT_HAS(L, "addr (r2).in\nreturn r3\n");
}

TEST(LowerC, UnsignedConstantsKeepTheirType) {
  std::string L =
      lowered("int f(unsigned a, int b) { return a == -1 || b == -1; }");
  EXPECT_HAS(L, "== 4294967295\n");
  EXPECT_HAS(L, "== -1\n");
}

TEST(LowerC, WideConstantsDoNotCrash) {
  std::string L = lowered(
      "unsigned __int128 f(unsigned long a) {"
      " return ((unsigned __int128)1 << 100) + (a ^ 0xffffffffffffffffUL); }");
  EXPECT_HAS(L, "^ -1\n");
}

TEST(LowerC, LongInitialiserIsNotSpelledOut) {
  std::string Code = "void g(int *); void f(void) { int a[200] = {";
  for (int I = 1; I <= 200; ++I)
    Code += std::to_string(I) + ",";
  std::string L = lowered(Code + "}; g(a); }");
  EXPECT_HAS(L, "havoc.init a\n");
}

TEST(LowerC, ErrorsNameFileLineAndCause) {
  auto U = tryExtract("int f(void) { return undeclared; }", "/src/lib/a.c");
  ASSERT_FALSE(static_cast<bool>(U));
  std::string Message = llvm::toString(U.takeError());
  EXPECT_HAS(Message, "/src/lib/a.c: does not compile: ");
  EXPECT_HAS(Message, "a.c:1: use of undeclared identifier 'undeclared'");
}

TEST(LowerC, MissingFileIsNamed) {
  extract::Command C = extract::makeCommand("/nowhere/x.c", {});
  auto U = extract::extractUnit(C);
  ASSERT_FALSE(static_cast<bool>(U));
  EXPECT_EQ(llvm::toString(U.takeError()), "/nowhere/x.c: no such file");
}

TEST(LowerC, HugeFunctionIsSkippedAndCounted) {
  std::string Code = "void g(int); void f(void) {\n";
  for (int I = 0; I < 8000; ++I)
    Code += "g(" + std::to_string(I) + ");\n";
  facts::Unit U = extractC(Code + "} void h(void) { g(1); }");
  ASSERT_EQ(U.Diagnostics.size(), 1u);
  EXPECT_HAS(U.Diagnostics[0], "f: not lowered");
  EXPECT_HAS(facts::print(U), "function h(");
}

// Its terminator is a statement, not a condition.
TEST(LowerC, AsmGotoMayGoToItsLabels) {
  facts::Unit U = extractC(R"(
void free(void *);
struct s { char *p; };
void f(struct s *s) {
  asm goto("" : : : : out, again);
again:
  free(s->p);
  asm goto("" : : : : again);
out:
  s->p = 0;
}
void last(void) { l: asm goto("" : : : : l); })");
  std::string L = listing(U, "f");
  EXPECT_EQ(count(L, "any"), 2u) << L;
  EXPECT_EQ(count(listing(U, "last"), "any"), 1u);
}

/// What the listing says of the values of \p Of.
std::string valuesOf(const std::string &Body, const std::string &Of) {
  return linesWith(print(extractC(Decls + Body)), "values of " + Of + ":");
}

TEST(LowerC, EnumeratedFieldsHaveTheNamesOfTheirType) {
  const char *const Code = R"(
enum st { NEW, OPEN = 4, DONE, LAST = DONE };
struct c { enum st s; enum st unused; };
static enum st phase;
int f(struct c *c) { return c->s == OPEN || phase == NEW; }
)";
  EXPECT_EQ(valuesOf(Code, "c.s"), "values of c.s: 0 NEW 4 OPEN 5 DONE\n");
  EXPECT_EQ(valuesOf(Code, "@phase"),
            "values of @phase: 0 NEW 4 OPEN 5 DONE\n");
  EXPECT_EQ(valuesOf(Code, "c.unused"), "");
}

TEST(LowerC, IntegersHaveTheNamesOfConstantsBesideThem) {
  const char *const Code = R"(
enum { IDLE, BUSY };
#define BASE 3
#define CLOSED BASE
#define GONE (1 << 4)
#define TRUE 1
#define IS_FIVE(c) ((c)->s == 5)
#define SET_SEVEN c->s = 7
#define CHECK(x) ((x) ? 1 : 0)
struct c { int s; unsigned flags; int other; };
int f(struct c *c, int n) {
  c->s = IDLE;
  c->other = TRUE;
  c->flags |= GONE;
  c->flags &= ~(8u);
  SET_SEVEN;
  if (IS_FIVE(c) || CHECK(c->s == CLOSED))
    return n == BUSY;
  switch (c->s) {
  case BUSY:
    return 1;
  }
  return c->flags & GONE;
}
)";
  EXPECT_EQ(valuesOf(Code, "c.s"), "values of c.s: 0 IDLE 3 CLOSED 1 BUSY\n");
  EXPECT_EQ(valuesOf(Code, "c.flags"), "values of c.flags: 16 GONE\n");
  EXPECT_EQ(valuesOf(Code, "c.other"), "");
}

} // namespace
