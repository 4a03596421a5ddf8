#include <algorithm>
#include <utility>

#include "base/error.h"
#include "batches/source.h"

namespace zoo {
namespace {

/// The corpus in batch_size slots of equal length, read side by side, `length` tokens at a time: row b of each batch
/// goes on where row b of the batch before stopped. Fewer than batch_size tokens at the end fill no step of all slots
/// and are left out; with one slot nothing is.
class StreamSource : public BatchSource {
 public:
  StreamSource(Corpus corpus, Streams streams, const BatcherOptions& options)
      : corpus_(std::move(corpus)), streams_(streams), slots_(options.batch_size), share_(share_of(slots_, options)) {
    if (streams_.length < 1) fail_usage("streams: a length of {} tokens; it takes at least 1", streams_.length);
    steps_ = corpus_.size() / slots_;
    if (steps_ < 1) {
      fail("streams: {} tokens cannot fill {} slots; give more text or a batch size of at most {}", corpus_.size(),
           slots_, std::max<std::int64_t>(1, corpus_.size()));
    }
  }

  std::int64_t batches_per_epoch() const override { return divide_up(steps_, streams_.length); }
  std::int64_t tokens_per_epoch() const override { return steps_ * slots_; }

  Batch make(BatchPosition position) override {
    const auto first = position.index * streams_.length;
    const auto steps = std::min(streams_.length, steps_ - first);
    const auto rows = share_.count;
    if (rows == 0) return {};
    const auto empty = [&] { return torch::empty({rows, steps}, torch::kInt64); };
    Batch batch;
    batch.input = empty();                                                  // [B, T]
    batch.target = empty();                                                 // [B, T]
    batch.lengths = torch::full({rows}, steps, torch::kInt64);              // [B]
    batch.slots = torch::arange(rows, torch::kInt64);                       // [B]
    batch.starts = torch::full({rows}, position.index == 0, torch::kBool);  // [B]
    if (streams_.direction == Direction::both) {
      batch.other_input = empty();   // [B, T]
      batch.other_target = empty();  // [B, T]
    }
    for (std::int64_t slot = 0; slot < rows; ++slot) {
      auto* input = batch.input.data_ptr<std::int64_t>() + slot * steps;
      auto* target = batch.target.data_ptr<std::int64_t>() + slot * steps;
      const auto begin = (share_.first + slot) * steps_ + first;
      switch (streams_.direction) {
        case Direction::forward:
          fill(begin, +1, steps, input, target);
          break;
        case Direction::backward:
          fill(corpus_.size() - 1 - begin, -1, steps, input, target);
          break;
        case Direction::both:
          fill(begin, +1, steps, input, target);
          fill(corpus_.size() - 1 - begin, -1, steps, batch.other_input.data_ptr<std::int64_t>() + slot * steps,
               batch.other_target.data_ptr<std::int64_t>() + slot * steps);
          break;
      }
    }
    return batch;
  }

 private:
  /// Targets are the tokens at place, place + way, …; the input of each is the token read just before it.
  void fill(std::int64_t place, std::int64_t way, std::int64_t steps, std::int64_t* input, std::int64_t* target) const {
    const auto* ids = corpus_.ids().data();
    const auto before = place - way;
    input[0] = before < 0 || before >= corpus_.size() ? kEnd : ids[before];
    for (std::int64_t step = 0; step < steps; ++step) target[step] = ids[place + way * step];
    std::copy(target, target + steps - 1, input + 1);
  }

  Corpus corpus_;
  Streams streams_;
  std::int64_t slots_;
  RowShare share_;          ///< the slots of this process; in its batches they are numbered from 0
  std::int64_t steps_ = 0;  ///< tokens of a slot
};

}  // namespace

std::unique_ptr<BatchSource> stream_source(Corpus corpus, Streams streams, const BatcherOptions& options) {
  return std::make_unique<StreamSource>(std::move(corpus), streams, options);
}

}  // namespace zoo
