// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "channel.hpp"
#include <memory>
#include <utility>

bool Channel::whenReady(std::function<void(const std::string &)> f) {
  if (ready_) {
    f(peer_);
    return false;
  }
  onReady_ = std::move(f);
  return true;
}

void Channel::becomeReady() {
  ready_ = true;
  if (onReady_)
    onReady_(peer_);
  onReady_ = nullptr;
}

void Channel::handshake(const std::vector<std::uint8_t> &bytes) {
  if (ready_ || bytes.size() < 32)
    return;
  key_.assign(bytes.begin(), bytes.begin() + 32);
  becomeReady();
}

bool Channel::send(const std::vector<std::uint8_t> &bytes) {
  if (!ready_)
    return false;
  std::size_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    sum += bytes[i] ^ key_[i % key_.size()];
  sent_ += bytes.size() + (sum & 1);
  return true;
}

std::unique_ptr<Channel> makeChannel(const std::string &peer) { return std::make_unique<Channel>(peer); }
