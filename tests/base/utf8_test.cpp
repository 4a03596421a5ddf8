#include "base/utf8.h"

#include <gtest/gtest.h>

namespace zoo {
namespace {

TEST(Utf8, EveryCodePointComesBackAndSurrogatesDoNot) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    std::string text;
    append_utf8(text, c);
    const bool surrogate = c >= 0xD800 && c < 0xE000;
    ASSERT_EQ(is_utf8(text), !surrogate) << static_cast<unsigned>(c);
    const char* at = text.data();
    ASSERT_EQ(next_code_point(at, text.data() + text.size()), surrogate ? kReplacement : c);
    ASSERT_EQ(at, text.data() + (surrogate ? 1 : text.size()));
  }
}

/// How many of all texts of `length` bytes are well-formed.
int well_formed(int length) {
  int count = 0;
  for (int number = 0; number < 1 << 8 * length; ++number) {
    std::string text;
    for (int i = 0; i < length; ++i) text += static_cast<char>(number >> 8 * i & 0xFF);
    count += is_utf8(text);
  }
  return count;
}

TEST(Utf8, AsManyShortTextsAreWellFormedAsCodePointsCanMake) {
  const int one = 0x80, two = 0x800 - 0x80, three = 0x10000 - 0x800 - 0x800;  // the last without surrogates
  EXPECT_EQ(well_formed(1), one);
  EXPECT_EQ(well_formed(2), one * one + two);
  EXPECT_EQ(well_formed(3), one * one * one + 2 * one * two + three);
}

TEST(Utf8, TheFirstBadByteIsFoundBehindLongGoodText) {
  for (const char* bad : {"\xC3", "\x80", "\xFF", "\xC0\xAF", "\xE0\x80\x80", "\xF4\x90\x80\x80", "\xF0\x9F\x99"}) {
    for (const std::string good : {"", "abcdefgh", "éé 中文 🙂", "0123456789 and more"}) {
      EXPECT_EQ(find_invalid_utf8(good + bad), good.size()) << good;
      EXPECT_EQ(find_invalid_utf8(good + bad + "behind"), good.size()) << good;
      EXPECT_EQ(find_invalid_utf8(good), std::string::npos) << good;
    }
  }
}

TEST(Utf8, EachMalformedByteIsReplaced) {
  EXPECT_EQ(replace_invalid_utf8("a\xFF\xC3 é\xE4\xB8"), "a\uFFFD\uFFFD é\uFFFD\uFFFD");
}

}  // namespace
}  // namespace zoo
