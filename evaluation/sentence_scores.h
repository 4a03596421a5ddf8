#pragma once

#include "base/json.h"
#include "data/text_reader.h"
#include "models/model.h"
#include "tokenizers/tokenizer.h"

namespace zoo {

struct SentenceScoring {
  bool line_ends = true;         ///< the sentence's end is a word to be predicted, as the model was trained
  std::int64_t batch_size = 32;  ///< sentences read together
};

/// How likely each line is by itself, from its begin to its end and, for a model that predicts in both directions
/// (BothWays), from its end to its begin: {"sentences": [{"text", "tokens", "unknown_tokens", "log_probability" (nats),
/// "perplexity", "backward": {"log_probability", "perplexity"}, "both_directions": the perplexity of the mean of
/// both}], "tokens", "unknown_tokens", "perplexity", …: the same for all lines together}. A line that has no words is
/// left out. Shows progress. Throws Error where no line has any, Interrupted.
Json score_sentences(const Model& model, const Tokenizer& tokenizer, const TextReader& text,
                     const SentenceScoring& scoring);

}  // namespace zoo
