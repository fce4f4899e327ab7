// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "channel.hpp"
#include <unistd.h>

namespace net {

void Channel::open() {
  if (!rx_)
    rx_ = new RxBuffer;
}

std::size_t Channel::receive() {
  if (fd_ < 0 || !rx_)
    return 0;
  ssize_t n = ::read(fd_, rx_->bytes + rx_->used, sizeof rx_->bytes - rx_->used);
  if (n > 0)
    rx_->used += static_cast<std::size_t>(n);
  return rx_->used;
}

std::size_t Channel::buffered() const { return rx_ ? rx_->used : 0; }

void Channel::close() {
  if (fd_ < 0)
    return;
  ::close(fd_);
  fd_ = -1;
  delete rx_;
  rx_ = nullptr;
}

void Channel::reopen(int fd) {
  close();
  fd_ = fd;
  open();
}

Channel::~Channel() {
  if (fd_ >= 0)
    ::close(fd_);
  delete rx_;
}

} // namespace net
