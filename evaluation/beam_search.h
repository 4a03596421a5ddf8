#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fields.h"
#include "models/model.h"

namespace zoo {

/// How translations are searched for.
struct SearchOptions {
  std::int64_t beam = 4;
  std::string length_penalty = "paper";
  double alpha = 0.6;
  std::int64_t extra = 50;
  std::int64_t best = 1;
  bool allow_unknown = false;
  std::int64_t no_repeat = 0;

  void fields(Fields& field);
};

/// What a translation must begin with; `whole`: and that it is all of it, so that only its probabilities are asked for.
struct Prefix {
  std::vector<TokenId> words;
  bool whole = false;
};

/// One translation, its end left out of the words but counted everywhere else.
struct Hypothesis {
  std::vector<TokenId> words;
  std::vector<double> log_probabilities;  ///< nats, of each word given those before it; the end's is the last
  double log_probability = 0;             ///< their sum
  double score = 0;                       ///< the sum divided by the length penalty: what ranks hypotheses
};

/// By what log-probabilities are divided, so that long translations are not at a disadvantage; `length` counts the end.
///   paper  ((5 + length) / 6)^α  (Wu et al. 2016, equation 14; Vaswani et al. 2017 with α = 0.6)
///   power  length^α
///   none   1
double length_penalty(const SearchOptions& options, std::int64_t length);

/// The likeliest word each time, <unk> left out, until the end comes: sources [B, S] int64, each closed by kEnd, kPad
/// behind; lengths [B]. One hypothesis a sentence. Ends after length + `extra` words, if not before.
std::vector<Hypothesis> greedy_search(Translation& model, const Tensor& sources, const Tensor& lengths,
                                      std::int64_t extra = 50);

/// Beam search: for each sentence, `beam` beginnings are kept; each is gone on with every word, and the `beam`
/// likeliest of these are kept again. One that ends is finished and makes no more; a sentence is done when `beam` of
/// its hypotheses are, or at length + `extra` words, where only the end is allowed. Returns for each sentence at most
/// `best` finished hypotheses, the highest score first. Beam 1 is greedy. Of
/// the special tokens only the end is taken, and <unk> where it is allowed or a prefix has it. With `no_repeat` n no
/// n words stand twice in a translation (Paulus et al. 2017), but where its prefix has them so. `prefixes`: one for
/// each sentence, or none at all. Throws Error where a source is longer than the model reads, or a prefix longer than
/// it writes.
std::vector<std::vector<Hypothesis>> beam_search(Translation& model, const Tensor& sources, const Tensor& lengths,
                                                 const SearchOptions& options,
                                                 const std::vector<Prefix>& prefixes = {});

}  // namespace zoo
