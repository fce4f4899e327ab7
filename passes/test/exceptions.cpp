// A slot's address in calls that may throw, in try blocks, and in coroutines.
// RUN: %suspects -o %t.json %s "S.p" "S.up" "S.at" -- -std=c++20
// RUN: %levels --suspects %t.json %s %inputs/exceptions2.cpp -- -std=c++20 | FileCheck %s

#include <coroutine>
#include <exception>
#include <memory>

struct S {
  void *p = nullptr;
  std::unique_ptr<int> up;
  void *at = nullptr;
};
void setOrThrow(void **pp, void *v, bool fails);

static char Block[8];

struct Task {
  struct promise_type {
    Task get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> Handle;
};

static Task run(S *s) {
  s->at = Block;
  co_await std::suspend_always{};
  s->at = nullptr;
}

int main() {
  S *s = new S;
  try {
    // CHECK: escape S.p null main:[[#@LINE+2]]
    // CHECK-NEXT: refresh S.p set main:[[#@LINE+1]]
    setOrThrow(&s->p, Block, false);
    // The call throws: what it wrote is seen at the next event.
    // CHECK-NEXT: escape S.p set main:[[#@LINE+1]]
    setOrThrow(&s->p, nullptr, true);
  } catch (int) {
    // CHECK-NEXT: test S.p null main:[[#@LINE+1]]
    if (s->p)
      return 1;
  }
  try {
    // CHECK-NEXT: owner-release S.up null main:[[#@LINE+2]]
    // CHECK-NEXT: refresh S.up set main:[[#@LINE+1]]
    s->up = std::make_unique<int>(1);
    throw 1;
  } catch (int) {
    // CHECK-NEXT: owner-release S.up set main:[[#@LINE+2]]
    // CHECK-NEXT: refresh S.up null main:[[#@LINE+1]]
    s->up.reset();
  }
  // CHECK-NEXT: store S.at set {{.*}}run
  Task t = run(s);
  // CHECK-NEXT: store S.at null {{.*}}run
  t.Handle.resume();
  t.Handle.destroy();
  delete s;
  return 0;
}
