// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <string>
#include <utility>

struct Decoder {
  explicit Decoder(long n) : samples(n) {}
  long samples;
  long at = 0;
};

struct Track {
  std::string name;
  std::unique_ptr<Decoder> decoder;
};

class Player {
public:
  bool load(std::string name, long samples);
  void play(long n);
  void stop();
  long position() const { return decoder_ ? decoder_->at : 0; }
  std::string title() const { return track_ ? track_->name : std::string(); }

private:
  std::unique_ptr<Track> track_;
  Decoder *decoder_ = nullptr;
};

bool Player::load(std::string name, long samples) {
  if (samples <= 0)
    return false;
  auto t = std::make_unique<Track>();
  t->name = std::move(name);
  t->decoder = std::make_unique<Decoder>(samples);
  decoder_ = t->decoder.get();
  track_ = std::move(t);
  return true;
}

void Player::play(long n) {
  if (!decoder_)
    return;
  decoder_->at += n;
  if (decoder_->at > decoder_->samples)
    stop();
}

void Player::stop() {
  decoder_ = nullptr;
  track_.reset();
}

std::unique_ptr<Player> makePlayer() { return std::make_unique<Player>(); }
