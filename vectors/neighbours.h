#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/embedding_table.h"
#include "vectors/graph_index.h"
#include "vectors/row_scan.h"

namespace zoo {

/// How an analogy is answered from unit vectors.
enum class AnalogyMethod {
  add,       ///< 3CosAdd (Mikolov, Yih & Zweig 2013): the row nearest to b − a + c
  multiply,  ///< 3CosMul (Levy & Goldberg 2014, eq. 4): greatest cos(d, b) · cos(d, c) / (cos(d, a) + 0.001), shifted
             ///< to 0 … 1
};

/// A word of a question: its vector, and its row where it has one.
struct WordVector {
  std::optional<std::int64_t> row;
  std::vector<float> unit;  ///< [D], of length one; empty where the vector has no direction
};

/// Search by cosine, exact but with use(), over the first `restrict_to` rows of a table (0: all of them), no torch;
/// rows are used where they lie, without a normalised copy. Rows whose length is zero or not a number are never found.
/// Equal cosines are ordered by row.
class NeighbourSearch {
 public:
  explicit NeighbourSearch(EmbeddingTable table, std::int64_t restrict_to = 0);

  const EmbeddingTable& table() const { return table_; }
  std::int64_t rows() const { return rows_; }  ///< that are searched

  /// The row of a word as written; if there is none, of the word in lower case (ASCII letters); if there is none, of
  /// either as SentencePiece writes a whole word ("▁word"). Rows beyond the restriction are found too.
  std::optional<std::int64_t> find(std::string_view word) const;
  /// At most `count` words of the table that differ from `word` by few letters, nearest first, then frequent first.
  std::vector<std::string> spelled_like(std::string_view word, std::size_t count) const;

  /// The word of find(), else, where the table makes vectors of unknown words, the one that it makes of its n-grams.
  std::optional<WordVector> look_up(std::string_view word) const;
  /// How messages name an unknown word: "'quen' is not among the 24 words; spelled alike: queen".
  std::string unknown_word(std::string_view word) const;
  WordVector at(std::int64_t row) const;

  /// What to give to scan(): the neighbours of a word, itself excluded.
  RowQuery near(const WordVector& word) const;
  /// "a is to b as c is to ?", the three words of the question excluded.
  RowQuery like(const WordVector& a, const WordVector& b, const WordVector& c, AnalogyMethod method) const;
  /// The `top` best rows for each query, best first, on `threads` (0: all cores).
  std::vector<std::vector<Neighbour>> scan(std::span<const RowQuery> queries, std::int64_t top, int threads = 0) const;
  /// From now on scan() asks the graph, of the same rows, where the score is the cosine.
  void use(std::shared_ptr<const GraphIndex> index) { index_ = std::move(index); }

  /// The `top` rows nearest to `query` [D], best first, without those in `excluded`.
  std::vector<Neighbour> nearest(std::span<const float> query, std::int64_t top,
                                 std::span<const std::int64_t> excluded = {}) const;
  /// The neighbours of a row, itself excluded.
  std::vector<Neighbour> nearest(std::int64_t row, std::int64_t top) const;
  /// The best answers to an analogy of rows, the question's excluded.
  std::vector<Neighbour> analogy(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t top,
                                 AnalogyMethod method = AnalogyMethod::add) const;

 private:
  EmbeddingTable table_;
  std::int64_t rows_;
  std::shared_ptr<const GraphIndex> index_;
};

}  // namespace zoo
