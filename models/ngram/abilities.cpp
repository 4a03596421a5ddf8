// What a trained n-gram model can be asked: scores along a stream, the next word's distribution, the missing word.
#include <cmath>

#include "base/error.h"
#include "models/ngram/model.h"

namespace zoo::ngram {

namespace {

/// int64, contiguous, all of it ids of the vocabulary (or kIgnored where allowed).
Tensor checked_ids(const Tensor& ids, std::int64_t vocabulary, std::int64_t lowest) {
  const Tensor checked = ids.to(torch::kCPU, torch::kLong).contiguous();
  if (checked.numel() == 0) return checked;
  const auto low = checked.min().item<std::int64_t>(), high = checked.max().item<std::int64_t>();
  if (low < lowest || high >= vocabulary) {
    fail("n-gram: id {} is outside the vocabulary of {}", low < lowest ? low : high, vocabulary);
  }
  return checked;
}

}  // namespace

Tensor Ngram::score(const Batch& batch, State& state) {
  const Smoothing& smoothing = this->smoothing();
  const Tensor input = checked_ids(batch.input, vocabulary_, 0);           // [B, T]
  const Tensor target = checked_ids(batch.target, vocabulary_, kIgnored);  // [B, T]
  const auto rows = input.size(0), steps = input.size(1);
  const std::int64_t history = std::max<std::int64_t>(1, options_.order - 1);
  const Tensor slots = batch.slots.defined() ? batch.slots.contiguous() : torch::arange(rows, torch::kLong);  // [B]
  const std::int64_t slot_count = rows == 0 ? 0 : slots.max().item<std::int64_t>() + 1;
  if (state.empty()) state = {torch::full({slot_count, history}, kEnd, torch::kLong)};  // [slots, n - 1]
  if (state[0].size(0) < slot_count) {
    const Tensor more = torch::full({slot_count - state[0].size(0), history}, kEnd, torch::kLong);
    state[0] = torch::cat({state[0], more});  // [slots, n - 1]
  }
  Tensor scores = torch::zeros({rows, steps});  // [B, T]
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto slot = slots[row].item<std::int64_t>();
    if (batch.starts.defined() && batch.starts[row].item<bool>()) state[0][slot].fill_(kEnd);
    const Tensor words = torch::cat({state[0][slot], input[row]});  // [n - 1 + T]: what stands before each target
    const auto* word = words.data_ptr<std::int64_t>();
    const auto* wanted = target.data_ptr<std::int64_t>() + row * steps;
    auto* score = scores.data_ptr<float>() + row * steps;
    Reader reader(*counts_);
    for (std::int64_t i = 0; i < history; ++i) reader.read(static_cast<TokenId>(word[i]));
    if (steps > 0) reader.read(static_cast<TokenId>(word[history]));
    for (std::int64_t step = 0; step < steps; ++step) {
      const bool scored = wanted[step] >= 0;
      const Nodes found = scored ? reader.look(static_cast<TokenId>(wanted[step])) : Nodes{};
      if (scored) score[step] = static_cast<float>(std::log(smoothing.probability(reader.contexts(), found)));
      if (step + 1 == steps) break;
      const std::int64_t next_word = word[history + step + 1];
      if (scored && next_word == wanted[step]) {
        reader.move(found);  // what was predicted is what is read: it need not be looked up again
      } else {
        reader.read(static_cast<TokenId>(next_word));
      }
    }
    state[0][slot].copy_(words.slice(0, steps));  // the last n - 1
  }
  return scores;
}

Tensor Ngram::next(const Tensor& context) {
  const Smoothing& smoothing = this->smoothing();
  const Tensor ids = checked_ids(context, vocabulary_, 0);  // [B, T]
  const auto rows = ids.size(0), steps = ids.size(1);
  Tensor result = torch::empty({rows, vocabulary_});  // [B, V]
  std::vector<double> probabilities(static_cast<std::size_t>(vocabulary_));
  for (std::int64_t row = 0; row < rows; ++row) {
    Reader reader(*counts_);
    for (std::int64_t i = steps - (options_.order - 1); i < steps; ++i) {
      reader.read(i < 0 ? kEnd : static_cast<TokenId>(ids.data_ptr<std::int64_t>()[row * steps + i]));
    }
    smoothing.distribution(reader.contexts(), probabilities);
    auto* out = result.data_ptr<float>() + row * vocabulary_;
    for (std::size_t word = 0; word < probabilities.size(); ++word) {
      out[word] = static_cast<float>(std::log(probabilities[word]));
    }
  }
  return result;
}

Tensor Ngram::cloze(const Tensor& left, const Tensor&) {
  return next(left.masked_fill(left.eq(kPad), kEnd));  // [B, V]
}

}  // namespace zoo::ngram
