// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

class MsgQueue {
public:
  struct Cell {
    std::string text;
    std::shared_ptr<Cell> next;
  };
  void push(std::string text);
  std::shared_ptr<const Cell> pop();
  bool empty() const;

private:
  mutable std::mutex mu_;
  std::shared_ptr<Cell> head_;
  Cell *tail_ = nullptr;
};

void MsgQueue::push(std::string text) {
  auto c = std::make_shared<Cell>();
  c->text = std::move(text);
  std::lock_guard<std::mutex> hold(mu_);
  Cell *raw = c.get();
  if (tail_)
    tail_->next = std::move(c);
  else
    head_ = std::move(c);
  tail_ = raw;
}

std::shared_ptr<const MsgQueue::Cell> MsgQueue::pop() {
  std::lock_guard<std::mutex> hold(mu_);
  std::shared_ptr<Cell> c = head_;
  if (!c)
    return nullptr;
  head_ = c->next;
  if (!head_)
    tail_ = nullptr;
  return c;
}

bool MsgQueue::empty() const {
  std::lock_guard<std::mutex> hold(mu_);
  return !head_;
}

struct Archive {
  std::shared_ptr<const MsgQueue::Cell> newest;
  void keep(MsgQueue &q) {
    if (auto c = q.pop())
      newest = std::move(c);
  }
};

std::unique_ptr<Archive> makeArchive() { return std::make_unique<Archive>(); }
