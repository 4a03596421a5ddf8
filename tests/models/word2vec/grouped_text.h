#pragma once

#include <torch/nn/functional/normalization.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "data/corpus.h"
#include "models/word2vec/options.h"

namespace zoo::word2vec {

inline constexpr std::int64_t kVocabulary = 105;

/// Words come in ten groups of ten; a line keeps to one group, so that there is something to learn.
inline Corpus grouped_text(int lines, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::vector<TokenId>> result;
  for (int i = 0; i < lines; ++i) {
    auto& line = result.emplace_back();
    const auto group = static_cast<TokenId>(random.below(10));
    for (int j = 0; j < 12; ++j) line.push_back(kSpecialTokens + 10 * group + static_cast<TokenId>(random.below(10)));
  }
  return Corpus::from_lines(result, kVocabulary);
}

/// How the words are written: those of a group share their begin.
inline std::vector<std::string> grouped_words() {
  std::vector<std::string> pieces;
  for (std::int64_t id = 0; id < kVocabulary; ++id) {
    const auto word = id - kSpecialTokens;
    if (word < 0) {
      pieces.push_back("<" + std::to_string(id) + ">");
    } else {
      pieces.push_back(std::string(3, static_cast<char>('a' + word / 10)) + static_cast<char>('p' + word % 10));
    }
  }
  return pieces;
}

inline Word2VecOptions small() {
  Word2VecOptions options;
  options.dim = 20;
  options.sample = 0;
  options.epochs = 3;
  return options;
}

/// Of each word's nearest nine, how many share its group. vectors: [V, D].
inline double grouped(const torch::Tensor& vectors) {
  const auto words = torch::nn::functional::normalize(vectors.slice(0, kSpecialTokens));  // [100, D]
  const auto near = std::get<1>(torch::matmul(words, words.t()).topk(10, 1));             // [100, 10]
  const auto group = torch::arange(100).div(10, "floor").unsqueeze(1);                    // [100, 1]
  return near.div(10, "floor").eq(group).to(torch::kFloat64).mean().item<double>();
}

}  // namespace zoo::word2vec
