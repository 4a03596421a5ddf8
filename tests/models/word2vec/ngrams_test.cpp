#include <gtest/gtest.h>

#include "models/start_vectors.h"
#include "models/word2vec/ngram_rows.h"
#include "models/word2vec/word2vec.h"
#include "tests/models/word2vec/grouped_text.h"
#include "tests/support/errors.h"

namespace zoo::word2vec {
namespace {

VocabularyFacts facts() {
  VocabularyFacts facts;
  facts.size = kVocabulary;
  facts.pieces = grouped_words();
  return facts;
}

const Json kOptions = {{"dim", 20}, {"max_n", 4}, {"buckets", 300}, {"sample", 0}, {"epochs", 2}};

TEST(NgramRows, AreTheWordsOwnAndThenThoseOfItsNgrams) {
  const std::vector<std::string> pieces = {"<pad>", "<unk>", "<s>", "</s>", "<mask>", "abc", "a", ""};
  const Subwords subwords = {3, 4, 50};
  const NgramRows rows(pieces, subwords);
  ASSERT_EQ(rows.words(), 8);
  for (const TokenId special : {0, 3, 4, 7}) EXPECT_EQ(rows.of(special).size(), 1U) << special;  // "<>" is too short
  ASSERT_EQ(rows.of(5).size(), 6U);  // <ab <abc abc abc> bc>
  EXPECT_EQ(rows.of(5)[0], 5);
  const auto buckets = subword_buckets("abc", subwords);
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    EXPECT_EQ(rows.of(5)[1 + i], 8 + static_cast<std::int32_t>(buckets[i]));
  }
}

TEST(Ngrams, MakeWordVectorsThatAreSavedComposed) {
  const auto model = kind().create(kOptions, facts());
  const auto corpus = grouped_text(300, 3);
  model->initialise(1);
  model->self_trained()->begin(corpus, 1, 1);
  while (!model->self_trained()->advance().finished) {
  }
  const auto part = dynamic_cast<const SubwordWordVectors&>(*model->word_vectors()).subword_part();
  ASSERT_TRUE(part);
  EXPECT_EQ(part->subwords, (Subwords{3, 4, 300}));
  Tensor own, ngrams, vectors;
  for (const auto& [name, tensor] : model->parts()) {
    if (name == "input.weight") own = tensor;
    if (name == part->part) ngrams = tensor;
    if (name == model->word_vectors()->word_vectors_part()) vectors = tensor;
  }
  EXPECT_TRUE(torch::equal(vectors, model->word_vectors()->vectors()));
  for (const std::int64_t id : {5, 44, 104}) {
    auto sum = own[id].clone();
    const auto buckets = subword_buckets(grouped_words()[static_cast<std::size_t>(id)], part->subwords);
    for (const auto bucket : buckets) sum += ngrams[static_cast<std::int64_t>(bucket)];
    EXPECT_TRUE(torch::allclose(vectors[id], sum / static_cast<double>(buckets.size() + 1), 1e-5, 1e-6)) << id;
  }
  // Opened without its tokenizer, it has its vectors and cannot be trained.
  auto nameless = facts();
  nameless.pieces.clear();
  const auto opened = kind().create(kOptions, nameless);
  opened->load_parts(model->parts());
  EXPECT_TRUE(torch::equal(vectors, opened->word_vectors()->vectors()));
  EXPECT_THAT(error_of([&] {
                opened->self_trained()->begin(corpus, 1, 1);
                opened->self_trained()->advance();
              }),
              testing::HasSubstr("without"));
}

TEST(Ngrams, HaveRefusedOptions) {
  const auto refused = [&](const Json& options) { return error_of([&] { kind().create(options, facts()); }); };
  EXPECT_THAT(refused({{"max_n", 6}, {"trainer", "gradient"}}), testing::HasSubstr("hand-written"));
  EXPECT_THAT(refused({{"max_n", 2}}), testing::HasSubstr("below min_n 3"));
  EXPECT_THAT(refused({{"max_n", 6}, {"architecture", "cbow"}, {"cbow_mean", false}}), testing::HasSubstr("cbow_mean"));
  EXPECT_THAT(refused({{"max_n", 6}, {"buckets", 1 << 30}, {"dim", 16384}}), testing::HasSubstr("--buckets"));
}

}  // namespace
}  // namespace zoo::word2vec
