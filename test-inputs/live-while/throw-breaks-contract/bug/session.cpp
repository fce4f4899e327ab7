// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <retsan/annotations.h>
#include <stdexcept>
#include <string>
#include <utility>

class Session {
public:
  bool start(std::unique_ptr<std::string> secret);
  void login(const std::string &expected);
  bool loggedIn() const { return loggedIn_; }
  bool busy() const { return loggingIn_; }

private:
  static void verify(const std::string &given, const std::string &expected);
  bool loggingIn_ = false;
  bool loggedIn_ = false;
  std::unique_ptr<std::string> secret_ RETSAN_LIVE_WHILE(loggingIn_);
};

bool Session::start(std::unique_ptr<std::string> secret) {
  if (loggingIn_ || loggedIn_ || !secret)
    return false;
  secret_ = std::move(secret);
  loggingIn_ = true;
  return true;
}

void Session::verify(const std::string &given, const std::string &expected) {
  if (given != expected)
    throw std::runtime_error("wrong password");
}

void Session::login(const std::string &expected) {
  if (!loggingIn_)
    throw std::logic_error("not started");
  loggingIn_ = false;
  verify(*secret_, expected);
  secret_.reset();
  loggedIn_ = true;
}

std::unique_ptr<Session> makeSession() { return std::make_unique<Session>(); }
