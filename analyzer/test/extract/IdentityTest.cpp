//===- IdentityTest.cpp - keys, names and contracts -----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"
#include "analyzer/model/RecordKey.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Frontend/ASTUnit.h"
#include "clang/Tooling/Tooling.h"

#include <set>

using namespace retsan;
using namespace retsan::test;

namespace {

const facts::Record *recordNamed(const facts::Unit &U, llvm::StringRef Name) {
  for (const facts::Record &R : U.Records)
    if (U.str(R.Name) == Name)
      return &R;
  return nullptr;
}

const clang::FieldDecl *fieldNamed(const clang::DeclContext *DC,
                                   llvm::StringRef Name) {
  for (const clang::Decl *D : DC->decls()) {
    if (const auto *FD = llvm::dyn_cast<clang::FieldDecl>(D))
      if (FD->getName() == Name)
        return FD;
    if (const auto *Inner = llvm::dyn_cast<clang::DeclContext>(D))
      if (const clang::FieldDecl *FD = fieldNamed(Inner, Name))
        return FD;
  }
  return nullptr;
}

TEST(Identity, TypedefNamesAnUnnamedStruct) {
  facts::Unit U =
      extractC("typedef struct { int *p; } T; void f(T *t) { t->p = 0; }");
  EXPECT_NE(recordNamed(U, "T"), nullptr);
}

TEST(Identity, LayoutTellsRecordsOfOneNameApart) {
  facts::Unit A = extractC("struct node { int *p; };"),
              B = extractC("struct node { long n; int *p; };"),
              C = extractC("\n\nstruct node { int *p; };");
  std::string KeyA(A.str(recordNamed(A, "node")->Key)),
      KeyB(B.str(recordNamed(B, "node")->Key)),
      KeyC(C.str(recordNamed(C, "node")->Key));
  EXPECT_NE(KeyA, KeyB);
  EXPECT_EQ(KeyA, KeyC);
}

TEST(Identity, FieldsOfUnnamedMembersBelongToTheNamedRecord) {
  const char *Code =
      "struct m { struct { char *vbuf; } pr; union { void *u; long n; }; };";
  auto AST = clang::tooling::buildASTFromCodeWithArgs(Code, {"-xc"}, "a.c");
  clang::ASTContext &Ctx = AST->getASTContext();
  const clang::FieldDecl *V = fieldNamed(Ctx.getTranslationUnitDecl(), "vbuf"),
                         *Un = fieldNamed(Ctx.getTranslationUnitDecl(), "u");
  ASSERT_TRUE(V && Un);
  EXPECT_EQ(extract::subjectNameOf(V, Ctx), "m.pr.vbuf");
  EXPECT_EQ(extract::subjectNameOf(Un, Ctx), "m.u");
  facts::Unit U = extractCode(Code, "/src/lib/a.c");
  llvm::StringRef Key = U.str(recordNamed(U, "m")->Key);
  EXPECT_EQ(extract::subjectIdOf(V, Ctx), subjectId(Key, "pr.vbuf"));
  EXPECT_EQ(extract::subjectIdOf(Un, Ctx), subjectId(Key, "u"));
}

TEST(Identity, RecordsInsideATemplateAreReportedAtThePattern) {
  const char *Code =
      "template <class T> struct List {"
      "  struct Link { T *t; Link *next; ~Link() { delete t; } };"
      "  struct { T *spare; } pool;"
      "  typedef struct { T *last; } Cache; Cache cache;"
      "  Link *head; void pop() { delete head; }"
      "};"
      "List<int> a; List<char> b;"
      "void f() { a.pop(); b.pop(); }";
  auto AST =
      clang::tooling::buildASTFromCodeWithArgs(Code, {"-xc++"}, "/s/a.cpp");
  clang::ASTContext &Ctx = AST->getASTContext();
  std::set<uint64_t> Ids;
  unsigned Fields = 0;
  for (const clang::Decl *D : Ctx.getTranslationUnitDecl()->decls())
    if (const auto *CT = llvm::dyn_cast<clang::ClassTemplateDecl>(D))
      for (const auto *Spec : CT->specializations())
        for (const char *Name : {"next", "spare", "last"})
          if (const clang::FieldDecl *FD = fieldNamed(Spec, Name)) {
            ++Fields;
            Ids.insert(extract::subjectIdOf(FD, Ctx));
            EXPECT_EQ(extract::subjectNameOf(FD, Ctx),
                      Name == std::string("next")    ? "List::Link.next"
                      : Name == std::string("spare") ? "List.pool.spare"
                                                     : "List::Cache.last");
          }
  EXPECT_EQ(Fields, 6u);
  EXPECT_EQ(Ids.size(), 3u);
  facts::Unit U = extractCxx(Code);
  EXPECT_NE(recordNamed(U, "List::Link"), nullptr);
  EXPECT_EQ(recordNamed(U, "List<int>::Link"), nullptr);
  EXPECT_EQ(count(facts::print(U), "function List::Link::~Link("), 1u);
}

TEST(Identity, CompilerWrittenMethodsOfInstancesHaveShortNames) {
  facts::Unit U = extractCxx(
      "template <class T> struct P { T *t = nullptr; P *next = nullptr; };"
      "void f() { P<int> a; P<int> b = a; }");
  EXPECT_HAS(facts::print(U), "function P::P(");
  EXPECT_LACKS(facts::print(U), "function P<int>");
}

TEST(Identity, TemplateInstancesShareTheirSubject) {
  auto AST = clang::tooling::buildASTFromCodeWithArgs(
      "template <class T> struct H { T *t; }; H<int> a; H<char> b;", {"-xc++"},
      "a.cpp");
  clang::ASTContext &Ctx = AST->getASTContext();
  std::vector<uint64_t> Ids;
  for (const char *Var : {"a", "b"})
    for (const clang::Decl *D : Ctx.getTranslationUnitDecl()->decls())
      if (const auto *VD = llvm::dyn_cast<clang::VarDecl>(D);
          VD && VD->getName() == Var)
        Ids.push_back(extract::subjectIdOf(
            *VD->getType()->getAsRecordDecl()->field_begin(), Ctx));
  ASSERT_EQ(Ids.size(), 2u);
  EXPECT_EQ(Ids[0], Ids[1]);
  EXPECT_NE(Ids[0], 0u);
}

TEST(Identity, StaticsOfTwoFoldersLinkApartButKeepTheirSubject) {
  const char *Code =
      "static int *cache; void f(void) { cache = 0; } static void g(void) {}"
      " void h(void) { g(); }";
  facts::Unit A = extractCode(Code, "/src/one/util.c"),
              B = extractCode(Code, "/src/two/util.c");
  ASSERT_EQ(A.Globals.size(), 1u);
  EXPECT_NE(A.str(A.Globals[0].Usr), B.str(B.Globals[0].Usr));
  EXPECT_EQ(globalSubjectId(A.str(A.Globals[0].Usr)),
            globalSubjectId(B.str(B.Globals[0].Usr)));
  std::set<std::string> Usrs;
  for (const facts::Unit *U : {&A, &B})
    for (const facts::Callee &C : U->Callees)
      if (U->str(C.Name) == "g")
        Usrs.insert(U->str(C.Usr).str());
  EXPECT_EQ(Usrs.size(), 2u);
}

TEST(Identity, UnnamedStructVariable) {
  auto AST = clang::tooling::buildASTFromCodeWithArgs(
      "static struct { void *completed; } slab;", {"-xc"}, "a.c");
  clang::ASTContext &Ctx = AST->getASTContext();
  const clang::FieldDecl *FD =
      fieldNamed(Ctx.getTranslationUnitDecl(), "completed");
  ASSERT_TRUE(FD);
  EXPECT_EQ(extract::subjectNameOf(FD, Ctx), "slab.completed");
}

TEST(Identity, LinesAboveMakeNothingAnotherThing) {
  // What has no name, and what is inside of a function, is told apart all the
  // same.
  std::string Code = "struct m { struct { int *p; } a; struct { int *p; } b; };"
                     "static struct { int *q; } one; "
                     "static struct { int *q; } two;\n"
                     "void f(struct m *m, int n) {"
                     " { static int *kept; kept = m->a.p; }"
                     " { static int *kept; kept = m->b.p; }"
                     " struct in { int *r; } x; x.r = one.q; two.q = x.r;"
                     " { struct in { int *r; } y; y.r = x.r; } }";
  facts::Unit A = extractC(Code),
              B = extractC("/* more */\nint above;\n\n" + Code);
  std::set<std::string> Keys, Usrs;
  for (const facts::Record &R : A.Records) {
    Keys.insert(A.str(R.Key).str());
    Usrs.insert(A.str(R.Usr).str());
  }
  EXPECT_EQ(A.Records.size(), 7u);
  EXPECT_EQ(Keys.size(), A.Records.size());
  EXPECT_EQ(Usrs.size(), A.Records.size());
  for (const facts::Record &R : B.Records)
    EXPECT_TRUE(Keys.count(B.str(R.Key).str())) << B.str(R.Key).str();
  std::set<std::string> Globals;
  for (const facts::Global &G : A.Globals)
    Globals.insert(A.str(G.Usr).str());
  EXPECT_EQ(A.Globals.size(), 4u);
  EXPECT_EQ(Globals.size(), A.Globals.size());
  for (const facts::Global &G : B.Globals)
    EXPECT_TRUE(Globals.count(B.str(G.Usr).str()) || B.str(G.Name) == "above")
        << B.str(G.Usr).str();
}

TEST(Identity, ContractsAreRead) {
  facts::Unit U = extractCode(
      "#include \"retsan/annotations.h\"\n"
      "struct m { int growing; int *old RETSAN_LIVE_WHILE(growing == 1);"
      " int *arena RETSAN_RETAINED(\"reused\"); };\n"
      "static int *g RETSAN_RETAINED(\"cache\");\n"
      "RETSAN_RELEASES(old) void f(struct m *x) { x->old = g; }",
      "/src/lib/a.c", {"-I" RETSAN_TEST_INCLUDE});
  std::string All = facts::print(U);
  EXPECT_HAS(All, "field old: int * @8 live_while(growing == 1)");
  EXPECT_HAS(All, "field arena: int * @16 retained(reused)");
  EXPECT_HAS(linesWith(All, "global g"), "retained(cache)");
  EXPECT_HAS(linesWith(All, "function f("), "releases(old)");
}

TEST(Identity, AttributesOfCallees) {
  facts::Unit U =
      extractC("void *mk(int) __attribute__((malloc));"
               "void rm(int, void *) __attribute__((ownership_takes(a, 2)));"
               "void die(void) __attribute__((noreturn));"
               "void f(void) { rm(1, mk(2)); die(); }");
  unsigned Seen = 0;
  for (const facts::Callee &C : U.Callees) {
    if (U.str(C.Name) == "mk")
      Seen += C.MallocLike;
    if (U.str(C.Name) == "rm")
      Seen += C.TakesArgs == 2;
    if (U.str(C.Name) == "die")
      Seen += C.NoReturn;
  }
  EXPECT_EQ(Seen, 3u);
}

} // namespace
