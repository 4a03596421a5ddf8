#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "formats/fasttext_bin.h"
#include "formats/safetensors.h"
#include "formats/vector_file.h"
#include "runs/describe_run.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"
#include "vectors/import_vectors.h"
#include "vectors/neighbours.h"
#include "vectors/open_vectors.h"

namespace zoo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

class VectorRuns : public testing::Test {
 protected:
  RunFolder import(const EmbeddingTable& table) { return import_vectors(table, {{"from", "a test"}}, path_); }
  TemporaryFolder folder_;
  fs::path path_ = folder_.path() / "run";
};

TEST_F(VectorRuns, AnImportedFileIsARunWithTheSameVectors) {
  const auto table = read_vectors(ZOO_SOURCE_DIR "/tests/data/vectors/gensim.bin");
  const auto run = import(table);
  EXPECT_EQ(run.model_kind(), "word_vectors");
  EXPECT_TRUE(run.finished());
  EXPECT_EQ(run.tokenizer()->size(), table.size() + kSpecialTokens);
  const auto opened = open_vectors(path_);
  EXPECT_EQ(opened.words(), table.words());
  for (std::int64_t row = 0; row < table.size(); ++row) EXPECT_EQ(opened.row(row), table.row(row));
  EXPECT_TRUE(opened.contiguous());  // mapped
}

TEST_F(VectorRuns, AnImportedFastTextModelKeepsItsNgramsForUnknownWords) {
  const auto file = ZOO_SOURCE_DIR "/tests/data/vectors/gensim_fasttext.bin";
  const auto golden = read_json(ZOO_SOURCE_DIR "/tests/data/vectors/fasttext.json")["gensim_fasttext.bin"]["vectors"];
  const FastTextBin model(file);
  auto run = import_vectors(read_fasttext_bin(file), {}, path_, {model.subwords(), model.subword_rows()});
  const auto opened = open_vectors(path_);
  EXPECT_TRUE(opened.contiguous());  // mapped
  for (const char* word : {"cats", "kingdom", "中文字"}) {
    const auto row = opened.find(word);
    const auto vector = row ? opened.row(*row) : opened.unknown(word).value();
    for (std::size_t j = 0; j < vector.size(); ++j) EXPECT_NEAR(vector[j], golden[word][j].get<double>(), 2e-6) << word;
  }
  const auto config = run.config();
  const auto with = [&](const char* key, const Json& value) {
    auto changed = config;
    changed["word_vectors"]["subwords"][key] = value;
    run.write_config(changed);
    return error_of([&] { open_vectors(path_); });
  };
  EXPECT_THAT(with("buckets", 41), HasSubstr("'subwords.weight' is F32 [40, 7], but word_vectors.subwords says 41"));
  EXPECT_THAT(with("max_n", 0), HasSubstr("for 2 to 0 characters"));
  EXPECT_THAT(with("tensor", "none"), HasSubstr("no tensor 'none'"));
  EXPECT_THAT(with("min_n", "two"), HasSubstr("word_vectors.subwords is damaged"));
}

TEST_F(VectorRuns, UnknownWordsGetTheMeanOfTheirNgrams) {
  std::vector<float> rows;  // row i of the n-grams is (i, 10 i)
  for (int i = 0; i < 5; ++i) rows.insert(rows.end(), {static_cast<float>(i), static_cast<float>(10 * i)});
  const Subwords subwords{3, 4, 5};
  const EmbeddingTable table({"a", "b"}, {1, 2, 3, 4}, 2);
  auto run = import_vectors(table, {}, path_, {subwords, std::as_bytes(std::span<const float>(rows))});
  const auto opened = open_vectors(path_);
  const auto buckets = subword_buckets("zebra", subwords);
  float sum = 0;
  for (const auto bucket : buckets) sum += static_cast<float>(bucket);
  const auto vector = opened.unknown("zebra");
  ASSERT_TRUE(vector);
  EXPECT_FLOAT_EQ((*vector)[0], sum / static_cast<float>(buckets.size()));
  EXPECT_FLOAT_EQ((*vector)[1], 10 * sum / static_cast<float>(buckets.size()));
  EXPECT_FALSE(opened.unknown(""));
  auto config = run.config();
  config["word_vectors"]["subwords"].erase("max_n");
  run.write_config(config);
  EXPECT_THAT(error_of([&] { open_vectors(path_); }), HasSubstr("word_vectors.subwords is damaged"));
  config["word_vectors"].erase("subwords");
  run.write_config(config);
  EXPECT_FALSE(open_vectors(path_).makes_unknown());
  EXPECT_FALSE(open_vectors(path_).unknown("zebra"));
}

