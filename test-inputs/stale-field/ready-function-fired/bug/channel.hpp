// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

class Channel {
public:
  explicit Channel(std::string peer) : peer_(std::move(peer)) {}
  bool whenReady(std::function<void(const std::string &)> f);
  void handshake(const std::vector<std::uint8_t> &bytes);
  bool send(const std::vector<std::uint8_t> &bytes);
  bool ready() const { return ready_; }
  std::size_t sent() const { return sent_; }

private:
  void becomeReady();
  std::string peer_;
  std::vector<std::uint8_t> key_;
  std::function<void(const std::string &)> onReady_;
  bool ready_ = false;
  std::size_t sent_ = 0;
};
