// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct Payload {
  std::string url;
  std::vector<char> body;
};

struct Transport {
  virtual ~Transport() = default;
  virtual bool post(const std::string &url, const std::vector<char> &body) = 0;
};

class Delivery {
public:
  Delivery(int id, std::shared_ptr<Payload> p) : id_(id), payload_(std::move(p)) {}
  bool attempt(Transport &t);
  int left() const { return left_; }
  std::string line() const;

private:
  int id_;
  int left_ = 5;
  bool delivered_ = false;
  std::shared_ptr<Payload> payload_;
};

bool Delivery::attempt(Transport &t) {
  if (left_ == 0)
    return false;
  --left_;
  if (t.post(payload_->url, payload_->body)) {
    delivered_ = true;
    left_ = 0;
  }
  return delivered_;
}

std::string Delivery::line() const {
  std::string s = "#" + std::to_string(id_);
  s += delivered_ ? " delivered" : left_ ? " waiting" : " gave up";
  return s;
}

class Report {
public:
  void add(std::unique_ptr<Delivery> d) { all_.push_back(std::move(d)); }
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (auto &d : all_)
      out.push_back(d->line());
    return out;
  }
  void run(Transport &t) {
    for (auto &d : all_)
      d->attempt(t);
  }

private:
  std::vector<std::unique_ptr<Delivery>> all_;
};

std::unique_ptr<Report> makeReport() { return std::make_unique<Report>(); }
