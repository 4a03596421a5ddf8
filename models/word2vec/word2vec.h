#pragma once

#include "models/model.h"

namespace zoo::word2vec {

/// Word2Vec, skip-gram and CBOW (Mikolov et al., "Efficient Estimation of Word Representations in Vector Space" and
/// "Distributed Representations of Words and Phrases and their Compositionality", both 2013). Equations, symbols,
/// deviations and the file where each stands: README.md of this folder.
const ModelKind& kind();

}  // namespace zoo::word2vec
