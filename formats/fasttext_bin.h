#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "formats/embedding_table.h"
#include "formats/subwords.h"

namespace zoo {

/// What fastText saves of a model (its .bin, versions 11 and 12), memory-mapped: opening reads the dictionary only.
///
///   magic 793712314, version                                                  2 × int32
///   dim ws epoch minCount neg wordNgrams loss model bucket minn maxn lrUpdateRate, t     12 × int32, float64
///   entries, words, labels; tokens, pruned n-grams or −1                      3 × int32, 2 × int64
///   for each entry its bytes and a zero byte, its count, 0 for a word or 1 for a label     int64, int8
///   quantised?; rows, columns; input rows: the words', then the buckets'      int8, 2 × int64, float32 [V + bucket, D]
///   quantised?; rows, columns; output rows, which no vector is made of        the same
///
/// All that it claims is checked against the file's true size before memory is asked for. Throws Error in one line for
/// a file that is damaged or cut short, quantised or pruned, or of another version.
class FastTextBin {
 public:
  explicit FastTextBin(const std::filesystem::path& path);
  /// Whether a file that begins so is one.
  static bool begins(std::string_view bytes);

  std::int64_t size() const { return static_cast<std::int64_t>(words_.size()); }
  std::int64_t dimension() const { return dimension_; }
  /// They point into the mapping.
  const std::vector<std::string_view>& words() const { return words_; }
  const Subwords& subwords() const { return subwords_; }
  /// The n-grams' rows [buckets, D] where they lie, perhaps not aligned.
  std::span<const std::byte> subword_rows() const;

  /// The vector [D] of a word of the dictionary as fastText composes it: the mean of its own row and those of its
  /// n-grams ("</s>" has none).
  void compose(std::int64_t row, float* out) const;

 private:
  std::filesystem::path path_;
  MappedFile file_;
  std::vector<std::string_view> words_;
  Subwords subwords_;
  std::int64_t dimension_ = 0;
  const std::byte* input_ = nullptr;  // [V + buckets, D], perhaps not aligned
};

/// Its words with their vectors, composed when they are first used, and unknown words' vectors from their n-grams:
/// EmbeddingTable::unknown().
EmbeddingTable read_fasttext_bin(const std::filesystem::path& path);

/// The mean of the rows of a word's n-grams into `out` [D], the word having no row of its own; false where it has no
/// n-gram. `rows` [buckets, D] float32, perhaps not aligned.
bool compose_of_subwords(std::string_view word, const Subwords& subwords, std::span<const std::byte> rows,
                         std::int64_t dimension, float* out);

}  // namespace zoo
