// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

struct Message {
  std::string text;
};

class Mailbox {
public:
  bool send(std::shared_ptr<const Message> m);
  std::shared_ptr<const Message> receive();
  bool empty() const { return head_ == tail_; }

private:
  static constexpr std::size_t Size = 16;
  std::shared_ptr<const Message> ring_[Size];
  std::size_t head_ = 0, tail_ = 0;
};

bool Mailbox::send(std::shared_ptr<const Message> m) {
  std::size_t next = (tail_ + 1) % Size;
  if (next == head_)
    return false;
  ring_[tail_] = std::move(m);
  tail_ = next;
  return true;
}

std::shared_ptr<const Message> Mailbox::receive() {
  if (empty())
    return nullptr;
  std::shared_ptr<const Message> m = ring_[head_];
  head_ = (head_ + 1) % Size;
  return m;
}

Mailbox *makeMailbox() { return new Mailbox; }
