#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <tuple>
#include <vector>

#include "models/word2vec/replicas.h"
#include "models/word2vec/update.h"

namespace zoo::word2vec {

/// What the threads' own copies of frequent rows are made of, the same for all threads and slices.
struct ReplicaPlan {
  FrequentRows input, output;
  std::unique_ptr<const NgramRows> ngrams;  ///< Rows::ngrams as places; null without n-grams
  std::int64_t merge_every;                 ///< blocks that two threads train between two merges

  ReplicaPlan(FrequentRows input, FrequentRows output, const NgramRows* ngrams, std::int64_t merge_every);
};

template <class Cell>
struct Copies {
  std::unique_ptr<Replica<Cell>> input, output;
};

/// A thread's memory, kept from slice to slice.
struct Memory {
  WindowList list;
  std::tuple<Copies<float>, Copies<Half>> copies;  ///< of what is trained, the others null
};

/// A run over consecutive blocks of text, the common shape of both ways to use threads. Rows are of float or Half.
template <class Cell>
struct Slice {
  const WindowSampler& sampler;
  Rows<Cell> rows;
  const Kernel& kernel;
  Shape shape;
  const ReplicaPlan* replicas;     ///< null: all threads work on the shared rows only
  std::vector<Memory>& threads;    ///< one for each
  std::int64_t first, last;        ///< blocks [first, last) of all epochs
  std::function<bool()> time_out;  ///< asked before each block; safe to call from several threads
};

struct SliceResult {
  std::int64_t next;  ///< the first block that was not trained
  double loss = 0;    ///< Σ over all updates, nats
  std::int64_t pairs = 0;
};

/// All threads take blocks in turn and update the same rows without locks (Hogwild, Recht et al. 2011), but for the
/// copies of frequent rows, which are merged now and then and at the slice's end. With one thread the result is a
/// function of the seed, with copies and without.
template <class Cell>
SliceResult train_hogwild(const Slice<Cell>& slice);

/// The same bytes for any number of threads: one of them makes all updates, in the text's order, while the others
/// prepare windows, noise and Huffman paths for it. Nothing is approximated, so the accuracy is that of one thread;
/// the price is that only the preparation (about a tenth of the work) is shared out.
template <class Cell>
SliceResult train_in_order(const Slice<Cell>& slice);

}  // namespace zoo::word2vec
