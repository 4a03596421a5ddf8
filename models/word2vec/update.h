#pragma once

#include "models/word2vec/kernels/kernel.h"
#include "models/word2vec/windows.h"

namespace zoo::word2vec {

/// Where the two matrices lie: row w begins at input + w·stride, is aligned to 64 bytes and padded with zeros.
struct Rows {
  float* input;
  float* output;
  std::int64_t stride, dim;
};

/// Trains on a block's windows in order. Other threads may do the same to the same rows at once (Hogwild, Recht et
/// al. 2011): what is lost when two write one row is small noise.
void update(const WindowList& list, const Rows& rows, bool cbow, const Kernel& kernel, Work& work);

/// Σ −log σ(±score) of a block's windows as the rows are now, nats; nothing is changed.
double loss_of(const WindowList& list, const Rows& rows, bool cbow, bool mean);

}  // namespace zoo::word2vec
