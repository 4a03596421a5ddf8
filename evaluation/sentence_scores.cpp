#include "evaluation/sentence_scores.h"

#include <algorithm>
#include <optional>
#include <span>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "evaluation/perplexity.h"
#include "models/both_ways.h"

namespace zoo {
namespace {

struct Sentence {
  std::string text;
  std::vector<TokenId> pieces;
};

/// The lines as rows that are read from kEnd on: words, then the end if it is to be predicted.
Batch batch_of(std::span<const Sentence> sentences, bool line_ends, Direction direction) {
  std::int64_t longest = 1;
  for (const auto& sentence : sentences) longest = std::max<std::int64_t>(longest, std::ssize(sentence.pieces) + 1);
  const auto rows = std::ssize(sentences);
  Batch batch;
  batch.input = torch::full({rows, longest}, std::int64_t{kEnd}, torch::kInt64);  // [B, T]
  batch.target = torch::full({rows, longest}, kIgnored, torch::kInt64);           // [B, T]
  batch.lengths = torch::empty({rows}, torch::kInt64);                            // [B]
  batch.slots = torch::arange(rows, torch::kInt64);                               // [B]
  batch.starts = torch::ones({rows}, torch::kBool);                               // [B]
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto& pieces = sentences[static_cast<std::size_t>(row)].pieces;
    std::vector<std::int64_t> words(pieces.begin(), pieces.end());
    if (direction == Direction::backward) std::reverse(words.begin(), words.end());
    std::copy(words.begin(), words.end(), batch.input.data_ptr<std::int64_t>() + row * longest + 1);
    if (line_ends) words.push_back(kEnd);
    std::copy(words.begin(), words.end(), batch.target.data_ptr<std::int64_t>() + row * longest);
    batch.lengths[row] = std::ssize(words);
  }
  return batch;
}

/// What was scored, of one line or of all.
struct Score {
  std::int64_t tokens = 0, unknown = 0;
  double forward = 0;  ///< Σ log p
  std::optional<double> backward;

  void add(const Score& other) {
    tokens += other.tokens;
    unknown += other.unknown;
    forward += other.forward;
    if (other.backward) backward = backward.value_or(0) + *other.backward;
  }
  Json to_json() const {
    const auto of = [&](double sum) {
      return Json{{"log_probability", sum}, {"perplexity", perplexity_of(sum, tokens)}};
    };
    Json json = {{"tokens", tokens}, {"unknown_tokens", unknown}};
    json.update(of(forward));
    if (backward) {
      json["backward"] = of(*backward);
      json["both_directions"] = perplexity_of((forward + *backward) / 2, tokens);
    }
    return json;
  }
};

class SentenceScorer {
 public:
  SentenceScorer(const Model& model, const SentenceScoring& scoring) : forward_(*model.next_word()), scoring_(scoring) {
    if (auto* both = dynamic_cast<const BothWays*>(&model)) backward_ = both->word_before();
  }

  void add(Sentence sentence) {
    waiting_.push_back(std::move(sentence));
    if (std::ssize(waiting_) == scoring_.batch_size) flush();
  }
  void flush() {
    if (waiting_.empty()) return;
    if (interrupted()) throw Interrupted("stopped while scoring; nothing was written");
    const auto forward = sums(forward_, Direction::forward);
    const auto backward = backward_ != nullptr ? sums(*backward_, Direction::backward) : Tensor();
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      const auto& [text, pieces] = waiting_[i];
      const auto row = static_cast<std::int64_t>(i);
      Score score;
      score.tokens = std::ssize(pieces) + (scoring_.line_ends ? 1 : 0);
      score.unknown = std::count(pieces.begin(), pieces.end(), kUnknown);
      score.forward = forward[row].item<double>();
      if (backward.defined()) score.backward = backward[row].item<double>();
      all.add(score);
      Json json = {{"text", text}};
      json.update(score.to_json());
      sentences.push_back(std::move(json));
    }
    waiting_.clear();
  }

  Score all;
  Json sentences = Json::array();

 private:
  /// Σ log p of each waiting line, [B] float64.
  Tensor sums(const NextWord& model, Direction direction) const {
    State state;
    const auto scores = model.score(batch_of(waiting_, scoring_.line_ends, direction), state);  // [B, T]
    const auto sum = scores.to(torch::kDouble).sum(1);                                          // [B]
    check_log_probability(sum.max().item<double>(), all.tokens);
    return sum;
  }

  const NextWord& forward_;
  const NextWord* backward_ = nullptr;
  const SentenceScoring& scoring_;
  std::vector<Sentence> waiting_;
};

}  // namespace

Json score_sentences(const Model& model, const Tokenizer& tokenizer, const TextReader& text,
                     const SentenceScoring& scoring) {
  const torch::NoGradGuard no_gradient;
  if (model.next_word() == nullptr) fail("sentences: this model predicts no word");
  SentenceScorer scorer(model, scoring);
  Progress progress("scoring", static_cast<double>(text.total_bytes()), "bytes");
  double read = 0;
  text.for_each_line([&](std::string_view line, std::int64_t) {
    read += static_cast<double>(line.size()) + 1;
    progress.update(read);
    Sentence sentence{std::string(line), {}};
    tokenizer.encode(line, sentence.pieces);
    if (!sentence.pieces.empty()) scorer.add(std::move(sentence));
  });
  scorer.flush();
  if (scorer.sentences.empty()) fail("{}: no line has a word to score", text.name());
  auto result = scorer.all.to_json();
  result["sentences"] = std::move(scorer.sentences);
  return result;
}

}  // namespace zoo
