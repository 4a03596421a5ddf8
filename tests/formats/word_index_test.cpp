// The rows of words.
#include "formats/word_index.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace zoo {
namespace {

TEST(WordIndex, FindsEachWordsFirstRowAndNoOther) {
  std::vector<std::string> words;
  for (int i = 0; i < 5000; ++i) words.push_back("w" + std::to_string(i % 4000));
  words.emplace_back();
  words.emplace_back("a\0b", 3);
  const WordIndex index(words);
  EXPECT_EQ(index.size(), 4002);
  for (int i = 0; i < 4000; ++i) ASSERT_EQ(index.find("w" + std::to_string(i)), i);
  EXPECT_EQ(index.find(""), 5000);
  EXPECT_EQ(index.find(std::string_view("a\0b", 3)), 5001);
  for (const auto* foreign : {"w4000", "W1", "a", " "}) EXPECT_FALSE(index.find(foreign)) << foreign;
}

TEST(WordIndex, OfNothingFindsNothing) {
  EXPECT_FALSE(WordIndex().find("w"));
  const WordIndex none{std::vector<std::string>()};
  EXPECT_FALSE(none.find(""));
  EXPECT_EQ(none.size(), 0);
}

}  // namespace
}  // namespace zoo
