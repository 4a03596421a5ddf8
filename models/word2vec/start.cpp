#include "models/word2vec/start.h"

#include "base/error.h"

namespace zoo::word2vec {
namespace {

/// The part of that name, or an undefined tensor.
Tensor part_of(const StartVectors& start, std::string_view name) {
  for (const auto& [own, tensor] : start.parts) {
    if (own == name) return tensor;
  }
  return {};
}

/// Rows of `from` (another vocabulary's) into the rows of `to` for the words that both have; components are held within
/// the limits of training.
void take_rows(const StartVectors& start, const Tensor& from, const Tensor& to) {
  for (std::size_t id = kSpecialTokens; id < start.rows.size(); ++id) {
    if (start.rows[id] < 0) continue;
    to[static_cast<std::int64_t>(id)].copy_(from[start.rows[id]].clamp(-kLargest, kLargest));
  }
}

Subwords subwords_of(const Json& options) {
  const auto longest = options.value("max_n", std::int64_t{0});
  if (longest == 0) return {0, 0, 0};
  return {options.value("min_n", std::int64_t{0}), longest, options.value("buckets", std::int64_t{0})};
}

/// Own rows for which the mean of all rows of a word is the given vector.
void take_vectors(const StartVectors& start, Weights& weights) {
  for (std::size_t word = kSpecialTokens; word < start.rows.size(); ++word) {
    if (start.rows[word] < 0) continue;
    const auto id = static_cast<std::int64_t>(word);
    auto own = start.vectors[id];  // [D]
    if (const auto* ngrams = weights.ngram_rows()) {
      const auto rows = ngrams->of(static_cast<TokenId>(id));
      own = own * static_cast<double>(rows.size());
      for (const auto row : rows.subspan(1)) own -= weights.ngrams[row - weights.vocabulary()];
    }
    weights.input[id].copy_(own.clamp(-kLargest, kLargest));
  }
}

}  // namespace

void check_start(const StartVectors& start, const Weights& weights) {
  if (start.vectors.size(1) == weights.dim()) return;
  fail("{}: vectors of {} components, the model's have {}; give --dim {}", start.from, start.vectors.size(1),
       weights.dim(), start.vectors.size(1));
}

void start_weights(const StartVectors& start, const Word2VecOptions& options, Weights& weights) {
  const torch::NoGradGuard no_gradient;
  const auto own = part_of(start, "input.weight"), ngrams = part_of(start, "ngrams.weight"),
             output = part_of(start, "output.weight");
  if (weights.composed() && own.defined() && ngrams.defined() && ngrams.sizes() == weights.ngrams.sizes() &&
      subwords_of(start.options) == options.subwords()) {
    weights.ngrams.copy_(ngrams);
    take_rows(start, own, weights.input);
  } else {
    take_vectors(start, weights);
  }
  if (!options.hierarchical() && output.defined() && output.size(1) == weights.dim()) {
    take_rows(start, output, weights.output);
  }
  weights.changed();
}

}  // namespace zoo::word2vec
