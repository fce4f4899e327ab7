// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstring>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

struct Chunk {
  std::vector<char> bytes;
  std::size_t offset = 0;
  std::shared_ptr<Chunk> next;
};

class ChunkQueue {
public:
  void append(std::span<const char> data);
  std::shared_ptr<Chunk> pop();
  std::size_t pending() const { return pending_; }

private:
  std::mutex lock_;
  std::shared_ptr<Chunk> head_;
  std::weak_ptr<Chunk> tail_;
  std::size_t pending_ = 0;
};

void ChunkQueue::append(std::span<const char> data) {
  auto c = std::make_shared<Chunk>();
  c->bytes.assign(data.begin(), data.end());
  std::lock_guard<std::mutex> guard(lock_);
  if (auto last = tail_.lock(); last && head_)
    last->next = c;
  else
    head_ = c;
  tail_ = c;
  pending_ += data.size();
}

std::shared_ptr<Chunk> ChunkQueue::pop() {
  std::lock_guard<std::mutex> guard(lock_);
  std::shared_ptr<Chunk> c = head_;
  if (!c)
    return nullptr;
  head_ = std::move(c->next);
  c->next = nullptr;
  pending_ -= c->bytes.size();
  return c;
}

std::unique_ptr<ChunkQueue> makeChunks() { return std::make_unique<ChunkQueue>(); }
