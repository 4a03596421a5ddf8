#include "training/gradient_sum.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <torch/csrc/distributed/c10d/reducer.hpp>

#include "training/process_group_parts.h"

namespace zoo {
namespace {

/// PyTorch's 25 MiB suit links of 100 Gb/s and more; most models here are no larger than that, and would be sent only
/// when the backward pass has ended.
constexpr std::size_t kFirstBucket = 1 << 20, kBucket = 4 << 20;

/// Sends a bucket as it is: the reducer's own way divides by the number of processes first.
class Sum : public c10d::CommHookInterface {
 public:
  explicit Sum(ProcessGroup::Parts& parts) : parts_(parts) {}
  c10::intrusive_ptr<c10::ivalue::Future> runHook(c10d::GradBucket& bucket) override {
    return parts_.begin_sum(bucket.getBuffer())->getFuture();
  }
  Tensor parseHookResult(const c10::IValue& result) override { return c10d::detail::parseCppCommHookResult(result); }

 private:
  ProcessGroup::Parts& parts_;
};

/// The reducer remarks that it looked for unused parameters and found none.
class NoRemarks : public c10::WarningHandler {
  void process(const c10::Warning&) override {}
};

}  // namespace

struct GradientSum::Inside {
  std::unique_ptr<c10d::Reducer> reducer;
  double map_bytes = 0;  ///< of the map that tells which parameters have gradients anywhere
};

GradientSum::GradientSum(ProcessGroup& group, const zoo::Parts& parameters)
    : group_(group), inside_(std::make_unique<Inside>()) {
  std::vector<Tensor> tensors;
  std::unordered_map<std::size_t, std::string> names;
  for (const auto& [name, tensor] : parameters) {
    if (!tensor.requires_grad()) continue;
    names[tensors.size()] = name;
    tensors.push_back(tensor);
  }
  auto buckets = std::get<0>(c10d::compute_bucket_assignment_by_size(tensors, {kFirstBucket, kBucket}));
  std::reverse(buckets.begin(), buckets.end());
  const std::vector<bool> sparse(tensors.size(), false);
  // Unused parameters are looked for at every step; so the buckets are never made anew from the order in which
  // gradients came, and a resumed training adds in the same order as one that never stopped.
  inside_->reducer = std::make_unique<c10d::Reducer>(
      tensors, std::move(buckets), group.parts().group, sparse, static_cast<std::int64_t>(kBucket),
      /*find_unused_parameters=*/true, /*gradient_as_bucket_view=*/true, names, static_cast<std::int64_t>(kFirstBucket),
      /*skip_all_reduce_unused_params=*/false, /*use_python_reducer=*/false, std::vector<std::int64_t>());
  inside_->reducer->register_comm_hook(std::make_unique<Sum>(group.parts()));
  const auto processes = static_cast<double>(group.processes());
  inside_->map_bytes = 2 * (processes - 1) / processes * 4 * static_cast<double>(tensors.size());
}

GradientSum::~GradientSum() = default;

void GradientSum::backward(const Tensor& loss) {
  try {
    NoRemarks no_remarks;
    const c10::WarningUtils::WarningHandlerGuard guard(&no_remarks);
    inside_->reducer->prepare_for_backward({loss});
    loss.backward();
    group_.parts().bytes_sent += inside_->map_bytes;
  } catch (const std::exception& error) {
    const std::string text = error.what();
    if (text.find("gloo") == std::string::npos && text.find("Gloo") == std::string::npos) throw;
    stop_without(group_.place(), text);
  }
}

}  // namespace zoo
