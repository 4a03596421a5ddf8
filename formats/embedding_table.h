#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/word_index.h"

namespace zoo {

/// V words with a vector of D float32 each, in memory or inside a mapped file: rows are used where they lie and never
/// copied as a whole. Copies of a table share what they point to. Words are bytes, as the file had them.
class EmbeddingTable {
 public:
  /// Puts row `row` into `out` [D]; called for several rows at once from several threads.
  using MakeRow = std::function<void(std::int64_t row, float* out)>;
  /// Puts the vector of a word that has no row into `out` [D]; false where nothing can be made of it.
  using MakeVector = std::function<bool(std::string_view word, float* out)>;

  /// Rows held by the table: `rows` has words.size() · dimension numbers. Throws Error if it has not.
  EmbeddingTable(std::vector<std::string> words, std::vector<float> rows, std::int64_t dimension);
  /// Rows held by somebody else, [V, D] without gaps; `keeper` (a mapping, a tensor) lives as long as the table.
  EmbeddingTable(std::vector<std::string> words, std::span<const float> rows, std::int64_t dimension,
                 std::shared_ptr<const void> keeper);
  /// Row i lies at `base` + offsets[i], aligned or not: word2vec's binary files, mapped.
  EmbeddingTable(std::vector<std::string> words, const std::byte* base, std::vector<std::uint64_t> offsets,
                 std::int64_t dimension, std::shared_ptr<const void> keeper);

  /// Rows that are put together when they are first asked for, some hundreds at a time, and then kept: memory grows
  /// with the rows that are used.
  EmbeddingTable(std::vector<std::string> words, std::int64_t dimension, MakeRow make);

  /// From now on (for copies made after this too) words without a row have vectors of their own: unknown().
  void set_unknown(MakeVector make) { unknown_ = std::make_shared<const MakeVector>(std::move(make)); }

  /// The first `count` words with their rows, which stay where they lie.
  EmbeddingTable first(std::int64_t count) const;

  std::int64_t size() const { return size_; }            ///< V
  std::int64_t dimension() const { return dimension_; }  ///< D
  const std::string& word(std::int64_t row) const { return words()[static_cast<std::size_t>(row)]; }
  const std::vector<std::string>& words() const;

  /// The row of a word; the first, where the file has it several times.
  std::optional<std::int64_t> find(std::string_view word) const;
  /// The vector [D] of a word that has no row, where it can be made (of n-grams); nothing else.
  std::optional<std::vector<float>> unknown(std::string_view word) const;
  bool makes_unknown() const { return unknown_ != nullptr; }
  /// Words that stand again after their first row.
  std::int64_t doubled_words() const;

  /// Row `row` into `out` [D].
  void copy_row(std::int64_t row, float* out) const;
  std::vector<float> row(std::int64_t row) const;
  /// Where the row's bytes lie; not always aligned for float.
  const std::byte* row_bytes(std::int64_t row) const {
    const auto i = static_cast<std::size_t>(row);
    if (made_ != nullptr) make_sure_of(row);
    return base_ + (offsets_ ? (*offsets_)[i] : i * static_cast<std::size_t>(dimension_) * sizeof(float));
  }
  /// All rows [V, D] where they lie without gaps and aligned; nothing else.
  std::optional<std::span<const float>> contiguous() const;

  /// Euclidean length of each row, [V], measured at first use (thread-safe).
  std::span<const float> norms() const { return norms(size_); }
  /// Those of the first `count` rows only: what lies behind is not read (but for a few rows of the last block).
  std::span<const float> norms(std::int64_t count) const;
  /// Those of the rows begin … end − 1, 0 ≤ begin ≤ end ≤ size(), measured by the calling thread alone where they were
  /// not yet: for who reads these rows anyway.
  std::span<const float> norms(std::int64_t begin, std::int64_t end) const;

 private:
  struct Words;    // the texts, and the index made at first use
  struct Lengths;  // the norms, measured at first use
  struct Made;     // rows that are put together at first use
  void set_words(std::vector<std::string> words);
  void make_sure_of(std::int64_t row) const;
  const WordIndex& index() const;

  std::shared_ptr<Words> words_;
  std::shared_ptr<Lengths> lengths_;
  std::shared_ptr<const void> keeper_;
  std::shared_ptr<Made> made_;
  std::shared_ptr<const MakeVector> unknown_;
  std::shared_ptr<const std::vector<std::uint64_t>> offsets_;
  const std::byte* base_ = nullptr;
  std::int64_t size_ = 0, dimension_ = 0;
};

}  // namespace zoo
