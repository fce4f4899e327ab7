// Fields of C++ classes: raw pointers in templates and bases, and library owners.
// RUN: %suspects -o %t.json %s "ns::Base.raw" "ns::Box.value: ns::Box.full==0" \
// RUN:   "Session.up" "Session.sp" "Session.fn" "Session.vec" "Shape.data" "Holder.shape"
// RUN: %levels --suspects %t.json %s -- -std=c++17 | FileCheck %s

#include <functional>
#include <memory>
#include <vector>

extern "C" __attribute__((noinline)) int use(const void *p) { return p != nullptr; }

namespace ns {
struct Base {
  int pad;
  char *raw = nullptr;
  virtual ~Base() = default;
  void set(char *p) { raw = p; }
};
struct Derived : Base {
  int more;
  bool has() const { return raw != nullptr; }
};
template <class T> struct Box {
  T first;
  T *value;
  bool full;
  Box(T *p) : first(), value(p), full(true) {}
  void drop() { full = false; }
};
} // namespace ns

struct Shape {
  char *data;
  virtual ~Shape() {}
};
struct Holder {
  Shape *shape;
};

struct Session {
  int id = 0;
  std::unique_ptr<int> up;
  std::shared_ptr<int> sp;
  std::function<void()> fn;
  std::vector<int> vec;
};

struct Plain {
  int x;
  ns::Box<int> *inner;
};

static char Block[64];
static int Number;

int main() {
  auto *d = new ns::Derived;
  // CHECK: store ns::Base.raw null {{.*}}Base
  // CHECK-NEXT: store ns::Base.raw set {{.*}}set
  d->set(Block);
  // CHECK-NEXT: test ns::Base.raw set {{.*}}has
  use(d->has() ? d : nullptr);
  // CHECK-NEXT: use ns::Base.raw set {{.*}}:[[#@LINE+1]]
  auto lambda = [d] { return d->raw[0]; };
  lambda();
  delete d;

  // Two instances of one template have one subject and two layouts.
  auto *b = new ns::Box<int>(&Number);
  // CHECK-NEXT: store ns::Box.value set
  // CHECK-NEXT: phase ns::Box.full 1
  auto *c = new ns::Box<long double>(nullptr);
  // CHECK-NEXT: store ns::Box.value null
  // CHECK-NEXT: phase ns::Box.full 1
  // CHECK-NEXT: phase ns::Box.full 0
  b->drop();
  // CHECK-NEXT: copy ns::Box.value 17 main:[[#@LINE+2]]
  ns::Box<int> *b2 = static_cast<ns::Box<int> *>(::operator new(sizeof *b));
  *b2 = *b;
  delete b2;
  delete b;
  delete c;

  // A polymorphic delete is a release, though it reads the vtable.
  auto *h = new Holder{new Shape};
  // CHECK: release Holder.shape set main:[[#@LINE+1]]
  delete h->shape;
  // CHECK-NEXT: store Holder.shape null main:[[#@LINE+1]]
  h->shape = nullptr;
  delete h;

  // CHECK: refresh Session.up null
  auto *s = new Session;
  // CHECK: owner-release Session.up null main:[[#@LINE+2]]
  // CHECK-NEXT: refresh Session.up set main:[[#@LINE+1]]
  s->up = std::make_unique<int>(1);
  // CHECK-NEXT: owner-test Session.up set main:[[#@LINE+1]]
  if (s->up)
    // CHECK-NEXT: owner-use Session.up set main:[[#@LINE+1]]
    use(s->up.get());
  // CHECK-NEXT: owner-use Session.up set main:[[#@LINE+1]]
  *s->up = 2;
  // CHECK-NEXT: owner-release Session.up set main:[[#@LINE+2]]
  // CHECK-NEXT: refresh Session.up null main:[[#@LINE+1]]
  s->up.reset();
  // CHECK-NEXT: owner-release Session.sp null main:[[#@LINE+2]]
  // CHECK-NEXT: refresh Session.sp set main:[[#@LINE+1]]
  s->sp = std::make_shared<int>(3);
  // CHECK-NEXT: owner-use Session.sp set main:[[#@LINE+2]]
  // CHECK-NEXT: refresh Session.sp null main:[[#@LINE+1]]
  std::shared_ptr<int> taken = std::move(s->sp);
  use(taken.get());
  // CHECK: refresh Session.fn
  s->fn = [] { use(Block); };
  // CHECK-NEXT: owner-use Session.fn {{.*}} main:[[#@LINE+2]]
  // CHECK-NEXT: refresh Session.fn {{.*}} main:[[#@LINE+1]]
  s->fn();
  // CHECK-NEXT: {{.*}} Session.vec null main:[[#@LINE+2]]
  // CHECK-NEXT: refresh Session.vec set main:[[#@LINE+1]]
  s->vec.push_back(1);
  // CHECK-NEXT: owner-test Session.vec set main:[[#@LINE+1]]
  use(s->vec.empty() ? nullptr : s);
  // The destructor of the session releases its owners.
  // CHECK: owner-release Session.vec
  // CHECK: owner-release Session.up
  delete s;
  return 0;
}
