#include "evaluation/sentence_vectors.h"

#include <algorithm>

#include "base/error.h"
#include "evaluation/abilities.h"
#include "evaluation/translate.h"

namespace zoo {
namespace {

/// x [L, P, D] of a line's pieces → [L, T, D] of its words: means over each word's pieces.
Tensor over_pieces(const Tensor& x, const WordLine& line) {
  std::vector<std::int64_t> word_of;
  for (std::int64_t word = 0; word < line.size(); ++word) {
    word_of.resize(static_cast<std::size_t>(line.ends[static_cast<std::size_t>(word)]), word);
  }
  const auto places = torch::tensor(word_of, torch::kInt64);                                     // [P]
  const auto counts = torch::bincount(places, {}, line.size()).to(torch::kFloat).unsqueeze(1);   // [T, 1]
  return torch::zeros({x.size(0), line.size(), x.size(2)}).index_add(1, places, x).div(counts);  // [L, T, D]
}

WordRows rows_of(std::span<const WordLine> lines) {
  WordRows rows;
  std::vector<std::vector<TokenId>> ids;
  for (const auto& line : lines) {
    ids.push_back(line.pieces);
    rows.spellings.push_back(line.spellings);
  }
  std::tie(rows.words, rows.lengths) = padded(ids);  // [B, P], [B]
  return rows;
}

/// x [L, B, P, D] of the lines' pieces → [L, B, T, D] of their words.
Tensor over_words(const Tensor& x, std::span<const WordLine> lines) {
  std::int64_t longest = 0;
  bool one_each = true;
  for (const auto& line : lines) {
    longest = std::max(longest, line.size());
    one_each = one_each && line.one_piece_each();
  }
  if (one_each) return x;
  std::vector<Tensor> rows;
  for (std::size_t b = 0; b < lines.size(); ++b) {
    const auto& line = lines[b];
    const auto pieces = x.select(1, static_cast<std::int64_t>(b)).narrow(1, 0, std::ssize(line.pieces));  // [L, P, D]
    auto words = line.size() == 0 ? pieces : over_pieces(pieces, line);                                   // [L, T, D]
    rows.push_back(torch::constant_pad_nd(words, {0, 0, 0, longest - words.size(1)}));
  }
  return torch::stack(rows, 1);  // [L, B, T, D]
}

}  // namespace

SentenceVectors::SentenceVectors(const Model& model, const std::string& name,
                                 const std::vector<const ModelKind*>& kinds)
    : contextual_(model.context_vectors()), means_(dynamic_cast<const SentenceMeans*>(&model)) {
  auto* words = model.word_vectors();
  if (contextual_ != nullptr) {
    layers_ = contextual_->context_layers();
    width_ = contextual_->context_width();
    // A model with attention has so many places and reads no more together; one of them holds the line's end.
    if (model.attention_maps() != nullptr) {
      longest_ = std::max<std::int64_t>(0, model.options().value("context", std::int64_t{0}) - 1);
    }
  } else if (words != nullptr) {
    layers_ = {"word"};
    table_ = words->vectors();
    width_ = table_.size(1);
  } else {
    fail_without(Ability::context_vectors, name, kinds);
  }
}

/// The rows' pieces, [L, B, P, D], zeros behind each row's end.
Tensor SentenceVectors::of_pieces(const WordRows& rows, State& state) const {
  if (contextual_ != nullptr) return contextual_->context_vectors(rows, state);
  const auto there = torch::arange(rows.words.size(1)).unsqueeze(0).lt(rows.lengths.unsqueeze(1));  // [B, P]
  const auto x = table_.index_select(0, rows.words.flatten()).view({rows.words.size(0), rows.words.size(1), width_});
  return (x * there.unsqueeze(2)).unsqueeze(0);
}

Tensor SentenceVectors::read(std::span<const WordLine> lines, State& state) const {
  const torch::NoGradGuard no_gradient;
  return over_words(of_pieces(rows_of(lines), state), lines);
}

Tensor trainable_word_vectors(TrainableVectors& model, std::span<const WordLine> lines) {
  return over_words(model.trainable_vectors(rows_of(lines)), lines);
}

Tensor SentenceVectors::means(std::span<const WordLine> lines) const {
  const torch::NoGradGuard no_gradient;
  const auto rows = rows_of(lines);
  if (means_ != nullptr) return means_->sentence_means(rows);
  State state;
  const auto last = of_pieces(rows, state).select(0, -1);  // [B, P, D]: long words weigh as much as they have pieces
  return last.sum(1) / rows.lengths.clamp_min(1).unsqueeze(1);
}

}  // namespace zoo
