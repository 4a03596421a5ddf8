#pragma once

#include <memory>
#include <string_view>

#include "tokenizers/tokenizer.h"
#include "tokenizers/tokenizer_options.h"

namespace zoo {

/// Takes a text line by line and makes a tokenizer of it. data/train_tokenizer.h feeds it from files.
class TokenizerTrainer {
 public:
  virtual ~TokenizerTrainer() = default;
  virtual void add(std::string_view line) = 0;
  /// Whether several trainers may share a text in any order, to be merged at the end.
  virtual bool mergeable() const = 0;
  /// Takes over what `other`, made with the same options, has seen.
  virtual void merge(TokenizerTrainer& other) = 0;
  /// Throws Error if the text does not suffice, with the way out.
  virtual std::shared_ptr<const Tokenizer> finish() = 0;
};

/// Throws UsageError for options that do not go together.
std::unique_ptr<TokenizerTrainer> make_tokenizer_trainer(const TokenizerOptions& options);

}  // namespace zoo
