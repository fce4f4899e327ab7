// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <functional>
#include <memory>
#include <string>

class Channel {
public:
  using Handler = std::function<void(const std::string &)>;
  void onMessage(Handler h) { onMessage_ = std::move(h); }
  void onClose(std::function<void()> h) { onClose_ = std::move(h); }
  void receive(const std::string &s);
  void close();

private:
  Handler onMessage_;
  std::function<void()> onClose_;
  bool closed_ = false;
};

void Channel::receive(const std::string &s) {
  if (!closed_ && onMessage_)
    onMessage_(s);
}

void Channel::close() {
  closed_ = true;
  onMessage_ = nullptr;
  if (onClose_)
    onClose_();
}

std::unique_ptr<Channel> makeChannel() { return std::make_unique<Channel>(); }
