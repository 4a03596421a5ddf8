#include "models/ngram/model.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "models/ngram/counts_parts.h"
#include "models/ngram/deleted_interpolation.h"
#include "models/ngram/kneser_ney.h"

namespace zoo::ngram {

namespace {

constexpr std::int64_t kSmallestSlice = std::int64_t{1} << 21;
constexpr std::int64_t kHeldOutEvery = 10;  // a tenth of the text is set aside to fit the mixture's weights

}  // namespace

Ngram::Ngram(const Options& options, std::int64_t vocabulary) : options_(options), vocabulary_(vocabulary) {
  if (options_.order == 0) options_.order = options_.deleted_interpolation() ? 3 : 5;
  initialise(0);
}

Json Ngram::options() const {
  Options copy = options_;
  return fields_of(copy).to_json();
}

void Ngram::initialise(std::uint64_t) {
  smoothing_.reset();
  counts_ = std::make_unique<Counts>(static_cast<int>(options_.order), vocabulary_);
  if (!options_.deleted_interpolation()) counts_->drop_held_out();
  finished_ = false;
  counted_ = 0;
}

Parts Ngram::parts() {
  Parts parts = parts_of(*counts_);
  if (finished_) {
    const Parts estimates = smoothing_->parts();
    parts.insert(parts.end(), estimates.begin(), estimates.end());
  }
  return parts;
}

void Ngram::load_parts(const Parts& parts) {
  SavedParts saved(parts);
  auto counts = std::make_unique<Counts>(counts_from(saved, static_cast<int>(options_.order), vocabulary_));
  std::unique_ptr<Smoothing> smoothing;
  const bool interpolation = options_.deleted_interpolation();
  const bool finished = !options_.trains() || saved.has(interpolation ? "weights" : "discounts");
  if (finished && interpolation) smoothing = std::make_unique<DeletedInterpolation>(*counts, saved);
  if (finished && !interpolation) smoothing = std::make_unique<BackOff>(*counts, saved, options_.kneser_ney());
  saved.finish();
  if (!finished && (!counts->has_counts() || counts->has_held_out() != interpolation)) {
    fail("weights: the n-grams' counts are missing; was the file cut short, or is it another smoothing's?");
  }
  smoothing_ = std::move(smoothing);  // before the counts that the old one refers to
  counts_ = std::move(counts);
  finished_ = finished;
}

void Ngram::begin(const Corpus& corpus, std::uint64_t, int threads) {
  if (corpus.vocabulary_size() != vocabulary_) {
    fail("n-gram: the corpus has a vocabulary of {}, the model one of {}", corpus.vocabulary_size(), vocabulary_);
  }
  corpus_ = corpus;
  threads_ = std::max(1, threads);
}

SliceReport Ngram::advance() {
  if (finished_) return report();
  if (counted_ < corpus_->size()) {
    smoothing_.reset();
    const std::int64_t slice = std::max(kSmallestSlice, counted_ / 2);  // merging costs what has been counted
    const std::int64_t end = std::min(corpus_->size(), counted_ + slice);
    const HeldOutBlocks held_out(corpus_->size(), options_.deleted_interpolation() ? kHeldOutEvery : 0);
    Counts counts = Counts::of_slice(corpus_->ids(), counted_, end, counts_->order(), vocabulary_, held_out, threads_);
    *counts_ = counted_ == 0 ? std::move(counts) : Counts::merge(std::move(*counts_), std::move(counts), threads_);
    counted_ = end;
    return report();
  }
  smoothing();
  if (!options_.deleted_interpolation()) counts_->drop_counts();
  counts_->drop_held_out();
  finished_ = true;
  return report();
}

SliceReport Ngram::report() const {
  SliceReport report;
  report.tokens_done = counted_;
  report.tokens_total = corpus_->size();
  report.epoch = static_cast<double>(counted_) / static_cast<double>(std::max<std::int64_t>(1, corpus_->size()));
  report.finished = finished_;
  return report;
}

Json Ngram::cursor() const { return {{"tokens", counted_}, {"finished", finished_}}; }

void Ngram::restore(const Json& cursor) {
  if (!cursor.is_object() || !cursor.contains("tokens") || !cursor["tokens"].is_number_integer()) {
    fail("n-gram: the saved place {} in the text is damaged; train anew", cursor.dump());
  }
  counted_ = cursor["tokens"].get<std::int64_t>();
  if (counted_ < 0 || counted_ > corpus_->size()) {
    fail("n-gram: the saved place {} lies outside the text of {} tokens; is it the same text?", counted_,
         corpus_->size());
  }
}

std::optional<Loss> Ngram::held_out(const Corpus& corpus) {
  if (!finished_) return std::nullopt;
  const Smoothing& smoothing = this->smoothing();
  Reader reader(*counts_);
  for (std::int64_t i = 1; i < options_.order; ++i) reader.read(kEnd);
  double sum = 0;
  for (const TokenId word : corpus.ids()) {
    const Nodes found = reader.look(word);
    sum -= std::log(smoothing.probability(reader.contexts(), found));
    reader.move(found);
  }
  return Loss{torch::scalar_tensor(sum, torch::kDouble), corpus.size(), Unit::token};
}

const Smoothing& Ngram::smoothing() const {
  const std::lock_guard only_one(estimating_);
  if (smoothing_) return *smoothing_;
  if (options_.deleted_interpolation()) {
    smoothing_ = std::make_unique<DeletedInterpolation>(*counts_);
  } else {
    smoothing_ = std::make_unique<BackOff>(*counts_, estimate_kneser_ney(*counts_, threads_));
  }
  return *smoothing_;
}

const BackOff& Ngram::back_off() const {
  if (options_.deleted_interpolation()) {
    fail(
        "n-gram: deleted interpolation weighs all orders anew after each context and has no back-off form; train "
        "with --smoothing kneser-ney");
  }
  return dynamic_cast<const BackOff&>(smoothing());
}

}  // namespace zoo::ngram
