//===- LowerLifetimeTest.cpp - what ends when
//------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Targets of owners, temporaries, elements of containers: who destroys them and
// where.
//
//===----------------------------------------------------------------------===//

#include "Support.h"

using namespace retsan;
using namespace retsan::test;

namespace {

class LowerLifetime : public testing::Test {
protected:
  static void SetUpTestSuite() {
    U = new facts::Unit(extractCxx(R"(
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>
struct Sink { int *cur; void use(); };
struct Job { Sink *s; int v; ~Job() { s->cur = nullptr; } };
struct Plain { int v; };
struct Iface { virtual ~Iface() = default; };
struct Closer { void operator()(Job *) const; };
struct Guard {
  Sink *s; explicit Guard(Sink *s) : s(s) {} ~Guard() { s->cur = nullptr; }
  bool ok() const; Sink *sink() const;
};
std::unique_ptr<Job> make();
void sink(std::unique_ptr<Job> p);
void look(const std::unique_ptr<Job> &p);
bool check(Sink *s);
struct A {
  std::unique_ptr<Job> job; std::unique_ptr<Job[]> jobs;
  std::unique_ptr<Plain> plain; std::unique_ptr<Iface> iface;
  std::unique_ptr<Job, Closer> closed; std::shared_ptr<Job> shared;
  std::vector<Job> v; std::vector<int> ints; std::string name;
  std::vector<std::unique_ptr<Job>> owners; std::deque<Job> dq;
  std::map<int, Job> m; Sink *s;
  void reset() { job.reset(); }
  void resetArray() { jobs.reset(); }
  void resetPlain() { plain.reset(); }
  void resetIface() { iface.reset(); }
  void resetClosed() { closed.reset(); }
  void resetShared() { shared.reset(); }
  void local() { auto p = make(); p->v = 1; }
  int temp() { return make()->v; }
  void drop() { make(); }
  void pass() { sink(make()); }
  void show() { look(make()); }
  void keep() { job = make(); }
  void choose(bool b) { job = b ? make() : nullptr; }
  void guarded() { Guard(s).sink()->use(); }
  void arm(bool b) { if (b && Guard(s).ok()) s->use(); }
  bool ret(bool b) { return b && Guard(s).ok(); }
  void extend() { const Guard &g = Guard(s); g.sink()->use(); }
  void names() { name = std::string("a") + name; }
  void push(const Job &j) { v.push_back(j); }
  void pushDq(const Job &j) { dq.push_back(j); }
  void pushInt(int i) { ints.push_back(i); }
  void pop() { v.pop_back(); }
  void popOwner() { owners.pop_back(); }
  void erase() { m.erase(3); }
  void clear() { v.clear(); }
  void assign(A &o) { v = o.v; }
  void reserve() { v.reserve(9); }
  void text() { name.clear(); name += 'x'; name.pop_back(); }
};
)"));
  }
  static void TearDownTestSuite() { delete U; }
  static std::string of(const char *Method) {
    return listing(*U, std::string("A::") + Method);
  }
  static facts::Unit *U;
};
facts::Unit *LowerLifetime::U = nullptr;

TEST_F(LowerLifetime, UniqueTargetsAreDestroyed) {
  std::string L = of("reset");
  EXPECT_HAS(L, "store (r0).job, null\nbranch r1 ");
  EXPECT_HAS(L, "call destroy Job::~Job(r1)\nfree r1\ngoto ");
  EXPECT_HAS(of("resetArray"), "addr (r1)[]\ncall destroy Job::~Job(r2)\n");
  EXPECT_HAS(of("resetIface"), "call.virtual destroy Iface::~Iface(r1)\n");
  EXPECT_HAS(of("local"), "load p\nbranch r");
}

TEST_F(LowerLifetime, NothingIsCalledWhereNothingIsToDo) {
  EXPECT_HAS(of("resetPlain"), "free r1\n");
  EXPECT_LACKS(of("resetPlain"), "call");
  // What a deleter does, and who else holds a shared target, is not known.
  EXPECT_HAS(of("resetClosed"), "free r1\n");
  EXPECT_LACKS(of("resetClosed"), "~Job");
  EXPECT_HAS(of("resetShared"), "release r1\n");
  EXPECT_LACKS(of("resetShared"), "~Job");
}

TEST_F(LowerLifetime, OwnerTemporariesEndWithTheirExpression) {
  EXPECT_HAS(of("temp"), ".v\n");
  EXPECT_EQ(count(of("temp"), "free r"), 1u) << of("temp");
  EXPECT_HAS(of("temp"), "return r");
  EXPECT_EQ(count(of("drop"), "free r"), 1u) << of("drop");
  EXPECT_EQ(count(of("show"), "free r"), 1u) << of("show");
}

TEST_F(LowerLifetime, WhatWasTakenOverIsNotDestroyed) {
  EXPECT_LACKS(of("pass"), "free");
  // Only the old value goes.
  EXPECT_EQ(count(of("keep"), "free r"), 1u) << of("keep");
  EXPECT_EQ(count(of("choose"), "free r"), 1u) << of("choose");
}

TEST_F(LowerLifetime, GuardTemporariesAct) {
  std::string L = of("guarded");
  size_t Use = L.find("call Sink::use("), End = L.find("destroy Guard::~Guard");
  ASSERT_NE(Use, std::string::npos) << L;
  ASSERT_NE(End, std::string::npos) << L;
  EXPECT_LT(Use, End) << L;
  EXPECT_EQ(count(of("extend"), "destroy Guard::~Guard"), 1u) << of("extend");
  EXPECT_LACKS(of("names"), "destroy");
}

TEST_F(LowerLifetime, ATemporaryOfOneArmIsDestroyedIfItWasMade) {
  for (const char *M : {"arm", "ret"}) {
    std::string L = of(M);
    EXPECT_EQ(count(L, "destroy Guard::~Guard"), 1u) << L;
    size_t Clear = L.find(" = 0\n"), Set = L.find(" = 1\n");
    ASSERT_NE(Clear, std::string::npos) << L;
    ASSERT_NE(Set, std::string::npos) << L;
    size_t Line = L.rfind('\n', Set) + 1;
    EXPECT_HAS(L, "branch " + L.substr(Line, Set - Line) + " ");
  }
  EXPECT_LACKS(of("ret"), "return opaque\nb1:");
}

TEST_F(LowerLifetime, ElementsAreInvalidated) {
  EXPECT_HAS(of("push"), "invalidate.maybe r");
  EXPECT_HAS(of("pushInt"), "invalidate.maybe r");
  EXPECT_HAS(of("reserve"), "invalidate.maybe r");
  EXPECT_HAS(of("pop"), "invalidate.maybe r");
  EXPECT_HAS(of("erase"), "invalidate.maybe r");
  EXPECT_HAS(of("clear"), "invalidate r1\nstore (r0).v, null\n");
  EXPECT_HAS(of("assign"), "invalidate r");
  // Growth moves no element of a deque; strings are not followed.
  EXPECT_LACKS(of("pushDq"), "invalidate");
  EXPECT_LACKS(of("text"), "invalidate");
}

TEST_F(LowerLifetime, RemovedElementsAreDestroyed) {
  EXPECT_HAS(of("pop"), "call destroy Job::~Job(r");
  EXPECT_HAS(of("erase"), "call destroy Job::~Job(r");
  std::string L = of("popOwner");
  EXPECT_HAS(L, ")[]\nbranch r");
  EXPECT_HAS(L, "free r");
}

TEST(LowerInherited, CompilerWrittenOperationsOfADerivedClassAreThere) {
  facts::Unit U = extractCxx("struct B { int *p; ~B() { delete p; } };"
                             "struct D : B { int n; }; struct E { D d; };"
                             "E *make() { return new E; }"
                             "void drop(E *e) { delete e; }");
  EXPECT_HAS(listing(U, "D::~D"), "call destroy B::~B(");
  EXPECT_HAS(listing(U, "E::~E"), "call destroy D::~D(");
}

TEST(LowerRecursive, AClassMayHoldContainersOfItself) {
  std::string All = facts::print(
      extractCxx("#include <map>\n#include <memory>\n#include <vector>\n"
                 "struct Re { std::vector<Re> parts; int op; };"
                 "struct Tree { std::map<int, Tree> kids; std::vector<Tree> l;"
                 " std::unique_ptr<int> own; };"
                 "void f(Re r) { r.parts.clear(); }"
                 "void g(Tree t) { t.kids.clear(); }"));
  EXPECT_HAS(linesWith(All, "field parts:"), "<values>");
  EXPECT_HAS(linesWith(All, "field kids:"), "<container>");
}

} // namespace
