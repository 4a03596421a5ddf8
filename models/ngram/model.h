#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "models/context_frequency.h"
#include "models/model.h"
#include "models/ngram/back_off.h"
#include "models/ngram/counts.h"
#include "models/ngram/smoothing.h"

namespace zoo::ngram {

struct Options {
  std::string smoothing = "kneser-ney";
  std::int64_t order = 0;

  void fields(Fields& f) {
    f("smoothing", smoothing, "how seen counts become probabilities of all words; back-off: as an ARPA file had them")
        .choices({"kneser-ney", "deleted-interpolation", "back-off"});
    f("order", order, "words of an n-gram; 0: 5 for kneser-ney, 3 for deleted-interpolation").range(0, kMaxOrder);
  }
  bool kneser_ney() const { return smoothing == "kneser-ney"; }
  bool deleted_interpolation() const { return smoothing == "deleted-interpolation"; }
  bool trains() const { return smoothing != "back-off"; }
};

/// Counts in slices of the corpus, then estimates once. Probabilities exist at any time: asked before the end they
/// come from what has been counted so far; with nothing counted every word is as likely as any other.
class Ngram : public Model, public SelfTrained, public NextWord, public Cloze, public ContextFrequency {
 public:
  Ngram(const Options& options, std::int64_t vocabulary);

  Json options() const override;
  Parts parts() override;
  void load_parts(const Parts& saved) override;
  void initialise(std::uint64_t seed) override;
  SelfTrained* self_trained() override { return options_.trains() ? this : nullptr; }
  const NextWord* next_word() const override { return this; }
  const Cloze* cloze() const override { return this; }

  void begin(const Corpus& corpus, std::uint64_t seed, int threads) override;
  SliceReport advance() override;
  Json cursor() const override;
  void restore(const Json& cursor) override;
  std::optional<Loss> held_out(const Corpus& corpus) override;

  Tensor score(const Batch& batch, State& state) const override;
  Tensor next(const Tensor& context) const override;
  Tensor advance(const Tensor& words, State& state) const override;  ///< state: the last n − 1 words, [B, n − 1]

  std::int64_t frequency_bins() const override { return smoothing().context_bins(); }
  Tensor context_bins(const Batch& batch, const State& state) const override;

  Tensor cloze(const Tensor& left, const Tensor& right) const override;
  bool left_only() const override { return true; }

  /// The n-grams, and the model over them in back-off form. Throws Error for deleted interpolation, which has none.
  const Counts& trie() const { return *counts_; }
  const BackOff& back_off() const;

 private:
  struct Walk;
  Walk start_walk(const Batch& batch, const State& state) const;
  const Smoothing& smoothing() const;
  SliceReport report() const;

  Options options_;
  std::int64_t vocabulary_;
  std::unique_ptr<Counts> counts_;
  mutable std::unique_ptr<Smoothing> smoothing_;  ///< of counts_ as they are; empty until asked for
  mutable std::mutex estimating_;                 ///< held while smoothing_ is looked at and made
  bool finished_ = false;
  std::optional<Corpus> corpus_;
  std::int64_t counted_ = 0;  ///< tokens
  int threads_ = 1;
};

}  // namespace zoo::ngram
