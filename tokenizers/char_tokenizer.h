#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "tokenizers/tokenizer_trainer.h"
#include "tokenizers/vocabulary_tokenizer.h"

namespace zoo {

/// Unicode code points of NFC text, lower-cased where asked for. Separators and control characters (Z*, Cc) count as
/// a plain space, whose piece reads ▁ (U+2581, as SentencePiece writes it; so a ▁ of the text is a space too).
/// decode(encode(x)) == normalise(x) where every character of x is in the vocabulary; others read <unk>.
class CharTokenizer : public VocabularyTokenizer {
 public:
  CharTokenizer(Vocabulary vocabulary, bool lowercase);
  static std::shared_ptr<const Tokenizer> load(const std::filesystem::path& folder, const Json& description);
  static std::unique_ptr<TokenizerTrainer> trainer(const TokenizerOptions& options);

  std::string_view type() const override { return "char"; }
  using Tokenizer::encode;
  void encode(std::string_view line, std::vector<TokenId>& ids) const override;
  std::string decode(std::span<const TokenId> ids) const override;
  std::string normalise(std::string_view line) const override;
  void save(const std::filesystem::path& folder) const override;

 private:
  bool lowercase_;
  std::vector<TokenId> ids_;  // by code point; shorter than Unicode where the vocabulary is
};

}  // namespace zoo
