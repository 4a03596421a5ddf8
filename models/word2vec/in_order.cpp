#include <condition_variable>
#include <mutex>
#include <vector>

#include "base/parallel.h"
#include "models/word2vec/hogwild.h"

namespace zoo::word2vec {
namespace {

/// Blocks made ahead by several threads and taken in order by one. A slot serves every `slots`-th block.
class Conveyor {
 public:
  /// For blocks [first, last).
  Conveyor(const WindowSampler& sampler, std::int64_t first, std::int64_t last, int slots)
      : sampler_(sampler), next_(first), last_(last), taken_(first), slots_(static_cast<std::size_t>(slots)) {}

  /// Runs in each making thread until stop() or the text's end.
  void make() {
    std::unique_lock lock(mutex_);
    while (next_ < last_) {
      const auto block = next_++;
      auto& slot = slots_[static_cast<std::size_t>(block) % slots_.size()];
      changed_.wait(lock, [&] { return stop_ || block < taken_ + static_cast<std::int64_t>(slots_.size()); });
      if (stop_) return;
      lock.unlock();
      sampler_.make(block, slot.list);
      lock.lock();
      slot.ready = block;
      changed_.notify_all();
    }
  }

  const WindowList& wait_for(std::int64_t block) {
    auto& slot = slots_[static_cast<std::size_t>(block) % slots_.size()];
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return slot.ready == block; });
    return slot.list;
  }
  void give_back(std::int64_t block) {
    const std::lock_guard lock(mutex_);
    taken_ = block + 1;
    changed_.notify_all();
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    changed_.notify_all();
  }

 private:
  struct Slot {
    WindowList list;
    std::int64_t ready = -1;
  };
  const WindowSampler& sampler_;
  std::int64_t next_, last_, taken_;
  std::vector<Slot> slots_;
  bool stop_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace

template <class Cell>
SliceResult train_in_order(const Slice<Cell>& slice) {
  SliceResult result = {slice.first};
  Updater<Cell> updater(slice.kernel, slice.shape, slice.rows.dim);
  const auto threads = static_cast<int>(slice.threads.size());
  const auto train = [&](const WindowList& list) {
    updater.update(list, slice.rows);
    result.pairs += list.pairs;
    ++result.next;
  };
  const auto more = [&] { return result.next < slice.last && !slice.time_out(); };
  if (threads == 1) {
    auto& list = slice.threads.front().list;
    while (more()) {
      slice.sampler.make(result.next, list);
      train(list);
    }
  } else {
    Conveyor conveyor(slice.sampler, slice.first, slice.last, 2 * threads);
    run_on_threads(threads, [&](int thread) {
      if (thread > 0) return conveyor.make();
      while (more()) {
        const auto block = result.next;
        train(conveyor.wait_for(block));
        conveyor.give_back(block);
      }
      conveyor.stop();
    });
  }
  result.loss = updater.loss();
  return result;
}

template SliceResult train_in_order(const Slice<float>& slice);
template SliceResult train_in_order(const Slice<Half>& slice);

}  // namespace zoo::word2vec
