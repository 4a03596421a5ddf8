#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "batches/rows.h"
#include "batches/source.h"

namespace zoo {
namespace {

/// One line of a corpus: its tokens, line end included where the corpus has it.
std::span<const TokenId> line_of(const Corpus& corpus, std::int64_t line) {
  const auto at = static_cast<std::size_t>(line);
  const auto begin = corpus.lines()[at], end = corpus.lines()[at + 1];
  return corpus.ids().subspan(begin, end - begin);
}

std::int64_t length_of(const Corpus& corpus, std::int64_t line) {
  return static_cast<std::int64_t>(line_of(corpus, line).size());
}

/// Translation: the source w1 … wn kEnd, and for the decoder kBegin y1 … ym → y1 … ym kEnd. Pairs of which a side has
/// more than max_tokens are left out, since they cannot be cut in line with each other.
class PairSource : public BatchSource {
 public:
  PairSource(ParallelCorpus corpus, SentencePairs pairs, const BatcherOptions& options)
      : corpus_(std::move(corpus)),
        kept_(choose(corpus_, pairs.max_tokens)),
        buckets_(
            static_cast<std::int64_t>(kept_.size()), [this](std::int64_t row) { return length(row); }, options) {
    for (const auto pair : kept_) tokens_ += length_of(corpus_.target, pair);
  }

  std::int64_t batches_per_epoch() const override { return buckets_.batches(); }
  std::int64_t tokens_per_epoch() const override { return tokens_; }

  Batch make(BatchPosition position) override {
    const auto rows = buckets_.batch(position);
    if (rows.empty()) return {};
    const auto size = static_cast<std::int64_t>(rows.size());
    std::int64_t source_width = 0, target_width = 0;
    for (const auto row : rows) {
      source_width = std::max(source_width, length_of(corpus_.source, pair(row)));
      target_width = std::max(target_width, length_of(corpus_.target, pair(row)));
    }
    Batch batch;
    batch.input = torch::full({size, source_width}, std::int64_t{kPad}, torch::kInt64);        // [B, T]
    batch.lengths = torch::empty({size}, torch::kInt64);                                       // [B]
    batch.other_input = torch::full({size, target_width}, std::int64_t{kPad}, torch::kInt64);  // [B, S]
    batch.target = torch::full({size, target_width}, kIgnored, torch::kInt64);                 // [B, S]
    for (std::int64_t b = 0; b < size; ++b) {
      const auto source = line_of(corpus_.source, pair(rows[static_cast<std::size_t>(b)]));
      const auto target = line_of(corpus_.target, pair(rows[static_cast<std::size_t>(b)]));
      std::copy(source.begin(), source.end(), batch.input.data_ptr<std::int64_t>() + b * source_width);
      batch.lengths.data_ptr<std::int64_t>()[b] = static_cast<std::int64_t>(source.size());
      auto* other = batch.other_input.data_ptr<std::int64_t>() + b * target_width;
      *other = kBegin;
      std::copy(target.begin(), target.end() - 1, other + 1);
      std::copy(target.begin(), target.end(), batch.target.data_ptr<std::int64_t>() + b * target_width);
    }
    return batch;
  }

 private:
  static std::vector<std::int64_t> choose(const ParallelCorpus& corpus, std::int64_t max_tokens) {
    if (max_tokens < 1) fail_usage("max_tokens: {}; a row holds at least 1 token", max_tokens);
    const auto lines = static_cast<std::int64_t>(corpus.source.lines().size()) - 1;
    if (corpus.target.lines().size() != corpus.source.lines().size()) {
      fail("sentence pairs: {} lines on one side, {} on the other", lines, corpus.target.lines().size() - 1);
    }
    std::vector<std::int64_t> kept;
    for (std::int64_t line = 0; line < lines; ++line) {
      const auto source = length_of(corpus.source, line), target = length_of(corpus.target, line);
      if (std::min(source, target) > 0 && std::max(source, target) <= max_tokens) kept.push_back(line);
    }
    const auto left_out = lines - static_cast<std::int64_t>(kept.size());
    if (kept.empty()) fail("sentence pairs: none of {} has at most {} tokens on each side", lines, max_tokens);
    if (left_out > 0) log_info(fmt::format("{} of {} pairs left out: over {} tokens", left_out, lines, max_tokens));
    return kept;
  }

  std::int64_t pair(std::int64_t row) const { return kept_[static_cast<std::size_t>(row)]; }
  std::int64_t length(std::int64_t row) const {
    return length_of(corpus_.source, pair(row)) + length_of(corpus_.target, pair(row));
  }

  ParallelCorpus corpus_;
  std::vector<std::int64_t> kept_;
  Buckets buckets_;
  std::int64_t tokens_ = 0;
};

}  // namespace

std::unique_ptr<BatchSource> pair_source(ParallelCorpus corpus, SentencePairs pairs, const BatcherOptions& options) {
  return std::make_unique<PairSource>(std::move(corpus), pairs, options);
}

}  // namespace zoo
