#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/json.h"
#include "data/corpus.h"
#include "models/model.h"

namespace zoo {

/// How likely a text is to a model: the sum and the count of what was scored, and what follows from them.
struct Perplexity {
  double log_probability_sum = 0;  ///< nats, over all tokens, line ends included where the corpus has them
  std::int64_t tokens = 0;
  std::int64_t unknown_tokens = 0;  ///< tokens scored as the one unknown word: they flatter every model
  double perplexity = 0;            ///< exp(−sum / tokens)
  std::optional<double> bits_per_byte;
  std::string bits_per_byte_note;  ///< why there are no bits per byte, "" where there are

  /// {"perplexity", "log_probability_sum", "tokens", "unknown_tokens", "bits_per_byte" (null with
  /// "bits_per_byte_note"), "exact"}. "exact" is true: NextWord scores sum to one over the vocabulary.
  Json to_json() const;
};

/// From a sum and a count: the only place in the zoo where exp() turns a loss into a perplexity.
double perplexity_of(double log_probability_sum, std::int64_t tokens);

/// The same of a whole text.
/// Bits per byte, −sum / (bytes · ln 2), compare models with different vocabularies; they need a text that could be
/// written down again from its tokens, so none are given where unknown words were scored or line ends left out.
Perplexity perplexity_of(double log_probability_sum, std::int64_t tokens, const Corpus& corpus);

/// Reads the whole corpus as one contiguous stream, batch by batch of one row, with progress. Throws Interrupted on
/// Ctrl-C. Backward: from its last token to its first.
void read_stream(const Corpus& corpus, const std::function<void(const Batch&)>& read,
                 Direction direction = Direction::forward);

/// Throws Error if a sum of log-probabilities is NaN or more than nought; `tokens`: how many were scored before.
void check_log_probability(double sum, std::int64_t tokens);

/// Scores the whole corpus as one contiguous stream, state carried from its first token to its last, or, for a model
/// that predicts backward, from its last to its first. Throws Error if a score is NaN or not a log-probability,
/// Interrupted on Ctrl-C.
Perplexity perplexity(const NextWord& model, const Corpus& corpus, Direction direction = Direction::forward);

/// What Perplexity::to_json() gives of the next word, and, if the model predicts backward too (BothWays), the same
/// under "backward" and as "both_directions" the perplexity of the mean of both losses a token. Throws Error where it
/// predicts nothing.
Json perplexity_both_ways(const Model& model, const Corpus& corpus);

}  // namespace zoo
