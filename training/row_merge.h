#pragma once

#include <vector>

#include "training/process_group.h"

namespace zoo {

/// Keeps matrices that several processes train apart from each other close together: now and then each row moves by
/// what the processes have changed in it since the last time. Changes g_i that point different ways are added; of
/// changes that say the same each process has made most of the way itself, and their sum would overshoot (and diverges,
/// with Word2Vec on four processes). So a row moves by min(1, 1.5 Σ|g_i|² / |Σ g_i|²) Σ g_i: by the sum where the
/// changes are at right angles or one process alone has used the row, as those of rare words, and by 1.5 times the mean
/// where they are equal. The idea is that of Adasum (Maleki et al., "Scaling Distributed Training with Adaptive
/// Summation", 2021), in one all-reduce for any number of processes. Only rows that were touched travel.
class RowMerge {
 public:
  /// matrices: [rows, width] float, the same in all processes now. The group must outlive this.
  RowMerge(ProcessGroup& group, std::vector<Tensor> matrices);

  /// Afterwards the matrices are the same in all processes, to the bit.
  void merge();

 private:
  ProcessGroup& group_;
  std::vector<Tensor> matrices_, before_;  ///< as they are, and as they were after the last merge
};

}  // namespace zoo
