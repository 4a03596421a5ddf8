#pragma once

#include <cstdint>
#include <functional>

#include "models/word2vec/update.h"

namespace zoo::word2vec {

/// A run over consecutive blocks of text, the common shape of both ways to use threads.
struct Slice {
  const WindowSampler& sampler;
  Rows rows;
  const Kernel& kernel;
  bool cbow, mean;
  int threads;
  std::int64_t first, last;        ///< blocks [first, last) of all epochs
  std::function<bool()> time_out;  ///< asked before each block; safe to call from several threads
};

struct SliceResult {
  std::int64_t next;  ///< the first block that was not trained
  double loss = 0;    ///< Σ over all updates, nats
  std::int64_t pairs = 0;
};

/// All threads take blocks in turn and update the same rows without locks (Hogwild, Recht et al. 2011). With one
/// thread the result is a function of the seed.
SliceResult train_hogwild(const Slice& slice);

/// The same bytes for any number of threads: one of them makes all updates, in the text's order, while the others
/// prepare windows, noise and Huffman paths for it. Nothing is approximated, so the accuracy is that of one thread;
/// the price is that only the preparation (about a tenth of the work) is shared out.
SliceResult train_in_order(const Slice& slice);

}  // namespace zoo::word2vec
