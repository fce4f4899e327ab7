// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <map>
#include <mutex>
#include <string>

class Registry {
public:
  static Registry &get();
  static void shutdown();
  void add(const std::string &name, int id);
  int find(const std::string &name) const;

private:
  Registry() = default;
  ~Registry() = default;
  static Registry *instance_;
  static std::mutex guard_;
  std::map<std::string, int> ids_;
};

Registry *Registry::instance_ = nullptr;
std::mutex Registry::guard_;

Registry &Registry::get() {
  std::lock_guard<std::mutex> hold(guard_);
  if (!instance_)
    instance_ = new Registry;
  return *instance_;
}

void Registry::shutdown() {
  std::lock_guard<std::mutex> hold(guard_);
  delete instance_;
}

void Registry::add(const std::string &name, int id) { ids_[name] = id; }

int Registry::find(const std::string &name) const {
  auto it = ids_.find(name);
  return it == ids_.end() ? -1 : it->second;
}

int registerBuiltin() {
  Registry::get().add("builtin", 1);
  return Registry::get().find("builtin");
}

void reloadPlugins() {
  Registry::shutdown();
  registerBuiltin();
}
