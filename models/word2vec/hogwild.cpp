#include "models/word2vec/hogwild.h"

#include <atomic>
#include <vector>

#include "base/parallel.h"

namespace zoo::word2vec {

SliceResult train_hogwild(const Slice& slice) {
  // A thread that has taken a block trains it, so that all below the next number are done when all have stopped.
  std::atomic<std::int64_t> next = slice.first;
  std::vector<SliceResult> results(static_cast<std::size_t>(slice.threads));
  run_on_threads(slice.threads, [&](int thread) {
    Work work(slice.rows.stride);
    work.mean = slice.mean;
    WindowList list;
    auto& result = results[static_cast<std::size_t>(thread)];
    while (!slice.time_out()) {
      auto block = next.load();
      while (block < slice.last && !next.compare_exchange_weak(block, block + 1)) {
      }
      if (block >= slice.last) break;
      slice.sampler.make(block, list);
      update(list, slice.rows, slice.cbow, slice.kernel, work);
      result.pairs += list.pairs;
    }
    result.loss = work.loss();
  });
  SliceResult total = {next.load()};
  for (const auto& result : results) {
    total.loss += result.loss;
    total.pairs += result.pairs;
  }
  return total;
}

}  // namespace zoo::word2vec
