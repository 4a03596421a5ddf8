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

/// A batch, and the words that stand before its rows.
struct Ngram::Walk {
  Tensor input, target, slots;  // [B, T], [B, T], [B]
  Tensor before;                // [slots, n − 1] the last words read, kEnd before a text
};

Ngram::Walk Ngram::start_walk(const Batch& batch, const State& state) const {
  Walk walk;
  walk.input = checked_ids(batch.input, vocabulary_, 0);           // [B, T]
  walk.target = checked_ids(batch.target, vocabulary_, kIgnored);  // [B, T]
  const auto rows = walk.input.size(0);
  const std::int64_t history = std::max<std::int64_t>(1, options_.order - 1);
  walk.slots = batch.slots.defined() ? batch.slots.contiguous() : torch::arange(rows, torch::kLong);  // [B]
  const std::int64_t slot_count = rows == 0 ? 0 : walk.slots.max().item<std::int64_t>() + 1;
  const std::int64_t there = state.empty() ? 0 : state[0].size(0);
  const Tensor fresh = torch::full({std::max<std::int64_t>(0, slot_count - there), history}, kEnd, torch::kLong);
  walk.before = state.empty() ? fresh : torch::cat({state[0], fresh});  // [slots, n − 1]
  for (std::int64_t row = 0; row < rows && batch.starts.defined(); ++row) {
    if (batch.starts[row].item<bool>()) walk.before[walk.slots[row].item<std::int64_t>()].fill_(kEnd);
  }
  return walk;
}

Tensor Ngram::score(const Batch& batch, State& state) const {
  const Smoothing& smoothing = this->smoothing();
  const Walk walk = start_walk(batch, state);
  const auto rows = walk.input.size(0), steps = walk.input.size(1), history = walk.before.size(1);
  Tensor scores = torch::zeros({rows, steps});  // [B, T]
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto slot = walk.slots[row].item<std::int64_t>();
    const Tensor words =
        torch::cat({walk.before[slot], walk.input[row]});  // [n − 1 + T]: what stands before each target
    const auto* word = words.data_ptr<std::int64_t>();
    const auto* wanted = walk.target.data_ptr<std::int64_t>() + row * steps;
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
    walk.before[slot].copy_(words.slice(0, steps));  // the last n − 1
  }
  state = {walk.before};
  return scores;
}

Tensor Ngram::context_bins(const Batch& batch, const State& state) const {
  const Smoothing& smoothing = this->smoothing();
  const Walk walk = start_walk(batch, state);
  const auto rows = walk.input.size(0), steps = walk.input.size(1);
  Tensor bins = torch::zeros({rows, steps}, torch::kLong);  // [B, T]
  for (std::int64_t row = 0; row < rows; ++row) {
    const Tensor before = walk.before[walk.slots[row].item<std::int64_t>()].contiguous();  // [n − 1]
    Reader reader(*counts_);
    for (std::int64_t i = 0; i < before.size(0); ++i)
      reader.read(static_cast<TokenId>(before.data_ptr<std::int64_t>()[i]));
    for (std::int64_t step = 0; step < steps; ++step) {
      reader.read(static_cast<TokenId>(walk.input.data_ptr<std::int64_t>()[row * steps + step]));
      bins.data_ptr<std::int64_t>()[row * steps + step] = smoothing.context_bin(reader.contexts());
    }
  }
  return bins;
}

Tensor Ngram::next(const Tensor& context) const {
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

Tensor Ngram::advance(const Tensor& words, State& state) const {
  const std::int64_t kept = std::max<std::int64_t>(1, options_.order - 1);
  Tensor read = state.empty() ? words : torch::cat({state[0], words}, 1);  // [B, n − 1 + T]
  if (read.size(1) > kept) read = read.slice(1, read.size(1) - kept);
  state = {read};
  return next(read);  // [B, V]
}

Tensor Ngram::cloze(const Tensor& left, const Tensor&) const {
  return next(left.masked_fill(left.eq(kPad), kEnd));  // [B, V]
}

}  // namespace zoo::ngram
