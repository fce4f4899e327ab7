//===- LowerCxxTest.cpp - classes to register code ------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

#include <set>

using namespace retsan;
using namespace retsan::test;

namespace {

TEST(LowerCxx, MemberInitialisersInitialise) {
  std::string L =
      listing(extractCxx("struct A { int *p = nullptr; int *q; bool on;"
                         " A(int *x) : q(x) { on = true; } };"),
              "A::A");
  EXPECT_HAS(L, ".p, null\n");
  EXPECT_HAS(L, "init (r");
  EXPECT_HAS(L, "store (r");
  EXPECT_EQ(count(L, "init "), 2u) << L;
}

TEST(LowerCxx, ImplicitConstructorIsThereEvenIfUnused) {
  std::string All = facts::print(extractCxx(
      "struct A { int *p = nullptr; bool done = false; ~A() { delete p; }"
      " A() = default; };"));
  EXPECT_HAS(linesWith(All, "function A::A("), "ctor implicit");
  EXPECT_HAS(All, "init (r0).p, null");
  EXPECT_HAS(All, "init (r0).done, 0");
}

TEST(LowerCxx, BaseMembersAreReachedThroughTheBase) {
  facts::Unit U = extractCxx(
      "struct B { int *p; }; struct D : B { void f() { p = nullptr; }"
      " int *q; };");
  EXPECT_HAS(listing(U, "D::f"), "store (r0).<base B>.p, null\n");
  EXPECT_HAS(facts::print(U), "  base : B @0\n  field q: int * @8\n");
}

TEST(LowerCxx, VirtualCallsAreMarkedUnlessKnown) {
  std::string L =
      listing(extractCxx("struct B { virtual void g(); };"
                         "struct D final : B { void g() override; };"
                         "void f(B *b, D *d) { b->g(); d->g(); b->B::g(); }"),
              "f");
  EXPECT_EQ(count(L, "call.virtual B::g("), 1u) << L;
  EXPECT_EQ(count(L, "call D::g("), 1u) << L;
  EXPECT_EQ(count(L, "call B::g("), 1u) << L;
}

TEST(LowerCxx, OverridesAreListed) {
  facts::Unit U = extractCxx("struct B { virtual void g(); };"
                             "struct D : B { void g() override {} };");
  for (const facts::Callee &C : U.Callees)
    if (U.str(C.Name) == "D::g") {
      ASSERT_EQ(C.Overrides.size(), 1u);
      EXPECT_EQ(U.str(C.Overrides[0]), "c:@S@B@F@g#");
      return;
    }
  ADD_FAILURE() << "D::g is no callee";
}

TEST(LowerCxx, NewConstructsAndDeleteDestroys) {
  facts::Unit U =
      extractCxx("struct N { int *p; N(int *q) : p(q) {} ~N() { delete p; } };"
                 "N *f(int *q) { return new N(q); }"
                 "void g(N *n) { delete n; }"
                 "int *h() { return new int(4); }");
  EXPECT_HAS(listing(U, "f"), "r0 = new N\n");
  EXPECT_HAS(listing(U, "f"), "call N::N(r0, r1)\nreturn r0\n");
  // Nothing is destroyed when the pointer is null.
  std::string G = listing(U, "g");
  EXPECT_HAS(G, "branch r0 ");
  EXPECT_HAS(G, "call destroy N::~N(r0)\nfree r0\n");
  EXPECT_HAS(listing(U, "h"), "r0 = new int\ninit (r0), 4\nreturn r0\n");
}

TEST(LowerCxx, LocalsAreDestroyedAtScopeExit) {
  std::string L =
      listing(extractCxx("struct G { int *p; ~G() { *p = 0; } };"
                         "int f(int *q, bool b) { G g{q}; if (b) return 1;"
                         " return 2; }"),
              "f");
  EXPECT_EQ(count(L, "call destroy G::~G("), 2u) << L;
  EXPECT_EQ(count(L, "end g\n"), 2u) << L;
  EXPECT_HAS(L, "return 1\n");
}

TEST(LowerCxx, DestructorDestroysMembersInReverse) {
  std::string L =
      listing(extractCxx("struct M { int *m; ~M(); };"
                         "struct A { M a, b; int *p; ~A() { p = nullptr; } };"),
              "A::~A");
  size_t B = L.find(".b\n"), A = L.find(".a\n"), P = L.find(".p, null");
  ASSERT_NE(A, std::string::npos) << L;
  EXPECT_LT(P, B);
  EXPECT_LT(B, A);
}

TEST(LowerCxx, ReferenceParametersArePointers) {
  std::string L =
      listing(extractCxx("struct A { int *p; }; void f(A &a) { a.p = nullptr; }"
                         "void g(A *x) { f(*x); }"),
              "f");
  EXPECT_HAS(L, "r0 = load a\nstore (r0).p, null\n");
}

TEST(LowerCxx, LambdaCapturesAreFields) {
  facts::Unit U =
      extractCxx("struct A { int *p; void f(); };"
                 "void A::f() { int n = 0; auto g = [this, &n] { p = nullptr; "
                 "n = 1; }; g(); }");
  std::string F = listing(U, "A::f");
  EXPECT_HAS(F, "init g.<0>, r");
  EXPECT_HAS(F, "addr n\ninit g.<1>, r");
  std::string All = facts::print(U);
  EXPECT_HAS(All, " lambda");
  EXPECT_HAS(All, "load (r0).<0>");
  EXPECT_HAS(All, ".p, null");
}

TEST(LowerCxx, EscapingLambdaHasItsAddressTaken) {
  const char *Code = "template <class F> void each(F f) { f(); } "
                     "void f() { each([] { }); }";
  std::string All = facts::print(extractCxx(Code));
  EXPECT_HAS(linesWith(All, "operator()("), "address_taken");
}

TEST(LowerCxx, EachLambdaOfAFunctionIsAFunction) {
  facts::Unit U =
      extractCxx("struct A { int *p, *q; void f(); };"
                 "template <class F> struct Exit { F f; ~Exit() { f(); } };"
                 "template <class F> void each(F f) { f(); }"
                 "void A::f() { auto x = [this] { p = nullptr; };"
                 " auto y = [this] { q = nullptr; }; each(x); each(y);"
                 " Exit<decltype(x)> e{x}; Exit<decltype(y)> g{y}; }");
  std::string All = facts::print(U);
  EXPECT_EQ(count(All, " internal lambda"), 2u) << All;
  EXPECT_EQ(count(All, ".p, null"), 1u);
  EXPECT_EQ(count(All, ".q, null"), 1u);
  // An instance for a closure calls that closure.
  EXPECT_EQ(count(All, "\nfunction each("), 2u) << All;
  EXPECT_EQ(count(All, "\nfunction Exit::~Exit"), 2u) << All;
  EXPECT_HAS(All, "@Sa@0");
  EXPECT_HAS(All, "@Sa@1");
  std::set<std::string> Usrs;
  for (const facts::Function &F : U.Functions)
    Usrs.insert(U.str(U.Callees[F.Callee].Usr).str());
  EXPECT_EQ(Usrs.size(), U.Functions.size());
}

TEST(LowerCxx, OwnerLikeCallsOfOperatorsAndFunctions) {
  facts::Unit U = extractCxx(R"(
#include <any>
#include <functional>
#include <memory>
#include <utility>
#include <variant>
struct N { int v; };
struct Freer { void operator()(N *n) const { n->v = 0; delete n; } };
struct B { std::unique_ptr<N> u; std::shared_ptr<N> s; N *raw;
  B(B &&) = default; B &operator=(B &&) = default; };
struct D : B { D(D &&) = default; D &operator=(D &&) = default; };
struct A {
  std::unique_ptr<N, Freer> own; std::variant<int, std::unique_ptr<N>> var;
  std::any any; std::function<void()> cb; N *p;
  void drop() { own.reset(); }
  void number() { var = 7; }
  int held() { return std::get<1>(var)->v; }
  bool is() { return std::holds_alternative<int>(var); }
  int ask() { return std::any_cast<int>(any); }
  void run() { std::invoke(cb); }
  std::pair<N *, int> pair() { return std::make_pair(p, 1); }
};
void move(D &a, D &b) { a = std::move(b); }
A *build() { return new A; }
)");
  // Clang writes `u.operator=(...)` in the bodies of defaulted operations.
  std::string L = listing(U, "B::operator=");
  EXPECT_HAS(L, "store (r0).u, r2\nfree r");
  EXPECT_HAS(L, ".s, null\n");
  EXPECT_HAS(L, "release r");
  EXPECT_LACKS(L, "use ");
  EXPECT_HAS(listing(U, "D::operator="), "call B::operator=(");
  EXPECT_HAS(listing(U, "A::drop"), "call Freer::operator()(opaque, r1)\n");
  EXPECT_LACKS(listing(U, "A::drop"), "free");
  EXPECT_HAS(listing(U, "A::number"), "load tmp1\ninit (r");
  EXPECT_HAS(listing(U, "A::held"), "load (r0).var\nr2 = load (r1)\n");
  EXPECT_LACKS(listing(U, "A::is"), "use");
  EXPECT_HAS(listing(U, "A::ask"), "load (r0).any\nuse r1\n");
  EXPECT_HAS(listing(U, "A::run"), "load (r0).cb\ncall r1()\n");
  // The library does not get at the field itself.
  EXPECT_HAS(listing(U, "A::pair"), "load (r0).p\nuse r");
  EXPECT_LACKS(listing(U, "A::pair"), "addr (r0).p");
}

TEST(LowerCxx, ThrowGoesToTheHandlerOrOut) {
  facts::Unit U =
      extractCxx("void g(); void f(int *&p) { try { g(); p = nullptr; }"
                 " catch (int) { p = new int; } }"
                 "void h(bool b) { if (b) throw 1; g(); }");
  std::string F = listing(U, "f");
  EXPECT_HAS(F, "handler\n");
  EXPECT_HAS(F, "call g()\nany b");
  std::string H = listing(U, "h");
  EXPECT_HAS(H, "throw\n");
  EXPECT_LACKS(H, "any ");
}

TEST(LowerCxx, TemplateIsExtractedOnceUnderItsOwnName) {
  facts::Unit U =
      extractCxx("template <class T> struct H { T *t = nullptr;"
                 " void clear() { t = nullptr; } };"
                 "void f(H<int> &a, H<char> &b) { a.clear(); b.clear(); }");
  std::string All = facts::print(U);
  EXPECT_EQ(count(All, "function H::clear("), 1u) << All;
  EXPECT_HAS(linesWith(All, "function H::clear("), "instance");
  EXPECT_EQ(count(listing(U, "f"), "call H::clear("), 2u);
  EXPECT_EQ(count(All, "record H "), 2u);
  EXPECT_EQ(count(All, "key c:@ST>1#T@H\n"), 2u) << All;
}

TEST(LowerCxx, DefaultedCopyAndMove) {
  std::string All = facts::print(
      extractCxx("struct A { int *p; int n; A &operator=(A &&) = default; };"));
  std::string L = linesWith(All, "function A::operator=(");
  EXPECT_HAS(L, "implicit");
  EXPECT_HAS(All, ".p, r");
}

TEST(LowerCxx, TrivialAssignmentCopiesTheRecord) {
  EXPECT_HAS(
      listing(extractCxx("struct A { int *p; }; void f(A &a, A &b) { a = b; }"),
              "f"),
      "copy (r0), (r1)\n");
}

TEST(LowerCxx, SwapAndExchangeOfPlainPointers) {
  std::string L = listing(extractCxx("#include <utility>\n"
                                     "struct A { int *p, *q; int *f(); };"
                                     "int *A::f() { std::swap(p, q);"
                                     " return std::exchange(p, nullptr); }"),
                          "A::f");
  EXPECT_HAS(L, "store (r0).p, r3\nstore (r1).q, r2\n");
  EXPECT_HAS(L, ".p, null\n");
  EXPECT_LACKS(L, "call");
}

TEST(LowerCxx, AtomicAndArrayMembers) {
  std::string L = listing(
      extractCxx(
          "#include <atomic>\n#include <array>\n"
          "struct A { std::atomic<int> n{0}; std::atomic<int *> p; "
          "std::array<int *, 4> s; void f(int i); };"
          "void A::f(int i) { n.fetch_sub(1); p.store(nullptr); s[i] = nullptr;"
          " s[2] = nullptr; if (n.load() == 0) n = 5; ++n; }"),
      "A::f");
  EXPECT_HAS(L, " - 1\n");
  EXPECT_HAS(L, ".p, null\n");
  EXPECT_HAS(L, ".s[r7], null\n");
  EXPECT_HAS(L, ".s[2], null\n");
  EXPECT_HAS(L, ".n, 5\n");
  EXPECT_LACKS(L, "call");
}

TEST(LowerCxx, StructuredBindingsNameMembers) {
  std::string L =
      listing(extractCxx("struct P { int *a; int b; };"
                         "int f(P &p) { auto &[x, y] = p; x = nullptr;"
                         " return y; }"),
              "f");
  EXPECT_HAS(L, ".a, null\n");
  EXPECT_HAS(L, ".b\n");
}

TEST(LowerCxx, PlacementNewBuildsInPlace) {
  std::string L = listing(
      extractCxx("#include <new>\nstruct A { int *p; A() : p(nullptr) {} };"
                 "A *f(void *m) { return new (m) A; }"),
      "f");
  EXPECT_HAS(L, "call A::A(r0)\nreturn r0\n");
  EXPECT_LACKS(L, "new");
}

TEST(LowerCxx, FunctionStaticIsInitialisedOnOnePath) {
  std::string L =
      listing(extractCxx("struct R { int *p; R(); ~R(); };"
                         "R &f() { static R r; return r; }"
                         "int *g() { static int *p = new int(3); return p; }"),
              "g");
  EXPECT_HAS(L, "any b");
  EXPECT_HAS(L, "init @g::p, r0\n");
}

TEST(LowerCxx, DefaultArgumentIsEvaluatedForEachCall) {
  std::string L =
      listing(extractCxx("int *mk(); void g(int *p = mk());"
                         "void f(bool b) { if (b) g(); else g(); }"),
              "f");
  EXPECT_EQ(count(L, "call mk()"), 2u) << L;
}

TEST(LowerCxx, CoroutinesWaitWhereTheyAreSuspended) {
  facts::Unit U = extractCxx(R"(#include <coroutine>
struct T { struct promise_type { T get_return_object() { return {}; }
  std::suspend_never initial_suspend() { return {}; }
  std::suspend_never final_suspend() noexcept { return {}; }
  void return_void() {} void unhandled_exception() {} }; };
struct S { int *p; };
struct W : std::suspend_always { int *await_resume() { return nullptr; } };
T f(S *s) { s->p = nullptr; s->p = co_await W{}; })");
  std::string All = facts::print(U);
  EXPECT_HAS(linesWith(All, "function f("), "coroutine");
  std::string L = listing(U, "f");
  size_t Clear = L.find(".p, null\n"), Wait = L.find("call co_await()\n"),
         Set = L.rfind(".p, r");
  ASSERT_NE(Wait, std::string::npos) << L;
  EXPECT_LT(Clear, Wait) << L;
  EXPECT_LT(Wait, Set) << L;
  EXPECT_HAS(L, "call W::await_resume(");
}

// Which member is reached is not known: any of its type.
TEST(LowerCxx, MemberPointersReachAnyMember) {
  facts::Unit U = extractCxx(R"(
struct S { char *p; int n; char *q; };
void arrow(S *s, char *S::*m) { delete (s->*m); s->*m = nullptr; }
void dot(S &s, char *S::*m) { s.*m = nullptr; })");
  std::string L = listing(U, "arrow");
  EXPECT_EQ(count(linesWith(L, "havoc"), ".p"), 2u) << L;
  EXPECT_EQ(count(linesWith(L, "havoc"), ".q"), 2u) << L;
  EXPECT_EQ(count(linesWith(L, "havoc"), ".n"), 0u) << L;
  EXPECT_EQ(count(listing(U, "dot"), "havoc"), 2u);
}

TEST(LowerCxx, AddressesInAnInitializerListAreGivenAway) {
  facts::Unit U = extractCxx(R"(
#include <initializer_list>
struct S { char *p, *q; };
void wipe(S *s) {
  for (char **f : {&s->p, &s->q}) { delete *f; *f = nullptr; } }
void values(S *s) { for (char *c : {s->p, s->q}) *c = 0; })");
  EXPECT_EQ(count(listing(U, "wipe"), "call std::initializer_list(r"), 1u);
  EXPECT_LACKS(listing(U, "values"), "call std::initializer_list(");
}

TEST(LowerCxx, SystemHeadersHaveNoFunctions) {
  facts::Unit U =
      extractCxx("#include <vector>\n#include <string>\n"
                 "int f(std::vector<std::string> &v) { return v.size(); }");
  for (const facts::Function &F : U.Functions)
    EXPECT_EQ(U.str(U.Callees[F.Callee].Name), "f");
  EXPECT_EQ(U.Functions.size(), 1u);
}

} // namespace
