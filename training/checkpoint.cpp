#include "training/checkpoint.h"

#include <ATen/Context.h>

#include <map>

#include "base/error.h"
#include "models/device.h"

namespace zoo {
namespace {

constexpr const char* kDeviceRandom = "device_random";

std::string random_name(std::size_t rank) { return rank == 0 ? "random" : "random." + std::to_string(rank); }

}  // namespace

void take_random(Checkpoint& checkpoint) {
  checkpoint.random = {at::detail::getDefaultCPUGenerator().get_state()};
  const auto device = compute_device();
  if (!device.is_cpu()) checkpoint.device_random = at::globalContext().defaultGenerator(device).get_state();
}

void restore_random(const Checkpoint& checkpoint) {
  auto generator = at::detail::getDefaultCPUGenerator();
  if (!checkpoint.random.empty()) generator.set_state(checkpoint.random[0]);
  const auto device = compute_device();
  if (device.is_cpu() || !checkpoint.device_random.defined()) return;
  auto of_device = at::globalContext().defaultGenerator(device);
  of_device.set_state(checkpoint.device_random);
}

void save_checkpoint(RunFolder& run, std::int64_t step, const Checkpoint& checkpoint) {
  Parts others;
  for (std::size_t i = 0; i < checkpoint.carried.size(); ++i) {
    others.emplace_back("carried." + std::to_string(i), checkpoint.carried[i]);
  }
  for (std::size_t rank = 0; rank < checkpoint.random.size(); ++rank) {
    others.emplace_back(random_name(rank), checkpoint.random[rank]);
  }
  if (checkpoint.device_random.defined()) others.emplace_back(kDeviceRandom, checkpoint.device_random);
  run.save_state(step, [&](const std::filesystem::path& folder) {
    save_tensors(folder / "weights.safetensors", checkpoint.weights);
    save_tensors(folder / "optimizer.safetensors", checkpoint.optimizer);
    save_tensors(folder / "carried.safetensors", others);
    write_json(folder / "progress.json", checkpoint.progress);
  });
}

Checkpoint load_checkpoint(const std::filesystem::path& folder) {
  Checkpoint checkpoint;
  checkpoint.weights = load_tensors(folder / "weights.safetensors");
  checkpoint.optimizer = load_tensors(folder / "optimizer.safetensors");
  std::map<std::string, Tensor> others;
  for (const auto& [name, tensor] : load_tensors(folder / "carried.safetensors")) others[name] = tensor;
  for (std::size_t i = 0; others.count("carried." + std::to_string(i)) > 0; ++i) {
    checkpoint.carried.push_back(others["carried." + std::to_string(i)]);
  }
  for (std::size_t rank = 0; others.count(random_name(rank)) > 0; ++rank) {
    checkpoint.random.push_back(others[random_name(rank)]);
  }
  checkpoint.device_random = others[kDeviceRandom];
  checkpoint.progress = read_json(folder / "progress.json");
  return checkpoint;
}

void restore_tensors(const Parts& saved, const Parts& own, std::string_view what) {
  const torch::NoGradGuard no_gradient;
  std::map<std::string, Tensor> by_name(saved.begin(), saved.end());
  for (const auto& [name, tensor] : own) {
    const auto found = by_name.find(name);
    if (found == by_name.end() || found->second.sizes() != tensor.sizes()) {
      fail("{}: tensor '{}' is missing or misshapen; the state is not this run's: train anew without --resume", what,
           name);
    }
    tensor.copy_(found->second);
  }
}

}  // namespace zoo
