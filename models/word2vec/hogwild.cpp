#include "models/word2vec/hogwild.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>

#include "base/parallel.h"

namespace zoo::word2vec {
namespace {

/// A thread's copies during one slice.
template <class Cell>
class OwnCopies {
 public:
  /// `thread` of `threads`: they begin to count at different places, so that they do not all merge at once.
  OwnCopies(const Slice<Cell>& slice, Memory& memory, std::mutex& mutex, std::size_t thread)
      : plan_(*slice.replicas), shared_(slice.rows), copies_(std::get<Copies<Cell>>(memory.copies)), mutex_(mutex) {
    const auto threads = static_cast<std::int64_t>(slice.threads.size());
    // A short text is merged at least a hundred times by each thread.
    every_ =
        std::min(2 * plan_.merge_every / std::max<std::int64_t>(2, threads), slice.sampler.blocks() / (100 * threads));
    every_ = std::max<std::int64_t>(1, every_);
    blocks_ = every_ * static_cast<std::int64_t>(thread) / threads;
    if (!copies_.input) {
      copies_.input = std::make_unique<Replica<Cell>>(plan_.input, shared_.stride);
      copies_.output = std::make_unique<Replica<Cell>>(plan_.output, shared_.stride);
    }
    const std::lock_guard lock(mutex_);
    copies_.input->take(shared_.input);
    copies_.output->take(shared_.output);
  }

  Rows<Cell> rows() const {
    auto rows = shared_;
    rows.ngrams = plan_.ngrams.get();
    return rows;
  }
  OwnRows<Cell> own() const {
    return {copies_.input->rows(), copies_.output->rows(), plan_.input.place().data(), plan_.output.place().data()};
  }
  void block_done() {
    if (++blocks_ >= every_) merge();
  }
  void merge() {
    const std::lock_guard lock(mutex_);
    copies_.input->merge(shared_.input);
    copies_.output->merge(shared_.output);
    blocks_ = 0;
  }

 private:
  const ReplicaPlan& plan_;
  const Rows<Cell>& shared_;
  Copies<Cell>& copies_;
  std::mutex& mutex_;
  std::int64_t every_, blocks_;
};

}  // namespace

ReplicaPlan::ReplicaPlan(FrequentRows input_rows, FrequentRows output_rows, const NgramRows* rows, std::int64_t every)
    : input(std::move(input_rows)), output(std::move(output_rows)), merge_every(every) {
  if (rows != nullptr) ngrams = std::make_unique<const NgramRows>(rows->placed(input.place()));
}

template <class Cell>
SliceResult train_hogwild(const Slice<Cell>& slice) {
  // A thread that has taken a block trains it, so that all below the next number are done when all have stopped.
  std::atomic<std::int64_t> next = slice.first;
  std::vector<SliceResult> results(slice.threads.size());
  std::mutex merging;
  run_on_threads(static_cast<int>(slice.threads.size()), [&](int number) {
    const auto thread = static_cast<std::size_t>(number);
    auto& memory = slice.threads[thread];
    auto& result = results[thread];
    Updater<Cell> updater(slice.kernel, slice.shape, slice.rows.dim);
    std::optional<OwnCopies<Cell>> copies;
    if (slice.replicas != nullptr) copies.emplace(slice, memory, merging, thread);
    const auto rows = copies ? copies->rows() : slice.rows;
    const auto own = copies ? copies->own() : OwnRows<Cell>{};
    while (!slice.time_out()) {
      auto block = next.load();
      while (block < slice.last && !next.compare_exchange_weak(block, block + 1)) {
      }
      if (block >= slice.last) break;
      slice.sampler.make(block, memory.list);
      updater.update(memory.list, rows, own);
      result.pairs += memory.list.pairs;
      if (copies) copies->block_done();
    }
    if (copies) copies->merge();
    result.loss = updater.loss();
  });
  SliceResult total = {next.load()};
  for (const auto& result : results) {
    total.loss += result.loss;
    total.pairs += result.pairs;
  }
  return total;
}

template SliceResult train_hogwild(const Slice<float>& slice);
template SliceResult train_hogwild(const Slice<Half>& slice);

}  // namespace zoo::word2vec
