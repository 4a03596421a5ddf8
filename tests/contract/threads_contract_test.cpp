// A model that is only used may be asked by several threads at once.
#include <thread>

#include "models/both_ways.h"
#include "models/decoding.h"
#include "models/sentence_vectors.h"
#include "tests/contract/contract.h"

namespace zoo::contract {
namespace {

constexpr int kThreads = 4, kRounds = 5;

/// Every ability of the model, asked through a const reference: all that comes of it.
std::vector<Tensor> everything(const Model& model, const std::vector<std::int64_t>& words, const Batch& stream) {
  std::vector<Tensor> answers;
  const Tensor text = torch::tensor(words).unsqueeze(0);                // [1, T]
  const Tensor lengths = torch::full({1}, text.size(1), torch::kLong);  // [1]
  if (const auto* next_word = model.next_word()) {
    State state, grown;
    answers.push_back(next_word->score(stream, state));
    answers.push_back(next_word->next(text));
    answers.push_back(next_word->advance(text, grown));
    answers.push_back(next_word->advance(text.narrow(1, 0, 1), grown));
  }
  const auto* both = dynamic_cast<const BothWays*>(&model);
  if (const auto* before = both != nullptr ? both->word_before() : nullptr) answers.push_back(before->next(text));
  if (const auto* cloze = model.cloze()) answers.push_back(cloze->cloze(text.narrow(1, 0, 4), text.narrow(1, 5, 4)));
  if (const auto* vectors = model.word_vectors()) answers.push_back(vectors->vectors().clone());
  if (const auto* vectors = model.context_vectors()) {
    State state, other;
    answers.push_back(vectors->context_vectors({text, lengths, {}}, state));
    WordRows unknown = {text.clone(), lengths, {std::vector<std::string>(words.size(), "unheard")}};
    unknown.words.select(1, 2).fill_(std::int64_t{kUnknown});
    answers.push_back(vectors->context_vectors(unknown, other));
  }
  if (const auto* means = dynamic_cast<const SentenceMeans*>(&model)) {
    answers.push_back(means->sentence_means({text, lengths, {}}));
  }
  if (const auto* translation = model.translation()) {
    auto state = translation->encode(text, lengths);
    answers.push_back(translation->step(torch::full({1}, kBegin, torch::kLong), state));
    answers.push_back(translation->step(torch::full({1}, words[0], torch::kLong), state));
    answers.push_back(decode(*translation, text, lengths)->step(torch::full({1}, kBegin, torch::kLong)));
  }
  if (const auto* maps = model.attention_maps()) {
    Batch batch;
    batch.input = batch.other_input = text;
    batch.lengths = lengths;
    for (const auto& name : maps->attentions()) answers.push_back(maps->attention_weights(batch, name));
  }
  return answers;
}

/// Asks from all threads at once, the first questions that this model hears; then alone, and compares.
void expect_same_from_all_threads(const Model& model, const std::vector<std::int64_t>& words, const Batch& stream) {
  std::vector<std::vector<Tensor>> answers(kThreads);
  std::vector<std::thread> threads;
  for (auto& own : answers) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) own = everything(model, words, stream);
    });
  }
  for (auto& thread : threads) thread.join();
  const auto alone = everything(model, words, stream);
  ASSERT_FALSE(alone.empty());
  for (const auto& own : answers) {
    ASSERT_EQ(own.size(), alone.size());
    for (std::size_t i = 0; i < alone.size(); ++i) {
      EXPECT_TRUE(torch::allclose(own[i], alone[i], 1e-5, 1e-6)) << "answer " << i;
    }
  }
}

class ThreadsContract : public ModelContract {};

TEST_P(ThreadsContract, FourThreadsAtOnceGetTheAnswersOfOne) {
  const auto model = trained();
  const auto text = words(9);
  expect_same_from_all_threads(*model, text, stream(text));
}

TEST(ThreadsContractOfTranslators, FourThreadsAtOnceGetTheAnswersOfOne) {
  use_threads(1);
  for (const ModelKind* kind : model_table()) {
    for (const auto& variant : kind->translators()) {
      auto options = variant.options;
      options.update(kind->tiny_options());
      auto facts = sample_vocabulary(kVocabulary);
      facts.source_size = kVocabulary;
      const auto model = kind->create(options, facts);
      model->initialise(7);
      if (auto* trained = model->differentiable()) trained->module().eval();
      expect_same_from_all_threads(*model, {7, 8, 9, 10, 11, 12, 13, 14, 15}, {});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, ThreadsContract, testing::ValuesIn(subjects()), name_of);

}  // namespace
}  // namespace zoo::contract
