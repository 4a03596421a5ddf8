#include "base/print_result.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace zoo {

void print_result(const Json& result, bool as_json) {
  if (as_json) {
    std::puts(result.dump().c_str());
    return;
  }
  std::size_t widest = 0;
  for (const auto& field : result.items()) widest = std::max(widest, field.key().size());
  for (const auto& [name, value] : result.items())
    std::puts(fmt::format("{:<{}}  {}", name, widest, value.dump()).c_str());
}

}  // namespace zoo
