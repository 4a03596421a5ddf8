// What a trained ELMo is asked for: the next word, a missing word, vectors.
#include <algorithm>

#include "base/error.h"
#include "models/beside.h"
#include "models/elmo/both_ways.h"
#include "models/elmo/elmo.h"

namespace zoo::elmo {
namespace {

/// Words before a gap, the nearest last and kPad before the text's start, moved to the left of their rows with `mark`
/// in front where the text starts. words [B, R] → words [B, R + 1], lengths [B].
struct Context {
  Tensor words, lengths;
};
Context context_of(const Tensor& words, std::int64_t mark) {
  const auto width = words.size(1);
  const auto padding = words.eq(std::int64_t{kPad}).sum(1);                          // [B]
  auto all = torch::cat({torch::full_like(words.narrow(1, 0, 1), mark), words}, 1);  // [B, R + 1]
  all.scatter_(1, padding.unsqueeze(1), mark);                                       // where the padding ends
  const auto first = padding.clamp_min(1);                                           // [B]
  const auto places = first.unsqueeze(1) + torch::arange(width + 1, torch::kInt64);  // [B, R + 1]
  return {all.gather(1, places.clamp_max(width)), width + 1 - first};
}

/// The words of some rows that the vocabulary lacks: each once, and where they stand in x of [T + 2, B] steps.
struct UnknownWords {
  std::vector<std::string> words;
  std::vector<std::int64_t> places, numbers;  ///< step · B + row, and which of `words` stands there
};
UnknownWords unknown_words(const WordRows& rows) {
  const auto batch = rows.words.size(0), steps = rows.words.size(1);
  if (std::ssize(rows.spellings) != batch) {
    fail("elmo: {} rows of words and {} rows of their spellings; give one for each", batch, rows.spellings.size());
  }
  const auto ids = rows.words.contiguous(), lengths = rows.lengths.contiguous();
  UnknownWords unknown;
  std::map<std::string_view, std::int64_t> numbers;
  for (std::int64_t b = 0; b < batch; ++b) {
    const auto& spelled = rows.spellings[static_cast<std::size_t>(b)];
    const auto length = lengths.const_data_ptr<std::int64_t>()[b];
    if (std::ssize(spelled) != length) {
      fail("elmo: a row of {} words has {} spellings; give one for each word", length, spelled.size());
    }
    for (std::int64_t t = 0; t < length; ++t) {
      if (ids.const_data_ptr<std::int64_t>()[b * steps + t] != kUnknown) continue;
      const auto& word = spelled[static_cast<std::size_t>(t)];
      const auto [number, is_new] = numbers.emplace(word, std::ssize(unknown.words));
      if (is_new) unknown.words.push_back(word);
      unknown.places.push_back((t + 1) * batch + b);
      unknown.numbers.push_back(number->second);
    }
  }
  return unknown;
}

/// Outputs [T, B, P] at each row's last step, [B, P]; lengths [B] wherever they lie.
Tensor last_step(const Tensor& outputs, const Tensor& lengths) {
  const auto places = beside(lengths - 1, outputs).view({1, -1, 1}).expand({1, outputs.size(1), outputs.size(2)});
  return outputs.gather(0, places).squeeze(0);
}

}  // namespace

Tensor Elmo::score_along(LstmStack& lm, const Tensor& words, const Batch& batch, State& state) const {
  const torch::NoGradGuard no_gradient;
  auto& network = *network_;
  const auto rows = words.size(0), steps = words.size(1);
  const auto x = network.token(words.t());  // [T, B, P]
  auto states = take_states(state, lm->zero_states(rows), batch.slots, batch.starts);
  const auto hidden = lm(x, batch.lengths, states).back();  // [T, B, P]
  put_states(state, states, batch.slots);
  const auto target = beside(batch.target.t().flatten(), hidden);                            // [T·B]
  const auto scores = network.softmax->log_probability(hidden.flatten(0, 1), target).cpu();  // [T·B]
  return scores.view({steps, rows}).t();                                                     // [B, T]
}

Tensor Elmo::advance_along(LstmStack& lm, const Tensor& words, State& state) const {
  const torch::NoGradGuard no_gradient;
  auto& network = *network_;
  auto states = take_states(state, lm->zero_states(words.size(0)), Tensor(), Tensor());
  const auto hidden = lm(network.token(words.t()), Tensor(), states).back()[-1];  // [B, P]
  put_states(state, states, Tensor());
  return network.softmax->log_softmax(hidden).cpu();  // [B, V]
}

Tensor Elmo::score(const Batch& batch, State& state) const {
  return score_along(network_->forward_lm, as_read_forward(batch.input), batch, state);
}

Tensor Elmo::next(const Tensor& context) const {
  State state;
  return advance(context, state);
}

Tensor Elmo::advance(const Tensor& words, State& state) const {
  return advance_along(network_->forward_lm, as_read_forward(words), state);
}

Tensor Elmo::Backward::score(const Batch& batch, State& state) const {
  return elmo_.score_along(elmo_.network_->backward_lm, batch.input, batch, state);
}

Tensor Elmo::Backward::next(const Tensor& context) const {
  State state;
  return advance(context, state);
}

Tensor Elmo::Backward::advance(const Tensor& words, State& state) const {
  return elmo_.advance_along(elmo_.network_->backward_lm, words, state);
}

Tensor Elmo::cloze(const Tensor& left, const Tensor& right) const {
  const torch::NoGradGuard no_gradient;
  auto& network = *network_;
  const auto log_probability = [&](LstmStack& lm, const Context& context) {
    auto states = lm->zero_states(context.words.size(0));
    const auto outputs = lm(network.token(context.words.t()), context.lengths, states).back();  // [R + 1, B, P]
    return network.softmax->log_softmax(last_step(outputs, context.lengths)).cpu();
  };
  return log_probability(network.forward_lm, context_of(as_read_forward(left), kBegin)) +
         log_probability(network.backward_lm, context_of(right.flip(1), kEnd)) - log_unigram_;  // [B, V]
}

std::string Elmo::word_vectors_part() const {
  return network_->options.spelled() ? "word_vectors.weight" : "token.embedding.weight";
}

std::vector<std::string> Elmo::context_layers() const {
  std::vector<std::string> names = {"token"};
  for (std::int64_t l = 1; l <= network_->options.layers; ++l) names.push_back("lstm " + std::to_string(l));
  return names;
}

/// x of the rows between their marks, steps first: [T + 2, B, P].
Tensor Elmo::own_vectors(const WordRows& rows) const {
  const auto batch = rows.words.size(0), steps = rows.words.size(1);
  auto marked = torch::full({batch, steps + 2}, std::int64_t{kPad}, torch::kInt64);  // [B, T + 2]
  marked.narrow(1, 1, steps).copy_(rows.words);
  marked.select(1, 0).fill_(std::int64_t{kBegin});
  marked.scatter_(1, (rows.lengths + 1).unsqueeze(1), std::int64_t{kEnd});
  auto x = network_->token(marked.t()).contiguous();  // [T + 2, B, P]
  if (rows.spellings.empty() || !network_->options.spelled()) return x;
  const auto unknown = unknown_words(rows);
  if (unknown.words.empty()) return x;
  const auto vectors = network_->token->spelled(unknown.words);  // [U, P]
  const auto there = [&](const auto& numbers) { return beside(torch::tensor(numbers), x); };
  x.view({-1, x.size(2)}).index_copy_(0, there(unknown.places), vectors.index_select(0, there(unknown.numbers)));
  return x;
}

Tensor Elmo::context_vectors(const WordRows& rows, State& state) const {
  const torch::NoGradGuard no_gradient;
  return vectors_of(rows, state);
}

Tensor Elmo::trainable_vectors(const WordRows& rows) {
  State state;
  return vectors_of(rows, state);
}

/// With a gradient where gradients are on.
Tensor Elmo::vectors_of(const WordRows& rows, State& state) const {
  auto& network = *network_;
  const auto batch = rows.words.size(0), steps = rows.words.size(1);
  const auto layers = network.forward_lm->layers.size();
  const auto x = own_vectors(rows);       // [T + 2, B, P]
  const auto lengths = rows.lengths + 2;  // with the marks, [B]
  auto zeros = network.forward_lm->zero_states(batch);
  for (auto& zero : network.backward_lm->zero_states(batch)) zeros.push_back(zero);
  auto states = take_states(state, std::move(zeros), Tensor(), Tensor());
  const std::span<LstmState> all(states);
  std::vector<Tensor> forward, backward;  // L × [T + 2, B, P]
  both_ways(
      x.is_cpu(), [&] { forward = network.forward_lm(x, lengths, all.first(layers)); },
      [&] { backward = network.backward_lm(reverse_steps(x, lengths), lengths, all.subspan(layers)); });
  put_states(state, states, Tensor());
  std::vector<Tensor> result = {torch::cat({x, x}, 2)};
  for (std::size_t l = 0; l < layers; ++l) {
    result.push_back(torch::cat({forward[l], reverse_steps(backward[l], lengths)}, 2));
  }
  const auto outside = torch::arange(steps, torch::kInt64).ge(rows.lengths.unsqueeze(1)).unsqueeze(2);  // [B, T, 1]
  return torch::stack(result).narrow(1, 1, steps).transpose(1, 2).cpu().masked_fill(outside, 0);  // [L + 1, B, T, 2P]
}

}  // namespace zoo::elmo