TEST_F(VectorRuns, OddWordsAreMadeFitForAVocabulary) {
  const EmbeddingTable table({"</s>", "a b", "c\xC3", "a b", "d\te", "<unk>", "x"}, {1, 2, 3, 4, 5, 6, 7}, 1);
  EXPECT_THAT(warnings_of([&] { import(table); }), HasSubstr("1 rows are left out"));
  const auto opened = open_vectors(path_);
  EXPECT_THAT(opened.words(), ElementsAre("a b", "c\uFFFD", "d_e", "x"));
  EXPECT_EQ(opened.row(2), std::vector<float>{5});
  const SafetensorsFile weights(path_ / "model.safetensors");
  EXPECT_EQ(to_floats(weights.at("word_vectors.weight")), (std::vector<float>{0, 6, 0, 1, 0, 2, 3, 5, 7}));
  EXPECT_EQ(RunFolder::open(path_).tokenizer()->id("a b"), kSpecialTokens);
}

TEST_F(VectorRuns, NothingIsImportedOverARunOrFromNothing) {
  const EmbeddingTable table({"a"}, {1}, 1);
  import(table);
  EXPECT_THAT(error_of([&] { import(table); }), HasSubstr("holds a run already"));
  path_ = folder_.path() / "other";
  EXPECT_THAT(error_of([&] { import(EmbeddingTable({"<s>"}, {1}, 1)); }), HasSubstr("nothing to import"));
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(VectorRuns, ARunWithoutUsableVectorsIsRefused) {
  auto run = import(EmbeddingTable({"a", "b"}, {1, 2, 3, 4}, 2));
  const auto config = run.config();
  const auto with = [&](const char* key, const Json& value) {
    auto changed = config;
    changed[key] = value;
    run.write_config(changed);
    return error_of([&] { open_vectors(path_); });
  };
  EXPECT_THAT(with("word_vectors", nullptr), HasSubstr("(word_vectors) has no word vectors"));
  EXPECT_THAT(with("word_vectors", {{"tensor", "none"}}), HasSubstr("no tensor 'none'"));
  EXPECT_THAT(with("tokenizer", {{"type", "word"}, {"fingerprint", "0123456789"}}), HasSubstr("01234567… expected"));
  EXPECT_THAT(with("tokenizer", nullptr), HasSubstr("tokenizer.fingerprint is missing"));
  run.write_config(config);
  const std::vector<float> few = {1, 2};
  const std::vector<TensorView> tensors = {{"word_vectors.weight", DType::f32, {1, 2}, std::as_bytes(std::span(few))}};
  write_safetensors(run.weights_file(), tensors);
  EXPECT_THAT(error_of([&] { open_vectors(path_); }), HasSubstr("the tokenizer has 7 pieces"));
  write_file_atomically(run.weights_file(), "short");
  EXPECT_THAT(error_of([&] { open_vectors(path_); }), HasSubstr("too few"));
  fs::remove(run.weights_file());
  EXPECT_THAT(error_of([&] { open_vectors(path_); }), HasSubstr("saved any weights"));
  EXPECT_THAT(error_of([&] { open_vectors(folder_.path() / "none"); }), HasSubstr("no such run folder or file"));
  EXPECT_THAT(error_of([&] { open_vectors(folder_.path()); }), HasSubstr("is no run"));
}

TEST_F(VectorRuns, InfoTellsPartsSizesAndTheBestMetrics) {
  auto run = import(EmbeddingTable({"a", "b"}, {1, 2, 3, 4}, 2));
  write_file_atomically(run.metrics_file(),
                        "{\"step\":1,\"loss\":9}\n{\"step\":2,\"valid_loss\":3}\n{\"step\":3,\"valid_loss\":4}\n");
  run.save_state(3, [](const fs::path& state) { write_file_atomically(state / "w", "12345"); });
  const auto info = describe_run(run);
  EXPECT_EQ(info["parameters"], 14);
  EXPECT_EQ(info["tensors"][0], (Json{{"name", "word_vectors.weight"}, {"dtype", "F32"}, {"shape", {7, 2}}}));
  EXPECT_EQ(info["metrics"]["best"]["step"], 2);
  EXPECT_EQ(info["metrics"]["last"]["step"], 3);
  EXPECT_EQ(info["latest_state"], "3");
  EXPECT_EQ(info["bytes"]["state"], 5 + 2);  // w, latest
  EXPECT_EQ(info["training"], Json());
}

}  // namespace
}  // namespace zoo
