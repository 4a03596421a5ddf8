#pragma once

#include <cstdint>
#include <vector>

#include "batches/batch.h"
#include "models/model.h"

namespace zoo::transformer {

/// How a decoder reads a text that is longer than its context: in a window that grows word by word until it holds
/// `context` of them; then it moves on by `stride` words, keeps the last context − stride and grows again. So a word is
/// predicted from at least context − stride words (as far as there are so many) and at most `context`, and from
/// which ones depends on its place in the text alone, not on how the text is cut into batches.
struct Window {
  std::int64_t context, stride;

  /// How many of the last words the window holds after so many in all.
  std::int64_t kept(std::int64_t words) const {
    if (words <= context) return words;
    return words - stride * ((words - context + stride - 1) / stride);
  }
};

/// The windows in which a batch of streams is scored. Rows are windows: padded on the right.
struct ScoredWindows {
  Tensor input;                             ///< [W, L] int64, at most `context` words a row, kPad behind
  std::vector<std::int64_t> window, place;  ///< for each word to be scored: its window and its place there
  std::vector<std::int64_t> row, step;      ///< and its place in the batch
};

/// Cuts the batch into windows, each word of which is scored once. `state` carries, for each slot, what its window
/// held: the words [slots, context] int64 and how many of them [slots]; the first call makes it.
ScoredWindows cut_into_windows(const Batch& batch, const Window& window, State& state);

}  // namespace zoo::transformer
