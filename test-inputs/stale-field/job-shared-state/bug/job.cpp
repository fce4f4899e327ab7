// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

using Payload = std::vector<std::uint8_t>;

class Job {
public:
  explicit Job(int id) : id_(id) {}
  void attach(std::shared_ptr<Payload> p);
  std::size_t step();
  void finish();
  bool done() const { return done_; }
  int id() const { return id_; }
  std::uint32_t checksum() const { return checksum_; }

private:
  int id_;
  bool done_ = false;
  std::shared_ptr<Payload> payload_;
  std::size_t offset_ = 0;
  std::uint32_t checksum_ = 0;
};

void Job::attach(std::shared_ptr<Payload> p) {
  if (done_)
    return;
  payload_ = std::move(p);
  offset_ = 0;
}

std::size_t Job::step() {
  if (done_ || !payload_)
    return 0;
  std::size_t left = payload_->size() - offset_;
  std::size_t n = left < 64 ? left : 64;
  for (std::size_t i = 0; i < n; ++i)
    checksum_ = checksum_ * 16777619u ^ (*payload_)[offset_ + i];
  offset_ += n;
  if (n == left)
    finish();
  return n;
}

void Job::finish() {
  done_ = true;
}

std::vector<std::unique_ptr<Job>> history;

Job &submit(int id, std::shared_ptr<Payload> p) {
  history.push_back(std::make_unique<Job>(id));
  history.back()->attach(std::move(p));
  return *history.back();
}
