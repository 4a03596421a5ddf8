#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace zoo {

/// How often each pair of numbers was seen, in bounded memory: where more than `limit` different pairs would be there,
/// the rarest are forgotten, those seen once, if they are too few those seen twice too, and so on until a tenth has
/// gone; what is left are lower bounds. (word2phrase forgets more each time.) Open addressing, 12 bytes a slot, 1.43 to
/// 2.86 slots a pair; while it grows or forgets, old and new slots stand side by side.
class PairCounts {
 public:
  explicit PairCounts(std::uint64_t limit) : limit_(std::max<std::uint64_t>(limit, 16)) { resize(1024); }

  void add(std::uint32_t first, std::uint32_t second) {
    auto& count = counts_[place_of(std::uint64_t{first} << 32 | second)];
    if (count == 0) {
      if (used_ == limit_) forget();
      if ((used_ + 1) * 10 > keys_.size() * 7) grow();
      const auto key = std::uint64_t{first} << 32 | second;
      const auto place = place_of(key);
      keys_[place] = key;
      counts_[place] = 1;
      ++used_;
    } else if (count != std::numeric_limits<std::uint32_t>::max()) {
      ++count;
    }
  }

  std::uint64_t size() const { return used_; }
  /// How many entries were forgotten so far; 0: all counts are exact.
  std::uint64_t forgotten() const { return forgotten_; }
  std::uint64_t bytes() const { return keys_.size() * (sizeof(std::uint64_t) + sizeof(std::uint32_t)); }

  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (counts_[i] > 0) {
        visit(static_cast<std::uint32_t>(keys_[i] >> 32), static_cast<std::uint32_t>(keys_[i]), counts_[i]);
      }
    }
  }

 private:
  std::size_t place_of(std::uint64_t key) const {
    auto hash = key * 0x9E3779B97F4A7C15ULL;  // Fibonacci hashing, then the well-mixed upper bits
    hash ^= hash >> 32;
    const auto mask = keys_.size() - 1;
    auto place = static_cast<std::size_t>(hash) & mask;
    while (counts_[place] != 0 && keys_[place] != key) place = (place + 1) & mask;
    return place;
  }
  /// Into so many slots, without what was seen so often or less.
  void resize(std::size_t slots, std::uint32_t dropped_up_to = 0) {
    auto keys = std::exchange(keys_, std::vector<std::uint64_t>(slots));
    auto counts = std::exchange(counts_, std::vector<std::uint32_t>(slots));
    used_ = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (counts[i] <= dropped_up_to) continue;
      const auto place = place_of(keys[i]);
      keys_[place] = keys[i];
      counts_[place] = counts[i];
      ++used_;
    }
  }
  void grow() { resize(keys_.size() * 2); }
  void forget() {
    const auto before = used_;
    while (used_ * 10 > limit_ * 9) {  // fewer at a time, and forgetting would take all the time
      auto least = std::numeric_limits<std::uint32_t>::max();
      for (const auto count : counts_) least = count == 0 ? least : std::min(least, count);
      resize(keys_.size(), least);
    }
    forgotten_ += before - used_;
  }

  std::vector<std::uint64_t> keys_;
  std::vector<std::uint32_t> counts_;  // 0: the slot is free
  std::uint64_t limit_, used_ = 0, forgotten_ = 0;
};

}  // namespace zoo
