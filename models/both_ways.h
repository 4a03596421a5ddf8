#pragma once

#include "models/model.h"

namespace zoo {

/// A model that predicts a word from those behind it as well as from those before it. A Model that does is a BothWays
/// too: `dynamic_cast<const BothWays*>(&model)`.
class BothWays {
 public:
  virtual ~BothWays() = default;
  /// As Model::next_word(), for text that is read from its end: batches are of Streams{…, backward}, and kEnd stands
  /// behind the text's last word. Exact over the whole vocabulary, too. Null where nothing is predicted.
  virtual const NextWord* word_before() const = 0;
};

}  // namespace zoo
