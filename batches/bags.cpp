#include <algorithm>
#include <utility>

#include "base/error.h"
#include "batches/permutation.h"
#include "batches/source.h"

namespace zoo {
namespace {

/// Every word of the corpus is the middle of one bag an epoch. Line ends are neither middle nor neighbour.
class BagSource : public BatchSource {
 public:
  BagSource(Corpus corpus, Bags bags, const BatcherOptions& options)
      : corpus_(std::move(corpus)), radius_(bags.radius), options_(options), end_(corpus_.line_ends() ? 1 : 0) {
    if (radius_ < 1) fail_usage("bags: a radius of {} words; it takes at least 1", radius_);
    words_ = corpus_.size() - end_ * static_cast<std::int64_t>(corpus_.lines().size() - 1);
    if (words_ < 1) fail("bags: the corpus holds no word; it takes at least 1");
  }

  std::int64_t batches_per_epoch() const override { return divide_up(words_, options_.batch_size); }
  std::int64_t tokens_per_epoch() const override { return words_; }

  Batch make(BatchPosition position) override {
    const auto begin = position.index * options_.batch_size;
    const auto share = share_of(std::min(options_.batch_size, words_ - begin), options_);
    if (share.count == 0) return {};
    const auto first = begin + share.first, rows = share.count;
    const auto width = 2 * radius_;
    const Permutation order(static_cast<std::uint64_t>(words_), options_.seed,
                            static_cast<std::uint64_t>(position.epoch));
    Batch batch;
    batch.input = torch::full({rows, width}, std::int64_t{kPad}, torch::kInt64);  // [B, 2·radius]
    batch.target = torch::empty({rows}, torch::kInt64);                           // [B]
    batch.lengths = torch::empty({rows}, torch::kInt64);                          // [B]
    batch.slots = torch::arange(first, first + rows) + position.epoch * words_;   // [B]
    auto* input = batch.input.data_ptr<std::int64_t>();
    auto* target = batch.target.data_ptr<std::int64_t>();
    auto* lengths = batch.lengths.data_ptr<std::int64_t>();
    for (std::int64_t row = 0; row < rows; ++row) {
      auto word = first + row;
      if (options_.shuffle) word = static_cast<std::int64_t>(order.at(static_cast<std::uint64_t>(word)));
      const auto [begin, place, end] = find(word);
      const auto* ids = corpus_.ids().data();
      target[row] = ids[place];
      auto* after = std::copy(ids + std::max(begin, place - radius_), ids + place, input + row * width);
      after = std::copy(ids + place + 1, ids + std::min(end, place + radius_ + 1), after);
      lengths[row] = after - (input + row * width);
    }
    return batch;
  }

 private:
  struct Place {
    std::int64_t begin, place, end;  ///< of its line's words, as tokens of the corpus
  };

  /// Where the word lies that has `word` words before it: in the last line that begins with no more before it.
  Place find(std::int64_t word) const {
    const auto lines = corpus_.lines();
    const auto words_before = [&](std::size_t line) {
      return static_cast<std::int64_t>(lines[line]) - end_ * static_cast<std::int64_t>(line);
    };
    std::size_t low = 0, high = lines.size() - 1;  // words_before(low) <= word < words_before(high)
    while (high - low > 1) {
      const auto middle = low + (high - low) / 2;
      (words_before(middle) <= word ? low : high) = middle;
    }
    return {static_cast<std::int64_t>(lines[low]), word + end_ * static_cast<std::int64_t>(low),
            static_cast<std::int64_t>(lines[low + 1]) - end_};
  }

  Corpus corpus_;
  std::int64_t radius_;
  BatcherOptions options_;
  std::int64_t end_;  ///< the line ends of a line: 1 or 0
  std::int64_t words_ = 0;
};

}  // namespace

std::unique_ptr<BatchSource> bag_source(Corpus corpus, Bags bags, const BatcherOptions& options) {
  return std::make_unique<BagSource>(std::move(corpus), bags, options);
}

}  // namespace zoo
