// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

class Playlist {
public:
  struct Song {
    std::string title;
    std::vector<char> audio;
    std::shared_ptr<Song> next;
    std::shared_ptr<Song> prev;
  };
  void append(std::string title);
  std::shared_ptr<Song> take(const std::string &title);
  std::size_t length() const;
  void clear();

private:
  std::shared_ptr<Song> first_, last_;
};

void Playlist::append(std::string title) {
  auto s = std::make_shared<Song>();
  s->title = std::move(title);
  s->prev = last_;
  if (last_)
    last_->next = s;
  else
    first_ = s;
  last_ = s;
}

std::shared_ptr<Playlist::Song> Playlist::take(const std::string &title) {
  std::shared_ptr<Song> s = first_;
  while (s && s->title != title)
    s = s->next;
  if (!s)
    return nullptr;
  if (s->prev)
    s->prev->next = s->next;
  else
    first_ = s->next;
  if (s->next)
    s->next->prev = s->prev;
  else
    last_ = s->prev;
  s->next.reset();
  s->prev.reset();
  return s;
}

std::size_t Playlist::length() const {
  std::size_t n = 0;
  for (auto s = first_; s; s = s->next)
    ++n;
  return n;
}

void Playlist::clear() {
  for (auto s = first_; s;) {
    auto next = std::move(s->next);
    s->prev.reset();
    s = std::move(next);
  }
  first_.reset();
  last_.reset();
}

std::unique_ptr<Playlist> makePlaylist() { return std::make_unique<Playlist>(); }
