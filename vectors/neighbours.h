#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/embedding_table.h"

namespace zoo {

struct Neighbour {
  std::int64_t row;
  float cosine;  ///< of the angle between the row and the query, -1 … 1
};

/// Exact search by cosine over the first `restrict_to` rows of a table (0: all of them), one query at a time, no
/// torch. Rows whose length is zero or not a number are never found. Equal cosines are ordered by row.
class NeighbourSearch {
 public:
  explicit NeighbourSearch(EmbeddingTable table, std::int64_t restrict_to = 0);

  const EmbeddingTable& table() const { return table_; }

  /// The row of a word as written; if there is none, of the word in lower case (ASCII letters); if there is none, of
  /// either as SentencePiece writes a whole word ("▁word"). Rows beyond the restriction are found too.
  std::optional<std::int64_t> find(std::string_view word) const;
  /// At most `count` words of the table that differ from `word` by few letters, nearest first, then frequent first.
  std::vector<std::string> spelled_like(std::string_view word, std::size_t count) const;

  /// The `top` rows nearest to `query` [D], best first, without those in `excluded`.
  std::vector<Neighbour> nearest(std::span<const float> query, std::int64_t top,
                                 std::span<const std::int64_t> excluded = {}) const;
  /// The neighbours of a row, itself excluded.
  std::vector<Neighbour> nearest(std::int64_t row, std::int64_t top) const;

  /// 3CosAdd (Mikolov, Yih & Zweig 2013): "a is to b as c is to ?" by the rows nearest to b̂ − â + ĉ, hats meaning unit
  /// length; the three words of the question excluded.
  std::vector<Neighbour> analogy(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t top) const;

 private:
  EmbeddingTable table_;
  std::int64_t rows_;
};

}  // namespace zoo
