#include "models/word2vec/weights.h"

#include "base/random.h"
#include "models/word2vec/kernels/kernel.h"

namespace zoo::word2vec {
namespace {

Tensor padded_rows(std::int64_t rows, std::int64_t dim) {
  const auto stride = (dim + kRowFloats - 1) / kRowFloats * kRowFloats;
  return torch::zeros({rows, stride}).narrow(1, 0, dim);  // [rows, dim], rows `stride` apart
}

}  // namespace

Weights::Weights(std::int64_t vocabulary, std::int64_t dim)
    : input(padded_rows(vocabulary, dim)),
      output(padded_rows(vocabulary, dim)),
      counts(torch::zeros({vocabulary}, torch::kInt64)) {}

void Weights::initialise(std::uint64_t seed) {
  const torch::NoGradGuard no_gradient;
  input.zero_();
  output.zero_();
  Random random(seed);
  for (std::int64_t id = kSpecialTokens; id < vocabulary(); ++id) {
    float* row = input_rows() + id * stride();
    for (std::int64_t d = 0; d < dim(); ++d) {
      row[d] = static_cast<float>((random.uniform() - 0.5) / static_cast<double>(dim()));
    }
  }
}

}  // namespace zoo::word2vec
