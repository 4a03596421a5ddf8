#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "tokenizers/tokenizer.h"
#include "tokenizers/tokenizer_trainer.h"
#include "tokenizers/unigram_margin.h"

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
  /// The library's own answer, but words met before come from a cache of the thread (WordCache): pieces do not cross
  /// spaces, so that a word's pieces do not depend on its neighbours. Where rounding in the library might make them
  /// depend (UnigramMargin), the whole line goes to the library.
  void encode(std::string_view line, std::vector<TokenId>& ids) const override;
  /// The same without the cache.
  void encode_by_library(std::string_view line, std::vector<TokenId>& ids) const;
  std::string decode(std::span<const TokenId> ids) const override;
  std::string normalise(std::string_view line) const override;
  std::string_view piece(TokenId id) const override;
  std::optional<TokenId> id(std::string_view piece) const override;
  std::string fingerprint() const override { return fingerprint_; }
  void save(const std::filesystem::path& folder) const override;
  const std::string& model() const { return model_; }  ///< as SentencePiece writes it to a file

 private:
  struct Library;
  void prepare_cache();
  bool encode_by_words(std::string_view text, std::vector<TokenId>& ids) const;
  std::string type_, model_, fingerprint_;
  std::vector<std::string> pieces_;
  std::unique_ptr<Library> library_;
  std::unique_ptr<UnigramMargin> margin_;  // of the unigram type
  std::uint64_t cache_owner_ = 0;          // 0: words may not be cached
};

}  // namespace zoo
