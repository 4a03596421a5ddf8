#include "evaluation/perplexity.h"

#include <cmath>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "batches/batcher.h"
#include "models/both_ways.h"

namespace zoo {

namespace {

constexpr std::int64_t kStreamLength = 512;

}  // namespace

Json Perplexity::to_json() const {
  Json json = {{"perplexity", perplexity},
               {"log_probability_sum", log_probability_sum},
               {"tokens", tokens},
               {"unknown_tokens", unknown_tokens},
               {"bits_per_byte", bits_per_byte ? Json(*bits_per_byte) : Json(nullptr)}};
  if (!bits_per_byte) json["bits_per_byte_note"] = bits_per_byte_note;
  json["exact"] = true;
  return json;
}

double perplexity_of(double log_probability_sum, std::int64_t tokens) {
  return std::exp(-log_probability_sum / static_cast<double>(tokens));
}

Perplexity perplexity_of(double log_probability_sum, std::int64_t tokens, const Corpus& corpus) {
  if (tokens <= 0) fail("perplexity: no token was scored; is the text empty?");
  Perplexity result;
  result.log_probability_sum = log_probability_sum;
  result.tokens = tokens;
  result.unknown_tokens = corpus.unknown_tokens();
  result.perplexity = perplexity_of(log_probability_sum, tokens);
  if (result.unknown_tokens > 0) {
    result.bits_per_byte_note = "unknown words were scored: their letters were not";
  } else if (!corpus.line_ends()) {
    result.bits_per_byte_note = "line ends were left out";
  } else {
    result.bits_per_byte = -log_probability_sum / (static_cast<double>(corpus.bytes()) * std::log(2.0));
  }
  return result;
}

void read_stream(const Corpus& corpus, const std::function<void(const Batch&)>& read, Direction direction) {
  const torch::NoGradGuard no_gradient;
  BatcherOptions options;
  options.batch_size = 1;
  options.shuffle = false;
  Batcher batcher(corpus, Streams{kStreamLength, direction}, options);
  Progress progress("scoring", static_cast<double>(batcher.tokens_per_epoch()), "tokens");
  std::int64_t tokens = 0;
  while (const auto batch = batcher.next_in_epoch()) {
    if (interrupted()) throw Interrupted("interrupted while scoring; nothing was written");
    read(*batch);
    tokens += batch->target.ne(kIgnored).sum().item<std::int64_t>();
    progress.update(static_cast<double>(tokens));
  }
}

void check_log_probability(double sum, std::int64_t tokens) {
  if (sum <= 0) return;
  fail("the model gave {} as a sum of log-probabilities near token {}; are its weights damaged?", sum, tokens);
}

Perplexity perplexity(const NextWord& model, const Corpus& corpus, Direction direction) {
  State state;
  double sum = 0;
  std::int64_t tokens = 0;
  const auto score = [&](const Batch& batch) {
    const Tensor scores = model.score(batch, state).to(torch::kDouble);  // [1, T]
    const double batch_sum = scores.sum().item<double>();
    check_log_probability(batch_sum, tokens);
    sum += batch_sum;
    tokens += batch.target.ne(kIgnored).sum().item<std::int64_t>();
  };
  read_stream(corpus, score, direction);
  return perplexity_of(sum, tokens, corpus);
}

Json perplexity_both_ways(const Model& model, const Corpus& corpus) {
  if (model.next_word() == nullptr) fail("perplexity: this model predicts no word");
  const auto forward = perplexity(*model.next_word(), corpus);
  Json json = forward.to_json();
  auto* both = dynamic_cast<const BothWays*>(&model);
  auto* before = both != nullptr ? both->word_before() : nullptr;
  if (before == nullptr) return json;
  const auto backward = perplexity(*before, corpus, Direction::backward);
  json["backward"] = backward.to_json();
  const auto sum = (forward.log_probability_sum + backward.log_probability_sum) / 2;
  json["both_directions"] = perplexity_of(sum, forward.tokens, corpus).perplexity;
  return json;
}

}  // namespace zoo
