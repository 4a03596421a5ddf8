// Training with products of bfloat16 numbers.
#include "base/files.h"
#include "base/random.h"
#include "models/layers/autocast.h"
#include "models/layers/bfloat16_rows.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "models/saved_model.h"
#include "tests/support/errors.h"
#include "training/trainer.h"

namespace zoo {
namespace {

constexpr std::int64_t kVocabulary = 40;

/// Lines in which a word mostly decides the next: something to learn, but not by heart.
Corpus text(std::int64_t lines, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::vector<TokenId>> result;
  for (std::int64_t i = 0; i < lines; ++i) {
    auto& line = result.emplace_back();
    TokenId word = kSpecialTokens;
    for (int j = 0; j < 9; ++j) {
      const auto any = static_cast<TokenId>(random.below(kVocabulary - kSpecialTokens)) + kSpecialTokens;
      word = random.below(4) == 0 ? any : (word * 7 + 11) % (kVocabulary - kSpecialTokens) + kSpecialTokens;
      line.push_back(word);
    }
    line.push_back(kEnd);
  }
  return Corpus::from_lines(result, kVocabulary);
}

struct Case {
  std::string name;
  double epochs;
  Json options;
};

std::vector<Case> cases() {
  return {{"nnlm", 4, {{"order", 3}, {"embedding", 16}, {"hidden", 24}}},
          {"elmo",
           20,
           {{"token_layer", "words"}, {"layers", 1}, {"projection", 16}, {"cell", 24}, {"length", 10}, {"dropout", 0}}},
          {"transformer",
           30,
           {{"layers", 2}, {"width", 32}, {"heads", 2}, {"feed_forward", 64}, {"context", 16}, {"dropout", 0}}}};
}

/// A model trained for some epochs in a precision.
struct Training {
  TemporaryFolder folder;
  RunFolder run = RunFolder::create(folder.path() / "run");
  std::unique_ptr<Model> model;
  TrainingData data{text(120, 1), text(40, 2)};
  TrainingOptions options;
  SittingOptions sitting;

  Training(const Case& given, const std::string& precision) {
    use_threads(1);
    model = find_kind(given.name, model_table()).create(given.options, sample_vocabulary(kVocabulary));
    run.write_config({{"format_version", kRunFormatVersion}, {"model", {{"kind", given.name}}}});
    options.precision = precision;
    options.batch_size = 8;
    options.learning_rate = 0.01;
    options.clip = 1;
    options.epochs = given.epochs;
    sitting.log_every = 1;
  }
  TrainingOutcome train() { return train_by_gradient(*model, data, options, sitting, run); }
};

class Precision : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (!has_bfloat16_products()) GTEST_SKIP() << "this processor does not multiply bfloat16";
  }
};

TEST_P(Precision, InBfloat16AModelLearnsAsMuchAsInFloat32) {
  Training single(GetParam(), "fp32"), half(GetParam(), "bf16");
  const auto first = single.train(), second = half.train();
  const auto unigram = std::log(static_cast<double>(kVocabulary - kSpecialTokens + 1));
  const auto learnt = unigram - *first.best_valid_loss;
  EXPECT_GT(learnt, 0.3) << "there was something to lose";
  // bfloat16 has 8 significant bits: an operand is off by 2⁻⁹ at most, a product of two by 2⁻⁸, 0.4 %, and errors of
  // many operands partly cancel. Some hundredths of what was learnt leave room for the two paths drifting apart.
  EXPECT_NEAR(*first.best_valid_loss, *second.best_valid_loss, 0.03 * learnt);
  EXPECT_NE(read_file(single.run.weights_file()), read_file(half.run.weights_file())) << "nothing was rounded";
  for (const auto& [name, tensor] : load_tensors(half.run.weights_file())) {
    EXPECT_NE(tensor.scalar_type(), at::kBFloat16) << name;
  }
  EXPECT_FALSE(under_autocast()) << "it ends with the training";
}

TEST_P(Precision, InBfloat16AResumedTrainingGivesTheSameBytes) {
  Training whole(GetParam(), "bf16"), parts(GetParam(), "bf16");
  for (auto* training : {&whole, &parts}) training->options.epochs = 2;
  whole.train();
  parts.sitting.max_steps = 7;
  parts.train();
  parts.sitting.max_steps = 0;
  parts.train();
  EXPECT_EQ(read_file(whole.run.weights_file()), read_file(parts.run.weights_file()));
}

INSTANTIATE_TEST_SUITE_P(Models, Precision, testing::ValuesIn(cases()), [](const auto& one) { return one.param.name; });

TEST(Autocast, RoundsWhileItLivesAndOnlyWhereItIsWanted) {
  use_threads(1);
  const auto x = torch::ones({2, 3}), y = torch::ones({3, 2});
  const Autocast unwanted(false);
  EXPECT_EQ(torch::mm(x, y).scalar_type(), at::kFloat);
  {
    const Autocast wanted(true);
    EXPECT_TRUE(under_autocast());
    EXPECT_EQ(torch::mm(x, y).scalar_type(), at::kBFloat16);
    {
      const Autocast within(true);
      EXPECT_EQ(torch::mm(x, y).scalar_type(), at::kBFloat16);
    }
    EXPECT_TRUE(under_autocast()) << "the inner one leaves it to the outer";
  }
  EXPECT_FALSE(under_autocast());
  EXPECT_EQ(torch::mm(x, y).scalar_type(), at::kFloat);
}

}  // namespace
}  // namespace zoo
