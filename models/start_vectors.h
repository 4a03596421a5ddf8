#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "formats/subwords.h"
#include "models/model.h"

namespace zoo {

/// What is known of some words before training.
struct StartVectors {
  std::string from;                ///< the file or folder that it comes from
  std::vector<std::int64_t> rows;  ///< [V] by token id: the word's row in each of `parts`, or -1 if nothing is known
  Tensor vectors;                  ///< [V, D] float32 by token id, finite; zeros where nothing is known
  /// Where they come from a run of the same kind of model: its options and all that it saved. Else null and empty.
  Json options;
  Parts parts;
};

/// A model that can start from given word vectors; most cannot, and do not derive from this.
class StartsFromVectors {
 public:
  virtual ~StartsFromVectors() = default;
  /// The next initialise() gives these words what is known of them, and the others what they would have got anyway.
  /// Throws Error where the vectors have another width.
  virtual void start_from(StartVectors start) = 0;
};

/// How a word that the vocabulary lacks gets a vector: the mean of its n-grams' rows in one of the parts, [buckets, D].
struct SubwordPart {
  std::string part;
  Subwords subwords;
};

/// Word vectors that may be composed of n-grams.
class SubwordWordVectors : public WordVectors {
 public:
  virtual std::optional<SubwordPart> subword_part() const = 0;  ///< nothing where this configuration has none
};

}  // namespace zoo
