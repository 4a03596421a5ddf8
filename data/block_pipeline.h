#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "data/text_reader.h"

namespace zoo {

/// Takes a text through `work` on several threads: each pulls the next block (one reads at a time), works on it, and
/// hands the result to `take`, which gets them one at a time and in the order of the text. At most four blocks a
/// thread are under way. `work(int thread, const TextBlock&)` returns a Result; an exception of any part stops all
/// and is thrown again. Ctrl-C throws Interrupted.
template <class Result, class Work, class Take>
void run_over_blocks(const TextReader& text, const std::string& what, int threads, Work&& work, Take&& take) {
  BlockReader reader(text);
  Progress progress(what, static_cast<double>(text.total_bytes()), "B");
  std::mutex reading, mutex;
  std::condition_variable changed;
  std::int64_t read = 0, taken = 0;
  bool stopped = false;
  std::map<std::int64_t, Result> waiting;  // by block number

  const auto one_thread = [&](int thread) {
    TextBlock block;
    while (true) {
      std::int64_t number = 0;
      {
        const std::lock_guard lock(reading);
        if (interrupted()) throw Interrupted(what + ": stopped by Ctrl-C; nothing was kept");
        if (!reader.next(block)) return;
        number = read++;
        progress.update(static_cast<double>(reader.bytes_read()));
      }
      auto result = work(thread, static_cast<const TextBlock&>(block));
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return stopped || number < taken + 4 * threads; });
      if (stopped) return;
      waiting.emplace(number, std::move(result));
      while (!waiting.empty() && waiting.begin()->first == taken) {
        take(std::move(waiting.begin()->second));
        waiting.erase(waiting.begin());
        ++taken;
      }
      changed.notify_all();
    }
  };
  run_on_threads(threads, [&](int thread) {
    try {
      one_thread(thread);
    } catch (...) {
      const std::lock_guard lock(mutex);
      stopped = true;
      changed.notify_all();
      throw;
    }
  });
}

}  // namespace zoo
