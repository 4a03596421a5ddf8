#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace zoo {

/// The parts of a text, by document: of every 20 documents the 10th is validation and the 20th is test (90/5/5).
/// A document ends with its file or at an empty line; one without empty lines is cut into blocks of 1,000 lines.
enum class Part { all, train, valid, test };
std::string_view part_name(Part part);

/// Streams lines of files, folders (their files in byte order of names, recursively), "-" (standard input) and .gz.
/// Never holds more than a line; UTF-8 is checked (the error names file, line and byte); a byte order mark and
/// carriage returns at line ends are dropped; a line longer than 16 MiB is an error that says so.
class TextReader {
 public:
  /// Throws Error if an input is missing, empty of text, binary (a NUL byte) or unreadable.
  explicit TextReader(std::vector<std::string> inputs, Part part = Part::all);

  /// `line` without its end, empty lines left out; `document` counts from 0 over all inputs (before splitting).
  using Visitor = std::function<void(std::string_view line, std::int64_t document)>;
  void for_each_line(const Visitor& visit) const;

  std::uint64_t total_bytes() const;  ///< of the inputs on disk (for progress); 0 where not known
  const std::vector<std::string>& inputs() const { return inputs_; }
  Part part() const { return part_; }

 private:
  std::vector<std::string> inputs_;
  Part part_;
};

}  // namespace zoo
