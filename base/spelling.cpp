#include "base/spelling.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace zoo {

std::size_t letters_apart(std::string_view one, std::string_view other, std::size_t limit) {
  if (one.size() > other.size()) std::swap(one, other);
  if (other.size() - one.size() >= limit) return limit;
  std::vector<std::size_t> before, last(one.size() + 1), row(one.size() + 1);  // of the two letters before and this
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t j = 1; j <= other.size(); ++j) {
    row[0] = j;
    auto least = j;
    for (std::size_t i = 1; i <= one.size(); ++i) {
      row[i] = std::min({last[i] + 1, row[i - 1] + 1, last[i - 1] + (one[i - 1] != other[j - 1])});
      if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1]) {
        row[i] = std::min(row[i], before[i - 2] + 1);
      }
      least = std::min(least, row[i]);
    }
    // A swap reaches two rows back, so the row before must be beyond the limit too.
    if (least > limit) return limit;
    before = last;
    last.swap(row);
  }
  return std::min(last.back(), limit);
}

}  // namespace zoo
