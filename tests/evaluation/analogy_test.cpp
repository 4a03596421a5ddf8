#include "evaluation/analogy.h"

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

std::vector<AnalogySection> read_text(const std::string& text) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "questions.txt", text);
  return read_analogies(folder.path() / "questions.txt");
}

TEST(Analogies, AgreeWithGensim) {
  const Json golden = read_json(kData / "golden.json");
  const NeighbourSearch words(read_vectors(kData / "vectors.txt"));
  const auto result = analogies(words, read_analogies(kData / "questions.txt"), golden["restrict"].get<std::int64_t>());
  ASSERT_EQ(result.sections.size(), 2);
  for (const AnalogyScore& section : result.sections) {
    EXPECT_EQ(section.right, golden["analogy"][section.name]["right"]) << section.name;
    EXPECT_EQ(section.seen, golden["analogy"][section.name]["seen"]) << section.name;
  }
  EXPECT_EQ(result.total.right, golden["analogy"]["Total accuracy"]["right"]);
  EXPECT_EQ(result.semantic.right + result.syntactic.right, result.total.right);
  EXPECT_EQ(result.syntactic.right, golden["analogy"]["gram1-plural"]["right"]);
}

/// The words from w60 on are other spellings of the first, as in make_evaluation.py.
EmbeddingTable respelled() {
  const auto table = read_vectors(kData / "vectors.txt");
  auto words = table.words();
  for (std::size_t i = 60; i < words.size(); ++i) words[i] = fmt::format("W{}", i - 60);
  std::vector<float> rows;  // [V, D]
  for (std::int64_t row = 0; row < table.size(); ++row) {
    const auto vector = table.row(row);
    rows.insert(rows.end(), vector.begin(), vector.end());
  }
  return {std::move(words), std::move(rows), table.dimension()};
}

TEST(Analogies, FoldCaseAsGensimDoes) {
  const Json golden = read_json(kData / "golden.json")["folded"];
  const auto result = analogies(NeighbourSearch(respelled()), read_analogies(kData / "questions.txt"), 80);
  for (const AnalogyScore& section : result.sections) {
    EXPECT_EQ(section.right, golden[section.name]["right"]) << section.name;
    EXPECT_EQ(section.seen, golden[section.name]["seen"]) << section.name;
  }
}

TEST(Analogies, ByProductsAreThoseOfNumpy) {
  const Json golden = read_json(kData / "golden.json");
  const NeighbourSearch words(read_vectors(kData / "vectors.txt"));
  const auto result = analogies(words, read_analogies(kData / "questions.txt"), golden["restrict"].get<std::int64_t>(),
                                {.method = AnalogyMethod::multiply});
  for (const AnalogyScore& section : result.sections) {
    EXPECT_EQ(section.right, golden["cosmul"][section.name]["right"]) << section.name;
    EXPECT_EQ(section.seen, golden["cosmul"][section.name]["seen"]) << section.name;
  }
}

TEST(Analogies, AreCaseSensitiveWhereThatIsAskedFor) {
  const NeighbourSearch words(EmbeddingTable({"man", "woman", "king", "queen"}, {1, 0, 1, 1, 3, .1F, 3, 1}, 2));
  const auto sections = read_text(": family\nman woman king queen\nMan Woman King QUEEN\n");
  EXPECT_EQ(analogies(words, sections, 0, {.word_case = WordCase::keep}).total.seen, 1);
  EXPECT_EQ(analogies(words, sections, 0).total.seen, 2);
}

TEST(Analogies, CountWhatIsMissingAsWrongOnAll) {
  // man : woman = king : queen on two axes; the words of the question lie nearer and are excluded.
  const NeighbourSearch words(EmbeddingTable({"man", "woman", "king", "queen"}, {1, 0, 1, 1, 3, .1F, 3, 1}, 2));
  const auto sections = read_text(": family\nman woman king queen\nman woman king prince\nMan Woman King QUEEN\n");
  const auto all = analogies(words, sections).total;
  EXPECT_EQ(all.questions, 3);
  EXPECT_EQ(all.seen, 2);
  EXPECT_EQ(all.right, 2);
  EXPECT_EQ(all.accuracy_on_seen(), 1);
  EXPECT_DOUBLE_EQ(all.coverage(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(all.accuracy_on_all(), 2.0 / 3);
  const auto restricted = analogies(words, sections, 3);
  EXPECT_EQ(restricted.vocabulary, 3);
  EXPECT_EQ(restricted.total.seen, 0);
  EXPECT_TRUE(restricted.to_json()["total"]["accuracy_on_seen"].is_null());
  EXPECT_EQ(restricted.to_json()["total"]["accuracy_on_all"], 0.0);
}

TEST(Analogies, RefuseVectorsThatAreNotNumbers) {
  const NeighbourSearch words(EmbeddingTable({"a", "b"}, {1, 0, NAN, 1}, 2));
  EXPECT_THAT(error_of([&] { analogies(words, {}); }), testing::HasSubstr("NaN"));
}

TEST(AnalogyFile, NamesFileAndLineOfWhatIsWrong) {
  EXPECT_THAT(error_of([] { read_text(": s\na b c d\na b c\n"); }), testing::HasSubstr("questions.txt:3: 'a b c'"));
  EXPECT_THAT(error_of([] { read_text(": s\n"); }), testing::HasSubstr("holds no question"));
  EXPECT_THAT(error_of([] { read_text(std::string("a b c d\n\0", 9)); }), testing::HasSubstr("binary"));
}

TEST(AnalogyFile, OfTheSharedFolderHoldsItsQuestions) {
  const char* given = std::getenv("ZOO_SHARED");
  const fs::path folder = (given ? fs::path(given) : fs::path(ZOO_SOURCE_DIR) / "../shared") / "data/eval";
  if (!fs::exists(folder)) {
    ASSERT_EQ(std::getenv("CI"), nullptr) << folder << " is missing";
    GTEST_SKIP() << folder << " is missing";
  }
  const auto sections = read_analogies(folder / "questions-words.txt");
  ASSERT_EQ(sections.size(), 14);
  std::size_t questions = 0, semantic = 0;
  for (const auto& section : sections) {
    questions += section.questions.size();
    semantic += section.syntactic() ? 0 : 1;
  }
  EXPECT_EQ(questions, 19544);
  EXPECT_EQ(semantic, 5);
}

}  // namespace
}  // namespace zoo
