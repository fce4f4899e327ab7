// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct Session {
  std::string id;
  std::vector<std::string> unacked;
};

class Link {
public:
  Link() : session_(std::make_shared<Session>()) {}
  void send(const std::string &s);
  void disconnected();
  std::string resumeToken() const { return resuming_ ? oldSession_->id : std::string(); }
  bool onResumed();
  bool onRejected();
  std::size_t unacked() const { return session_->unacked.size(); }

private:
  std::shared_ptr<Session> session_;
  std::shared_ptr<Session> oldSession_;
  bool resuming_ = false;
};

void Link::send(const std::string &s) { session_->unacked.push_back(s); }

void Link::disconnected() {
  oldSession_ = std::move(session_);
  session_ = std::make_shared<Session>();
  resuming_ = true;
}

bool Link::onResumed() {
  if (!resuming_)
    return false;
  for (auto &s : session_->unacked)
    oldSession_->unacked.push_back(std::move(s));
  session_ = std::move(oldSession_);
  resuming_ = false;
  return true;
}

bool Link::onRejected() {
  if (!resuming_)
    return false;
  resuming_ = false;
  oldSession_.reset();
  return true;
}

class Account {
public:
  Link &link() { return *link_; }

private:
  std::unique_ptr<Link> link_ = std::make_unique<Link>();
};

Account *makeAccount() { return new Account; }
