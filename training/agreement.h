#pragma once

#include <array>
#include <functional>

#include "training/process_group.h"
#include "training/sitting.h"

namespace zoo {

/// What is asked between two steps. Several processes must answer alike, so it travels with the sums of a step: Ctrl-C
/// in any of them stops all, and clocks are those of rank 0.
struct Requests {
  bool interrupted = false, time_is_up = false, checkpoint = false;
};

/// This process's own, before step `step` + 1.
Requests requests_now(const Sitting& sitting, std::int64_t step, const ProcessGroup* group);

/// Sums over all processes, of a step or a slice of work.
struct Totals {
  double sum = 0, count = 0;
  Requests requests;
};

/// Begins to add up; the result is there when what is returned is called.
[[nodiscard]] std::function<Totals()> add_up_later(ProcessGroup& group, const Totals& own);
inline Totals add_up(ProcessGroup& group, const Totals& own) { return add_up_later(group, own)(); }

}  // namespace zoo
