#include "tokenizers/character_ids.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace zoo {
namespace {

using Ids = std::vector<std::int16_t>;

Ids ids_of(std::string_view word, std::size_t characters) {
  Ids ids(characters, -1);
  write_character_ids(word, ids);
  return ids;
}

TEST(CharacterIds, AWordIsItsBytesBetweenMarksThenPadding) {
  EXPECT_EQ(ids_of("ab", 6), (Ids{259, 98, 99, 260, 261, 261}));  // 'a' is byte 97, one is added
  EXPECT_EQ(ids_of("", 4), (Ids{259, 260, 261, 261}));
  EXPECT_EQ(ids_of("\xC3\xA9", 4), (Ids{259, 0xC3 + 1, 0xA9 + 1, 260}));
}

TEST(CharacterIds, WhatHasNoRoomIsCutOff) {
  EXPECT_EQ(ids_of("abcdef", 5), (Ids{259, 98, 99, 100, 260}));
  EXPECT_EQ(ids_of("a\xC3\xA9", 4), (Ids{259, 98, 0xC3 + 1, 260}));  // inside a character of two bytes
  const auto ids = ids_of(std::string(10'000, 'x'), kMaxCharacters);
  EXPECT_EQ(std::count(ids.begin(), ids.end(), 'x' + 1), 48);
  EXPECT_EQ(ids.back(), kWordEndCharacter);
  EXPECT_EQ(ids_of("abc", 3), (Ids{259, 98, 260}));
}

TEST(CharacterIds, EveryByteHasAnIdOfItsOwnBelowTheMarks) {
  for (int byte = 0; byte < 256; ++byte) {
    const auto ids = ids_of(std::string(1, static_cast<char>(byte)), 3);
    EXPECT_EQ(ids[1], byte + 1);
    EXPECT_LT(ids[1], kSentenceBeginCharacter);
  }
}

TEST(CharacterIds, SentenceMarksAreWordsOfOneCharacter) {
  Ids ids(5);
  write_mark_ids(kSentenceBeginCharacter, ids);
  EXPECT_EQ(ids, (Ids{259, 257, 260, 261, 261}));
  write_mark_ids(kSentenceEndCharacter, ids);
  EXPECT_EQ(ids, (Ids{259, 258, 260, 261, 261}));
}

}  // namespace
}  // namespace zoo
