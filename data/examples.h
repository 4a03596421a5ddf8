#pragma once

#include <cstdint>
#include <variant>

namespace zoo {

// What a model may ask to be fed. A model says what it eats; the pipeline never asks which model it serves.
// docs/batches.md shows a batch of each kind.

enum class Direction { forward, backward, both };  ///< both: a forward and a backward stream side by side

struct Windows {  ///< the `context` tokens before, then the next one; kEnd before the text's start
  std::int64_t context;
};
struct Bags {  ///< a word and the words within `radius` on each side, inside its line
  std::int64_t radius;
};
struct Streams {  ///< contiguous text in slots, state carried from batch to batch
  std::int64_t length;
  Direction direction = Direction::forward;
};
struct Sentences {  ///< whole lines, bucketed by length, at most `max_tokens` long
  std::int64_t max_tokens;
};
struct MaskedSentences {  ///< lines with `rate` of their tokens hidden; randomness by position in the epoch
  double rate;
  std::int64_t max_tokens;
};
struct SentencePairs {  ///< translation
  std::int64_t max_tokens;
};
using Examples = std::variant<Windows, Bags, Streams, Sentences, MaskedSentences, SentencePairs>;

}  // namespace zoo
