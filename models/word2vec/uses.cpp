#include "models/word2vec/uses.h"

namespace zoo::word2vec {

RowUses uses_of(std::span<const std::int64_t> counts, const WindowSampler::Tables& tables,
                const Word2VecOptions& options, const NgramRows* ngrams) {
  const auto keep = tables.subsampling.probabilities();
  RowUses uses = {std::vector<double>(counts.size(), 0.0), std::vector<double>(counts.size(), 0.0)};
  double words = 0;
  for (std::size_t word = 0; word < counts.size(); ++word) {
    const double kept = static_cast<double>(counts[word]) * keep[word];
    const auto id = static_cast<TokenId>(word);
    words += kept;
    uses.input[word] += kept;
    if (ngrams != nullptr) {
      const auto rows = ngrams->of(id).subspan(1);  // the word's own row stands first
      for (const auto place : rows) {
        const auto row = static_cast<std::size_t>(place);
        if (row >= uses.input.size()) uses.input.resize(row + 1, 0.0);
        uses.input[row] += kept;
      }
    }
    if (options.hierarchical()) {
      for (const auto& step : tables.huffman.path(id)) uses.output[static_cast<std::size_t>(step.node)] += kept;
    } else {
      uses.output[word] += kept;
    }
  }
  if (options.hierarchical()) return uses;
  const auto& noise = tables.noise.probabilities();
  for (std::size_t word = 0; word < counts.size(); ++word) {
    uses.output[word] += words * static_cast<double>(options.negative) * noise[word];
  }
  return uses;
}

}  // namespace zoo::word2vec
