#pragma once

#include <memory>

#include "training/train_run.h"
#include "training/trainer.h"

namespace zoo {

/// One for the text; in translation another for the source language, or twice the same.
struct Tokenizers {
  std::shared_ptr<const Tokenizer> own, source;
};

/// Throws UsageError where the texts that a run is given do not go together.
void check_texts(const DataOptions& data);

/// The part of the texts that is trained on: all of them where others validate.
Part training_part(const DataOptions& data);

/// The tokenizers that the options name, or trained on the training part.
Tokenizers tokenizers_of(const RunOptions& options);

/// The texts as ids.
TrainingData corpora_of(const DataOptions& data, const Tokenizers& tokenizers);

/// What the text was, to the byte: the names of corpora in the cache are hashes over text and tokenizer.
Json text_facts(const TrainingData& data);

}  // namespace zoo
