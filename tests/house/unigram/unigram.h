#pragma once

#include "models/model.h"

namespace zoo::unigram {

/// A word's probability is its share of the training text, whatever stands before it:
///   P(w) = (c(w) + a) / (N + a V)
/// c(w) = count of w, N = tokens, V = vocabulary, a = `added`. The smallest model that there is:
/// docs/adding_a_model.md.
const ModelKind& kind();

}  // namespace zoo::unigram
