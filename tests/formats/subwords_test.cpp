#include "formats/subwords.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zoo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The expected numbers are those of gensim 4.4.0: gensim.models.fasttext.ft_ngram_hashes(word, shortest, longest,
// buckets).

TEST(Subwords, AreHashedAsFastTextHashesThem) {
  EXPECT_THAT(subword_buckets("where", {3, 6, 2'000'000}),
              ElementsAre(167652, 989715, 1526707, 1071586, 420941, 312621, 969176, 121234, 1473420, 1540811, 114991,
                          1529033, 1568469, 867498));
  EXPECT_THAT(subword_buckets("where", {4, 4, 7}), ElementsAre(6, 5, 2, 2));
}

TEST(Subwords, AreCutBetweenCharactersNotBytes) {
  EXPECT_THAT(subword_buckets("naïve", {4, 4, 7}), ElementsAre(3, 2, 0, 2));
  EXPECT_THAT(subword_buckets("naïve", {1, 2, 10}), ElementsAre(5, 3, 2, 0, 0, 5, 3, 5, 2, 4, 0));
  EXPECT_THAT(subword_buckets("中文", {3, 6, 2'000'000}), ElementsAre(759167, 1688531, 1876513));
}

TEST(Subwords, DoNotCountAMarkAlone) {
  EXPECT_THAT(subword_buckets("a", {1, 2, 10}), ElementsAre(0, 0, 6));
  EXPECT_THAT(subword_buckets("", {1, 2, 10}), ElementsAre(7));
  EXPECT_THAT(subword_buckets("", {3, 6, 2'000'000}), IsEmpty());
}

TEST(Subwords, AreNoneWhereNoneAreWanted) {
  EXPECT_THAT(subword_buckets("where", {3, 6, 0}), IsEmpty());
  EXPECT_THAT(subword_buckets("where", {0, 0, 100}), IsEmpty());
  EXPECT_THAT(subword_buckets("where", {5, 4, 100}), IsEmpty());
}

TEST(Subwords, TakeBrokenUtf8AsItComes) { EXPECT_FALSE(subword_buckets("\xff\x80\xc3", {1, 6, 100}).empty()); }

}  // namespace
}  // namespace zoo
