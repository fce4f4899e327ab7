// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

struct Request {
  std::string path;
  std::unique_ptr<std::vector<char>> body;
};

class Fetcher {
public:
  explicit Fetcher(std::FILE *out) : out_(out) {}
  bool send(Request r);
  bool resend();
  bool reply(int status);
  int lastStatus() const { return status_; }
  unsigned sent() const { return sent_; }

private:
  bool transmit();
  std::FILE *out_;
  std::optional<Request> pending_;
  bool inFlight_ = false;
  int status_ = 0;
  unsigned sent_ = 0;
};

bool Fetcher::transmit() {
  std::fprintf(out_, "POST %s\n", pending_->path.c_str());
  if (pending_->body)
    std::fwrite(pending_->body->data(), 1, pending_->body->size(), out_);
  ++sent_;
  return std::ferror(out_) == 0;
}

bool Fetcher::send(Request r) {
  if (inFlight_)
    return false;
  pending_ = std::move(r);
  inFlight_ = true;
  return transmit();
}

bool Fetcher::resend() {
  if (!inFlight_)
    return false;
  return transmit();
}

bool Fetcher::reply(int status) {
  if (!inFlight_)
    return false;
  status_ = status;
  pending_.reset();
  inFlight_ = false;
  return true;
}

std::unique_ptr<Fetcher> makeFetcher() { return std::make_unique<Fetcher>(stdout); }
