#include "evaluation/similarity.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "base/files.h"
#include "formats/vector_file.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

const fs::path kData = fs::path(ZOO_SOURCE_DIR) / "tests/data/evaluation";

std::vector<WordPair> read_text(const std::string& text) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "pairs.txt", text);
  return read_word_pairs(folder.path() / "pairs.txt");
}

TEST(Spearman, AgreesWithScipyTiesIncluded) {
  const Json golden = read_json(kData / "golden.json");
  for (const Json& wanted : golden["spearman"]) {
    EXPECT_NEAR(spearman(wanted["first"].get<std::vector<double>>(), wanted["second"].get<std::vector<double>>()),
                wanted["correlation"].get<double>(), 1e-12);
  }
}

TEST(Spearman, HasNoMeaningForEqualValues) {
  EXPECT_TRUE(std::isnan(spearman(std::vector<double>{1, 1}, std::vector<double>{1, 2})));
  EXPECT_TRUE(std::isnan(spearman({}, {})));
  EXPECT_THROW(spearman(std::vector<double>{1}, {}), Error);
}

TEST(Similarity, AgreesWithGensim) {
  const Json golden = read_json(kData / "golden.json");
  const NeighbourSearch words(read_vectors(kData / "vectors.txt"));
  const SimilarityResult result = similarity(words, read_word_pairs(kData / "pairs.tsv"));
  EXPECT_NEAR(result.spearman, golden["similarity"]["spearman"].get<double>(), 1e-9);
  EXPECT_NEAR(100 * (1 - result.coverage()), golden["similarity"]["missing_percent"].get<double>(), 1e-9);
}

TEST(Similarity, CutsTheVocabularyAndCountsMissingPairsAsGensimDoes) {
  const Json golden = read_json(kData / "golden.json");
  const NeighbourSearch words(read_vectors(kData / "vectors.txt"));
  const auto result = similarity(words, read_word_pairs(kData / "pairs.tsv"), golden["restrict"].get<std::int64_t>());
  EXPECT_NEAR(result.spearman_on_all, golden["similarity"]["cut_spearman_on_all"].get<double>(), 1e-9);
}

TEST(Similarity, FoldsCaseAsGensimDoes) {
  const Json golden = read_json(kData / "golden.json")["similarity"];
  const auto table = read_vectors(kData / "vectors.txt");
  auto names = table.words();
  for (std::size_t i = 60; i < names.size(); ++i) names[i] = fmt::format("W{}", i - 60);
  std::vector<float> rows;  // [V, D]
  for (std::int64_t row = 0; row < table.size(); ++row) {
    const auto vector = table.row(row);
    rows.insert(rows.end(), vector.begin(), vector.end());
  }
  const NeighbourSearch words(EmbeddingTable(names, rows, table.dimension()));
  const auto result = similarity(words, read_word_pairs(kData / "pairs.tsv"));
  EXPECT_NEAR(result.spearman, golden["folded_spearman"].get<double>(), 1e-9);
  EXPECT_NEAR(100 * (1 - result.coverage()), golden["folded_missing_percent"].get<double>(), 1e-9);
  const auto kept = similarity(words, {{"w1", "w2", 1}, {"W1", "w2", 2}, {"W59", "w2", 3}}, 0, WordCase::keep);
  EXPECT_EQ(kept.found, 2);
}

TEST(Similarity, TakesVectorsOfNgramsWhereThatIsAskedFor) {
  const NeighbourSearch words(read_vectors(ZOO_SOURCE_DIR "/tests/data/vectors/gensim_fasttext.bin"));
  const std::vector<WordPair> pairs = {{"king", "queen", 1}, {"king", "kingdom", 2}, {"kingly", "queens", 3}};
  EXPECT_EQ(similarity(words, pairs).found, 1);
  EXPECT_EQ(similarity(words, pairs, 0, WordCase::fold, /*ngrams=*/true).found, 3);
  const NeighbourSearch plain(read_vectors(kData / "vectors.txt"));
  EXPECT_EQ(similarity(plain, {{"w1", "nosuch", 1}}, 0, WordCase::fold, /*ngrams=*/true).found, 0);
}

