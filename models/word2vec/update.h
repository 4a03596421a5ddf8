#pragma once

#include "models/word2vec/kernels/kernel.h"
#include "models/word2vec/weights.h"
#include "models/word2vec/windows.h"

namespace zoo::word2vec {

/// Trains on a block's windows in order. Other threads may do the same to the same rows at once (Hogwild, Recht et
/// al. 2011): what is lost when two write one row is small noise.
void update(const WindowList& list, const Weights& weights, bool cbow, const Kernel& kernel, Work& work);

/// Σ −log σ(±score) of a block's windows as the rows are now, nats; nothing is changed.
double loss_of(const WindowList& list, const Weights& weights, bool cbow, bool mean);

}  // namespace zoo::word2vec
