#include "formats/fasttext_bin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/json.h"
#include "base/random.h"
#include "formats/vector_file.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path kData = ZOO_SOURCE_DIR "/tests/data/vectors";

void expect_near(const std::vector<float>& vector, const Json& expected, const std::string& what) {
  ASSERT_EQ(vector.size(), expected.size()) << what;
  for (std::size_t j = 0; j < vector.size(); ++j) EXPECT_NEAR(vector[j], expected[j].get<double>(), 2e-6) << what;
}

TEST(FastTextFile, HasTheVectorsThatFastTextAndGensimGiveTheirWordsUnknownOnesToo) {
  const auto golden = read_json(kData / "fasttext.json");
  for (const char* name : {"fasttext.bin", "gensim_fasttext.bin", "fasttext_labels.bin"}) {
    std::optional<EmbeddingTable> table;
    EXPECT_EQ(warnings_of([&] { table = read_vectors(kData / name); }), "") << name;
    const auto words = golden[name]["words"].get<std::vector<std::string>>();
    EXPECT_EQ(table->words(), words) << name;
    std::size_t unknown = 0;
    for (const auto& [word, expected] : golden[name]["vectors"].items()) {
      const auto row = table->find(word);
      const auto made = row ? table->row(*row) : table->unknown(word);
      ASSERT_TRUE(made) << name << " " << word;
      expect_near(*made, expected, fmt::format("{} {}", name, word));
      unknown += row ? 0 : 1;
    }
    EXPECT_GE(unknown, 5U) << name;
  }
}

/// A file of two words, two buckets and two dimensions, parts of which a test writes otherwise.
struct Written {
  std::int32_t version = 12, dim = 2, model = 2, bucket = 2, minn = 3, maxn = 6, entries = 2, words = 2, labels = 0;
  std::int64_t pruned = -1, rows = 4, columns = 2;
  std::int8_t quantised = 0, kind = 0;
  std::vector<std::string> spelled = {"cat", "</s>"};
  std::vector<float> input = {1, 2, 3, 4, 5, 6, 7, 8};
  bool output = true;

  std::string bytes() const {
    std::string text;
    const auto put = [&](auto value) { text.append(reinterpret_cast<const char*>(&value), sizeof value); };
    put(std::int32_t{793712314});
    for (const auto number : {version, dim, 5, 5, 1, 5, 1, 2, model, bucket, minn, maxn, 100}) put(number);
    put(1e-4);
    for (const auto number : {entries, words, labels}) put(number);
    put(std::int64_t{100});
    put(pruned);
    for (const auto& word : spelled) {
      text.append(word);
      text.push_back('\0');
      put(std::int64_t{7});
      put(kind);
    }
    put(quantised);
    put(rows), put(columns);
    for (const auto number : input) put(number);
    if (!output) return text;
    put(std::int8_t{0});
    put(std::int64_t{1}), put(std::int64_t{2});
    put(0.0F), put(0.0F);
    return text;
  }
};

class FastTextClaims : public testing::Test {
 protected:
  EmbeddingTable read(const Written& written) {
    write_file_atomically(file_, written.bytes());
    return read_vectors(file_);
  }
  std::string error(const Written& written) {
    return error_of([&] { read(written); });
  }
  TemporaryFolder folder_;
  fs::path file_ = folder_.path() / "model.bin";
};

TEST_F(FastTextClaims, AWordIsTheMeanOfItsRowAndItsNgramsAndTheEndOfALineHasNone) {
  const Subwords ngrams{3, 6, 2};
  const auto buckets = subword_buckets("cat", ngrams);
  std::vector<float> expected = {1, 2};
  for (const auto bucket : buckets) {
    expected[0] += bucket == 0 ? 5 : 7;
    expected[1] += bucket == 0 ? 6 : 8;
  }
  for (float& value : expected) value /= static_cast<float>(buckets.size() + 1);
  const auto table = read({});
  EXPECT_EQ(table.row(0), expected);
  EXPECT_THAT(table.row(1), ElementsAre(3, 4));
}

TEST_F(FastTextClaims, AWordWithoutNgramsHasNoVectorUnlessItHasARow) {
  EXPECT_TRUE(read({}).unknown("dog"));
  EXPECT_FALSE(read({.minn = 6}).unknown("dog"));  // <dog> has five letters
  const auto plain = read({.minn = 0, .maxn = 0});
  EXPECT_FALSE(plain.makes_unknown());
  EXPECT_FALSE(plain.unknown("dog"));
  EXPECT_THAT(plain.row(0), ElementsAre(1, 2));
}

