// A destructor needs no clear; a method does, with nullptr.
// RUN: cp %s %t.cpp
// RUN: %check --fix '--config={CheckOptions: {Level: low}}' %t.cpp -- -std=c++17 > %t.out
// RUN: FileCheck-19 %s --input-file=%t.cpp
// RUN: FileCheck-19 %s --check-prefix=SAYS --input-file=%t.out
// RUN: clang++-19 -std=c++17 -fsyntax-only -Werror %t.cpp

namespace {

class Buffer {
public:
  ~Buffer() {
    delete[] data_;
    // CHECK: {{^}}    delete[] data_;{{$}}
    // CHECK-NEXT: CHECK
    // CHECK-NEXT: CHECK
  }
  void open(unsigned n) {
    if (open_)
      return;
    data_ = new char[n];
    open_ = true;
  }
  void put(unsigned i, char c) {
    if (open_)
      data_[i] = c;
  }
  // SAYS: 'Buffer.data_' is freed
  void close() {
    if (!open_)
      return;
    open_ = false;
    delete[] data_;
    // CHECK: {{^}}    delete[] data_;{{$}}
    // CHECK-NEXT: {{^}}    data_ = nullptr;{{$}}
  }

private:
  bool open_ = false;
  char *data_ = nullptr;
};

} // namespace

Buffer *makeBuffer() { return new Buffer; }
void openBuffer(Buffer *b) { b->open(9); }
void putBuffer(Buffer *b) { b->put(1, 'x'); }
void closeBuffer(Buffer *b) { b->close(); }
void freeBuffer(Buffer *b) { delete b; }
