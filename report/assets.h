#pragma once

#include <string_view>

namespace zoo {

/// A file of report/assets, built into the program. Throws Error if there is none of that name.
std::string_view asset_text(std::string_view name);

}  // namespace zoo
