#include "models/word2vec/self_training.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "models/word2vec/uses.h"

namespace zoo::word2vec {
namespace {

/// A word has some twenty n-grams, and each is used by many words.
constexpr std::int64_t kReplicasOfNgrams = 4;

}  // namespace

void SelfTraining::check_vocabulary(const Corpus& corpus) const {
  if (corpus.vocabulary_size() != weights_.vocabulary()) {
    fail("word2vec: the corpus has a vocabulary of {} pieces, the model of {}; encode it with the model's tokenizer",
         corpus.vocabulary_size(), weights_.vocabulary());
  }
}

void SelfTraining::begin(const Corpus& corpus, std::uint64_t seed, int threads) {
  check_vocabulary(corpus);
  auto* counts = weights_.counts.data_ptr<std::int64_t>();
  for (std::size_t id = 0; id < corpus.counts().size(); ++id) {
    counts[id] = static_cast<std::int64_t>(corpus.counts()[id]);
  }
  corpus_ = corpus;
  tables_ = std::make_unique<WindowSampler::Tables>(weights_.count_of(), options_);
  if (options_.hierarchical()) {
    for (TokenId id = 0; id < corpus.vocabulary_size(); ++id) {
      if (tables_->huffman.path(id).size() > kMaxOutputs) fail("word2vec: a Huffman path above {}", kMaxOutputs);
    }
  }
  sampler_ = std::make_unique<WindowSampler>(*corpus_, *tables_, options_, seed);
  threads_.clear();
  threads_.resize(static_cast<std::size_t>(std::max(1, threads)));
  block_ = 0;
  settle();
  halves_.reset();
  if (options_.halves()) halves_.emplace(weights_);
  plan_replicas();
}

void SelfTraining::plan_replicas() {
  replicas_.reset();
  const auto most = options_.replicas;
  if (threads_.size() == 1 || most == 0 || options_.mode == "deterministic") return;
  const auto rows = weights_.rows();
  const auto uses = uses_of(weights_.count_of(), *tables_, options_, rows.ngrams);
  const auto most_inputs = rows.ngrams != nullptr ? kReplicasOfNgrams * most : most;
  replicas_ = std::make_unique<ReplicaPlan>(FrequentRows(uses.input, most_inputs), FrequentRows(uses.output, most),
                                            rows.ngrams, options_.merge_every);
}

Shape SelfTraining::shape() const {
  return {options_.cbow() || weights_.composed(), weights_.composed() || options_.cbow_mean};
}

void SelfTraining::settle() {
  if (halves_) halves_->settle();
}

void SelfTraining::forget() {
  if (halves_) halves_->forget();
}

/// Of the blocks up to `last` this process's share, or as many as it can in a second.
template <class Cell>
SliceResult SelfTraining::train(const Rows<Cell>& rows, std::int64_t last) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  const auto blocks = last - block_;
  const Slice<Cell> slice = {
      .sampler = *sampler_,
      .rows = rows,
      .kernel = *kernel_,
      .shape = shape(),
      .replicas = replicas_.get(),
      .threads = threads_,
      .first = block_ + blocks * share_ / shares_,
      .last = block_ + blocks * (share_ + 1) / shares_,
      .time_out = [&] { return !is_shared() && (interrupted() || std::chrono::steady_clock::now() >= end); }};
  return options_.mode == "deterministic" ? train_in_order(slice) : train_hogwild(slice);
}

SliceReport SelfTraining::advance() {
  const auto epoch = sampler_->blocks_per_epoch();
  auto last = std::min(sampler_->blocks(), (block_ / epoch + 1) * epoch);
  if (is_shared()) last = std::min(last, block_ + shares_ * options_.average_every);
  const auto result = halves_ ? train(halves_->train(), last) : train(weights_.rows(), last);
  block_ = is_shared() ? last : result.next;
  weights_.changed();
  if (halves_ && is_shared()) {  // the driver now averages the rows that were touched
    halves_->settle_touched();
    halves_->forget();
  }
  if (block_ == last) settle();

  SliceReport report;
  report.loss_sum = result.loss;
  report.loss_count = result.pairs;
  report.tokens_done = sampler_->tokens_before(block_);
  report.tokens_total = sampler_->tokens_before(sampler_->blocks());
  report.epoch = static_cast<double>(report.tokens_done) / static_cast<double>(corpus_->size());
  report.learning_rate = sampler_->rate_after(report.tokens_done);
  report.finished = block_ >= sampler_->blocks();
  if (report.finished) warn_of_limits();
  return report;
}

void SelfTraining::warn_of_limits() const {
  const auto reached = [&](const float* rows, std::int64_t count) {
    return std::any_of(rows, rows + count * weights_.stride(), [](float x) { return std::abs(x) >= kLargest; });
  };
  const auto inputs = weights_.vocabulary() + (weights_.composed() ? weights_.ngrams.size(0) : 0);
  if (!reached(weights_.input_rows(), inputs) && !reached(weights_.output_rows(), weights_.vocabulary())) return;
  log_warning(
      fmt::format("word2vec: components grew to the limit of ±{} and were held there; "
                  "a learning rate below {} trains better",
                  kLargest, options_.start_rate()));
}

std::vector<Tensor> SelfTraining::share(std::int64_t share, std::int64_t shares) {
  share_ = share;
  shares_ = shares;
  if (!weights_.composed()) return {weights_.input, weights_.output};
  return {weights_.input, weights_.ngrams, weights_.output};
}

Json SelfTraining::cursor() const { return {{"block", block_}, {"blocks", sampler_->blocks()}}; }

void SelfTraining::restore(const Json& cursor) {
  const auto block = cursor.value("block", std::int64_t{-1}), blocks = cursor.value("blocks", std::int64_t{-1});
  if (blocks != sampler_->blocks() || block < 0 || block > blocks) {
    fail(
        "word2vec: the saved state is at block {} of {}, this text and number of epochs make {}; resume with the "
        "text and options that training began with",
        block, blocks, sampler_->blocks());
  }
  block_ = block;
}

std::optional<Loss> SelfTraining::held_out(const Corpus& corpus) {
  check_vocabulary(corpus);
  settle();
  if (!tables_) tables_ = std::make_unique<WindowSampler::Tables>(weights_.count_of(), options_);
  auto once = options_;
  once.epochs = 1;
  const WindowSampler sampler(corpus, *tables_, once, 0x5eed);
  constexpr std::int64_t kMost = (std::int64_t{1} << 18) / kBlock;
  const auto taken = std::min(sampler.blocks(), kMost);
  double sum = 0;
  std::int64_t pairs = 0;
  WindowList list;
  for (std::int64_t i = 0; i < taken; ++i) {
    sampler.make(i * sampler.blocks() / taken, list);
    sum += loss_of(list, weights_.rows(), shape());
    pairs += list.pairs;
  }
  if (pairs == 0) return std::nullopt;
  return Loss{torch::tensor(sum, torch::kFloat64), pairs, Unit::pair};
}

}  // namespace zoo::word2vec
