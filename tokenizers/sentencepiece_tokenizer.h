#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "tokenizers/tokenizer.h"
#include "tokenizers/tokenizer_trainer.h"

namespace zoo {

/// SentencePiece (Kudo & Richardson 2018): unigram (Kudo 2018) or BPE (Sennrich et al. 2016) pieces of raw text; a
/// space is written ▁ (U+2581) in a piece, and a ▁ of the text counts as a space.
/// normalise() is SentencePiece's nmt_nfkc (with lowercase nmt_nfkc_cf): NFKC, control characters dropped, runs of
/// spaces made one, none at the ends. decode(encode(x)) == normalise(x) where no character of x is unknown, or always
/// with byte_fallback; unknown ones read <unk>. The five special tokens are control symbols: text never gives them.
class SentencePieceTokenizer : public Tokenizer {
 public:
  /// `model` is the content of a .model file. Throws Error naming `origin` if it is damaged, or a foreign one whose
  /// first five pieces are not our special tokens.
  SentencePieceTokenizer(std::string_view type, std::string model, std::string_view origin);
  ~SentencePieceTokenizer() override;
  static std::shared_ptr<const Tokenizer> load(const std::filesystem::path& folder, const Json& description);
  /// Training holds at most options.training_lines lines in memory. The same text and options give the same model.
  static std::unique_ptr<TokenizerTrainer> trainer(const TokenizerOptions& options);

  std::string_view type() const override { return type_; }
  std::int64_t size() const override { return static_cast<std::int64_t>(pieces_.size()); }
  using Tokenizer::encode;
  void encode(std::string_view line, std::vector<TokenId>& ids) const override;
  std::string decode(std::span<const TokenId> ids) const override;
  std::string normalise(std::string_view line) const override;
  std::string_view piece(TokenId id) const override;
  std::optional<TokenId> id(std::string_view piece) const override;
  std::string fingerprint() const override { return fingerprint_; }
  void save(const std::filesystem::path& folder) const override;

 private:
  struct Library;
  std::string type_, model_, fingerprint_;
  std::vector<std::string> pieces_;
  std::unique_ptr<Library> library_;
};

}  // namespace zoo
