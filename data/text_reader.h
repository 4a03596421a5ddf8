#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/documents.h"
#include "data/line_source.h"
#include "data/text_files.h"

namespace zoo {

/// Streams lines of files, folders (their files in byte order of names, recursively), "-" (standard input) and .gz.
/// Never holds more than about 1 MiB or a line; UTF-8 is checked (the error names file, line and byte); a byte order
/// mark and carriage returns at line ends are dropped; a line longer than 16 MiB is an error that says so.
class TextReader {
 public:
  /// Throws Error if an input is missing, empty of text, binary (a NUL byte) or unreadable.
  explicit TextReader(std::vector<std::string> inputs, Part part = Part::all);

  /// `line` without its end, empty lines left out; `document` counts from 0 over all inputs (before splitting).
  using Visitor = std::function<void(std::string_view line, std::int64_t document)>;
  void for_each_line(const Visitor& visit) const;

  std::uint64_t total_bytes() const;  ///< of the inputs on disk (for progress)
  const std::vector<std::string>& inputs() const { return inputs_; }
  const std::vector<TextFile>& files() const { return files_; }
  Part part() const { return part_; }
  /// The inputs for a message: "a.txt, b.txt and 3 more".
  std::string name() const;

 private:
  std::vector<std::string> inputs_;
  std::vector<TextFile> files_;
  Part part_;
};

/// The same text a block at a time, for threads: only lines of the part, with their documents.
class BlockReader {
 public:
  explicit BlockReader(const TextReader& text);
  /// False at the end. Not safe to call from two threads at once.
  bool next(TextBlock& block);
  std::uint64_t bytes_read() const { return source_.bytes_read(); }

 private:
  LineSource source_;
  Part part_;
  DocumentCounter counter_;
  std::size_t file_ = 0;
};

}  // namespace zoo
