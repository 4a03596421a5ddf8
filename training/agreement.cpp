#include "training/agreement.h"

#include "base/interrupt.h"

namespace zoo {

Requests requests_now(const Sitting& sitting, std::int64_t step, const ProcessGroup* group) {
  if (!leads(group)) return {interrupted()};
  return {interrupted(), sitting.time_is_up(), sitting.checkpoint_due(step)};
}

std::function<Totals()> add_up_later(ProcessGroup& group, const Totals& own) {
  const auto& [interrupted, time_is_up, checkpoint] = own.requests;
  const auto numbers =
      torch::tensor({own.sum, own.count, interrupted ? 1.0 : 0.0, time_is_up ? 1.0 : 0.0, checkpoint ? 1.0 : 0.0},
                    torch::kDouble);  // [5]
  return [numbers, wait = group.sum_later(numbers)] {
    wait();
    const auto* of_all = numbers.const_data_ptr<double>();
    return Totals{of_all[0], of_all[1], {of_all[2] > 0, of_all[3] > 0, of_all[4] > 0}};
  };
}

}  // namespace zoo
