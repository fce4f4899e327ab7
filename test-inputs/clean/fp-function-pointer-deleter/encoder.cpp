// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>

struct Buffer {
  bool busy = false;
  std::size_t used = 0;
  char data[4096];
};

static void giveBack(Buffer *b) {
  b->busy = false;
  b->used = 0;
}

class Encoder {
public:
  Encoder() : cur_(new Buffer) {}
  ~Encoder() { delete cur_; }
  Encoder(const Encoder &) = delete;
  Encoder &operator=(const Encoder &) = delete;

  std::size_t encode(const char *text, std::size_t n) {
    cur_->busy = true;
    std::unique_ptr<Buffer, void (*)(Buffer *)> lease(cur_, giveBack);
    for (std::size_t i = 0; i < n && lease->used < sizeof lease->data; ++i)
      lease->data[lease->used++] = text[i];
    return lease->used;
  }
  bool busy() const { return cur_->busy; }
  std::size_t room() const { return sizeof cur_->data - cur_->used; }

private:
  Buffer *cur_;
};

std::unique_ptr<Encoder> makeEncoder() { return std::make_unique<Encoder>(); }
