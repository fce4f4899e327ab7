// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <vector>

struct Buffer {
  std::vector<char> bytes;
  std::shared_ptr<Buffer> next;
  std::size_t uses = 0;
};

class Buffers {
public:
  void give(std::shared_ptr<Buffer> b);
  std::shared_ptr<Buffer> take();
  std::size_t idle() const { return idle_; }

private:
  std::shared_ptr<Buffer> first_;
  std::size_t idle_ = 0;
};

void Buffers::give(std::shared_ptr<Buffer> b) {
  b->bytes.clear();
  b->next = first_;
  first_ = b;
  ++idle_;
}

std::shared_ptr<Buffer> Buffers::take() {
  auto b = first_;
  if (!b)
    return std::make_shared<Buffer>();
  first_ = b->next;
  ++b->uses;
  --idle_;
  return b;
}

std::unique_ptr<Buffers> makeBuffers() { return std::make_unique<Buffers>(); }
