#include "models/transformer/language_model.h"

#include <algorithm>

#include "models/beside.h"
#include "models/layers/linear_cross_entropy.h"

namespace zoo::transformer {
namespace {

constexpr std::int64_t kTokensAtOnce = 4096;  ///< of a forward pass while scoring

Tensor indices(const std::vector<std::int64_t>& numbers) { return torch::tensor(numbers, torch::kInt64); }

}  // namespace

Loss LanguageModel::loss(const Batch& batch, State&) {
  Reading reading;
  reading.self.causal = true;
  return loss_of(network_->decode(batch.input, reading), batch.target);
}

Tensor LanguageModel::score(const Batch& batch, State& state) const {
  const torch::NoGradGuard no_gradient;
  auto result = torch::zeros(batch.input.sizes());  // [B, T]
  const auto windows = cut_into_windows(batch, window(), state);
  const auto length = windows.input.size(1), rows = std::max<std::int64_t>(1, kTokensAtOnce / length);
  std::vector<Tensor> hidden;
  for (std::int64_t first = 0; first < windows.input.size(0); first += rows) {
    Reading reading;
    reading.self.causal = true;
    const auto some = windows.input.narrow(0, first, std::min(rows, windows.input.size(0) - first));  // [W, L]
    hidden.push_back(network_->decode(some, reading).flatten(0, 1));                                  // [W·L, D]
  }
  if (hidden.empty()) return result;
  const auto places = indices(windows.window) * length + indices(windows.place);         // [N]
  const auto all = torch::cat(hidden);                                                   // [W·L, D]
  const auto x = all.index_select(0, beside(places, all));                               // [N, D]
  const auto flat = indices(windows.row) * batch.input.size(1) + indices(windows.step);  // [N]
  const auto target = beside(batch.target.flatten().index_select(0, flat), x);           // [N]
  const auto scores = linear_log_probability(x, network_->output_weight(), network_->output_bias(), target);
  result.view(-1).index_copy_(0, flat, scores.cpu());
  return result;
}

Tensor LanguageModel::next(const Tensor& context) const {
  State state;
  return advance(context, state);
}

Tensor LanguageModel::advance(const Tensor& words, State& state) const {
  const torch::NoGradGuard no_gradient;
  const auto blocks = network_->decoder->layers();
  const auto all = state.empty() ? words : torch::cat({state[0], words}, 1);  // [B, n]
  const auto kept = window().kept(all.size(1));
  const auto held = all.narrow(1, all.size(1) - kept, kept);  // [B, n]
  // While the window only grows, what was read stays as it was; when it moves on, places change and all is read anew.
  const bool goes_on = !state.empty() && kept == all.size(1);
  std::vector<KeysValues> cache(blocks);
  if (goes_on) {
    const auto read = state[0].size(1);
    for (std::size_t i = 0; i < blocks; ++i) {
      const auto &key_room = state[1 + 2 * i], &value_room = state[2 + 2 * i];  // [B, H, capacity, d]
      cache[i] = {key_room.narrow(2, 0, read), value_room.narrow(2, 0, read), key_room, value_room};
    }
  }
  Reading reading;
  reading.self.causal = true;
  reading.cache = &cache;
  reading.first = goes_on ? state[0].size(1) : 0;
  const auto hidden = network_->decode(goes_on ? words : held, reading);  // [B, T, D]
  state = {held};
  for (const auto& block : cache) state.insert(state.end(), {block.key_room, block.value_room});
  return log_probabilities(hidden.select(1, hidden.size(1) - 1));  // [B, V]
}

Tensor LanguageModel::cloze(const Tensor& left, const Tensor&) const {
  const torch::NoGradGuard no_gradient;
  const auto rows = left.size(0), width = std::min(left.size(1) + 1, given().context);
  auto ids = torch::full({rows, width}, std::int64_t{kPad}, torch::kInt64);  // [B, T], padded on the right
  auto last = torch::zeros({rows}, torch::kInt64);                           // [B] place of the last word
  const auto words = left.contiguous();
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto* begin = words.const_data_ptr<std::int64_t>() + row * left.size(1);
    const auto* end = begin + left.size(1);
    auto text = std::vector<std::int64_t>(std::find_if(begin, end, [](auto id) { return id != kPad; }), end);
    if (static_cast<std::int64_t>(text.size()) < left.size(1)) text.insert(text.begin(), kEnd);  // the text begins here
    const auto count = std::min<std::int64_t>(std::ssize(text), width);
    std::copy(text.end() - count, text.end(), ids.data_ptr<std::int64_t>() + row * width);
    last.data_ptr<std::int64_t>()[row] = count - 1;
  }
  Reading reading;
  reading.self.causal = true;
  return log_probabilities(rows_at(network_->decode(ids, reading), last));  // [B, V]
}

Tensor LanguageModel::context_vectors(const WordRows& rows, State&) const { return layers_over_pieces(rows, kEnd, -1); }

std::vector<AttentionTrace> LanguageModel::attention_traces(const Batch& batch, std::string_view attention) const {
  if (attention != "decoder") fail_no_attention(attention);
  const torch::NoGradGuard no_gradient;
  check_length(batch.input.size(1));
  Recording recording;
  Reading reading;
  reading.self.causal = true;
  reading.recording = &recording;
  network_->decode(batch.input, reading);
  return on_cpu(recording.self);
}

}  // namespace zoo::transformer
