#pragma once

#include <optional>

#include "training/checkpoint.h"
#include "training/process_group.h"

namespace zoo {

// A checkpoint is that of the whole training, whatever the number of processes: streams carried by all of them lie one
// below the other as in one process, and each process has a random state of its own. So a run goes on with another
// number of processes as well.

/// What rank 0 starts from, a saved state or none, for all processes: `parts` and `memory` (the optimizer's) become
/// those of rank 0, and what is returned holds this process's rows of the carried state and its own random state (none
/// where there were fewer processes). The weights and the optimizer's memory in it are left as they were.
std::optional<Checkpoint> share_start(ProcessGroup& group, const Parts& parts, const Parts& memory,
                                      std::optional<Checkpoint> loaded);

/// Joins the carried states and the random states of all processes in that of rank 0.
void gather_streams(ProcessGroup& group, Checkpoint& checkpoint);

}  // namespace zoo
