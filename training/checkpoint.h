#pragma once

#include <filesystem>

#include "models/saved_model.h"
#include "runs/run_folder.h"

namespace zoo {

/// All that --resume needs, beside the run's config: what one folder state/<step> holds.
///   weights.safetensors  optimizer.safetensors  carried.safetensors  progress.json
struct Checkpoint {
  Parts weights;               ///< the last ones, which need not be the best
  Parts optimizer;             ///< empty for a self-trained model
  State carried;               ///< of the streams
  std::vector<Tensor> random;  ///< LibTorch's generator, of each process; none for a self-trained model
  Json progress;               ///< counters, batcher position, cursor
  Tensor device_random{};      ///< the generator of a device that is not the CPU, where one was trained on
};

/// LibTorch's generators as they are now, of the CPU and of compute_device().
void take_random(Checkpoint& checkpoint);
/// Sets them to what the checkpoint has of them.
void restore_random(const Checkpoint& checkpoint);

void save_checkpoint(RunFolder& run, std::int64_t step, const Checkpoint& checkpoint);
/// Throws Error naming what is missing or damaged.
Checkpoint load_checkpoint(const std::filesystem::path& folder);

/// Copies saved tensors into those of the same names. Throws Error, naming `what`, if names or shapes differ.
void restore_tensors(const Parts& saved, const Parts& own, std::string_view what);

}  // namespace zoo
