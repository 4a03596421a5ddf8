#pragma once

#include <array>
#include <unordered_map>
#include <utility>

#include "tokenizers/byte_bpe_split.h"
#include "tokenizers/imported_tokenizer.h"

namespace zoo {

/// Byte-level BPE (Radford et al. 2019): the text is cut into words by a rule, each word's bytes are pieces, and pairs
/// of pieces are joined in the order in which training found them (Sennrich et al. 2016). A byte is written in a piece
/// as the character that GPT-2's table gives it: a space reads Ġ. Nothing is unknown where all 256 bytes are pieces.
/// decode(encode(x)) == normalise(x) == x, but for a space in front with add_prefix_space and for NFC where it is asked
/// for. Special tokens of the foreign vocabulary are never made from text.
class ByteBpeTokenizer : public ImportedTokenizer {
 public:
  struct Rules {
    ByteBpeRule split = ByteBpeRule::gpt2;
    bool add_prefix_space = false;
    bool nfc = false;
    bool whole_words = false;  ///< a word that is a piece itself is not built by merges (tokenizer.json: ignore_merges)
  };
  using Merges = std::vector<std::pair<std::string, std::string>>;  ///< in their order, as pieces are written

  /// Throws Error naming the merge whose parts or result are no pieces.
  ByteBpeTokenizer(ForeignVocabulary vocabulary, Merges merges, const Rules& rules);
  static std::shared_ptr<const Tokenizer> load(const std::filesystem::path& folder);

  std::string_view type() const override { return "byte-bpe"; }
  using Tokenizer::encode;
  void encode(std::string_view line, std::vector<TokenId>& ids) const override;
  std::string decode(std::span<const TokenId> ids) const override;
  std::string normalise(std::string_view line) const override;
  void export_files(const std::filesystem::path& folder) const override;

 protected:
  Json rules() const override;

 private:
  void encode_word(std::string_view word, std::vector<TokenId>& ids) const;

  struct Merge {
    std::uint32_t rank;
    TokenId joined;
  };
  Rules rules_;
  Merges merges_;
  std::unordered_map<std::uint64_t, Merge> joins_;  // by the two ids
  std::array<TokenId, 256> bytes_{};                // kUnknown where a byte is no piece
  std::unordered_map<std::string, TokenId> words_;  // by bytes, with whole_words
  std::uint64_t cache_owner_;
};

/// As GPT-2 writes bytes: printable ones as themselves, the others as the characters from U+0100 on. [byte] → UTF-8.
const std::array<std::string, 256>& byte_characters();
/// The bytes that a piece stands for; nothing where it holds a character outside that table.
std::optional<std::string> bytes_of_piece(std::string_view piece);

}  // namespace zoo
