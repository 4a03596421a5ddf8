#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
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
/// and is thrown again. Ctrl-C throws Interrupted. `reader` is a BlockReader or a LineSource, `total_bytes` what it
/// has to read (for progress; 0: not known); no progress is shown where `what` is empty.
template <class Result, class Reader, class Work, class Take>
void run_over_blocks(Reader&& reader, std::uint64_t total_bytes, const std::string& what, int threads, Work&& work,
                     Take&& take) {
  std::optional<Progress> progress;
  if (!what.empty()) progress.emplace(what, static_cast<double>(total_bytes), "B");
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
        if (interrupted()) throw Interrupted("stopped by Ctrl-C; nothing was kept");
        if (!reader.next(block)) return;
        number = read++;
        if (progress) progress->update(static_cast<double>(reader.bytes_read()));
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
