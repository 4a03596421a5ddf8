#include "evaluation/sentence_vectors.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <numeric>

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
  const auto places = torch::tensor(word_of, torch::kInt64);                                       // [P]
  const auto counts = torch::bincount(places, {}, line.size()).to(torch::kFloat).unsqueeze(1);     // [T, 1]
  return torch::zeros({x.size(0), line.size(), x.size(2)}).index_add_(1, places, x).div_(counts);  // [L, T, D]
}

}  // namespace

SentenceVectors::SentenceVectors(Model& model, const std::string& name, const std::vector<const ModelKind*>& kinds)
    : contextual_(model.context_vectors()), means_(dynamic_cast<SentenceMeans*>(&model)) {
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
    table_ = words->word_vectors();
    width_ = table_.size(1);
  } else {
    fail_without(Ability::context_vectors, name, kinds);
  }
}

Tensor SentenceVectors::means(std::span<const WordLine> lines) const {
  const torch::NoGradGuard no_gradient;
  std::vector<std::vector<TokenId>> ids;
  for (const auto& line : lines) ids.push_back(line.pieces);
  WordRows rows;
  std::tie(rows.words, rows.lengths) = padded(ids);  // [B, P], [B]
  if (means_ != nullptr) return means_->sentence_means(rows);
  // Each piece counts as a word, so that long words weigh as much as they have pieces.
  std::vector<WordLine> pieces;
  for (const auto& line : lines) {
    auto& own = pieces.emplace_back(line);
    own.words = own.spellings;
    own.ends.resize(own.pieces.size());
    std::iota(own.ends.begin(), own.ends.end(), std::int64_t{1});
  }
  State state;
  const auto last = read(pieces, state).select(0, -1);  // [B, P, D], zeros behind each line's end
  return last.sum(1) / rows.lengths.clamp_min(1).unsqueeze(1);
}

Tensor SentenceVectors::read(std::span<const WordLine> lines, State& state) const {
  const torch::NoGradGuard no_gradient;
  WordRows rows;
  std::vector<std::vector<TokenId>> ids;
  std::int64_t longest = 0;
  bool one_each = true;
  for (const auto& line : lines) {
    ids.push_back(line.pieces);
    rows.spellings.push_back(line.spellings);
    longest = std::max(longest, line.size());
    one_each = one_each && line.one_piece_each();
  }
  std::tie(rows.words, rows.lengths) = padded(ids);  // [B, P], [B]
  Tensor x;                                          // [L, B, P, D]
  if (contextual_ != nullptr) {
    x = contextual_->context_vectors(rows, state);
  } else {
    const auto there = torch::arange(rows.words.size(1)).unsqueeze(0).lt(rows.lengths.unsqueeze(1));  // [B, P]
    x = (table_.index_select(0, rows.words.flatten()).view({rows.words.size(0), rows.words.size(1), width_}) *
         there.unsqueeze(2))
            .unsqueeze(0);
  }
  if (one_each) return x;
  auto result = torch::zeros({x.size(0), x.size(1), longest, width_});  // [L, B, T, D]
  for (std::size_t b = 0; b < lines.size(); ++b) {
    if (lines[b].size() == 0) continue;
    const auto row = static_cast<std::int64_t>(b);
    const auto pieces = x.select(1, row).narrow(1, 0, std::ssize(lines[b].pieces));  // [L, P, D]
    result.select(1, row).narrow(1, 0, lines[b].size()).copy_(over_pieces(pieces, lines[b]));
  }
  return result;
}

LayerChoice::LayerChoice(const std::string& text, const SentenceVectors& vectors, Model& model) : name_(text) {
  const auto& names = vectors.layers();
  const auto layers = std::ssize(names);
  if (text == "all") {
    kind_ = Kind::all;
  } else if (text == "average") {
    kind_ = Kind::mixed;
    weights_ = torch::full({layers}, 1.0 / static_cast<double>(layers));
  } else if (text == "mix") {
    kind_ = Kind::mixed;
    Tensor scalars, gamma;
    for (const auto& [part, tensor] : model.parts()) {
      if (part.ends_with("mix.scalars") && tensor.numel() == layers) scalars = tensor;
      if (part.ends_with("mix.gamma") && tensor.numel() == 1) gamma = tensor;
    }
    if (!scalars.defined() || !gamma.defined()) {
      fail("--layer mix: this run has learned no weights of its {} layers; --layer average takes all alike", layers);
    }
    weights_ = (scalars.flatten().softmax(0) * gamma.flatten()).to(torch::kFloat);
  } else {
    const auto found = std::find(names.begin(), names.end(), text);
    layer_ = found - names.begin();
    if (found == names.end()) {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), layer_);
      if (error != std::errc() || end != text.data() + text.size() || layer_ < 0 || layer_ >= layers) {
        fail_usage("--layer {}: give all, average, mix, or one of 0 … {}: {}", text, layers - 1,
                   fmt::join(names, ", "));
      }
    }
    name_ = names[static_cast<std::size_t>(layer_)];
  }
}

Tensor LayerChoice::of(const Tensor& layers) const {
  if (kind_ == Kind::all) return layers;
  if (kind_ == Kind::one) return layers.narrow(0, layer_, 1);
  auto sum = layers.select(0, 0) * weights_[0];
  for (std::int64_t l = 1; l < layers.size(0); ++l) sum.add_(layers.select(0, l) * weights_[l]);
  return sum.unsqueeze(0);
}

}  // namespace zoo
