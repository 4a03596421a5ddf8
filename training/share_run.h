#pragma once

#include <filesystem>
#include <optional>

#include "runs/run_folder.h"
#include "training/process_group.h"
#include "training/train_run.h"

namespace zoo {

// Several processes train one run, and only rank 0 sees its folder: it may lie on a machine that the others cannot
// reach. What they need of it travels.

/// Options become those of rank 0, which may have taken them from the run. Throws UsageError where they cannot be
/// shared: a batch that the processes do not divide, standard input.
void share_options(RunOptions& options, ProcessGroup& group);

/// Rank 0 tells of its run: config.json and the tokenizers; or, by nothing, that there is nothing left to do.
void tell_run(ProcessGroup& group, const std::optional<RunFolder>& run);
/// The others make a folder of that, in `scratch`. It holds no state and nobody writes to it.
std::optional<RunFolder> take_run(ProcessGroup& group, const std::filesystem::path& scratch);

}  // namespace zoo
