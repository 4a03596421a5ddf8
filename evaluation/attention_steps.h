#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "models/model.h"

namespace zoo {

/// One head of one layer, step by step, as Vaswani et al. 2017, equation 1, says it:
///   scores = Q Kᵀ,   scaled = scores / √d,   weights = softmax(scaled) over the keys allowed,   output = weights V
struct AttentionSteps {
  std::vector<std::string> queries, keys;  ///< the words: T that look, S that are looked at
  Tensor query;                            ///< [T, d]
  Tensor key, value;                       ///< [S, d]
  Tensor allowed;                          ///< [T, S] bool
  Tensor scores, scaled, weights;          ///< [T, S]
  Tensor output;                           ///< [T, d]

  /// Every number, by the names above; scores, scaled and weights are null where a query may not look.
  Json to_json() const;
  /// For the eye: what happens to the query `word` (its number), with at most `numbers` of each vector.
  std::string text(std::int64_t word, std::int64_t numbers) const;
  /// All weights at once, a row for each word that looks.
  std::string weights_text() const;
};

/// Of the trace of a layer: `head` counts from 0, `row` is the sentence in its batch. Computed one vector at a time.
AttentionSteps attention_steps(const AttentionTrace& trace, std::int64_t row, std::int64_t head,
                               std::vector<std::string> queries, std::vector<std::string> keys);

}  // namespace zoo
