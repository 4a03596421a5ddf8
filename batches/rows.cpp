#include "batches/rows.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/random.h"
#include "batches/permutation.h"
#include "batches/source.h"

namespace zoo {
namespace {

constexpr std::int64_t kPoolBatches = 64;

}  // namespace

LineRows::LineRows(const Corpus& corpus, std::int64_t max_tokens) : lines_(corpus.lines()) {
  const auto most = static_cast<std::uint64_t>(max_tokens);
  bool fits = true;
  for (std::size_t line = 0; line + 1 < lines_.size() && fits; ++line) {
    const auto length = lines_[line + 1] - lines_[line];
    fits = length > 0 && length <= most;
  }
  if (fits) return;
  for (std::size_t line = 0; line + 1 < lines_.size(); ++line) {
    for (auto start = lines_[line]; start < lines_[line + 1]; start += most) cut_.push_back(start);
  }
  cut_.push_back(lines_.back());
}

bool LineRows::starts_line(std::int64_t row) const {
  return cut_.empty() || std::binary_search(lines_.begin(), lines_.end(), static_cast<std::uint64_t>(begin(row)));
}

Buckets::Buckets(std::int64_t rows, Length length, const BatcherOptions& options)
    : rows_(rows), length_(std::move(length)), options_(options) {
  if (options_.batch_tokens > 0) cut_by_tokens();
}

std::int64_t Buckets::batches() const {
  return cuts_.empty() ? divide_up(rows_, options_.batch_size) : std::ssize(cuts_) - 1;
}

std::span<const std::int64_t> Buckets::batch(BatchPosition position) {
  if (!cuts_.empty()) {
    draw_by_tokens(position);
    return pool_;
  }
  const auto pool = position.index / kPoolBatches;
  if (position.epoch != pool_epoch_ || pool != pool_number_) draw_pool(position.epoch, pool);
  const auto place = order_[static_cast<std::size_t>(position.index % kPoolBatches)] * options_.batch_size;
  const auto size = std::min<std::int64_t>(options_.batch_size, static_cast<std::int64_t>(pool_.size()) - place);
  const auto share = share_of(size, options_);
  return std::span(pool_).subspan(static_cast<std::size_t>(place + share.first), static_cast<std::size_t>(share.count));
}

void Buckets::draw_pool(std::int64_t epoch, std::int64_t pool) {
  const auto first = pool * kPoolBatches * options_.batch_size;
  pool_.resize(static_cast<std::size_t>(std::min(rows_ - first, kPoolBatches * options_.batch_size)));
  std::iota(pool_.begin(), pool_.end(), first);
  order_.resize(static_cast<std::size_t>(divide_up(static_cast<std::int64_t>(pool_.size()), options_.batch_size)));
  std::iota(order_.begin(), order_.end(), 0);
  pool_epoch_ = epoch;
  pool_number_ = pool;
  if (!options_.shuffle) return;
  const Permutation order(static_cast<std::uint64_t>(rows_), options_.seed, static_cast<std::uint64_t>(epoch));
  for (auto& row : pool_) row = static_cast<std::int64_t>(order.at(static_cast<std::uint64_t>(row)));
  std::stable_sort(pool_.begin(), pool_.end(), [&](auto a, auto b) { return length_(a) < length_(b); });
  Random random(Random(options_.seed, static_cast<std::uint64_t>(epoch)).bits(), static_cast<std::uint64_t>(pool));
  random.shuffle(std::span(order_));
}

void Buckets::cut_by_tokens() {
  sorted_.resize(static_cast<std::size_t>(rows_));
  std::iota(sorted_.begin(), sorted_.end(), std::int64_t{0});
  if (options_.shuffle) {
    std::stable_sort(sorted_.begin(), sorted_.end(), [&](auto a, auto b) { return length_(a) < length_(b); });
  }
  cuts_ = {0};
  std::int64_t longest = 0;
  for (std::int64_t at = 0; at < rows_; ++at) {
    longest = std::max(longest, length_(sorted_[static_cast<std::size_t>(at)]));
    const auto count = at - cuts_.back();
    if (count == 0 || (count + 1) * longest <= options_.batch_tokens) continue;
    cuts_.push_back(at);
    longest = length_(sorted_[static_cast<std::size_t>(at)]);
  }
  if (rows_ > 0) cuts_.push_back(rows_);
}

void Buckets::draw_by_tokens(BatchPosition position) {
  const auto epoch = static_cast<std::uint64_t>(position.epoch), seed = Random(options_.seed, epoch).bits();
  auto number = static_cast<std::uint64_t>(position.index);
  if (options_.shuffle) number = Permutation(static_cast<std::uint64_t>(batches()), options_.seed, epoch).at(number);
  const auto begin = cuts_[number], end = cuts_[number + 1];
  pool_.clear();
  for (auto at = begin; at < end;) {
    if (!options_.shuffle) {
      pool_.push_back(sorted_[static_cast<std::size_t>(at++)]);
      continue;
    }
    // The rows of this length, [first, last) of all; their order in this epoch is a permutation of its own.
    const auto length = length_(sorted_[static_cast<std::size_t>(at)]);
    const auto shorter = [&](auto row, auto than) { return length_(row) < than; };
    const auto longer = [&](auto than, auto row) { return than < length_(row); };
    const auto first = std::lower_bound(sorted_.begin(), sorted_.end(), length, shorter) - sorted_.begin();
    const auto last = std::upper_bound(sorted_.begin(), sorted_.end(), length, longer) - sorted_.begin();
    const Permutation order(static_cast<std::uint64_t>(last - first), seed, static_cast<std::uint64_t>(length));
    for (; at < std::min<std::int64_t>(end, last); ++at) {
      const auto place = first + static_cast<std::int64_t>(order.at(static_cast<std::uint64_t>(at - first)));
      pool_.push_back(sorted_[static_cast<std::size_t>(place)]);
    }
  }
}

}  // namespace zoo
