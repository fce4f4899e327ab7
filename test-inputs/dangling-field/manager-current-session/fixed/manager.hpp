// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <memory>
#include <string>
#include <vector>
class Manager;
class Session {
public:
  Session(Manager &m, int id) : manager_(m), id_(id) {}
  void quit();
  void hear(const std::string &s) { heard_ += s.size(); }
  int id() const { return id_; }

private:
  Manager &manager_;
  int id_;
  std::size_t heard_ = 0;
};
class Manager {
public:
  Session &open(int id);
  bool select(int id);
  bool say(const std::string &s);
  void remove(Session *s);
  std::size_t count() const { return sessions_.size(); }

private:
  std::vector<std::unique_ptr<Session>> sessions_;
  Session *current_ = nullptr;
};
