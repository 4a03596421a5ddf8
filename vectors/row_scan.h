#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "formats/embedding_table.h"

namespace zoo {

struct Neighbour {
  std::int64_t row;
  float score;  ///< the cosine of the angle between the row and the query, -1 … 1; for 3CosMul its product, from 0
};

/// What is looked for among the rows of a table.
struct RowQuery {
  enum class Score {
    cosine,    ///< with the one vector
    multiply,  ///< 3CosMul of three vectors b, a, c: (1 + cos b)/2 · (1 + cos c)/2 / ((1 + cos a)/2 + 0.001)
  };
  Score score = Score::cosine;
  std::vector<float> vectors;          ///< [1 or 3, D], each of length one; none that has no direction
  std::vector<std::int64_t> excluded;  ///< rows that are no answer
};

/// The `top` rows of greatest score for each query, best first, among the first `count` rows of the table; rows without
/// a direction (length zero or not finite) are never found, equal scores are ordered by row. Exact. The rows are read
/// where they lie, once for all queries together, shared out among `threads` (0: all cores) where there is enough to
/// do; the answer does not depend on their number. No query's vectors: no answers to it.
std::vector<std::vector<Neighbour>> scan_rows(const EmbeddingTable& table, std::int64_t count,
                                              std::span<const RowQuery> queries, std::int64_t top, int threads = 0);

/// `vector` divided by its length; empty where that is zero or not finite.
std::vector<float> unit_length(std::span<const float> vector);

}  // namespace zoo
