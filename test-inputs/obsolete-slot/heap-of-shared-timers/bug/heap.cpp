// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

struct Timer {
  unsigned long due = 0;
  std::vector<char> payload;
};

class TimerHeap {
public:
  explicit TimerHeap(std::size_t cap) : heap_(new std::shared_ptr<Timer>[cap]), cap_(cap) {}
  bool add(std::shared_ptr<Timer> t);
  std::shared_ptr<Timer> popMin();
  std::size_t size() const { return n_; }

private:
  bool before(std::size_t a, std::size_t b) const { return heap_[a]->due < heap_[b]->due; }
  std::unique_ptr<std::shared_ptr<Timer>[]> heap_;
  std::size_t cap_, n_ = 0;
};

bool TimerHeap::add(std::shared_ptr<Timer> t) {
  if (n_ == cap_ || !t)
    return false;
  std::size_t i = n_++;
  heap_[i] = std::move(t);
  while (i > 0 && before(i, (i - 1) / 2)) {
    std::swap(heap_[i], heap_[(i - 1) / 2]);
    i = (i - 1) / 2;
  }
  return true;
}

std::shared_ptr<Timer> TimerHeap::popMin() {
  if (n_ == 0)
    return nullptr;
  std::shared_ptr<Timer> min = heap_[0];
  --n_;
  heap_[0] = heap_[n_];
  for (std::size_t i = 0;;) {
    std::size_t child = 2 * i + 1;
    if (child >= n_)
      break;
    if (child + 1 < n_ && before(child + 1, child))
      ++child;
    if (!before(child, i))
      break;
    std::swap(heap_[child], heap_[i]);
    i = child;
  }
  return min;
}

std::unique_ptr<TimerHeap> makeTimers() { return std::make_unique<TimerHeap>(1024); }
