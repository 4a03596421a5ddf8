#include "models/ngram/model.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "models/ngram/deleted_interpolation.h"
#include "models/ngram/kneser_ney.h"

namespace zoo::ngram {

namespace {

constexpr std::int64_t kSmallestSlice = std::int64_t{1} << 21;
constexpr std::int64_t kHeldOutEvery = 10;  // a tenth of the text is set aside to fit the mixture's weights

}  // namespace

Ngram::Ngram(const Options& options, std::int64_t vocabulary) : options_(options), vocabulary_(vocabulary) {
  if (options_.order == 0) options_.order = options_.kneser_ney() ? 5 : 3;
  initialise(0);
}

Json Ngram::options() const {
  Options copy = options_;
  return fields_of(copy).to_json();
}

void Ngram::initialise(std::uint64_t) {
  smoothing_.reset();
  counts_ = std::make_unique<Counts>(static_cast<int>(options_.order), vocabulary_);
  if (options_.kneser_ney()) counts_->drop_held_out();
  finished_ = false;
  counted_ = 0;
}

Parts Ngram::parts() {
  Parts parts = counts_->parts();
  if (finished_) {
    const Parts estimates = smoothing_->parts();
    parts.insert(parts.end(), estimates.begin(), estimates.end());
  }
  return parts;
}

void Ngram::load_parts(const Parts& parts) {
  SavedParts saved(parts);
  auto counts = std::make_unique<Counts>(Counts::from_parts(saved, static_cast<int>(options_.order), vocabulary_));
  std::unique_ptr<Smoothing> smoothing;
  const bool finished = saved.has(options_.kneser_ney() ? "discounts" : "weights");
  if (finished && options_.kneser_ney()) smoothing = std::make_unique<KneserNey>(*counts, saved);
  if (finished && !options_.kneser_ney()) smoothing = std::make_unique<DeletedInterpolation>(*counts, saved);
  saved.finish();
  if (!finished && (!counts->has_counts() || counts->has_held_out() == options_.kneser_ney())) {
    fail("weights: the n-grams' counts are missing; was the file cut short, or is it another smoothing's?");
  }
  smoothing_ = std::move(smoothing);  // before the counts that the old one refers to
  counts_ = std::move(counts);
  finished_ = finished;
}

void Ngram::begin(const Corpus& corpus, std::uint64_t, int) {
  if (corpus.vocabulary_size() != vocabulary_) {
    fail("n-gram: the corpus has a vocabulary of {}, the model one of {}", corpus.vocabulary_size(), vocabulary_);
  }
  corpus_ = corpus;
}

SliceReport Ngram::advance() {
  if (finished_) return report();
  if (counted_ < corpus_->size()) {
    smoothing_.reset();
    const std::int64_t slice = std::max(kSmallestSlice, counted_ / 4);  // merging costs what has been counted
    const std::int64_t end = std::min(corpus_->size(), counted_ + slice);
    const HeldOutBlocks held_out(corpus_->size(), options_.kneser_ney() ? 0 : kHeldOutEvery);
    Counts counts = Counts::of_slice(corpus_->ids(), counted_, end, counts_->order(), vocabulary_, held_out);
    *counts_ = counted_ == 0 ? std::move(counts) : Counts::merge(*counts_, counts);
    counted_ = end;
    return report();
  }
  smoothing();
  if (options_.kneser_ney()) counts_->drop_counts();
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

const Smoothing& Ngram::smoothing() {
  if (!smoothing_ && options_.kneser_ney()) smoothing_ = std::make_unique<KneserNey>(*counts_);
  if (!smoothing_) smoothing_ = std::make_unique<DeletedInterpolation>(*counts_);
  return *smoothing_;
}

}  // namespace zoo::ngram
