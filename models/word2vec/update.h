#pragma once

#include <cstdint>
#include <vector>

#include "models/word2vec/kernels/kernel.h"
#include "models/word2vec/ngram_rows.h"
#include "models/word2vec/windows.h"

namespace zoo::word2vec {

/// Where the two matrices lie, of float or Half: row w begins at input + w·stride, is aligned to 64 bytes and padded
/// with zeros.
template <class Cell>
struct Rows {
  Cell* input;
  Cell* output;
  std::int64_t stride, dim;
  const NgramRows* ngrams = nullptr;  ///< which input rows make a word; null: each has one, its own
};

/// A thread's own copies of some of them: place[row] is a row of the shared matrix, or −1 − i for copy i.
template <class Cell>
struct OwnRows {
  Cell* input = nullptr;
  Cell* output = nullptr;
  const std::int32_t* input_place = nullptr;   ///< null: every row is the shared one. With n-grams not looked at:
  const std::int32_t* output_place = nullptr;  ///< Rows::ngrams then lists places in place of rows
};

/// The rows of one window, found and asked for before they are needed.
template <class Cell>
struct FoundRows {
  std::vector<Cell*> inputs;
  std::vector<Cell*> outputs;
  std::vector<float> labels;
};

/// What becomes of a window's input rows: each is an h of its own (skip-gram), or all make one h (CBOW, and every word
/// with n-grams).
struct Shape {
  bool bag = false;
  bool mean = true;  ///< h is their mean, else their sum
};

/// A thread's tools for update(). Not shared.
template <class Cell>
class Updater {
 public:
  Updater(const Kernel& kernel, const Shape& shape, std::int64_t dim);

  /// Trains on a block's windows in order. Other threads may do the same to the same rows at once (Hogwild, Recht et
  /// al. 2011): what is lost when two write one row is small noise.
  void update(const WindowList& list, const Rows<Cell>& rows, const OwnRows<Cell>& own = {});

  /// Σ −log σ(±score) of all updates so far, nats.
  double loss() { return work_.loss(); }

 private:
  static constexpr std::size_t kRing = 8;
  void find(const WindowList& list, const Window& window, const Rows<Cell>& rows, const OwnRows<Cell>& own,
            FoundRows<Cell>& found) const;

  const Updates<Cell>& updates_;
  Shape shape_;
  Work work_;
  FoundRows<Cell> ring_[kRing];
};

/// Σ −log σ(±score) of a block's windows as the rows are now, nats; nothing is changed.
double loss_of(const WindowList& list, const Rows<float>& rows, const Shape& shape);

}  // namespace zoo::word2vec
