#pragma once

#include <cstdint>
#include <string_view>

namespace zoo {

/// The parts of a text, by document: of every 20 documents the 10th is validation and the 20th is test (90/5/5).
/// A document ends at an empty line (nothing but spaces and tabs), with its file, and after 1,000 lines. A text of
/// fewer than 20 documents by this rule is cut finer: documents end after L/20 lines (at least 1), where L is how many
/// lines the text has; so every part of a text of 20 lines or more holds something. (Such a text has fewer than 20,000
/// lines, so the pass that finds it out reads at most these.)
enum class Part { all, train, valid, test };
std::string_view part_name(Part part);
/// The part of that name, Part::all for any other.
Part part_named(std::string_view name);

inline constexpr std::int64_t kLongestDocument = 1000;  ///< lines
inline constexpr std::int64_t kSplitEvery = 20;         ///< documents

/// Numbers the documents of a text that is told line by line by the rule above.
class DocumentCounter {
 public:
  explicit DocumentCounter(std::int64_t longest = kLongestDocument) : longest_(longest) {}
  /// An empty line or a file's end.
  void mark() { lines_ = 0; }
  /// The document of the next line that is not empty.
  std::int64_t next_line() {
    if (lines_ == 0 || lines_ == longest_) {
      ++document_;
      lines_ = 0;
    }
    ++lines_;
    return document_;
  }
  std::int64_t documents() const { return document_ + 1; }

 private:
  std::int64_t longest_, lines_ = 0, document_ = -1;
};

inline bool in_part(std::int64_t document, Part part) {
  const auto place = document % kSplitEvery;
  const auto its = place == kSplitEvery / 2 - 1 ? Part::valid : place == kSplitEvery - 1 ? Part::test : Part::train;
  return part == Part::all || part == its;
}

/// The longest document allowed, given what a first pass saw with kLongestDocument: finer for a text of fewer than
/// 20 documents, so that every part has lines.
inline std::int64_t longest_document(std::int64_t documents, std::int64_t lines) {
  if (documents >= kSplitEvery) return kLongestDocument;
  return lines < kSplitEvery ? 1 : lines / kSplitEvery;
}

}  // namespace zoo
