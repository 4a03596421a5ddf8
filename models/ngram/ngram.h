#pragma once

#include "models/model.h"

namespace zoo::ngram {

/// N-gram language models: counts, no gradient. Options `smoothing` (kneser_ney.h, deleted_interpolation.h) and
/// `order`. The text is one stream: n-grams run over line ends, which are words like others.
const ModelKind& kind();

}  // namespace zoo::ngram
