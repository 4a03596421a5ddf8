#pragma once

#include <cstdint>

namespace zoo {

// What the softmax over a vocabulary does to a tile of logits that lies with the words down and the rows of the batch
// across: tile[v · rows + i] is the logit of word v in row i, without the bias. Sums over words then run down the
// tile, sixteen rows at once. `rows` is a multiple of 16.

/// largest[i] = max over v of tile[v][i] + bias[v].
void largest_of_columns(const float* tile, std::int64_t words, std::int64_t rows, const float* bias, float* largest);

/// tile[v][i] becomes exp(tile[v][i] + bias[v] − reference[i]), which must not be above e^88; sum[i] = Σ over v.
void exponentials_of_columns(float* tile, std::int64_t words, std::int64_t rows, const float* bias,
                             const float* reference, float* sum);

/// to[k][v] = from[v][k] for v < words and k < width; a row of `to` has `stride` numbers.
void turn_tile(const float* from, std::int64_t words, std::int64_t width, float* to, std::int64_t stride);

}  // namespace zoo
