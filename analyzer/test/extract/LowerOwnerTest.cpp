//===- LowerOwnerTest.cpp - smart pointers and containers -----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

using namespace retsan;
using namespace retsan::test;

namespace {

/// All snippets are member functions of one class: the headers parse once.
class LowerOwner : public testing::Test {
protected:
  static void SetUpTestSuite() {
    U = new facts::Unit(extractCxx(R"(
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <string>
#include <vector>
struct N { int v; N *next; };
struct J {
  std::unique_ptr<N> u; std::unique_ptr<N[]> ua;
  std::shared_ptr<N> s; std::weak_ptr<N> w;
  std::function<void(int)> cb;
  std::vector<std::unique_ptr<N>> kids; std::vector<int> ints;
  std::map<int, std::shared_ptr<N>> byId; std::optional<std::unique_ptr<N>> opt;
  void reset() { u.reset(); }
  void resetTo(N *n) { u.reset(n); }
  void assignNull() { u = nullptr; }
  void assignEmpty() { s = {}; }
  void dropShared() { s.reset(); }
  int deref() { return u->v + (*s).v; }
  N *get() { return u.get(); }
  bool test() { return u && s != nullptr; }
  N *give() { return u.release(); }
  std::unique_ptr<N> take() { return std::move(u); }
  std::shared_ptr<N> share() { return s; }
  void copyFrom(J &o) { s = o.s; }
  void moveFrom(J &o) { u = std::move(o.u); }
  void make() { u = std::make_unique<N>(); }
  void adopt(std::unique_ptr<N> p) { u = std::move(p); }
  void swapWith(J &o) { u.swap(o.u); std::swap(s, o.s); }
  std::unique_ptr<N> exchange() { return std::exchange(u, nullptr); }
  int index(int i) { return ua[i].v; }
  void setCb(std::function<void(int)> f) { cb = std::move(f); }
  void lambda() { cb = [this](int x) { u->v = x; }; }
  void fire() { if (cb) cb(3); }
  void once() { auto f = std::move(cb); f(1); }
  void clear() { kids.clear(); }
  void clearInts() { ints.clear(); }
  void push() { kids.push_back(std::make_unique<N>()); }
  N *at(int i) { return kids[i].get(); }
  bool none() { return kids.empty(); }
  int sum() { int t = 0; for (auto &k : kids) t += k->v; return t; }
  void pop() { kids.pop_back(); }
  void forget(int i) { byId.erase(i); }
  void dropOpt() { opt.reset(); }
  std::optional<int> num;
  void dropNum() { num = std::nullopt; }
  void setNum() { num = 4; }
  bool hasNum() { return num.has_value() || num; }
  int useNum() { return *num; }
  bool expired() { return w.expired(); }
  void scope() { auto p = std::make_unique<N>(); p->v = 1; }
};
J *build() { return new J; }
)"));
  }
  static void TearDownTestSuite() { delete U; }
  static std::string of(const char *Method) {
    return listing(*U, std::string("J::") + Method);
  }
  static facts::Unit *U;
};
facts::Unit *LowerOwner::U = nullptr;

TEST_F(LowerOwner, FieldsAreOwningPointers) {
  std::string All = facts::print(*U);
  EXPECT_HAS(All, "field u: std::unique_ptr<N> <unique> @0");
  EXPECT_HAS(linesWith(All, "field s:"), "<shared>");
  EXPECT_HAS(linesWith(All, "field w:"), "<weak>");
  EXPECT_HAS(linesWith(All, "field cb:"), "<function>");
  EXPECT_HAS(linesWith(All, "field kids:"), "<container>");
  EXPECT_HAS(linesWith(All, "field ints:"), "<values>");
  EXPECT_HAS(linesWith(All, "field byId:"), "<container>");
  EXPECT_HAS(linesWith(All, "field opt:"), "<optional>");
}

TEST_F(LowerOwner, ResetStoresThenFrees) {
  EXPECT_HAS(of("reset"), "r1 = load (r0).u\nstore (r0).u, null\nfree r1\n");
  EXPECT_HAS(of("assignNull"), "store (r0).u, null\nfree r1\n");
  EXPECT_HAS(of("resetTo"), "store (r0).u, r1\nfree r2\n");
}

TEST_F(LowerOwner, SharedOwnersRelease) {
  EXPECT_HAS(of("dropShared"), "store (r0).s, null\nrelease r1\n");
  EXPECT_HAS(of("assignEmpty"), "store (r0).s, null\nrelease r");
}

TEST_F(LowerOwner, AccessIsALoad) {
  std::string L = of("deref");
  EXPECT_HAS(L, "r1 = load (r0).u\nr2 = load (r1).v\n");
  EXPECT_HAS(L, "r4 = load (r3).s\nr5 = load (r4).v\n");
  EXPECT_HAS(of("get"), "r1 = load (r0).u\nreturn r1\n");
  EXPECT_HAS(of("index"), "load (r2)[r1].v\n");
}

TEST_F(LowerOwner, TestsCompare) {
  std::string L = of("test");
  EXPECT_HAS(L, "load (r0).u\nr2 = r1 != null\n");
  EXPECT_HAS(L, "branch r2 ");
  EXPECT_HAS(L, ".s\n");
  EXPECT_LACKS(L, "use ");
  EXPECT_HAS(of("expired"), " == null\n");
}

TEST_F(LowerOwner, MovesLeaveNullBehind) {
  for (const char *M : {"give", "take", "exchange"}) {
    EXPECT_HAS(of(M), "r1 = load (r0).u\nstore (r0).u, null\nreturn r1\n") << M;
    EXPECT_LACKS(of(M), "free") << M;
  }
  EXPECT_HAS(of("moveFrom"), "r2 = load (r1).u\nstore (r1).u, null\n");
}

TEST_F(LowerOwner, SharedCopiesCount) {
  EXPECT_HAS(of("share"), "r1 = load.copy (r0).s\nreturn r1\n");
  EXPECT_HAS(of("copyFrom"), "load.copy (r1).s\n");
}

TEST_F(LowerOwner, MakeUniqueIsNew) {
  EXPECT_HAS(of("make"), "new N\n");
  EXPECT_HAS(of("make"), "free r");
}

TEST_F(LowerOwner, OwnerParametersDieWithTheCall) {
  EXPECT_HAS(of("adopt"), "load p\nstore p, null\n");
  EXPECT_HAS(of("adopt"), "load p\nfree r");
}

TEST_F(LowerOwner, SwapExchangesBoth) {
  std::string L = of("swapWith");
  EXPECT_EQ(count(L, "store "), 4u) << L;
  EXPECT_LACKS(L, "call");
}

TEST_F(LowerOwner, CallbacksAreLoadedAndCalled) {
  EXPECT_HAS(of("fire"), "load (r3).cb\ncall r4(3)\n");
  EXPECT_HAS(of("setCb"), "store (r0).cb, r1\nrelease r");
  std::string L = of("once");
  EXPECT_HAS(L, "load (r0).cb\nstore (r0).cb, null\ninit f, r1\n");
  EXPECT_HAS(L, "load f\nrelease r");
}

TEST_F(LowerOwner, StoredLambdaIsAFreshClosure) {
  std::string L = of("lambda");
  EXPECT_HAS(L, "new (lambda)\n");
  EXPECT_HAS(L, "copy.init (r");
  EXPECT_HAS(L, ".cb, r");
}

TEST_F(LowerOwner, ContainersAreNullWhenEmpty) {
  EXPECT_HAS(of("clear"), "store (r0).kids, null\nrelease r1\n");
  EXPECT_LACKS(of("clearInts"), "release");
  std::string L = of("push");
  EXPECT_HAS(L, "new ");
  EXPECT_HAS(L, "store (r0).kids, r");
  EXPECT_HAS(of("none"), "load (r0).kids\nr2 = r1 == null\n");
}

TEST_F(LowerOwner, ElementsAreReadThroughTheContainer) {
  EXPECT_HAS(of("at"), ".kids\n");
  EXPECT_HAS(of("at"), ")[r1]\n");
  EXPECT_HAS(of("sum"), "use r");
  EXPECT_HAS(of("pop"), "load (r0).kids\nuse r1\n");
  EXPECT_LACKS(of("pop"), "store");
  EXPECT_HAS(of("forget"), "use r");
}

TEST_F(LowerOwner, OptionalOwnerReleases) {
  EXPECT_HAS(of("dropOpt"), "store (r0).opt, null\nrelease r1\n");
}

TEST_F(LowerOwner, OptionalValueIsNullWhenEmpty) {
  EXPECT_HAS(of("dropNum"), "store (r0).num, null\n");
  EXPECT_HAS(of("setNum"), "new int\n");
  EXPECT_EQ(count(of("hasNum"), " != null\n"), 2u) << of("hasNum");
  EXPECT_LACKS(of("hasNum"), "use ");
  EXPECT_HAS(of("useNum"), "r1 = load (r0).num\nr2 = load (r1)\nreturn r2\n");
}

TEST_F(LowerOwner, LocalOwnersAreFreedAtScopeExit) {
  EXPECT_HAS(of("scope"), "load p\nfree r");
  EXPECT_HAS(of("scope"), "end p\n");
}

TEST_F(LowerOwner, ImplicitOperationsKnowTheirOwners) {
  std::string Ctor = listing(*U, "J::J"), Dtor = listing(*U, "J::~J");
  EXPECT_HAS(Ctor, ".u, null\n");
  EXPECT_HAS(Ctor, ".kids, null\n");
  EXPECT_HAS(Dtor, "free r");
  EXPECT_HAS(Dtor, "release r");
}

} // namespace
