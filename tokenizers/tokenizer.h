#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zoo {

/// Ids lie on disk as 32-bit numbers.
using TokenId = std::int32_t;

/// The same for every tokenizer of the zoo. They are pieces of the vocabulary, never made by encode() (but kUnknown).
/// kEnd closes a line of a corpus and stands for "what came before the text" in a left context.
inline constexpr TokenId kPad = 0, kUnknown = 1, kBegin = 2, kEnd = 3, kMask = 4;
inline constexpr TokenId kSpecialTokens = 5;

/// text ⇄ ids. Const and safe to share between threads once made.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  virtual std::string_view type() const = 0;  ///< "word", "char", "unigram", "bpe"
  virtual std::int64_t size() const = 0;      ///< V, special tokens included

  /// Appends the ids of one line (without marks of its begin or end) to `ids`.
  virtual void encode(std::string_view line, std::vector<TokenId>& ids) const = 0;
  /// Text again; special tokens but kUnknown are left out. decode(encode(x)) == normalise(x) for "char", "unigram"
  /// and "bpe" as far as x has no unknown character; the word type joins words by one space.
  virtual std::string decode(std::span<const TokenId> ids) const = 0;
  virtual std::string normalise(std::string_view line) const = 0;

  /// The piece as users see it and as exports name it. Throws Error when id is not in [0, size()).
  virtual std::string_view piece(TokenId id) const = 0;
  virtual std::optional<TokenId> id(std::string_view piece) const = 0;

  /// 64 hexadecimal digits over all that decides encode(): same fingerprint, same ids.
  virtual std::string fingerprint() const = 0;

  /// Writes tokenizer.json and what else is needed into an existing, empty folder.
  virtual void save(const std::filesystem::path& folder) const = 0;

  std::vector<TokenId> encode(std::string_view line) const {
    std::vector<TokenId> ids;
    encode(line, ids);
    return ids;
  }
};

/// Saves into `folder`, which is made; a tokenizer that stood there stays whole until all of the new one is written.
void save_tokenizer(const Tokenizer& tokenizer, const std::filesystem::path& folder);

/// Reads what save() wrote; `folder` may also be a run that holds a tokenizer/. Throws Error naming the folder if it is
/// none or is damaged.
std::shared_ptr<const Tokenizer> load_tokenizer(const std::filesystem::path& folder);

}  // namespace zoo
