#pragma once

#include <string>

#include "tokenizers/tokenizer.h"
#include "tokenizers/vocabulary.h"

namespace zoo {

/// What the word and the character tokenizer share: a list of pieces that is learned by counting.
class VocabularyTokenizer : public Tokenizer {
 public:
  std::int64_t size() const override { return vocabulary_.size(); }
  std::string_view piece(TokenId id) const override { return vocabulary_.piece(id); }
  std::optional<TokenId> id(std::string_view piece) const override { return vocabulary_.id(piece); }
  std::string fingerprint() const override { return fingerprint_; }

 protected:
  /// `rules`: a line of text that changes with all that decides encode() beside the pieces.
  VocabularyTokenizer(Vocabulary vocabulary, std::string_view rules);

  Vocabulary vocabulary_;

 private:
  std::string fingerprint_;
};

}  // namespace zoo
