#pragma once

#include "tokenizers/imported_tokenizer.h"

namespace zoo {

/// WordPiece as BERT reads text (Devlin et al. 2019): the text is cleaned (control characters dropped, white space made
/// plain), lower-cased and stripped of accents where asked for, cut at white space and around punctuation and Chinese
/// characters; each word is then cut from its left into the longest pieces there are, those inside a word written with
/// ## before them. A word that cannot be cut so, or is longer than 100 characters, is one kUnknown.
/// normalise() is the words joined by one space; decode() joins pieces to words, and words by one space.
class WordPieceTokenizer : public ImportedTokenizer {
 public:
  struct Rules {
    bool lowercase = true;
    bool strip_accents = true;
    bool chinese = true;  ///< Chinese characters are words by themselves
  };

  WordPieceTokenizer(ForeignVocabulary vocabulary, const Rules& rules);
  static std::shared_ptr<const Tokenizer> load(const std::filesystem::path& folder);

  std::string_view type() const override { return "wordpiece"; }
  using Tokenizer::encode;
  void encode(std::string_view line, std::vector<TokenId>& ids) const override;
  std::string decode(std::span<const TokenId> ids) const override;
  std::string normalise(std::string_view line) const override;
  void export_files(const std::filesystem::path& folder) const override;
  const Rules& given_rules() const { return rules_; }

 protected:
  Json rules() const override;

 private:
  std::vector<std::string> words_of(std::string_view line) const;
  void encode_word(std::string_view word, std::vector<TokenId>& ids) const;

  Rules rules_;
  std::unordered_map<std::string_view, TokenId> begins_, continues_;  // without the ##
  std::size_t longest_ = 0;                                           // bytes of a piece
};

}  // namespace zoo
