#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/random.h"
#include "batches/rows.h"
#include "batches/source.h"

namespace zoo {
namespace {

/// What sentences and masked sentences share: rows of whole lines, padded to the longest of their batch.
class LineSource : public BatchSource {
 public:
  LineSource(Corpus corpus, std::int64_t max_tokens, const BatcherOptions& options)
      : corpus_(std::move(corpus)),
        options_(options),
        rows_(corpus_, checked(max_tokens)),
        buckets_(
            rows_.size(), [this](std::int64_t row) { return rows_.length(row); }, options) {
    if (rows_.size() < 1) fail("sentences: the corpus is empty; it takes at least 1 line");
  }

  std::int64_t batches_per_epoch() const override { return buckets_.batches(); }
  std::int64_t tokens_per_epoch() const override { return corpus_.size(); }

 protected:
  /// A batch of the rows at `position` with lengths filled in, input padded with kPad and target with kIgnored.
  Batch padded(std::span<const std::int64_t> rows) const {
    std::int64_t width = 0;
    for (const auto row : rows) width = std::max(width, rows_.length(row));
    const auto size = static_cast<std::int64_t>(rows.size());
    Batch batch;
    batch.input = torch::full({size, width}, std::int64_t{kPad}, torch::kInt64);  // [B, T]
    batch.target = torch::full({size, width}, kIgnored, torch::kInt64);           // [B, T]
    batch.lengths = torch::empty({size}, torch::kInt64);                          // [B]
    auto* lengths = batch.lengths.data_ptr<std::int64_t>();
    for (const auto row : rows) *lengths++ = rows_.length(row);
    return batch;
  }

  Corpus corpus_;
  BatcherOptions options_;
  LineRows rows_;
  Buckets buckets_;

 private:
  static std::int64_t checked(std::int64_t max_tokens) {
    if (max_tokens < 1) fail_usage("max_tokens: {}; a row holds at least 1 token", max_tokens);
    return max_tokens;
  }
};

/// Each token of a line is predicted from those before it in the line: input kBegin w1 … wn, target w1 … wn kEnd. The
/// rest of a line longer than max_tokens begins with the token before it instead of kBegin.
class SentenceSource : public LineSource {
 public:
  using LineSource::LineSource;

  Batch make(BatchPosition position) override {
    const auto rows = buckets_.batch(position);
    if (rows.empty()) return {};
    auto batch = padded(rows);
    const auto width = batch.input.size(1);
    auto* input = batch.input.data_ptr<std::int64_t>();
    auto* target = batch.target.data_ptr<std::int64_t>();
    const auto* ids = corpus_.ids().data();
    for (const auto row : rows) {
      const auto begin = rows_.begin(row), end = rows_.end(row);
      input[0] = rows_.starts_line(row) ? kBegin : ids[begin - 1];
      std::copy(ids + begin, ids + end - 1, input + 1);
      std::copy(ids + begin, ids + end, target);
      input += width;
      target += width;
    }
    return batch;
  }
};

/// BERT's rule (Devlin et al. 2019, §3.1): of the words chosen at `rate`, 80 % are shown as kMask, 10 % as a random
/// word, 10 % as they are. Each word is chosen by a draw of its own from (seed, epoch, its place in the corpus).
class MaskedSource : public LineSource {
 public:
  MaskedSource(Corpus corpus, MaskedSentences sentences, const BatcherOptions& options)
      : LineSource(std::move(corpus), sentences.max_tokens, options), rate_(sentences.rate) {
    if (!(rate_ > 0 && rate_ <= 1)) fail_usage("masked sentences: a rate of {}; it lies in (0, 1]", rate_);
  }

  /// As expected at this rate; an epoch's own number differs by chance.
  std::int64_t tokens_per_epoch() const override {
    const auto counts = corpus_.counts();
    std::uint64_t special = 0;
    for (std::size_t id = 0; id < std::min<std::size_t>(kSpecialTokens, counts.size()); ++id) special += counts[id];
    const auto words = corpus_.size() - static_cast<std::int64_t>(special) + corpus_.unknown_tokens();
    return static_cast<std::int64_t>(rate_ * static_cast<double>(words) + 0.5);
  }

  Batch make(BatchPosition position) override {
    const auto rows = buckets_.batch(position);
    if (rows.empty()) return {};
    auto batch = padded(rows);
    const auto width = batch.input.size(1);
    auto* input = batch.input.data_ptr<std::int64_t>();
    auto* target = batch.target.data_ptr<std::int64_t>();
    const auto key = Random(options_.seed, ~static_cast<std::uint64_t>(position.epoch)).bits();
    for (const auto row : rows) {
      const auto begin = rows_.begin(row);
      for (auto place = begin; place < rows_.end(row); ++place)
        mask(key, place, input[place - begin], target[place - begin]);
      input += width;
      target += width;
    }
    return batch;
  }

 private:
  void mask(std::uint64_t key, std::int64_t place, std::int64_t& input, std::int64_t& target) const {
    input = corpus_.ids()[static_cast<std::size_t>(place)];
    if (input < kSpecialTokens && input != kUnknown) return;
    Random random(key, static_cast<std::uint64_t>(place));
    if (random.uniform() >= rate_) return;
    target = input;
    const auto kind = random.uniform();
    const auto words = corpus_.vocabulary_size() - kSpecialTokens;
    if (kind < 0.8) {
      input = kMask;
    } else if (kind < 0.9 && words > 0) {
      input = kSpecialTokens + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(words)));
    }
  }

  double rate_;
};

}  // namespace

std::unique_ptr<BatchSource> sentence_source(Corpus corpus, Sentences sentences, const BatcherOptions& options) {
  return std::make_unique<SentenceSource>(std::move(corpus), sentences.max_tokens, options);
}

std::unique_ptr<BatchSource> masked_source(Corpus corpus, MaskedSentences sentences, const BatcherOptions& options) {
  return std::make_unique<MaskedSource>(std::move(corpus), sentences, options);
}

}  // namespace zoo
