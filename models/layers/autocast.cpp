#include "models/layers/autocast.h"

#include <ATen/autocast_mode.h>

namespace zoo {

Autocast::Autocast(bool bfloat16) : wanted_(bfloat16 && !under_autocast()) {
  if (!wanted_) return;
  at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
  at::autocast::set_autocast_enabled(at::kCPU, true);
}

Autocast::~Autocast() {
  if (!wanted_) return;
  at::autocast::set_autocast_enabled(at::kCPU, false);
  at::autocast::clear_cache();  // rounded weights: the optimizer changes those that they were rounded from
}

bool under_autocast() { return at::autocast::is_autocast_enabled(at::kCPU); }

}  // namespace zoo
