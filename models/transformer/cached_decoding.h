#pragma once

#include <vector>

#include "models/decoding.h"
#include "models/transformer/network.h"

namespace zoo::transformer {

/// Throws Error where a translation of so many words, kBegin counted, is longer than `context`.
void check_target_length(std::int64_t context, std::int64_t words);

/// A translator's rows while they grow. Kept for each block: the keys and values of the words so far, written into room
/// made ahead, where they stay whatever rows a search goes on with; and those of the sources, made once and kept once a
/// sentence, however many rows it has.
class CachedDecoding : public Decoding {
 public:
  /// memory: what the decoder's blocks look at of the B sources, [B, h, S, d] each. source_mask [B, 1, 1, S] bool,
  /// wherever it lies, or undefined where no source is padded.
  CachedDecoding(const Network& network, std::vector<KeysValues> memory, const Tensor& source_mask);

  Tensor step(const Tensor& words) override;
  void pick(const Tensor& rows) override;

 private:
  // The network works on as many rows for each sentence, side by side. Where a sentence has fewer rows than another,
  // its first one stands there several times.
  Network network_;
  std::vector<KeysValues> cache_, memory_;
  Tensor source_mask_;
  std::int64_t words_ = 0;              ///< read so far
  std::vector<std::int64_t> sentence_;  ///< of each row R
  std::vector<std::int64_t> place_;     ///< of each row, among those that the network works on
  Tensor row_of_;                       ///< [N] the row at each place; undefined: the same
};

}  // namespace zoo::transformer
