#pragma once

#include <vector>

#include "training/process_group.h"

namespace zoo {

/// Keeps matrices that several processes train apart from each other close together: now and then each row becomes the
/// mean over those processes that have changed it since the last time. A row that one process alone has used, as those
/// of rare words are, keeps all that it learnt. Only rows that were touched travel.
class RowAverage {
 public:
  /// matrices: [rows, width] float, the same in all processes now. The group must outlive this.
  RowAverage(ProcessGroup& group, std::vector<Tensor> matrices);

  /// Afterwards the matrices are the same in all processes, to the bit.
  void average();

 private:
  ProcessGroup& group_;
  std::vector<Tensor> matrices_, before_;  ///< as they are, and as they were after the last average
};

}  // namespace zoo
