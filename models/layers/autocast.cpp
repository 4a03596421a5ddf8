#include "models/layers/autocast.h"

#include <ATen/autocast_mode.h>

namespace zoo {

Autocast::Autocast(bool bfloat16, c10::DeviceType device)
    : wanted_(bfloat16 && !under_autocast(device)), device_(device) {
  if (!wanted_) return;
  at::autocast::set_autocast_dtype(device_, at::kBFloat16);
  at::autocast::set_autocast_enabled(device_, true);
}

Autocast::~Autocast() {
  if (!wanted_) return;
  at::autocast::set_autocast_enabled(device_, false);
  at::autocast::clear_cache();  // rounded weights: the optimizer changes those that they were rounded from
}

bool under_autocast(c10::DeviceType device) { return at::autocast::is_autocast_enabled(device); }

}  // namespace zoo
