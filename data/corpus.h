#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tokenizers/tokenizer.h"

namespace zoo {

/// A text as ids on disk, memory-mapped: opening reads it through once, copies share the mapping.
/// Line i is ids()[lines()[i] … lines()[i+1]), its kEnd included where the corpus was built with line ends (the
/// default); document j is lines()[documents()[j] … documents()[j+1]).
class Corpus {
 public:
  std::span<const TokenId> ids() const;
  std::span<const std::uint64_t> lines() const;      ///< first token of each line, then size(): L + 1 numbers
  std::span<const std::uint64_t> documents() const;  ///< first line of each document, then L: D + 1 numbers
  std::int64_t size() const { return static_cast<std::int64_t>(ids().size()); }
  /// How often each id occurs: [V].
  std::span<const std::uint64_t> counts() const;
  std::int64_t vocabulary_size() const { return static_cast<std::int64_t>(counts().size()); }
  std::int64_t unknown_tokens() const { return static_cast<std::int64_t>(counts()[kUnknown]); }
  /// Bytes of the text's lines as the reader gives them (UTF-8), with one for each line's end: for bits per byte,
  /// which may be compared between tokenizers because this number does not depend on them.
  std::uint64_t bytes() const;
  bool line_ends() const;
  const std::string& fingerprint() const;  ///< the tokenizer's
  const std::filesystem::path& path() const;

  /// Opens a cache file. Throws Error naming it if it is missing, cut short, damaged or of another version.
  static Corpus open(const std::filesystem::path& file);
  /// A corpus in memory, for tests: each inner list is a line; one document. Ids must lie in [0, vocabulary_size).
  static Corpus from_lines(const std::vector<std::vector<TokenId>>& lines, std::int64_t vocabulary_size);

 private:
  struct Storage;
  std::shared_ptr<const Storage> storage_;
};

/// Throws Error unless the corpus was encoded by this very tokenizer; `whose` names its owner ("the model runs/a").
void check_tokenizer(const Corpus& corpus, const Tokenizer& tokenizer, const std::string& whose);

}  // namespace zoo
