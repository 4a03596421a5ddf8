#pragma once

#include <vector>

#include "evaluation/search_rules.h"
#include "models/model.h"

namespace zoo {

/// Beam search over sources [B, S] int64, each closed by kEnd, kPad behind; lengths [B]. For each sentence, `beam`
/// beginnings are kept; each is gone on with every word, and the `beam` likeliest of these are kept again. One that
/// ends is finished and makes no more; a sentence is done, and leaves the batch, when `beam` of its hypotheses are, or
/// at length + `extra` words, where only the end is allowed. Returns for each sentence at most `n_best` finished
/// hypotheses, the highest score first. Beam 1 is greedy. Of the special tokens only the end is taken, and <unk> where
/// it is allowed or a prefix has it. With `no_repeat` n no n words stand twice in a translation, but where its prefix
/// has them so. `prefixes`: one for each sentence, or none at all. Throws Error where a source is longer than the model
/// reads, or a prefix longer than it writes.
std::vector<std::vector<Hypothesis>> beam_search(const Translation& model, const Tensor& sources, const Tensor& lengths,
                                                 const SearchOptions& options,
                                                 const std::vector<Prefix>& prefixes = {});

}  // namespace zoo
