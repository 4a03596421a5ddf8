#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tokenizers/piece_table.h"

namespace zoo {

/// How clearly the best cut of a text into unigram pieces (the sum of their log-probabilities; Kudo 2018, eq. 1) beats
/// the second best. SentencePiece adds scores up over a whole line in single precision, so that a narrow decision
/// depends on what stands before the word; a clear one does not, and may be remembered.
class UnigramMargin {
 public:
  /// The ordinary pieces and their scores; a character that is no piece scores `unknown_score`.
  UnigramMargin(const std::vector<std::string>& pieces, const std::vector<double>& scores, double unknown_score);

  struct Result {
    double cost;    ///< of the best cut: the negative of its score
    double margin;  ///< the second best's cost less this; infinite where there is only one cut
  };
  /// `text` is normalised, its spaces written ▁.
  Result of(std::string_view text) const;

 private:
  PieceTable pieces_;
  std::vector<double> scores_;
  double unknown_score_;
  std::size_t longest_ = 1;  // bytes
};

}  // namespace zoo
