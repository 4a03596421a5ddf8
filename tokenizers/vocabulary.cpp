#include "tokenizers/vocabulary.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "base/utf8.h"

namespace zoo {

bool is_special_piece(std::string_view piece) {
  return std::find(std::begin(kSpecialPieces), std::end(kSpecialPieces), piece) != std::end(kSpecialPieces);
}

void PieceCounts::merge(const PieceCounts& other) {
  for (std::size_t i = 0; i < other.size(); ++i) add(other.piece(i), other.count(i));
}

Vocabulary::Vocabulary() : counts_(kSpecialTokens) {
  for (const auto piece : kSpecialPieces) table_.insert(piece);
}

Vocabulary Vocabulary::from_counts(const PieceCounts& counts, std::int64_t min_count, std::int64_t max_size) {
  std::vector<std::uint32_t> order(counts.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) {
    return counts.count(a) != counts.count(b) ? counts.count(a) > counts.count(b) : counts.piece(a) < counts.piece(b);
  });
  Vocabulary vocabulary;
  for (const auto number : order) {
    const auto piece = counts.piece(number);
    const auto count = counts.count(number);
    const bool room = max_size <= 0 || vocabulary.size() < max_size;
    if (room && count >= static_cast<std::uint64_t>(std::max<std::int64_t>(min_count, 0)) && !is_special_piece(piece)) {
      vocabulary.table_.insert(piece);
      vocabulary.counts_.push_back(count);
    } else {
      vocabulary.counts_[kUnknown] += count;
    }
  }
  if (vocabulary.size() > kSpecialTokens) return vocabulary;
  if (counts.size() == 0) fail("the training text holds no words; give more text");
  if (max_size > 0 && max_size <= kSpecialTokens) {
    fail("vocabulary_size: {} leaves no room beside the {} special tokens; give at least {}", max_size, kSpecialTokens,
         kSpecialTokens + 1);
  }
  fail("min_count: no word of the training text occurs {} times (the most frequent: {}); give a lower min_count",
       min_count, counts.count(order.front()));
}

std::string_view Vocabulary::piece(TokenId id) const {
  if (id < 0 || id >= size()) fail("id {}: not in the vocabulary of {} pieces (0 … {})", id, size(), size() - 1);
  return table_.piece(static_cast<std::size_t>(id));
}

std::optional<TokenId> Vocabulary::id(std::string_view piece) const {
  const auto number = table_.find(piece);
  if (number == PieceTable::kNone) return std::nullopt;
  return static_cast<TokenId>(number);
}

void Vocabulary::save(const std::filesystem::path& file) const {
  AtomicFile out(file);
  for (TokenId id = 0; id < size(); ++id) out.write(fmt::format("{}\t{}\n", piece(id), count(id)));
  out.commit();
}

Vocabulary Vocabulary::load(const std::filesystem::path& file) {
  const auto content = read_file(file);
  std::string_view rest = content;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  Vocabulary vocabulary;
  for (std::int64_t number = 0; !rest.empty(); ++number) {
    const auto bad = [&](std::string_view what) { fail("{}: line {}: {}", file.string(), number + 1, what); };
    const auto line_end = rest.find('\n');
    if (line_end == std::string_view::npos) bad("cut short; copy the tokenizer again");
    auto line = rest.substr(0, line_end);
    rest.remove_prefix(line_end + 1);
    const auto tab = line.rfind('\t');
    if (tab == std::string_view::npos || tab == 0) bad("is not a piece, a tab and a count");
    const auto piece = line.substr(0, tab);
    auto digits = line.substr(tab + 1);
    if (digits.ends_with('\r')) digits.remove_suffix(1);
    std::uint64_t count = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) bad("the count is not a number");
    if (!is_utf8(piece)) bad("the piece is not UTF-8");
    if (number < kSpecialTokens) {
      if (piece != kSpecialPieces[number]) bad(fmt::format("must be the special token {}", kSpecialPieces[number]));
      vocabulary.counts_[static_cast<std::size_t>(number)] = count;
      continue;
    }
    if (vocabulary.table_.insert(piece) != number) bad(fmt::format("'{}' stands there twice", piece));
    vocabulary.counts_.push_back(count);
  }
  if (vocabulary.size() <= kSpecialTokens) fail("{}: holds no pieces beside the special tokens", file.string());
  return vocabulary;
}

}  // namespace zoo
