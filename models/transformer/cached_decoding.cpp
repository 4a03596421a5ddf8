#include "models/transformer/cached_decoding.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "models/beside.h"

namespace zoo::transformer {
namespace {

using Numbers = std::vector<std::int64_t>;

Tensor tensor_of(const Numbers& numbers) { return torch::tensor(numbers, torch::kInt64); }

bool counts_up(const Numbers& numbers, std::size_t size) {
  if (numbers.size() != size) return false;
  for (std::size_t i = 0; i < size; ++i) {
    if (numbers[i] != static_cast<std::int64_t>(i)) return false;
  }
  return true;
}

Numbers up_to(std::int64_t count) {
  Numbers numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), std::int64_t{0});
  return numbers;
}

}  // namespace

void check_target_length(std::int64_t context, std::int64_t words) {
  if (words <= context) return;
  fail("a translation of more than {} tokens, the model's option context; give shorter sentences", context);
}

CachedDecoding::CachedDecoding(const Network& network, std::vector<KeysValues> memory, const Tensor& source_mask)
    : network_(network),
      cache_(memory.size()),
      memory_(std::move(memory)),
      source_mask_(beside(source_mask, memory_.at(0).keys)),
      sentence_(up_to(memory_.at(0).keys.size(0))),
      place_(sentence_) {}

Tensor CachedDecoding::step(const Tensor& words) {
  const torch::NoGradGuard no_gradient;
  check_target_length(network_->options.context, words_ + 1);
  Reading writing;
  writing.first = words_++;
  writing.self.causal = true;
  writing.cache = &cache_;
  writing.memory_keys = &memory_;
  writing.cross.allowed = source_mask_;
  const auto ids = row_of_.defined() ? words.index_select(0, row_of_) : words;                // [N]
  auto hidden = network_->decode(ids.unsqueeze(1), writing).squeeze(1);                       // [N, D]
  if (row_of_.defined()) hidden = hidden.index_select(0, beside(tensor_of(place_), hidden));  // [R, D]
  return network_->log_probabilities(hidden).cpu();
}

void CachedDecoding::pick(const Tensor& rows) {
  const torch::NoGradGuard no_gradient;
  const auto chosen = rows.contiguous();
  const auto* first = chosen.const_data_ptr<std::int64_t>();
  const auto count = static_cast<std::size_t>(chosen.size(0));
  // The new rows of each sentence that has any.
  std::vector<Numbers> rows_of(static_cast<std::size_t>(memory_[0].keys.size(0)));
  for (std::size_t row = 0; row < count; ++row) {
    rows_of[static_cast<std::size_t>(sentence_.at(static_cast<std::size_t>(first[row])))].push_back(
        static_cast<std::int64_t>(row));
  }
  std::size_t most = 0;
  Numbers kept;  // sentences
  for (std::size_t sentence = 0; sentence < rows_of.size(); ++sentence) {
    if (rows_of[sentence].empty()) continue;
    kept.push_back(static_cast<std::int64_t>(sentence));
    most = std::max(most, rows_of[sentence].size());
  }
  Numbers row_of, from, place(count), sentences(count);  // of each place: its row, and the old place it goes on from
  for (std::size_t number = 0; number < kept.size(); ++number) {
    const auto& own = rows_of[static_cast<std::size_t>(kept[number])];
    for (std::size_t i = 0; i < most; ++i) {
      const auto row = own[i < own.size() ? i : 0];
      if (i < own.size()) {
        place[static_cast<std::size_t>(row)] = std::ssize(row_of);
        sentences[static_cast<std::size_t>(row)] = static_cast<std::int64_t>(number);
      }
      from.push_back(place_[static_cast<std::size_t>(first[row])]);
      row_of.push_back(row);
    }
  }
  const auto places_before = row_of_.defined() ? static_cast<std::size_t>(row_of_.size(0)) : place_.size();
  if (!counts_up(from, places_before)) {
    const auto picked = tensor_of(from);  // [N]
    for (auto& block : cache_) block.pick(picked);
  }
  if (kept.size() < rows_of.size()) {
    const auto picked = tensor_of(kept);  // [B']
    for (auto& block : memory_) block.pick(picked);
    if (source_mask_.defined())
      source_mask_ = source_mask_.index_select(0, beside(picked, source_mask_));  // [B', 1, 1, S]
  }
  row_of_ = counts_up(row_of, count) ? Tensor() : tensor_of(row_of);
  place_ = std::move(place);
  sentence_ = std::move(sentences);
}

}  // namespace zoo::transformer
