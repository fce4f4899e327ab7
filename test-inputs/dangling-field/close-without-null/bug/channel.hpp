// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>
namespace net {
struct RxBuffer {
  char bytes[4096];
  std::size_t used = 0;
};
class Channel {
public:
  explicit Channel(int fd) : fd_(fd) {}
  ~Channel();
  Channel(const Channel &) = delete;
  Channel &operator=(const Channel &) = delete;
  void open();
  std::size_t receive();
  std::size_t buffered() const;
  void close();
  bool isOpen() const { return fd_ >= 0; }
  void reopen(int fd);

private:
  int fd_;
  RxBuffer *rx_ = nullptr;
};
} // namespace net
