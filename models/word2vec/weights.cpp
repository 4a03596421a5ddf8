#include "models/word2vec/weights.h"

#include <sys/mman.h>

#include "base/error.h"
#include "base/random.h"
#include "models/runtime.h"
#include "models/word2vec/kernels/kernel.h"

namespace zoo::word2vec {
namespace {

/// Rows are touched all over the place: with pages of 2 MiB most of them are found without a walk through page tables.
void ask_for_huge_pages(const Tensor& whole) {
  constexpr std::uintptr_t kHuge = 1 << 21;
  const auto first = (reinterpret_cast<std::uintptr_t>(whole.data_ptr()) + kHuge - 1) / kHuge * kHuge;
  const auto end = reinterpret_cast<std::uintptr_t>(whole.data_ptr()) + whole.nbytes();
  if (end >= first + kHuge) ::madvise(reinterpret_cast<void*>(first), (end - first) / kHuge * kHuge, MADV_HUGEPAGE);
}

}  // namespace

Tensor padded_rows(std::int64_t rows, std::int64_t dim, torch::ScalarType type) {
  const auto stride = type == torch::kHalf ? padded<Half>(dim) : padded<float>(dim);
  const auto whole = torch::empty({rows, stride}, type);
  ask_for_huge_pages(whole);
  return whole.zero_().narrow(1, 0, dim);  // [rows, dim], rows `stride` apart
}

Weights::Weights(std::int64_t vocabulary, std::int64_t dim, const Subwords& subwords,
                 std::span<const std::string> pieces)
    : counts(torch::zeros({vocabulary}, torch::kInt64)) {
  const auto buckets = subwords.any() ? subwords.buckets : 0;
  if (buckets > 0) {
    if (vocabulary + buckets > INT32_MAX) {
      fail_usage("model.buckets: {} and {} words are more rows than 2^31 − 1; take fewer buckets", buckets, vocabulary);
    }
    check_memory_for(static_cast<double>(buckets) * static_cast<double>(dim) / 2, "--buckets");  // no gradients kept
  }
  const auto all = padded_rows(vocabulary + buckets, dim, torch::kFloat32);  // [V + buckets, D]
  input = all.narrow(0, 0, vocabulary);
  output = padded_rows(vocabulary, dim, torch::kFloat32);
  if (buckets == 0) return;
  ngrams = all.narrow(0, vocabulary, buckets);
  means_ = torch::zeros({vocabulary, dim});
  if (static_cast<std::int64_t>(pieces.size()) == vocabulary) ngram_rows_.emplace(pieces, subwords);
}

void Weights::initialise(std::uint64_t seed, double range) {
  const torch::NoGradGuard no_gradient;
  input.zero_();
  output.zero_();
  Random random(seed);
  const auto rows = vocabulary() + (composed() ? ngrams.size(0) : 0);
  for (std::int64_t id = kSpecialTokens; id < rows; ++id) {
    float* row = input_rows() + id * stride();
    for (std::int64_t d = 0; d < dim(); ++d) {
      row[d] = static_cast<float>(2 * range * (random.uniform() - 0.5) / static_cast<double>(dim()));
    }
  }
  changed();
}

Tensor Weights::vectors() const {
  if (!composed()) return input;
  const std::lock_guard only_one(*averaging_);
  if (!stale_ || !ngram_rows_) return means_;
  auto* means = means_.data_ptr<float>();
  const auto* rows = input_rows();
  const auto step = stride(), width = dim();
  for (std::int64_t id = 0; id < vocabulary(); ++id) {
    float* mean = means + id * width;
    const auto own = ngram_rows_->of(static_cast<TokenId>(id));
    std::fill_n(mean, width, 0.0F);
    for (const auto row : own) {
      for (std::int64_t d = 0; d < width; ++d) mean[d] += rows[row * step + d];
    }
    for (std::int64_t d = 0; d < width; ++d) mean[d] /= static_cast<float>(own.size());
  }
  stale_ = false;
  return means_;
}

Rows<float> Weights::rows() const {
  if (composed() && !ngram_rows_) fail("word2vec: n-grams need the words of a tokenizer; the run was opened without");
  return {input_rows(), output_rows(), stride(), dim(), ngram_rows()};
}

}  // namespace zoo::word2vec
