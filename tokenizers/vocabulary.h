#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizers/piece_table.h"
#include "tokenizers/tokenizer.h"

namespace zoo {

/// How the five special tokens are written, in the order of their ids.
inline constexpr std::string_view kSpecialPieces[kSpecialTokens] = {"<pad>", "<unk>", "<s>", "</s>", "<mask>"};
bool is_special_piece(std::string_view piece);

/// Pieces counted in a text; several are merged into one.
class PieceCounts {
 public:
  void add(std::string_view piece, std::uint64_t times = 1) {
    const auto number = table_.insert(piece);
    if (number == counts_.size()) counts_.push_back(0);
    counts_[number] += times;
  }
  void merge(const PieceCounts& other);
  std::size_t size() const { return counts_.size(); }
  std::string_view piece(std::size_t number) const { return table_.piece(number); }
  std::uint64_t count(std::size_t number) const { return counts_[number]; }

 private:
  PieceTable table_;
  std::vector<std::uint64_t> counts_;
};

/// piece ⇄ id ⇄ how often it occurred in the training text. Ids 0 … 4 are the special tokens, the rest follows by
/// falling count, ties in byte order.
class Vocabulary {
 public:
  /// Pieces that occur at least `min_count` times, and of these the most frequent so that size() ≤ `max_size`
  /// (special tokens included; 0: no limit). Pieces written like special tokens are left out.
  /// Throws Error if nothing is left, with the way out.
  static Vocabulary from_counts(const PieceCounts& counts, std::int64_t min_count, std::int64_t max_size);
  /// vocabulary.tsv: a line "piece TAB count" for each id, in order. Throws Error naming file and line.
  static Vocabulary load(const std::filesystem::path& file);
  void save(const std::filesystem::path& file) const;

  std::int64_t size() const { return static_cast<std::int64_t>(table_.size()); }
  std::string_view piece(TokenId id) const;  ///< throws Error unless 0 ≤ id < size()
  std::optional<TokenId> id(std::string_view piece) const;
  /// How often the piece occurred; of kUnknown: how many pieces of the text found no place.
  std::uint64_t count(TokenId id) const { return counts_[static_cast<std::size_t>(id)]; }

  /// For text: what is not in the vocabulary, or is written like a special token, is kUnknown.
  TokenId find(std::string_view piece) const {
    const auto number = table_.find(piece);
    return number == PieceTable::kNone || number < kSpecialTokens ? kUnknown : static_cast<TokenId>(number);
  }

 private:
  Vocabulary();
  PieceTable table_;
  std::vector<std::uint64_t> counts_;
};

}  // namespace zoo
