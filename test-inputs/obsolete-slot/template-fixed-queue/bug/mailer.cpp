// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fixed_queue.hpp"
#include <memory>
#include <string>
#include <vector>

struct Mail {
  std::string to;
  std::vector<char> attachment;
};

class Mailer {
public:
  bool enqueue(std::shared_ptr<const Mail> m) { return queue_.push(std::move(m)); }
  std::size_t deliver() {
    std::size_t bytes = 0;
    std::shared_ptr<const Mail> m;
    while (queue_.pop(m))
      bytes += m->attachment.size();
    return bytes;
  }
  bool idle() const { return queue_.empty(); }

private:
  FixedQueue<std::shared_ptr<const Mail>, 256> queue_;
};

Mailer &mailer() {
  static Mailer m;
  return m;
}
