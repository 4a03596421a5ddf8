#include "tokenizers/foreign_ids.h"

#include <algorithm>

#include "base/error.h"
#include "tokenizers/vocabulary.h"

namespace zoo {

ForeignIds::ForeignIds(const Special& special, std::int64_t rows) : special_(special) {
  constexpr std::int64_t kMostRows = 1 << 28;
  if (rows < 1 || rows > kMostRows) fail("a vocabulary of {} tokens; 1 … {} are read", rows, kMostRows);
  own_.assign(static_cast<std::size_t>(rows), kUnknown);
  foreign_.assign(special.begin(), special.end());
  for (std::size_t i = 0; i < special.size(); ++i) {
    if (special[i] == kAbsent) continue;
    if (special[i] < 0 || special[i] >= rows) {
      fail("the special token {} is id {}, outside the vocabulary of {} tokens", kSpecialPieces[i], special[i], rows);
    }
  }
  for (std::int64_t id = 0; id < rows; ++id) {
    const auto place = std::find(special.begin(), special.end(), id);
    if (place != special.end()) {
      own_[static_cast<std::size_t>(id)] = static_cast<TokenId>(place - special.begin());
    } else {
      own_[static_cast<std::size_t>(id)] = static_cast<TokenId>(foreign_.size());
      foreign_.push_back(id);
    }
  }
}

std::vector<std::int64_t> ForeignIds::unpredicted() const {
  std::vector<std::int64_t> ids;
  for (std::int64_t id = 0; id < kSpecialTokens; ++id) {
    if (foreign(id) == kAbsent || own(foreign(id)) != id) ids.push_back(id);
  }
  return ids;
}

}  // namespace zoo
