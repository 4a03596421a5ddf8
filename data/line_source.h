#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/text_files.h"

namespace zoo {

/// Complete lines of one file, about 1 MiB of them.
struct TextBlock {
  struct Line {
    std::uint32_t begin, length;  ///< in `text`, without the line's end
    std::int64_t document;        ///< -1 where nobody has said
  };
  std::string text;
  std::vector<Line> lines;
  std::size_t file = 0;         ///< which of the source's files
  std::int64_t first_line = 1;  ///< its number in the file

  std::string_view line(const Line& line) const { return {text.data() + line.begin, line.length}; }
};

/// A line without letters or signs: nothing but spaces and tabs.
bool is_blank(std::string_view line);

/// Reads files one after the other, plain or gzip (told by their content), a block at a time. All lines are given,
/// empty ones too; a byte order mark and carriage returns at line ends are dropped.
/// Throws Error naming file and line: cannot be read, gzip data damaged or cut short, a NUL byte (binary), not UTF-8
/// (with the byte), a line longer than 16 MiB.
class LineSource {
 public:
  explicit LineSource(std::vector<TextFile> files);
  ~LineSource();
  LineSource(LineSource&&) noexcept;

  /// False at the end of the last file. What `block` held is replaced.
  bool next(TextBlock& block);
  /// Of the files on disk, so far: for progress.
  std::uint64_t bytes_read() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zoo
