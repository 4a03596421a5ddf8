#pragma once

#include <memory>

#include "models/model.h"
#include "training/process_group.h"

namespace zoo {

/// The gradients of all processes added up while the backward pass still runs: LibTorch's own reducer, the one of
/// PyTorch's DistributedDataParallel (Li et al. 2020, VLDB 13). Parameters lie in buckets of some megabytes, in the
/// reverse of their order; a bucket is sent as soon as all its gradients are there. They are sums and no means: the
/// trainer divides by the units of all processes.
class GradientSum {
 public:
  /// Both must outlive this.
  GradientSum(ProcessGroup& group, const zoo::Parts& parameters);
  ~GradientSum();

  /// loss.backward(), after which each gradient is the sum over all processes of what has been accumulated since the
  /// gradients were last cleared; undefined where no process had any.
  void backward(const Tensor& loss);

 private:
  struct Inside;
  ProcessGroup& group_;
  std::unique_ptr<Inside> inside_;
};

}  // namespace zoo
