#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/pair_counts.h"
#include "data/text_files.h"
#include "tokenizers/unicode.h"
#include "tokenizers/vocabulary.h"
#include "tokenizers/word_splitter.h"

namespace zoo {

// What phrases are found from (data/phrases.h): how often words and pairs of neighbours stand in a text.

/// How the words of a line are found; what an earlier pass wrote is cut at spaces only.
struct Cutting {
  bool punctuation, lowercase;

  template <class Emit>
  void for_each_word(std::string_view line, Emit&& emit) const {
    std::string scratch;
    const auto text = normalise_nfc(line, lowercase, scratch);
    if (punctuation) {
      WordSplitter::by_punctuation(text, emit);
    } else {
      WordSplitter::by_whitespace(text, emit);
    }
  }
};

std::uint64_t size_of(const std::vector<TextFile>& files);  ///< bytes on disk

/// Words and how often they stand there, at most so many different ones and a block's: beyond that the rarest are
/// forgotten, as PairCounts does.
class WordCounts {
 public:
  explicit WordCounts(std::uint64_t limit) : limit_(limit) {}
  void merge(const PieceCounts& block) {
    for (std::size_t i = 0; i < block.size(); ++i) total_ += block.count(i);
    counts_.merge(block);
    if (counts_.size() <= limit_) return;
    const auto before = counts_.size();
    while (counts_.size() * 10 > limit_ * 9) {
      auto least = counts_.count(0);
      for (std::size_t i = 1; i < counts_.size(); ++i) least = std::min(least, counts_.count(i));
      PieceCounts kept;
      for (std::size_t i = 0; i < counts_.size(); ++i) {
        if (counts_.count(i) > least) kept.add(counts_.piece(i), counts_.count(i));
      }
      counts_ = std::move(kept);
    }
    forgotten_ += before - counts_.size();
  }
  const PieceCounts& counts() const { return counts_; }
  std::uint64_t total() const { return total_; }
  std::uint64_t forgotten() const { return forgotten_; }  ///< how many entries so far; 0: all counts are exact

 private:
  PieceCounts counts_;
  std::uint64_t limit_, total_ = 0, forgotten_ = 0;
};

/// The words that are frequent enough, by number.
struct Frequent {
  PieceTable words;
  std::vector<std::uint64_t> counts;
  std::vector<bool> joins;  ///< whether it may be part of a phrase
};

/// Of all words of the text; `what` names the work in the progress.
WordCounts count_words(const std::vector<TextFile>& files, const Cutting& cutting, std::uint64_t limit,
                       const std::string& what);

/// `letters_only`: words without a letter or a number join nothing.
Frequent frequent_words(const PieceCounts& counts, std::uint64_t min_count, bool letters_only);

/// Of frequent words that may join and stand side by side in a line, by their numbers.
PairCounts count_pairs(const std::vector<TextFile>& files, const Cutting& cutting, const Frequent& frequent,
                       std::uint64_t limit, const std::string& what);

}  // namespace zoo
