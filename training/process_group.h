#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "batches/batch.h"
#include "training/process_place.h"

namespace zoo {

/// The processes that train one model together, and what they do together. Every one must call the same functions in
/// the same order. Each throws Error in one line when another process is gone or has not answered in time.
///
/// A sum over N processes is made by gloo in a ring: each sends 2 (N − 1) / N of the tensor's bytes.
class ProcessGroup {
 public:
  /// Waits for all the others, at most `timeout` seconds; so long, too, is waited for each answer later on. Throws
  /// Error for a port that is in use and for processes that do not come.
  ProcessGroup(const ProcessPlace& place, double timeout);
  ~ProcessGroup();

  int rank() const { return place_.rank; }
  int processes() const { return place_.processes; }
  bool leads() const { return place_.leads(); }
  const ProcessPlace& place() const { return place_; }

  /// Adds up the tensor of all processes, in place: the same bytes for all.
  void sum(const Tensor& tensor);
  /// The same in the background; the tensor is the sum when what is returned has been called.
  [[nodiscard]] std::function<void()> sum_later(const Tensor& tensor);
  /// Overwrites the tensor by that of rank 0; shapes and types must agree.
  void copy_from_leader(const Tensor& tensor);
  /// Rank 0 gives a text to all. The others wait for it as long as it takes, while rank 0 lives.
  std::string from_leader(const std::string& text);
  /// The tensors of all processes, by rank; shapes and types must agree.
  std::vector<Tensor> gather(const Tensor& tensor);
  /// Waits until all have come here.
  void meet();

  /// Bytes that this process has sent for sums.
  double bytes_sent() const;

  struct Parts;  ///< LibTorch's side (training/process_group_parts.h)
  Parts& parts() { return *parts_; }

 private:
  ProcessPlace place_;
  std::unique_ptr<Parts> parts_;
};

/// The group that the environment names, or null for one process.
std::unique_ptr<ProcessGroup> join_process_group(double timeout);

/// Null is one process, which leads itself.
inline bool leads(const ProcessGroup* group) { return group == nullptr || group->leads(); }

}  // namespace zoo
