#pragma once

#include "evaluation/sentence_vectors.h"
#include "tokenizers/tokenizer_trainer.h"

namespace zoo {

/// Words that stand between spaces, all of the text.
inline std::shared_ptr<const Tokenizer> words_of(std::string_view text) {
  const auto trainer = make_tokenizer_trainer({.type = "word", .min_count = 1, .split = "whitespace"});
  trainer->add(text);
  return trainer->finish();
}

/// Two layers of which each number is known. "own": the one-hot vector of the word. "context": that of the word before
/// it (kBegin's at the start), and in the last place how many rows this slot has read before.
class KnownContext : public Model, public ContextVectors {
 public:
  explicit KnownContext(std::int64_t vocabulary, bool carries = true) : vocabulary_(vocabulary), carries_(carries) {}
  Json options() const override { return Json::object(); }
  Parts parts() override { return mix; }
  void initialise(std::uint64_t) override {}
  const ContextVectors* context_vectors() const override { return this; }
  std::vector<std::string> context_layers() const override { return {"own", "context"}; }
  std::int64_t context_width() const override { return vocabulary_ + 1; }
  Tensor context_vectors(const WordRows& rows, State& state) const override {
    const auto batch = rows.words.size(0), steps = rows.words.size(1);
    batches.push_back(batch);
    shortest.push_back(rows.lengths.min().item<std::int64_t>());
    longest.push_back(rows.lengths.max().item<std::int64_t>());
    auto x = torch::zeros({2, batch, steps, vocabulary_ + 1});
    auto read = state.empty() ? torch::zeros({batch}) : state[0];
    for (std::int64_t b = 0; b < batch; ++b) {
      for (std::int64_t t = 0; t < rows.lengths[b].item<std::int64_t>(); ++t) {
        x[0][b][t][rows.words[b][t].item<std::int64_t>()] = 1;
        x[1][b][t][t == 0 ? std::int64_t{kBegin} : rows.words[b][t - 1].item<std::int64_t>()] = 1;
        x[1][b][t][vocabulary_] = read[b];
      }
    }
    if (carries_) state = {read + 1};
    return x;
  }

  Parts mix;
  mutable std::vector<std::int64_t> batches;            ///< rows of each call
  mutable std::vector<std::int64_t> shortest, longest;  ///< words of the shortest and the longest of them

 private:
  std::int64_t vocabulary_;
  bool carries_;
};

/// One vector a word: its one-hot vector.
class OneVector : public Model, public WordVectors {
 public:
  explicit OneVector(std::int64_t vocabulary) : vocabulary_(vocabulary) {}
  Json options() const override { return Json::object(); }
  Parts parts() override { return {}; }
  void initialise(std::uint64_t) override {}
  const WordVectors* word_vectors() const override { return this; }
  Tensor vectors() const override { return torch::eye(vocabulary_); }
  std::string word_vectors_part() const override { return "x"; }

 private:
  std::int64_t vocabulary_;
};

}  // namespace zoo