TEST_F(FastTextClaims, LabelsAreLeftOutAndOldClassifiersHaveNoNgrams) {
  Written written{.words = 1, .labels = 1, .rows = 3, .input = {1, 2, 5, 6, 7, 8}};
  EXPECT_THAT(error(written), HasSubstr("entry 1 of its dictionary is of the wrong kind"));
  auto bytes = written.bytes();
  bytes[bytes.find("</s>") + 5 + 8] = 1;
  write_file_atomically(file_, bytes);
  EXPECT_THAT(read_vectors(file_).words(), ElementsAre("cat"));
  EXPECT_THAT(read({.version = 11, .model = 3}).row(0), ElementsAre(1, 2));
  EXPECT_EQ(read({.version = 11}).row(0), read({}).row(0));
}

TEST_F(FastTextClaims, WhatTheFileClaimsIsHeldAgainstItsSize) {
  EXPECT_THAT(error({.version = 10}), HasSubstr("version 10, 11 and 12 are read"));
  EXPECT_THAT(error({.version = 13}), HasSubstr("version 13"));
  EXPECT_THAT(error({.dim = 0}), HasSubstr("0 dimensions"));
  EXPECT_THAT(error({.dim = -3}), HasSubstr("-3 dimensions"));
  EXPECT_THAT(error({.dim = 3}), HasSubstr("vectors [4, 2] for 2 words"));
  EXPECT_THAT(error({.bucket = -1}), HasSubstr("-1 buckets"));
  EXPECT_THAT(error({.bucket = 2'000'000'000}), HasSubstr("2000000000 buckets"));
  EXPECT_THAT(error({.maxn = 2'000'000'000}), HasSubstr("up to 2000000000 letters"));
  EXPECT_THAT(error({.entries = 2'000'000'000, .words = 2'000'000'000}), HasSubstr("2000000000 words"));
  EXPECT_THAT(error({.entries = 1}), HasSubstr("1 entries, 2 words"));
  EXPECT_THAT(error({.words = -2, .labels = 4}), HasSubstr("-2 words"));
  EXPECT_THAT(error({.entries = 0, .words = 0, .rows = 2, .spelled = {}, .input = {5, 6, 7, 8}}),
              HasSubstr("no words"));
  EXPECT_THAT(error({.dim = 2'000'000'000, .bucket = 2'000'000'000, .rows = 2'000'000'002, .columns = 2'000'000'000}),
              HasSubstr("announces vectors"));
  EXPECT_THAT(error({.rows = -4}), HasSubstr("[-4, 2]"));
  EXPECT_THAT(error({.kind = 1}), HasSubstr("wrong kind"));
  EXPECT_THAT(error({.quantised = 1}), HasSubstr("quantised"));
  EXPECT_THAT(error({.pruned = 0}), HasSubstr("quantised"));
  EXPECT_THAT(error({.pruned = std::int64_t{1} << 60}), HasSubstr("cut short"));
}

TEST_F(FastTextClaims, AFileCutShortIsRefusedUnlessAllItsWordsAreThere) {
  const auto whole = Written{}.bytes();
  const auto with_vectors = Written{.output = false}.bytes().size();
  for (std::size_t length = 4; length < whole.size(); ++length) {
    write_file_atomically(file_, whole.substr(0, length));
    if (length < with_vectors) {
      EXPECT_THAT(error_of([&] { read_vectors(file_); }), AllOf(HasSubstr("model.bin"), HasSubstr("?"))) << length;
    } else {
      EXPECT_THAT(warnings_of([&] { EXPECT_EQ(read_vectors(file_).size(), 2); }), HasSubstr("output rows")) << length;
    }
  }
}

TEST_F(FastTextClaims, DoubledWordsAndWordsThatAreNoTextAreSaidInAWarning) {
  EXPECT_THAT(warnings_of([&] { read({.spelled = {"cat", "cat"}}); }), HasSubstr("1 words stand more than once"));
  EXPECT_THAT(warnings_of([&] { read({.spelled = {"cat", "\xff\xfe"}}); }), HasSubstr("not valid UTF-8"));
}

TEST(MadeRows, ArePutTogetherOnlyWhereTheyAreUsed) {
  std::atomic<int> made = 0;
  std::vector<std::string> words;
  for (int i = 0; i < 5000; ++i) words.push_back(fmt::format("w{}", i));
  const EmbeddingTable table(words, 3, [&](std::int64_t row, float* out) {
    ++made;
    for (int j = 0; j < 3; ++j) out[j] = static_cast<float>(row + j);
  });
  EXPECT_EQ(made, 0);
  EXPECT_THAT(table.first(10).row(9), ElementsAre(9, 10, 11));
  EXPECT_LE(made, 256);
  EXPECT_EQ(table.norms(300).size(), 300U);
  EXPECT_LE(made, 512);
  EXPECT_THAT(table.row(20), ElementsAre(20, 21, 22));  // beyond the shorter table that made its block
  EXPECT_EQ((*table.contiguous())[4999 * 3 + 2], 5001);
  EXPECT_EQ(made, 5000);
  EXPECT_EQ(table.norms().size(), 5000U);
  EXPECT_EQ(made, 5000);
  EXPECT_NEAR(table.norms()[1], std::sqrt(1 + 4 + 9), 1e-6);
}

}  // namespace
}  // namespace zoo
