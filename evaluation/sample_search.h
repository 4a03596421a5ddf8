#pragma once

#include <cstdint>
#include <vector>

#include "evaluation/sampling.h"
#include "evaluation/search_rules.h"

namespace zoo {

/// How translations are drawn: each sentence from random numbers of its own, so that what else stands in its batch
/// does not matter.
struct DrawOptions {
  SamplingOptions sampling;
  std::uint64_t seed = 1;
};

/// Draws `n_best` translations of each source [B, S] word by word, independently of each other; the beam is not used. A
/// row that has ended leaves the batch. Other rules, `prefixes` and errors as of beam_search. `numbers`: the numbers
/// that each sentence draws from, one for each. Each sentence's hypotheses come in the order of their scores.
std::vector<std::vector<Hypothesis>> sample_search(const Translation& model, const Tensor& sources,
                                                   const Tensor& lengths, const SearchOptions& options,
                                                   const DrawOptions& draw, const std::vector<std::uint64_t>& numbers,
                                                   const std::vector<Prefix>& prefixes = {});

/// The likeliest word each time until the end comes: one hypothesis a sentence.
std::vector<Hypothesis> greedy_search(const Translation& model, const Tensor& sources, const Tensor& lengths,
                                      const SearchOptions& options = {}, const std::vector<Prefix>& prefixes = {});

}  // namespace zoo
