#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/model.h"
#include "models/word2vec/ngram_rows.h"
#include "models/word2vec/update.h"

namespace zoo::word2vec {

/// [rows, dim] zeros of float32 or float16 on whole cache lines, and where there is much of it on huge pages.
Tensor padded_rows(std::int64_t rows, std::int64_t dim, torch::ScalarType type);

/// The model's numbers. Rows lie padded with zeros to whole cache lines, which is what the kernels work on; the
/// tensors that users see are views of the D components that count.
class Weights {
 public:
  Weights(std::int64_t vocabulary, std::int64_t dim) : Weights(vocabulary, dim, Subwords{0, 0, 0}, {}) {}
  /// With n-grams where `subwords` has any. `pieces` [V] says what words they are of; without it (a run that is opened
  /// without its tokenizer) the vectors are those that were saved, and nothing can be trained.
  Weights(std::int64_t vocabulary, std::int64_t dim, const Subwords& subwords, std::span<const std::string> pieces);

  /// Input rows of words, and of n-grams, uniform in ±range/D (0.5 in word2vec.c, 1 in fastText and gensim); special
  /// tokens' and all output rows zero.
  void initialise(std::uint64_t seed, double range);

  Tensor input;   ///< [V, D] float32, rows by token id: the word vectors, or with n-grams the words' own rows
  Tensor ngrams;  ///< [buckets, D] float32, in memory right behind `input`; undefined without n-grams
  Tensor output;  ///< [V, D] float32: rows by token id, or by inner node of the Huffman tree
  Tensor counts;  ///< [V] int64: how often each id occurs in the training text; zeros where that is not known yet

  std::int64_t vocabulary() const { return input.size(0); }
  std::int64_t dim() const { return input.size(1); }
  std::int64_t stride() const { return input.stride(0); }  ///< floats from row to row
  bool composed() const { return ngrams.defined(); }

  /// The word vectors [V, D]: `input`, or with n-grams the mean of each word's rows.
  Tensor vectors() const;
  /// To be called after the rows have changed: the means are made anew when they are asked for.
  void changed() { stale_ = true; }

  /// Where the rows lie, for training. Throws Error where the words of the n-grams are not known.
  Rows<float> rows() const;
  float* input_rows() const { return input.data_ptr<float>(); }
  float* output_rows() const { return output.data_ptr<float>(); }
  /// Null without n-grams, or where their words are not known.
  const NgramRows* ngram_rows() const { return ngram_rows_ ? &*ngram_rows_ : nullptr; }
  std::span<const std::int64_t> count_of() const {
    return {counts.data_ptr<std::int64_t>(), static_cast<std::size_t>(counts.numel())};
  }

 private:
  std::optional<NgramRows> ngram_rows_;
  mutable Tensor means_;  ///< [V, D] with n-grams: vectors()
  mutable bool stale_ = true;
  std::unique_ptr<std::mutex> averaging_ = std::make_unique<std::mutex>();  ///< held while the means are made
};

}  // namespace zoo::word2vec
