#pragma once

#include <string>

#include "base/json.h"
#include "tokenizers/tokenizer_trainer.h"
#include "tokenizers/vocabulary_tokenizer.h"

namespace zoo {

/// Words by rule (word_splitter.h) over NFC text, lower-cased where asked for. normalise() is the words joined by
/// one space, and so is decode(), where words outside the vocabulary read <unk>.
class WordTokenizer : public VocabularyTokenizer {
 public:
  WordTokenizer(Vocabulary vocabulary, bool lowercase, bool split_punctuation);
  static std::shared_ptr<const Tokenizer> load(const std::filesystem::path& folder, const Json& description);
  static std::unique_ptr<TokenizerTrainer> trainer(const TokenizerOptions& options);

  std::string_view type() const override { return "word"; }
  using Tokenizer::encode;
  void encode(std::string_view line, std::vector<TokenId>& ids) const override;
  std::string decode(std::span<const TokenId> ids) const override;
  std::string normalise(std::string_view line) const override;
  void save(const std::filesystem::path& folder) const override;

  const Vocabulary& vocabulary() const { return vocabulary_; }
  /// By the same rules over the words of both, counts added up. Throws UsageError where the other's rules differ.
  std::shared_ptr<const Tokenizer> joined_with(const WordTokenizer& other) const;

 private:
  bool lowercase_, split_punctuation_;
};

}  // namespace zoo
