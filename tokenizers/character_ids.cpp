#include "tokenizers/character_ids.h"

#include <algorithm>

namespace zoo {
namespace {

/// Closes what `end` characters (begin-of-word among them) have begun.
void close_word(std::span<std::int16_t> ids, std::size_t end) {
  ids[0] = kWordBeginCharacter;
  ids[end] = kWordEndCharacter;
  std::fill(ids.begin() + static_cast<std::ptrdiff_t>(end) + 1, ids.end(), kPaddingCharacter);
}

}  // namespace

void write_character_ids(std::string_view word, std::span<std::int16_t> ids) {
  const auto bytes = std::min(word.size(), ids.size() - 2);
  for (std::size_t i = 0; i < bytes; ++i) {
    ids[i + 1] = static_cast<std::int16_t>(kFirstByte + static_cast<unsigned char>(word[i]));
  }
  close_word(ids, bytes + 1);
}

void write_mark_ids(std::int16_t mark, std::span<std::int16_t> ids) {
  ids[1] = mark;
  close_word(ids, 2);
}

}  // namespace zoo
