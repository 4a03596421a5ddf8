#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "tokenizers/tokenizer.h"

namespace zoo {

/// How the ids of an imported model's vocabulary, the foreign ones, become ours: the zoo's five special tokens are
/// 0 … 4 in every vocabulary, and the other foreign ids follow in their order. A model's rows are put into our order
/// when it is imported and back when it is exported.
class ForeignIds {
 public:
  static constexpr std::int64_t kAbsent = -1;
  using Special = std::array<std::int64_t, kSpecialTokens>;

  /// special: the foreign id that serves as each of kPad … kMask, or kAbsent; one may serve as two. rows: foreign ids
  /// are 0 … rows − 1. Throws Error naming a special id that is not among them.
  ForeignIds(const Special& special, std::int64_t rows);

  std::int64_t size() const { return static_cast<std::int64_t>(foreign_.size()); }  ///< V, our ids
  std::int64_t rows() const { return static_cast<std::int64_t>(own_.size()); }      ///< foreign ids
  /// kAbsent where our id has no foreign one.
  std::int64_t foreign(std::int64_t own) const { return foreign_[static_cast<std::size_t>(own)]; }
  /// Ours; of one that serves as two special tokens the lower one.
  TokenId own(std::int64_t foreign) const { return own_[static_cast<std::size_t>(foreign)]; }
  const Special& special() const { return special_; }
  /// Our ids that the foreign model never predicts: those without a foreign one, and the second of two that share one.
  std::vector<std::int64_t> unpredicted() const;

 private:
  Special special_;
  std::vector<std::int64_t> foreign_;  // by our id
  std::vector<TokenId> own_;           // by foreign id
};

}  // namespace zoo
