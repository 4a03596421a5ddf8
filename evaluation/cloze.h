#pragma once

#include <cstdint>

#include "base/json.h"
#include "data/corpus.h"
#include "models/model.h"

namespace zoo {

struct ClozeOptions {
  std::int64_t radius = 10;       ///< words on each side
  std::int64_t samples = 2000;    ///< windows, drawn without repetition; all of them where the text has fewer
  std::uint64_t seed = 1;         ///< the same seed, corpus and tokenizer: the same windows for every model
  std::int64_t batch_size = 100;  ///< windows asked at once: batch_size · V scores are held
};

/// The missing-word test: the middle word of a window, ranked over the whole vocabulary.
struct ClozeResult {
  std::int64_t windows = 0;          ///< asked
  std::int64_t unknown_windows = 0;  ///< drawn too, but their middle word is not in the vocabulary: not asked
  double accuracy_at_1 = 0, accuracy_at_5 = 0, accuracy_at_10 = 0;
  double mean_reciprocal_rank = 0;
  bool left_only = false;  ///< the model looks only at the words before the gap

  double coverage() const;  ///< windows asked / windows drawn
  /// {"accuracy_at_1", "accuracy_at_5", "accuracy_at_10", "mean_reciprocal_rank", "windows", "unknown_windows",
  ///  "coverage", "left_only"}; accuracies are fractions of the windows asked.
  Json to_json() const;
};

/// Windows run over line ends (their kEnd counts as a place) but stop at the document's ends, beyond which the
/// model gets kPad. Line ends are never the missing word. rank = 1 + the number of other words that score at least
/// as much, so that a model which cannot tell words apart gains nothing.
/// Throws Error if the text has no word to ask for, or a score is NaN.
ClozeResult cloze(const Cloze& model, const Corpus& corpus, const ClozeOptions& options = {});

}  // namespace zoo
