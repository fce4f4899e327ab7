// A callback whose phase ends before its only call is taken out of the object.
// RUN: cp %s %t.cpp
// RUN: %check --fix '--config={CheckOptions: {Level: medium}}' %t.cpp -- -std=c++17 | FileCheck-19 %s --check-prefix=SAYS
// RUN: FileCheck-19 %s --input-file=%t.cpp
// RUN: clang++-19 -std=c++17 -fsyntax-only -Werror %t.cpp
// RUN: %check '--config={CheckOptions: {Level: medium}}' %t.cpp -- -std=c++17 2>&1 | %nothing

// CHECK: #include <functional>
// CHECK-NEXT: #include <utility>
#include <functional>

namespace {

class Request {
public:
  bool start(std::function<void(int)> done) {
    if (pending_)
      return false;
    done_ = std::move(done);
    pending_ = true;
    return true;
  }
  void finish(int status) {
    if (!pending_)
      return;
    pending_ = false;
    done_(status);
    // CHECK: {{^}}    std::exchange(done_, nullptr)(status);
  }

private:
  bool pending_ = false;
  // SAYS: warning: 'Request.done_' {{.*}}retsan-stale-field]
  std::function<void(int)> done_;
};

} // namespace

Request *makeRequest() { return new Request; }
bool startRequest(Request *r, std::function<void(int)> f) { return r->start(f); }
void finishRequest(Request *r) { r->finish(0); }
