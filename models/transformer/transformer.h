#pragma once

#include "models/model.h"

namespace zoo::transformer {

/// The Transformer (Vaswani et al., NeurIPS 2017): blocks of self-attention and a feed-forward network, all words at
/// once. The option `architecture` makes of them
///   decoder           each word from those before it: a language model (Radford et al. 2018)
///   encoder           hidden words from both sides: a masked language model (Devlin et al. 2019)
///   encoder-decoder   a sentence of one language from one of another: the paper's own
/// README.md has the equations, where each stands, and the deviations.
const ModelKind& kind();

}  // namespace zoo::transformer