TEST(Similarity, FindsCapitalWordsInLowerCase) {
  const NeighbourSearch words(EmbeddingTable({"athens", "greece", "Rome"}, {1, 0, 0, 1, 1, 1}, 2));
  const auto result = similarity(words, {{"Athens", "greece", 1}, {"Athens", "Rome", 2}, {"Greece", "Paris", 3}});
  EXPECT_EQ(result.found, 2);
  EXPECT_EQ(result.pairs, 3);
  EXPECT_NEAR(result.spearman, 1, 1e-12);
  EXPECT_EQ(result.to_json()["coverage"], 2.0 / 3);
}

TEST(Similarity, IsNullWhereNothingIsFound) {
  const NeighbourSearch words(EmbeddingTable({"a"}, {1, 0}, 2));
  EXPECT_TRUE(similarity(words, {{"x", "y", 1}}).to_json()["spearman"].is_null());
}

TEST(WordPairs, AreReadFromAllCustomaryShapes) {
  for (const std::string text :
       {"Word 1,Word 2,Human (mean)\r\nlove,sex,6.77\r\ntiger,cat,7.35\r\n", "love\tsex\t6.77\ntiger\tcat\t7.35",
        "# pairs\nlove sex 6.77\n\ntiger  cat 7.35 \n", "\xEF\xBB\xBFlove;x\nlove sex 6.77\ntiger cat 7.35\n",
        "word1\tword2\tPOS\tSimLex999\tconc(w1)\nlove\tsex\tN\t6.77\t3\ntiger\tcat\tN\t7.35\t5\n"}) {
    const auto pairs = read_text(text);
    ASSERT_EQ(pairs.size(), 2) << text;
    EXPECT_EQ(pairs[0].first, "love");
    EXPECT_EQ(pairs[1].second, "cat");
    EXPECT_EQ(pairs[0].score, 6.77);
    EXPECT_EQ(pairs[1].score, 7.35);
  }
}

TEST(WordPairs, NameFileAndLineOfWhatIsWrong) {
  EXPECT_THAT(error_of([] { read_text("a b 1\na b x\n"); }), testing::HasSubstr("pairs.txt:2: 'a b x'"));
  EXPECT_THAT(error_of([] { read_text("a b 1\na b\n"); }), testing::HasSubstr("pairs.txt:2"));
  EXPECT_THAT(error_of([] { read_text("a b nan\n1\n"); }), testing::HasSubstr("pairs.txt:2"));
  EXPECT_THAT(error_of([] { read_text(""); }), testing::HasSubstr("holds no pair"));
  EXPECT_THAT(error_of([] { read_text(std::string("a b 1\n\0", 7)); }), testing::HasSubstr("binary"));
  EXPECT_THAT(error_of([] { read_word_pairs("/no/such/file"); }), testing::HasSubstr("/no/such/file"));
}

TEST(WordPairs, OfTheSharedSetsAreAllRead) {
  const char* given = std::getenv("ZOO_SHARED");
  const fs::path folder = (given ? fs::path(given) : fs::path(ZOO_SOURCE_DIR) / "../shared") / "data/eval";
  if (!fs::exists(folder)) {
    ASSERT_EQ(std::getenv("CI"), nullptr) << folder << " is missing";
    GTEST_SKIP() << folder << " is missing";
  }
  EXPECT_EQ(read_word_pairs(folder / "EN-WS-353-ALL.txt").size(), 353);
  EXPECT_EQ(read_word_pairs(folder / "EN-SIMLEX-999.txt").size(), 999);
  EXPECT_EQ(read_word_pairs(folder / "EN-MEN-TR-3k.txt").size(), 3000);
}

}  // namespace
}  // namespace zoo
