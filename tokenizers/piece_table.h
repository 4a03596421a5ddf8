#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace zoo {

/// Distinct pieces numbered 0, 1, … in the order of their first insertion; open addressing with linear probing, the
/// pieces' bytes in one string. A slot holds the upper half of the hash and the number + 1 (0: free).
class PieceTable {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  PieceTable() : slots_(1024), begins_{0} {}

  std::size_t size() const { return begins_.size() - 1; }
  std::string_view piece(std::size_t number) const {
    return {bytes_.data() + begins_[number], static_cast<std::size_t>(begins_[number + 1] - begins_[number])};
  }
  std::uint32_t find(std::string_view piece) const {
    const auto slot = slots_[place_of(piece, quick_hash(piece))];
    return slot == 0 ? kNone : static_cast<std::uint32_t>(slot) - 1;
  }
  /// The number of `piece`, new or old. Throws Error beyond 2^31 pieces.
  std::uint32_t insert(std::string_view piece) {
    const auto hash = quick_hash(piece);
    const auto place = place_of(piece, hash);
    if (slots_[place] != 0) return static_cast<std::uint32_t>(slots_[place]) - 1;
    return add(piece, hash, place);
  }

 private:
  std::size_t place_of(std::string_view piece, std::uint64_t hash) const {
    const auto mask = slots_.size() - 1;
    for (auto place = static_cast<std::size_t>(hash) & mask;; place = (place + 1) & mask) {
      const auto slot = slots_[place];
      if (slot == 0) return place;
      if ((slot >> 32) == (hash >> 32) && this->piece(static_cast<std::uint32_t>(slot) - 1) == piece) return place;
    }
  }
  std::uint32_t add(std::string_view piece, std::uint64_t hash, std::size_t place);
  void grow();

  std::vector<std::uint64_t> slots_;
  std::vector<std::uint64_t> begins_;  // of each piece in bytes_, then its size
  std::string bytes_;
};

}  // namespace zoo
