#pragma once

#include "tokenizers/imported_tokenizer.h"

namespace zoo {

/// A SentencePiece model that another program trained, in the vocabulary of an imported model: its pieces are looked up
/// by name there, and what is not there is kUnknown. Marian has one such model a language over one vocabulary, Llama a
/// vocabulary that is the model's own.
/// With language codes, ">>fra<<" at a line's beginning is one piece, if the vocabulary has it.
class ForeignPiecesTokenizer : public ImportedTokenizer {
 public:
  /// model: the content of a .model or .spm file. Throws Error naming `origin` where it is damaged.
  ForeignPiecesTokenizer(ForeignVocabulary vocabulary, std::string model, bool language_codes, std::string_view origin);
  ~ForeignPiecesTokenizer() override;
  static std::shared_ptr<const Tokenizer> load(const std::filesystem::path& folder);
  /// The pieces of such a file in their order.
  static std::vector<std::string> pieces_of(const std::string& model, std::string_view origin);

  std::string_view type() const override { return "sentencepiece"; }
  using Tokenizer::encode;
  void encode(std::string_view line, std::vector<TokenId>& ids) const override;
  std::string decode(std::span<const TokenId> ids) const override;
  std::string normalise(std::string_view line) const override;
  void save(const std::filesystem::path& folder) const override;
  /// tokenizer.model
  void export_files(const std::filesystem::path& folder) const override;
  const std::string& model() const { return model_; }

 protected:
  Json rules() const override { return {{"language_codes", language_codes_}}; }

 private:
  struct Library;
  std::string model_;
  bool language_codes_;
  std::unique_ptr<Library> library_;
  std::vector<TokenId> own_;  // by the model's own number of a piece
};

}  // namespace zoo
