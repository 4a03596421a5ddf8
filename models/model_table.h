#pragma once

#include <string_view>
#include <vector>

#include "models/model.h"

namespace zoo {

/// Every model of the zoo, in the order of their names: written by CMake from the folders under models/.
const std::vector<const ModelKind*>& model_table();

}  // namespace zoo
