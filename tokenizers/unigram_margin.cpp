#include "tokenizers/unigram_margin.h"

#include <algorithm>
#include <limits>

#include "base/utf8.h"

namespace zoo {
namespace {

constexpr double kWorst = -std::numeric_limits<double>::infinity();

/// The two best scores of cuts that end at a byte.
struct TwoBest {
  double first = kWorst, second = kWorst;
  void take(double score) {
    if (score > first) {
      second = first;
      first = score;
    } else {
      second = std::max(second, score);
    }
  }
};

}  // namespace

UnigramMargin::UnigramMargin(const std::vector<std::string>& pieces, const std::vector<double>& scores,
                             double unknown_score)
    : scores_(scores), unknown_score_(unknown_score) {
  for (const auto& piece : pieces) {
    pieces_.insert(piece);
    longest_ = std::max(longest_, piece.size());
  }
}

UnigramMargin::Result UnigramMargin::of(std::string_view text) const {
  std::vector<TwoBest> best(text.size() + 1);
  best[0].first = 0;
  const char* const end = text.data() + text.size();
  for (std::size_t start = 0; start < text.size();) {
    const char* after = text.data() + start;
    next_code_point(after, end);
    const auto one = static_cast<std::size_t>(after - text.data()) - start;
    const auto here = best[start];
    const auto extend = [&](std::size_t length, double score) {
      best[start + length].take(here.first + score);
      if (here.second != kWorst) best[start + length].take(here.second + score);
    };
    bool single = false;
    if (here.first != kWorst) {
      for (std::size_t length = 1; length <= std::min(longest_, text.size() - start); ++length) {
        const auto number = pieces_.find(text.substr(start, length));
        if (number == PieceTable::kNone) continue;
        extend(length, scores_[number]);
        single |= length == one;
      }
      if (!single) extend(one, unknown_score_);
    }
    start += one;
  }
  return {-best.back().first, best.back().first - best.back().second};
}

}  // namespace zoo
