#include "data/phrase_counts.h"

#include "base/parallel.h"
#include "data/block_pipeline.h"

namespace zoo {
namespace {

constexpr std::uint32_t kNobody = PieceTable::kNone;

bool has_letter(std::string_view word) {
  const char* at = word.data();
  const char* const end = at + word.size();
  while (at < end) {
    const auto kind = class_of(next_code_point(at, end));
    if (kind == CharacterClass::word || kind == CharacterClass::cjk) return true;
  }
  return false;
}

}  // namespace

std::uint64_t size_of(const std::vector<TextFile>& files) {
  std::uint64_t bytes = 0;
  for (const auto& file : files) bytes += file.size;
  return bytes;
}

WordCounts count_words(const std::vector<TextFile>& files, const Cutting& cutting, std::uint64_t limit,
                       const std::string& what) {
  WordCounts words(limit);
  run_over_blocks<PieceCounts>(
      LineSource(files), size_of(files), what, available_threads(),
      [&](int, const TextBlock& block) {
        PieceCounts counts;
        for (const auto& line : block.lines) {
          cutting.for_each_word(block.line(line), [&](std::string_view word) { counts.add(word); });
        }
        return counts;
      },
      [&](PieceCounts&& counts) { words.merge(counts); });
  return words;
}

Frequent frequent_words(const PieceCounts& counts, std::uint64_t min_count, bool letters_only) {
  Frequent frequent;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts.count(i) < min_count) continue;
    frequent.words.insert(counts.piece(i));
    frequent.counts.push_back(counts.count(i));
    frequent.joins.push_back(!letters_only || has_letter(counts.piece(i)));
  }
  return frequent;
}

PairCounts count_pairs(const std::vector<TextFile>& files, const Cutting& cutting, const Frequent& frequent,
                       std::uint64_t limit, const std::string& what) {
  PairCounts pairs(limit);
  using List = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
  run_over_blocks<List>(
      LineSource(files), size_of(files), what, available_threads(),
      [&](int, const TextBlock& block) {
        List list;
        for (const auto& line : block.lines) {
          auto last = kNobody;
          cutting.for_each_word(block.line(line), [&](std::string_view word) {
            auto number = frequent.words.find(word);
            if (number != kNobody && !frequent.joins[number]) number = kNobody;
            if (last != kNobody && number != kNobody) list.emplace_back(last, number);
            last = number;
          });
        }
        return list;
      },
      [&](List&& list) {
        for (const auto& [first, second] : list) pairs.add(first, second);
      });
  return pairs;
}

}  // namespace zoo
