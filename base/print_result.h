#pragma once

#include "base/json.h"

namespace zoo {

/// A command's result on standard output: `as_json` in one line, else a line for each field, the values side by side.
void print_result(const Json& result, bool as_json);

}  // namespace zoo
