#include "tokenizers/piece_table.h"

#include "base/error.h"

namespace zoo {

std::uint32_t PieceTable::add(std::string_view piece, std::uint64_t hash, std::size_t place) {
  const auto number = static_cast<std::uint32_t>(size());
  if (number >= 0x7FFFFFFF) fail("the text has more than 2^31 different words; is it text?");
  bytes_ += piece;
  begins_.push_back(bytes_.size());
  slots_[place] = (hash >> 32) << 32 | (number + 1);
  if (size() * 2 > slots_.size()) grow();
  return number;
}

void PieceTable::grow() {
  slots_.assign(slots_.size() * 2, 0);
  for (std::size_t number = 0; number < size(); ++number) {
    const auto hash = quick_hash(piece(number));
    slots_[place_of(piece(number), hash)] = (hash >> 32) << 32 | (number + 1);
  }
}

}  // namespace zoo
