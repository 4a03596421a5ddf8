#pragma once

#include <cmath>
#include <string>

#include "base/json.h"
#include "models/model.h"

namespace zoo {

/// exp of a mean loss in nats a token, as the learning curve shows it; what is reported of a model comes from
/// evaluation/.
inline void add_loss(Json& line, const std::string& prefix, double mean, Unit unit) {
  line[prefix + "loss"] = mean;
  if (unit == Unit::token) line[prefix + "perplexity"] = std::exp(mean);
}

}  // namespace zoo
