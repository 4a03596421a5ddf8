#pragma once

#include <cstddef>
#include <string_view>

namespace zoo {

/// How many letters (bytes) must be put in, left out, changed or swapped with their neighbour to make one word of the
/// other (optimal string alignment); `limit` where it is at least that, found without counting further.
std::size_t letters_apart(std::string_view one, std::string_view other, std::size_t limit);

}  // namespace zoo
