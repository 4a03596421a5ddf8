#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "batches/permutation.h"
#include "batches/source.h"

namespace zoo {
namespace {

/// Every token of the corpus is predicted once an epoch from the `context` tokens before it. The text is one stream,
/// as in Bengio et al. 2003: contexts run over ends of lines and documents; only before its start there is kEnd.
class WindowSource : public BatchSource {
 public:
  WindowSource(Corpus corpus, Windows windows, const BatcherOptions& options)
      : corpus_(std::move(corpus)), context_(windows.context), options_(options) {
    if (context_ < 1) fail_usage("windows: a context of {} tokens; it takes at least 1", context_);
    if (corpus_.size() < 1) fail("windows: the corpus is empty; it takes at least 1 token");
    // In training; a text that is only scored may be short, and is read with kEnd before it.
    if (options_.shuffle && corpus_.size() <= context_) {
      fail("windows: a context of {} tokens before each one, and the text has {}; give more text or a shorter context",
           context_, corpus_.size());
    }
  }

  std::int64_t batches_per_epoch() const override { return divide_up(corpus_.size(), options_.batch_size); }
  std::int64_t tokens_per_epoch() const override { return corpus_.size(); }

  Batch make(BatchPosition position) override {
    const auto begin = position.index * options_.batch_size;
    const auto share = share_of(std::min(options_.batch_size, corpus_.size() - begin), options_);
    if (share.count == 0) return {};
    const auto first = begin + share.first, rows = share.count;
    const auto* ids = corpus_.ids().data();
    places_.resize(static_cast<std::size_t>(rows));
    choose_places(position.epoch, first, ids);
    Batch batch;
    batch.input = torch::empty({rows, context_}, torch::kInt64);  // [B, context]
    batch.target = torch::empty({rows}, torch::kInt64);           // [B]
    auto* input = batch.input.data_ptr<std::int64_t>();
    auto* target = batch.target.data_ptr<std::int64_t>();
    for (const auto place : places_) {
      *target++ = ids[place];
      const auto missing = std::max<std::int64_t>(0, context_ - place);
      input = std::fill_n(input, missing, std::int64_t{kEnd});
      input = std::copy(ids + place - (context_ - missing), ids + place, input);
    }
    return batch;
  }

 private:
  /// All places first, so that the memory they lie in is already on its way when the rows are copied.
  void choose_places(std::int64_t epoch, std::int64_t first, const TokenId* ids) {
    if (!options_.shuffle) {
      for (auto& place : places_) place = first++;
      return;
    }
    const Permutation order(static_cast<std::uint64_t>(corpus_.size()), options_.seed,
                            static_cast<std::uint64_t>(epoch));
    for (auto& place : places_) {
      place = static_cast<std::int64_t>(order.at(static_cast<std::uint64_t>(first++)));
      __builtin_prefetch(ids + std::max<std::int64_t>(0, place - context_));
    }
  }

  Corpus corpus_;
  std::int64_t context_;
  BatcherOptions options_;
  std::vector<std::int64_t> places_;
};

}  // namespace

std::unique_ptr<BatchSource> window_source(Corpus corpus, Windows windows, const BatcherOptions& options) {
  return std::make_unique<WindowSource>(std::move(corpus), windows, options);
}

}  // namespace zoo
