#pragma once

#include <span>

#include "evaluation/senses.h"

namespace zoo {

// Vectors of occurrences from the words around them, their order forgotten.

/// Of the occurrences of one lemma.
struct SurroundingVectors {
  Tensor asked, known;  ///< [n, D], [m, D]
};

/// Counts of the words within `around` places, each · log(N / occurrences that have it), N and those of `known`, or of
/// `asked` where none is known. Words that stand in one of these alone are left out, and if memory would not do the
/// rarest others.
SurroundingVectors bags_of_words(std::span<const TaggedOccurrence* const> asked,
                                 std::span<const TaggedOccurrence* const> known, std::int64_t around);

/// [N, D]: the mean vector of the words within `around` places that the table has; zeros where it has none.
Tensor mean_vectors(const NeighbourSearch& words, std::span<const TaggedOccurrence* const> occurrences,
                    std::int64_t around);

}  // namespace zoo
