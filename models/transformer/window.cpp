#include "models/transformer/window.h"

#include <algorithm>

namespace zoo::transformer {
namespace {

struct Piece {
  std::int64_t row, begin, end;  ///< of the row's words, those carried from before included
};

/// The state with at least so many slots.
void make_room(State& state, std::int64_t slots, std::int64_t context) {
  if (state.empty()) state = {torch::empty({0, context}, torch::kInt64), torch::empty({0}, torch::kInt64)};
  const auto more = slots - state[0].size(0);
  if (more <= 0) return;
  state[0] =
      torch::cat({state[0], torch::full({more, context}, std::int64_t{kPad}, torch::kInt64)});  // [slots, context]
  state[1] = torch::cat({state[1], torch::zeros({more}, torch::kInt64)});                       // [slots]
}

}  // namespace

ScoredWindows cut_into_windows(const Batch& batch, const Window& window, State& state) {
  const auto rows = batch.input.size(0), steps = batch.input.size(1);
  const auto slots = batch.slots.defined() ? batch.slots : torch::arange(rows, torch::kInt64);  // [B]
  make_room(state, slots.max().item<std::int64_t>() + 1, window.context);
  auto held_words = state[0].clone(), held_counts = state[1].clone();  // the caller may keep the old state
  const auto input = batch.input.contiguous();
  ScoredWindows result;
  std::vector<Piece> pieces;
  std::vector<std::vector<std::int64_t>> texts;  // of each row: carried words, then its own
  std::int64_t longest = 1;
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto slot = slots[row].item<std::int64_t>();
    auto* held = held_words.data_ptr<std::int64_t>() + slot * window.context;
    auto& count = held_counts.data_ptr<std::int64_t>()[slot];
    if (batch.starts.defined() && batch.starts[row].item<bool>()) count = 0;
    const auto length = batch.lengths.defined() ? batch.lengths[row].item<std::int64_t>() : steps;
    const auto* own = input.const_data_ptr<std::int64_t>() + row * steps;
    auto& text = texts.emplace_back(held, held + count);
    text.insert(text.end(), own, own + length);

    std::int64_t begin = 0;
    const auto total = static_cast<std::int64_t>(text.size());
    for (auto done = count; done < total;) {
      if (done - begin == window.context) begin += window.stride;
      const auto end = std::min(begin + window.context, total);
      for (auto place = done; place < end; ++place) {
        result.window.push_back(static_cast<std::int64_t>(pieces.size()));
        result.place.push_back(place - begin);
        result.row.push_back(row);
        result.step.push_back(place - count);
      }
      pieces.push_back({row, begin, end});
      longest = std::max(longest, end - begin);
      done = end;
    }
    std::copy(text.begin() + begin, text.end(), held);
    count = total - begin;
  }
  result.input = torch::full({static_cast<std::int64_t>(pieces.size()), longest}, std::int64_t{kPad}, torch::kInt64);
  auto* out = result.input.data_ptr<std::int64_t>();  // [W, L]
  for (const auto& piece : pieces) {
    const auto& text = texts[static_cast<std::size_t>(piece.row)];
    std::copy(text.begin() + piece.begin, text.begin() + piece.end, out);
    out += longest;
  }
  state = {held_words, held_counts};
  return result;
}

}  // namespace zoo::transformer
